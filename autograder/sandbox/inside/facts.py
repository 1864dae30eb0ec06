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
        "type": kind.__name__[:80],
        "known": kind.__module__ in _KNOWN,
        "text": _text_of(error),
        "cell": None,
        "line": None,
        "module": None,
    }
    if isinstance(error, SyntaxError):
        facts.update(type="SyntaxError", line=error.lineno)
    if isinstance(error, ImportError):
        facts["module"] = str(error.name or "")[:80]
    for frame in traceback.extract_tb(error.__traceback__, limit=-200):
        if found := _CELL_FILE.fullmatch(frame.filename):
            facts.update(cell=found[1], line=frame.lineno)
    return facts


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:MAX_TEXT]
    except Exception:  # noqa: BLE001 - a student's __str__ may raise anything
        return ""
