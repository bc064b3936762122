"""Small files in every number format, written by NumPy (npy, npz) or byte by byte (safetensors), with the
numbers they hold. Run: python3 test/oracles/arrayFiles.py > test/oracles/arrayFiles.json"""
import base64
import io
import json
import struct
import sys
import time
import zipfile

import numpy as np

time.localtime = lambda *_: time.struct_time((2020, 1, 1, 0, 0, 0, 2, 1, 0))  # the same bytes every time
rng = np.random.default_rng(7)


def numbers(values):
    """JSON has no NaN or infinity, and loses -0."""
    special = lambda v: "nan" if np.isnan(v) else "inf" if v == np.inf else "-inf" if v == -np.inf else "-0" if v == 0 and np.signbit(v) else float(v)
    return [special(v) for v in np.asarray(values, dtype=np.float64).ravel(order="C")]


def sample(dtype, shape):
    kind, size = np.dtype(dtype).kind, int(np.prod(shape))
    if kind == "b":
        return (rng.random(size) < 0.5).reshape(shape).astype(dtype)
    if kind in "iu":
        info = np.iinfo(dtype)
        values = rng.integers(max(info.min, -(2**52)), min(info.max, 2**52), size, endpoint=True)
        return values.astype(dtype).reshape(shape)
    values = rng.standard_normal(size)
    values[: min(5, size)] = [np.nan, np.inf, -np.inf, -0.0, np.finfo(dtype).tiny / 4][: min(5, size)]
    return values.astype(dtype).reshape(shape)


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def case(name, raw, **more):
    return {"name": name, "base64": base64.b64encode(raw).decode(), **more}


npys = []
for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]:
    for order in "<>":
        dtype = np.dtype(order + code)
        if order == ">" and dtype.itemsize == 1:
            continue
        for layout in "CF":
            for shape in [(3, 4)] if code not in ("f8", "i2") else [(), (7,), (3, 4), (2, 3, 4), (0, 5), (1, 1)]:
                array = np.asarray(sample(dtype, shape), order=layout).astype(dtype, order=layout)
                npys.append(case(f"{order}{code} {layout} {shape}", npy(array), shape=list(shape), dtype=array.dtype.str, data=numbers(array)))
for version in [(1, 0), (2, 0), (3, 0)]:
    array = sample("<f8", (2, 2))
    npys.append(case(f"version {version}", npy(array, version), shape=[2, 2], dtype="<f8", data=numbers(array)))

unread = [case(name, npy(array)) for name, array in [
    ("complex", np.array([1 + 2j])),
    ("text", np.array(["abc"])),
    ("bytes", np.array([b"abc"])),
    ("record", np.zeros(2, dtype=[("a", "<f8"), ("b", "<i4")])),
    ("long double", np.zeros(2, dtype=np.longdouble)),
    ("time", np.zeros(2, dtype="datetime64[s]")),
]]

archives = []
for save in [np.savez, np.savez_compressed]:
    arrays = {"w/hh": sample("<f4", (5, 3)), "b.x": sample("<f8", (3,)), "n": np.array(3), "big": np.zeros((60, 70))}
    out = io.BytesIO()
    save(out, **arrays, objects=np.array([None, {"a": 1}], dtype=object), spectrum=np.array([1j]))
    archives.append(case(save.__name__, out.getvalue(), arrays={k: {"shape": list(v.shape), "data": numbers(v)} for k, v in arrays.items()}))

# safetensors by the book: 8 bytes of header length, JSON, the numbers.
formats = [("F64", "<f8"), ("F32", "<f4"), ("F16", "<f2"), ("I64", "<i8"), ("I32", "<i4"), ("I16", "<i2"), ("I8", "i1"),
           ("U64", "<u8"), ("U32", "<u4"), ("U16", "<u2"), ("U8", "u1"), ("BOOL", "?")]
header, body, expected = {"__metadata__": {"cell": "gru", "note": "line\nbreak"}}, b"", {}


def add(name, dtype, shape, raw, values):
    global body
    header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(body), len(body) + len(raw)]}
    expected[name] = {"shape": list(shape), "dtype": dtype, "data": numbers(values)}
    body += raw


for dtype, code in formats:
    array = sample(code, (2, 3))
    add(f"t.{dtype}", dtype, (2, 3), array.tobytes(), array)
upper = (rng.standard_normal(6).astype("<f4").view("<u4") >> 16).astype("<u2")
add("t.BF16", "BF16", (6,), upper.tobytes(), (upper.astype("<u4") << 16).view("<f4"))
halves = np.arange(65536, dtype="<u2")
add("scalar", "F64", (), struct.pack("<d", 2.5), [2.5])
add("empty", "F32", (0, 4), b"", [])
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
safetensors = [case("all formats", struct.pack("<Q", len(text)) + text + body, tensors=expected)]
odd = json.dumps({"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}, "b": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [8, 10]},
                  "c": {"dtype": "I64", "shape": [2], "data_offsets": [10, 26]}}).encode()
odd_case = case("unaligned, 8-bit floats, big integers", struct.pack("<Q", len(odd)) + odd + struct.pack("<d", 0.1) + b"ab" + struct.pack("<qq", 2**53 + 1, -5))

json.dump({
    "npy": npys,
    "unread": unread,
    "npz": archives,
    "safetensors": safetensors,
    "odd": odd_case,
    # The finite ones of all 65536 half floats: the upper words of their float64s, weighed so that any wrong one shows.
    "halfBits": int(np.sum(np.where(np.isfinite(halves.view("<f2")),
                                    (halves.view("<f2").astype("<f8").view("<u8") >> 32) * (1 + halves % 97), 0).astype("u8")) % 2**32),
}, sys.stdout, indent=0)
