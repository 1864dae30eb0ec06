"""What student code printed and raised, as facts that can travel. Needs the standard library alone."""

import io
import re
import traceback
from typing import Any

CELL_FILE = "<cell {}>"
_CELL_FILE = re.compile(r"<cell (.*)>")
_KNOWN = {"builtins", "numpy", "numpy.linalg", "numpy.exceptions", "torch"}
MAX_TEXT = 500


class CappedText(io.TextIOBase):
    """stdout and stderr of the student: keeps the first `limit` characters and counts the rest."""

    def __init__(self, limit: int) -> None:
        self.limit, self.written, self.kept = limit, 0, io.StringIO()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Take `text`; beyond the limit it is counted and dropped."""
        if self.written < self.limit:
            self.kept.write(text[: self.limit - self.written])
        self.written += len(text)
        return len(text)


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as facts: its type, whether Python or numpy made that type, text, and the last line of the notebook in it."""
    kind = type(error)
    facts: dict[str, Any] = {
        "type": type.__dict__["__name__"].__get__(kind)[:80],  # not kind.__name__: a metaclass may answer with anything
        "known": _is_known(kind),
        "text": _text_of(error),
        "cell": None,
        "line": None,
        "module": None,
    }
    if isinstance(error, SyntaxError):
        facts.update(type="SyntaxError", line=error.lineno)
    if isinstance(error, ImportError):
        facts["module"] = error.name[:80] if type(error.name) is str else ""
    for frame in traceback.extract_tb(error.__traceback__, limit=-200):
        if found := _CELL_FILE.fullmatch(frame.filename):
            facts.update(cell=found[1], line=frame.lineno)
    return facts


def _is_known(kind: type) -> bool:
    try:
        module = type.__getattribute__(kind, "__module__")
    except AttributeError:
        return False
    return type(module) is str and module in _KNOWN


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:MAX_TEXT]
    except BaseException:  # noqa: BLE001 - a student's __str__ may raise anything
        return ""
