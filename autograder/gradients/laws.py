"""The exact law of what one layer does to the squared norm of a gradient, for nets at initialisation. In: widths. Out: Law. Pure.

Setting: z_l = W_l a_(l-1), a_l = phi(z_l), loss = <v, z_L> with v fixed and independent of the weights, delta_l = d loss / d z_l, one
sample, no bias, entries of W_l independent normal. Then |delta_l|**2 / |delta_(l+1)|**2 has the law below, and the factors of different
layers are independent, at any width. A loss that looks at the outputs, such as the squared error to 0, breaks that: use a fixed v.

Norms of dW_l = delta_l a_(l-1)' follow another law, `Law.weights`: |dW_l|**2 / |dW_(l+1)|**2 is the factor of the deltas over that of the
activations, |a_l|**2 / |a_(l-1)|**2, and both share the live units. Scaling all weights alike leaves it as it is, so it can't tell He
from Xavier. It is exact as well, but <delta_l, z_l> is the same in all layers and ties them: over J layers the log ratio spreads less
than if they were independent, its variance by about J / (3 width) in linear and 2 J / (3 width) in relu nets, so that right nets leave
a band less often than stated: 0.6 times as often in 20 relu layers of width 128.

References:
    B. Hanin and M. Nica, Products of many large random matrices and gradients in deep neural networks (2018), for relu.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from autograder.gradients.densities import GONE, POINTS, cumulants, log_chi_square, logit_of_beta, on_grid, points_of, thinned, weighted
from autograder.gradients.special import Array, binomial

_FAR, _LEAST = 9.0, 1e-10
"""How far a standard normal goes, and the least root of a residual block's factor."""


@dataclass(frozen=True, eq=False)
class Law:
    """Distribution of log(|delta_l|**2 / |delta_(l+1)|**2).

    Attributes:
        cumulants: the first four.
        points: values and their probabilities, which stand for the exact law; None where cumulants are all that is known, and roughly.
        weights: the law of log(|dW_l|**2 / |dW_(l+1)|**2); None where it isn't known.
    """

    cumulants: tuple[float, float, float, float]
    points: tuple[Array, Array] | None = field(default=None, repr=False)
    weights: "Law | None" = field(default=None, repr=False)


@lru_cache(maxsize=64)
def linear_law(width: int, variance: float | None = None, *, below: float | None = None) -> Law:
    """Law of a linear layer: variance * chi-square of `width` degrees.

    Args:
        width: n of the layer whose delta is in the numerator.
        variance: of the weights above it; None takes 1 / width, which keeps the mean square.
        below: variance of the weights below it, which norms of dW depend on as well; None takes that of the weights above.

    Raises:
        ValueError: width or a variance is not positive.
    """
    above = _variance(width, variance, 1.0)
    return _chi_square_mixture(np.array([float(width)]), np.ones(1), above, _variance(width, below, above * width))


@lru_cache(maxsize=64)
def relu_law(width: int, variance: float | None = None, *, below: float | None = None) -> Law:
    """Law of a relu layer: variance * chi-square of K degrees, K binomial(width, 1/2), given that not all units are dead.

    Args:
        width: n of the layer whose delta is in the numerator.
        variance: of the weights above it; None takes 2 / width (He).
        below: variance of the weights below it, which norms of dW depend on as well; None takes that of the weights above.

    Raises:
        ValueError: width or a variance is not positive.
    """
    above = _variance(width, variance, 2.0)
    return _chi_square_mixture(*binomial(width), above, _variance(width, below, above * width))


@lru_cache(maxsize=64)
def orthogonal_relu_law(width: int, gain: float = 2**0.5) -> Law:
    """Law of a relu layer below a Haar-orthogonal matrix times `gain`: gain**2 * Beta(K / 2, (width - K) / 2), not all units dead.

    A linear orthogonal layer needs no law: it keeps every norm to the last digits, times the gain.

    Raises:
        ValueError: width or gain is not positive.
    """
    top = 2 * math.log(_variance(width, gain, 1.0))
    count, mass = binomial(width)
    values, chances = np.array([top]), mass[-1:]  # no unit is dead: the gain itself
    if width > 1:
        logit, rest = points_of(logit_of_beta(count[:-1] / 2, (width - count[:-1]) / 2, mass[:-1]), 0.0, width**-0.5)
        values = np.concatenate([top - np.logaddexp(0.0, -logit), values])
        chances = np.concatenate([rest * (1 - chances[0]), chances])
    return _law(values, chances)


@lru_cache(maxsize=64)
def residual_law(width: int, alpha: float = 1.0) -> Law:
    """Law of a residual block x + alpha W2 relu(W1 x), W1 of variance 2 / width, W2 of variance 1 / width.

    The branch sends back a normal vector whose variance c**2 is 1 / width of a relu factor, so the block's factor is
    (1 + alpha c g)**2 + alpha**2 c**2 Q, with g standard normal and Q chi-square of width - 1 degrees, and 1 where all units are dead.
    Its mean is 1 + alpha**2. At alpha = 0 it is exactly 1.

    Raises:
        ValueError: width is below 2, or alpha is negative or infinite.
    """
    if width < 2 or width % 1 or not 0 <= alpha < math.inf:
        raise ValueError(f"a residual block needs width >= 2 and alpha >= 0 (got {width}, {alpha})")
    if alpha == 0:
        return _law(np.zeros(1), np.ones(1))
    normal = np.linspace(-_FAR, _FAR, 121)
    rest, rest_chance = thinned(_exact(linear_law(width - 1, 1.0)), 128)
    branch, branch_chance = thinned(_exact(relu_law(width)), 64)
    together = np.outer(weighted(np.exp(-(normal**2) / 2)), rest_chance)
    keep = together > GONE
    along, across = (grid[keep] for grid in np.meshgrid(normal, np.exp(rest), indexing="ij"))
    scales, dead = alpha * np.sqrt(np.exp(branch) / width), 2.0**-width
    low = 2 * math.log(max(_LEAST, 1 - _FAR * scales[-1]))
    high = math.log((1 + _FAR * scales[-1]) ** 2 + scales[-1] ** 2 * math.exp(rest[-1]))
    step = (high - low) / (POINTS - 2)
    chances = on_grid(np.zeros(1), np.array([dead]), low, step, POINTS)
    for scale, chance in zip(scales, (1 - dead) * branch_chance, strict=True):
        chances += on_grid(np.log((1 + scale * along) ** 2 + scale**2 * across), chance * together[keep], low, step, POINTS)
    found = chances > GONE
    return _law((low + step * np.arange(POINTS, dtype=np.float64))[found], weighted(chances[found]))


def smooth_law(width: int, chi: float, kurtosis: float) -> Law:
    """Mean and variance of a layer of smooth activation at large width; errors of 0.1 and 30 % are usual, so no band is made of it.

    Args:
        width: of the layer.
        chi: mean of the factor, from mean_field.
        kurtosis: E phi'**4 / (E phi'**2)**2, from mean_field.
    """
    spread = (3 * kurtosis - 1) / width
    return Law((math.log(chi) - spread / 2, spread, 0.0, 0.0))


def _law(values: Array, chances: Array, weights: Law | None = None) -> Law:
    return Law(cumulants(values, chances), (values, chances), weights)


def _variance(width: int, variance: float | None, gain: float) -> float:
    if width < 1 or width % 1:
        raise ValueError(f"width must be a whole number from 1 on (got {width})")
    scale = gain / width if variance is None else variance
    if not 0 < scale < np.inf:
        raise ValueError(f"the variance of weights must be positive (got {variance})")
    return scale


def _chi_square_mixture(count: Array, chances: Array, above: float, below: float) -> Law:
    half, step = count / 2, float(count[-1]) ** -0.5
    values, mass = points_of(log_chi_square(half, chances), math.log(float(chances @ half)), step)
    ratios, mass_of_ratios = points_of(logit_of_beta(half, half, chances), 0.0, step)
    return _law(values + math.log(2 * above), mass, _law(ratios + math.log(above / below), mass_of_ratios))


def _exact(law: Law) -> tuple[Array, Array]:
    assert law.points is not None
    return law.points
