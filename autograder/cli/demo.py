"""`autograder demo`: see the whole thing work on a class made from the course itself."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.options import Course, Jobs, Json, find_course, load_assignments, refuse_other_systems


def demo(
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("demo-class"),
    jobs: Jobs = None,
    course: Course = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make a small class from the course's own solutions, variants and mistakes, grade it, and write its reports.

    The hidden inputs are seeded by a public secret here, so these scores mean nothing to anyone.
    """
    refuse_other_systems()
    from autograder import config  # noqa: PLC0415
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.cli.running import grade_all, make_engine  # noqa: PLC0415
    from autograder.demo import classroom  # noqa: PLC0415
    from autograder.engines.ledger import Ledger  # noqa: PLC0415
    from autograder.engines.protocol import Job  # noqa: PLC0415
    from autograder.engines.results import Results  # noqa: PLC0415
    from autograder.sandbox.policy import missing_library  # noqa: PLC0415

    folder = find_course(course)
    results = Results(out)
    results.open_for_writing()
    assignments = load_assignments(folder, [])
    left_out = {one.id: missing for one in assignments if (missing := missing_library(one.kind))}
    made = [(case, assignment) for assignment in assignments if assignment.id not in left_out for case in classroom(assignment)]
    todo = [Job(case.submission, assignment) for case, assignment in made]
    engine = make_engine(config.demo_settings(), jobs, [folder], pages=True)
    with Ledger(results) as ledger:
        said = "The demonstration begins anew each time."
        reports = grade_all(results, ledger, engine, todo, "grading", json=json, said=said)
        terminal.tell_unreadable(results.summarise(reports))
    if not json:
        found = {(report.student, report.assignment): report for report in reports}
        for assignment in dict.fromkeys(assignment.id for _, assignment in made):
            of_it = [job for job in todo if job.assignment.id == assignment]
            in_order = [found[job.submission.student, assignment] for job in of_it]
            terminal.print_class(in_order, f"{assignment}: {of_it[0].assignment.title}")
    if json:
        return
    typer.echo(f"Reports: {out / 'index.html'}   Table: {out / 'grades.csv'}")
    for name, library in left_out.items():
        typer.echo(f"{name} is left out: it needs {library}, which `pip install -e '.[grade,torch]'` in a clone installs.")
    typer.echo("This class was seeded by a public secret: its hidden inputs are known.")
