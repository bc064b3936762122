"""What the mechanisms study measures on a network, in plain numpy: writes mechanismMeasures.json beside itself.

One network of 40 units is trained here by FORCE on sequential pattern matching whose stimuli are constant (a class is
one point), then put to all tests of Ghazizadeh & Ching (2021) that need no random numbers: one network and one run at
a time, dense matrices. Inputs of the tests are rounded first, so that both sides have them exactly.
Run: python3 test/oracles/mechanismMeasures.py
"""

import json
from pathlib import Path

import numpy as np

N, DT, GAIN, DENSITY = 40, 0.1, 1.1, 0.5
POINTS = np.array([[1.9, -0.2], [-1.7, -1.6]])
ENCODING = [1, 0.5, 1.5]
STIM, DELAY, RESPONSE = 100, 50, 50
TRIAL = 2 * STIM + 2 * DELAY + RESPONSE
TYPES = [(0, 0), (0, 1), (1, 0), (1, 1)]
EXTENSIONS = [0, 2, 10, 40]
FRACTIONS = [0, 0.25, 0.5]
LOOKS = [0, 1, 5, 10]
rng = np.random.default_rng(1009366)


def network():
    j = np.zeros(N * N)
    places = rng.permutation(N * N)[: round(DENSITY * N * N)]
    j[places] = rng.normal(size=len(places)) / np.sqrt(DENSITY * N)
    j = np.round(j, 5).reshape(N, N)
    f = np.round(rng.normal(size=(N, 3)) / 5, 4)
    win = np.round(rng.normal(size=(N, 2)) / 20, 4)
    x0 = np.round(0.1 * rng.normal(size=N), 4)
    return j, f, win, x0


def inputs(a, b, extension=0, shift=0.0):
    u = np.zeros((TRIAL + extension, 2))
    u[:STIM] = POINTS[a] + shift
    u[STIM + DELAY + extension : 2 * STIM + DELAY + extension] = POINTS[b]
    return u


def train(j, f, win, x0, trials):
    w = np.zeros((N, 3))
    p, pd = np.eye(N), np.eye(N)
    x, z = x0.copy(), np.zeros(3)
    step = 0
    order = np.concatenate([rng.permutation(4) for _ in range(trials // 4)])
    for kind in order:
        a, b = TYPES[kind]
        for s, u in enumerate(inputs(a, b)):
            x = x + DT * (-x + GAIN * (j @ np.tanh(x)) + f @ z + win @ u)
            r = np.tanh(x)
            z = w.T @ r
            if step % 2 == 0:
                first = STIM <= s < STIM + DELAY
                second = TRIAL - RESPONSE - DELAY <= s < TRIAL - RESPONSE
                if first or second:
                    k = pd @ r
                    c = 1 / (1 + r @ k)
                    pd -= c * np.outer(k, k)
                    w[:, 1:] -= c * np.outer(k, z[1:] - POINTS[a if first else b])
                elif s >= TRIAL - RESPONSE:
                    k = p @ r
                    c = 1 / (1 + r @ k)
                    p -= c * np.outer(k, k)
                    w[:, :1] -= c * np.outer(k, z[:1] - ENCODING[a + b])
            step += 1
    return np.round(w, 5), x


j, f, win, x0 = network()
w, state = train(j, f, win, x0, 160)


def run(x, u, win=win):
    """States and outputs after every step."""
    z = w.T @ np.tanh(x)
    xs, zs = [], []
    for v in u:
        x = x + DT * (-x + GAIN * (j @ np.tanh(x)) + f @ z + win @ v)
        z = w.T @ np.tanh(x)
        xs.append(x)
        zs.append(z)
    return np.array(xs), np.array(zs)


ends = []
for a, b in TYPES:
    state = run(state, inputs(a, b))[0][-1]
    ends.append(np.round(state, 5))
CASES = [(start, a, b) for start in ends for a, b in TYPES]


def answer(a, b):
    return ENCODING[a + b]


def decided(z, a, b):
    mean = z[-RESPONSE:, 0].mean()
    return min(ENCODING, key=lambda e: abs(mean - e)) == answer(a, b)


def settled(x):
    return run(x, np.zeros((TRIAL, 2)))[1][-1, 0]


def judge(runs, expected):
    failed = [abs(z[-1, 0] - e) > 0.1 for (_, z), e in zip(runs, expected)]
    late = [bad and abs(settled(x[-1]) - e) > 0.3 for (x, _), e, bad in zip(runs, expected, failed)]
    return {
        "failed": float(np.mean(failed)),
        "asymptotic": float(np.mean(late)),
        "decided": float(np.mean([decided(z, a, b) for (_, z), (_, a, b) in zip(runs, CASES)])),
    }


nominal = [run(x, inputs(a, b)) for x, a, b in CASES]
answers = [answer(a, b) for _, a, b in CASES]

rmse = [np.sqrt(np.mean((z[-RESPONSE:, 0] - e) ** 2)) for (_, z), e in zip(nominal, answers)]
original = [np.sqrt(np.sum((z[-RESPONSE:, 0] - e) ** 2) / 160) for (_, z), e in zip(nominal, answers)]
success = {
    "meanRmse": np.mean(rmse),
    "medianRmse": np.median(rmse),
    "worstRmse": np.max(rmse),
    "below": [float(np.mean(np.array(rmse) < g)) for g in [0.02, 0.05, 0.1, 0.15, 0.2, 0.25]],
    "original": [float(np.mean(np.array(original) > e)) for e in [0.005, 0.01, 0.05, 0.1]],
    "decided": judge(nominal, answers)["decided"],
}



def neighbours(states):
    """Share of states whose nearest neighbour was shown the same class in stimulus 1."""
    apart = np.linalg.norm(states[:, None] - states[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    shown = np.array([a for _, a, _ in CASES])
    return float(np.mean(shown[apart.argmin(axis=1)] == shown))


forgetting = []
for extension in EXTENSIONS:
    d = round(extension / DT)
    runs = [run(x, inputs(a, b, d)) for x, a, b in CASES]
    held = [z[STIM + DELAY + d - 1, 1:] for _, z in runs]
    right = [np.linalg.norm(h - POINTS[a]) for h, (_, a, _) in zip(held, CASES)]
    wrong = [np.linalg.norm(h - POINTS[1 - a]) for h, (_, a, _) in zip(held, CASES)]
    last = [z[-1, 0] for _, z in nominal]
    forgetting.append(
        judge(runs, last)
        | {
            "change": np.mean([abs(z[-1, 0] - e) for (_, z), e in zip(runs, last)]),
            "kept": float(np.mean(np.array(right) < np.array(wrong))),
            "memoryError": np.mean(right),
            "neighbours": neighbours(np.array([x[STIM + DELAY + d - 1] for x, _ in runs])),
        }
    )

biased = judge([run(x, inputs(a, b, shift=0.5)) for x, a, b in CASES], answers)

interruption = []
for fraction in FRACTIONS:
    cut = win.copy()
    cut[: round(fraction * N)] = 0
    runs = []
    for x, a, b in CASES:
        u = inputs(a, b)
        xs, _ = run(x, u[:STIM], cut)
        runs.append(run(xs[-1], u[STIM:]))
    interruption.append(judge(runs, answers))


def leading(matrix):
    values = np.linalg.eigvals(matrix)
    values = sorted(values, key=lambda v: (-round(v.real, 9), abs(v.imag), -v.imag))
    return [[v.real, v.imag] for v in values[:8]]


jt = GAIN * j + f @ w.T
spectra = {
    "before": leading(GAIN * j - np.eye(N)),
    "after": leading(jt - np.eye(N)),
    "answerNorm": np.linalg.norm(w[:, 0]),
    "memoryNorm": np.linalg.norm(w[:, 1:]),
}

depth = []
for look in LOOKS:
    speeds = []
    for x in ends:
        if look > 0:
            x = run(x, np.zeros((look * TRIAL, 2)))[0][-1]
        speeds.append(np.linalg.norm(-x + jt @ np.tanh(x)))
    depth.append(speeds)


attractors = []
for x in ends:
    at = run(x, np.zeros((20_000, 2)))[0][-1]
    assert np.linalg.norm(-at + jt @ np.tanh(at)) < 1e-12
    values = np.linalg.eigvals(-np.eye(N) + jt * (1 - np.tanh(at) ** 2))
    attractors.append(
        {"answer": w[:, 0] @ np.tanh(at), "size": np.linalg.norm(at), "rate": values.real.max()}
    )


def rates(start, length):
    return np.tanh(np.array([x[start : start + length] for x, _ in nominal]))


def phasic(r):
    return r.std(axis=1).mean() / np.abs(r).mean()


delay1, delay2 = rates(STIM, DELAY), rates(2 * STIM + DELAY, DELAY)
response = rates(TRIAL - RESPONSE, RESPONSE)
activity = {
    "saturationDelay": float(np.mean(np.abs(delay1.mean(axis=1)) > 0.8)),
    "saturationResponse": float(np.mean(np.abs(response.mean(axis=1)) > 0.8)),
    "phasicIndex": phasic(delay1),
    "phasicIndexDelay2": phasic(delay2),
}

out = {
    "units": N,
    "gain": GAIN,
    "points": POINTS.tolist(),
    "coupling": j.ravel().tolist(),
    "feedback": [f[:, :1].ravel().tolist(), f[:, 1:].ravel().tolist()],
    "input": win.ravel().tolist(),
    "initialState": x0.tolist(),
    "weights": w.T.ravel().tolist(),
    "ends": np.array(ends).ravel().tolist(),
    "extensions": EXTENSIONS,
    "fractions": FRACTIONS,
    "looks": LOOKS,
    "expected": {
        "success": success,
        "forgetting": forgetting,
        "biased": biased,
        "interruption": interruption,
        "spectra": spectra,
        "depth": depth,
        "attractors": attractors,
        "activity": activity,
    },
}
Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
