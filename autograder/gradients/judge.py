"""The verdict on one block, from its search and the gradient given. In: BlockSearch, gradient. Out: BlockCheck. Pure."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from autograder.gradients.norms import rms
from autograder.gradients.points import Array
from autograder.gradients.richardson import FIRST_STEP, JUMP_NOISE, Estimate
from autograder.gradients.search import FEWEST, NOISE_OF_GROWN, NOISE_OF_STEP, BlockSearch, Ray, State
from autograder.gradients.verdict import BlockCheck, Reason, Verdict

ZERO_SLOPE = 20.0
"""A derivative below this times eps_f / h can't be told from zero: five standard deviations of its noise."""
HIDDEN = JUMP_NOISE / 2
"""Error in units of eps_f / h that noise can hide: the slope on a kink may be either side's, half a jump from the middle."""
RESIDUE = 2e-14
"""Beside a derivative of zero: a gradient below this times the largest block's, or below eps_f, is rounding. A sum that cancels leaves a
hundred units in the last place."""
LARGEST_TOLERANCE, CLEAR = 1e-2, 10.0
"""Noise that needs a larger tolerance leaves nothing to check, but for an error that is so many times as large."""
ABSOLUTE_ZERO = 1e-12
"""For a function that is exactly 0 wherever it was asked: no scale exists."""
WIDE = 1e4
"""Sizes of entries in one block that differ by more than this can't share a step."""


def judge(name: str, search: BlockSearch, gradient: Array, largest: float) -> BlockCheck:
    """Hold one block of a gradient against its differences.

    Args:
        name: of the block.
        search: finished.
        gradient: of the block's shape, finite.
        largest: scale of the block with the largest derivative.
    """
    if not gradient.size:
        return BlockCheck(name, Verdict.OK, Reason.EMPTY, f"{name} is empty: nothing to check")
    judged = _judge(name, search, gradient, largest)
    chance = 2 * len(search.done()) < len(search.rays)  # between kinks and noise some directions converge by chance, to anything
    return _undecided(name, search) if chance and judged.verdict is Verdict.WRONG else judged


def _judge(name: str, search: BlockSearch, gradient: Array, largest: float) -> BlockCheck:
    found = sorted(search.done(), key=lambda one: _need(one[1]))
    few = min(FEWEST, len(search.rays))
    if len(found) < few:
        return _undecided(name, search)
    best = [one for _, one in found]
    slopes, needs = np.array([one.slope for one in best]), np.array([_need(one) for one in best])
    floor = max(one.doubt for one in best[:few])
    if rms(slopes[:few]) <= ZERO_SLOPE * floor:
        return _beside_zero(name, search, found, gradient, largest)
    used = needs <= max(search.base() * rms(slopes[:few]), 2 * needs[few - 1])  # the others needed a smaller step, and are noise
    slopes, mine = slopes[used], _along(gradient, [ray for ray, _ in found])[used]
    scale, count = rms(slopes), int(used.sum())
    noisy = float(needs[used].max()) / scale
    error, bound = _relative(mine - slopes, scale), max(search.base(), noisy)
    about = partial(BlockCheck, name, error=error, tolerance=bound, directions=count, step=min(one.step for one in best[:count]))
    apart = f"differ by a relative error of {error:.1e} (allowed {bound:.1e})"
    text = f"{name}: the gradient and the differences along {count} directions {apart}"
    drowned = noisy > max(LARGEST_TOLERANCE, search.base())
    if (drowned or error > bound) and error <= CLEAR * noisy:
        does = f"drowns a derivative of {scale:.1e}" if drowned else "could explain it"
        told = f"{text}: rounding of {best[0].noise:.1e} in the value {does}; take a point with a larger gradient"
        return about(Verdict.INCONCLUSIVE, Reason.NOISE, told)
    if not error <= bound:
        factor = _factor(mine, slopes, bound)
        return about(Verdict.WRONG, Reason.DISAGREES, f"{text}{_told(factor)}", factor=factor)
    return about(Verdict.OK, Reason.AGREES, text)


def _need(made: Estimate) -> float:
    """Error of the slope that its noise asks to allow."""
    return (NOISE_OF_STEP if made.step <= FIRST_STEP else NOISE_OF_GROWN) * made.doubt


def _undecided(name: str, search: BlockSearch) -> BlockCheck:
    found = {state: sum(ray.state is state for ray in search.rays) for state in State}
    state = max((State.KINK, State.STUCK, State.EDGE), key=lambda state: found[state])
    along = f"along {found[state]} of {len(search.rays)} directions"
    sizes = np.abs(search.block[search.block != 0])
    match state:
        case State.EDGE:
            reason, text = Reason.EDGE, f"the function is not finite, or raises, next to the point {along}; move the point inward"
        case State.KINK:
            reason, text = Reason.KINK, f"the function has a kink at the point {along}; move the point away from it"
        case _ if sizes.size and sizes.max() > WIDE * sizes.min():
            spread = f"its entries are of sizes from {sizes.min():.0e} to {sizes.max():.0e}"
            reason, text = Reason.NO_STEP, f"no step fits {along}, and {spread}: make blocks of those of one size"
        case _:
            seen = f"down to the smallest the differences change with the step {along}"
            reason, text = Reason.NO_STEP, f"{seen}: the function jumps, bends or swings too close to the point; take another one"
    return BlockCheck(name, Verdict.INCONCLUSIVE, reason, f"{name}: {text}", directions=found[State.DONE])


def _beside_zero(name: str, search: BlockSearch, found: Sequence[tuple[Ray, Estimate]], gradient: Array, largest: float) -> BlockCheck:
    """The differences are zero to within noise: so must the gradient be."""
    best = [one for _, one in found]
    floor, mine = min(one.doubt for one in best), rms(_along(gradient, [ray for ray, _ in found]))
    about = partial(BlockCheck, name, tolerance=0.0, directions=len(best), step=min(one.step for one in best))
    text = f"{name}: the differences are zero to within their noise of {floor:.1e}, the gradient gives {mine:.1e}"
    if mine <= (max(search.noise.level, RESIDUE * largest) or ABSOLUTE_ZERO):
        return about(Verdict.OK, Reason.ZERO, text, error=0.0)
    if mine <= HIDDEN * floor:
        return about(Verdict.INCONCLUSIVE, Reason.NOISE, f"{text}; take a point with a larger gradient", error=math.inf)
    return about(Verdict.WRONG, Reason.DISAGREES, text, error=math.inf)


def _along(gradient: Array, rays: Sequence[Ray]) -> Array:
    """<gradient, direction> for each; entries of 1e300 overflow to infinity or NaN."""
    with np.errstate(all="ignore"):
        return np.array([float(np.dot(gradient.ravel(), ray.along.ravel())) for ray in rays])


def _relative(off: Array, scale: float) -> float:
    """Size of an error in units of a scale; infinity where it overflowed."""
    size = rms(off)
    return size / scale if np.isfinite(size) else math.inf


def _factor(mine: Array, slopes: Array, bound: float) -> float | None:
    """The c of mine = c slopes, if c explains every direction."""
    if not np.isfinite(mine).all():
        return None
    unit = rms(slopes)
    factor = float(np.vdot(slopes / unit, mine / unit) / np.vdot(slopes / unit, slopes / unit))
    rest = _relative(mine - factor * slopes, unit)
    return factor if factor and len(mine) > 1 and rest <= 3 * bound * max(abs(factor), 1e-3) else None


def _told(factor: float | None) -> str:
    if factor is None:
        return ""
    return ": its sign is wrong" if f"{factor:.6g}" == "-1" else f": it's {factor:.6g} times the right one"
