"""`autograder doctor`: what this machine can do, tried and not guessed."""

import typer

from autograder.cli.options import Course, Json, Scheduler, find_course, refuse_other_systems
from autograder.errors import EXIT_BELOW, UsageError


def doctor(course: Course = None, scheduler: Scheduler = None, json: Json = False) -> None:  # noqa: FBT002
    """Try every layer of isolation and say the tier; check nbgrader, torch and devices. What is missing comes with the line that mends it.

    With --scheduler it is a cluster's workers that are tried, and compared with this machine.
    Exit code 1 when student code can't be run safely here, or a worker would be refused.
    """
    if scheduler is not None:
        _visit(scheduler, json=json)
        return
    from rich.text import Text  # noqa: PLC0415

    from autograder.cli import terminal  # noqa: PLC0415

    out = terminal.console()

    def say(layer: str, status: str, detail: str) -> None:
        if json:
            terminal.print_json(layer=layer, status=status, detail=detail)
        else:
            mark, colour = _MARKS[status]
            out.print(Text(mark, colour), terminal.plain(f"{layer}: {detail}"))

    def conclude(reached: str) -> None:
        if json:
            terminal.print_json(tier=reached)
        else:
            out.print(f"tier {reached}: {_MEANING[reached]}", highlight=False)
        if reached == "none":
            raise typer.Exit(EXIT_BELOW)

    try:
        refuse_other_systems()
    except UsageError as error:
        say("system", "fail", str(error))
        conclude("none")
    from autograder.cli import surroundings  # noqa: PLC0415
    from autograder.sandbox.selftest import tier, try_layers  # noqa: PLC0415

    try:
        hidden = find_course(course)
    except UsageError:
        hidden = None
    findings = []
    for finding in try_layers(hidden):
        findings.append(finding)
        say(finding.layer, finding.status, finding.detail)
    for finding in surroundings.look():
        say(finding.layer, finding.status, finding.detail)
    conclude(tier(findings))


def _visit(scheduler: str, *, json: bool) -> None:
    """One row for each worker of a cluster."""
    from rich.text import Text  # noqa: PLC0415

    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.engines.survey import survey  # noqa: PLC0415

    out = terminal.console()
    rows = []
    for row in survey(scheduler):
        rows.append(row)
        if json:
            terminal.print_json(**row.as_json())
        else:
            mark, colour = _MARKS["ok" if row.fit else "fail"]
            out.print(Text(mark, colour), terminal.plain(f"{row.name}: {row}"))
    fit = sum(row.fit for row in rows)
    if not json:
        out.print(f"{fit} of {len(rows)} workers may grade", highlight=False)
    if not rows or fit < len(rows):
        raise typer.Exit(EXIT_BELOW)


_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red"), "info": ("    ", "")}
_MEANING = {
    "A": "every layer holds; student code may be graded here",
    "B": "every layer holds but cgroup limits; student code may be graded here",
    "B2": "student code may be graded here, slower, with one bubblewrap for each submission",
    "none": "a layer is missing, so nothing is graded here",
}
