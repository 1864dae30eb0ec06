"""`autograder verify`: hold a course against itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.options import Course, Jobs, Json, at_least_one, find_course, load_assignments, refuse_other_systems
from autograder.errors import EXIT_BELOW

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.course import Assignment
    from autograder.model import Report
    from autograder.verify import Case


def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Assignments. Default: all.", metavar="ID")] = None,
    runs: Annotated[
        int, typer.Option(callback=at_least_one, help="Grade the solution and the variants so often, each time with fresh inputs.")
    ] = 1,
    jobs: Jobs = None,
    course: Course = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Check that solution and variants get full marks, the blank 0, and every mistake fails the parts it lists and is named.

    Exit code 1 when a course does not.
    """
    refuse_other_systems()
    folder = find_course(course)
    bad = 0
    for assignment in load_assignments(folder, ids or []):
        bad += _verify(assignment, folder, runs, jobs, json=json)
    if bad and not json:
        typer.echo(f"{bad} fault{'s' if bad > 1 else ''} found")
    if bad:
        raise typer.Exit(EXIT_BELOW)


def _verify(assignment: "Assignment", folder: "Path", runs: int, jobs: int | None, *, json: bool) -> int:
    from autograder.checks.judging import Judge  # noqa: PLC0415
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.course.lint import lint  # noqa: PLC0415
    from autograder.verify import cases, faults, lookalikes  # noqa: PLC0415

    found = [f"lint: {finding}" for finding in lint(assignment)] + list(lookalikes(assignment, Judge(assignment)))
    made = cases(assignment)
    first = _grade(made, assignment, folder, run=0, jobs=jobs)
    wrong = {case.submission.student: list(faults(case, first[case.submission.student])) for case in made}
    found += [f"{case.label}: {fault}" for case in made for fault in wrong[case.submission.student]]
    if json:
        for case in made:
            report = first[case.submission.student]
            terminal.print_json(
                assignment=assignment.id, handed_in=case.label, score=report.score, faults=list(wrong[case.submission.student])
            )
    else:
        _print_table(assignment, made, first, wrong)
    right = [case for case in made if case.fails == frozenset()]
    for run in range(1, runs):
        again = _grade(right, assignment, folder, run=run, jobs=jobs)
        found += [f"run {run + 1}, {case.label}: {fault}" for case in right for fault in faults(case, again[case.submission.student])]
    mistakes = sum(case.mistake is not None for case in made)
    if json:
        terminal.print_json(assignment=assignment.id, right=len(right), runs=runs, mistakes=mistakes, faults=list(found))
        return len(found)
    typer.echo(f"{assignment.id}: {len(right)} right ones graded {runs} time{'s' if runs > 1 else ''}, {mistakes} mistakes")
    for fault in found:
        typer.echo(f"  FAULT {fault}")
    return len(found)


def _print_table(assignment: "Assignment", made: "list[Case]", reports: "dict[str, Report]", wrong: dict[str, list[str]]) -> None:
    from rich.table import Table  # noqa: PLC0415

    from autograder.cli import terminal  # noqa: PLC0415

    table = Table(title=terminal.plain(f"{assignment.id}: {assignment.title}"), title_justify="left")
    table.add_column("handed in", overflow="fold")
    table.add_column("exercise", no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("as it should be")
    for case in made:
        student = case.submission.student
        exercise = case.mistake.exercise if case.mistake else ""
        score = terminal.score(reports[student])
        table.add_row(terminal.plain(case.label), exercise, score, terminal.plain("; ".join(wrong[student]) or "yes"))
    terminal.console().print(table)


def _grade(made: "list[Case]", assignment: "Assignment", folder: "Path", *, run: int, jobs: int | None) -> "dict[str, Report]":
    """Reports by student. Each run has a secret of its own, and so inputs of its own."""
    from autograder.cli.progress import progress  # noqa: PLC0415
    from autograder.cli.running import make_engine  # noqa: PLC0415
    from autograder.config import Secret, Settings  # noqa: PLC0415
    from autograder.engines.protocol import Job  # noqa: PLC0415

    settings = Settings(Secret(f"verification, run {run}".encode()))
    reports = {}
    engine = make_engine(settings, jobs, [folder], pages=False)
    with progress(len(made), f"{assignment.id}, run {run + 1}") as shown:
        for graded in engine.run([Job(case.submission, assignment) for case in made], shown.waiting):
            reports[graded.job.submission.student] = graded.report
            shown.step(graded.report)
    return reports
