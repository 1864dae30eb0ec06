"""Written with the math module, one number at a time, and searches in place of formulas."""

import math

import numpy as np


def sigmoid(z):
    def one(x):
        if x >= 0:
            return 1 / (1 + math.exp(-x))
        return math.exp(x) / (1 + math.exp(x))

    return np.vectorize(one, otypes=[float])(z)


def sigmoid_grad(z):
    def one(x):
        e = math.exp(-abs(x))
        return e / (1 + e) / (1 + e)

    return np.vectorize(one, otypes=[float])(z)


def tanh(z):
    return np.vectorize(math.tanh, otypes=[float])(z)


def tanh_grad(z):
    return np.vectorize(lambda x: 1 - math.tanh(x) ** 2, otypes=[float])(z)


def relu(z):
    return np.vectorize(lambda x: max(x, 0), otypes=[float])(z)


def relu_grad(z):
    return np.vectorize(lambda x: x > 0, otypes=[float])(z)


def leaky_relu(z, slope):
    return np.vectorize(lambda x: max(x, slope * x), otypes=[float])(z)


def leaky_relu_grad(z, slope):
    return np.vectorize(lambda x: 1 if x >= 0 else slope, otypes=[float])(z)


def elu(z, alpha):
    return np.vectorize(lambda x: x if x > 0 else alpha * (math.exp(x) - 1), otypes=[float])(z)


def elu_grad(z, alpha):
    return np.vectorize(lambda x: 1 if x > 0 else alpha * math.exp(x), otypes=[float])(z)


def dead_zone(name, threshold):
    def slope(z):
        if name == "sigmoid":
            e = math.exp(-z)
            return e / (1 + e) ** 2
        return 1 - math.tanh(z) ** 2

    low, high = 0.0, 1.0
    while slope(high) > threshold:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if slope(middle) > threshold:
            low = middle
        else:
            high = middle
    return high


def saturated_share(z, threshold):
    flat = np.asarray(sigmoid_grad(z)).ravel()
    count = 0
    for slope in flat:
        if slope < threshold:
            count += 1
    return count / len(flat)


def best_case(depth):
    product = 1.0
    for _ in range(depth):
        product *= 0.25
    return product


def layers_to_shrink(factor):
    layers = 0
    while best_case(layers) > factor:
        layers += 1
    return layers
