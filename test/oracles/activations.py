"""Oracle for activations: writes activations.json beside this script. mpmath 1.3, 60 digits.

erf, erfc: values at doubles of every size. activations: value and slope of each smooth activation. chebyshev: the
coefficients of (1 + 2x) exp(x^2) erfc(x) in t = (x - 3.75) / (x + 3.75) that src/cells/erf.ts carries, by the
discrete cosine sum at 80 Chebyshev nodes. bounds: sup |phi'| and sup |phi''| by search over a fine grid.
"""

import json
import pathlib

import numpy as np
from mpmath import cos, cosh, diff, erf, erfc, exp, log1p, mp, mpf, ncdf, pi, sqrt, tanh

mp.dps = 60
rng = np.random.default_rng(19810101)


def scaled(x):
    if x > 1000:
        total, term = mpf(0), mpf(1)
        for n in range(12):
            total += term
            term *= -(2 * n + 1) / (2 * x * x)
        return (1 + 2 * x) * total / (x * sqrt(pi))
    return (1 + 2 * x) * exp(x * x) * erfc(x)


def chebyshev(count, nodes=80, k=mpf("3.75")):
    angles = [pi * (i + mpf(1) / 2) / nodes for i in range(nodes)]
    values = [scaled(k * (1 + cos(a)) / (1 - cos(a))) for a in angles]
    sums = [2 * sum(v * cos(j * a) for v, a in zip(values, angles)) / nodes for j in range(count)]
    return [float(sums[0] / 2)] + [float(s) for s in sums[1:]]


functions = {
    "tanh": tanh,
    "sigmoid": lambda a: 1 / (1 + exp(-a)),
    "softplus": lambda a: log1p(exp(a)),
    "elu": lambda a: a if a > 0 else exp(a) - 1,
    "gelu": lambda a: a * ncdf(a),
    "erf": erf,
}
slopes = {
    "tanh": lambda a: 1 / cosh(a) ** 2,
    "sigmoid": lambda a: exp(-a) / (1 + exp(-a)) ** 2,
    "softplus": lambda a: 1 / (1 + exp(-a)),
    "elu": lambda a: mpf(1) if a > 0 else exp(a),
    "gelu": lambda a: ncdf(a) + a * exp(-a * a / 2) / sqrt(2 * pi),
    "erf": lambda a: 2 / sqrt(pi) * exp(-a * a),
}

points = np.concatenate(
    [
        rng.uniform(-7, 7, 150),
        rng.uniform(-0.6, 0.6, 50),
        np.exp(rng.uniform(-40, 0, 20)),
        [0.0, 0.5, -0.5, np.nextafter(0.5, 0), 1.0, 2.0, 5.9, 6.0, -6.0, 1e-300, -3e-17],
    ]
)
tails = np.concatenate([rng.uniform(0.4, 26, 80), [26.5]])
arguments = np.concatenate([rng.normal(size=40) * 3, [0.0, 1e-9, -1e-9, 30.0, -30.0, -12.0]])


def supremum(name, order):
    grid = np.linspace(-6, 6, 2401)
    with mp.workdps(20):
        if order == 1:
            return max(abs(float(slopes[name](mpf(a)))) for a in grid)
        return max(abs(float(diff(slopes[name], mpf(a)))) for a in grid if name != "elu" or abs(a) > 1e-6)


data = {
    "erf": {"at": points.tolist(), "values": [float(erf(mpf(x))) for x in points]},
    "erfc": {"at": tails.tolist(), "values": [float(erfc(mpf(x))) for x in tails]},
    "chebyshev": chebyshev(25),
    "activations": {
        name: {
            "at": arguments.tolist(),
            "values": [float(f(mpf(a))) for a in arguments],
            "slopes": [float(slopes[name](mpf(a))) for a in arguments],
            "lipschitz": supremum(name, 1),
            "curvature": supremum(name, 2),
        }
        for name, f in functions.items()
    },
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(data) + "\n")
