"""The process of a rival written in Python: answers requests on its standard input (see process.mjs)."""
import base64
import json
import sys
import time

import numpy as np


def unpack(value):
    for key, kind in (("f64", np.float64), ("f32", np.float32)):
        if key in value:
            return np.frombuffer(base64.b64decode(value[key]), dtype=kind)
    return value


def pack(value):
    value = np.ascontiguousarray(value)
    key = {np.dtype(np.float64): "f64", np.dtype(np.float32): "f32"}[value.dtype]
    return {key: base64.b64encode(value.tobytes()).decode()}


def say(answer):
    print(json.dumps(answer, default=pack), flush=True)


def serve(about, jobs):
    """A job takes its data and returns (work, per) or (work, per, result): functions without arguments."""
    ready = {}
    last = {}
    made = 0
    say(about)
    for line in sys.stdin:
        request = json.loads(line, object_hook=unpack)
        if "prepare" in request:
            made += 1
            ready[made] = jobs[request["prepare"]](**request["data"])
            say({"id": made, "per": ready[made][1]})
        elif "time" in request:
            work = ready[request["time"]][0]
            before = time.process_time()
            for _ in range(request["repeats"]):
                value = work()
            seconds = time.process_time() - before
            last[request["time"]] = value
            say({"seconds": seconds})
        elif "result" in request:
            key = request["result"]
            work, _, *result = ready[key]
            value = result[0]() if result else last[key] if key in last else work()
            say({"result": value})
        else:
            ready.pop(request["release"], None)
            last.pop(request["release"], None)
            say({})
