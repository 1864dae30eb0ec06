"""Bands that a norm of a gradient must lie in at initialisation, each with its false-alarm probability and its power. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.laws import Law
from autograder.gradients.sums import LogSum

ALPHA = 1e-6
"""False alarms of one exercise, divided among its bands."""
WIDE_ENOUGH = 1 << 20
"""Width given to a sampled law, whose quantiles come from its own cumulants."""


@dataclass(frozen=True)
class Band:
    """Where a ratio of norms |delta_l| / |delta_m| lies.

    Attributes:
        low: end of the band, a ratio of norms (not squared); geometric mean over the seeds.
        high: other end.
        alpha: probability that a right net lies outside.
        factors: layers between the two norms: a gain error g of each shifts the log of the ratio by factors * log(g).
        law: of the log of the squared ratio.
    """

    low: float
    high: float
    alpha: float
    factors: int
    law: LogSum = field(repr=False, compare=False)

    def contains(self, ratio: float) -> bool:
        """The ratio lies in the band; NaN does not."""
        return self.low <= ratio <= self.high

    def power(self, gain: float) -> float:
        """Probability that weights whose standard deviation is off by the factor `gain` in every layer are caught.

        Raises:
            ValueError: gain is not positive.
        """
        if not gain > 0:
            raise ValueError(f"a gain error is a positive factor (got {gain})")
        shift = 2 * self.factors * math.log(gain)
        above = self.law.tail(2 * math.log(self.high) - shift, upper=True)
        return above + self.law.tail(2 * math.log(self.low) - shift, upper=False)

    def smallest_gain(self, power: float = 1 - ALPHA) -> tuple[float, float]:
        """The gain errors nearest to 1, below and above it, that are caught with this power.

        Raises:
            ValueError: power is not a probability between alpha and 1.
        """
        if not self.alpha < power < 1:
            raise ValueError(f"power must lie between alpha and 1 (got {power})")
        low = self._gain(-1, power)
        return low, self._gain(1, power)

    def describe(self, power: float = 0.999) -> str:
        """One sentence: the band, its false alarms, and what it catches."""
        low, high = self.smallest_gain(power)
        return (
            f"between {self.low:.3g} and {self.high:.3g}; a right net lies outside with probability {self.alpha:.1e}, and weights with a "
            f"standard deviation below {low:.3f} or above {high:.3f} times the right one are caught with probability {power:.4g}"
        )

    def _gain(self, sign: int, power: float) -> float:
        near, far = 0.0, 1.0
        while self.power(math.exp(sign * far)) < power and far < 700:
            near, far = far, far * 2
        for _ in range(60):
            middle = (near + far) / 2
            near, far = (middle, far) if self.power(math.exp(sign * middle)) < power else (near, middle)
        return math.exp(sign * far)


def norm_band(laws: Sequence[Law], *, alpha: float = ALPHA, seeds: int = 1) -> Band:
    """Band of the ratio of two norms with these layers between them.

    Args:
        laws: of the layers' factors.
        alpha: probability that a right net lies outside, half of it on either side.
        seeds: nets whose log ratios are averaged; the geometric mean of their ratios is what the band is for.

    Raises:
        ValueError: alpha is no probability, or there is no layer or no seed.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1 (got {alpha})")
    total = LogSum(laws, seeds)
    low, high = (total.quantile(alpha / 2, upper=upper) for upper in (False, True))
    return Band(math.exp(low / 2), math.exp(high / 2), alpha, len(laws), total)


def curve_bands(laws: Sequence[Law], *, alpha: float = ALPHA, seeds: int = 1) -> tuple[Band, ...]:
    """Bands of |delta_l| / |delta_L| for each layer below the last, lowest first; alpha is shared out among them.

    Args:
        laws: laws[l - 1] of the factor |delta_l|**2 / |delta_(l+1)|**2, l = 1 to L - 1.
        alpha: probability that a right net leaves any of the bands, at most.
        seeds: as in norm_band.

    Raises:
        ValueError: as norm_band.
    """
    if not laws:
        raise ValueError("a curve needs at least one layer below the last")
    return tuple(norm_band(laws[number:], alpha=alpha / len(laws), seeds=seeds) for number in range(len(laws)))


def sampled_band(log_ratios: ArrayLike, factors: int, *, alpha: float = ALPHA) -> Band:
    """Band from a sample of right nets, for activations without an exact law: sigmoid, tanh, gelu.

    Mean, standard deviation, skew and kurtosis of the sample take the place of the law's; the band is widened for their own error, by
    sqrt(1 + 1 / M) for the mean and 1 / (1 - 3.1 / sqrt(2 (M - 1))) for the deviation (7 % at M = 1000).

    Args:
        log_ratios: log of the squared ratio of norms in M independent right nets, M >= 200; 1000 or more are advised.
        factors: layers between the two norms.
        alpha: probability that a right net lies outside, at most.

    Raises:
        ValueError: the sample is too small or not finite, or alpha is no probability.
    """
    sample = np.asarray(log_ratios, dtype=np.float64)
    count = sample.size
    if count < 200 or not np.isfinite(sample).all():
        raise ValueError(f"a band needs 200 finite log ratios or more (got {count})")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1 (got {alpha})")
    mean = float(sample.mean())
    off = sample - mean
    second, third, fourth = (float(np.mean(off**power)) for power in (2, 3, 4))
    total = LogSum([Law((mean, second * count / (count - 1), third, fourth - 3 * second**2), WIDE_ENOUGH, exact=False)])
    wider = (1 + 1 / count) ** 0.5 / (1 - 3.1 / (2 * (count - 1)) ** 0.5)
    low, high = (mean + wider * (total.quantile(alpha / 2, upper=upper) - mean) for upper in (False, True))
    return Band(math.exp(low / 2), math.exp(high / 2), alpha, factors, total)
