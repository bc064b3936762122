"""One step of every published network from a made-up state and input, in its authors' own equation and computed by NumPy
from the file, read here by Python's pickle and SciPy. No weights are kept: four numbers of each next state.
Run: python3 test/oracles/published.py FOLDER > test/oracles/published.json"""
import glob
import io
import json
import os
import pickle
import sys
import zipfile

import numpy as np
import scipy.io

folder = sys.argv[1]
types = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}


class Inert:
    def __init__(self, *args):
        pass

    def __setstate__(self, state):
        self.state = state


class Reader(pickle.Unpickler):
    def __init__(self, source, storage):
        super().__init__(source)
        self.storage = storage

    def find_class(self, where, name):
        if name == "_rebuild_tensor_v2":
            return lambda raw, offset, size, stride, *rest: np.lib.stride_tricks.as_strided(raw()[offset:], size, [raw().itemsize * s for s in stride]).astype(np.float64)
        if name == "_rebuild_parameter":
            return lambda data, *rest: data
        if name == "_load_from_bytes":
            return legacy
        if where.startswith("numpy") or where == "collections":
            return super().find_class(where, name)
        return type(name, (Inert,), {})

    def persistent_load(self, key):
        return self.storage(key)


def legacy(data):
    source = io.BytesIO(data)
    held = {}
    for _ in range(3):
        pickle.load(source)
    value = Reader(source, lambda id: held.setdefault(id[2], lambda: held[id[2], 0])).load()
    for key in pickle.load(source):
        count = int.from_bytes(source.read(8), "little")
        held[key, 0] = np.frombuffer(source.read(4 * count), "<f4")
    return value


def load(path):
    if open(path, "rb").read(2) != b"PK":
        return Reader(open(path, "rb"), None).load()
    archive = zipfile.ZipFile(path)
    [name] = [n for n in archive.namelist() if n.endswith("/data.pkl")]
    storage = lambda id: lambda: np.frombuffer(archive.read(f"{name[:-8]}data/{id[2]}"), types[id[1].__name__])
    return Reader(io.BytesIO(archive.read(name)), storage).load()


made_up = lambda n, shift: np.sin(1 + shift + np.arange(n))
relu = lambda x: np.maximum(x, 0)


def limit_cycle(path):
    p, d = load(path.replace("_state_dict", "_params")), load(path)
    phi = {"tanh": np.tanh}[p["nonlinearity"]]
    a, w, s = p["dt"] / p["tau_lims"][0], d["rnn.w_inp"], d["rnn.w_inp_scale"]
    u = made_up(len(w), 2)
    if p["rank"] == 0:
        x = made_up(p["n_rec"], 0)
        recurrent = phi(x) @ d["rnn.w_rec"].T
    else:
        # The state x = m k + s u w of all units: the lift of the low-rank state k.
        x = d["rnn.m"] @ made_up(p["rank"], 0) + s * (u @ w)
        recurrent = phi(x) @ d["rnn.n"].T @ d["rnn.m"].T / p["n_rec"]
    return (1 - a) * x + a * (recurrent + s * (u @ w))


def latent(path):
    p, d = load(path.replace("_state_dict_rnn", "_vae_params")), load(path)
    p = p.get("rnn_params", p.get("prior_params"))
    d = {k.rpartition(".")[2]: v for k, v in d.items()}
    kind = "clipped_relu" if p["activation"] == "relu" and p.get("clipped") else p["activation"]
    z = made_up(len(d["n"]), 0)
    x = d["m"] @ z
    if "Wu" in d:
        x = x + d["Wu"] @ made_up(d["Wu"].shape[1], 2)
    rates = {"relu": lambda: relu(x - d["h"]), "clipped_relu": lambda: relu(x + d["h"]) - relu(x)}[kind]()
    return np.exp(-np.exp(d["AW"].ravel())) * z + d["n"] @ rates


def module(path):
    parts = load(path).state["_modules"]
    layer = lambda name, v: parts[name].state["_parameters"]["weight"] @ v + parts[name].state["_parameters"]["bias"]
    return np.tanh(layer("lin_input", made_up(6, 2)) + layer("lin_feedback", made_up(20, 0)))


def psychrnn(path):
    d = np.load(path)
    x = made_up(50, 0)
    return 0.9 * x + 0.1 * (d["W_rec"].astype(float) * d["rec_connectivity"] @ relu(x) + d["W_in"].astype(float) * d["input_connectivity"] @ made_up(2, 2) + d["b_rec"])


def plrnn(path):
    d = scipy.io.loadmat(path)
    z = made_up(len(d["A"]), 0)
    inputs = d["C"] @ made_up(d["C"].shape[1], 2) if d["C"].any() else 0
    return d["A"] @ z + d["W"] @ relu(z) + d["h"].ravel() + inputs


rules = [
    ("pals_phase_limit_cycle/*state_dict.pkl", limit_cycle),
    ("pals_phase_limit_cycle/sweep/*state_dict.pkl", limit_cycle),
    ("pals_smc_rnns/*state_dict_rnn.pkl", latent),
    ("eavesdropping/*.data", module),
    ("psychrnn/*.npz", psychrnn),
    ("durstewitz_contplrnn/*.mat", plrnn),
]
out = {}
for pattern, rule in rules:
    for path in sorted(glob.glob(os.path.join(folder, pattern))):
        step = np.asarray(rule(path), dtype=np.float64)
        # Low-rank states are short: all of them; others their first, middle and last, and the sum.
        out[os.path.relpath(path, folder)] = {"size": len(step), "values": [float(step[0]), float(step[len(step) // 2]), float(step[-1]), float(step.sum())]}
json.dump(out, sys.stdout, indent=0)
