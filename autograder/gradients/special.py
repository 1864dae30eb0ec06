"""The few functions of probability that the checks need, in numpy and math alone: normal and chi-square tails, binomial weights."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_TINY = 1e-300


def normal_tail(z: float) -> float:
    """P(Z > z) of a standard normal Z, to full relative precision in both tails."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def normal_quantile(tail: float) -> float:
    """The z with P(Z > z) = tail, for 0 < tail < 1.

    Raises:
        ValueError: tail is not a probability between 0 and 1.
    """
    if not 0 < tail < 1:
        raise ValueError(f"a tail probability lies between 0 and 1 (got {tail})")
    if tail > 0.5:
        return -normal_quantile(1 - tail)
    z = math.sqrt(max(0.0, -2 * math.log(2 * tail)))
    for _ in range(60):  # Newton on log tail, which is concave: from this side it can't overshoot for long
        value = normal_tail(z)
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        step = (math.log(value) - math.log(tail)) * value / density
        z += step
        if abs(step) <= 1e-15 * max(1.0, abs(z)):
            break
    return z


def gamma_tails(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x) = 1 - P, the regularised incomplete gamma functions, each to about 1e-13 of itself.

    References:
        W. H. Press et al., Numerical Recipes, 3rd ed., sec. 6.2 (series below a + 1, continued fraction above).
    """
    if x <= 0:
        return 0.0, 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a)) if a < 1e5 else _large_front(a, x)
    if x < a + 1:
        term = total = 1 / a
        k = a
        while abs(term) > 1e-17 * abs(total):
            k += 1
            term *= x / k
            total += term
        low = min(1.0, front * total)
        return low, 1 - low
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for i in range(1, 100_000):
        weight = -i * (i - a)
        b += 2
        d = 1 / (weight * d + b or _TINY)
        c = b + weight / c or _TINY
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    high = min(1.0, front * fraction)
    return 1 - high, high


def _large_front(a: float, x: float) -> float:
    """x**a e**-x / Gamma(a) by Stirling's series about a, where the plain logarithms would cancel."""
    r = (x - a) / a
    return math.exp(a * (math.log1p(r) - r) - 1 / (12 * a)) * math.sqrt(a / (2 * math.pi))


def chi2_cdf(x: float, k: float) -> float:
    """P(chi-square with k degrees < x)."""
    return gamma_tails(k / 2, x / 2)[0]


def chi2_tail(x: float, k: float) -> float:
    """P(chi-square with k degrees > x)."""
    return gamma_tails(k / 2, x / 2)[1]


def chi2_quantile(tail: float, k: float) -> float:
    """The x with P(chi-square with k degrees > x) = tail, by bisection on the exact tail.

    Raises:
        ValueError: tail is not a probability between 0 and 1.
    """
    z = normal_quantile(tail)
    guess = k * max(1e-3, 1 - 2 / (9 * k) + z * math.sqrt(2 / (9 * k))) ** 3  # Wilson and Hilferty, to bracket
    low, high = guess / 2, guess * 2 + 1
    upper = tail < 0.5
    want = tail if upper else 1 - tail

    def beyond(x: float) -> bool:
        return chi2_tail(x, k) < want if upper else chi2_cdf(x, k) > want

    while beyond(low):
        low /= 4
    while not beyond(high):
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if high - low <= 1e-13 * high:
            break
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return (low + high) / 2


def binomial(n: int) -> tuple[Array, Array]:
    """K = 1..n and P(K) of Binomial(n, 1/2) given K >= 1."""
    count = np.arange(1, n + 1, dtype=np.float64)
    logs = np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2) for k in count])
    weights = np.exp(logs)
    return count, np.asarray(weights / weights.sum())
