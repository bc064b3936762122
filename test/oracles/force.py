"""FORCE / recursive least squares in plain numpy: writes force.json beside itself.

Networks of 40 units at density 0.4 trained as Ghazizadeh & Ching (2021) do: full P, np.outer, one network at a
time. All numbers the training needs are stored, so that it can be repeated elsewhere without the same generator.
Run: python3 test/oracles/force.py
"""

import json
from pathlib import Path

import numpy as np

N, DT = 40, 0.1
rng = np.random.default_rng(20210915)


def rounded(a, digits=5):
    """Short decimal numbers: they are the exact inputs of both sides."""
    return np.round(a, digits)


def coupling(density):
    j = np.zeros(N * N)
    places = rng.permutation(N * N)[: round(density * N * N)]
    j[places] = rounded(rng.normal(size=len(places)) / np.sqrt(density * N)) + 1e-6  # none is zero
    return rounded(j, 6).reshape(N, N)


def train(j, g, f, win, x0, inputs, targets, masks, every):
    """f, targets, masks: one per learner (N x K, T x K, T). Returns the state after the last step."""
    x = x0.copy()
    w = [np.zeros((N, fl.shape[1])) for fl in f]
    p = [np.eye(N) for _ in f]
    z = [np.zeros(fl.shape[1]) for fl in f]
    count = [0 for _ in f]
    for s, u in enumerate(inputs):
        x = x + DT * (-x + g * (j @ np.tanh(x)) + sum(fl @ zl for fl, zl in zip(f, z)) + win @ u)
        r = np.tanh(x)
        z = [wl.T @ r for wl in w]
        if s % every != 0:
            continue
        for l, wl in enumerate(w):
            if not masks[l][s]:
                continue
            k = p[l] @ r
            c = 1 / (1 + r @ k)
            p[l] = p[l] - c * np.outer(k, k)
            w[l] = wl - c * np.outer(k, z[l] - targets[l][s])
            count[l] += 1
    return {
        "state": x.tolist(),
        "outputs": np.concatenate(z).tolist(),
        "weights": np.concatenate([wl.T for wl in w]).ravel().tolist(),
        "inverses": [pl[np.tril_indices(N)].tolist() for pl in p],
        "updates": count,
    }


def restricted():
    """Stimulus 10, delay 20, stimulus 10, delay 20, response 20 steps; ten trials; three networks on one J."""
    j = coupling(0.4)
    means = np.array([[1.9, -0.2], [-1.7, -1.6]])
    trials = []
    for a, b in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 0), (0, 1), (1, 1), (0, 0), (1, 0), (1, 1)]:
        u, t, m = np.zeros((80, 2)), np.zeros((80, 3)), np.zeros((80, 3))
        u[:10] = rounded(means[a] + 0.7 * rng.normal(size=(10, 2)), 3)
        u[30:40] = rounded(means[b] + 0.7 * rng.normal(size=(10, 2)), 3)
        t[10:30, 1:], m[10:30, 1:] = means[a], 1
        t[40:60, 1:], m[40:60, 1:] = means[b], 1
        t[60:, 0], m[60:, 0] = [1, 0.5, 1.5][a + b], 1
        trials.append((u, t, m))
    u, t, m = (np.concatenate(part) for part in zip(*trials))
    networks = []
    for g, feedback in [(0.8, 40), (1.1, 5), (1.5, 1)]:
        f = [rounded(rng.normal(size=(N, k)) / feedback) for k in (1, 2)]
        win = rounded(rng.normal(size=(N, 2)) / 5)
        x0 = rounded(0.1 * rng.normal(size=N))
        after = train(j, g, f, win, x0, u, [t[:, :1], t[:, 1:]], [m[:, 0], m[:, 1]], 2)
        networks.append(record(g, f, win, x0, after))
    return {
        "units": N, "dt": DT, "updateEvery": 2, "update": "restricted", "outputs": [1, 2],
        "coupling": j.ravel().tolist(),
        "trials": [{"inputs": a.ravel().tolist(), "targets": b.ravel().tolist(), "mask": c.ravel().tolist()}
                   for a, b, c in trials],
        "networks": networks,
    }  # fmt: skip


def plain():
    """Every step, one learner, no input, full J: 250 updates towards a sum of sines."""
    j = coupling(1.0)
    s = np.arange(250)
    t = rounded(np.sin(2 * np.pi * s / 50) + 0.5 * np.sin(2 * np.pi * s / 25))[:, None]
    f = [rounded(2 * rng.random((N, 1)) - 1)]
    win, x0 = np.zeros((N, 0)), rounded(0.5 * rng.normal(size=N))
    after = train(j, 1.5, f, win, x0, np.zeros((250, 0)), [t], [np.ones(250)], 1)
    return {
        "units": N, "dt": DT, "updateEvery": 1, "update": "all", "outputs": [1],
        "coupling": j.ravel().tolist(),
        "trials": [{"inputs": [], "targets": t.ravel().tolist()}],
        "networks": [record(1.5, f, win, x0, after)],
    }  # fmt: skip


def record(g, f, win, x0, after):
    return {
        "gain": g,
        "feedback": [fl.ravel().tolist() for fl in f],
        "input": win.ravel().tolist(),
        "initialState": x0.tolist(),
        "after": after,
    }


if __name__ == "__main__":
    out = {"restricted": restricted(), "plain": plain()}
    Path(__file__).with_suffix(".json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
