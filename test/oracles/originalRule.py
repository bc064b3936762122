"""Readout series and what the rule of Ghazizadeh & Ching (2021) says about them, by numpy.

The rule is written here from its description (docs/mechanisms.md), not from any code of this project.
Run: python3 originalRule.py > originalRule.json
"""
import json

import numpy as np

rng = np.random.default_rng(20210915)
T = 60
t = np.arange(T)


def rule(series, variant, outcomes, largest):
    z = np.array(series, dtype=np.float64)
    tolerance, decimals, wanted = (1e-9, 4, 2 * outcomes) if variant == "noisy" else (1e-6, 2, outcomes)
    var, mean = z.var(axis=1), z.mean(axis=1)
    n = len(np.unique(np.round(z[:, -1], decimals) + 0.0))
    if np.all(var < tolerance):
        return ("fixedPoint" if n >= wanted else "manifoldFps") + str(n), n
    if len(np.unique(mean.astype(np.float32))) == len(mean):
        return "limitCycle", n
    if mean.max() > largest + 2.5 or mean.min() < -largest - 2.5:
        return "far_someFPs", n
    return "both", n


def still(values, noise=0.0):
    return [(v + noise * rng.standard_normal(T)).tolist() for v in values]


def turning(count, mean=0.0, size=0.5):
    return [(mean + 0.01 * k + size * np.sin(0.21 * t + k)).tolist() for k in range(count)]


cases = []


def case(name, series, variant="trial-ends", outcomes=3, largest=1.5):
    label, n = rule(series, variant, outcomes, largest)
    z = np.array(series)
    cases.append(
        dict(name=name, series=series, variant=variant, outcomes=outcomes, largestTarget=largest, label=label,
             finalValues=n, variances=z.var(axis=1).tolist(), means=z.mean(axis=1).tolist())
    )


case("three answers at rest", still([1.0, 0.5, 0.5, 1.5]))
case("one point", still([0.0] * 4))
case("two points", still([0.83, -0.83, 0.83, 0.83]))
case("values that differ in the third decimal merge", still([0.505, 0.506, 1.0, 0.5061]))
case("halves are rounded to even", still([0.125, 0.12, 0.375, 0.38]))
case("plus and minus zero are one value", still([0.001, -0.001, 0.0, 0.0]))
case("small noise is rest at the trial ends", still([1.0, 0.5, 1.5, 1.0], 5e-4))
case("the same noise is motion from noisy starts", still([1.0, 0.5, 1.5, 1.0], 5e-4), "noisy")
case("six values from noisy starts", still([1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 1.0, 0.5]), "noisy")
case("five values from noisy starts are too few", still([1.0, -1.0, 0.5, -0.5, 1.5, 1.0, 0.5]), "noisy")
case("oscillations about different means", turning(4))
case("an oscillation beside shared points", turning(1) + still([0.5, 0.5, 1.0]))
case("irregular motion is called a limit cycle", [np.cumsum(0.1 * rng.standard_normal(T)).tolist() for _ in range(4)])
case("a far mean", turning(1) + still([4.2, 4.2, 0.5]))
case("a far negative mean", turning(1) + still([-4.01, -4.01, 0.5]))
case("just not far", turning(1) + still([3.99, 3.99, 0.5]))
case("means equal in float32 count as equal", turning(1) + still([0.5, 0.5 + 1e-9, 1.0]))
case("two outcomes", still([0.2, 0.9]), outcomes=2, largest=0.9)
print(json.dumps(dict(samples=T, cases=cases)))
