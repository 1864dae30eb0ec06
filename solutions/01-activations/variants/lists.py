"""Written with lists: flatten, go through the entries, put the shape back."""

import math

import numpy as np


def sigmoid(z):
    flat = [float(x) for x in np.ravel(z)]
    return np.array([1 / (1 + math.exp(-x)) if x > -700 else 0.0 for x in flat]).reshape(np.shape(z))


def sigmoid_grad(z):
    return np.exp(-np.logaddexp(0, z) - np.logaddexp(0, np.negative(z)))


def tanh(z):
    flat = [math.sinh(x) / math.cosh(x) for x in np.ravel(z)]
    return np.array(flat).reshape(np.shape(z))


def tanh_grad(z):
    flat = [0.0] * np.size(z)
    for place, x in enumerate(np.ravel(z)):
        flat[place] = 1 - math.tanh(x) * math.tanh(x)
    return np.reshape(flat, np.shape(z))


def relu(z):
    flat = [x * (x > 0) for x in np.ravel(z).tolist()]
    return np.reshape(flat, np.shape(z)).tolist()


def relu_grad(z):
    return (np.asarray(z) > 0).tolist()


def leaky_relu(z, slope):
    return [leaky_relu(row, slope) for row in z] if np.ndim(z) else (z if z > 0 else slope * z)


def leaky_relu_grad(z, slope):
    return [leaky_relu_grad(row, slope) for row in z] if np.ndim(z) else (1 if z > 0 else slope)


def elu(z, alpha):
    return np.piecewise(np.asarray(z, dtype=float), [np.asarray(z) > 0], [lambda x: x, lambda x: alpha * np.expm1(x)])


def elu_grad(z, alpha):
    return np.piecewise(np.asarray(z, dtype=float), [np.asarray(z) > 0], [1, lambda x: alpha * np.exp(x)])


def dead_zone(name, threshold):
    b = 1 / (2 * threshold) - 1 if name == "sigmoid" else 2 / threshold - 1
    z0 = math.log(b + math.sqrt(b * b - 1))
    return z0 if name == "sigmoid" else z0 / 2


def saturated_share(z, threshold):
    flags = [slope < threshold for slope in np.ravel(sigmoid_grad(z))]
    return sum(flags) / len(flags)


def best_case(depth):
    return math.exp(-depth * math.log(4))


def layers_to_shrink(factor):
    return int(math.log(1 / factor, 4)) + 1
