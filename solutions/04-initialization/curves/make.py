"""Write gradient-norms.json, the reference curves of 04-initialization: python solutions/04-initialization/curves/make.py [into]."""

import importlib.util
import json
import math
import sys
from pathlib import Path

import numpy as np

from autograder.gradients import curve_bands, draw_norms, relu_law, sampled_curve_bands

HERE = Path(__file__).parent
NETS, SEED = 1_000, 4
LAW, SAMPLED = 1e-6, 2e-3
"""Probability that a right curve leaves its band anywhere: by an exact law; by a sample, which tells nothing rarer."""


def curves():
    """The file's content. Six digits: more than a figure shows, and fewer than two machines could differ in."""
    spec = importlib.util.spec_from_file_location("reference_of_the_curves", HERE.parent / "reference.py")
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    return {
        "what": "norm of dloss/dz_l over that of dloss/dz_20, l = 1 to 20, loss = sum(v * z_20), one sample, no biases",
        "typical, low, high": "geometric mean, and the ends of the band that a right curve leaves anywhere with the probability chance",
        "made": {
            "by": "python solutions/04-initialization/curves/make.py",
            "depth": reference.DEPTH,
            "width": reference.WIDTH,
            "input": f"reference.input_and_cotangent(), seed {reference.SEED}",
            "version": 1,
        },
        "relu": [of_relu(reference, scheme, std) for scheme, std in reference.STDS.items()],
        "sigmoid": [of_sigmoid(reference, scheme, std) for scheme, std in reference.STDS.items()],
    }


def of_relu(reference, scheme, std):
    law = relu_law(reference.WIDTH, std**2)
    bands = curve_bands([law] * (reference.DEPTH - 1), of="deltas", alpha=LAW)
    typical = [math.exp(band.factors * law.cumulants[0] / 2) for band in bands]
    return entry(scheme, std, typical, bands, chance=LAW, method="an exact law", nets=None, seed=None)


def of_sigmoid(reference, scheme, std):
    x, _ = reference.input_and_cotangent()
    norms = draw_norms(
        lambda fan_in, fan_out, rng: rng.normal(0.0, std, (fan_in, fan_out)),
        [reference.WIDTH] * (reference.DEPTH + 1),
        reference.PHI["sigmoid"],
        reference.SLOPE["sigmoid"],
        np.random.default_rng(SEED),
        of="deltas",
        nets=NETS,
        x=x[0],
    )
    bands = sampled_curve_bands(norms, alpha=SAMPLED)
    typical = np.exp(np.mean(np.log(norms[:, :-1] / norms[:, -1:]), axis=0))
    return entry(scheme, std, typical, bands, chance=SAMPLED, method=f"{NETS:,} networks that were drawn", nets=NETS, seed=SEED)


def entry(scheme, std, typical, bands, **made):
    """One curve; its last point is 1, and so are both ends of the band there."""
    points = {
        "typical": [*typical, 1.0],
        "low": [*(band.low for band in bands), 1.0],
        "high": [*(band.high for band in bands), 1.0],
    }
    return {"scheme": scheme, "std": rounded(std), **made} | {name: [rounded(value) for value in values] for name, values in points.items()}


def rounded(value):
    return float(f"{value:.6g}")


if __name__ == "__main__":
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gradient-norms.json"
    into.write_text(json.dumps(curves(), indent=1) + "\n")
