"""check_gradient: is this the gradient of this function, at this point? The public entry to directions, noise, steps and verdicts."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from autograder.gradients.directions import fresh_seed
from autograder.gradients.judge import judge
from autograder.gradients.noise import measure_noise, require_no_jumps, require_same
from autograder.gradients.oracle import Move, Oracle, blocks_of, raised, same
from autograder.gradients.points import Array, Point, read_gradient, read_point
from autograder.gradients.search import FEWEST, BlockSearch
from autograder.gradients.verdict import NAN, BlockCheck, CheckCannotGoOnError, GradientCheck, Reason, Verdict

DIRECTIONS = 8
"""A relative error of ten times the tolerance passes with probability 1e-7: chi-square with 8 degrees below 8 / 100."""


def check_gradient(
    f: Any, grad: Any, x: Any, *, directions: int = DIRECTIONS, tolerance: float | None = None, seed: int | None = None
) -> GradientCheck:
    """Hold a gradient against central differences of its function, block by block, along secret random directions.

    Directions, not coordinates, so that the cost doesn't grow with the size of x: about 50 calls of f for each block. An error stays
    hidden only if it's nearly orthogonal to every direction drawn; `BlockCheck.miss_probability` says how likely that is.

    Where checks by differences lie, and what is done about it here:

    - A difference of two values is rounding divided by the step. With the step 1e-7 and a loss of 1e6 nothing is left of the derivative.
      Here the rounding is measured, also that near a minimum, where f is 0 but its neighbours are not; step and tolerance follow from it.
      An error that rounding could explain is inconclusive, and the message says so.
    - Values that went through float32, or round(), stand still over small steps and jump over larger ones. That's recognised and
      inconclusive, not blamed on the gradient.
    - Near a kink of relu a difference mixes two slopes. Here the step shrinks until no kink is in reach. On a kink there is no derivative:
      the one-sided slopes differ by more than curvature explains, and the verdict is inconclusive.
    - A gradient of 1e-9 passes any absolute tolerance of 1e-5, whatever it is. Here every error is relative to its block. A block whose
      derivative is 0 beside the others' rounding can't be checked; the message names it.
    - One wrong block, say a bias, drowns in the norm of the others, and entry by entry the smallest are all noise. Here each block is
      checked by its norm.
    - A cotangent of ones can't see an upstream gradient that was ignored, nor what sums to zero: softmax and batch norm have the gradient 0
      under it. Directions and cotangents are Gaussian here, of a fresh seed that the result tells: a fixed one can be played to.
    - NaN compares as neither smaller nor larger, so a careless comparison lets it pass. Here every comparison is one that NaN loses.

    What no differences can tell is whether f is the function that was asked for: `diagnose` holds it against a reference. Nor does one step
    fit entries of 1e-3 and 1e8 in one block: make two of them.

    Args:
        f: maps a point to one real number. An object with `.many(points)`, a list of points to a list of numbers, is called in batches
            instead, at most 16 MiB of points each, and what it raises passes through.
        grad: maps a point to its gradient, of the same structure and shapes, in units of f per unit of x; or that gradient itself. It's
            called once.
        x: the point, float64 (a float32 point is widened): an array, a dictionary of arrays, or a list or tuple of arrays, each array a
            block. f and grad get copies of the same structure.
        directions: drawn for each block.
        tolerance: bound on the relative error of a block, dimensionless. None takes 2e-7 where the differences converged at the first
            step and 1e-6 elsewhere. Where rounding in f is larger than either, the bound grows with it.
        seed: of the directions; None draws a fresh one, which the result tells.

    Returns:
        The verdict with its reason, the worst block's error and tolerance, and all blocks. Nothing that f or grad does raises.

    Raises:
        ValueError: directions, tolerance or seed is out of range, or x is nested or ragged.

    References:
        J. Nocedal and S. Wright, Numerical Optimization, 2nd ed., sec. 8.1 (differences); Moré and Wild 2011 (noise).

    Examples:
        >>> import numpy as np
        >>> check_gradient(lambda x: float(np.sum(x**3)), lambda x: 3 * x**2, np.array([1.0, -2.0]), seed=1).verdict.value
        'ok'
        >>> check_gradient(lambda x: float(np.sum(x**3)), lambda x: x**2, np.array([1.0, -2.0]), seed=1).blocks[0].factor.__round__(6)
        0.333333
    """
    require_options(directions, tolerance)
    drawn = fresh_seed(seed)
    oracle: Oracle | None = None
    try:
        point = read_point(x)
        require_entries(point)
        oracle = Oracle(f, point)
        f0 = oracle.at_the_point()
        gradient = read_gradient(_ask(grad, point) if callable(grad) else grad, point)
        return run(oracle, point, gradient, f0, directions=directions, tolerance=tolerance, seed=drawn)
    except CheckCannotGoOnError as end:
        return ended(end, drawn, oracle)


@np.errstate(all="ignore")  # a gradient of 1e300 overflows on its way to WRONG
def run(
    oracle: Oracle, point: Point, gradient: Sequence[Array], f0: float, *, directions: int, tolerance: float | None, seed: int
) -> GradientCheck:
    """The check itself, once function and gradient have kept their contracts.

    Args:
        oracle: the function.
        point: where.
        gradient: block by block.
        f0: value at the point.
        directions: drawn for each block.
        tolerance: as in check_gradient.
        seed: of the directions.

    Raises:
        CheckCannotGoOnError: the function has too few digits, or another value on each call.
    """
    rng = np.random.default_rng(seed)
    noise = measure_noise(oracle, f0, point, rng)
    searches = [
        BlockSearch(number, block, rng, directions=directions, tolerance=tolerance, f0=f0, noise=noise)
        for number, block in enumerate(point.blocks)
    ]
    _settle(oracle, searches)
    oracle.require_untouched()  # before its values are doubted: writing changes them
    require_same(f0, oracle.values([Move({}, 0.0)]))
    largest = max(search.scale() for search in searches)
    blocks = tuple(judge(*one, largest) for one in zip(point.names, searches, gradient, strict=True))
    if any(block.verdict is Verdict.WRONG for block in blocks):  # a second look at what makes right gradients look wrong
        require_no_jumps(oracle, f0, point, rng, noise.level)
    return summary(blocks, seed, oracle.calls, noise.level)


def _settle(oracle: Oracle, searches: Sequence[BlockSearch]) -> None:
    """Answer the searches until none asks for more, all of them in one batch each time."""
    while moves := [(search, search.moves()) for search in searches]:
        values = oracle.values([move for _, some in moves for move in some])
        if not values.size:
            return
        for search, some in moves:
            if some:
                search.take(values[: len(some)])
            values = values[len(some) :]


def summary(blocks: tuple[BlockCheck, ...], seed: int, calls: int, noise: float) -> GradientCheck:
    """One result of many blocks: the worst speaks for all, and names its like; among equals the one furthest out of its tolerance."""
    order = (Verdict.WRONG, Verdict.INCONCLUSIVE, Verdict.OK)
    verdict = min((block.verdict for block in blocks), key=order.index)
    worst = max((block for block in blocks if block.verdict is verdict), key=_excess)
    message = worst.message + _others(blocks, worst)
    return GradientCheck(verdict, worst.reason, message, worst.error, worst.tolerance, worst.block, seed, calls, noise, blocks)


def _others(blocks: tuple[BlockCheck, ...], worst: BlockCheck) -> str:
    """Who shares the worst block's verdict; where that is ok, whose gradient is too small to have been checked."""
    if worst.verdict is Verdict.OK:
        zeros = [block.block for block in blocks if block.reason is Reason.ZERO and block is not worst]
        return f"; zero to within rounding: {', '.join(zeros)}" if zeros else ""
    alike = [block.block for block in blocks if block.verdict is worst.verdict and block is not worst]
    if len(alike) == len(blocks) - 1 > 0:
        return f"; {worst.verdict} in every block"
    return f"; also {worst.verdict}: {', '.join(alike)}" if alike else ""


def ended(end: CheckCannotGoOnError, seed: int, oracle: Oracle | None) -> GradientCheck:
    """The result of a check that was decided before any difference was taken."""
    return GradientCheck(end.verdict, end.reason, end.message, NAN, NAN, None, seed, oracle.calls if oracle else 0)


def require_options(directions: int, tolerance: float | None) -> None:
    """Refuse options that make no check.

    Raises:
        ValueError: they don't.
    """
    if not isinstance(directions, Integral) or directions < FEWEST:
        raise ValueError(f"directions must be a whole number, at least {FEWEST} (got {directions!r})")
    if tolerance is not None and not (isinstance(tolerance, Real) and 0 < tolerance < 1):
        raise ValueError(f"tolerance must lie between 0 and 1 (got {tolerance!r})")


def require_entries(point: Point) -> None:
    """Refuse a point without any entry.

    Raises:
        CheckCannotGoOnError: there is nothing to differentiate by.
    """
    if not sum(block.size for block in point.blocks):
        shapes = ", ".join(f"{name} of shape {block.shape}" for name, block in zip(point.names, point.blocks, strict=True))
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.EMPTY, f"the point is empty ({shapes or 'no blocks'}): nothing to check")


def _excess(block: BlockCheck) -> float:
    ratio = block.error / block.tolerance if block.tolerance > 0 else block.error
    return ratio if ratio == ratio else -1.0  # noqa: PLR0124  # a block that was not measured yields to one that was


def _ask(grad: Callable[[Any], Any], point: Point) -> Any:
    argument = point.rebuild([block.copy() for block in point.blocks])
    try:
        with np.errstate(all="ignore"):
            answer = grad(argument)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the gradient under test raises is its verdict
        raise raised("the gradient", error, Reason.GRADIENT_RAISED) from None
    if not same(blocks_of(argument), point.blocks):
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_MUTATES, "the gradient writes into its argument; it must leave it as it is"
        )
    return answer
