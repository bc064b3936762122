"""Oracle for complete lists of fixed points: writes completeLists.json beside this script. numpy 2.4, scipy 1.17.

Networks with weights rounded to three decimals; their fixed points by scipy.optimize.root (MINPACK hybr) from a
dense set of starts over the box that tanh allows, roots 1e-5 apart counted once. Nothing proves these lists complete:
a list that is proved complete must hold every one of them, and is expected to hold no more.
Rank 1 besides: the sign changes of the one equation on a grid of 200 001 numbers.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import root

rng = np.random.default_rng(20181108)


def distinct(f, starts):
    found = []
    for x in starts:
        s = root(f, x, method="hybr", options={"xtol": 1e-13})
        if np.abs(f(s.x)).max() < 1e-11 and not any(np.abs(s.x - y).max() < 1e-5 for y in found):
            found.append(s.x)
    return sorted(found, key=lambda x: tuple(x))


def low_rank(units, rank, gain, noise, bias, starts):
    left = np.round(rng.normal(size=(units, rank)), 3)
    right = np.round(gain * left + noise * rng.normal(size=(units, rank)), 3)
    b = np.round(bias * rng.normal(size=units), 3)

    def f(k):
        return right.T @ np.tanh(left @ k + b) / units - k

    reach = np.abs(right).sum(axis=0) / units
    points = distinct(f, rng.uniform(-1, 1, size=(starts, rank)) * reach)
    if rank == 1:
        grid = np.linspace(-reach[0], reach[0], 200001)
        values = (np.tanh(np.outer(grid, left[:, 0]) + b) @ right[:, 0]) / units - grid
        assert np.count_nonzero(np.diff(np.sign(values))) == len(points)
    return dict(rank=rank, left=left.ravel().tolist(), right=right.ravel().tolist(), bias=b.tolist(),
                points=[p.tolist() for p in points])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru(units, gain, starts):
    u = np.round(gain * rng.normal(size=(3 * units, units)), 3)
    b = np.round(0.3 * rng.normal(size=3 * units), 3)
    n = units

    def f(h):
        r = sigmoid(u[:n] @ h + b[:n])
        return np.tanh(b[2 * n :] + r * (u[2 * n :] @ h)) - h

    points = distinct(f, rng.uniform(-1, 1, size=(starts, n)))
    return dict(recurrent=u.ravel().tolist(), inputBias=b.tolist(), points=[p.tolist() for p in points])


lists = dict(
    lowRank=[
        low_rank(60, 1, 2.5, 3.0, 0.3, 400),
        low_rank(40, 2, 3.0, 1.0, 0.2, 2000),
        low_rank(40, 2, 4.0, 2.0, 0.1, 2000),
        low_rank(30, 3, 3.0, 1.0, 0.1, 4000),
    ],
    gru=[gru(2, 4.0, 1000), gru(3, 3.0, 2000)],
)
print([len(x["points"]) for x in lists["lowRank"] + lists["gru"]])
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(lists) + "\n")
