"""Oracle for small tanh networks: writes tanhNetworks.json beside this script. numpy 2.4, scipy 1.17.

x <- tanh(W x + b): all fixed points that 4000 random starts of scipy.optimize.root (hybr, exact Jacobian) reach,
each polished by Newton steps, told apart at 1e-8, accepted at |F(x) - x| < 1e-13. The Brouwer degree demands that
the signs of det(I - J) sum to +1, which is asserted. Eigenvalues by LAPACK.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import root

rng = np.random.default_rng(20130302)


def fixed_points(w, b):
    n = len(b)
    found = []

    def f(x):
        return np.tanh(w @ x + b) - x

    def jacobian(x):
        return (1 - np.tanh(w @ x + b) ** 2)[:, None] * w - np.eye(n)

    for _ in range(4000):
        result = root(f, rng.uniform(-1.2, 1.2, n), jac=jacobian, method="hybr")
        x = result.x
        if np.linalg.norm(f(x)) > 1e-6:
            continue
        for _ in range(5):
            x = x - np.linalg.solve(jacobian(x), f(x))
        if np.linalg.norm(f(x)) < 1e-13 and all(np.linalg.norm(x - y) > 1e-8 for y in found):
            found.append(x)
    signs = [np.sign(np.linalg.det(-jacobian(x))) for x in found]
    return found, signs, jacobian


networks = []
for n, gain, least in [(3, 2.0, 3), (4, 2.2, 5), (5, 2.2, 5), (6, 2.4, 7)]:
    while True:
        w = gain * rng.normal(size=(n, n)) / np.sqrt(n)
        b = 0.1 * rng.normal(size=n)
        points, signs, jacobian = fixed_points(w, b)
        if len(points) >= least and sum(signs) == 1:
            break
    networks.append(
        {
            "recurrent": w.tolist(),
            "bias": b.tolist(),
            "points": [
                {
                    "state": x.tolist(),
                    "index": int(s),
                    "eigenvalues": {
                        "real": np.linalg.eigvals(jacobian(x) + np.eye(n)).real.tolist(),
                        "imaginary": np.linalg.eigvals(jacobian(x) + np.eye(n)).imag.tolist(),
                    },
                }
                for x, s in zip(points, signs)
            ],
        }
    )

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"networks": networks}, indent=1) + "\n")
