"""Whole matrices at a time: the gradient by an explicit Jacobian, orthogonal matrices from reflections, integrals by their own weights."""
# ruff: noqa: F821 - phi, phi_grad, xavier_init and he_init are the notebook's

import itertools

import numpy as np


def xavier_init(fan_in, fan_out, rng):
    return rng.multivariate_normal(np.zeros(fan_in), np.eye(fan_in) * 2 / (fan_in + fan_out), size=fan_out, method="cholesky").T


def he_init(fan_in, fan_out, rng):
    return np.reshape(np.divide(rng.standard_normal(fan_in * fan_out), np.sqrt(0.5 * fan_in)), (fan_in, -1))


def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    side = max(fan_in, fan_out)
    Q = np.eye(side)
    for _ in range(side):
        normal = rng.standard_normal(side)
        Q = Q - 2 * np.outer(Q @ normal, normal) / (normal @ normal)
    return gain * Q[:fan_in, :fan_out]


def init_params(sizes, scheme, rng):
    def draw(*fans):
        if scheme == "small":
            return rng.normal(scale=1e-2, size=fans)
        return (xavier_init if scheme == "xavier" else he_init)(*fans, rng)

    weights = [draw(*fans) for fans in itertools.pairwise(sizes)]
    return {f"{letter}{k}": W if letter == "W" else W[0] * 0 for k, W in enumerate(weights, 1) for letter in "bW"}


def preactivation_scale(weights, x, activation):
    zs = [x]
    for k, W in enumerate(weights):
        zs.append((phi(activation, zs[-1]) if k else x) @ W)
    return [float((z * z).mean()) for z in zs[1:]]


def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    through = [np.eye(v.shape[1])[None].repeat(len(x), 0)]  # d z_L / d z_l of each sample
    for z, W in zip(zs[-2::-1], weights[:0:-1]):
        through.append((phi_grad(activation, z)[:, :, None] * W[None]) @ through[-1])
    return np.array([np.linalg.norm(np.einsum("sij,sj->si", jacobian, v)) for jacobian in through[::-1]])


def kappa(activation, q):
    x, w = np.polynomial.hermite_e.hermegauss(80)
    return np.average(phi_grad(activation, q**0.5 * x) ** 2, weights=w)


def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite_e.hermegauss(64)
    if depth == 0:
        return np.empty(0)
    q = [sigma_w2]
    for _ in range(depth - 1):
        q.append(sigma_w2 * np.average(phi(activation, q[-1] ** 0.5 * x) ** 2, weights=w))
    return np.array([sigma_w2 * kappa(activation, one) for one in q])


def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return (np.array([fan_in * alpha, fan_out * beta]) * sigma2).tolist()
