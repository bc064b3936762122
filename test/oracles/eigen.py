"""Eigenvalues and their condition numbers from LAPACK (scipy.linalg.eig) and, for two notoriously ill-conditioned
matrices, from mpmath with 60 digits. Writes eigen.json beside itself; run with python3."""
import json
import pathlib

import mpmath
import numpy as np
import scipy.linalg

rng = np.random.default_rng(20240731)


def ordered(values):
    """Decreasing modulus, then larger real part, positive imaginary part first."""
    return sorted(range(len(values)), key=lambda j: (-round(abs(values[j]), 9), -round(values[j].real, 9), -values[j].imag))


def lapack(name, a):
    a = np.asarray(a, float)
    w, left, right = scipy.linalg.eig(a, left=True, right=True)
    condition = 1 / np.abs(np.sum(left.conj() * right, axis=0))
    order = ordered(w)
    return {
        "name": name,
        "n": len(a),
        "matrix": a.ravel().tolist(),
        "real": w.real[order].tolist(),
        "imaginary": w.imag[order].tolist(),
        "condition": condition[order].tolist(),
    }


def exact(name, a):
    mpmath.mp.dps = 60
    m = mpmath.matrix(np.asarray(a, float).tolist())
    w, left, right = mpmath.eig(m, left=True, right=True)
    n = len(w)
    values = [complex(v) for v in w]
    condition = []
    for j in range(n):
        row = [left[j, k] for k in range(n)]
        column = [right[k, j] for k in range(n)]
        product = abs(mpmath.fsum(x * y for x, y in zip(row, column)))
        norm = lambda x: mpmath.sqrt(mpmath.fsum(abs(v) ** 2 for v in x))
        condition.append(float(norm(row) * norm(column) / product))
    order = ordered(values)
    return {
        "name": name,
        "n": n,
        "matrix": np.asarray(a, float).ravel().tolist(),
        "real": [values[j].real for j in order],
        "imaginary": [values[j].imag for j in order],
        "condition": [condition[j] for j in order],
    }


def network(n, gain):
    """Jacobian of x <- tanh(W x) at a random state."""
    w = rng.normal(size=(n, n)) * gain / np.sqrt(n)
    x = rng.normal(size=n) * 0.7
    return (1 - np.tanh(w @ x) ** 2)[:, None] * w


frank = np.array([[12 - max(i, j) if j >= i - 1 else 0 for j in range(12)] for i in range(12)])
grcar = sum(np.eye(16, k=k) for k in range(4)) - np.eye(16, k=-1)

json.dump(
    {
        "lapack": [
            lapack("normal 5", rng.normal(size=(5, 5))),
            lapack("normal 12", rng.normal(size=(12, 12))),
            lapack("normal 24", rng.normal(size=(24, 24))),
            lapack("tanh network 16", network(16, 1.8)),
            lapack("non-normal 10", np.triu(rng.normal(size=(10, 10)), 1) * 3 + np.diag(np.arange(10) / 4) + rng.normal(size=(10, 10)) * 1e-2),
            lapack("badly scaled 8", np.diag(10.0 ** np.arange(0, 16, 2)) @ rng.normal(size=(8, 8)) @ np.diag(10.0 ** -np.arange(0, 16, 2))),
        ],
        "exact": [exact("Frank 12", frank), exact("Grcar 16", grcar)],
    },
    open(pathlib.Path(__file__).with_suffix(".json"), "w"),
)
