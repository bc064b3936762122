"""Small networks as other programs keep them (Keras, low-rank with n stored R x N, masks, rate networks),
each with the model spec that explains it and a trajectory computed here by NumPy from its own equation.
Run: python3 test/oracles/foreignNetworks.py > test/oracles/foreignNetworks.json"""
import base64
import io
import json
import sys
import time

import numpy as np

time.localtime = lambda *_: time.struct_time((2020, 1, 1, 0, 0, 0, 2, 1, 0))
rng = np.random.default_rng(11)
N, M, K, R, T = 5, 2, 3, 2, 12
sigmoid = lambda a: 1 / (1 + np.exp(-a))
draw = lambda *shape: rng.standard_normal(shape) / np.sqrt(shape[-1])
cases = []


def network(name, spec, tensors, step, state, observe=None):
    """step(x, u) -> x; trajectory from `state`."""
    inputs = rng.standard_normal((T, M))
    states, outputs, x = [], [], state
    for u in inputs:
        x = step(x, u)
        states.append(x)
        outputs.append(observe(x) if observe else [])
    out = io.BytesIO()
    np.savez(out, **tensors)
    cases.append({
        "name": name,
        "base64": base64.b64encode(out.getvalue()).decode(),
        "model": {"schema": "rnn-dynamics/model@1", **spec},
        "inputs": inputs.tolist(), "states": np.array(states).tolist(), "outputs": np.array(outputs).tolist(),
    })


# Rate network, current: x <- x + (dt / tau) (-x + s W phi(x) + W_in u + b); readout of phi(x).
W, Win, b, V, c, x0 = draw(N, N), draw(N, M), draw(N), draw(K, N), draw(K), draw(N)
a = 0.1 / 0.5
network("rate, current", {
    "kind": "rate", "time": "discrete", "activation": "tanh", "tau": 0.5, "dt": 0.1, "state": "current", "scale": 1.5,
    "tensors": {"recurrent": "weight_hh", "input": "weight_ih", "bias": "bias", "readout": "readout.weight",
                "readoutBias": "readout.bias", "initialState": "h0"}},
    {"weight_hh": W, "weight_ih": Win, "bias": b, "readout.weight": V, "readout.bias": c, "h0": x0},
    lambda x, u: x + a * (-x + 1.5 * W @ np.tanh(x) + Win @ u + b), x0, lambda x: V @ np.tanh(x) + c)

# The same as a flow, stepped by Euler's rule with the model's dt.
network("rate, continuous", {
    "kind": "rate", "time": "continuous", "activation": "tanh", "tau": 0.5, "dt": 0.1, "state": "current", "scale": "1/N",
    "tensors": {"recurrent": "W", "input": "Win", "bias": "b", "initialState": "x0"}},
    {"W": W, "Win": Win, "b": b, "x0": x0[None, :]},
    lambda x, u: x + 0.1 * ((-x + W @ np.tanh(x) / N + Win @ u + b) / 0.5), x0)

# Rate as state, relu, row-vector convention (weights stored transposed), a mask on W, time constants per unit.
W, Win, mask, tau = draw(N, N), draw(N, M), (rng.random((N, N)) < 0.6).astype(np.float32), 1 + rng.random(N)
network("rate, rate, transposed and masked", {
    "kind": "rate", "time": "discrete", "activation": "relu", "dt": 0.2, "state": "rate",
    "tensors": {"recurrent": {"name": "W", "mask": "mask", "transpose": True}, "input": {"name": "Win", "transpose": True},
                "bias": "b", "tau": "tau", "initialState": {"name": "init", "index": [0, 1]}, "readout": {"name": "out", "transpose": True}}},
    {"W": W, "mask": mask, "Win": Win.T, "b": b[:, None], "tau": tau, "init": np.stack([[draw(N), x0]]), "out": V.T},
    lambda r, u: r + 0.2 / tau * (-r + np.maximum((W * mask).T @ r + Win @ u + b, 0)), x0, lambda r: V @ r)

# Low rank: W = m n' / N, n stored R x N; its state k: x = m k + W_in u + b.
m, n, k0 = rng.standard_normal((N, R)), rng.standard_normal((N, R)), rng.standard_normal(R)
network("low-rank", {
    "kind": "low-rank", "time": "discrete", "activation": "tanh", "alpha": 0.1, "scale": "1/N",
    "tensors": {"left": "m", "right": {"name": "n", "transpose": True}, "input": "Win", "bias": "b", "initialState": "k0"}},
    {"m": m, "n": n.T, "Win": Win, "b": b, "k0": k0},
    lambda k, u: k + 0.1 * (-k + n.T @ np.tanh(m @ k + Win @ u + b) / N), k0)

# Keras GRU (reset_after): kernels M x 3N and N x 3N, gates z, r, h, bias 2 x 3N; z keeps the old state.
kernel, recurrent, bias = draw(M, 3 * N), draw(N, 3 * N), draw(2, 3 * N)


def keras_gru(h, u):
    xz, xr, xh = np.split(u @ kernel + bias[0], 3)
    hz, hr, hh = np.split(h @ recurrent + bias[1], 3)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return z * h + (1 - z) * np.tanh(xh + r * hh)


part = lambda name, **more: {"name": name, "gates": "zrh", **more}
network("Keras GRU", {
    "kind": "gru", "resetAfter": True,
    "tensors": {"recurrent": part("recurrent_kernel", transpose=True), "input": part("kernel", transpose=True),
                "inputBias": part("bias", index=0), "recurrentBias": part("bias", index=1)}},
    {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}, keras_gru, np.zeros(N))


# Cho's GRU (reset before), its update gate the other way round: h <- (1 - z) h + z n.
def cho_gru(h, u):
    xz, xr, xh = np.split(u @ kernel + bias[0], 3)
    Uz, Ur, Uh = np.split(recurrent, 3, axis=1)
    z, r = sigmoid(xz + h @ Uz), sigmoid(xr + h @ Ur)
    return (1 - z) * h + z * np.tanh(xh + (r * h) @ Uh)


part = lambda name, **more: {"name": name, "gates": "zrh", "negate": "z", **more}
network("GRU, reset before, update gate reversed", {
    "kind": "gru", "resetAfter": False,
    "tensors": {"recurrent": part("U", transpose=True), "input": part("W", transpose=True), "bias": part("b")}},
    {"W": kernel, "U": recurrent, "b": bias[0]}, cho_gru, np.zeros(N))

# Keras LSTM: gates i, f, c, o.
kernel, recurrent, bias = draw(M, 4 * N), draw(N, 4 * N), draw(4 * N)
h0, c0 = draw(N), draw(N)


def keras_lstm(x, u):
    h, cell = x[:N], x[N:]
    i, f, g, o = np.split(u @ kernel + h @ recurrent + bias, 4)
    cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
    return np.concatenate([sigmoid(o) * np.tanh(cell), cell])


part = lambda name, **more: {"name": name, "gates": "ifco", **more}
network("Keras LSTM", {
    "kind": "lstm",
    "tensors": {"recurrent": part("recurrent_kernel", transpose=True), "input": part("kernel", transpose=True), "bias": part("bias"),
                "initialState": "h0", "initialCell": "c0", "readout": "V"}},
    {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias, "h0": h0, "c0": c0, "V": V}, keras_lstm,
    np.concatenate([h0, c0]), lambda x: V @ x[:N])

# Piecewise-linear: z <- A z + W relu(z) + C u + h, A stored as a matrix.
A, W, C, h, z0 = rng.random(N), draw(N, N) * 0.5, draw(N, M), draw(N), draw(N)
network("PLRNN", {
    "kind": "plrnn", "tensors": {"diagonal": "A", "recurrent": "W", "input": "C", "bias": "h", "initialState": "mu0"}},
    {"A": np.diag(A), "W": W, "C": C, "h": h, "mu0": z0},
    lambda z, u: A * z + W @ np.maximum(z, 0) + C @ u + h, z0)

# Vanilla with output feedback and a bias in two parts, weights scaled down and negated in the file.
W, Win, Wfb, b1, b2 = draw(N, N), draw(N, M), draw(N, K), draw(N), draw(N)
network("vanilla with feedback", {
    "kind": "vanilla", "activation": "softplus",
    "tensors": {"recurrent": {"name": "W", "scale": 0.5}, "input": {"name": "Win", "negate": True}, "inputBias": "b1", "recurrentBias": "b2",
                "feedback": "Wfb", "readout": "V", "readoutBias": "c", "initialState": "x0"}},
    {"W": 2 * W, "Win": -Win, "b1": b1, "b2": b2, "Wfb": Wfb, "V": V, "c": c, "x0": x0},
    lambda x, u: np.logaddexp(0, W @ x + Win @ u + b1 + b2 + Wfb @ (V @ x + c)), x0, lambda x: V @ x + c)

# Two layers of different kinds: the second sees the new state of the first.
W1, W1in, W2, W2in = draw(4, 4), draw(4, M), draw(3, 3), draw(3, 4)


def two_layers(x, u):
    first = np.tanh(W1 @ x[:4] + W1in @ u)
    second = x[4:] + 0.3 * (-x[4:] + np.tanh(W2 @ x[4:] + W2in @ first))
    return np.concatenate([first, second])


start = draw(7)
network("two layers", {
    "kind": "stacked", "layers": [
        {"kind": "vanilla", "activation": "tanh", "tensors": {"recurrent": "W1", "input": "W1in", "initialState": "a"}},
        {"kind": "rate", "time": "discrete", "state": "rate", "alpha": 0.3, "activation": "tanh",
         "tensors": {"recurrent": "W2", "input": "W2in", "initialState": "b"}}]},
    {"W1": W1, "W1in": W1in, "W2": W2, "W2in": W2in, "a": start[:4], "b": start[4:]}, two_layers, start)

# PyTorch two-layer LSTM and one GRU cell, found by their names.
weights, T = {}, 8
for layer, width in [(0, M), (1, N)]:
    weights |= {f"rnn.weight_ih_l{layer}": draw(4 * N, width), f"rnn.weight_hh_l{layer}": draw(4 * N, N),
                f"rnn.bias_ih_l{layer}": draw(4 * N), f"rnn.bias_hh_l{layer}": draw(4 * N)}
weights |= {"h0": draw(2, 1, N), "c0": draw(2, 1, N), "fc.weight": V, "fc.bias": c}


def torch_lstm(x, u):
    out = []
    for layer in (0, 1):
        h, cell = x[2 * layer * N : (2 * layer + 1) * N], x[(2 * layer + 1) * N : (2 * layer + 2) * N]
        i, f, g, o = np.split(weights[f"rnn.weight_ih_l{layer}"] @ u + weights[f"rnn.bias_ih_l{layer}"]
                              + weights[f"rnn.weight_hh_l{layer}"] @ h + weights[f"rnn.bias_hh_l{layer}"], 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        u = sigmoid(o) * np.tanh(cell)
        out += [u, cell]
    return np.concatenate(out)


start = np.concatenate([weights["h0"][0, 0], weights["c0"][0, 0], weights["h0"][1, 0], weights["c0"][1, 0]])
network("PyTorch LSTM, two layers", {}, weights, torch_lstm, start, lambda x: V @ x[2 * N : 3 * N] + c)

json.dump(cases, sys.stdout)
