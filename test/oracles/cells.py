"""Oracle for cells: writes cells.json beside this script. numpy 2.4.

Every case is a network in the library's plain description (rows of numbers), a list of inputs and what plain
numpy makes of the equations: "states" and "outputs" of a trajectory of maps, or "velocities" of a flow at given
states. "low-rank" stores the trajectory of the full N-dimensional network under a held input; the R-dimensional
cell must lift to it. tau, alpha, scale and feedback are applied as written in the equations, never folded.
"""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(20170602)
T = 12


def normal(*shape, scale=1.0):
    return rng.normal(size=shape) * scale


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru_step(s, h, u, after):
    n = len(h)
    w, r = s["input"] @ u + s["inputBias"], s["recurrent"] @ h + s["recurrentBias"]
    reset, z = sigmoid(w[:n] + r[:n]), sigmoid(w[n : 2 * n] + r[n : 2 * n])
    if after:
        inner = reset * r[2 * n :]
    else:
        inner = s["recurrent"][2 * n :] @ (reset * h) + s["recurrentBias"][2 * n :]
    return (1 - z) * np.tanh(w[2 * n :] + inner) + z * h


def lstm_step(s, x, u):
    n = len(x) // 2
    h, c = x[:n], x[n:]
    a = s["input"] @ u + s["inputBias"] + s["recurrent"] @ h + s["recurrentBias"]
    i, f, g, o = sigmoid(a[:n]), sigmoid(a[n : 2 * n]), np.tanh(a[2 * n : 3 * n]), sigmoid(a[3 * n :])
    c = f * c + i * g
    return np.concatenate([o * np.tanh(c), c])


def vanilla_step(s, h, u):
    return np.tanh(s["recurrent"] @ h + s["input"] @ u + s["bias"])


def plrnn_step(s, z, u):
    return s["diagonal"] * z + s["recurrent"] @ np.maximum(z, 0) + s["input"] @ u + s["bias"]


def readout(s, seen):
    return s["readout"]["weight"] @ seen + s["readout"]["bias"]


def rate_velocity(s, phi, x, u):
    """tau dx/dt, every term as the equation says it."""
    scale = s.get("scale", 1.0)
    outer = s["input"] @ u + s["bias"]
    if s["state"] == "current":
        seen = phi(x) if s["readout"].get("of", "rate") == "rate" else x
        if "feedback" in s:
            outer = outer + s["feedback"] @ readout(s, seen)
        return -x + scale * (s["recurrent"] @ phi(x)) + outer
    if "feedback" in s:
        outer = outer + s["feedback"] @ readout(s, x)
    return -x + phi(scale * (s["recurrent"] @ x) + outer)


def trajectory(step, start, inputs):
    states, x = [], start
    for u in inputs:
        x = step(x, u)
        states.append(x)
    return np.array(states)


def gru(n, m, after):
    return {
        "kind": "gru",
        "resetAfter": after,
        "recurrent": normal(3 * n, n, scale=0.7),
        "input": normal(3 * n, m),
        "inputBias": normal(3 * n, scale=0.5),
        "recurrentBias": normal(3 * n, scale=0.5),
    }


def lstm(n, m):
    return {
        "kind": "lstm",
        "recurrent": normal(4 * n, n, scale=0.7),
        "input": normal(4 * n, m),
        "inputBias": normal(4 * n, scale=0.5),
        "recurrentBias": normal(4 * n, scale=0.5),
    }


def vanilla(n, m):
    return {
        "kind": "vanilla",
        "activation": "tanh",
        "recurrent": normal(n, n, scale=0.6),
        "input": normal(n, m),
        "bias": normal(n, scale=0.3),
    }


def out(k, n):
    return {"weight": normal(k, n), "bias": normal(k)}


def case_gru(after):
    s = gru(7, 2, after) | {"readout": out(2, 7), "initialState": normal(7, scale=0.5)}
    inputs = normal(T, 2)
    states = trajectory(lambda h, u: gru_step(s, h, u, after), s["initialState"], inputs)
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [readout(s, h) for h in states]}


def case_lstm():
    s = lstm(6, 2) | {"readout": out(3, 6), "initialState": normal(12, scale=0.5)}
    inputs = normal(T, 2)
    states = trajectory(lambda x, u: lstm_step(s, x, u), s["initialState"], inputs)
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [readout(s, x[:6]) for x in states]}


def case_stack():
    """vanilla (4) under lstm (3) under gru (5): layer by layer over the whole sequence, as PyTorch does."""
    layers = [vanilla(4, 2), lstm(3, 4), gru(5, 3, True)]
    inputs = normal(T, 2)
    first = trajectory(lambda h, u: vanilla_step(layers[0], h, u), np.zeros(4), inputs)
    second = trajectory(lambda x, u: lstm_step(layers[1], x, u), np.zeros(6), first)
    third = trajectory(lambda h, u: gru_step(layers[2], h, u, True), np.zeros(5), second[:, :3])
    s = {"kind": "stacked", "layers": layers, "readout": out(2, 5)}
    states = np.concatenate([first, second, third], axis=1)
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [readout(s, h) for h in third]}


def case_plrnn():
    s = {
        "kind": "plrnn",
        "diagonal": rng.uniform(0.2, 0.8, size=6),
        "recurrent": normal(6, 6, scale=0.25),
        "input": normal(6, 2),
        "bias": normal(6),
        "readout": out(2, 6),
        "initialState": normal(6),
    }
    inputs = normal(T, 2)
    states = trajectory(lambda z, u: plrnn_step(s, z, u), s["initialState"], inputs)
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [readout(s, z) for z in states]}


def case_vanilla_feedback():
    s = vanilla(6, 2) | {
        "feedback": normal(6, 2, scale=0.5),
        "readout": out(2, 6),
        "initialState": normal(6, scale=0.5),
    }
    inputs = normal(T, 2)

    def step(h, u):
        return np.tanh(s["recurrent"] @ h + s["input"] @ u + s["bias"] + s["feedback"] @ readout(s, h))

    states = trajectory(step, s["initialState"], inputs)
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [readout(s, h) for h in states]}


def rate(state, time, name, phi, of=None, **extra):
    n, m, k = 6, 2, 2
    s = {
        "kind": "rate",
        "time": time,
        "state": state,
        "activation": name,
        "scale": 0.8,
        "recurrent": normal(n, n, scale=0.5),
        "input": normal(n, m),
        "bias": normal(n, scale=0.3),
        "feedback": normal(n, k, scale=0.5),
        "readout": out(k, n) | ({"of": of} if of else {}),
        **extra,
    }
    inputs = normal(T, m)
    start = normal(n)

    def output(x):
        return readout(s, phi(x) if state == "current" and of != "state" else x)

    if time == "continuous":
        states = normal(T, n)
        velocities = [rate_velocity(s, phi, x, u) / s["tau"] for x, u in zip(states, inputs)]
        return {
            "spec": s,
            "inputs": inputs,
            "at": states,
            "velocities": velocities,
            "outputs": [output(x) for x in states],
        }
    alpha = s["alpha"] if "alpha" in s else s["dt"] / s["tau"]
    states = trajectory(lambda x, u: x + alpha * rate_velocity(s, phi, x, u), start, inputs)
    s["initialState"] = start
    return {"spec": s, "inputs": inputs, "states": states, "outputs": [output(x) for x in states]}


def relu(a):
    return np.maximum(a, 0)


def case_low_rank():
    n, m, r = 12, 2, 2
    left, right = normal(n, r), normal(n, r)
    w_in, bias = normal(n, m), normal(n, scale=0.3)
    s = {
        "kind": "low-rank",
        "time": "discrete",
        "activation": "tanh",
        "tau": 2.0,
        "dt": 0.5,
        "scale": 1.5 / n,
        "left": left,
        "right": right,
        "input": w_in,
        "bias": bias,
        "readout": out(2, n),
        "initialState": normal(r),
    }
    u = normal(m)
    w = s["scale"] * left @ right.T
    x = left @ s["initialState"] + w_in @ u + bias
    full = []
    for _ in range(T):
        x = x + 0.25 * (-x + w @ np.tanh(x) + w_in @ u + bias)
        full.append(x)
    return {
        "spec": s,
        "inputs": np.tile(u, (T, 1)),
        "full": full,
        "outputs": [readout(s, np.tanh(x)) for x in full],
    }


cases = {
    "gru, reset after": case_gru(True),
    "gru, reset before": case_gru(False),
    "lstm": case_lstm(),
    "gru on lstm on vanilla": case_stack(),
    "plrnn": case_plrnn(),
    "vanilla with feedback": case_vanilla_feedback(),
    "rate map, current, feedback, alpha per unit": rate(
        "current", "discrete", "tanh", np.tanh, alpha=rng.uniform(0.1, 0.9, size=6)
    ),
    "rate map, current, feedback of the current": rate(
        "current", "discrete", "tanh", np.tanh, of="state", tau=3.0, dt=0.5
    ),
    "rate map, rate, feedback, dt and tau": rate("rate", "discrete", "relu", relu, tau=2.0, dt=0.2),
    "rate flow, current, feedback, tau per unit": rate(
        "current", "continuous", "tanh", np.tanh, tau=rng.uniform(0.5, 2, size=6)
    ),
    "rate flow, rate, feedback": rate("rate", "continuous", "sigmoid", sigmoid, tau=0.3),
    "low-rank": case_low_rank(),
}

path = pathlib.Path(__file__).with_suffix(".json")


def plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


path.write_text(json.dumps(plain(cases)) + "\n")
