"""Draws the inputs of a check and compares what came back. Seeded: the same seed replays the same check.

In example mode every draw gives small whole numbers and small shapes: the same check then makes a counter-example that may be published.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from autograder.checks.draws import Draws
from autograder.checks.kinds import shape_of
from autograder.checks.layers import wrong_layers
from autograder.checks.outcome import CheckEndedError
from autograder.checks.student import Exchange, Student
from autograder.gradients.compare import TOLERANCE, Comparison, compare
from autograder.model import Message, Verdict
from autograder.sandbox.inside.values import Rng

Item = TypeVar("Item")
WIDTHS = (3, 4, 5, 6, 7)
SMALL_WIDTHS = (2, 3, 4)
SMALL = 3.0
"""Largest size of an example's entries, unless the check asks for larger ones only."""
FAR_OFF = 10.0
"""Relative. An error from here on tells nothing by its size."""
FEWEST_FOR_A_FACTOR = 3
"""Entries other than 0 that must agree on a factor: two may by chance."""


class Probe:
    """What a check draws from and compares with.

    Args:
        seed: of everything drawn.
        student: whose results are compared.
        example: draw small, publishable inputs.

    Attributes:
        chance: probability that what was tested so far fails though it is right; 0 until `drawn` is used.
    """

    def __init__(self, seed: int, student: Student, *, example: bool = False) -> None:
        self.example = example
        self.chance = 0.0
        self._rng = np.random.default_rng(seed)
        self._student = student

    def shape(self, ndim: int) -> tuple[int, ...]:
        """`ndim` widths, all different, so that a transpose can't hide."""
        widths = self._rng.permutation(SMALL_WIDTHS if self.example else WIDTHS)
        return tuple(int(width) for width in widths[:ndim])

    def uniform(self, low: float, high: float, shape: Sequence[int] = (), *, keep: float = 1e-3) -> np.ndarray:
        """Floats in [low, high] with |z| >= keep, so that no entry sits on a kink at 0."""
        if self.example:
            return self._plain(low, high, shape)
        drawn = self._rng.uniform(low, high, tuple(shape))
        near = np.abs(drawn) < keep
        return np.where(near, np.where(drawn < 0, -keep, keep) if low < 0 < high else keep if low >= 0 else -keep, drawn)

    def normal(self, shape: Sequence[int] = ()) -> np.ndarray:
        """Standard normal floats with |z| >= 1e-3."""
        if self.example:
            return self._plain(-SMALL, SMALL, shape)
        drawn = self._rng.normal(size=tuple(shape))
        return np.where(np.abs(drawn) < 1e-3, 1e-3, drawn)

    def integers(self, low: int, high: int, shape: Sequence[int] = ()) -> np.ndarray:
        """int64 array in [low, high)."""
        if self.example:
            return np.asarray(self._rng.choice(_small_whole(low, high - 1), tuple(shape)), np.int64)
        return np.asarray(self._rng.integers(low, high, tuple(shape)))

    def magnitudes(self, low: float, high: float, shape: Sequence[int] = ()) -> np.ndarray:
        """Floats of both signs with log-uniform |z| in [low, high]."""
        shape = tuple(shape)
        size = np.exp(self._rng.uniform(math.log(low), math.log(high), shape))
        if self.example and math.ceil(low) <= math.floor(high):
            size = np.clip(np.round(size), math.ceil(low), math.floor(high))
        elif self.example:
            size = np.clip(np.round(size, _digits(low, high)), low, high)
        signs = np.where(np.arange(math.prod(shape)) % 2, -1.0, 1.0).reshape(shape)
        return np.asarray(size * (signs if shape else self._rng.choice([-1.0, 1.0])))

    def number(self, low: float, high: float) -> float:
        """A float in [low, high]."""
        drawn = float(self._rng.uniform(low, high))
        if not self.example:
            return drawn
        return min(max(round(drawn, _digits(low, high)), low), high)

    def integer(self, low: int, high: int) -> int:
        """An int in [low, high)."""
        return int(self._rng.integers(low, min(high, low + 3) if self.example else high))

    def choice(self, options: Sequence[Item]) -> Item:
        """One of `options`."""
        return options[int(self._rng.integers(len(options)))]

    def generator(self) -> Rng:
        """A numpy.random.Generator for the student's code, seeded afresh. The same one may be passed again: it starts anew each time."""
        return Rng(int(self._rng.integers(10 if self.example else 1 << 62)))

    def compare(self, got: Any, want: Any, *, rtol: float = TOLERANCE, entrywise: bool = False) -> None:
        """End the check unless `got` is `want`: shape first, then finiteness, then |got - want| <= rtol |want|.

        Args:
            got: a result of the student's.
            want: the right value.
            rtol: bound on the relative error in the norm; where the right value is exactly 0: 1e-12 absolute.
            entrywise: hold the bound for each entry.
        """
        number, exchange, place = self._exchange_of(got)
        name = "the result" if exchange is None else exchange.name + place
        found, right = np.asarray(got, np.float64), np.asarray(want, np.float64)
        messages = _difference(name, found, right, rtol, entrywise=entrywise)
        if messages:
            of_values = messages[0].id.startswith(("value.wrong", "value.far_off"))
            raise CheckEndedError(Verdict.FAILED, *messages, *(_about_dtype(name, exchange) if of_values else []), exchange=number)

    def compare_layers(self, got: Mapping[str, np.ndarray], want: Mapping[str, np.ndarray], *, rtol: float = TOLERANCE) -> None:
        """End the check unless a network's gradients are right; say in which layer they go wrong, and which are right.

        Args:
            got: a result of the student's: an array for each of the parameters "W1", "b1", ..., "WL", "bL".
            want: the right ones.
            rtol: bound on the relative error of each array in the norm.
        """
        number, exchange, _ = self._exchange_of(got)
        name = "the result" if exchange is None else exchange.name
        messages = wrong_layers(name, got, want, rtol, lambda key, mine, right: _difference(key, mine, right, rtol, entrywise=False))
        if messages:
            raise CheckEndedError(Verdict.FAILED, *messages, exchange=number)

    def drawn(self, first: Sequence[np.ndarray], second: Sequence[np.ndarray], draws: Draws) -> None:
        """End the check unless matrices that the student's code drew have the shapes and the statistics that they should.

        A check that uses this declares draws.chance. An example ends with the shapes: no right answer stands beside a random one.

        Args:
            first: results of the student's, one matrix for each of draws.right.
            second: the same, from other generators.
            draws: what is tested.
        """
        self.chance += draws.chance
        for matrix, recipe in (*zip(first, draws.right, strict=True), *zip(second, draws.right, strict=True)):
            self.shaped(matrix, recipe.shape or matrix.shape)
        number, exchange, place = self._exchange_of(first[0])
        fault = None if self.example else draws.fault("the result" if exchange is None else exchange.name + place, first, second)
        if fault is not None:
            raise CheckEndedError(Verdict.FAILED, fault, exchange=number)

    def shaped(self, got: np.ndarray, shape: Sequence[int]) -> None:
        """End the check unless `got` is of this shape and finite, whatever else it holds."""
        number, exchange, place = self._exchange_of(got)
        messages = _unfit("the result" if exchange is None else exchange.name + place, got, tuple(shape))
        if messages:
            raise CheckEndedError(Verdict.FAILED, *messages, exchange=number)

    def require(self, condition: object, sentence: str) -> None:
        """End the check with `sentence`, which speaks to the student, unless `condition` holds."""
        if not condition:
            raise CheckEndedError(Verdict.FAILED, Message("value.require", {"text": sentence}))

    def _plain(self, low: float, high: float, shape: Sequence[int]) -> np.ndarray:
        """Floats within [low, high]: small whole numbers where the range has any but 0, else numbers of few digits."""
        options = _small_whole(low, high)
        if options != [0]:
            return np.asarray(self._rng.choice(options, tuple(shape)), np.float64)
        drawn = np.clip(np.round(self._rng.uniform(low, high, tuple(shape)), _digits(low, high)), low, high)
        return np.where(drawn == 0, high if high > 0 else low, drawn)

    def _exchange_of(self, got: Any) -> tuple[int | None, Exchange | None, str]:
        """The call that `got` came from, and where in its result: the very object that the check was given, else the last call."""
        exchanges = self._student.exchanges
        for number, exchange in enumerate(exchanges):
            place = _place_of(got, exchange.value)
            if place is not None:
                return number, exchange, place
        return (len(exchanges) - 1, exchanges[-1], "") if exchanges else (None, None, "")


def _place_of(part: Any, value: Any) -> str | None:
    """How `part` is picked from `value`, such as "[0]['W1']": itself by "", and None where it is no part of it."""
    if value is part:
        return ""
    items = enumerate(value) if isinstance(value, tuple) else value.items() if isinstance(value, dict) else ()
    for key, item in items:
        rest = _place_of(part, item)
        if rest is not None:
            return f"[{key!r}]{rest}"
    return None


def _small_whole(low: float, high: float) -> list[int]:
    """Up to seven whole numbers within [low, high], those nearest to 0; 0 itself only where nothing else is in it."""
    nearest = min(max(0.0, low), high)
    lowest, highest = math.ceil(max(low, nearest - SMALL)), math.floor(min(high, nearest + SMALL))
    return [number for number in range(lowest, highest + 1) if number] or [0]


def _digits(low: float, high: float) -> int:
    """Digits after the point that tell about ten numbers of [low, high] apart, and at least one."""
    return 1 + max(0, math.ceil(-math.log10(high - low))) if high > low else 17


def _difference(name: str, got: np.ndarray, want: np.ndarray, rtol: float, *, entrywise: bool) -> list[Message]:
    """What to tell of the first thing that is wrong; nothing when all is right."""
    unfit = _unfit(name, got, want.shape)
    if unfit:
        return unfit
    comparison = compare(got, want, tolerance=rtol, entrywise=entrywise)
    if comparison.ok:
        return []
    small = entrywise and comparison.factor is not None and not compare(got, comparison.factor * want, tolerance=rtol, entrywise=True).ok
    return (_pattern(name, comparison, got, want) if not small else []) or [_size_of_error(name, comparison, want, rtol)]


def _unfit(name: str, got: np.ndarray, shape: tuple[int, ...]) -> list[Message]:
    """What makes `got` unfit to be compared with anything of this shape."""
    if got.shape != shape:
        return [Message("value.shape", {"name": name, "got": shape_of(got), "wanted": shape_of(np.empty(shape))})]
    finite = np.isfinite(got)
    if finite.all():
        return []
    what = "NaN" if np.isnan(got).any() else "inf"
    count = int(np.count_nonzero(~finite))
    return [Message("value.not_finite", {"name": name, "what": what, "count": count, "total": got.size})]


def _size_of_error(name: str, comparison: Comparison, want: np.ndarray, rtol: float) -> Message:
    if want.size == 1:
        return Message("value.wrong_number", {"name": name})
    if 0 < comparison.wrong < want.size:
        return Message("value.wrong_entries", {"name": name, "wrong": comparison.wrong, "total": want.size})
    if not comparison.error < FAR_OFF:
        return Message("value.far_off", {"name": name})
    return Message("value.wrong", {"name": name, "error": float(f"{comparison.error:.2g}"), "allowed": rtol})


def _pattern(name: str, comparison: Comparison, got: np.ndarray, want: np.ndarray) -> list[Message]:
    if comparison.transposed:
        return [Message("value.transposed", {"name": name})]
    if comparison.factor is None or abs(comparison.factor - 1) < 1e-6:
        return []
    if abs(comparison.factor + 1) < 1e-6:
        return [Message("value.sign", {"name": name})]
    wanted = comparison.factor * want
    everywhere = bool(np.all(np.abs(got - wanted) <= 1e-6 * np.abs(wanted)))  # the norm alone would let small entries differ
    if not everywhere or np.count_nonzero(want) < FEWEST_FOR_A_FACTOR:
        return []
    return [Message("value.factor", {"name": name, "factor": float(f"{comparison.factor:.6g}")})]


def _about_dtype(name: str, exchange: Exchange | None) -> list[Message]:
    """A wrong result in half the digits, or in none after the point, may be wrong because of that."""
    raw = None if exchange is None or exchange.outcome is None else exchange.outcome.value
    dtype = raw.dtype if isinstance(raw, np.ndarray) else np.dtype(np.float64)
    narrow = dtype.kind in "iub" or dtype == np.float32
    return [] if not narrow else [Message("value.dtype", {"name": name, "got": dtype.name})]
