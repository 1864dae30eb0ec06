"""Asks the function for its values: one point at a time or in batches, on copies, and judges what comes back. Counts calls."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograder.gradients.points import Array, Point, has_few_digits, told
from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

BATCH_BYTES = 16 * 2**20
"""Most that one batch of points may weigh: a batch crosses a process boundary in one piece."""


@dataclass(frozen=True)
class Move:
    """A displaced point: block number -> direction, and how far along.

    Attributes:
        directions: what is added to which block; blocks not named stay.
        distance: factor of the directions.
    """

    directions: Mapping[int, Array]
    distance: float


class Valued(Protocol):
    """What has values at displaced points: the function under test, or a sum of its outputs."""

    def values(self, moves: Sequence[Move]) -> Array:
        """As Oracle.values."""


class Oracle:
    """The function under test as a map from moves to numbers.

    An object with `.many(points)` is asked in batches, and what it raises passes through: such an object is a transport with
    verdicts of its own. A plain function's exceptions are its own fault and become verdicts.

    Args:
        f: function of one point, or an object with `.many(points) -> list of values`.
        point: where.
        arrange: makes the tuple of f's arguments of the blocks; None calls f(point).
        reduce: makes a number, or a flat array of some, of what f returns; it may raise CheckCannotGoOnError.
    """

    def __init__(
        self,
        f: Any,
        point: Point,
        *,
        arrange: Callable[[Sequence[Array]], tuple[Any, ...]] | None = None,
        reduce: Callable[[Any], Any] | None = None,
    ) -> None:
        self.calls = 0
        self._none: Any = float("nan")
        self._f, self._point, self._arrange, self._reduce = f, point, arrange, reduce or number
        self._many = getattr(f, "many", None)
        self._shared = [block.copy() for block in point.blocks]  # handed out in every call; that they stay untouched is seen at the end
        self._bytes = max(1, sum(block.nbytes for block in point.blocks))

    def at_the_point(self) -> Any:
        """The value at the point itself, where f must behave: finite, as `reduce` wants it, no writing into its argument.

        Raises:
            CheckCannotGoOnError: it does not.
            ValueError: many gave another number of values than it was given points.
        """
        argument = self._arranged(self._blocks(Move({}, 0.0)))
        others = [item.copy() if isinstance(item, np.ndarray) else item for item in blocks_of(argument)]
        value = self._reduce(self._ask([argument])[0])
        self.require_untouched()
        if self._many is None and not same(blocks_of(argument), others):
            raise _mutates()
        if not np.isfinite(value).all():
            found = np.ravel(value)[~np.isfinite(np.ravel(value))][0]
            text = f"the function is {found} at the point, so it has no derivative there"
            raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_NOT_FINITE, text)
        self._none = np.nan * value
        return value

    def require_untouched(self) -> None:
        """Refuse a function that wrote into the blocks it was given.

        Raises:
            CheckCannotGoOnError: it did, in this call or an earlier one.
        """
        if not same(self._shared, self._point.blocks):
            raise _mutates()

    def values(self, moves: Sequence[Move]) -> Array:
        """Values at displaced points, along the first axis; NaN where f is not finite or raises. Ask for the one at the point before."""
        if self._many is None:
            return np.array([self._one(move) for move in moves], dtype=np.float64)
        size = max(1, BATCH_BYTES // self._bytes)
        answers: list[Any] = []
        for start in range(0, len(moves), size):
            batch = [self._arranged(self._blocks(move)) for move in moves[start : start + size]]
            answers += [self._reduce(answer) for answer in self._ask(batch)]
        return np.array(answers, dtype=np.float64)

    def _one(self, move: Move) -> Any:
        self.calls += 1
        blocks = self._blocks(move)
        argument, moved = self._arranged(blocks), [blocks[number] for number in move.directions]
        before = [block.tobytes() for block in moved]  # bytes: the cheapest way to see that x[x < 0] = 0 wrote something here
        try:
            with np.errstate(all="ignore"):
                answer = self._call(argument)
        except (Exception, SystemExit):  # noqa: BLE001  # next to the point this is an edge of the domain; at the point it was told
            return self._none
        if [block.tobytes() for block in moved] != before:
            raise _mutates()
        return self._reduce(answer)

    def _ask(self, arguments: list[Any]) -> list[Any]:
        self.calls += len(arguments)
        with np.errstate(all="ignore"):
            if self._many is not None:
                answers = list(self._many(arguments))
                if len(answers) != len(arguments):
                    raise ValueError(f"many must answer each point (got {len(answers)} values for {len(arguments)} points)")
                return answers
            try:
                return [self._call(argument) for argument in arguments]
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the function under test raises is its verdict
                raise raised("the function", error) from None

    def _blocks(self, move: Move) -> list[Array]:
        blocks = list(self._shared)
        for number, direction in move.directions.items():
            blocks[number] = np.asarray(self._point.blocks[number] + move.distance * direction)
        return blocks

    def _arranged(self, blocks: Sequence[Array]) -> Any:
        return self._point.rebuild(blocks) if self._arrange is None else self._arrange(blocks)

    def _call(self, argument: Any) -> Any:
        return self._f(argument) if self._arrange is None else self._f(*argument)


def _mutates() -> CheckCannotGoOnError:
    return CheckCannotGoOnError(Verdict.WRONG, Reason.MUTATES, "the function writes into its argument; it must leave it as it is")


def raised(who: str, error: BaseException, reason: Reason = Reason.RAISED) -> CheckCannotGoOnError:
    """The verdict for an exception of the code under test."""
    return CheckCannotGoOnError(Verdict.WRONG, reason, f"{who} raised {told(error)}")


def number(value: Any) -> float:
    """One real number as a float; NaN for what is masked, infinity for an integer beyond the range.

    Raises:
        CheckCannotGoOnError: it's an array, None, complex or no number; or a float32, whose digits are too few for differences.
    """
    scalar = isinstance(value, np.ndarray | np.generic) and value.ndim == 0 and value.dtype.kind in "fiub"
    if not scalar and not isinstance(value, bool | int | float):
        what = f"an array of shape {value.shape} and dtype {value.dtype}" if isinstance(value, np.ndarray) else f"{type(value).__name__}"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_NOT_SCALAR, f"the function must return one real number (got {what})")
    if scalar and has_few_digits(value):
        raise low_precision(f"the function returns {value.dtype}")
    if np.ma.is_masked(value):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def low_precision(why: str) -> CheckCannotGoOnError:
    """The verdict for float32, which finite differences can't judge."""
    text = f"{why}: differences need float64 all through; compare float32 gradients with a float64 reference instead"
    return CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.LOW_PRECISION, text)


def blocks_of(argument: Any) -> list[Any]:
    """The arrays of a point in the caller's structure."""
    if isinstance(argument, Mapping):
        return list(argument.values())
    return list(argument) if isinstance(argument, list | tuple) else [argument]


def same(got: Sequence[Any], want: Sequence[Any]) -> bool:
    """Bit for bit the same arrays, also where a block was taken out or replaced. What is no array is not compared."""
    return len(got) == len(want) and all(
        isinstance(mine, np.ndarray) and mine.dtype == right.dtype and np.array_equal(mine, right)
        for mine, right in zip(got, want, strict=True)
        if isinstance(right, np.ndarray)
    )
