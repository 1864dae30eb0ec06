"""The CSV export: a class as one table for a spreadsheet, one row a submission."""

import csv
import io
import re
from collections.abc import Sequence

from autograder.exports import order
from autograder.model import Report
from autograder.report.plain import visible

# A spreadsheet runs a cell that begins so as a formula (OWASP, CSV injection); the wide forms are folded to the plain ones by some of them.
# Where the list separator is a semicolon, as in much of Europe, a cell begins after each, quoted or not.
_FORMULA_START = re.compile(r"(?:^|(?<=[;\t\n]))(?=[\t\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


def write(reports: Sequence[Report]) -> bytes:
    """The grades as UTF-8 CSV with a header: student, assignment, score, max_score, verdict, a column for each exercise, flags.

    A column is headed by the exercise's id, with the assignment's before it where there are several assignments. Points that a fault
    of ours left open are an empty cell, never 0.
    """
    assignments = order.by_assignment(reports)
    columns = [(assignment, exercise) for assignment, of_it in assignments.items() for exercise in order.exercise_ids(of_it)]
    heads = [exercise if len(assignments) == 1 else f"{assignment}/{exercise}" for assignment, exercise in columns]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([_text(head) for head in ["student", "assignment", "score", "max_score", "verdict", *heads, "flags"]])
    for report in order.by_student(reports):
        earned = {(report.assignment, exercise.id): order.points(exercise.earned) for exercise in report.exercises}
        table.writerow(
            [
                _text(report.student),
                _text(report.assignment),
                order.points(report.score),
                order.points(report.max_score),
                report.verdict.value,
                *(earned.get(column, "") for column in columns),
                _text("; ".join(order.flags(report))),
            ]
        )
    return out.getvalue().encode("utf-8")


def _text(value: str) -> str:
    return _FORMULA_START.sub("'", visible(value))
