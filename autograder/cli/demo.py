"""`autograder demo`: see the whole thing work on a class made from the course itself."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.options import Course, Jobs, Json, find_course, load_assignments, refuse_other_systems


def demo(
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("demo-class"),
    jobs: Jobs = 1,
    course: Course = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make a small class from the course's own solutions, variants and mistakes, grade it, and write its reports.

    The hidden inputs are seeded by a public secret here, so these scores mean nothing to anyone.
    """
    refuse_other_systems()
    from autograder import config  # noqa: PLC0415
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.demo import classroom  # noqa: PLC0415
    from autograder.engines import local  # noqa: PLC0415
    from autograder.engines.results import Results  # noqa: PLC0415

    folder = find_course(course)
    results = Results(out)
    results.open_for_writing()
    for assignment in load_assignments(folder, []):
        made = classroom(assignment)
        todo = [local.Job(case.submission, assignment) for case in made]
        reports = {}
        with terminal.progress(len(todo), f"grading {assignment.id}", silent=json) as step:
            for job, report in local.run(todo, config.demo_settings(), workers=jobs, hidden=[folder]):
                results.add(report)
                reports[job.submission.student] = report
                step()
        in_order = [reports[case.submission.student] for case in made]
        if not json:
            terminal.print_class(in_order, f"{assignment.id}: {assignment.title}")
        for report in in_order if json else []:
            terminal.print_report_json(report)
    terminal.tell_unreadable(results.summarise())
    if json:
        return
    typer.echo(f"Reports: {out / 'index.html'}   Table: {out / 'grades.csv'}")
    typer.echo("This class was seeded by a public secret: its hidden inputs are known.")
