"""Written with boolean masks and writing in place, into a copy or into the argument itself."""

import numpy as np


def sigmoid(z):
    z = np.asarray(z, dtype=np.float64)
    result = np.empty(z.shape)
    left = z < 0
    result[~left] = 1 / (1 + np.exp(-z[~left]))
    e = np.exp(z[left])
    result[left] = e / (1 + e)
    return result


def sigmoid_grad(z):
    a = sigmoid(-np.abs(z))
    return a * (1 - a)


def tanh(z):
    z = np.array(z, dtype=float)
    with np.nditer(z, op_flags=["readwrite"]) as entries:
        for entry in entries:
            up, down = np.exp(entry), np.exp(-entry)
            entry[...] = (up - down) / (up + down)
    return z


def tanh_grad(z):
    a = tanh(z)
    return (1 - a) * (1 + a)


def relu(z):
    z[z < 0] = 0
    return z


def relu_grad(z):
    return 1 * (z >= 0)


def leaky_relu(z, slope):
    return (z > 0) * z + (z <= 0) * slope * z


def leaky_relu_grad(z, slope):
    dz = np.ones_like(z, dtype=float)
    dz[z < 0] = slope
    return dz


def elu(z, alpha):
    z = z.astype(float)
    left = z <= 0
    z[left] = alpha * (np.exp(z[left]) - 1)
    return z


def elu_grad(z, alpha):
    z = z.astype(float)
    left, right = z <= 0, z > 0
    z[left] = alpha * np.exp(z[left])
    z[right] = 1
    return z


def dead_zone(name, threshold):
    # Newton's method on log f'(z) = log threshold, which is nearly a straight line.
    target = np.log(threshold)
    z = 1.0
    for _ in range(100):
        if name == "sigmoid":
            value, slope = -2 * np.log(2 * np.cosh(z / 2)), -np.tanh(z / 2)
        else:
            value, slope = -2 * np.log(np.cosh(z)), -2 * np.tanh(z)
        z = abs(z - (value - target) / slope)
    return np.array(z)


def saturated_share(z, threshold):
    return np.count_nonzero(sigmoid_grad(z) < threshold) / np.size(z)


def best_case(depth):
    return np.prod(np.full(depth, sigmoid_grad(np.array(0.0))))


def layers_to_shrink(factor):
    depth = 1
    left = 0.25
    while left > factor:
        left = left / 4
        depth = depth + 1
    return float(depth)
