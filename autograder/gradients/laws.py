"""The exact law of what one layer does to the squared norm of a gradient, for nets at initialisation. In: widths. Out: Law. Pure.

Setting: z_l = W_l a_(l-1), a_l = phi(z_l), loss = <v, z_L> with v fixed and independent of the weights, delta_l = d loss / d z_l, one
sample, no bias, entries of W_l independent normal. Then |delta_l|**2 / |delta_(l+1)|**2 has the law below, and the factors of different
layers are independent, at any width. A loss that looks at the outputs, such as the squared error to 0, breaks that: use a fixed v.

References:
    B. Hanin and M. Nica, Products of many large random matrices and gradients in deep neural networks (2018), for relu.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from autograder.gradients.special import Array, binomial, polygamma


@dataclass(frozen=True)
class Law:
    """Distribution of log(|delta_l|**2 / |delta_(l+1)|**2).

    Attributes:
        cumulants: the first four, of the natural logarithm.
        width: of the layer; narrow ones need the density.
        density: of the logarithm, elementwise; None where only the cumulants are known.
        exact: the cumulants are exact at this width; else they are those of infinite width with their first correction.
    """

    cumulants: tuple[float, float, float, float]
    width: int
    density: Callable[[Array], Array] | None = None
    exact: bool = True

    def shifted(self, by: float) -> "Law":
        """The law after all squared norms are multiplied by exp(by)."""
        density = self.density
        moved = None if density is None else lambda y: density(y - by)
        return Law((self.cumulants[0] + by, *self.cumulants[1:]), self.width, moved, self.exact)


@lru_cache(maxsize=64)
def linear_law(width: int, variance: float | None = None) -> Law:
    """Law of a linear layer: variance * chi-square of `width` degrees.

    Args:
        width: n of the layer whose delta is in the numerator.
        variance: of the weights above it; None takes 1 / width, which keeps the mean square.

    Raises:
        ValueError: width or variance is not positive.
    """
    scale = _variance(width, variance, 1.0)
    return _chi_square_mixture(np.array([float(width)]), np.ones(1), scale, width)


@lru_cache(maxsize=64)
def relu_law(width: int, variance: float | None = None) -> Law:
    """Law of a relu layer: variance * chi-square of K degrees, K binomial(width, 1/2), given that not all units are dead.

    Args:
        width: n of the layer whose delta is in the numerator.
        variance: of the weights above it; None takes 2 / width (He).

    Raises:
        ValueError: width or variance is not positive.
    """
    scale = _variance(width, variance, 2.0)
    count, weight = binomial(width)
    return _chi_square_mixture(count, weight, scale, width)


@lru_cache(maxsize=64)
def orthogonal_relu_law(width: int, gain: float = 2**0.5) -> Law:
    """Law of a relu layer below a Haar-orthogonal matrix times `gain`: gain**2 * Beta(K / 2, (width - K) / 2).

    A linear orthogonal layer needs no law: it keeps every norm to the last digits, times the gain.

    Raises:
        ValueError: width or gain is not positive.
    """
    _variance(width, gain, 1.0)
    count, weight = binomial(width)
    rest = np.maximum(width - count, 1e-9)  # K = width has probability 2**-width and the value gain**2
    parts = [polygamma(order, count / 2) - polygamma(order, (count + rest) / 2) for order in range(4)]
    parts[0] = parts[0] + 2 * np.log(gain)
    return Law(_mixture(weight, parts), width)


@lru_cache(maxsize=64)
def residual_law(width: int, alpha: float = 1.0) -> Law:
    """Law of a residual block x + alpha W2 relu(W1 x), W1 of variance 2 / width, W2 of variance 1 / width.

    The branch sends back a normal vector whose variance c**2 is 1 / width of a relu factor, so the block's factor is
    (1 + alpha c g)**2 + alpha**2 c**2 Q, with g standard normal and Q chi-square of width - 1 degrees. Its mean is 1 + alpha**2.
    The cumulants of its logarithm are integrated numerically, to about 1e-6 of themselves.

    Raises:
        ValueError: width is below 2 or alpha is negative.
    """
    if width < 2 or alpha < 0:
        raise ValueError(f"a residual block needs width >= 2 and alpha >= 0 (got {width}, {alpha})")
    branch = relu_law(width)
    logs, weight = _grid(branch)
    square = np.exp(logs)[:, None, None] / width
    nodes, normal = np.polynomial.hermite_e.hermegauss(24)
    chi, chi_weight = _grid(linear_law(width - 1, 1.0))
    factor = (1 + alpha * np.sqrt(square) * nodes[:, None]) ** 2 + alpha**2 * square * np.exp(chi)
    weights = weight[:, None, None] * (normal / normal.sum())[:, None] * chi_weight
    log = np.log(factor)
    mean = float(np.sum(weights * log))
    second, third, fourth = (float(np.sum(weights * (log - mean) ** power)) for power in (2, 3, 4))
    return Law((mean, second, third, fourth - 3 * second**2), width)


def smooth_law(width: int, chi: float, kurtosis: float) -> Law:
    """Mean and variance of a layer of smooth activation at large width; errors of 0.1 and 30 % are usual, so no band is made of it.

    Args:
        width: of the layer.
        chi: mean of the factor, from mean_field.
        kurtosis: E phi'**4 / (E phi'**2)**2, from mean_field.
    """
    spread = (3 * kurtosis - 1) / width
    return Law((float(np.log(chi)) - spread / 2, spread, 0.0, 0.0), width, exact=False)


def _variance(width: int, variance: float | None, gain: float) -> float:
    if width < 1:
        raise ValueError(f"width must be at least 1 (got {width})")
    scale = gain / width if variance is None else variance
    if not 0 < scale < np.inf:
        raise ValueError(f"the variance of weights must be positive (got {variance})")
    return scale


def _chi_square_mixture(count: Array, weight: Array, scale: float, width: int) -> Law:
    parts = [polygamma(order, count / 2) for order in range(4)]
    parts[0] = parts[0] + np.log(2 * scale)
    keep = weight > 1e-18
    shape, mass = count[keep] / 2, weight[keep]
    from_gamma = np.array([math.lgamma(k) for k in shape])

    def density(y: Array) -> Array:
        x = y - np.log(2 * scale)
        made = np.zeros_like(x)
        grown = np.exp(np.minimum(x, 50.0))
        for k, w, g in zip(shape, mass, from_gamma, strict=True):
            made += w * np.exp(k * x - grown - g)
        return np.asarray(made)

    return Law(_mixture(weight, parts), width, density)


def _mixture(weight: Array, parts: list[Array]) -> tuple[float, float, float, float]:
    """Cumulants of a mixture from those of its parts, through central moments about the common mean."""
    mean = float(weight @ parts[0])
    off = parts[0] - mean
    second = float(weight @ (parts[1] + off**2))
    third = float(weight @ (parts[2] + 3 * off * parts[1] + off**3))
    fourth = float(weight @ (parts[3] + 3 * parts[1] ** 2 + 4 * off * parts[2] + 6 * off**2 * parts[1] + off**4))
    return mean, second, third, fourth - 3 * second**2


def _grid(law: Law, points: int = 161) -> tuple[Array, Array]:
    """Nodes and weights of a law's density: equal steps, which converge fast where a density dies out on both sides."""
    assert law.density is not None
    spread = law.cumulants[1] ** 0.5
    y = law.cumulants[0] + spread * np.linspace(-14, 9, points)
    weight = law.density(y)
    return y, np.asarray(weight / weight.sum())
