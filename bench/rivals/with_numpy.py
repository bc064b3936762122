"""numpy with its BLAS, float64. One thread: the environment says so."""
import ctypes

import numpy as np
from serve import serve


def eigen(n, a):
    a = a.reshape(n, n)

    def work():
        values, _ = np.linalg.eig(a)
        return {"real": values.real.astype(float), "imaginary": values.imag.astype(float)}

    return work, 1


def product(m, n, k, a, b):
    a, b, c = a.reshape(m, k), b.reshape(k, n), np.empty((m, n))
    return lambda: np.matmul(a, b, out=c), 1


def solve(n, a, b):
    a = a.reshape(n, n)
    return lambda: np.linalg.solve(a, b), 1


def tanh(x):
    y = np.empty_like(x)
    return lambda: np.tanh(x, out=y), 1


def simulate(n, batch, steps, alpha, weights, bias, starts):
    """x += alpha (-x + tanh(x) W' + b), all trajectories at once, nothing allocated in the loop."""
    transposed = weights.reshape(n, n).T
    starts = starts.reshape(batch, n)
    rate, drive = np.empty((batch, n)), np.empty((batch, n))

    def work():
        x = starts.copy()
        for _ in range(steps):
            np.tanh(x, out=rate)
            np.matmul(rate, transposed, out=drive)
            np.add(drive, bias, out=drive)
            np.subtract(drive, x, out=drive)
            np.multiply(drive, alpha, out=drive)
            np.add(x, drive, out=x)
        return x

    return work, steps


def reservoir(n, kappa, channels, burn, shown, items, recurrent, input, rates):
    """r <- tanh(kappa r + (1 - kappa) (J r + J_in u)), one network; the states at the ends of items."""
    recurrent, input = recurrent.reshape(n, n), input.reshape(channels, n)
    items = items.astype(int)
    product, states = np.empty(n), np.empty((len(items), n))
    steps = burn + shown * len(items)

    def work():
        r = rates.copy()
        nothing = np.zeros(n)

        def step(drive):
            np.matmul(recurrent, r, out=product)
            np.add(product, drive, out=product)
            np.multiply(product, 1 - kappa, out=product)
            np.multiply(r, kappa, out=r)
            np.add(r, product, out=r)
            np.tanh(r, out=r)

        for _ in range(burn):
            step(nothing)
        for i, item in enumerate(items):
            for _ in range(shown):
                step(input[item - 1])
            states[i] = r
        return states

    return work, steps


def force(n, trials, gain, rate, coupling, feedback, input, state, inputs, targets, mask):
    """FORCE, restricted form: two learners with one and two outputs, which may learn where their mask is not 0."""
    coupling, input = coupling.reshape(n, n), input.reshape(n, -1)
    widths = [f.size // n for f in feedback]
    feedback = [f.reshape(n, -1) for f in feedback]
    inputs = inputs.reshape(-1, input.shape[1])
    steps = len(inputs)
    columns = np.cumsum([0] + widths)
    targets, mask = targets.reshape(steps, -1), mask.reshape(steps, -1)
    asked = [[bool(mask[s, c]) for s in range(steps)] for c in columns[:-1]]
    wanted = [targets[:, a:b] for a, b in zip(columns, columns[1:])]

    def work():
        x = state.copy()
        r = np.tanh(x)
        learners = [(np.eye(n), np.zeros((n, w))) for w in widths]
        z = [np.zeros(w) for w in widths]
        step = 0
        for _ in range(trials):
            for s in range(steps):
                drive = gain * (coupling @ r) + input @ inputs[s]
                for f, y in zip(feedback, z):
                    drive += f @ y
                x += rate * (drive - x)
                r = np.tanh(x)
                z = [w.T @ r for _, w in learners]
                if step % 2 == 0:
                    for i, (p, w) in enumerate(learners):
                        if asked[i][s]:
                            k = p @ r
                            c = 1 / (1 + r @ k)
                            p -= c * np.outer(k, k)
                            w -= c * np.outer(k, z[i] - wanted[i][s])
                step += 1
        return np.concatenate([w.T.ravel() for _, w in learners])

    return work, trials * steps


def blas():
    """The BLAS in use and the processor it computes for, where it says so."""
    try:
        with open("/proc/self/maps") as maps:
            path = next(line.split()[-1] for line in maps if "openblas" in line.lower())
        library = ctypes.CDLL(path)
        for name in ("openblas_get_config", "scipy_openblas_get_config64_"):
            if hasattr(library, name):
                function = getattr(library, name)
                function.restype = ctypes.c_char_p
                words = function().decode().split()
                return f"OpenBLAS {words[1]} ({words[-2] if words[-2] != 'NO_AFFINITY' else words[-1]})"
        return "OpenBLAS"
    except (OSError, StopIteration, IndexError):
        return "its BLAS"


serve(
    {"name": f"numpy {np.__version__} + {blas()}"},
    {
        "eigen": eigen,
        "product": product,
        "solve": solve,
        "tanh": tanh,
        "simulate": simulate,
        "reservoir": reservoir,
        "force": force,
    },
)
