"""Small PyTorch, pickle and MATLAB files, with the numbers they hold. The pickles are written by Python's own pickle
module, PyTorch's around it byte by byte as torch/serialization.py lays them out (PyTorch itself is not needed); the MATLAB
files by SciPy, and one with the bytes swapped. Run: python3 test/oracles/pickles.py > test/oracles/pickles.json"""
import base64
import collections
import io
import json
import pickle
import struct
import sys
import types
import zipfile

import numpy as np
import scipy.io
import scipy.sparse

rng = np.random.default_rng(11)


def numbers(values):
    special = lambda v: "nan" if np.isnan(v) else "inf" if v == np.inf else "-inf" if v == -np.inf else "-0" if v == 0 and np.signbit(v) else float(v)
    return [special(v) for v in np.asarray(values, dtype=np.float64).ravel(order="C")]


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


def named(name, kind=None):
    """A function or class that pickles as the one of this dotted name."""
    where, _, local = name.rpartition(".")
    parts = where.split(".")
    for i in range(1, len(parts) + 1):
        if ".".join(parts[:i]) not in sys.modules:
            module(".".join(parts[:i]))
    made = kind if kind is not None else (lambda *args: None)
    made.__module__, made.__qualname__, made.__name__ = where, local, local
    setattr(sys.modules[where], local, made)
    return made


rebuild_v2 = named("torch._utils._rebuild_tensor_v2")
rebuild_v3 = named("torch._utils._rebuild_tensor_v3")
rebuild_parameter = named("torch._utils._rebuild_parameter")
load_from_bytes = named("torch.storage._load_from_bytes")
storage_types = {k: named(f"torch.{k}Storage", type(f"{k}Storage", (), {})) for k in ["Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool", "ComplexFloat"]}
untyped = named("torch.storage.UntypedStorage", type("UntypedStorage", (), {}))
uint16 = named("torch.uint16", type("uint16", (), {}))


class Storage:
    def __init__(self, kind, raw, count):
        self.kind, self.raw, self.count = kind, raw, count


class Reduced:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


def tensor(storage, offset, size, stride):
    return Reduced(rebuild_v2, (storage, offset, tuple(size), tuple(stride), False, collections.OrderedDict()))


def parameter(inner):
    return Reduced(rebuild_parameter, (inner, True, collections.OrderedDict()))


def contiguous(kind, array):
    array = np.ascontiguousarray(array)
    strides = [int(np.prod(array.shape[i + 1 :])) for i in range(array.ndim)]
    return tensor(Storage(kind, array.tobytes(), array.size), 0, array.shape, strides)


class Pickler(pickle.Pickler):
    def __init__(self, out, protocol, legacy=False, views=None):
        super().__init__(out, protocol)
        self.keys, self.list, self.legacy, self.views = {}, [], legacy, views or {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        base, *view = self.views.get(id(value), (value,))
        if id(base) not in self.keys:
            self.keys[id(base)] = str(len(self.keys)) if not self.legacy else str(94000 + len(self.keys))
            self.list.append(base)
        kind = untyped if base.kind == "Untyped" else storage_types[base.kind]
        key = self.keys[id(base)]
        common = ("storage", kind, key, "cpu", base.count)
        return common + ((("view" + key, *view) if view else None),) if self.legacy else common


def torch_zip(value, order="little", compression=zipfile.ZIP_STORED, protocol=2):
    body = io.BytesIO()
    pickler = Pickler(body, protocol)
    pickler.dump(value)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        put = lambda name, data: archive.writestr(zipfile.ZipInfo(f"archive/{name}", (2020, 1, 1, 0, 0, 0)), data, compression)
        put("data.pkl", body.getvalue())
        put("byteorder", order)
        for i, storage in enumerate(pickler.list):
            put(f"data/{i}", storage.raw)
        put("version", "3\n")
    return out.getvalue()


def torch_legacy(value, views=None):
    out = io.BytesIO()
    pickle.dump(0x1950A86A20F9469CFC6C, out, 2)
    pickle.dump(1001, out, 2)
    pickle.dump({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, out, 2)
    pickler = Pickler(out, 2, True, views)
    pickler.dump(value)
    pickle.dump([pickler.keys[id(s)] for s in pickler.list], out, 2)
    for storage in pickler.list:
        out.write(struct.pack("<q", storage.count) + storage.raw)
    return out.getvalue()


cases = []


def case(name, data, tensors, **more):
    cases.append({"name": name, "base64": base64.b64encode(data).decode(), "tensors": {k: {"shape": list(np.shape(v)), "data": numbers(v)} for k, v in tensors.items()}, **more})


def special(array):
    array[: min(5, array.size)] = [np.nan, np.inf, -np.inf, -0.0, 2.0**-20][: min(5, array.size)]
    return array


# PyTorch: every number format.
values = special(rng.standard_normal(6))
formats = {
    "float64": ("Double", values),
    "float32": ("Float", values.astype(np.float32)),
    "float16": ("Half", values.astype(np.float16)),
    "int64": ("Long", rng.integers(-(2**52), 2**52, 6)),
    "int32": ("Int", rng.integers(-(2**31), 2**31, 6, dtype=np.int32)),
    "int16": ("Short", rng.integers(-(2**15), 2**15, 6, dtype=np.int16)),
    "int8": ("Char", rng.integers(-128, 128, 6, dtype=np.int8)),
    "uint8": ("Byte", rng.integers(0, 256, 6, dtype=np.uint8)),
    "bool": ("Bool", rng.random(6) < 0.5),
}
half_words = (values.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)
bfloat = (half_words.astype(np.uint32) << 16).view(np.float32)
state = collections.OrderedDict((k, contiguous(kind, array.reshape(2, 3))) for k, (kind, array) in formats.items())
state["bfloat16"] = tensor(Storage("BFloat16", half_words.tobytes(), 6), 0, (2, 3), (3, 1))
words = rng.integers(0, 2**16, 6, dtype=np.uint16)
state["uint16"] = Reduced(rebuild_v3, (Storage("Untyped", words.tobytes(), 12), 0, (2, 3), (3, 1), False, collections.OrderedDict(), uint16))
state["complex"] = tensor(Storage("ComplexFloat", bytes(16), 2), 0, (2,), (1,))
held = {k: np.asarray(array).reshape(2, 3) for k, (_, array) in formats.items()} | {"bfloat16": bfloat.reshape(2, 3), "uint16": words.reshape(2, 3)}
case("torch zip: all number formats", torch_zip(state), held, format="torch", notes=['tensor "complex" skipped: numbers of format ComplexFloatStorage are not read'])
case("torch zip, deflated, protocol 5", torch_zip(state, compression=zipfile.ZIP_DEFLATED, protocol=5), held, format="torch")
big = rng.standard_normal((2, 2)).astype(">f4")
case("torch zip of a big-endian machine", torch_zip({"w": contiguous("Float", big)}, "big"), {"w": big}, format="torch")

# Views: offsets, transposes, steps, expanded axes, storages shared by tensors, nothing at all.
base = rng.standard_normal(24).astype(np.float32)
shared = Storage("Float", base.tobytes(), 24)
strided = lambda offset, size, stride: np.lib.stride_tricks.as_strided(base[offset:], size, [4 * s for s in stride])
views = {"whole": (0, (4, 6), (6, 1)), "turned": (0, (6, 4), (1, 6)), "row": (6, (6,), (1,)), "column": (2, (4,), (6,)), "block": (7, (2, 3), (6, 1)), "every other": (1, (3, 2), (8, 2)), "expanded": (5, (3, 2), (0, 1)), "number": (23, (), ()), "axes of one": (3, (1, 2, 1), (99, 1, 7)), "cube": (0, (2, 3, 4), (1, 8, 2))}
held = {k: strided(*v) for k, v in views.items()} | {"nothing": np.zeros((0, 3))}
state = {k: tensor(shared, *v) for k, v in views.items()} | {"nothing": tensor(Storage("Float", b"", 0), 0, (0, 3), (3, 1))}
case("torch zip: views", torch_zip(state), held, format="torch")
part = Storage("Float", b"", 0)
state["part"] = tensor(part, 1, (2, 2), (2, 1))
case("torch legacy: views, one of part of a storage", torch_legacy(state, {id(part): (shared, 10, 8)}), held | {"part": base[11:15].reshape(2, 2)}, format="torch")


# Whole modules, and pickles that hold one.
def nn_module(kind, parameters, modules=(), **attributes):
    cls = named(kind, type(kind.rpartition(".")[2], (), {}))
    made = cls()
    made.__dict__.update({"training": False, "_backend": None, "_parameters": collections.OrderedDict(parameters), "_buffers": collections.OrderedDict(), "_backward_hooks": collections.OrderedDict(), "_modules": collections.OrderedDict(modules), **attributes})
    return made


def rnn_weights(rows):
    return {"weight_ih_l0": rng.standard_normal((rows, 2)), "weight_hh_l0": rng.standard_normal((rows, 3)), "bias_ih_l0": rng.standard_normal(rows), "bias_hh_l0": rng.standard_normal(rows)}


weights = {k: v.astype(np.float32) for k, v in rnn_weights(3).items()}
out = {"weight": rng.standard_normal((1, 3)).astype(np.float32), "bias": rng.standard_normal(1).astype(np.float32)}
made = lambda arrays, wrap: {k: parameter(wrap("Float", v)) for k, v in arrays.items()}
network = lambda wrap: nn_module("lab.models.Net", {}, {"rnn": nn_module("torch.nn.modules.rnn.RNN", made(weights, wrap), mode="RNN_RELU", hidden_size=3), "fc": nn_module("torch.nn.modules.linear.Linear", made(out, wrap), in_features=3)}, task="memory", learning_rate=0.002, delays=[1, 2.5])
held = {f"rnn.{k}": v for k, v in weights.items()} | {f"fc.{k}": v for k, v in out.items()}
facts = {"class": "lab.models.Net", "rnn.class": "torch.nn.modules.rnn.RNN", "rnn.mode": "RNN_RELU", "task": "memory", "learning_rate": "0.002", "delays": "[1, 2.5]"}
note = '"lab.models.Net": not known to this reader; kept as inert records, nothing was run'
for where, data, fmt in [("zip", torch_zip(network(contiguous)), "torch"), ("legacy file", torch_legacy(network(contiguous)), "torch")]:
    case(f"a whole module in a torch {where}", data, held, format=fmt, facts=facts, notes=[note], recognised=["PyTorch nn.RNN", "relu"])


def nested(kind, array):
    """As a tensor pickles without torch.save: its storage is a legacy file of its own."""
    array = np.ascontiguousarray(array)
    inner = torch_legacy(Storage(kind, array.tobytes(), array.size))
    strides = [int(np.prod(array.shape[i + 1 :])) for i in range(array.ndim)]
    return Reduced(rebuild_v2, (Reduced(load_from_bytes, (inner,)), 0, array.shape, tuple(strides), False, collections.OrderedDict()))


for protocol in range(2, 6):
    data = pickle.dumps(network(nested), protocol)
    case(f"a whole module, protocol {protocol}, storages inside", data, held, format="pickle", facts=facts, notes=[note], recognised=["PyTorch nn.RNN", "relu"])

# A checkpoint: the state dict is one of its values.
case("a checkpoint", torch_zip({"epoch": 7, "state_dict": collections.OrderedDict((k, contiguous("Float", v)) for k, v in weights.items()), "optimizer": {"state": {0: {"step": 3, "exp_avg": contiguous("Float", weights["bias_ih_l0"])}}}}), {f"state_dict.{k}": v for k, v in weights.items()} | {"optimizer.state.0.exp_avg": weights["bias_ih_l0"]}, format="torch", facts={"epoch": "7", "optimizer.state.0.step": "3"}, recognised=["PyTorch nn.RNN", "tanh"])

# Plain pickles of NumPy arrays.
arrays = {
    "c": rng.standard_normal((2, 3)),
    "fortran": np.asfortranarray(rng.standard_normal((3, 2, 2))),
    "turned": rng.standard_normal((2, 3)).T,
    "half": rng.standard_normal(3).astype(np.float16),
    "big": rng.standard_normal((2, 2)).astype(">f4"),
    "ints": rng.integers(-9, 9, (2, 2)),
    "bytes": rng.integers(0, 255, 3, dtype=np.uint8),
    "flags": rng.random(4) < 0.5,
    "number": np.array(2.5),
    "none": np.zeros((0, 2)),
}
value = {**arrays, "objects": np.array([None, "x"], dtype=object), "tau": 20, "rate": np.float32(0.25), "count": np.int64(-3), "nonlinearity": "tänh", "trained": True, "cov": None, "big integer": 2**70, "set": {1}, "tuple": (1, 2), "deep": {"list": [np.float64(1.5), {"w": arrays["c"]}], "ordered": collections.OrderedDict(a=1.5), "default": collections.defaultdict(list, b=2)}, "text": b"raw", "many": list(range(9)), 5: "five"}
held = dict(arrays) | {"deep.list.1.w": arrays["c"]}
facts = {"tau": "20", "rate": "0.25", "count": "-3", "nonlinearity": "tänh", "trained": "true", "cov": "null", "big integer": str(2**70), "tuple": "[1, 2]", "deep.list.0": "1.5", "deep.ordered.a": "1.5", "deep.default.b": "2", "5": "five", "many.8": "8"}
for protocol in range(6):
    case(f"plain pickle, protocol {protocol}", pickle.dumps(value, protocol), held, format="pickle", facts=facts, notes=['tensor "objects" skipped: Python objects are not read'])
case("a lone array", pickle.dumps(arrays["c"], 4), {"array": arrays["c"]}, format="pickle")
case("a list of arrays", pickle.dumps([arrays["c"], arrays["half"]], 4), {"0": arrays["c"], "1": arrays["half"]}, format="pickle")

# MATLAB 5.
mat = {
    "W": rng.standard_normal((3, 4)),
    "cube": rng.standard_normal((2, 3, 2)),
    "single": rng.standard_normal((1, 3)).astype(np.float32),
    "whole": np.array([[1.0, 2.0], [3.0, 400.0]]),
    "logical": np.array([[True, False]]),
    **{f"i{n}": np.array([[1, 2, 3]], dtype=f"{s}{n // 8}") for n in (8, 16, 32, 64) for s in "i"},
    **{f"u{n}": np.array([[1], [2]], dtype=f"u{n // 8}") for n in (8, 16, 32, 64)},
    "scalar": np.array([[7.5]]),
    "empty": np.zeros((0, 3)),
}
cells = np.empty((1, 2), dtype=object)
cells[0, 0], cells[0, 1] = mat["single"], "inside"
pair = np.zeros((1, 2), dtype=[("a", object)])
pair["a"][0, 0], pair["a"][0, 1] = np.array([[1.0]]), np.array([[2.0, 3.0]])
whole = {**mat, "label": "tanh", "net": {"W": mat["W"], "opt": {"alpha": 0.5}, "name": "x"}, "cells": cells, "pair": pair, "complex": np.array([[1 + 2j]]), "sparse": scipy.sparse.csc_matrix(np.eye(2)), "letters": np.array(["ab", "cd"])}
held = {k: v.astype(np.float64) for k, v in mat.items()} | {"net.W": mat["W"], "net.opt.alpha": np.array([[0.5]]), "cells.0": mat["single"], "pair.0.a": np.array([[1.0]]), "pair.1.a": np.array([[2.0, 3.0]])}
notes = [f'variable "{k}" skipped: {what} are not read' for k, what in [("complex", "complex numbers"), ("sparse", "sparse arrays"), ("letters", "texts of many rows or characters")]]
for compress in (False, True):
    made_file = io.BytesIO()
    scipy.io.savemat(made_file, whole, do_compression=compress, oned_as="column")
    data = b"MATLAB 5.0 MAT-file".ljust(116, b" ") + made_file.getvalue()[116:]  # without the date
    case(f"MATLAB, {'packed' if compress else 'plain'}", data, held, format="matlab", facts={"label": "tanh", "net.name": "x", "cells.1": "inside"}, notes=notes)


def big_endian(name, array):
    """One double array with every number's bytes in the other order."""
    element = lambda kind, data: struct.pack(">II", kind, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")
    body = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", *array.shape)) + element(1, name.encode()) + element(9, array.astype(">f8").tobytes(order="F"))
    return struct.pack(">II", 14, len(body)) + body


case("MATLAB, big-endian", b"MATLAB 5.0 MAT-file".ljust(124, b" ") + b"\x01\x00MI" + big_endian("weights", mat["W"]) + big_endian("b", mat["scalar"]), {"weights": mat["W"], "b": mat["scalar"]}, format="matlab")

json.dump(cases, sys.stdout, separators=(",", ":"))
