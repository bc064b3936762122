"""tanh, sigmoid and exp from mpmath with 50 digits, rounded to the nearest double, at arguments of every size. Writes
elementwise.json beside itself; run with python3."""
import json
import pathlib
import random

import mpmath

mpmath.mp.dps = 50
draw = random.Random(754)

arguments = [0.0, 5e-324, 1e-320, 2.2250738585072014e-308, 1e-300, 1e-160, 1e-20, 1e-16, 1.1e-8, 1e-5, 1e-3, 0.1]
arguments += [0.17328679513998632, 0.34657359027997264, 0.3465735902799727, 0.5, 0.6931471805599453, 1.0, 2.5, 10.0]
arguments += [18.0, 19.1, 21.9, 22.1, 36.0, 37.5, 40.0, 300.0, 700.0, 707.9, 708.1, 708.3, 709.7, 709.782712893384]
arguments += [709.7827128933841, 715.0, 740.0, 744.0, 745.1, 745.2, 746.0, 750.0, 1e4, 1e300, 1.7976931348623157e308]
arguments += [draw.uniform(0, 1) * 10 ** draw.uniform(-6, 0) for _ in range(60)]
arguments += [draw.uniform(0, 25) for _ in range(80)] + [draw.uniform(25, 745) for _ in range(60)]
arguments += [-x for x in arguments]


def nearest(value):
    """The nearest double; mpmath's own conversion does not know subnormal numbers."""
    if value == 0:
        return 0.0
    if abs(value) >= mpmath.mpf(2) ** 1024 - mpmath.mpf(2) ** 970:
        return "Infinity" if value > 0 else "-Infinity"
    exponent = max(int(mpmath.floor(mpmath.log(abs(value), 2))) - 52, -1074)
    return float(int(mpmath.nint(value / mpmath.mpf(2) ** exponent)) * mpmath.mpf(2) ** exponent)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def row(x):
    exact = mpmath.mpf(x)
    # Far out the exponent itself overflows mpmath's patience, not the result's: bound it where the double is settled.
    near = max(min(exact, mpmath.mpf(2000)), mpmath.mpf(-2000))
    tanh = mpmath.tanh(near) if abs(exact) > 1e-15 else exact - exact**3 / 3
    return [x, nearest(tanh), nearest(sigmoid(near)), nearest(mpmath.exp(near))]


pathlib.Path(__file__).with_suffix(".json").write_text(
    json.dumps({"columns": ["x", "tanh", "sigmoid", "exp"], "rows": [row(x) for x in arguments]}) + "\n"
)
