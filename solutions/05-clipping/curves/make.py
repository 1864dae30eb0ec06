"""Write recurrence.json, the reference curves of 05-clipping: python solutions/05-clipping/curves/make.py [into]."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def curves():
    """The file's content. Six digits: more than a figure shows, and fewer than two machines could differ in."""
    spec = importlib.util.spec_from_file_location("reference_of_the_curves", HERE.parent / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    times = np.arange(reference.STEPS + 1)
    paths = {
        label: reference.walk(lambda name, *args, **_: getattr(reference, name)(*args), limit) for label, limit in reference.WALKS.items()
    }
    return {
        "made": {"by": "python solutions/05-clipping/curves/make.py", "nets": 1, "seed": None, "version": 1},
        "norms": {
            "what": "norms of dloss/dh_t, t = 0 to 100, for h_t = h_{t-1} W with W = rho Q, Q orthogonal, and a v of length 1",
            "method": "law: rho^(T - t) |v|, exact for any width and any Q; no Monte-Carlo, no band",
            "steps": reference.STEPS,
            "curves": [{"rho": rho, "norms": rounded(rho ** (reference.STEPS - times))} for rho in reference.RHOS],
        },
        "paths": {
            "what": "w before, between and after the updates, trained so that w^20 becomes 1",
            "method": "clipped gradient descent in float64 on 1/2 (w^20 - 1)^2; nothing is random",
            "depth": reference.DEPTH,
            "rate": reference.RATE,
            "curves": [{"max_norm": reference.WALKS[label], "w": rounded(path)} for label, path in paths.items()],
        },
    }


def rounded(values):
    return [float(f"{value:.6g}") for value in values]


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "recurrence.json"
    into.write_text(json.dumps(curves(), indent=1) + "\n")
