"""Write gradient-norms.json, the reference curve of 02-backprop: python solutions/02-backprop/curves/make.py [into]."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
DEPTH, WIDTH, CLASSES, SEED = 20, 32, 4, 2


def curve():
    """The file's content. Six digits: more than a figure shows, and fewer than two machines could differ in."""
    spec = importlib.util.spec_from_file_location("reference_of_the_curve", HERE.parent / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    params, x, y = reference.deep_net(DEPTH, WIDTH, CLASSES, SEED)
    lines = []
    for activation in ("sigmoid", "relu"):
        deltas = reference.deltas(params, x, y, activation)
        _, grads = reference.mlp_loss_and_grads(params, x, y, activation)
        lines += [
            {"activation": activation, "of": "dloss/dz_l", "norms": [rounded(np.linalg.norm(delta)) for delta in deltas]},
            {"activation": activation, "of": "dloss/dW_l", "norms": [rounded(norm) for norm in reference.layer_gradient_norms(grads)]},
        ]
    return {
        "what": "Frobenius norms of the gradients of the softmax loss, layers 1 to 20",
        "made": {
            "by": "python solutions/02-backprop/curves/make.py",
            "method": "exact backpropagation in float64 through one given net; no law, no Monte-Carlo, no band",
            "nets": 1,
            "samples": 1,
            "seed": SEED,
            "generator": "numpy.random.default_rng (PCG64)",
            "depth": DEPTH,
            "width": WIDTH,
            "classes": CLASSES,
            "weights": "normal, mean 0, standard deviation sqrt(2 / fan_in); biases 0",
            "version": 1,
        },
        "curves": lines,
    }


def rounded(value):
    return float(f"{value:.6g}")


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gradient-norms.json"
    into.write_text(json.dumps(curve(), indent=1) + "\n")
