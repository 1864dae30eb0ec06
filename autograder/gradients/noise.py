"""How much rounding a function's values carry, measured from its values on a short line. Pure, but for the values it asks for."""

from math import factorial

import numpy as np

from autograder.gradients.oracle import Move, Oracle, low_precision
from autograder.gradients.points import Array, Point
from autograder.gradients.richardson import SHRINK
from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

POINTS = 9
"""Values on the line: the ninth difference of the smooth part is nothing, and two orders may fail the tests of agreement."""
SPACINGS = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
"""In units of the block's size. The first at which the values move is taken: below it rounding shows as a constant."""
UNEVEN = (POINTS - 1) * (np.arange(1, POINTS) * 0.6180339887498949 % 1.0)
"""Distances as uneven as can be: multiples of the golden ratio, wrapped."""
STEADY = 4.0
"""Two measurements of one scatter, of six degrees of freedom each, differ by more in one case of 500; |x|**1.5 makes 22 of 8."""
EPS = float(np.finfo(np.float64).eps)
HIGHEST_ROUNDING = 1e-5
"""Noise over the largest value met that no rounding explains, float32 or not."""
LOWEST_PRECISION = 1e-11
"""Noise over the largest value met. float64 leaves 1e-13 even after 10,000 additions; float32 anywhere inside leaves 1e-10 and more."""


def noise_level(line: Array) -> float:
    """Standard deviation of the noise in values at equally spaced points, by differences of rising order.

    The difference of order k of a smooth function dies out with k, while that of independent noise of standard deviation s has
    mean square s**2 (2k)! / (k!)**2. The first three orders in a row that give the same s to a factor 4 are believed.

    References:
        J. J. More and S. M. Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011).
    """
    differences, levels, changes = line, [], []
    for order in range(1, len(line) - 1):
        differences = np.diff(differences)
        gain = factorial(2 * order) / factorial(order) ** 2
        scale = float(np.max(np.abs(differences), initial=0.0))
        levels.append(scale * float(np.sqrt(np.mean((differences / (scale or 1.0)) ** 2) / gain)))
        changes.append(bool(np.any(differences[:-1] * differences[1:] < 0)))
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


def _uneven_noise(oracle: Oracle, f0: float, line: dict[int, Array], spacing: float) -> float:
    """Scatter at uneven distances, if it's the same on a line eight times as long: else f is no parabola here, and it isn't rounding."""
    stretches = (spacing, SHRINK * spacing)
    values = oracle.values([Move(line, stretch * float(distance)) for stretch in stretches for distance in UNEVEN])
    if not np.isfinite(values).all():
        return 0.0
    short, long = (scatter(np.append(0.0, UNEVEN), np.append(f0, half)) for half in np.split(values, 2))
    return short if long <= STEADY * short else 0.0


def measure_noise(oracle: Oracle, f0: float, point: Point, line: dict[int, Array]) -> tuple[float, float]:
    """Noise of f near the point, and the size of its values there.

    Args:
        oracle: f.
        f0: its value at the point.
        point: where.
        line: a direction for each block, scaled to the blocks.

    Returns:
        Standard deviation of the rounding, at least one unit in the last place of the values met; the largest size of value met.

    Raises:
        CheckCannotGoOnError: f gives another value on each call, or has fewer digits than float64.
    """
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
            noise = max(noise, _uneven_noise(oracle, f0, line, spacing))
            break
    if noise > LOWEST_PRECISION * size or (_short(seen) and np.unique(seen).size > 1):
        # a saturated loss has few digits here, but not everywhere
        elsewhere = _far(oracle, point, line)
        if _short(seen) and _short(elsewhere):
            raise low_precision("every value of the function is a float32")
        far = max(size, float(np.max(np.abs(elsewhere), initial=0.0)))
        told = f"the values of the function carry noise of {noise:.1e}, {noise / far:.1e} of their size"
        if noise > HIGHEST_ROUNDING * far:
            raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.NOISE, f"{told}: between neighbouring points they jump, no slope shows")
        if noise > LOWEST_PRECISION * far:
            raise low_precision(told)
    return max(noise, EPS * size), size


def _short(values: Array) -> bool:
    """All values fit in a float32."""
    return bool((values == values.astype(np.float32)).all())


def _far(oracle: Oracle, point: Point, line: dict[int, Array]) -> Array:
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
