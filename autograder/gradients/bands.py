"""Bands that a norm of a gradient must lie in at initialisation, each with its false-alarm probability and its power. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from autograder.gradients.laws import Law
from autograder.gradients.sums import LogSum

ALPHA = 1e-6
"""False alarms of one exercise, divided among its bands."""
SMALLEST_ALPHA = 1e-10
"""Of one band: from here on its tails are off by 1 % at most, and near 1e-13 they end in rounding."""
LARGEST_LOG = 1400.0
"""Of a squared ratio: norms are float64."""
Of = Literal["deltas", "weights"]
"""What norms are of: deltas are d loss / d z_l, weights are dW_l."""


@dataclass(frozen=True)
class Band:
    """Where the ratio of two layers' norms lies.

    Attributes:
        low: end of the band, a ratio of norms (not squared); geometric mean over the seeds.
        high: other end.
        alpha: probability that a right net lies outside.
        factors: layers between the two norms: an error that multiplies each layer's factor by g multiplies the ratio by g**factors.
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
        """Probability that an error is caught which multiplies the norm by `gain` at each layer.

        For deltas of plain layers that is a wrong standard deviation of all weights. Norms of dW don't feel it, for their last norm is
        off as well; residual layers and activations that saturate feel less of it.

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
            f"between {self.low:.3g} and {self.high:.3g}; a right net lies outside with probability {self.alpha:.1e}, and an error that "
            f"multiplies each layer's norm by less than {low:.3f} or more than {high:.3f} is caught with probability {power:.4g}"
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
        laws: of the layers' factors: relu_law(64) for deltas, relu_law(64).weights for norms of dW.
        alpha: probability that a right net lies outside, half of it on either side.
        seeds: nets whose log ratios are averaged; the geometric mean of their ratios is what the band is for.

    Raises:
        ValueError: alpha is not between 1e-10 and 1/2, there is no layer or no seed, nothing varies, or a law is not exact.
    """
    check_alpha(alpha)
    if any(law.points is None for law in laws):
        raise ValueError("this law is known roughly, too roughly for a band: draw nets of this kind and use sampled_curve_bands")
    total = LogSum(laws, seeds)
    low, high = (total.quantile(alpha / 2, upper=upper) for upper in (False, True))
    return band_between(low, high, alpha, len(laws), total)


def curve_bands(laws: Sequence[Law], *, of: Of, alpha: float = ALPHA, seeds: int = 1) -> tuple[Band, ...]:
    """Bands of each layer's norm over the last one's, lowest layer first; alpha is shared out among them.

    A curve holds the norms of one sort of gradient: of deltas, d loss / d z_l, or of weights, dW_l. They spread differently, and an
    error in the scale of all weights bends the curve of the deltas alone.

    Args:
        laws: of the layers below the last, l = 1 to L - 1.
        of: "deltas" or "weights".
        alpha: probability that a right net leaves any of the bands, at most.
        seeds: as in norm_band.

    Raises:
        ValueError: as norm_band; or there is no law of dW for a layer.
    """
    check_of(of)
    if not laws:
        raise ValueError("a curve needs at least one layer below the last")
    if of == "weights":
        laws = [_of_weights(law) for law in laws]
    return tuple(norm_band(laws[number:], alpha=alpha / len(laws), seeds=seeds) for number in range(len(laws)))


def band_between(low: float, high: float, alpha: float, factors: int, law: LogSum) -> Band:
    """A band whose ends are given as logs of the squared ratio.

    Raises:
        ValueError: the ratio underflows or overflows.
    """
    if max(abs(low), abs(high)) > LARGEST_LOG:
        raise ValueError(f"the ratio of norms leaves the range of floats, exp({low / 2:.0f}) to exp({high / 2:.0f}): take fewer layers")
    return Band(math.exp(low / 2), math.exp(high / 2), alpha, factors, law)


def check_alpha(alpha: float) -> None:
    """Refuse what is no probability of false alarms.

    Raises:
        ValueError: alpha is below 1e-10, where the tails of a band end in rounding, or above 1/2.
    """
    if not SMALLEST_ALPHA <= alpha <= 0.5:
        raise ValueError(f"alpha must lie between {SMALLEST_ALPHA:g} and 0.5 (got {alpha:g})")


def check_of(of: str) -> None:
    """Refuse norms of anything else.

    Raises:
        ValueError: of is neither "deltas" nor "weights".
    """
    if of not in ("deltas", "weights"):
        raise ValueError(f'a curve is of "deltas" or of "weights" (got {of!r})')


def _of_weights(law: Law) -> Law:
    if law.weights is None:
        raise ValueError("norms of dW have a law in linear and relu layers alone: draw nets of this kind and use sampled_curve_bands")
    return law.weights
