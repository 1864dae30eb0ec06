"""Strict JSON with caps, in and out. Everything that comes from outside as JSON is read here; knows nothing of notebooks."""

import json
import math
import re
from typing import Final, Literal, NoReturn, TypeAlias, cast

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
"""The same as model.Json: the two stand side by side at the bottom, and neither imports the other."""
Reason: TypeAlias = Literal["too_large", "encoding", "too_deep", "too_many_values", "number", "duplicate_key", "surrogate", "syntax"]

MAX_DIGITS: Final = 1000
"""Digits of one number. Python's own conversion costs the square of the length; at 1,000 it is still microseconds."""
MAX_TOKENS: Final = 2_000_000
"""Strings and brackets of one text: a byte of `[],[],…` becomes about 20 bytes of lists, so bytes alone don't bound the memory."""
DEEPEST: Final = 200
"""Largest `max_depth` that may be asked for: json's scanner calls itself once a level, and the caller's stack needs its share."""

# One token that the scan has to look at; everything between them is skipped by the regular expression engine. The closing quote is
# optional so that an unclosed string is one match: were it to fail, each later quote would scan to the end of the text again.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]|(?<![0-9])[0-9]{%d}' % (MAX_DIGITS + 1), re.DOTALL)


class JsonError(ValueError):
    """A text is not the JSON that is taken here.

    Args:
        reason: what kind of fault it is, for a caller to tell apart.
        detail: a sentence that says what and where.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


def loads(data: bytes, *, max_bytes: int, max_depth: int) -> Json:
    """Parse `data`, RFC 8259 to the letter: UTF-8 without a byte order mark, no NaN, no name twice in an object.

    Size, depth, length of numbers and count of values are bounded before anything is built, so that time and memory stay in
    proportion to `max_bytes` whatever the text is.

    Args:
        data: the text as it came.
        max_bytes: most bytes that are looked at.
        max_depth: most lists and objects inside one another, 1 to `DEEPEST`.

    Raises:
        JsonError: the text breaks a cap or is not strict JSON.
        ValueError: `max_depth` is out of its range.
    """
    if not 1 <= max_depth <= DEEPEST:
        raise ValueError(f"max_depth must be in 1 to {DEEPEST} (got {max_depth})")
    if len(data) > max_bytes:
        raise JsonError("too_large", f"it has {len(data)} bytes; at most {max_bytes} are taken")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonError("encoding", f"it is not UTF-8 (byte {error.start})") from None
    if text.startswith("\ufeff"):
        raise JsonError("encoding", "it starts with a byte order mark")
    if "\0" in text:  # JSON has no place for it, and UTF-16 or UTF-32 of plain text is full of it
        raise JsonError("encoding", "it holds zero bytes, as UTF-16 does")
    _bound(data, max_depth)
    try:
        value = cast(
            "Json",
            json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique),
        )
    except json.JSONDecodeError as error:
        raise JsonError("syntax", f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    if b"\\ud" in data or b"\\uD" in data:  # only an escape can bring a lone surrogate in
        _refuse_surrogates(value)
    return value


def dumps(value: Json) -> bytes:
    """Canonical bytes of `value`: names sorted, nothing between tokens, UTF-8. Equal values give equal bytes, fit for hashing.

    Raises:
        JsonError: it holds NaN, an infinity or a lone surrogate.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise JsonError("number", f"NaN and infinities have no place in JSON ({error})") from None
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonError("surrogate", "a string holds half of a surrogate pair") from None


def _bound(data: bytes, max_depth: int) -> None:
    """Refuse what would cost too much to build. It counts brackets outside strings; whether they match is the parser's affair."""
    depth = 0
    for count, match in enumerate(_TOKEN.finditer(data)):
        if count >= MAX_TOKENS:
            raise JsonError("too_many_values", f"it holds more than {MAX_TOKENS} strings, lists and objects")
        first = data[match.start()]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                raise JsonError("too_deep", f"lists and objects stand more than {max_depth} deep in one another")
        elif first in b"]}":
            depth -= 1
        elif first != ord('"'):
            raise JsonError("number", f"a number has more than {MAX_DIGITS} digits")


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError("number", f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("number", f"{text[:20]} is too large for a float")
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise JsonError("duplicate_key", f"an object holds the name {twice[:60]!r} twice")
    return members


def _refuse_surrogates(value: Json) -> None:
    pending: list[Json] = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError:
                raise JsonError("surrogate", "a string holds half of a surrogate pair") from None
        elif isinstance(item, dict):
            pending.extend(item)
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
