"""Write gradient-norms.json, the reference curves of 06-residual: python solutions/06-residual/curves/make.py [into]."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
NETS, SEED, STEP = 200, 6, 10
"""Random nets of each kind and recipe; seed of all; every how many blocks a point is kept."""


def curves():
    """The file's content. Four digits: fewer than two machines could differ in, and more than 200 nets tell."""
    spec = importlib.util.spec_from_file_location("reference_of_the_curves", HERE.parent / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    return {
        "what": "norm of dloss/dx_l over that of dloss/dx_L, loss = sum(v * x_L), L = 100 blocks: median over random nets, and the "
        "range that nine of ten lie in, block by block",
        "made": {
            "by": "python solutions/06-residual/curves/make.py",
            "method": "Monte-Carlo in float64, exact gradients; each kind has the same weights, inputs and cotangents",
            "nets": NETS,
            "samples": 1,
            "seed": SEED,
            "generator": "numpy.random.default_rng (PCG64)",
            "depth": reference.DEPTH,
            "width": reference.WIDTH,
            "x and v": "standard normal",
            "version": 1,
        },
        "blocks": list(range(0, reference.DEPTH + 1, STEP)),
        "panels": [
            {"recipe": recipe, "weights": words, "curves": panel(reference, recipe)}
            for recipe, words in {
                "default": "as nn.Linear draws them: weights and biases uniform within 1 / sqrt(width)",
                "he": "normal, W1 of variance 2 / width, W2 of variance 1 / width; biases 0",
            }.items()
        ],
    }


def panel(reference, recipe):
    """The curves of the four kinds."""
    rng, ratios = np.random.default_rng(SEED), {kind: [] for kind in reference.KINDS}
    for _ in range(NETS):
        blocks = [reference.drawn_params(rng, reference.WIDTH, recipe) for _ in range(reference.DEPTH)]
        x, v = rng.normal(size=(2, 1, reference.WIDTH))
        for kind, drawn in ratios.items():
            norms = reference.gradient_norms(reference.stack(kind, blocks), x, v)
            drawn.append((norms / norms[-1])[::STEP])
    return [{"kind": kind, **summary(np.array(drawn))} for kind, drawn in ratios.items()]


def summary(ratios):
    """Median and range at each place, and at block 0 the standard deviation of the logarithm."""
    low, middle, high = np.quantile(ratios, (0.05, 0.5, 0.95), axis=0)
    spread = float(np.std(np.log(ratios[:, 0])))
    return {"median": rounded(middle), "low": rounded(low), "high": rounded(high), "log_sd_at_0": rounded([spread])[0]}


def rounded(values):
    return [float(f"{value:.4g}") for value in values]


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gradient-norms.json"
    into.write_text(json.dumps(curves(), indent=1) + "\n")
