"""Everything by drawing: Box-Muller, a singular value decomposition, Monte-Carlo integrals."""
# ruff: noqa: F821 - phi and phi_grad are the notebook's

import math

import numpy as np


def xavier_init(fan_in, fan_out, rng):
    radius = np.sqrt(-2 * np.log1p(-rng.random((fan_in, fan_out))))
    return radius * np.cos(2 * np.pi * rng.random((fan_in, fan_out))) * math.sqrt(2 / (fan_in + fan_out))


def he_init(fan_in, fan_out, rng):
    return rng.normal(0, math.sqrt(2 / fan_in), (fan_out, fan_in)).T


def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    left, _, right = np.linalg.svd(rng.normal(size=(fan_in, fan_out)), full_matrices=False)
    return gain * left @ right


def init_params(sizes, scheme, rng):
    def std(fan_in, fan_out):
        return {"small": 1e-2, "xavier": math.sqrt(2 / (fan_in + fan_out)), "he": math.sqrt(2 / fan_in)}[scheme]

    streams = rng.spawn(len(sizes) - 1)
    params = {}
    for layer, (fan_in, fan_out, stream) in enumerate(zip(sizes, sizes[1:], streams), 1):
        params[f"b{layer}"] = np.zeros(fan_out)
        params[f"W{layer}"] = stream.normal(0, std(fan_in, fan_out), (fan_in, fan_out)).astype(np.float32)
    return params


def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.linalg.norm(z) ** 2 / z.size]
    for W in weights[1:]:
        z = np.einsum("si,ij->sj", phi(activation, z), W)
        scales.append(np.linalg.norm(z) ** 2 / z.size)
    return tuple(scales)


def gradient_norm_curve(weights, x, v, activation):
    def down(weights, a, first):
        if not first:
            a = phi(activation, a)
        z = a @ weights[0]
        if len(weights) == 1:
            return v, [math.sqrt(np.sum(v**2))]
        above, norms = down(weights[1:], z, False)
        delta = (above @ weights[1].T) * phi_grad(activation, z)
        return delta, [math.sqrt(np.sum(delta**2)), *norms]

    return down(weights, x, True)[1]


def kappa(activation, q):
    z = np.random.default_rng(0).normal(0, math.sqrt(q), 1_000_000)
    return np.mean(phi_grad(activation, z) ** 2)


def mean_field_factors(activation, sigma_w2, depth):
    z = np.random.default_rng(1).standard_normal(1_000_000)
    q, factors = sigma_w2, np.empty(depth)
    for layer in range(depth):
        factors[layer] = sigma_w2 * np.mean(phi_grad(activation, math.sqrt(q) * z) ** 2)
        q = sigma_w2 * np.mean(phi(activation, math.sqrt(q) * z) ** 2)
    return factors


def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return tuple(float(x) for x in np.array([fan_in, fan_out]) * sigma2 * np.array([alpha, beta]))
