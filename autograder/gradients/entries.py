"""The slopes of all outputs by all coordinates, each with its doubt. In: an oracle that gives flat arrays, a point. Out: `Entries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.gradients.directions import SMALLEST
from autograder.gradients.noise import FAR_ENOUGH, POINTS, SPACINGS, few_digits, noise_level
from autograder.gradients.norms import rms
from autograder.gradients.oracle import Move, Oracle, low_precision
from autograder.gradients.points import Array, as_array, as_float64, has_few_digits
from autograder.gradients.richardson import DISTANCES, EPS, FIRST_STEP, SHRINK, SMALLEST_STEP, extrapolate
from autograder.gradients.search import NOISE_OF_STEP
from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

ENOUGH = 1e-6
"""Relative doubt at which a slope is good enough; a jump of it by less is no kink."""


class Outputs:
    """Makes a flat array of what f returns, and holds it to one shape."""

    shape: tuple[int, ...] | None = None

    def __call__(self, answer: Any) -> Array:
        """A copy, flat. Raises CheckCannotGoOnError: it's of another shape, or not of float64."""
        array = as_array(answer)
        if isinstance(array, str) or array.dtype.kind not in "fiub" or (self.shape is not None and array.shape != self.shape):
            got = array if isinstance(array, str) else f"dtype {array.dtype} and shape {array.shape}"
            of_shape = "" if self.shape is None else f" of shape {self.shape}"
            text = f"the function returned {got}, wanted are real numbers{of_shape}"
            raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_SHAPE, text)
        if has_few_digits(array):
            raise low_precision(f"the function returns {array.dtype}")
        self.shape = array.shape
        return as_float64(array).ravel()


class Weighted:
    """All outputs as one number: a sum with weights that leaves none out."""

    def __init__(self, oracle: Oracle, weights: Array) -> None:
        self._oracle, self.weights = oracle, weights

    def values(self, moves: Sequence[Move]) -> Array:
        """As Oracle.values."""
        return np.asarray(self._oracle.values(moves) @ self.weights)


@dataclass
class Entries:
    """Differences of all entries, outputs by coordinates.

    Attributes:
        slopes: best estimates.
        doubts: what may be wrong with each; infinite where the domain ends.
        kinked: a kink sits at the point.
        settled: at some step the extrapolations agreed to within their doubt.
        shrunk: some step had to be made smaller.
        out: shape of f(x).
        into: shape of x.
    """

    slopes: Array
    doubts: Array
    kinked: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    shrunk: bool
    out: tuple[int, ...]
    into: tuple[int, ...]


def _noise(oracle: Oracle, block: Array, f0: Array) -> Array:
    """Rounding of each output, by a short line on which all coordinates move: the first on which the output does."""
    line = _line(block)
    noise, still = EPS * np.abs(f0), np.ones(f0.size, dtype=bool)
    for spacing in SPACINGS:
        values = oracle.values([Move(line, spacing * number) for number in range(1, POINTS)])
        if not still.any() or not np.isfinite(values).all():
            break
        values = np.vstack([f0, values])
        levels = np.array([noise_level(column) for column in values.T])
        noise = np.where(still, np.maximum(noise, levels), noise)
        still &= np.count_nonzero(np.diff(values, axis=0), axis=0) < (POINTS - 1) // 2
    return np.asarray(noise)


def _line(block: Array) -> dict[int, Array]:
    signs = np.where(np.arange(block.size) % 2, -1.0, 1.0).reshape(block.shape)
    return {0: signs * np.maximum(np.abs(block), rms(block) or SMALLEST)}


def require_digits(oracle: Oracle, block: Array) -> None:
    """Refuse a function of which an output is rounded wherever it's looked at."""
    far = oracle.values([Move(_line(block), distance) for distance in (-2.1, -1.3, -0.7, 0.7, 1.3, 2.1)])
    for number, column in enumerate(far.T):
        values = column[np.isfinite(column)]
        if np.unique(values).size >= FAR_ENOUGH and few_digits(values):
            raise low_precision(f"output {number} of the function is that of a float32, or has six decimals at most")


def differences(oracle: Oracle, block: Array, f0: Array, out: tuple[int, ...]) -> Entries:
    """Differentiate.

    Args:
        oracle: the function.
        block: the point.
        f0: the function there, flat.
        out: its shape.
    """
    noise = _noise(oracle, block, f0)
    shape = (f0.size, block.size)
    found = Entries(np.zeros(shape), np.full(shape, np.inf), np.zeros(shape, bool), np.zeros(shape, bool), False, out, block.shape)
    for number, where in enumerate(np.ndindex(block.shape)):
        _along(oracle, block, where, (f0, noise), found, number)
    return found


def _along(oracle: Oracle, block: Array, where: tuple[int, ...], known: tuple[Array, Array], found: Entries, number: int) -> None:  # noqa: PLR0917
    """Slopes of all outputs along one coordinate: steps shrink until each has settled, and the best estimate of each is kept."""
    f0, noise = known
    own = abs(float(block[where]))
    size = max(own, rms(block) or SMALLEST)
    unit = np.zeros_like(block)
    unit[where] = size
    step, smallest = FIRST_STEP, SMALLEST_STEP * min(1.0, own / size or 1.0)
    slopes, doubts = found.slopes[:, number], found.doubts[:, number]
    kinked, settled = found.kinked[:, number], found.settled[:, number]
    while True:
        values = oracle.values([Move({0: unit}, step * distance) for distance in DISTANCES])
        made = extrapolate(values, f0, step * size, noise, reach=own)
        with np.errstate(all="ignore"):
            least = NOISE_OF_STEP * made.noise / (step * size)
            doubt = np.where(np.isfinite(made.slope), made.gap + least, np.inf)
        better = doubt < doubts
        slopes[better], doubts[better] = made.slope[better], doubt[better]
        kinked[better] = (made.jump > ENOUGH * np.abs(made.slope))[better]
        settled |= made.gap <= np.maximum(ENOUGH * np.abs(made.slope), least)
        if np.all(doubts <= np.maximum(ENOUGH * np.abs(slopes), 2 * least)) or step / SHRINK < smallest:
            return
        step /= SHRINK
        found.shrunk = True
