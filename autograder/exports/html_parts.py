"""What both HTML pages are built of: escaping, verdicts in words, the page around it all. Every text from outside passes through `text`."""

import math
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files

from autograder.model import Verdict
from autograder.report.plain import shortened, visible

_CODE = re.compile(r"`([^`\n]+)`")
_CODE_LIMIT = 6_000
_PROSE_LIMIT = 2_000
DASH = "&ndash;"
"""Stands where there is no number."""

VERDICTS = {
    Verdict.PASSED: ("right", "✓", "Right"),
    Verdict.FAILED: ("mend", "✗", "Not yet right"),
    Verdict.ERROR: ("mend", "✗", "Stopped with an error"),
    Verdict.NOT_ATTEMPTED: ("open", "○", "Not attempted"),
    Verdict.OUTPUT_LIMIT: ("mend", "✗", "Printed too much"),
    Verdict.MEMORY_LIMIT: ("mend", "✗", "Out of memory"),
    Verdict.TIME_LIMIT: ("mend", "✗", "Out of time"),
    Verdict.FORBIDDEN: ("mend", "✗", "Not allowed here"),
    Verdict.ENVIRONMENT: ("mend", "✗", "A package is missing"),
    Verdict.GRADER_FAULT: ("fault", "!", "Not graded yet"),
}
"""Tone (a class of the style sheet), sign and words of each verdict; never the colour alone."""


def text(value: str, limit: int = 300) -> str:
    """`value` as HTML text or as a quoted attribute: escaped, hidden characters shown as marks, cut at `limit` characters."""
    return escape(visible(shortened(value, limit)), quote=True)


def prose(value: str) -> str:
    """A sentence as HTML: escaped, and what stands between backticks set as code."""
    return _CODE.sub(r"<code>\1</code>", text(value, _PROSE_LIMIT))


def block(value: str) -> str:
    """Code or output as HTML for a <pre>: escaped, cut where it would drown the page."""
    return text(value, _CODE_LIMIT)


_OVERALL = {Verdict.PASSED: "All right", Verdict.FAILED: "Not yet all right", Verdict.NOT_ATTEMPTED: "Not finished yet"}


def badge(verdict: Verdict, *, overall: bool = False) -> str:
    """The verdict as a small label, a sign for the eye and words for everyone; `overall` where it is the worst of several."""
    tone, sign, words = VERDICTS[verdict]
    words = _OVERALL.get(verdict, words) if overall else words
    return f'<span class="badge {tone}"><span aria-hidden="true">{sign}</span> {words}</span>'


def share(earned: float | None, points: float) -> str:
    """`earned` as a percentage of `points` for a width, such as 62.5%."""
    if earned is None or points <= 0:
        return "0%"
    return f"{min(earned / points, 1.0) * 100:.4g}%"


def listed(words: Iterable[str]) -> str:
    """Words in a row: one; one and two; one, two and three."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def once_in(chance: float) -> str:
    """A probability in words, such as: at most once in 1,200,000 times. Rounded so that it never promises too much."""
    times = max(1.0, (1 + 1e-12) / max(chance, 1e-15))
    step = 10 ** max(0, math.floor(math.log10(times)) - 1)
    return f"at most once in {int(times // step) * step:,} times"


@cache
def _style() -> str:
    return (files(__package__) / "style.css").read_text(encoding="utf-8")


def page(title: str, main: str) -> bytes:
    """A whole page in one file: no scripts, nothing fetched, and a policy that holds a browser to it."""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<style>
{_style()}</style>
</head>
<body>
{main}
</body>
</html>
""".encode()
