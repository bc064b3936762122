"""Oracles of the capacity study, by numpy and scipy: python3 test/oracles/capacity.py

Trajectories of four kinds of reservoir under a stream of items (the flow by scipy's integrator); ridge regression by
the normal equations; Spearman's rho with ties; mutual information of a table; the participation ratio.
"""

import json
import pathlib

import numpy as np
from scipy.integrate import solve_ivp
from scipy.stats import spearmanr

rng = np.random.default_rng(5)
n, channels, items = 7, 3, 6
tau, dt = 20.0, 0.5
burn, gap, shown = 2, 1, 3
kappa = np.exp(-dt / tau)
J = rng.standard_normal((n, n)) * (rng.random((n, n)) < 0.6) / np.sqrt(n)
Jin = rng.standard_normal((n, channels))
g, g_in = 1.3, 4.0
r0 = rng.uniform(0, 0.1, n)
stream = [2, 1, 3, 3, 1, 2]


def inputs(encoding):
    for item in stream:
        for s in range(gap + shown):
            yield item if s >= gap else 0, s == gap + shown - 1


def drive(item, encoding):
    if item == 0:
        return np.zeros(n)
    return g_in * Jin[:, item - 1] if encoding == "one-hot" else g_in * Jin[:, 0] * item / channels


def run(variant, encoding):
    r = r0.copy()
    samples = []

    def step(r, item):
        u = drive(item, encoding)
        v = g * J @ r + u
        if variant == "nma":
            return np.tanh(kappa * r + (1 - kappa) * v)
        if variant == "linear":
            return kappa * r + (1 - kappa) * v
        if variant == "leaky-esn":
            return (1 - dt / tau) * r + dt / tau * np.tanh(v)
        flow = lambda t, x: (-x + np.tanh(g * J @ x + u)) / tau
        return solve_ivp(flow, (0, dt), r, rtol=1e-12, atol=1e-14).y[:, -1]

    for _ in range(burn):
        r = step(r, 0)
    for item, last in inputs(encoding):
        r = step(r, item)
        if last:
            samples.append(r.tolist())
    return samples


runs = {
    f"{variant} {encoding}": run(variant, encoding)
    for variant in ("nma", "linear", "leaky-esn", "rate-ode")
    for encoding in ("one-hot", "magnitude")
}

# Ridge: what the best penalty of each decade gives, on contiguous parts.
T, d, values = 240, 5, 4
labels = rng.integers(1, values + 1, T)
X = rng.standard_normal((T, d))
X[:, 0] += 0.8 * labels
X[:, 1] += 0.5 * np.roll(labels, 1)
X[:, 3] = X[:, 2] + 1e-3 * rng.standard_normal(T)
lag = 1
usable = T - 3 * lag
ends = [round(0.7 * usable), round(0.85 * usable), usable]
train = slice(lag, lag + ends[0])
valid = slice(2 * lag + ends[0], 2 * lag + ends[1])
test = slice(3 * lag + ends[1], 3 * lag + ends[2])
target = np.roll(labels, lag)
mean = X[train].mean(0)
Z = X - mean
m = train.stop - train.start
G = Z[train].T @ Z[train] / m
variance = np.trace(G) / d
onehot = np.eye(values)[target - 1]
C = Z[train].T @ onehot[train] / m
base = onehot[train].mean(0)


def fit(exponent):
    return np.linalg.solve(G + variance * 10.0**exponent * np.eye(d), C)


def predict(exponent, part):
    return Z[part] @ fit(exponent) + base


def choose(error):
    best = min([-9, -7, -5, -3, -1, 1], key=error)
    return min([best, best - 1, best + 1], key=error)


number_of = lambda p: p @ np.arange(1, values + 1)
number = choose(lambda e: ((number_of(predict(e, valid)) - target[valid]) ** 2).sum())
name = choose(lambda e: ((predict(e, valid) - onehot[valid]) ** 2).sum())
decoded = number_of(predict(number, test))
named = predict(name, test).argmax(1) + 1
table = np.zeros((values, values))
for a, b in zip(target[test], named):
    table[a - 1, b - 1] += 1
p = table / table.sum()
with np.errstate(divide="ignore", invalid="ignore"):
    raw = np.nansum(p * np.log2(p / np.outer(p.sum(1), p.sum(0))))
used = lambda q: int((q > 0).sum())
bias = (used(p) - used(p.sum(1)) - used(p.sum(0)) + 1) / (2 * table.sum() * np.log(2))
ridge = {
    "labels": labels.tolist(),
    "states": X.ravel().tolist(),
    "width": d,
    "lag": lag,
    "correlation": np.corrcoef(decoded, target[test])[0, 1],
    "meanSquaredError": ((decoded - target[test]) ** 2).mean(),
    "accuracy": (named == target[test]).mean(),
    "rawInformation": raw,
    "information": max(0.0, raw - bias),
    "numberPenalty": number,
    "namePenalty": name,
    "participationRatio": np.trace(G) ** 2 / (G * G).sum(),
    "constantError": ((labels[test] - labels[train].mean()) ** 2).mean(),
    "zeroError": (labels[test].astype(float) ** 2).mean(),
}

x = rng.integers(0, 6, 15).tolist()
y = (np.array(x) + rng.integers(0, 5, 15)).tolist()
out = {
    "reservoir": {
        "units": n,
        "channels": channels,
        "tau": tau,
        "dt": dt,
        "burnIn": burn * dt,
        "interval": gap * dt,
        "duration": shown * dt,
        "items": stream,
        "gain": g,
        "inputGain": g_in,
        "recurrent": J.ravel().tolist(),
        "input": Jin.T.ravel().tolist(),
        "initialRates": r0.tolist(),
        "runs": runs,
    },
    "ridge": ridge,
    "spearman": {"x": x, "y": y, "rho": spearmanr(x, y)[0]},
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, indent=1) + "\n")
