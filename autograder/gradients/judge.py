"""The verdict on one block, from its search and the gradient given. In: BlockSearch, gradient. Out: BlockCheck. Pure."""

import math
from functools import partial

import numpy as np

from autograder.gradients.points import Array
from autograder.gradients.search import FEWEST, BlockSearch, State
from autograder.gradients.verdict import BlockCheck, Reason, Verdict

ZERO_SLOPE = 20.0
"""A derivative below this times eps_f / h can't be told from zero: five standard deviations of its noise."""
ZERO_GRADIENT, RESIDUE = 50.0, 2e-14
"""Beside a derivative of zero: a gradient above the first times eps_f / h is wrong. One below the second times the largest block's, or
below eps_f, is rounding: a sum that cancels leaves a hundred units in the last place."""
LARGEST_TOLERANCE, CLEAR = 1e-2, 10.0
"""Noise that needs a larger tolerance leaves nothing to check, but for an error that is so many times as large."""
ABSOLUTE_ZERO = 1e-12
"""For a function that is exactly 0 wherever it was asked: no scale exists."""


def judge(name: str, search: BlockSearch, gradient: Array, tolerance: float | None, largest: float) -> BlockCheck:
    """Hold one block of a gradient against its differences.

    Args:
        name: of the block.
        search: finished.
        gradient: of the block's shape, finite.
        tolerance: bound on the relative error; None takes that of the search. Noise widens either.
        largest: scale of the block with the largest derivative.
    """
    if not gradient.size:
        return BlockCheck(name, Verdict.OK, Reason.EMPTY, f"{name} is empty: nothing to check")
    rays = sorted((ray for ray in search.done() if ray.best is not None), key=lambda ray: search.need(ray.best.step) if ray.best else 0.0)
    if len(rays) < min(FEWEST, len(search.rays)):
        return _undecided(name, search)
    steps = np.array([ray.best.step for ray in rays if ray.best])
    slopes = np.array([ray.best.slope for ray in rays if ray.best])
    with np.errstate(all="ignore"):
        mine = np.array([_dot(gradient, ray.along) for ray in rays])
    scale = _rms(slopes)
    if scale <= ZERO_SLOPE * search.noise / steps.max():
        return _beside_zero(name, search, _rms(mine), steps, largest)
    allowed = np.maximum(search.base() if tolerance is None else tolerance, [search.need(step) for step in steps])
    bound = float(allowed[min(FEWEST, len(rays)) - 1])
    used = allowed <= bound  # the others needed so small a step that they are noise
    slopes, mine = slopes[used], mine[used]
    error = _rms(mine - slopes) / _rms(slopes)
    about = partial(BlockCheck, error=error, tolerance=bound, directions=int(used.sum()), step=float(steps[used].min()))
    text = f"{name}: the gradient and the differences along {int(used.sum())} directions are {error:.1e} apart (allowed {bound:.1e})"
    if bound > LARGEST_TOLERANCE and error <= CLEAR * bound:
        told = (
            f"{name}: rounding of {search.noise:.1e} in the value drowns a derivative of {scale:.1e}; take a point with a larger gradient"
        )
        return about(name, Verdict.INCONCLUSIVE, Reason.NOISE, told)
    if not error <= bound:  # not "error > bound": NaN must lose
        factor = _factor(mine, slopes, bound)
        told = f"{text}: it's {factor:.6g} times the right one" if factor is not None else text
        return about(name, Verdict.WRONG, Reason.DISAGREES, told, factor=factor)
    return about(name, Verdict.OK, Reason.AGREES, text)


def _undecided(name: str, search: BlockSearch) -> BlockCheck:
    found = {state: sum(ray.state is state for ray in search.rays) for state in State}
    directions = found[State.DONE]
    if found[State.EDGE] > found[State.KINK] + found[State.STUCK]:
        text = (
            f"{name}: the function is not finite, or raises, next to the point along {found[State.EDGE]} of {len(search.rays)} directions"
        )
        return BlockCheck(name, Verdict.INCONCLUSIVE, Reason.EDGE, f"{text}; move the point inward", directions=directions)
    if found[State.KINK]:
        text = f"{name}: the function has a kink at the point along {found[State.KINK]} of {len(search.rays)} directions"
    else:
        text = (
            f"{name}: no step down to the smallest gave differences that agree, along {found[State.STUCK]} of {len(search.rays)} directions"
        )
    return BlockCheck(name, Verdict.INCONCLUSIVE, Reason.KINK, f"{text}; move the point away from it", directions=directions)


def _beside_zero(name: str, search: BlockSearch, mine: float, steps: Array, largest: float) -> BlockCheck:
    """The differences are zero to within noise: so must the gradient be."""
    floor = search.noise / float(steps.max())
    residue = max(search.noise, RESIDUE * largest) or ABSOLUTE_ZERO
    about = partial(BlockCheck, name, tolerance=0.0, directions=len(steps), step=float(steps.min()))
    text = f"{name}: the differences are zero to within their noise of {floor:.1e}, the gradient gives {mine:.1e}"
    if mine <= residue:
        return about(Verdict.OK, Reason.ZERO, text, error=0.0)
    if mine <= ZERO_GRADIENT * floor:
        return about(Verdict.INCONCLUSIVE, Reason.NOISE, f"{text}; take a point with a larger gradient", error=math.inf)
    return about(Verdict.WRONG, Reason.DISAGREES, text, error=math.inf)


def _dot(gradient: Array, along: Array) -> float:
    """<gradient, along>, where entries of 1e200 must not overflow on the way."""
    return float(np.dot(gradient.ravel(), along.ravel()))


def _rms(values: Array) -> float:
    biggest = float(np.max(np.abs(values), initial=0.0))
    if not biggest:
        return 0.0
    return biggest * float(np.sqrt(np.mean((values / biggest) ** 2)))


def _factor(mine: Array, slopes: Array, bound: float) -> float | None:
    """The c of mine = c slopes, if c explains every direction."""
    if not np.isfinite(mine).all():
        return None
    unit = _rms(slopes)
    factor = float(np.vdot(slopes / unit, mine / unit) / np.vdot(slopes / unit, slopes / unit))
    rest = _rms(mine - factor * slopes) / unit
    return factor if factor and len(mine) > 1 and rest <= 3 * bound * max(abs(factor), 1e-3) else None
