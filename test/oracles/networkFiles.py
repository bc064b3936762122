"""The same small networks (float32 weights) as PyTorch, Keras and ONNX keep them, with trajectories.

PyTorch 1.13 runs the networks it has (GRU, LSTM, RNN, two layers) and writes its own state dicts and its own ONNX
files. Keras is not at hand: its files are laid out with h5py as Keras 2 and Keras 3 lay them out, and its GRU with
reset_after=False, which PyTorch lacks, is run by its documented equation in NumPy. The ONNX GRU with
linear_before_reset=0, and nodes with odd options, are written byte by byte as onnx.proto says.
Needs numpy, h5py and torch. Run: python3 test/oracles/networkFiles.py > test/oracles/networkFiles.json"""
import base64
import io
import json
import struct
import sys
import time
import warnings
import zipfile
import zlib

import h5py
import numpy as np
import torch

warnings.filterwarnings("ignore")
time.localtime = lambda *_: time.struct_time((2020, 1, 1, 0, 0, 0, 2, 1, 0))
rng = np.random.default_rng(41)
N, M, K, T = 3, 2, 2, 12
sigmoid = lambda a: 1 / (1 + np.exp(-a))
f32 = lambda a: np.asarray(a, dtype=np.float32)
draw = lambda *shape, scale=1.0: f32(scale * rng.standard_normal(shape))
INPUTS = draw(T, M)


def weights(gates, inputs, scale):
    """Ours and PyTorch's layout: rows of gates."""
    return {"ih": draw(gates * N, inputs), "hh": draw(gates * N, N, scale=scale), "bi": draw(gates * N, scale=0.3), "bh": draw(gates * N, scale=0.3)}


# Strong recurrence: several fixed points.
GRU, GRU2, LSTM, RNN = weights(3, M, 2.5), weights(3, N, 2.5), weights(4, M, 2.5), weights(1, M, 1.2)
V, C = draw(K, N), draw(K)
out = {"units": N, "inputs": INPUTS.tolist(), "files": []}


def blocks(a, order, to):
    """Gate blocks of rows from one order into another."""
    n = len(a) // len(order)
    return np.concatenate([a[order.index(g) * n:(order.index(g) + 1) * n] for g in to])


# ---------------------------------------------------------------- trajectories

def torch_module(kind, layers):
    net = getattr(torch.nn, kind)(M, N, num_layers=len(layers))
    state = {}
    for i, w in enumerate(layers):
        state |= {f"weight_ih_l{i}": w["ih"], f"weight_hh_l{i}": w["hh"], f"bias_ih_l{i}": w["bi"], f"bias_hh_l{i}": w["bh"]}
    net.load_state_dict({k: torch.from_numpy(v) for k, v in state.items()})
    return net


class WithReadout(torch.nn.Module):
    def __init__(self, kind, layers):
        super().__init__()
        self.rnn = torch_module(kind, layers)
        self.readout = torch.nn.Linear(N, K)
        self.readout.load_state_dict({"weight": torch.from_numpy(V), "bias": torch.from_numpy(C)})

    def forward(self, x):
        return self.readout(self.rnn(x)[0])


def run_torch(kind, layers):
    """h of the last layer after each input, from zeros."""
    with torch.no_grad():
        return torch_module(kind, layers)(torch.from_numpy(INPUTS)[:, None])[0][:, 0].numpy().tolist()


def run_reset_before(w):
    """Keras: z, r = sigmoid(..); n = tanh(W_n u + U_n (r * h) + b_n); h <- z h + (1 - z) n. One bias."""
    w = {k: v.astype(np.float64) for k, v in w.items()}
    h, states = np.zeros(N), []
    for u in INPUTS.astype(np.float64):
        a, b = w["ih"] @ u + w["bi"], w["hh"][:2 * N] @ h
        r, z = sigmoid(a[:N] + b[:N]), sigmoid(a[N:2 * N] + b[N:])
        n = np.tanh(a[2 * N:] + w["hh"][2 * N:] @ (r * h))
        h = z * h + (1 - z) * n
        states.append(h)
    return np.array(states).tolist()


def keep(name, kind, data, states, **more):
    if isinstance(data, str):
        data = data.encode()
    out["files"].append({"name": name, "network": kind, "deflated": base64.b64encode(zlib.compress(data, 9)).decode(), "states": states, **more})


# ---------------------------------------------------------------- PyTorch

def torch_file(kind, layers):
    buffer = io.BytesIO()
    torch.save(WithReadout(kind, layers).state_dict(), buffer)
    return buffer.getvalue()


def torch_onnx(kind, layers, **options):
    buffer = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(WithReadout(kind, layers), torch.from_numpy(INPUTS)[:, None], buffer, input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "time"}}, **options)
    return buffer.getvalue()


# ---------------------------------------------------------------- Keras

COMMON = {"trainable": True, "dtype": "float32", "return_sequences": True, "return_state": False, "go_backwards": False, "stateful": False, "unroll": False}
CLASS = {"gru": "GRU", "lstm": "LSTM", "simple_rnn": "SimpleRNN"}


def keras_layer(kind, name, version, **more):
    config = {"name": name, **COMMON, "units": N, "activation": "tanh", "use_bias": True, "dropout": 0.0, "recurrent_dropout": 0.0}
    if kind != "simple_rnn":
        config |= {"recurrent_activation": "sigmoid", "implementation": 2}
    if kind == "gru":
        config |= {"time_major": False, "reset_after": True} if version == 2 else {"reset_after": True}
    if kind == "lstm":
        config |= {"unit_forget_bias": True}
    config |= more
    layer = {"class_name": CLASS[kind], "config": config}
    return layer if version == 2 else {"module": "keras.layers", **layer, "registered_name": None, "build_config": {"input_shape": [None, None, M]}}


def keras_dense(name, version):
    layer = {"class_name": "Dense", "config": {"name": name, "trainable": True, "dtype": "float32", "units": K, "activation": "linear", "use_bias": True}}
    return layer if version == 2 else {"module": "keras.layers", **layer, "registered_name": None}


def keras_model(layers, version):
    shape = "batch_input_shape" if version == 2 else "batch_shape"
    first = {"class_name": "InputLayer", "config": {shape: [None, None, M], "dtype": "float32", "sparse": False, "name": "input_1" if version == 2 else "input_layer"}}
    if version == 3:
        first = {"module": "keras.layers", **first, "registered_name": None}
    model = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [first, *layers]}}
    return model if version == 2 else {"module": "keras", **model, "registered_name": None, "build_config": {"input_shape": [None, None, M]}}


def keras_numbers(kind, w, reset_after=True):
    """kernel, recurrent_kernel, bias as Keras keeps them: inputs in rows, gates z r h and i f c o."""
    if kind == "gru":
        ih, hh, bi, bh = (blocks(w[k], "rzn", "zrn") for k in ("ih", "hh", "bi", "bh"))
        bias = np.stack([bi, bh]) if reset_after else bi
    else:
        ih, hh, bias = w["ih"], w["hh"], w["bi"] + w["bh"]
    return {"kernel": ih.T, "recurrent_kernel": hh.T, "bias": bias}


DENSE = {"kernel": V.T, "bias": C}


def h5_file(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as f:
        fill(f)
    return buffer.getvalue()


def keras2_h5(layers, config, keras3=False):
    """layers: (name, inner path, numbers). With config: model.save; without: model.save_weights."""
    def fill(f):
        top = f
        if config is not None:
            f.attrs["keras_version"], f.attrs["backend"] = ("3.3.3" if keras3 else "2.15.0"), "tensorflow"
            f.attrs["model_config"] = json.dumps(config)
            top = f.create_group("model_weights")
        top.attrs["layer_names"] = np.array([name.encode() for name, _, _ in layers])
        top.attrs["backend"], top.attrs["keras_version"] = "tensorflow", "2.15.0"
        for name, inner, numbers in layers:
            group = top.create_group(name)
            paths = [f"{inner}/{k}" + ("" if keras3 else ":0") for k in numbers]
            group.attrs["weight_names"] = np.array([p.encode() for p in paths])
            for path, (_, value) in zip(paths, numbers.items()):
                group[path] = value
    return h5_file(fill)


def keras3_weights(layers):
    """layers: (path of the cell, numbers)."""
    def fill(f):
        for path, numbers in layers:
            variables = f.create_group(path + "/vars")
            for i, value in enumerate(numbers.values()):
                variables[str(i)] = value
        f.require_group("optimizer/vars")["0"] = np.int64(7)
    return h5_file(fill)


def keras3_file(layers, config):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        for name, data in [("metadata.json", json.dumps({"keras_version": "3.3.3", "date_saved": "2020-01-01@00:00:00"})),
                           ("config.json", json.dumps(config)), ("model.weights.h5", keras3_weights(layers))]:
            z.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


# ---------------------------------------------------------------- ONNX, by hand

def varint(v):
    v &= (1 << 64) - 1
    data = b""
    while v > 0x7f:
        data += bytes([v & 0x7f | 0x80])
        v >>= 7
    return data + bytes([v])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


TYPES = {"raw": 1, "float": 1, "double": 11, "float16": 10, "double raw": 11}


def tensor(name, a, how="raw"):
    a = np.asarray(a)
    if a.dtype == np.int64:
        return b"".join(field(1, d) for d in a.shape) + field(2, 7) + field(9, a.tobytes()) + field(8, name)
    data = b"".join(field(1, d) for d in a.shape) + field(2, TYPES[how]) + field(8, name)
    if how == "raw":
        return data + field(9, a.astype("<f4").tobytes())
    if how == "float":
        return data + field(4, a.astype("<f4").tobytes())
    if how == "double":
        return data + field(10, a.astype("<f8").tobytes())
    if how == "double raw":
        return data + field(9, a.astype("<f8").tobytes())
    bits = a.astype("<f2").view("<u2").ravel()
    return data + field(5, b"".join(varint(int(b)) for b in bits))


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    if all(isinstance(v, int) for v in value):
        return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)
    if all(isinstance(v, float) for v in value):
        return field(1, name) + b"".join(field(7, v) for v in value) + field(20, 6)
    return field(1, name) + b"".join(field(9, v) for v in value) + field(20, 8)


def node(kind, inputs, outputs, **attributes):
    return b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(3, kind + "_0") + field(4, kind) + b"".join(field(5, attribute(k, v)) for k, v in attributes.items())


def value_info(name, shape):
    dims = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def model(nodes, tensors, output="y", shape=("time", 1, 1, N), layout=0):
    x = [1, "time", M] if layout else ["time", 1, M]
    graph = b"".join(field(1, n) for n in nodes) + field(2, "graph") + b"".join(field(5, t) for t in tensors) + field(11, value_info("x", x)) + field(12, value_info(output, shape))
    return field(1, 8) + field(2, "networkFiles.py") + field(7, graph) + field(8, field(1, "") + field(2, 14))


def onnx_numbers(kind, w):
    order, to = {"GRU": ("rzn", "zrn"), "LSTM": ("ifgo", "iofg"), "RNN": ("h", "h")}[kind]
    ih, hh, bi, bh = (blocks(w[k], order, to) for k in ("ih", "hh", "bi", "bh"))
    return ih[None], hh[None], np.concatenate([bi, bh])[None]


def onnx_file(kind, w, how="raw", **attributes):
    W, R, B = onnx_numbers(kind, w)
    nodes = [node(kind, ["x", "W", "R", "B"], ["y"], hidden_size=N, **attributes)]
    layout = attributes.get("layout", 0)
    shape = (1, "time", 1, N) if layout else ("time", 1, 1, N)
    return model(nodes, [tensor("W", W, how), tensor("R", R, how), tensor("B", B, how)], shape=shape, layout=layout)


# ---------------------------------------------------------------- the files

before = dict(GRU, bh=np.zeros_like(GRU["bh"]))
lstm_one_bias = dict(LSTM, bi=LSTM["bi"] + LSTM["bh"], bh=np.zeros_like(LSTM["bh"]))
out["weights"] = {name: {k: v.astype(float).tolist() for k, v in w.items()} for name, w in [("gru before", before), ("lstm", lstm_one_bias), ("rnn", dict(RNN, bi=RNN["bi"] + RNN["bh"]))]}
out["readout"] = {"weight": V.astype(float).tolist(), "bias": C.astype(float).tolist()}
states = {"gru": run_torch("GRU", [GRU]), "gru before": run_reset_before(before), "lstm": run_torch("LSTM", [LSTM]),
          "rnn": run_torch("RNN", [RNN]), "two grus": run_torch("GRU", [GRU, GRU2])}

for kind, title, layers in [("gru", "GRU", [GRU]), ("lstm", "LSTM", [LSTM]), ("rnn", "RNN", [RNN]), ("two grus", "GRU", [GRU, GRU2])]:
    keep(f"PyTorch {kind}.pt", kind, torch_file(title, layers), states[kind])
    keep(f"PyTorch {kind}.onnx", kind, torch_onnx(title, layers), states[kind])

for kind, layer, w, more in [("gru", "gru", GRU, {}), ("gru before", "gru", before, {"reset_after": False}), ("lstm", "lstm", LSTM, {}), ("rnn", "simple_rnn", RNN, {})]:
    numbers = keras_numbers(layer, w, more.get("reset_after", True))
    cell = f"{layer}/{layer}_cell"
    config2 = keras_model([keras_layer(layer, layer, 2, **more), keras_dense("dense", 2)], 2)
    config3 = keras_model([keras_layer(layer, layer, 3, **more), keras_dense("dense", 3)], 3)
    keep(f"Keras 2 {kind}.h5", kind, keras2_h5([(layer, cell, numbers), ("dense", "dense", DENSE)], config2), states[kind])
    keep(f"Keras 3 {kind}.keras", kind, keras3_file([(f"layers/{layer}/cell", numbers), ("layers/dense", DENSE)], config3), states[kind])
    keep(f"Keras 2 {kind}.weights.h5", kind, keras2_h5([(layer, cell, numbers), ("dense", "dense", DENSE)], None), states[kind])
    keep(f"Keras 3 {kind}.weights.h5", kind, keras3_weights([(f"layers/{layer}/cell", numbers), ("layers/dense", DENSE)]), states[kind])

first, second = keras_numbers("gru", GRU), keras_numbers("gru", GRU2)
config = keras_model([keras_layer("gru", "below", 2), {"class_name": "Dropout", "config": {"name": "dropout", "rate": 0.1}}, keras_layer("gru", "above", 2), keras_dense("answer", 2)], 2)
keep("Keras 2 two grus.h5", "two grus", keras2_h5([("below", "below/gru_cell", first), ("dropout", "", {}), ("above", "above/gru_cell_1", second), ("answer", "answer", DENSE)], config), states["two grus"])
config = keras_model([keras_layer("gru", "zebra", 3), keras_layer("gru", "apple", 3), keras_dense("answer", 3)], 3)
keep("Keras 3 two grus.keras", "two grus", keras3_file([("layers/gru/cell", first), ("layers/gru_1/cell", second), ("layers/dense", DENSE)], config), states["two grus"])
keep("Keras 3 two grus, legacy.h5", "two grus", keras2_h5([("zebra", "sequential/zebra/gru_cell", first), ("apple", "sequential/apple/gru_cell", second), ("answer", "sequential/answer", DENSE)], config, True), states["two grus"])

keep("gru, linear_before_reset 1.onnx", "gru", onnx_file("GRU", GRU, linear_before_reset=1), states["gru"])
keep("gru, linear_before_reset 0.onnx", "gru before", onnx_file("GRU", before), states["gru before"])
keep("lstm, float_data.onnx", "lstm", onnx_file("LSTM", LSTM, "float"), states["lstm"])
keep("lstm, layout 1.onnx", "lstm", onnx_file("LSTM", LSTM, layout=1), states["lstm"], run=False)
keep("rnn, double_data.onnx", "rnn", onnx_file("RNN", RNN, "double", activations=["Tanh"]), states["rnn"], run=False)
keep("rnn, double raw_data.onnx", "rnn", onnx_file("RNN", RNN, "double raw"), states["rnn"], run=False)
half = {k: f32(v.astype(np.float16)) for k, v in RNN.items()}
keep("rnn, float16.onnx", "rnn16", onnx_file("RNN", half, "float16"), run_torch("RNN", [half]), run=False)

# What must be refused, and with which word.
W, R, B = onnx_numbers("GRU", GRU)
plain = [tensor("W", W), tensor("R", R), tensor("B", B)]
gru_node = lambda **a: node("GRU", ["x", "W", "R", "B"], ["y"], hidden_size=N, **a)
refuse = lambda name, word, data: keep(name, "refused", data, None, word=word, run=False)
refuse("clip.onnx", "clip", model([gru_node(clip=1.0)], plain))
refuse("bidirectional.onnx", "bidirectional", model([gru_node(direction="bidirectional")], [tensor("W", np.concatenate([W, W])), tensor("R", np.concatenate([R, R])), tensor("B", np.concatenate([B, B]))]))
refuse("activations.onnx", "Affine", model([gru_node(activations=["Sigmoid", "Affine"])], plain))
W, R, B = onnx_numbers("LSTM", LSTM)
peepholes = node("LSTM", ["x", "W", "R", "B", "", "", "", "P"], ["y"], hidden_size=N)
refuse("peepholes.onnx", "peephole", model([peepholes], [tensor("W", W), tensor("R", R), tensor("B", B), tensor("P", draw(1, 3 * N))]))
coupled = node("LSTM", ["x", "W", "R", "B"], ["y"], hidden_size=N, input_forget=1)
refuse("coupled gates.onnx", "input_forget", model([coupled], [tensor("W", W), tensor("R", R), tensor("B", B)]))
external = b"".join(field(1, d) for d in (1, 4 * N, M)) + field(2, 1) + field(8, "W") + field(13, field(1, "location") + field(2, "lstm.bin")) + field(13, field(1, "offset") + field(2, "16")) + field(14, 1)
beside = node("LSTM", ["x", "W", "R", "B"], ["y"], hidden_size=N)
keep("external data.onnx", "lstm", model([beside], [external, tensor("R", R), tensor("B", B)]), states["lstm"], run=False,
     beside={"lstm.bin": base64.b64encode(bytes(16) + W.astype("<f4").tobytes()).decode()})

bidirectional = keras_model([{"class_name": "Bidirectional", "config": {"name": "both", "layer": keras_layer("gru", "gru", 2), "merge_mode": "concat"}}, keras_dense("dense", 2)], 2)
refuse("bidirectional.h5", "idirectional", keras2_h5([("both", "both/forward_gru/gru_cell", first), ("dense", "dense", DENSE)], bidirectional))
refuse("softsign.h5", "softsign", keras2_h5([("gru", "gru/gru_cell", first)], keras_model([keras_layer("gru", "gru", 2, activation="softsign")], 2)))
refuse("hard sigmoid.h5", "hard_sigmoid", keras2_h5([("gru", "gru/gru_cell", first)], keras_model([keras_layer("gru", "gru", 2, recurrent_activation="hard_sigmoid")], 2)))
unbiased = {k: v for k, v in first.items() if k != "bias"}
refuse("gru without bias.weights.h5", "reset_after", keras2_h5([("gru", "gru/gru_cell", unbiased)], None))

json.dump(out, sys.stdout)
