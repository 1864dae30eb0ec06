"""check_jacobian: entry by entry, for problems small enough to name the one that is wrong. In: a function, its Jacobian, a point."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.gradients.entries import Entries, Outputs, Weighted, differences, require_digits
from autograder.gradients.judge import CLEAR
from autograder.gradients.noise import measure_noise, require_no_jumps
from autograder.gradients.oracle import Oracle, raised
from autograder.gradients.points import Array, Point, as_array, as_float64, has_few_digits, read_point
from autograder.gradients.verdict import NAN, CheckCannotGoOnError, Reason, Verdict

TOLERANCE = 1e-6
"""Relative, for each entry; what rounding and extrapolation leave open is added to it."""
BLUNT = 1e-2
"""An entry whose doubt is larger than this part of itself, and of TOLERANCE times the largest entry, is not decided."""
MOST_ENTRIES = 1_000_000


@dataclass(frozen=True)
class JacobianCheck:
    """What a check entry by entry found.

    Attributes:
        verdict: wrong if any entry is, else inconclusive if any is.
        reason: why.
        message: the same as a sentence with the entry and both numbers.
        error: relative error of the entry named, or the largest of those that can be told; NaN where none could be measured.
        tolerance: bound on its relative error, rounding included.
        entry: index of it in the Jacobian: first of f, then of x; None where the verdict is not about one.
        wrong: how many entries are wrong.
        calls: how often f was called.
        jacobian: by differences, of the shape of f(x) followed by that of x; None where none were taken.
    """

    verdict: Verdict
    reason: Reason
    message: str
    error: float = NAN
    tolerance: float = NAN
    entry: tuple[int, ...] | None = None
    wrong: int = 0
    calls: int = 0
    jacobian: Array | None = None

    @property
    def ok(self) -> bool:
        """The verdict is OK."""
        return self.verdict is Verdict.OK


def check_jacobian(f: Any, jacobian: Any, x: Any, *, tolerance: float = TOLERANCE) -> JacobianCheck:
    """Hold every entry of a Jacobian against central differences along its coordinate, and name the worst.

    It takes at least 6 calls of f for each entry of x; for more than some hundred use check_vjp, whose cost doesn't grow with it.

    Args:
        f: maps an array to an array or a number. An object with `.many(points)` is called in batches instead.
        jacobian: maps x to d f / d x, of shape f(x).shape + x.shape (for a number: the gradient); or that array itself.
        x: the point, a float array.
        tolerance: bound on the relative error of each entry.

    Returns:
        The verdict. Nothing that f or jacobian does raises, but for an object with `.many`, whose exceptions are the caller's.

    Raises:
        ValueError: tolerance is out of range, x is ragged, or there are more than a million entries.

    Examples:
        >>> import numpy as np
        >>> check_jacobian(lambda x: x**2, lambda x: np.diag(x), np.array([1.0, 3.0])).message
        'd f[0] / d x[0]: you returned 1, finite differences give 2 (relative error 5.0e-01, allowed 1.0e-06)'
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must lie between 0 and 1 (got {tolerance})")
    oracle: Oracle | None = None
    try:
        point = _read_point(x)
        block, outputs = point.blocks[0], Outputs()
        oracle = Oracle(f, point, reduce=outputs)
        f0 = oracle.at_the_point()
        assert outputs.shape is not None
        if f0.size * block.size > MOST_ENTRIES:
            raise ValueError(f"{f0.size} times {block.size} entries are too many to check one by one; use check_vjp")
        rng = np.random.default_rng(0)
        whole = Weighted(oracle, rng.standard_normal(f0.size))
        at_point = float(f0 @ whole.weights)
        noise = measure_noise(whole, at_point, point, rng)
        given = _read(_ask(jacobian, block), outputs.shape, block.shape)
        found = differences(oracle, block, f0, outputs.shape)
        result = _judge(given.reshape(f0.size, block.size), found, tolerance, oracle.calls)
        if result.verdict is Verdict.WRONG and found.shrunk:
            require_no_jumps(whole, at_point, point, rng, noise.level)
            require_digits(oracle, block)
    except CheckCannotGoOnError as end:
        return JacobianCheck(end.verdict, end.reason, end.message, calls=oracle.calls if oracle else 0)
    return result


def _read_point(x: Any) -> Point:
    point = read_point(np.asarray(x) if isinstance(x, list | tuple) else x)
    shape = point.blocks[0].shape
    if not point.blocks[0].size:
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.EMPTY, f"the point is empty (shape {shape}): nothing to check")
    return point


def _ask(jacobian: Any, block: Array) -> Any:
    if not callable(jacobian):
        return jacobian
    handed = block.copy()
    try:
        with np.errstate(all="ignore"):
            answer = jacobian(handed)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the Jacobian under test raises is its verdict
        raise raised("the Jacobian", error, Reason.GRADIENT_RAISED) from None
    if not np.array_equal(handed, block):
        text = "the Jacobian writes into its argument; it must leave it as it is"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_MUTATES, text)
    return answer


def _read(answer: Any, out: tuple[int, ...], into: tuple[int, ...]) -> Array:
    array = as_array(answer)
    if isinstance(array, str) or array.dtype.kind not in "fiub" or has_few_digits(array):
        got = array if isinstance(array, str) else f"of dtype {array.dtype}"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_DTYPE, f"the Jacobian is {got}, it must be an array of float64")
    if array.shape != out + into:
        hint = "; transposed?" if array.shape == into + out else ""
        text = f"the Jacobian has shape {array.shape}, wanted is that of f(x) followed by that of x, {out + into}{hint}"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_SHAPE, text)
    array = as_float64(array)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        what = "NaN" if np.isnan(array).any() else "infinity"
        text = f"the Jacobian holds {what} in {bad} of {array.size} entries"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_NOT_FINITE, text)
    return array


def _judge(given: Array, made: Entries, tolerance: float, calls: int) -> JacobianCheck:
    slopes, doubts, kinked = made.slopes, made.doubts, made.kinked
    sizes, off = np.abs(slopes), np.abs(given - slopes)
    allowed = tolerance * sizes + doubts
    wrong = ~(off <= allowed) & ~kinked & (made.settled | (off > CLEAR * doubts))
    blunt = kinked | (doubts > np.maximum(BLUNT * np.maximum(sizes, np.abs(given)), tolerance * sizes.max(initial=0.0)))
    blunt &= ~((given == 0) & (sizes <= doubts) & np.isfinite(doubts))  # an exact zero beside a measured one
    blunt |= ~(off <= allowed) & ~wrong
    jacobian = slopes.reshape(made.out + made.into)
    if wrong.any():
        ratio = np.where(wrong, off / np.where(allowed > 0, allowed, np.finfo(np.float64).tiny), -1.0)
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
        size = float(sizes[row, column])
        error = float(off[row, column]) / size if size else float("inf")
        bound = float(allowed[row, column]) / size if size else 0.0
        entry, name = _entry(row, column, made)
        text = (
            f"{name}: you returned {given[row, column]:.9g}, finite differences give {slopes[row, column]:.9g} "
            f"(relative error {error:.1e}, allowed {bound:.1e})"
        )
        return JacobianCheck(Verdict.WRONG, Reason.DISAGREES, text, error, bound, entry, int(wrong.sum()), calls, jacobian)
    if blunt.any():
        row, column = (int(i) for i in np.argwhere(blunt)[0])
        entry, name = _entry(row, column, made)
        reason = _why(made, row, column)
        text = (
            f"{name} can't be judged here ({reason.value}): differences give {slopes[row, column]:.3g} to within {doubts[row, column]:.1e}"
        )
        return JacobianCheck(Verdict.INCONCLUSIVE, reason, text, entry=entry, calls=calls, jacobian=jacobian)
    told = doubts < sizes
    error = float(np.max(np.where(told, off / np.where(told, sizes, 1.0), 0.0), initial=0.0))
    text = f"all {given.size} entries agree with the differences (largest relative error {error:.1e})"
    return JacobianCheck(Verdict.OK, Reason.AGREES, text, error, tolerance, calls=calls, jacobian=jacobian)


def _why(made: Entries, row: int, column: int) -> Reason:
    if made.kinked[row, column]:
        return Reason.KINK
    if not np.isfinite(made.doubts[row, column]):
        return Reason.EDGE
    return Reason.NOISE if made.settled[row, column] else Reason.NO_STEP


def _entry(row: int, column: int, made: Entries) -> tuple[tuple[int, ...], str]:
    first = tuple(int(i) for i in np.unravel_index(row, made.out)) if made.out else ()
    second = tuple(int(i) for i in np.unravel_index(column, made.into)) if made.into else ()
    return first + second, f"d f{_index(first)} / d x{_index(second)}"


def _index(where: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, where))}]" if where else ""
