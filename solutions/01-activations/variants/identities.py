"""Written with the identities between the hyperbolic functions, and with closed forms."""

import numpy as np


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))


def sigmoid_grad(z):
    return 1 / (2 + np.exp(np.asarray(z)) + np.exp(-np.asarray(z)))


def tanh(z):
    return 2 / (1 + np.exp(-2 * np.asarray(z))) - 1


def tanh_grad(z):
    return np.cosh(z) ** -2.0


def relu(z):
    return (z + np.abs(z)) / 2


def relu_grad(z):
    return (1 + np.sign(z)) / 2


def leaky_relu(z, slope):
    return np.maximum(z, slope * z)


def leaky_relu_grad(z, slope):
    return slope + (1 - slope) * np.heaviside(z, 0.5)


def elu(z, alpha):
    return np.maximum(z, 0) + np.minimum(0, alpha * (np.exp(z) - 1))


def elu_grad(z, alpha):
    return np.where(z > 0, 1, elu(z, alpha) + alpha)


def dead_zone(name, threshold):
    if name == "tanh":
        return np.arctanh(np.sqrt(1 - threshold))
    s = (1 + np.sqrt(1 - 4 * threshold)) / 2
    return np.log(s) - np.log(1 - s)


def saturated_share(z, threshold):
    return (np.abs(z) > dead_zone("sigmoid", threshold)).mean()


def best_case(depth):
    return 2.0 ** (-2 * depth)


def layers_to_shrink(factor):
    return np.ceil(-np.log2(factor) / 2)
