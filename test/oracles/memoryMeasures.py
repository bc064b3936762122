"""Memory of linear networks from mpmath (60 digits) and SciPy, quantiles and polynomials from SciPy, and a regression by
numpy's lstsq. Writes memoryMeasures.json beside itself; run with python3."""
import json
import pathlib

import mpmath as mp
import numpy as np
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import eval_legendre
from scipy.stats import chi2

mp.mp.dps = 60
rng = np.random.default_rng(1202)


def lyapunov(w, q):
    """X = w X w' + q by squaring, in the working precision of mpmath."""
    x, power = q.copy(), w.copy()
    while mp.mnorm(power, "f") > mp.mpf(10) ** -40:
        x = x + power * x * power.T
        power = power * power
    return x


def linear_case(name, w, v, lags):
    n = len(v)
    exact_w, exact_v = mp.matrix(w.tolist()), mp.matrix(v.tolist())
    g = lyapunov(exact_w, exact_v * exact_v.T)
    c = lyapunov(exact_w, mp.eye(n))
    unit = exact_v / mp.norm(exact_v)
    memory, fisher = [], []
    a, b = exact_v, unit
    for _ in range(lags):
        memory.append((a.T * mp.lu_solve(g, a))[0])
        fisher.append((b.T * mp.lu_solve(c, b))[0])
        a, b = exact_w * a, exact_w * b
    inverse = mp.inverse(c)
    total = (unit.T * lyapunov(exact_w.T, inverse) * unit)[0]
    return {
        "name": name,
        "n": n,
        "w": w.ravel().tolist(),
        "v": v.tolist(),
        "memory": [float(x) for x in memory],
        "fisher": [float(x) for x in fisher],
        "fisherTotal": float(total),
        "covariance": solve_discrete_lyapunov(w, np.eye(n)).ravel().tolist(),
        "conditionOfG": float(np.linalg.cond(solve_discrete_lyapunov(w, np.outer(v, v)))),
    }


def scaled(w, radius):
    return np.round(w * radius / np.max(np.abs(np.linalg.eigvals(w))), 6)


n = 12
chain = np.diag(np.full(n - 1, 1.2), -1)
cases = [
    linear_case("random", scaled(rng.normal(size=(n, n)), 0.95), np.round(rng.normal(size=n), 6), 30),
    linear_case(
        "non-normal",
        scaled(chain + 0.25 * rng.normal(size=(n, n)), 0.9),
        np.round(rng.normal(size=n), 6),
        30,
    ),
    linear_case("slow", scaled(rng.normal(size=(8, 8)), 0.99), np.round(rng.normal(size=8), 6), 30),
    linear_case("larger", scaled(rng.normal(size=(24, 24)), 0.8), np.round(rng.normal(size=24), 6), 60),
]

# A recording with a constant and a duplicated feature, and its in-sample R^2 of every lag.
steps = 240
u = np.round(rng.uniform(-1, 1, steps), 4)
x = np.zeros((steps, 3))
state = np.zeros(3)
w = np.array([[0.6, 0.3, 0.0], [-0.4, 0.5, 0.2], [0.1, -0.3, 0.7]])
for t in range(steps):
    state = np.tanh(w @ state + np.array([1.0, -0.5, 0.8]) * u[t])
    x[t] = state
x = np.round(x, 6)
states = np.column_stack([x, np.full(steps, 0.25), 3 - 2 * x[:, 0]])
lags = 6
in_sample = []
for k in range(lags + 1):
    features = np.column_stack([np.ones(steps - lags), x[lags:]])
    z = u[lags - k : steps - k]
    residual = z - features @ np.linalg.lstsq(features, z, rcond=None)[0]
    in_sample.append(float(1 - residual.var() / z.var()))

points = np.linspace(-1, 1, 9)
json.dump(
    {
        "linear": cases,
        "recording": {"inputs": u.tolist(), "states": states.tolist(), "lags": lags, "inSample": in_sample},
        "legendre": {
            "points": points.tolist(),
            "values": [(np.sqrt(2 * d + 1) * eval_legendre(d, points)).tolist() for d in range(9)],
        },
        "chiSquare": [
            {"p": p, "k": k, "quantile": float(chi2.isf(p, k))}
            for p in (1e-8, 1e-4, 0.01, 0.5, 0.99)
            for k in (1, 2, 3, 10, 51, 400, 3000)
        ],
    },
    open(pathlib.Path(__file__).with_suffix(".json"), "w"),
)
for case in cases:
    print(case["name"], case["conditionOfG"], sum(case["memory"]), case["fisherTotal"])
