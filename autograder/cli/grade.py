"""`autograder grade`: submissions in, a results folder out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.options import Course, Engine, Jobs, Json, Scheduler, check_engine, find_course, load_assignments, refuse_other_systems
from autograder.errors import EXIT_BELOW, EXIT_FAULT, SubmissionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.course import Assignment
    from autograder.engines.protocol import Job
    from autograder.model import Submission


def _percent(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 100:
        raise UsageError(f"--fail-under: got {value:g}, wanted percent: a number from 0 to 100")
    return value


DECLARED = (
    "autograder: {count} GPUs are declared (AUTOGRADER_DECLARED_GPUS) and not there: torch assignments are handed out one to each, "
    "but run on the CPU, as their reports say"
)
FailUnder = Annotated[float | None, typer.Option(callback=_percent, help="Exit with 1 if a score is below this many percent, 0 to 100.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an earlier run into --out stopped; grade nothing twice.")]


def grade(  # noqa: PLR0917 - typer's: every one is an option by name on the command line
    paths: Annotated[
        list[Path],
        typer.Argument(help="Notebooks, folders, zip or tar archives, or an nbgrader course's submitted/ folder.", metavar="PATH"),
    ],
    assignment: Annotated[str | None, typer.Option(help="Grade as this assignment. Default: told from each notebook's cells.")] = None,
    out: Annotated[Path, typer.Option(help="Where the reports go.")] = Path("graded"),
    jobs: Jobs = None,
    engine: Engine = None,
    scheduler: Scheduler = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda. CPU-only exercises never use a GPU.")] = None,
    fail_under: FailUnder = None,
    resume: Resume = False,  # noqa: FBT002
    course: Course = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Grade notebooks and write a report for each.

    Writes OUT/STUDENT/ASSIGNMENT/report.json and report.html, OUT/grades.csv and OUT/index.html.
    A student's name is the nbgrader folder, else the file's name without .ipynb.
    Exit code: 0 done, 1 below --fail-under, 2 usage, 3 our fault.
    """
    check_engine(engine, scheduler, jobs)
    refuse_other_systems()
    import os  # noqa: PLC0415

    from autograder import config, sources  # noqa: PLC0415
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.cli.running import grade_all, make_engine  # noqa: PLC0415
    from autograder.engines.ledger import Ledger  # noqa: PLC0415
    from autograder.engines.results import Results  # noqa: PLC0415
    from autograder.model import Verdict  # noqa: PLC0415
    from autograder.report.outline import outline  # noqa: PLC0415

    folder = find_course(course)
    assignments = load_assignments(folder, [assignment] if assignment else [])
    settings = config.load(folder, os.environ, device=device, elsewhere=scheduler is not None)
    submissions = sources.collect(paths, assignment=assignment, known=[one.id for one in assignments])
    if not submissions:
        raise UsageError(f"PATH {', '.join(map(str, paths))}: no notebook found; wanted .ipynb files, or a folder or archive with some")
    results = Results(out)
    results.open_for_writing()
    todo = [_job(submission, assignments) for submission in submissions]
    if settings.declared:
        typer.echo(DECLARED.format(count=len(settings.gpus)), err=True)
    made = make_engine(settings, jobs, [folder, out, *paths], pages=True, scheduler=scheduler)
    with Ledger(results) as ledger:
        reports = []
        for job in todo if resume else []:
            report = results.find(job.submission.student, job.assignment.id) if ledger.is_done(job) else None
            reports += [outline(report)] if report is not None else []
        kept = {(report.student, report.assignment) for report in reports}
        todo = [job for job in todo if (job.submission.student, job.assignment.id) not in kept]
        for report in reports if json else []:
            terminal.print_report_json(report)
        said = "Run the same command with --resume to grade the rest."
        reports += grade_all(results, ledger, made, todo, "grading", json=json, said=said)
        terminal.tell_unreadable(results.summarise(reports))
    terminal.warn_of_tier(reports)
    reports.sort(key=lambda report: (report.student, report.assignment))
    if not json:
        terminal.print_class(reports, f"{len(reports)} graded" + (f", {len(kept)} of them before" if kept else ""))
        typer.echo(f"Reports: {out / 'index.html'}   Table: {out / 'grades.csv'}")
    if any(report.verdict is Verdict.GRADER_FAULT for report in reports):
        raise typer.Exit(EXIT_FAULT)
    if fail_under is not None and any((report.score or 0.0) * 100 < fail_under * report.max_score for report in reports):
        raise typer.Exit(EXIT_BELOW)


def _job(submission: "Submission", assignments: "Sequence[Assignment]") -> "Job":
    """The submission with its assignment: the one that its place names, the only one, or the one that its cells belong to."""
    from autograder import notebook  # noqa: PLC0415
    from autograder.engines.protocol import Job  # noqa: PLC0415
    from autograder.pipeline import infer_assignment  # noqa: PLC0415

    named = next((one for one in assignments if one.id == submission.assignment), None)
    if named or len(assignments) == 1 or submission.content is None:
        return Job(submission, named or assignments[0])
    try:
        return Job(submission, infer_assignment(notebook.read(submission.content), assignments) or assignments[0])
    except SubmissionError:
        return Job(submission, assignments[0])
