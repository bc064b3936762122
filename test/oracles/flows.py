"""Oracle for flows: writes flows.json beside this script (lay it out with the formatter). numpy 2.4, scipy 1.17, mpmath 1.3.

linear    dx/dt = A x + B u, exactly: matrix exponential of the augmented matrix (scipy.linalg.expm).
vanDerPol dx/dt = y, dy/dt = (1 - x^2) y - x: period, amplitude and nontrivial Floquet multiplier of the
          limit cycle, by mpmath's Taylor-series integrator at 30 digits. The multiplier is
          exp(integral of the divergence 1 - x^2 over one period) (Abel, Liouville).
network   dx/dt = -x + W tanh(x) + B u over two input intervals, and its tangent matrix, by DOP853 at 1e-13.
rk4       one textbook Runge-Kutta step of the network.
"""

import json
import pathlib

import mpmath as mp
import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

rng = np.random.default_rng(20130301)


def linear():
    n, m, duration = 4, 2, 1.7
    a = rng.normal(size=(n, n)) - 0.5 * np.eye(n)
    b = rng.normal(size=(n, m))
    x0 = rng.normal(size=n)
    u = rng.normal(size=m)
    augmented = np.zeros((n + m, n + m))
    augmented[:n, :n] = a
    augmented[:n, n:] = b
    whole = expm(augmented * duration)
    return {
        "A": a.ravel().tolist(),
        "B": b.ravel().tolist(),
        "initial": x0.tolist(),
        "input": u.tolist(),
        "duration": duration,
        "state": (whole[:n, :n] @ x0 + whole[:n, n:] @ u).tolist(),
        "jacobian": whole[:n, :n].ravel().tolist(),
    }


def van_der_pol():
    mp.mp.dps = 30

    def velocity(t, s):
        x, y, area = s
        return [y, (1 - x**2) * y - x, 1 - x**2]

    # From (a, 0) the orbit is at (-a', 0) half a period later; on the cycle a' = a (odd symmetry).
    def half(a):
        orbit = mp.odefun(velocity, 0, [a, mp.mpf(0), mp.mpf(0)])
        t = mp.findroot(lambda t: orbit(t)[1], (mp.mpf("3.2"), mp.mpf("3.4")))
        return t, orbit(t)

    a = mp.findroot(lambda a: -half(a)[1][0] - a, (mp.mpf("2.0"), mp.mpf("2.01")), tol=1e-24)
    t, (_, _, area) = half(a)
    return {
        "period": float(2 * t),
        "amplitude": float(a),
        "multiplier": float(mp.exp(2 * area)),
    }


def network():
    n, m, dt = 3, 2, 0.8
    w = 2.0 * rng.normal(size=(n, n)) / np.sqrt(n)
    b = rng.normal(size=(n, m))
    x0 = rng.normal(size=n)
    inputs = rng.normal(size=(2, m))

    def velocity(x, u):
        return -x + w @ np.tanh(x) + b @ u

    def joint(_, s, u):
        x, tangent = s[:n], s[n:].reshape(n, n)
        jacobian = -np.eye(n) + w * (1 - np.tanh(x) ** 2)
        return np.concatenate([velocity(x, u), (jacobian @ tangent).ravel()])

    s = np.concatenate([x0, np.eye(n).ravel()])
    samples, tangents = [], []
    for u in inputs:
        s = solve_ivp(joint, (0, dt), s, method="DOP853", rtol=1e-13, atol=1e-15, args=(u,)).y[:, -1]
        samples.append(s[:n].tolist())
        tangents.append(s[n:].tolist())

    u = inputs[0]
    k1 = velocity(x0, u)
    k2 = velocity(x0 + dt / 2 * k1, u)
    k3 = velocity(x0 + dt / 2 * k2, u)
    k4 = velocity(x0 + dt * k3, u)
    return {
        "W": w.ravel().tolist(),
        "B": b.ravel().tolist(),
        "initial": x0.tolist(),
        "inputs": inputs.tolist(),
        "dt": dt,
        "samples": samples,
        "tangents": tangents,
        "euler": (x0 + dt * k1).tolist(),
        "rk4": (x0 + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)).tolist(),
    }


values = {"linear": linear(), "network": network(), "vanDerPol": van_der_pol()}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(values, indent=2) + "\n")
