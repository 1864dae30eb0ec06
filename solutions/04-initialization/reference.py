"""The trusted float64 answers of 04-initialization: recipes for weights, exact curves of given weights, mean-field predictions."""

import json
import math
from pathlib import Path

import numpy as np

from autograder.gradients import mean_field


def sigmoid(z):
    """1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


PHI = {"relu": lambda z: np.maximum(z, 0.0), "tanh": np.tanh, "sigmoid": sigmoid}
SLOPE = {
    "relu": lambda z: (z > 0).astype(np.float64),
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "sigmoid": lambda z: sigmoid(z) * sigmoid(-z),
}


def xavier_init(fan_in, fan_out, rng):
    """Normal, variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010, sec. 4.2.1, there uniform)."""
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_in, fan_out))


def he_init(fan_in, fan_out, rng):
    """Normal, variance 2 / fan_in (He, Zhang, Ren and Sun 2015, eq. 10)."""
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_in, fan_out))


def preactivations(weights, x, activation):
    """z_1 = x W_1, z_l = phi(z_{l-1}) W_l, no biases."""
    zs = [x @ weights[0]]
    for matrix in weights[1:]:
        zs.append(PHI[activation](zs[-1]) @ matrix)
    return zs


def preactivation_scale(weights, x, activation):
    """Mean square of each z_l, shape (L,)."""
    return np.array([np.mean(z**2) for z in preactivations(weights, x, activation)])


def deltas(weights, x, v, activation):
    """dloss/dz_l for loss = sum(v * z_L): delta_L = v, delta_l = (delta_{l+1} W_{l+1}^T) * phi'(z_l)."""
    zs = preactivations(weights, x, activation)
    found = [np.asarray(v, dtype=np.float64)]
    for matrix, z in zip(weights[:0:-1], zs[-2::-1], strict=True):
        found.append((found[-1] @ matrix.T) * SLOPE[activation](z))
    return found[::-1]


def gradient_norm_curve(weights, x, v, activation):
    """Frobenius norms of the deltas, shape (L,)."""
    return np.array([np.linalg.norm(delta) for delta in deltas(weights, x, v, activation)])


def kappa(activation, q):
    """E phi'(sqrt(q) Z)^2."""
    return float(mean_field(PHI[activation], SLOPE[activation], 1, q=q).chi[0])


def mean_field_factors(activation, sigma_w2, depth):
    """sigma_w2 E phi'(sqrt(q_l) Z)^2 with q_1 = sigma_w2, q_{l+1} = sigma_w2 E phi(sqrt(q_l) Z)^2. Shape (depth,)."""
    return mean_field(PHI[activation], SLOPE[activation], depth, weight=sigma_w2, q=sigma_w2).chi


def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    """(fan_in sigma2 alpha, fan_out sigma2 beta)."""
    return fan_in * sigma2 * alpha, fan_out * sigma2 * beta


# --- what the report draws ---

DEPTH, WIDTH, SEED = 20, 50, 4
LAYERS = np.arange(1, DEPTH + 1)
STDS = {"small": 0.01, "xavier": math.sqrt(1 / WIDTH), "he": math.sqrt(2 / WIDTH)}
"""Of the weights by each scheme, between layers of WIDTH units."""


def input_and_cotangent():
    """x and v of the figures, one sample of standard normal numbers each."""
    rng = np.random.default_rng(SEED)
    return rng.standard_normal((1, WIDTH)), rng.standard_normal((1, WIDTH))


def curves():
    """The reference curves and their bands, made by curves/make.py."""
    return json.loads((Path(__file__).parent / "curves" / "gradient-norms.json").read_text())
