"""Written with loops, columns and grids: Gram-Schmidt, the trapezoid rule, one sample at a time."""
# ruff: noqa: F821 - phi and phi_grad are the notebook's

import math

import numpy as np


def xavier_init(fan_in, fan_out, rng):
    std = (2 / (fan_in + fan_out)) ** 0.5
    return np.array([[rng.normal() * std for _ in range(fan_out)] for _ in range(fan_in)])


def he_init(fan_in, fan_out, rng):
    W = np.empty((fan_in, fan_out))
    for column in range(fan_out):  # another order of the numbers
        W[:, column] = rng.normal(scale=(2 / fan_in) ** 0.5, size=fan_in)
    return W


def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    found = []
    while len(found) < min(fan_in, fan_out):
        vector = rng.normal(size=max(fan_in, fan_out))
        for _ in range(2):  # once leaves rounding behind
            for other in found:
                vector = vector - (vector @ other) * other
        found.append(vector / np.linalg.norm(vector))
    W = gain * np.array(found)
    return W if fan_in <= fan_out else W.T


def init_params(sizes, scheme, rng):
    params = {}
    for layer in range(1, len(sizes)):
        shape = sizes[layer - 1], sizes[layer]
        if scheme == "small":
            params[f"W{layer}"] = 0.01 * rng.standard_normal(shape)
        elif scheme == "xavier":
            params[f"W{layer}"] = rng.standard_normal(shape) / math.sqrt(sum(shape) / 2)
        elif scheme == "he":
            params[f"W{layer}"] = rng.standard_normal(shape) / math.sqrt(shape[0] / 2)
    for layer in range(1, len(sizes)):
        params[f"b{layer}"] = [0] * sizes[layer]
    return params


def preactivation_scale(weights, x, activation):
    totals = [0.0] * len(weights)
    for sample in x:
        signal = sample
        for layer, W in enumerate(weights):
            z = np.array([sum(signal[i] * W[i, j] for i in range(W.shape[0])) for j in range(W.shape[1])])
            totals[layer] += sum(z * z) / len(z) / len(x)
            signal = phi(activation, z)
    return totals


def gradient_norm_curve(weights, x, v, activation):
    squares = np.zeros(len(weights))
    for sample, signal in zip(x, v):
        zs, a = [], sample
        for W in weights:
            zs.append(W.T @ a)
            a = phi(activation, zs[-1])
        delta = signal
        for layer in reversed(range(len(weights))):
            squares[layer] += np.dot(delta, delta)
            if layer:
                delta = (weights[layer] @ delta) * phi_grad(activation, zs[layer - 1])
    return np.sqrt(squares)


def kappa(activation, q):
    if activation == "relu":
        return 1 / 2
    z = np.linspace(-10, 10, 4001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.sum(phi_grad(activation, math.sqrt(q) * z) ** 2 * density) * (z[1] - z[0])


def mean_field_factors(activation, sigma_w2, depth):
    z = np.linspace(-8, 8, 2000)
    chances = np.exp(-(z**2) / 2)
    chances /= chances.sum()
    q = [sigma_w2]
    while len(q) < depth:
        q.append(sigma_w2 * chances @ phi(activation, math.sqrt(q[-1]) * z) ** 2)
    return [sigma_w2 * chances @ phi_grad(activation, math.sqrt(one) * z) ** 2 for one in q]


def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    forward = sum(sigma2 for _ in range(fan_in)) * alpha
    backward = sum(sigma2 for _ in range(fan_out)) * beta
    return [forward, backward]
