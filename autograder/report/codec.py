"""Report <-> JSON, by the fields and types that model.py declares; report.schema.json publishes the form.

Floats are written as repr does; NaN and infinities are the strings "nan", "inf" and "-inf", and only curves, timing and message
parameters may hold them: points that are not finite are refused, never written. A message also holds its English text, for readers
without the catalogue. Unpaired surrogates, which UTF-8 has no bytes for, become U+FFFD.
"""

import dataclasses
import json
import math
import re
import sys
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from autograder import jsonio
from autograder.errors import ExportError
from autograder.model import Json, Message, Params, Report
from autograder.report.messages import render

SCHEMA = 1
"""Number of the form; raised when a reader of the old one would misread the new."""

_T = TypeVar("_T")
_MAX_BYTES = 64 << 20  # a report is 100 kB; what is longer by so much is none
_MAX_DEPTH = 16  # the form is 10 deep
_LARGEST = sys.float_info.max
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_NUMBERS = (float, float | None)
_SURROGATES = re.compile("[\ud800-\udfff]")
# JSON may hold these as they are, but not all that shows it should: a browser takes < for a tag, a terminal U+009B for a sequence, an
# editor U+202E for an order of reading. They can only stand in strings, where \\u says the same.
_TELLING = re.compile(
    "[<\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)


def to_json(report: Report) -> dict[str, Json]:
    """The report as JSON values in the order of its fields, mappings sorted by key.

    Raises:
        ExportError: a value is not of its declared type, or points are not finite and 0 or more; the message names the path.
        ChecksError: a message is not in the catalogue.
    """
    # Reading back what was written proves the types and turns an int in a float's place into that float: equal reports, equal bytes.
    return {"schema": SCHEMA, **_encode(_fields(Report, _encode(report), ""))}


def dumps(report: Report) -> bytes:
    """The report as UTF-8 JSON, a field a line, the same bytes for equal reports; raises as `to_json` does."""
    # Not indent=2: that is written by Python and not by C, and took a fifth of the time that grading takes.
    fields = to_json(report).items()
    lines = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}" for name, value in fields]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    return _TELLING.sub(lambda match: json.dumps(match.group())[1:-1].replace("<", "\\u003c"), text).encode("utf-8")


def loads(content: bytes) -> Report:
    """The report that `dumps` wrote.

    Raises:
        ExportError: not JSON, another schema, or a key or value that the form does not have; the message names the path.
    """
    try:
        document = jsonio.loads(content, max_bytes=_MAX_BYTES, max_depth=_MAX_DEPTH)
    except jsonio.JsonError as error:
        raise ExportError(f"report: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise _wrong("", "an object", document)
    schema = document.pop("schema", None)
    if type(schema) is not int or schema != SCHEMA:
        raise ExportError(f"report: schema: must be {SCHEMA} (got {_shown(schema)}); grade the submission again with this version")
    return _fields(Report, document, "")


def _encode(value: Any) -> Any:
    if type(value) is float:
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, Enum):
        return value.value
    if (names := _names(cast("Hashable", type(value)))) is not None:
        found = {name: _encode(getattr(value, name)) for name in names}
        return {**found, "text": _encode(render(value))} if isinstance(value, Message) else found
    if isinstance(value, Mapping):
        return {_encode(key): _encode(value[key]) for key in sorted(value)}
    if isinstance(value, tuple | list):
        return list(value) if _all_finite(float, value) else [_encode(item) for item in value]
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    return repr(float(value)) if isinstance(value, float) and not math.isfinite(value) else value


@cache
def _names(kind: Hashable) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for another type. Looked up, as all of the model's types are, once and not for each value."""
    return tuple(field.name for field in dataclasses.fields(kind)) if isinstance(kind, type) and dataclasses.is_dataclass(kind) else None


def _shown(value: object) -> str:
    return type(value).__name__ if isinstance(value, dict | list) else ascii(value)[:60]


def _wrong(path: str, wanted: str, value: object) -> ExportError:
    return ExportError(f"report: {path or 'the whole'}: must be {wanted} (got {_shown(value)})")


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    return get_type_hints(kind)  # 3 ms a report if asked anew for each field


@cache
def _origin(hint: Hashable) -> Any:
    return get_origin(hint)


@cache
def _arguments(hint: Hashable) -> tuple[Any, ...]:
    return get_args(hint)


def _fields(kind: type[_T], value: object, path: str) -> _T:
    if not isinstance(value, dict):
        raise _wrong(path, "an object", value)
    hints = _hints(cast("Hashable", kind))
    stem = f"{path}." if path else ""
    wanted = {*hints, "text"} if kind is Message else set(hints)
    for name in sorted(wanted ^ value.keys()):
        raise ExportError(f"report: {stem}{name if name in wanted else _shown(name)}: {'is missing' if name in wanted else 'is unknown'}")
    if kind is Message:
        _text(value["text"], f"{stem}text")
    read: dict[str, Callable[[Any, str], Any]] = {name: _POINTS.get(hint, partial(_value, hint)) for name, hint in hints.items()}
    return kind(**{name: read[name](value[name], stem + name) for name in hints})


def _value(hint: Any, value: Any, path: str) -> Any:
    """`value` as the type that `hint` names; each case is one that a field of model.py has."""
    if hint == Params:
        return _mapping(_scalar, value, path)
    if (leaf := _LEAVES.get(hint)) is not None:
        return leaf(value, path)
    if _origin(hint) in {Union, UnionType}:  # the model's only unions are `X | None`
        inner = next(option for option in _arguments(hint) if option is not type(None))
        return None if value is None else _value(inner, value, path)
    if _origin(hint) is tuple:
        if not isinstance(value, list):
            raise _wrong(path, "a list", value)
        inner = _arguments(hint)[0]
        if _all_finite(inner, value):
            return tuple(value)
        return tuple(_value(inner, item, f"{path}[{index}]") for index, item in enumerate(value))
    if _origin(hint) is Mapping:
        return _mapping(_LEAVES[_arguments(hint)[1]], value, path)
    if isinstance(hint, type) and issubclass(hint, Enum):
        words = [member.value for member in hint]
        if value not in words:
            raise _wrong(path, f"one of {', '.join(words)}", value)
        return hint(value)
    return _fields(hint, value, path)


def _all_finite(hint: Any, items: Sequence[Any]) -> bool:
    """True for a figure's points as nearly all are, and most of a report: then there is nothing to look at one by one."""
    return hint in _NUMBERS and set(map(type, items)) <= {float} and all(map(math.isfinite, items))


def _mapping(leaf: Callable[[Any, str], Any], value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, "an object", value)
    return {name: leaf(item, f"{path}[{_shown(name)}]") for name, item in value.items()}


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, "text", value)
    return value


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(path, "true or false", value)
    return value


def _scalar(value: object, path: str) -> Any:
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise _wrong(path, "text, a finite number, true, false or null", value)


def _is_number(value: object) -> bool:
    # Compared, not converted: an int may be too long for a float, and NaN fails both sides.
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST


def _points(value: Any, path: str) -> float:
    """A float that is a field of its own counts points."""
    if _is_number(value) and value >= 0:
        return float(value)
    raise _wrong(path, "a finite number, 0 or more", value)


def _open_points(value: Any, path: str) -> float | None:
    return None if value is None else _points(value, path)


def _sample(value: Any, path: str) -> float:
    """A float inside a list or mapping is a measurement and may be whatever a float can be."""
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    if _is_number(value):
        return float(value)
    raise _wrong(path, 'a number, "nan", "inf" or "-inf"', value)


_LEAVES: Mapping[Any, Callable[[Any, str], Any]] = {str: _text, bool: _flag, float: _sample}
_POINTS: Mapping[Any, Callable[[Any, str], Any]] = {float: _points, float | None: _open_points}
