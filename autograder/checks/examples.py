"""Make a counter-example to paste: the failed check again, on small public inputs, in a box that never saw a secret one."""

import math
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograder.checks.collection import Check, Suite
from autograder.checks.diagnosis import Diagnostician
from autograder.checks.kinds import describe, numbers_in
from autograder.checks.student import Definition, Exchange, Student
from autograder.model import Counterexample, Verdict
from autograder.sandbox.inside.values import Device, DType, Function, Handle, Opaque, Rng, Tensor
from autograder.sandbox.session import BoxEndedError, Call, Session

LONGEST = 1500
_WIDEST = 50
"""Characters that rows of an array are moved to the right by, at most: of 100 a line."""
MOST_ENTRIES, MOST_AXES, CORNER = 1000, 3, 3
"""Of an array of up to 1000 entries each is written, of a larger one the first and last three along each of up to three axes."""
_DEFINED = re.compile(r"^def (\w+)", re.MULTILINE)
_SHOWN = (Verdict.FAILED, Verdict.ERROR)


def counterexample(
    suite: Suite, diagnostician: Diagnostician, check: Check, *, session: Session, seeds: Sequence[int], call_seconds: float
) -> Counterexample | None:
    """A small input on which the student's code goes wrong in `check`; None when it is right on all that were tried.

    Args:
        suite: the checks.
        diagnostician: gives the right answers.
        check: one that failed.
        session: to a box that has not been asked any secret question.
        seeds: one a try.
        call_seconds: limit of a call.

    Raises:
        BoxEndedError: the box ended; this session gives no further examples.
    """
    for seed in seeds:
        student = Student(session, call_seconds)
        ended = suite.run(check, student, seed, example=True)
        if student.box_ended is not None:
            raise BoxEndedError("died")
        if ended.verdict not in _SHOWN or not student.exchanges:
            continue
        number = len(student.exchanges) - 1 if ended.exchange is None else ended.exchange
        _, right = diagnostician.replay(check, seed, (), example=True, inputs=student.inputs)
        if number < len(right):
            answers = _answers(student.exchanges[number], right[number])
            if answers[0] == answers[1]:  # what went wrong is not in the answer, say an argument that was changed
                continue
            cell = _cell(student.exchanges, number)
            if len(cell) <= LONGEST:  # half a cell can't be run
                return Counterexample(cell, *answers)
    return None


def _cell(exchanges: Sequence[Exchange], number: int) -> str:
    """Python that makes call `number`, after the calls whose objects it needs."""
    needed = _needed(exchanges, number)
    lines = []
    for place in needed:
        call = exchanges[place].call
        target = _target(call, exchanges)
        text = f"{'' if place == number else f'r{place} = '}{target}{'.' + call.method if call.method else ''}("
        tensors = any(isinstance(value, Tensor) for value in call.args)  # with a dtype behind each they are too wide for one line
        between = ",\n" + " " * len(text) if tensors else ", "
        for position, (key, value) in enumerate([*(("", value) for value in call.args), *call.kwargs.items()]):
            text += (between if position else "") + (f"{key}=" if key else "")
            text += _text(value, exchanges, len(text.rpartition("\n")[2]))
        lines.append(f"{text})")
    calls = [exchanges[place].call for place in needed]
    return "\n".join([*_imports(calls), *_definitions(calls), *lines])


def _target(call: Call, exchanges: Sequence[Exchange]) -> str:
    if isinstance(call.target, Definition):
        return str(_DEFINED.findall(call.target.source)[-1])
    return _text(call.target, exchanges) if isinstance(call.target, Handle) else call.target


def _definitions(calls: Iterable[Call]) -> list[str]:
    """What a cell needs of the check's own functions: their source, once each."""
    sources = dict.fromkeys(call.target.source.strip() for call in calls if isinstance(call.target, Definition))
    return [f"{source}\n\n" for source in sources]


def _imports(calls: Iterable[Call]) -> list[str]:
    """What a cell needs beyond the imports that every notebook begins with."""
    names = {value.name for call in calls for value in (*call.args, *call.kwargs.values()) if isinstance(value, Function)}
    return [f"from autograder.gradients.examples import {', '.join(sorted(names))}"] if names else []


def _needed(exchanges: Sequence[Exchange], number: int) -> list[int]:
    call = exchanges[number].call
    handles = [value for value in (call.target, *call.args, *call.kwargs.values()) if isinstance(value, Handle)]
    sources = {place for handle in handles for place, _ in _origin(handle, exchanges)}
    return sorted({earlier for place in sources for earlier in _needed(exchanges, place)} | {number})


def _origin(handle: Handle, exchanges: Sequence[Exchange]) -> list[tuple[int, str]]:
    """Which call gave `handle`, and how to pick it from that call's result."""
    for place, exchange in enumerate(exchanges):
        value = None if exchange.outcome is None else exchange.outcome.value
        if value == handle and isinstance(value, Handle):
            return [(place, "")]
        if isinstance(value, tuple | list):
            for position, part in enumerate(value):
                if isinstance(part, Handle) and part == handle:
                    return [(place, f"[{position}]")]
    return []


def _text(value: Any, exchanges: Sequence[Exchange], column: int = 0) -> str:
    """`value` as Python, for a line that is `column` characters long: rows of an array stand below each other."""
    match value:
        case np.ndarray(size=0):
            return f"np.zeros({value.shape}, dtype=np.{value.dtype.name})"
        case np.ndarray():
            return f"{_array('np.array(', value, column)}{_dtype(value)})"
        case Tensor(dtype, array):
            return f"{_array('torch.tensor(', array, column)}, dtype=torch.{dtype})"
        case float() if not math.isfinite(value):
            return f"float({str(value)!r})"
        case Handle():
            return "".join(f"r{place}{pick}" for place, pick in _origin(value, exchanges))
        case Rng(seed):
            return f"np.random.default_rng({seed})"
        case DType(name):
            return f"torch.{name}"
        case Device(name):
            return repr(name)
        case Function(name):
            return name
        case list() | tuple():
            inner = _between(value, column).join(_text(item, exchanges, column + 1) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner},)"
        case dict():
            items = [f"{key!r}: {_text(item, exchanges, column + len(repr(key)) + 3)}" for key, item in value.items()]
            return "{" + _between(value.values(), column).join(items) + "}"
    return repr(value)


def _array(opening: str, array: np.ndarray, column: int) -> str:
    with np.printoptions(nanstr="np.nan", infstr="np.inf", floatmode="unique", threshold=sys.maxsize, linewidth=100):
        return opening + np.array2string(array, separator=", ", prefix=" " * min(column, _WIDEST) + opening)


def _between(values: Iterable[Any], column: int) -> str:
    """What stands between the items of a collection that begins at `column`: arrays stand below each other."""
    arrays = any(isinstance(value, np.ndarray | Tensor) for value in values)
    return ",\n" + " " * (min(column, _WIDEST) + 1) if arrays else ", "


def _dtype(array: np.ndarray) -> str:
    return "" if array.dtype in (np.float64, np.int64) else f", dtype=np.{array.dtype.name}"


def _answers(yours: Exchange, right: Exchange) -> tuple[str, str]:
    """Both results as text, their numbers written alike so that they can be compared by eye."""
    written = _Numbers([array for exchange in (yours, right) if exchange.outcome for array in _arrays(exchange.outcome.value)])
    return _answer(yours, written), _answer(right, written)


def _answer(exchange: Exchange, written: "_Numbers") -> str:
    outcome = exchange.outcome
    if outcome is None:
        return "no answer"
    if outcome.failure is not None:
        return f"{outcome.failure.type}: {outcome.failure.text}".removesuffix(": ")[:LONGEST]
    return _shown(outcome.value, written)[:LONGEST]


class _Numbers:
    """One way to write the floats of several arrays: ten digits, one width, with an exponent for all or for none."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        floats = np.concatenate([np.zeros(0), *(array.astype(np.float64).ravel() for array in arrays if array.dtype.kind == "f")])
        sizes = np.abs(floats[np.isfinite(floats) & (floats != 0)])
        self._exponent = bool(sizes.size and (sizes.max() >= 1e8 or sizes.min() < 1e-4))
        self._width = 0
        self._width = max((len(self(number)) for number in floats), default=0)

    def __call__(self, number: Any) -> str:
        if self._exponent:
            text = np.format_float_scientific(number, precision=9, trim="0", exp_digits=2)
        else:
            text = np.format_float_positional(number, precision=10, fractional=False, trim="0")
        return text.rjust(self._width)


def _arrays(value: Any) -> list[np.ndarray]:
    """What is written of each array in `value`: to look at all of a large one would take a second, in each of twenty examples."""
    match value:
        case _ if _is_too_much(value):
            return []
        case np.ndarray() if value.size > MOST_ENTRIES:
            return [value[np.ix_(*map(_ends, value.shape))]]
        case np.ndarray():
            return [value] if value.ndim else []
        case Tensor(_, array):
            return _arrays(array)
        case list() | tuple():
            return [array for item in value for array in _arrays(item)]
        case dict():
            return [array for item in value.values() for array in _arrays(item)]
    return []


def _ends(length: int) -> list[int]:
    return list(range(length)) if length <= 2 * CORNER else [*range(CORNER), *range(length - CORNER, length)]


def _is_too_much(value: Any) -> bool:
    """True for what is only described: a large array of many axes, which has too many corners, or a large collection."""
    if isinstance(value, np.ndarray):
        return value.ndim > MOST_AXES and value.size > MOST_ENTRIES
    return isinstance(value, list | tuple | dict) and numbers_in(value) > MOST_ENTRIES


def _shown(value: Any, written: _Numbers) -> str:
    match value:
        case _ if _is_too_much(value):
            return describe(value)
        case np.ndarray() if value.ndim:
            with np.printoptions(threshold=MOST_ENTRIES, edgeitems=CORNER):
                return np.array2string(value, separator=", ", max_line_width=100, formatter={"float_kind": written})
        case np.ndarray():
            return repr(value.item())
        case Tensor(_, array):
            return _shown(array, written)
        case Handle() | Opaque():
            return describe(value)
        case list() | tuple():
            inner = ", ".join(_shown_within(item, written) for item in value)
            return f"[{inner}]" if isinstance(value, list) else f"({inner})"
        case dict():
            return "{" + _between(value.values(), 0).join(f"{key!r}: {_shown_within(item, written)}" for key, item in value.items()) + "}"
    return repr(value)


def _shown_within(item: Any, written: _Numbers) -> str:
    return written(item).strip() if isinstance(item, float) else _shown(item, written)
