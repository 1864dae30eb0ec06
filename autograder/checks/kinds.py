"""What a check says it wants back, and how what came is turned into it or refused. In: a wire value. Out: what the check works with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograder.checks.outcome import CheckEndedError
from autograder.model import Message, Verdict
from autograder.sandbox.inside.values import Handle, Opaque, Tensor
from autograder.sandbox.session import Returns


@dataclass(frozen=True)
class Kind:
    """A kind of result: what to call it, how it travels, and how it is converted (raises TypeError for what does not fit)."""

    name: str
    returns: Returns
    convert: Callable[[Any], Any]


Wanted: TypeAlias = "Kind | tuple[Wanted, ...]"


def _to_array(value: Any) -> np.ndarray:
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, bool | int | float | list | tuple):
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


ARRAY = Kind("an array of numbers", "value", _to_array)
NUMBER = Kind("a number", "value", _to_number)
INTEGER = Kind("a whole number", "value", _to_integer)
HANDLE = Kind("an object", "handle", _to_handle)


def returns(wanted: Wanted) -> Returns:
    """How the box should send what is wanted."""
    return [returns(part) for part in wanted] if isinstance(wanted, tuple) else wanted.returns


def convert(value: Any, wanted: Wanted, name: str) -> Any:
    """What the check works with.

    Args:
        value: as decoded from the wire.
        wanted: a kind, or a tuple of kinds for a function that returns several things.
        name: what the student calls it, for the message.

    Raises:
        CheckEndedError: it is of another kind; the message says what came and what was wanted.
    """
    if isinstance(wanted, tuple):
        if not isinstance(value, list | tuple) or len(value) != len(wanted):
            raise _refusal(value, name, f"{len(wanted)} values")
        return tuple(convert(part, kind, f"{name}[{place}]") for place, (part, kind) in enumerate(zip(value, wanted, strict=True)))
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
            return f"an array of {value.dtype.name} with shape {value.shape}"
        case Tensor(dtype, array):
            return f"a tensor of {dtype} with shape {array.shape}"
        case list() | tuple() | dict():
            return f"a {type(value).__name__} of {len(value)}"
        case Opaque(kind):
            return kind if kind.startswith(("int ", "array ", "tensor ")) else f"a value of type {kind}"
    return "an object"
