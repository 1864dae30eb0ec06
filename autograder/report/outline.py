"""What tables of a class need of a report: a hundredth of its memory, so that a driver can hold those of a cohort. Pure."""

from dataclasses import replace

from autograder.model import CheckResult, ExerciseReport, PartReport, Report

_FLAGGED = "module"
"""The parameter of messages that a table quotes."""


def outline(report: Report) -> Report:
    """`report` without figures, examples and messages that stand on its own page alone; tables of the class are the same for both."""
    errors = tuple(replace(error, cell="") for error in report.cell_errors)
    return replace(report, exercises=tuple(map(_exercise, report.exercises)), cell_errors=errors, curves=(), environment={}, timing={})


def _exercise(exercise: ExerciseReport) -> ExerciseReport:
    return replace(exercise, parts=tuple(part for part in map(_part, exercise.parts) if part.checks))


def _part(part: PartReport) -> PartReport:
    return replace(part, checks=tuple(check for check in map(_check, part.checks) if check.mistake or check.messages))


def _check(check: CheckResult) -> CheckResult:
    messages = tuple(message for message in check.messages if _FLAGGED in message.params)
    return replace(check, messages=messages, hint=None, counterexample=None)
