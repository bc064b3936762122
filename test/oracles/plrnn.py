"""Oracle for piecewise-linear networks: writes plrnn.json beside this script. numpy 2.4.

z <- A z + W relu(z) + h with A diagonal has, in the region where relu'(z) = d (d of 0 and 1), one candidate
fixed point, (I - A - W diag(d)) z = h; it is one if its signs are those of d. All 2^N regions are tried.
2-cycles likewise: for every pair of regions (d, e) the state solves
(I - (A + W diag(e)) (A + W diag(d))) z = (A + W diag(e)) h + h, with z in d and F(z) in e.
Networks are drawn until one has several points and a 2-cycle, and no state within 1e-3 of a border.
"""

import itertools
import json
import pathlib

import numpy as np

rng = np.random.default_rng(20170806)


def enumerate_network(a, w, h):
    n = len(h)
    masks = [np.array(d, dtype=float) for d in itertools.product([0, 1], repeat=n)]
    matrices = [np.diag(a) + w * d for d in masks]
    points, cycles, nearest = [], [], np.inf
    for d, m in zip(masks, matrices):
        z = np.linalg.solve(np.eye(n) - m, h)
        if np.all((z > 0) == (d > 0)):
            nearest = min(nearest, np.abs(z).min())
            points.append((z, np.linalg.eigvals(m)))
    for i, j in itertools.combinations(range(len(masks)), 2):
        first, second = matrices[i], matrices[j]
        system = np.eye(n) - second @ first
        if abs(np.linalg.det(system)) < 1e-9:
            continue
        z = np.linalg.solve(system, second @ h + h)
        image = first @ z + h
        if np.all((z > 0) == (masks[i] > 0)) and np.all((image > 0) == (masks[j] > 0)):
            nearest = min(nearest, np.abs(z).min(), np.abs(image).min())
            cycles.append((z, image, np.linalg.eigvals(second @ first)))
    return points, cycles, nearest


def complex_list(values):
    return {"real": values.real.tolist(), "imaginary": values.imag.tolist()}


networks = []
for n, fewest_points, fewest_cycles in [(4, 3, 1), (5, 3, 1), (6, 3, 1)]:
    while True:
        a = rng.uniform(0.2, 0.9, n)
        w = rng.normal(size=(n, n)) * 1.3 / np.sqrt(n) * 1.5
        h = rng.normal(size=n)
        points, cycles, nearest = enumerate_network(a, w, h)
        if len(points) >= fewest_points and len(cycles) >= fewest_cycles and nearest > 1e-3:
            break
    networks.append(
        {
            "diagonal": a.tolist(),
            "recurrent": w.tolist(),
            "bias": h.tolist(),
            "points": [{"state": z.tolist(), "eigenvalues": complex_list(e)} for z, e in points],
            "cycles": [
                {"states": [z.tolist(), y.tolist()], "multipliers": complex_list(e)} for z, y, e in cycles
            ],
        }
    )

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"networks": networks}, indent=1) + "\n")
