"""Oracle for backpropagation through time: writes backprop.json beside this script. numpy 2.4.

Every case is a network in the library's plain description, trials, options, the objective and its gradient by
each tensor. Gradients are by complex step, Im f(w + ih) / h with h = 1e-30: exact to rounding, and nothing of it is
a backward pass. Networks run trial by trial, step by step, every term as the equation says it; tau, scale, feedback
are never folded. "adam" holds moments written as explicit sums over past gradients, and five full-batch updates of a
network trained with complex-step gradients, clipping and a cosine schedule.
"""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(19900801)
B, T = 3, 6


def normal(*shape, scale=1.0):
    return rng.normal(size=shape) * scale


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def relu(a):
    return np.where(a.real > 0, a, 0)


def at(s, name, default=0.0):
    return s[name] if name in s else default


def readout(s, seen):
    return s["readout"]["weight"] @ seen + at(s["readout"], "bias")


PHI = {"tanh": np.tanh, "sigmoid": sigmoid, "softplus": lambda a: np.log(1 + np.exp(a)), "relu": relu}


def vanilla(s, x, u, dt):
    drive = s["recurrent"] @ x + s["input"] @ u + at(s, "bias")
    if "feedback" in s:
        drive = drive + s["feedback"] @ readout(s, x)
    x = PHI[s["activation"]](drive)
    return x, x, x


def rate(s, x, u, dt):
    """State, what the readout sees, activity of the units."""
    phi, scale = PHI[s["activation"]], at(s, "scale", 1.0)
    if s["time"] == "continuous":
        alpha = dt / np.asarray(at(s, "tau", 1.0))
    elif "alpha" in s:
        alpha = np.asarray(s["alpha"])
    else:
        alpha = s["dt"] / np.asarray(s["tau"])
    of = at(s["readout"], "of", "rate")
    if s["state"] == "current":
        drive = scale * s["recurrent"] @ phi(x) + s["input"] @ u + at(s, "bias")
        if "feedback" in s:
            drive = drive + s["feedback"] @ readout(s, phi(x) if of == "rate" else x)
        x = x + alpha * (-x + drive)
        return x, (phi(x) if of == "rate" else x), phi(x)
    drive = scale * s["recurrent"] @ x + s["input"] @ u + at(s, "bias")
    if "feedback" in s:
        drive = drive + s["feedback"] @ readout(s, x)
    x = x + alpha * (-x + phi(drive))
    return x, x, x


def low_rank(s, k, u, dt):
    phi, scale = PHI[s["activation"]], at(s, "scale", 1.0)
    alpha = dt / at(s, "tau", 1.0) if s["time"] == "continuous" else s["alpha"]
    outside = s["input"] @ u + at(s, "bias")
    k = k + alpha * (-k + scale * s["right"].T @ phi(s["left"] @ k + outside))
    y = s["left"] @ k + outside
    return k, (phi(y) if at(s["readout"], "of", "rate") == "rate" else y), phi(y)


def gru(s, h, u, dt):
    n = len(h)
    w, r = s["input"] @ u + s["inputBias"], s["recurrent"] @ h + s["recurrentBias"]
    reset, z = sigmoid(w[:n] + r[:n]), sigmoid(w[n : 2 * n] + r[n : 2 * n])
    if s["resetAfter"]:
        inner = reset * r[2 * n :]
    else:
        inner = s["recurrent"][2 * n :] @ (reset * h) + s["recurrentBias"][2 * n :]
    h = (1 - z) * np.tanh(w[2 * n :] + inner) + z * h
    return h, h, h


def lstm(s, x, u, dt):
    n = len(x) // 2
    h, c = x[:n], x[n:]
    a = s["input"] @ u + s["inputBias"] + s["recurrent"] @ h + s["recurrentBias"]
    i, f, g, o = sigmoid(a[:n]), sigmoid(a[n : 2 * n]), np.tanh(a[2 * n : 3 * n]), sigmoid(a[3 * n :])
    c = f * c + i * g
    h = o * np.tanh(c)
    return np.concatenate([h, c]), h, h


def plrnn(s, z, u, dt):
    z = s["diagonal"] * z + s["recurrent"] @ relu(z) + s["input"] @ u + s["bias"]
    return z, z, relu(z)


def stacked(s, x, u, dt):
    states, rates, start = [], [], 0
    for layer in s["layers"]:
        d = dimension(layer)
        state, u, activity = STEP[layer["kind"]](layer, x[start : start + d], u, dt)
        start += d
        states.append(state)
        rates.append(activity)
    return np.concatenate(states), u, np.concatenate(rates)


STEP = {
    "vanilla": vanilla,
    "rate": rate,
    "low-rank": low_rank,
    "gru": gru,
    "lstm": lstm,
    "plrnn": plrnn,
    "stacked": stacked,
}


def dimension(s):
    if s["kind"] == "stacked":
        return sum(dimension(layer) for layer in s["layers"])
    if s["kind"] == "low-rank":
        return s["left"].shape[1]
    return s["recurrent"].shape[1] * (2 if s["kind"] == "lstm" else 1)


def data_loss(s, trials, options):
    total, weight, squares, count = 0.0, 0.0, 0.0, 0
    for inputs, targets, mask in zip(trials["inputs"], trials["targets"], trials["mask"]):
        x = s["initialState"]
        for u, target, m in zip(inputs, targets, mask):
            x, seen, activity = STEP[s["kind"]](s, x, u, options.get("dt"))
            y = readout(s, seen)
            squares, count = squares + np.sum(activity**2), count + len(activity)
            if options.get("loss") == "cross-entropy":
                total = total - m[0] * np.sum(target * np.log(np.exp(y) / np.sum(np.exp(y))))
                weight += m[0]
            else:
                total = total + np.sum(m * (y - target) ** 2)
                weight += np.sum(m)
    return total / weight, squares / count


def tensors(s, prefix=""):
    for name, value in s.items():
        if name == "layers":
            for l, layer in enumerate(value):
                yield from tensors(layer, f"{prefix}layers.{l}.")
        elif name == "readout":
            yield from ((f"{prefix}readout.{k}", value[k]) for k in ("weight", "bias") if k in value)
        elif isinstance(value, np.ndarray) and name not in ("tau", "alpha"):
            yield prefix + name, value


def objective(s, trials, options):
    loss, rates = data_loss(s, trials, options)
    result = loss + options.get("rateCost", 0.0) * rates
    for _, value in tensors(s):
        if value.ndim == 2:
            result = result + options.get("l2", 0.0) / 2 * np.sum(value**2)
    return loss, result


def as_complex(s):
    if isinstance(s, dict):
        return {k: as_complex(v) for k, v in s.items()}
    if isinstance(s, list):
        return [as_complex(v) for v in s]
    return s.astype(complex) if isinstance(s, np.ndarray) else s


def gradient(s, trials, options):
    moved, h, result = as_complex(s), 1e-30, {}
    for name, value in tensors(moved):
        slope, flat = np.zeros(value.shape), value.reshape(-1)
        for p in range(value.size):
            flat[p] += 1j * h
            slope.reshape(-1)[p] = objective(moved, trials, options)[1].imag / h
            flat[p] -= 1j * h
        result[name] = slope
    return result


def trials_for(inputs, outputs, classes=False):
    targets = normal(B, T, outputs)
    mask = (rng.uniform(size=(B, T, outputs)) < 0.7) * rng.uniform(0.5, 2, size=(B, T, outputs))
    if classes:
        targets = np.eye(outputs)[rng.integers(outputs, size=(B, T))] * 0.9 + 0.1 / outputs
        mask = np.repeat(mask[:, :, :1], outputs, axis=2)
    return {"inputs": normal(B, T, inputs), "targets": targets, "mask": mask}


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.tolist() if isinstance(value, np.ndarray) else value


N, M, K = 4, 2, 2


def network(kind, d=N, **extra):
    weight = {"weight": normal(K, N, scale=0.6), "bias": normal(K, scale=0.3)}
    return {"kind": kind, **extra, "readout": weight, "initialState": normal(d, scale=0.5)}


def one_block(feedback=False, bias=True):
    tensors = {"recurrent": normal(N, N, scale=0.7), "input": normal(N, M)}
    if bias:
        tensors["bias"] = normal(N, scale=0.3)
    if feedback:
        tensors["feedback"] = normal(N, K, scale=0.5)
    return tensors


def gates(blocks, m=M):
    return {
        "recurrent": normal(blocks * N, N, scale=0.7),
        "input": normal(blocks * N, m, scale=0.8),
        "inputBias": normal(blocks * N, scale=0.3),
        "recurrentBias": normal(blocks * N, scale=0.3),
    }


def low_rank_network(**extra):
    tensors = {"left": normal(N, 2), "right": normal(N, 2), "input": normal(N, M), "bias": normal(N, scale=0.3)}
    return network("low-rank", 2, activation="tanh", **extra, **tensors)


tau = rng.uniform(0.5, 1.5, size=N)
of_current = network("rate", time="discrete", state="current", activation="tanh", alpha=0.3, **one_block(True))
of_current["readout"]["of"] = "state"
low_rank_state = low_rank_network(time="discrete", alpha=0.4, scale=0.25)
low_rank_state["readout"]["of"] = "state"

cases = {
    "vanilla": (network("vanilla", activation="tanh", **one_block()), {}),
    "vanilla without bias, with penalties": (
        network("vanilla", activation="sigmoid", **one_block(bias=False)),
        {"l2": 0.03, "rateCost": 0.4},
    ),
    "vanilla with feedback": (network("vanilla", activation="tanh", **one_block(True)), {"rateCost": 0.2}),
    "vanilla, cross-entropy": (network("vanilla", activation="tanh", **one_block()), {"loss": "cross-entropy"}),
    "rate, current, a flow": (
        network("rate", time="continuous", state="current", activation="tanh", tau=tau, **one_block()),
        {"dt": 0.2, "rateCost": 0.3},
    ),
    "rate, current, with scale and feedback": (
        network("rate", time="discrete", state="current", activation="tanh", alpha=0.4, scale=0.6, **one_block(True)),
        {"l2": 0.01},
    ),
    "rate, current, feedback of the current": (of_current, {"rateCost": 0.3}),
    "rate, current, softplus": (
        network("rate", time="discrete", state="current", activation="softplus", tau=2.0, dt=0.5, **one_block()),
        {},
    ),
    "rate, rate, a flow with feedback": (
        network("rate", time="continuous", state="rate", activation="tanh", tau=tau, scale=0.7, **one_block(True)),
        {"dt": 0.3, "rateCost": 0.3},
    ),
    "rate, rate, an alpha per unit": (
        network("rate", time="discrete", state="rate", activation="sigmoid", alpha=tau, **one_block()),
        {},
    ),
    "gru, reset after": (network("gru", resetAfter=True, **gates(3)), {"rateCost": 0.1}),
    "gru, reset before": (network("gru", resetAfter=False, **gates(3)), {"l2": 0.02}),
    "lstm": (network("lstm", 2 * N, **gates(4)), {"rateCost": 0.1, "l2": 0.02}),
    "low-rank, a flow": (low_rank_network(time="continuous", tau=0.8, scale=0.25), {"dt": 0.2, "rateCost": 0.3}),
    "low-rank, readout of the current": (low_rank_state, {"rateCost": 0.3}),
    "plrnn": (
        network("plrnn", diagonal=rng.uniform(size=N), **one_block()),
        {"rateCost": 0.1},
    ),
    "gru on lstm on vanilla": (
        network(
            "stacked",
            4 * N,
            layers=[
                {"kind": "vanilla", "activation": "tanh", **one_block()},
                {"kind": "lstm", **gates(4, N)},
                {"kind": "gru", "resetAfter": False, **gates(3, N)},
            ],
        ),
        {"rateCost": 0.2, "l2": 0.01},
    ),
}


def solved(s, options):
    trials = trials_for(M, K, options.get("loss") == "cross-entropy")
    loss, whole = objective(s, trials, options)
    slopes = gradient(s, trials, options)
    return {
        "spec": plain(s),
        "trials": plain(trials),
        "options": options,
        "loss": loss,
        "objective": whole,
        "gradient": {name: value.reshape(-1).tolist() for name, value in slopes.items()},
    }


def adam_moments():
    """Five updates from given gradients; m and v as sums over all gradients so far, not as recursions."""
    p, rate, b1, b2, eps = 4, 0.03, 0.8, 0.95, 1e-6
    start, gradients = normal(p), normal(5, p)
    x, path = start.copy(), []
    for t in range(1, 6):
        past = np.arange(1, t + 1)
        m = sum((1 - b1) * b1 ** (t - i) * gradients[i - 1] for i in past) / (1 - b1**t)
        v = sum((1 - b2) * b2 ** (t - i) * gradients[i - 1] ** 2 for i in past) / (1 - b2**t)
        x = x - rate * m / (np.sqrt(v) + eps)
        path.append(x.tolist())
    settings = {"beta1": b1, "beta2": b2, "epsilon": eps}
    return {"start": plain(start), "gradients": plain(gradients), "rate": rate, "settings": settings, "path": path}


def adam_training():
    s = network("vanilla", activation="tanh", **one_block())
    trials = trials_for(M, K)
    rate, last, clip, b1, b2, eps, updates = 0.05, 0.002, 0.5, 0.9, 0.999, 1e-8, 5
    start, history, losses, norms = plain(s), [], [], []
    for t in range(1, updates + 1):
        g = gradient(s, trials, {})
        del g["initialState"]
        norm = np.sqrt(sum(np.sum(v**2) for v in g.values()))
        losses.append(data_loss(s, trials, {})[0])
        norms.append(norm)
        history.append({name: v * min(1, clip / norm) for name, v in g.items()})
        step = last + (rate - last) * (1 + np.cos(np.pi * (t - 1) / (updates - 1))) / 2
        for name, value in tensors(s):
            if name not in g:
                continue
            past = range(1, t + 1)
            m = sum((1 - b1) * b1 ** (t - i) * history[i - 1][name] for i in past) / (1 - b1**t)
            v = sum((1 - b2) * b2 ** (t - i) * history[i - 1][name] ** 2 for i in past) / (1 - b2**t)
            value -= step * m / (np.sqrt(v) + eps)
    return {
        "spec": start,
        "trials": plain(trials),
        "options": {
            "epochs": updates,
            "batchSize": B,
            "learningRate": rate,
            "finalLearningRate": last,
            "schedule": "cosine",
            "clipNorm": clip,
        },
        "losses": losses,
        "gradientNorms": norms,
        "trained": plain(s),
        "loss": data_loss(s, trials, {})[0],
    }


result = {
    "gradients": {name: solved(*case) for name, case in cases.items()},
    "adam": {"moments": adam_moments(), "training": adam_training()},
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
