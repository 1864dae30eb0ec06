"""Turn a Message into a sentence. In: an id and raw parameters. Out: plain text, never HTML; each language is one table beside english.py.

A template is text with fields `{name}` or `{name:form}`:

| form | shows |
|---|---|
| (none) | text, at most 200 characters |
| `long` | text, at most 2,000 characters |
| `number` | a number to four digits |
| `bytes` | a size such as 1.5 MiB |
| `seconds` | 1 second, 2.5 seconds |
| `#entry|entries` | a count with its noun: 1 entry, 3 entries |
| `? text %` | `text` with the value in place of `%`, and nothing where the value is None or empty |
"""

import string
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.errors import ChecksError
from autograder.model import Message, Scalar
from autograder.report.english import ENGLISH
from autograder.report.plain import shortened, stripped

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH}
"""Catalogues by language code; the ids of `en` are the ids there are."""

_TEXT_LIMIT = 200
_LONG_LIMIT = 2_000


def render(message: Message, language: str = "en") -> str:
    """The sentence that `message` stands for: plain text without control characters, in which `backticks` set code apart.

    Raises:
        ChecksError: the catalogue has no such id, or a parameter that its sentence needs is missing.
    """
    template = LANGUAGES[language].get(message.id)
    if template is None:
        raise ChecksError(f"message {message.id!r} is not in the catalogue {language!r}; add a sentence for it")
    return _Sentence(message.id).vformat(template, (), message.params)


def parameters(template: str) -> frozenset[str]:
    """Names of the parameters that a sentence of the catalogue needs."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


class _Sentence(string.Formatter):
    """Fills one template; values are put in as they are, so braces in them mean nothing."""

    def __init__(self, message_id: str) -> None:
        self._message_id = message_id

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002  (signature of string.Formatter)
        if key not in kwargs:
            given = ", ".join(sorted(kwargs)) or "none"
            raise ChecksError(f"message {self._message_id!r} needs the parameter {key!r} (given: {given})")
        return kwargs[str(key)]

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("?"):
            return "" if value is None or value == "" else format_spec[1:].replace("%", _text(value), 1)
        if format_spec.startswith("#"):
            return _count(value, *format_spec[1:].split("|"))
        return _FORMS[format_spec](value)


def _text(value: Scalar, limit: int = _TEXT_LIMIT) -> str:
    if isinstance(value, float):
        return _number(value)
    return "unknown" if value is None else shortened(stripped(str(value)), limit)


def _long(value: Scalar) -> str:
    return _text(value, _LONG_LIMIT)


def _number(value: Scalar) -> str:
    # "nan" and "inf" come as text from a report read back from JSON; they read the same either way.
    return f"{value:.4g}" if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)


def _bytes(value: Scalar) -> str:
    if not isinstance(value, int | float):
        return _text(value)
    size, unit = float(value), "bytes"
    for larger in ("KiB", "MiB", "GiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{round(size, 1):g} {unit}"


def _seconds(value: Scalar) -> str:
    return f"{_number(value)} second{'' if value == 1 else 's'}"


def _count(value: Scalar, one: str, many: str) -> str:
    return f"{_text(value)} {one if value == 1 else many}"


_FORMS = {"": _text, "long": _long, "number": _number, "bytes": _bytes, "seconds": _seconds}
