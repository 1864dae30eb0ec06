"""check_jacobian: entry by entry, for problems small enough to name the one that is wrong. In: a function, its Jacobian, a point."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.gradients.noise import EPS, POINTS, SPACINGS, noise_level
from autograder.gradients.oracle import low_precision, raised
from autograder.gradients.points import Array, Point, read_gradient, read_point
from autograder.gradients.richardson import FIRST_STEP, GAP_NOISE, SHRINK, SMALLEST_STEP
from autograder.gradients.search import NOISE_OF_STEP
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
        error: relative error of the entry named; NaN where none could be measured.
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


class _Function:
    """f as a map to arrays of one shape, on copies; counts its calls."""

    def __init__(self, f: Any) -> None:
        self.calls, self._f, self._many = 0, f, getattr(f, "many", None)

    def __call__(self, points: list[Array], shape: tuple[int, ...] | None) -> Array:
        self.calls += len(points)
        with np.errstate(all="ignore"):
            try:
                answers = list(self._many(points)) if self._many is not None else [self._f(point) for point in points]
            except Exception as error:
                if self._many is not None:  # a transport with verdicts of its own
                    raise
                raise raised("the function", error) from None
        arrays = [np.asarray(answer) for answer in answers]
        for array in arrays:
            if array.dtype.kind not in "fiub" or array.shape != (arrays[0].shape if shape is None else shape):
                text = f"the function returned dtype {array.dtype} and shape {array.shape}, wanted are real numbers of shape {shape}"
                raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_SHAPE, text)
            if array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize:
                raise low_precision(f"the function returns {array.dtype}")
        return np.array(arrays, dtype=np.float64)


def check_jacobian(f: Any, jacobian: Any, x: Any, *, tolerance: float = TOLERANCE) -> JacobianCheck:
    """Hold every entry of a Jacobian against central differences along its coordinate, and name the worst.

    It takes at least 6 calls of f for each entry of x; for more than some hundred use check_vjp, whose cost doesn't grow with it.

    Args:
        f: maps an array to an array or a number. An object with `.many(points)` is called in batches instead.
        jacobian: maps x to d f / d x, of shape f(x).shape + x.shape (for a number: the gradient); or that array itself.
        x: the point, a float array.
        tolerance: bound on the relative error of each entry.

    Raises:
        ValueError: tolerance is out of range, or there are more than a million entries.

    Examples:
        >>> import numpy as np
        >>> check_jacobian(lambda x: x**2, lambda x: np.diag(x), np.array([1.0, 3.0])).message
        'd f[0] / d x[0]: you returned 1, finite differences give 2 (relative error 5.0e-01, allowed 1.0e-06)'
    """
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must lie between 0 and 1 (got {tolerance})")
    asked = _Function(f)
    try:
        return _check(asked, jacobian, x, tolerance)
    except CheckCannotGoOnError as end:
        return JacobianCheck(end.verdict, end.reason, end.message, calls=asked.calls)


def _check(f: _Function, jacobian: Any, x: Any, tolerance: float) -> JacobianCheck:
    point = read_point(np.asarray(x)).blocks[0]
    if not point.size:
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.EMPTY, f"the point is empty (shape {point.shape}): nothing to check")
    handed = point.copy()
    f0 = f([handed], None)[0]
    if not np.array_equal(handed, point):
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.MUTATES, "the function writes into its argument; it must leave it as it is")
    if not np.isfinite(f0).all():
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_NOT_FINITE, "the function is not finite at the point")
    if f0.size * point.size > MOST_ENTRIES:
        raise ValueError(f"{f0.size} times {point.size} entries are too many to check one by one; use check_vjp")
    again = f([point.copy()], f0.shape)[0]
    if not np.all(np.abs(again - f0) <= 1e-12 * np.max(np.abs(f0), initial=0.0)):
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.NONDETERMINISTIC, "the function gives another value on each call")
    try:
        answer = jacobian(point.copy()) if callable(jacobian) else jacobian
    except Exception as error:  # noqa: BLE001  # whatever the Jacobian under test raises is its verdict
        raise raised("the Jacobian", error) from None
    want = np.zeros(f0.shape + point.shape)
    given = read_gradient(answer, Point(("f by x",), (want,), want))[0].reshape(f0.size, point.size)
    slopes, doubts, kinked = _differences(f, point, f0)
    found = _Found(slopes, doubts, kinked, f0.shape, point.shape, f.calls)
    return _judge(given, found, tolerance)


def _noise(f: _Function, point: Array, f0: Array, sizes: Array) -> Array:
    """Rounding of each output, by a short line on which all coordinates move."""
    signs = np.where(np.arange(point.size) % 2, -1.0, 1.0).reshape(point.shape)
    line = f([point + SPACINGS[0] * (k - POINTS // 2) * signs * sizes for k in range(POINTS)], f0.shape).reshape(POINTS, -1)
    floor = EPS * np.abs(f0.ravel())
    return np.array(
        [max(low, noise_level(column)) if np.isfinite(column).all() else low for column, low in zip(line.T, floor, strict=True)]
    )


def _differences(f: _Function, point: Array, f0: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Slopes of all outputs by all coordinates, the doubt that is left in each, and whether it sits on a kink."""
    scale = float(np.sqrt(np.mean(point**2)))
    sizes = np.maximum(np.abs(point), max(scale, FIRST_STEP))
    noise = _noise(f, point, f0, sizes)
    shape = (f0.size, point.size)
    slopes, doubts, kinked = np.zeros(shape), np.full(shape, np.inf), np.zeros(shape, dtype=bool)
    for number, where in enumerate(np.ndindex(point.shape)):
        step = FIRST_STEP
        while step >= SMALLEST_STEP:
            width = step * float(sizes[where]) * np.array([1.0, 0.5, 0.25])
            values = f([_moved(point, where, sign * w) for w in width for sign in (1, -1)], f0.shape).reshape(6, -1)
            up, down = values[::2], values[1::2]
            first, second, third = (up - down) / (2 * width[:, None])
            rough, fine = (4 * second - first) / 3, (4 * third - second) / 3
            jump = np.abs(up + down - 2 * f0.ravel()) / width[:, None]
            doubt = np.abs(fine - rough) + NOISE_OF_STEP * noise / width[0]
            doubt = np.where(np.isfinite(values).all(axis=0), doubt, np.inf)
            better = doubt < doubts[:, number]
            slopes[better, number], doubts[better, number] = (fine + (fine - rough) / 15)[better], doubt[better]
            kinked[better, number] = ((jump[2] > 0.7 * jump[0]) & (jump[2] > GAP_NOISE * noise / width[2] + TOLERANCE * np.abs(fine)))[
                better
            ]
            if np.all(doubts[:, number] <= np.maximum(TOLERANCE * np.abs(slopes[:, number]), 2 * NOISE_OF_STEP * noise / width[0])):
                break
            step /= SHRINK
    return slopes, doubts, kinked


def _moved(point: Array, where: tuple[int, ...], distance: float) -> Array:
    moved = point.copy()
    moved[where] += distance
    return moved


@dataclass(frozen=True)
class _Found:
    """Differences of all entries, outputs by coordinates, and the shapes they belong to."""

    slopes: Array
    doubts: Array
    kinked: NDArray[np.bool_]
    out: tuple[int, ...]
    into: tuple[int, ...]
    calls: int


def _judge(given: Array, made: _Found, tolerance: float) -> JacobianCheck:
    slopes, doubts, kinked, out, into, calls = made.slopes, made.doubts, made.kinked, made.out, made.into, made.calls
    sizes = np.abs(slopes)
    off = np.abs(given - slopes)
    allowed = tolerance * sizes + doubts
    blunt = kinked | (doubts > np.maximum(BLUNT * np.maximum(sizes, np.abs(given)), tolerance * sizes.max(initial=0.0)))
    blunt &= ~((given == 0) & (sizes <= doubts) & np.isfinite(doubts))  # an exact zero beside a measured one
    wrong = ~(off <= allowed) & ~kinked
    found = (slopes.reshape(out + into), int(wrong.sum()))
    if wrong.any():
        ratio = np.where(wrong, off / np.where(allowed > 0, allowed, np.finfo(np.float64).tiny), -1.0)
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(ratio)), ratio.shape))
        size = float(sizes[row, column])
        error = float(off[row, column]) / size if size else float("inf")
        bound = float(allowed[row, column]) / size if size else 0.0
        entry, name = _entry(row, column, out, into)
        text = (
            f"{name}: you returned {given[row, column]:.9g}, finite differences give {slopes[row, column]:.9g} "
            f"(relative error {error:.1e}, allowed {bound:.1e})"
        )
        return JacobianCheck(Verdict.WRONG, Reason.DISAGREES, text, error, bound, entry, found[1], calls, found[0])
    if blunt.any():
        row, column = (int(i) for i in np.argwhere(blunt)[0])
        entry, name = _entry(row, column, out, into)
        reason = Reason.KINK if kinked[row, column] else Reason.NOISE if np.isfinite(doubts[row, column]) else Reason.EDGE
        text = (
            f"{name} can't be judged here ({reason.value}): differences give {slopes[row, column]:.3g} to within {doubts[row, column]:.1e}"
        )
        return JacobianCheck(Verdict.INCONCLUSIVE, reason, text, entry=entry, calls=calls, jacobian=found[0])
    error = float(np.max(np.where(sizes > 0, off / np.where(sizes > 0, sizes, 1.0), 0.0), initial=0.0))
    text = f"all {given.size} entries agree with the differences (largest relative error {error:.1e})"
    return JacobianCheck(Verdict.OK, Reason.AGREES, text, error, tolerance, calls=calls, jacobian=found[0])


def _entry(row: int, column: int, out: tuple[int, ...], into: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    first = tuple(int(i) for i in np.unravel_index(row, out)) if out else ()
    second = tuple(int(i) for i in np.unravel_index(column, into)) if into else ()
    return first + second, f"d f{_index(first)} / d x{_index(second)}"


def _index(where: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, where))}]" if where else ""
