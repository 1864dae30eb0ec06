"""What a check says it wants back, and how what came is turned into it or refused. In: a wire value. Out: what the check works with."""

import builtins
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from autograder.checks.outcome import CheckEndedError
from autograder.model import Message, Verdict
from autograder.sandbox.inside.values import MAX_BUFFER_BYTES, MAX_NODES, MAX_TEXT, Handle, Opaque, Tensor
from autograder.sandbox.session import Outcome, Returns


@dataclass(frozen=True)
class Kind:
    """A kind of result: what to call it, how it travels, and how it is converted (raises TypeError for what does not fit)."""

    name: str
    returns: Returns
    convert: Callable[[Any], Any]


Wanted: TypeAlias = "Kind | tuple[Wanted, ...] | Mapping[str, Wanted]"

MOST_NUMBERS = 1 << 19
"""In one answer. A check's arrays have hundreds; what is kept of every answer of every check must not fill our own memory."""
_TOO_MANY = f"more than {MOST_NUMBERS} numbers"
MOST_SIDES, LONGEST_SIDE = 6, 999
"""Shapes up to these are shown; a stranger one could be made of the input that the function was asked about."""
_TYPES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    *("function", "builtin_function_or_method", "method", "generator", "module", "ufunc", "Generator", "RandomState"),
    *("dict_keys", "dict_values", "dict_items", "Decimal", "Fraction", "Figure", "Axes", "DataFrame", "Series"),
}
_OPAQUE = re.compile(
    r"(?:array|tensor) of dtype (?:object|str|bytes|void|datetime64|timedelta64|float96|float128|complex192|complex256)"
    r"|int beyond 64 bits|(?:list|tuple|dict) nested too deep"
    rf"|(?:list|tuple) of more than {MAX_NODES} items|a collection of more than {MAX_NODES} values"
    rf"|dict with keys that are not short strings|str of more than {MAX_TEXT} characters"
    rf"|more than {MAX_BUFFER_BYTES >> 20} MiB of values|more text or structure than can travel|{_TOO_MANY}"
)
"""What the box may say of a value that does not travel, and nothing else: its words could be made of the input too."""


def _holds_numbers(value: Any) -> bool:
    """False where a list holds anything else: of strings numpy would make an array in which each is as long as the longest."""
    return all(map(_holds_numbers, value)) if isinstance(value, list | tuple) else isinstance(value, bool | int | float | np.ndarray)


def _without_tensors(value: Any) -> Any:
    """The arrays in place of torch's tensors, of which a list may hold some as well."""
    if isinstance(value, list | tuple):
        return [_without_tensors(item) for item in value]
    return value.array if isinstance(value, Tensor) else value


def _to_array(value: Any) -> np.ndarray:
    value = _without_tensors(value)
    if isinstance(value, bool | int | float | list | tuple) and _holds_numbers(value):
        try:
            value = np.asarray(value)
        except ValueError as error:  # a ragged list
            raise TypeError from error
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise TypeError
    return value.astype(np.float64)


def _to_number(value: Any) -> float:
    array = _to_array(value)
    if array.ndim:
        raise TypeError
    return float(array)


def _to_integer(value: Any) -> int:
    number = _to_number(value)
    if not number.is_integer():
        raise TypeError
    return int(number)


def _to_handle(value: Any) -> Handle:
    if not isinstance(value, Handle):
        raise TypeError
    return value


ARRAY = Kind("an array of real numbers", "value", _to_array)
NUMBER = Kind("a number", "value", _to_number)
INTEGER = Kind("a whole number", "value", _to_integer)
HANDLE = Kind("an object", "handle", _to_handle)


def bounded(outcome: Outcome) -> Outcome:
    """`outcome`, or one that says how it is too large where its value holds more than MOST_NUMBERS numbers."""
    if numbers_in([outcome.value, *(outcome.after or ())]) <= MOST_NUMBERS:
        return outcome
    return replace(outcome, value=Opaque(_TOO_MANY), after=None)


def numbers_in(value: Any) -> int:
    """How many entries and other leaves `value` holds."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(map(numbers_in, value)) if isinstance(value, list | tuple) else 1


def returns(wanted: Wanted) -> Returns:
    """How the box should send what is wanted. A dictionary travels as a value, so no object can stay behind in one."""
    if isinstance(wanted, Mapping):
        return "value"
    return [returns(part) for part in wanted] if isinstance(wanted, tuple) else wanted.returns


def convert(value: Any, wanted: Wanted, name: str) -> Any:
    """What the check works with.

    Args:
        value: as decoded from the wire.
        wanted: a kind; a tuple of kinds for a function that returns several things; a dictionary of kinds for one that returns that.
        name: what the student calls it, for the message.

    Raises:
        CheckEndedError: it is of another kind; the message says what came and what was wanted.
    """
    if isinstance(wanted, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(wanted):
            raise _refusal(value, name, f"{len(wanted)} values")
        return tuple(convert(part, kind, f"{name}[{place}]") for place, (part, kind) in enumerate(zip(value, wanted, strict=True)))
    if isinstance(wanted, Mapping):
        if not isinstance(value, dict) or value.keys() != wanted.keys():
            raise _refusal(value, name, f"a dictionary with the keys {', '.join(map(repr, wanted))}")
        return {key: convert(value[key], kind, f"{name}[{key!r}]") for key, kind in wanted.items()}
    try:
        return wanted.convert(value)
    except TypeError:
        raise _refusal(value, name, wanted.name) from None


def _refusal(value: Any, name: str, wanted: str) -> CheckEndedError:
    if value is None:
        return CheckEndedError(Verdict.FAILED, Message("value.none", {"name": name}))
    return CheckEndedError(Verdict.FAILED, Message("value.kind", {"name": name, "got": describe(value), "wanted": wanted}))


def describe(value: Any) -> str:
    """A value's kind in words. Never its contents, which could carry what a check put in."""
    match value:
        case None:
            return "None"
        case bool():
            return "True or False"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case np.ndarray():
            return f"an array of {value.dtype.name} with shape {shape_of(value)}" if value.ndim else f"a single {value.dtype.name}"
        case Tensor(dtype, array):
            return f"a tensor of {dtype} with shape {shape_of(array)}" if array.ndim else f"a tensor of a single {dtype}"
        case list() | tuple() | dict():
            return f"a {type(value).__name__} of {len(value)}"
        case Opaque(kind):
            return _opaque(kind)
    return "an object"


def shape_of(array: np.ndarray) -> str:
    """An array's shape in words; an unlikely one only by the number of its sides."""
    if not array.ndim:
        return "a single number"
    if array.ndim > MOST_SIDES or max(array.shape) > LONGEST_SIDE:
        return f"of {array.ndim} sides, some very long" if array.ndim <= MOST_SIDES else f"of {array.ndim} sides"
    return str(array.shape)


def _opaque(kind: str) -> str:
    if kind in _TYPES:
        return f"a value of type {kind}"
    if found := _OPAQUE.match(kind):
        article = "" if found[0].startswith(("a ", "more ")) else "an " if found[0][0] in "ai" else "a "
        return f"{article}{found[0]}"
    return "an object of another kind"
