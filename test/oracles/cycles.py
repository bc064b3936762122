"""Oracle for cycles without a simple closed form: writes cycles.json beside this script. numpy 2.4, scipy 1.17, mpmath.

logistic  x <- r x (1 - x), r = 3.84: the states of both 3-cycles, from the roots of F^3(x) - x divided by
          F(x) - x (mpmath.polyroots, 30 digits); multiplier is the product of r (1 - 2 x).
rossler   x' = -y - z, y' = x + a y, z' = b + z (x - c), a = b = 0.2: the attracting cycle at c = 2.5 (one loop) and
          c = 3.5 (two loops), settled by DOP853 at 1e-13 and timed between sections y = 0, y rising.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
from scipy.integrate import solve_ivp

mp.mp.dps = 40


def logistic(r):
    r = mp.mpf(r)
    # Coefficients, highest first, of F^k as polynomials.
    def compose(p):
        square = [mp.mpf(0)] * (2 * len(p) - 1)
        for i, u in enumerate(p):
            for j, v in enumerate(p):
                square[i + j] += u * v
        padded = [mp.mpf(0)] * (len(square) - len(p)) + p
        return [r * (u - v) for u, v in zip(padded, square)]

    identity = [mp.mpf(1), mp.mpf(0)]
    once = compose(identity)
    third = compose(compose(once))
    roots = [x.real for x in mp.polyroots([*third[:-2], third[-2] - 1, third[-1]], maxsteps=500, extraprec=400)
             if abs(x.imag) < mp.mpf(10) ** -20]
    step = lambda x: r * x * (1 - x)
    cycles = []
    for x in sorted(roots):
        if abs(step(x) - x) < mp.mpf(10) ** -15:
            continue
        orbit = [x, step(x), step(step(x))]
        if min(orbit) == x:
            multiplier = mp.mpf(1)
            for y in orbit:
                multiplier *= r * (1 - 2 * y)
            cycles.append({"states": [float(y) for y in orbit], "multiplier": float(multiplier)})
    return {"r": float(r), "cycles": cycles}


def rossler(c, loops):
    f = lambda t, s: [-s[1] - s[2], s[0] + 0.2 * s[1], 0.2 + s[2] * (s[0] - c)]
    crossing = lambda t, s: s[1]
    crossing.direction = 1
    options = dict(method="DOP853", rtol=1e-12, atol=1e-13)
    start = solve_ivp(f, [0, 3000], [1, 1, 0], **options).y[:, -1]
    run = solve_ivp(f, [0, 100], start, events=crossing, **options)
    times, states = run.t_events[0], run.y_events[0]
    assert np.linalg.norm(states[loops] - states[0]) < 1e-8
    return {"c": c, "loops": loops, "period": float(times[loops] - times[0])}


oracle = {"logistic": logistic("3.84"), "rossler": [rossler(2.5, 1), rossler(3.5, 2)]}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(oracle, indent=1) + "\n")
