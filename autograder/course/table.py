"""One table of a TOML file, read key by key; what is not as it should be is an error that says where, what was got and wanted."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograder.errors import AssignmentError


class Table:
    """The values of a table.

    Args:
        where: how messages begin, such as "01-activations/assignment.toml: limits".
        values: as tomllib gives them.
        known: keys it may have; None lets any name be a key.

    Raises:
        AssignmentError: a key is not known.
    """

    def __init__(self, where: str, values: Mapping[str, Any], *, known: Sequence[str] | None) -> None:
        self.where = where
        self._values = values
        for key in values:
            if known is not None and key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                meant = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
                raise AssignmentError(f"{where}: key '{key}' is unknown; {meant}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def wrong(self, key: str, must: str, got: object) -> AssignmentError:
        """The error that `key` is not as it must be."""
        text = repr(got)
        return AssignmentError(f"{self.where}: {key} {must} (got {text if len(text) <= 80 else text[:77] + '...'})")

    def text(self, key: str) -> str:
        """A text of one line or more that is not blank."""
        value = self._value(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "must be a text that is not empty", value)
        return value

    def texts(self, key: str) -> list[str]:
        """A list of texts, none of them twice, at least one."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value) or len(set(value)) < len(value):
            raise self.wrong(key, "must be a list of different texts, at least one", value)
        return value

    def number(self, key: str, *, most: float, what: str | None = None) -> float:
        """A number above 0 and up to `most`; `what` stands for the key in the message."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(what or key, "must be a number", value)
        if not 0 < value <= most:
            raise self.wrong(what or key, "must be > 0" if value <= 0 else f"must be at most {most:g}", value)
        return float(value)

    def integer(self, key: str, least: int, most: int) -> int:
        """An integer from `least` to `most`."""
        value = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"must be an integer in {least} to {most}", value)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false", value)
        return value

    def table(self, key: str, *, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A table; `default` where the key is absent."""
        value = self._value(key) if default is None else self._values.get(key, default)
        if not isinstance(value, Mapping):
            raise self.wrong(key, "must be a table", value)
        return value

    def tables(self, key: str) -> list[Mapping[str, Any]]:
        """A list of tables, at least one."""
        value = self._value(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, Mapping) for item in value):
            raise self.wrong(key, f"must be tables, each under [[{key}]]", value)
        return value

    def _value(self, key: str) -> Any:
        if key not in self._values:
            raise AssignmentError(f"{self.where}: key '{key}' is missing")
        return self._values[key]
