"""Densities of the logarithms that laws are made of, and the points that stand for them: values with their probabilities. Pure."""

import math
from collections.abc import Callable

import numpy as np

from autograder.gradients.special import Array

POINTS = 2**14
"""How many stand for a law."""
GONE = 1e-18
"""Density or probability below which nothing is kept; bands go down to 1e-10."""
Density = Callable[[Array], Array]


def log_chi_square(half: Array, chances: Array) -> Density:
    """Density of log(x / 2), x of a mixture of chi-squares, given half their degrees of freedom."""
    from_gamma = _log_gamma(half)

    def density(y: Array) -> Array:
        grown, made = np.exp(y), np.zeros_like(y)
        for k, chance, g in zip(half, chances, from_gamma, strict=True):
            if chance > GONE:
                made += chance * np.exp(k * y - grown - g)
        return made

    return density


def logit_of_beta(a: Array, b: Array, chances: Array) -> Density:
    """Density of log(x / (1 - x)), x of a mixture of Beta(a, b): the log ratio of two chi-squares of 2 a and 2 b degrees.

    It dies out on both sides, even where the one of x is infinite at 0 or 1.
    """
    from_beta = _log_gamma(a) + _log_gamma(b) - _log_gamma(a + b)

    def density(y: Array) -> Array:
        log_x, log_rest, made = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y), np.zeros_like(y)
        for i, j, chance, g in zip(a, b, chances, from_beta, strict=True):
            if chance > GONE:
                made += chance * np.exp(i * log_x + j * log_rest - g)
        return made

    return density


def points_of(density: Density, centre: float, step: float) -> tuple[Array, Array]:
    """Equal steps as far as a density reaches from about its centre: sums over them are exact to many digits, for it dies out smoothly."""
    ends = []
    for sign in (-1, 1):
        far = step
        while density(np.array([centre + sign * far]))[0] > GONE:
            far *= 1.25
        ends.append(centre + sign * far)
    values = np.linspace(ends[0], ends[1], POINTS)
    return values, weighted(density(values))


def thinned(points: tuple[Array, Array], every: int) -> tuple[Array, Array]:
    """Some of the points, which still integrate well, for sums over several laws."""
    values, chances = points
    return values[::every], weighted(chances[::every])


def weighted(masses: Array) -> Array:
    """Masses made probabilities."""
    return np.asarray(masses / masses.sum())


def cumulants(values: Array, chances: Array) -> tuple[float, float, float, float]:
    """The first four of a distribution."""
    mean = float(chances @ values)
    off = values - mean
    second, third, fourth = (float(chances @ off**power) for power in (2, 3, 4))
    return mean, second, third, fourth - 3 * second**2


def on_grid(values: Array, chances: Array, origin: float, step: float, size: int) -> Array:
    """Probabilities on the grid origin + k step, k modulo size: each value's is split between its neighbours, so that the mean stays."""
    at = (values - origin) / step
    left = np.floor(at)
    right = at - left
    index = left.astype(np.int64)
    shares = (chances * (1 - right), chances * right)
    return np.asarray(sum(np.bincount((index + side) % size, share, size) for side, share in enumerate(shares)))


def _log_gamma(x: Array) -> Array:
    return np.array([math.lgamma(value) for value in x])
