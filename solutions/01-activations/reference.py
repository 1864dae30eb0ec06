"""The trusted float64 answers of 01-activations: activations, their derivatives by z, and what follows from them for depth."""

import math

import numpy as np


def sigmoid(z):
    """1 / (1 + e^-z), the logistic function. Written with e^-|z| <= 1 on both sides, so that nothing overflows."""
    z = np.asarray(z, dtype=np.float64)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def sigmoid_grad(z):
    """d sigmoid / dz = e^-|z| / (1 + e^-|z|)^2: the quotient rule on 1 / (1 + e^-z); even in z, so |z| may stand for z."""
    small = np.exp(-np.abs(np.asarray(z, dtype=np.float64)))
    return small / (1.0 + small) ** 2


def tanh(z):
    """Hyperbolic tangent, (e^z - e^-z) / (e^z + e^-z)."""
    return np.tanh(np.asarray(z, dtype=np.float64))


def tanh_grad(z):
    """d tanh / dz = 1 / cosh(z)^2; with tanh z = 2 sigmoid(2z) - 1 that is 4 sigmoid'(2z), which keeps its digits in the tail."""
    return 4.0 * sigmoid_grad(2.0 * np.asarray(z, dtype=np.float64))


def relu(z):
    """max(0, z) (Glorot, Bordes and Bengio 2011)."""
    return np.maximum(np.asarray(z, dtype=np.float64), 0.0)


def relu_grad(z):
    """1 for z > 0, 0 for z < 0; at 0 the subdifferential is [0, 1], of which this takes 0."""
    return np.where(np.asarray(z, dtype=np.float64) > 0, 1.0, 0.0)


def leaky_relu(z, slope):
    """z for z > 0, slope * z else (Maas, Hannun and Ng 2013)."""
    z = np.asarray(z, dtype=np.float64)
    return np.where(z > 0, z, slope * z)


def leaky_relu_grad(z, slope):
    """1 for z > 0, slope else."""
    return np.where(np.asarray(z, dtype=np.float64) > 0, 1.0, float(slope))


def elu(z, alpha):
    """z for z > 0, alpha (e^z - 1) else (Clevert, Unterthiner and Hochreiter 2016, sec. 3)."""
    z = np.asarray(z, dtype=np.float64)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0.0)))


def elu_grad(z, alpha):
    """1 for z > 0, alpha e^z else (the same paper and section)."""
    z = np.asarray(z, dtype=np.float64)
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0.0)))


def dead_zone(name, threshold):
    """Smallest z0 >= 0 with derivative <= threshold wherever |z| >= z0.

    sigmoid'(z) = 1 / (4 cosh(z/2)^2) and tanh'(z) = 1 / cosh(z)^2, both even and falling in |z|: solve for equality.
    """
    if name == "sigmoid":
        return 2.0 * math.acosh(0.5 / math.sqrt(threshold))
    return math.acosh(1.0 / math.sqrt(threshold))


def saturated_share(z, threshold):
    """Share of the entries of z, between 0 and 1, whose sigmoid derivative is below threshold."""
    return float(np.mean(sigmoid_grad(z) < threshold))


def best_case(depth):
    """Largest product of `depth` sigmoid derivatives: each is at most sigmoid'(0) = 1/4, so 4^-depth."""
    return 0.25**depth


def layers_to_shrink(factor):
    """Fewest layers L with 4^-L <= factor: L >= ln(1 / factor) / ln 4, rounded up."""
    return math.ceil(-math.log(factor) / math.log(4.0))
