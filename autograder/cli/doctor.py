"""`autograder doctor`: what this machine can do, tried and not guessed."""

import typer

from autograder.cli.options import Course, Json, find_course, refuse_other_systems
from autograder.errors import EXIT_BELOW, UsageError


def doctor(course: Course = None, json: Json = False) -> None:  # noqa: FBT002
    """Try every layer of isolation and say the tier; check nbgrader, torch and devices. What is missing comes with the line that mends it.

    Exit code 1 when student code can't be run safely here.
    """
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


_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red"), "info": ("    ", "")}
_MEANING = {
    "A": "every layer holds; student code may be graded here",
    "B": "every layer holds but cgroup limits; student code may be graded here",
    "B2": "student code may be graded here, slower, with one bubblewrap for each submission",
    "none": "a layer is missing, so nothing is graded here",
}
