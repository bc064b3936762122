"""Modes of a tanh network at a fixed point, from SciPy: x <- tanh(W x + B u + b). Writes linearize.json beside itself."""
import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.optimize

rng = np.random.default_rng(7)
d, m = 8, 2
recurrent = rng.normal(size=(d, d)) * 1.4 / np.sqrt(d)
weights = rng.normal(size=(d, m))
bias = rng.normal(size=d) * 0.3
u = np.array([0.4, -0.2])
residual = lambda x: np.tanh(recurrent @ x + weights @ u + bias) - x
state = scipy.optimize.fsolve(residual, np.zeros(d), xtol=1e-14)
slope = 1 - np.tanh(recurrent @ state + weights @ u + bias) ** 2
jacobian = slope[:, None] * recurrent
by_input = slope[:, None] * weights

values, left, right = scipy.linalg.eig(jacobian, left=True, right=True)
modes = []
for j in range(d):
    v = right[:, j] / np.linalg.norm(right[:, j])
    top = v[np.argmax(np.abs(v))]
    v = v * np.conj(top) / abs(top)
    w = left[:, j] / np.conj(left[:, j].conj() @ v)  # w^H v = 1
    gain = w.conj() @ by_input
    rate = np.log(abs(values[j]))
    modes.append(
        {
            "eigenvalue": [values[j].real, values[j].imag],
            "timeConstant": -1 / rate,
            "frequency": np.angle(values[j]) / (2 * np.pi),
            "condition": np.linalg.norm(w),
            "gainReal": gain.real.tolist(),
            "gainImaginary": gain.imag.tolist(),
        }
    )
modes.sort(key=lambda mode: (abs(1 / mode["timeConstant"]), -mode["eigenvalue"][1]))
norm = np.linalg.norm(jacobian)
json.dump(
    {
        "d": d,
        "m": m,
        "recurrent": recurrent.ravel().tolist(),
        "weights": weights.ravel().tolist(),
        "bias": bias.tolist(),
        "input": u.tolist(),
        "state": state.tolist(),
        "jacobian": jacobian.ravel().tolist(),
        "modes": modes,
        "spectralRadius": float(np.max(np.abs(values))),
        "spectralAbscissa": float(np.max(values.real)),
        "henrici": float(np.sqrt(norm**2 - np.sum(np.abs(values) ** 2)) / norm),
        "eigenvectorCondition": float(np.linalg.norm(right) * np.linalg.norm(np.linalg.inv(right)) / d),
        "index": float(np.sign(np.linalg.det(np.eye(d) - jacobian))),
    },
    open(pathlib.Path(__file__).with_suffix(".json"), "w"),
)
