"""Leading eigenvalues of sparse matrices from ARPACK (scipy.sparse.linalg.eigs). Writes slowestModes.json beside itself;
run with python3."""
import json
import pathlib

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import eigs

rng = np.random.default_rng(2001)


def sparse(n, per_row):
    rows = np.repeat(np.arange(n), per_row)
    columns = rng.integers(0, n, n * per_row)
    values = np.round(rng.normal(size=n * per_row) / np.sqrt(per_row), 4)
    return rows, columns, values


cases = []
for name, n, per_row, k, leading, leak in [
    ("a sparse map", 200, 4, 8, "modulus", 0.0),
    ("a sparse flow", 160, 3, 7, "real", -1.0),
    ("a sparse flow whose leak is strong", 240, 4, 6, "real", -20.0),
]:
    rows, columns, values = sparse(n, per_row)
    a = coo_matrix((values, (rows, columns)), shape=(n, n)).tocsr()
    a = a + leak * coo_matrix((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n))
    found = eigs(a, k=k, which="LM" if leading == "modulus" else "LR", tol=1e-13, ncv=80, maxiter=20000)[0]
    # Whole pairs only: a last value whose conjugate is missing is dropped.
    found = [z for z in found if abs(z.imag) < 1e-12 or any(abs(w - z.conjugate()) < 1e-9 for w in found)]
    key = abs if leading == "modulus" else (lambda z: z.real)
    found.sort(key=lambda z: (-round(key(z), 9), -z.imag))
    cases.append(
        {
            "name": name,
            "n": n,
            "leading": leading,
            "leak": leak,
            "rows": rows.tolist(),
            "columns": columns.tolist(),
            "values": values.tolist(),
            "real": [z.real for z in found],
            "imaginary": [z.imag for z in found],
        }
    )

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"cases": cases}) + "\n")
