"""What is printed: tables and progress on a terminal, plain lines elsewhere, JSON lines when asked."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.model import Json, Report, Verdict
from autograder.report.plain import stripped

if TYPE_CHECKING:
    from pathlib import Path

PLAIN_WIDTH = 120
_COLOURS = {Verdict.PASSED: "green", Verdict.NOT_ATTEMPTED: "dim", Verdict.GRADER_FAULT: "bold red"}


def console() -> Console:
    """Standard output: colour and its own width on a terminal, neither elsewhere."""
    return Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, no_color=True)


def print_json(**fields: Json) -> None:
    """One JSON object on a line of its own."""
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_report_json(report: Report) -> None:
    """What a script wants of a report, on one line; the rest stands in report.json."""
    from autograder.report.messages import render  # noqa: PLC0415

    print_json(
        student=report.student,
        assignment=report.assignment,
        score=report.score,
        max_score=report.max_score,
        verdict=report.verdict.value,
        mistakes=list(named_mistakes(report)),
        message=stripped(render(report.messages[0])) if report.messages else None,
    )


def print_left_out_json(student: str, assignment: str, why: str) -> None:
    """The line of a submission that was not graded: as a report's, with no score and no verdict."""
    print_json(student=student, assignment=assignment, score=None, max_score=None, verdict=None, mistakes=[], message=why)


def tell_unreadable(paths: "Sequence[Path]") -> None:
    """Say which reports are missing from the table because they can't be read."""
    for path in paths:
        sys.stderr.write(f"{path} can't be read and is not in the table: grade this submission again, or remove the file\n")


def warn_of_tier(reports: Sequence[Report]) -> None:
    """Say so where boxes had to be made the slow way."""
    if any(report.tier == "B2" for report in reports):
        sys.stderr.write("tier B2: namespaces in namespaces are refused here, so each box took a second longer; see `autograder doctor`\n")


def named_mistakes(report: Report) -> list[str]:
    """Names of the mistakes recognised in a submission, in the order of the exercises."""
    names = [check.mistake for exercise in report.exercises for part in exercise.parts for check in part.checks if check.mistake]
    return list(dict.fromkeys(names))


def print_class(reports: Sequence[Report], title: str) -> None:
    """The class as a table: student, score, verdict, and what went wrong."""
    table = Table(title=plain(title), title_justify="left", expand=False)
    table.add_column("student", no_wrap=True, max_width=40)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what was found", overflow="fold")
    for report in reports:
        verdict = Text(report.verdict.value.replace("_", " "), colour(report.verdict))
        table.add_row(plain(report.student), score(report), verdict, plain(found(report)))
    console().print(table)


def plain(text: str) -> Text:
    """Untrusted text for a terminal: without control characters, and never read as markup or as the name of an emoji."""
    return Text(" ".join(stripped(text).split()))


def score(report: Report) -> str:
    """Points without needless digits; a dash when a fault of ours left them open."""
    return "-" if report.score is None else f"{report.score:g}"


def colour(verdict: Verdict) -> str:
    """What a verdict is shown in."""
    return _COLOURS.get(verdict, "yellow")


def numbers(verdicts: Mapping[Verdict, int]) -> list[tuple[Verdict, str]]:
    """The verdicts that there are, best first, each with its number in words."""
    return [(verdict, f"{verdicts[verdict]} {verdict.value.replace('_', ' ')}") for verdict in Verdict if verdicts.get(verdict)]


def summary(reports: Sequence[Report]) -> str:
    """How many there are of each verdict, on one line."""
    return ", ".join(words for _, words in numbers(Counter(report.verdict for report in reports)))


def found(report: Report) -> str:
    """The named mistakes, or the exercises that are wrong without a name for why."""
    from autograder.report.messages import render  # noqa: PLC0415

    if report.messages:
        return render(report.messages[0])
    names = named_mistakes(report)
    unnamed = [
        exercise.id
        for exercise in report.exercises
        if exercise.verdict not in (Verdict.PASSED, Verdict.NOT_ATTEMPTED)
        and not any(check.mistake for part in exercise.parts for check in part.checks)
    ]
    return "; ".join(names + ([f"wrong: {', '.join(unnamed)}"] if unnamed else []))
