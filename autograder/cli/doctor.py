"""`autograder doctor`: what this machine can do, tried and not guessed."""

import typer

from autograder.cli.options import Course, Json, find_course
from autograder.errors import EXIT_BELOW, UsageError


def doctor(course: Course = None, json: Json = False) -> None:  # noqa: FBT002
    """Try every layer of isolation and say the tier; check nbgrader, torch and devices. What is missing comes with the line that mends it.

    Exit code 1 when student code can't be run safely here.
    """
    from rich.text import Text  # noqa: PLC0415

    from autograder.cli import surroundings, terminal  # noqa: PLC0415
    from autograder.sandbox.selftest import Finding, tier, try_layers  # noqa: PLC0415

    try:
        hidden = find_course(course)
    except UsageError:
        hidden = None
    out = terminal.console()

    def tell(finding: Finding) -> None:
        if json:
            terminal.print_json(layer=finding.layer, status=finding.status, detail=finding.detail)
        else:
            mark, colour = _MARKS[finding.status]
            out.print(Text(mark, colour), terminal.plain(f"{finding.layer}: {finding.detail}"))

    findings = []
    for finding in try_layers(hidden):
        findings.append(finding)
        tell(finding)
    for finding in surroundings.look():
        tell(finding)
    reached = tier(findings)
    if json:
        terminal.print_json(tier=reached)
    else:
        out.print(f"tier {reached}: {_MEANING[reached]}", highlight=False)
    if reached == "none":
        raise typer.Exit(EXIT_BELOW)


_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red"), "info": ("    ", "")}
_MEANING = {
    "B": "every layer holds but cgroup limits; student code may be graded here",
    "B2": "student code may be graded here, slower, with one bubblewrap for each submission",
    "none": "a layer is missing, so nothing is graded here",
}
