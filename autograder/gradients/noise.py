"""How much rounding a function's values carry, measured from its values on a short line. Pure, but for the values it asks for."""

import math
from collections.abc import Sequence
from math import factorial
from typing import NamedTuple

import numpy as np

from autograder.gradients.directions import SMALLEST, direction
from autograder.gradients.norms import rms
from autograder.gradients.oracle import Move, Valued, low_precision
from autograder.gradients.points import Array, Point
from autograder.gradients.richardson import EPS, FIRST_STEP, SHRINK
from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

POINTS = 9
"""Values on the line: the ninth difference of the smooth part is nothing, and two orders may fail the tests of agreement."""
SPACINGS = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
"""In units of the block's size. The first at which the values move is taken: below it rounding shows as a constant."""
UNEVEN = np.geomspace(1.0, 8.0, 12)
"""Distances without a common measure. A kink next to the point lies before them all."""
STEADY = 4.0
"""Two measurements of one scatter, of nine degrees of freedom each, differ by more in one case of 5,000; |x|**1.5 makes 22 of 8."""
HIGHEST_ROUNDING = 1e-5
"""Noise over the largest value met that no rounding explains, float32 or not."""
LOWEST_PRECISION = 1e-11
"""Noise over the largest value met that is looked into. float64 leaves 1e-13 even after 10,000 additions."""
RUNGS, ALIKE = 10, 3
"""Stretches of the line, each eight times as long, on which rounding is looked for that small steps don't show; so many must agree."""
DECIMALS, FAR_ENOUGH = 6, 3
"""Values with so few decimals are rounded, if so many far from the point are too, and differ."""
TINIEST = 5e-324
"""Rounding below which nothing is: the spacing of subnormal numbers."""
FLOAT32_NOISE = 3e-9
"""Noise over the largest value met from which on it's called float32. One such value leaves 2e-8, a mean of hundreds a tenth of it."""


class Noise(NamedTuple):
    """Standard deviation of the rounding in f's values.

    Attributes:
        level: at the point, at least one unit in the last place of the values met.
        growth: what is gained with each unit of step. Near a minimum where f is almost 0, its values a step away are larger by far, and so
            is their rounding.
    """

    level: float
    growth: float


def noise_level(line: Array) -> float:
    """Standard deviation of the noise in values at equally spaced points, by differences of rising order.

    The difference of order k of a smooth function dies out with k, while that of independent noise of standard deviation s has
    mean square s**2 (2k)! / (k!)**2. The first three orders in a row that give the same s to a factor 4 are believed.

    References:
        J. J. More and S. M. Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011).
    """
    size = float(np.max(np.abs(line))) or 1.0  # differences of 1e308 would overflow
    differences, levels, changes = line / size, [], []
    for order in range(1, len(line) - 1):
        differences = np.diff(differences)
        levels.append(size * rms(differences) / math.sqrt(factorial(2 * order) / factorial(order) ** 2))
        changes.append(bool(np.any(np.sign(differences[:-1]) * np.sign(differences[1:]) < 0)))
    for start in range(len(levels) - 2):
        three = levels[start : start + 3]
        if max(three) <= 4 * min(three) and changes[start]:
            return three[0]
    return min(levels[2:])


def scatter(distances: Array, values: Array) -> float:
    """Standard deviation of values about a parabola through them.

    Values on a coarse lattice, as those of a saturated loss are, may climb by the same number of steps at each of equally spaced points:
    then every difference says that there is no noise. Points at uneven distances are rounded unevenly.
    """
    low = values - values[0]
    scale = float(np.max(np.abs(low), initial=0.0))
    if not scale:
        return 0.0
    powers = np.stack([np.ones_like(distances), distances, distances**2], axis=1)
    rest = low / scale - powers @ np.linalg.lstsq(powers, low / scale, rcond=None)[0]
    return scale * float(np.linalg.norm(rest)) / float(np.sqrt(len(values) - 3))


def _scatters(oracle: Valued, line: dict[int, Array], spacing: float, rungs: int) -> list[float]:
    """Scatter at uneven distances, on stretches of the line eight times as long each time; infinite where the domain ends."""
    stretches = [spacing * SHRINK**rung for rung in range(rungs)]
    values = oracle.values([Move(line, stretch * float(distance)) for stretch in stretches for distance in UNEVEN])
    return [scatter(UNEVEN, part) if np.isfinite(part).all() else float("inf") for part in np.split(values, rungs)]


def _steady(scatters: Sequence[float], alike: int) -> float:
    """The largest scatter that so many stretches in a row share to a factor `STEADY`; one that grows isn't rounding, but f itself."""
    runs = [scatters[start : start + alike] for start in range(len(scatters) - alike + 1)]
    return max((min(run) for run in runs if max(run) <= STEADY * min(run) < np.inf), default=0.0)


def measure_noise(oracle: Valued, f0: float, point: Point, rng: np.random.Generator) -> Noise:
    """Noise of f at the point and near it.

    Args:
        oracle: f.
        f0: its value at the point.
        point: where.
        rng: source of the direction.

    Raises:
        CheckCannotGoOnError: f gives another value on each call, or has fewer digits than float64.
    """
    line = _line(point, rng)
    again = [Move({}, 0.0)] * 2
    noise, size, seen = 0.0, abs(f0), np.array([f0])
    for spacing in SPACINGS:
        moves = [Move(line, spacing * number) for number in range(1, POINTS)]  # to one side: a kink at the point would look like noise
        values = oracle.values(again + moves)
        require_same(f0, values[: len(again)])
        values, again = np.insert(values[len(again) :], 0, f0), []
        if not np.isfinite(values).all():  # the domain ends here: this line tells nothing
            break
        seen, size = values, max(size, float(np.max(np.abs(values))))
        noise = max(noise, noise_level(values))
        moving = np.count_nonzero(np.diff(values)) >= (POINTS - 1) // 2
        if moving or spacing == SPACINGS[-1]:
            noise = max(noise, _steady(_scatters(oracle, line, spacing, 2), 2))
            break
    if noise > LOWEST_PRECISION * size or few_digits(seen):
        coarse, far = _coarse(oracle, point, line, seen)
        if noise > HIGHEST_ROUNDING * far:
            text = f"{_told(noise, far)}: between neighbouring points they jump, no slope shows"
            raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.NOISE, text)
        noise = max(noise, coarse)
    level = max(noise, EPS * size, TINIEST if size else 0.0)
    return Noise(level, _growth(oracle, f0, line, level))


def _line(point: Point, rng: np.random.Generator) -> dict[int, Array]:
    return {number: direction(rng, block.shape, rms(block) or SMALLEST) for number, block in enumerate(point.blocks)}


def _growth(oracle: Valued, f0: float, line: dict[int, Array], level: float) -> float:
    """Noise that f's values gain with each unit of step; 0 where they stay of one size."""
    if not abs(oracle.values([Move(line, FIRST_STEP)])[0] - f0) > abs(f0):
        return 0.0
    there = noise_level(oracle.values([Move(line, FIRST_STEP + SPACINGS[0] * number) for number in range(POINTS)]))
    return there / FIRST_STEP if STEADY * level < there < np.inf else 0.0


def _coarse(oracle: Valued, point: Point, line: dict[int, Array], seen: Array) -> tuple[float, float]:
    """Rounding over larger steps, and the largest size of value, also far from the point: a saturated loss has few digits here only.

    Raises:
        CheckCannotGoOnError: it's that of float32.
    """
    elsewhere = _far(oracle, point, line)
    if few_digits(seen) and few_digits(elsewhere) and np.unique(elsewhere).size >= FAR_ENOUGH:
        raise low_precision("every value of the function is that of a float32, or has six decimals at most")
    size = float(np.max(np.abs(np.concatenate([seen, elsewhere]))))
    rounding = _steady(_scatters(oracle, line, SPACINGS[0], RUNGS), ALIKE)
    if rounding > HIGHEST_ROUNDING * size:
        return 0.0, size  # a wave, which small steps resolve
    if rounding > FLOAT32_NOISE * size:
        raise low_precision(_told(rounding, size))
    return rounding, size


def require_no_jumps(oracle: Valued, f0: float, point: Point, rng: np.random.Generator, noise: float) -> None:
    """Refuse a function whose values stand still over small steps and jump in between, as where a float32 is one of two terms.

    Its differences converge to a wrong slope over steps that are too small to see a jump.

    Raises:
        CheckCannotGoOnError: it does.
    """
    rounding, _ = _coarse(oracle, point, _line(point, rng), np.array([f0]))
    if rounding > STEADY**2 * noise:
        text = f"the value is rounded to within {rounding:.1e} over large steps, {noise:.1e} over small ones: compute all of it in float64"
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.LOW_PRECISION, text)


def _told(noise: float, far: float) -> str:
    return f"the values of the function carry noise of {noise:.1e}, {noise / far:.1e} of their size"


def few_digits(values: Array) -> bool:
    """All values fit in a float32, or have six decimals where float64 has more."""
    fine = np.spacing(np.max(np.abs(values), initial=0.0)) < 10.0 ** -(DECIMALS + 2)
    return bool((values == values.astype(np.float32)).all() or (fine and (values == np.round(values, DECIMALS)).all()))


def _far(oracle: Valued, point: Point, line: dict[int, Array]) -> Array:
    """Values far from the point, at the origin and beyond: those that are finite."""
    inward = {number: -point.blocks[number] for number in line}
    values = oracle.values([Move(inward, 1.0), Move(inward, 2.0), *(Move(line, distance) for distance in (-2.0, 2.0))])
    return np.asarray(values[np.isfinite(values)])


def require_same(f0: float, again: Array) -> None:
    """Refuse a function whose value changes from call to call by more than the last digits.

    Raises:
        CheckCannotGoOnError: it does.
    """
    off = float(np.max(np.abs(again - f0), initial=0.0))
    if not off <= 1e-12 * abs(f0):
        text = f"the function gives another value on each call ({f0!r}, then {float(again[int(np.argmax(np.abs(again - f0)))])!r})"
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.NONDETERMINISTIC, f"{text}: fix its random numbers, or pass them in")
