"""`autograder grade`: submissions in, a results folder out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from autograder.cli.options import Course, Engine, Jobs, Json, Scheduler, check_engine, find_course, load_assignments, refuse_other_systems
from autograder.errors import EXIT_BELOW, EXIT_DONE, EXIT_FAULT, EXIT_USAGE, SubmissionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograder.cli.lacking import Lacking
    from autograder.course import Assignment
    from autograder.engines.ledger import Ledger
    from autograder.engines.protocol import Job
    from autograder.engines.results import Results
    from autograder.model import Report, Submission


def _percent(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 100:
        raise UsageError(f"--fail-under: got {value:g}, wanted percent: a number from 0 to 100")
    return value


DECLARED = (
    "autograder: {count} GPUs are declared (AUTOGRADER_DECLARED_GPUS) and not there: torch assignments are handed out one to each, "
    "but run on the CPU, as their reports say"
)
Key: TypeAlias = tuple[str, str]
GO_ON = "Run the same command with --resume to grade the rest."
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
    Exit code: 0 done, 1 below --fail-under, 2 usage or a library is missing that some need, 3 our fault.
    """
    check_engine(engine, scheduler, jobs)
    refuse_other_systems()
    import os  # noqa: PLC0415

    from autograder import config  # noqa: PLC0415
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.cli.running import grade_all, make_engine  # noqa: PLC0415
    from autograder.engines.ledger import Ledger  # noqa: PLC0415
    from autograder.engines.results import Results  # noqa: PLC0415

    folder = find_course(course)
    assignments = load_assignments(folder, [assignment] if assignment else [])
    settings = config.load(folder, os.environ, device=device, elsewhere=scheduler is not None)
    asked = _handed_in(paths, assignments, assignment)
    results = Results(out)
    results.open_for_writing()
    if settings.declared:
        typer.echo(DECLARED.format(count=len(settings.gpus)), err=True)
    made = make_engine(settings, jobs, [folder, out, *paths], pages=True, scheduler=scheduler)
    with Ledger(results) as ledger:
        before = _done_before(results, ledger, asked) if resume else {}
        todo, lacking = _to_do(asked, before, elsewhere=scheduler is not None)
        _announce(before, lacking, len(asked), json=json)
        new = grade_all(results, ledger, made, todo, "grading", json=json, said=GO_ON)
        reports = sorted([*before.values(), *new], key=lambda report: (report.student, report.assignment))
        terminal.tell_unreadable(results.summarise(reports))
    terminal.warn_of_tier(reports)
    if not json:
        terminal.print_class(reports, f"{len(reports)} graded" + (f", {len(before)} of them before" if before else ""))
        typer.echo(f"{terminal.summary(reports)}\nReports: {out / 'index.html'}   Table: {out / 'grades.csv'}")
    if lacking:
        typer.echo(f"autograder: {lacking.outcome()}", err=True)
    raise typer.Exit(_exit_code(reports, lacking, fail_under))


def _handed_in(paths: "Sequence[Path]", assignments: "Sequence[Assignment]", named: str | None) -> "list[Job]":
    """Every submission in `paths`, with its assignment.

    Raises:
        UsageError: there is none.
    """
    from autograder import sources  # noqa: PLC0415

    submissions = sources.collect(paths, assignment=named, known=[one.id for one in assignments])
    if not submissions:
        raise UsageError(f"PATH {', '.join(map(str, paths))}: no notebook found; wanted .ipynb files, or a folder or archive with some")
    return [_job(submission, assignments) for submission in submissions]


def _done_before(results: "Results", ledger: "Ledger", asked: "Sequence[Job]") -> "dict[Key, Report]":
    """Outlines of the reports that an earlier run made of these very jobs and that still stand."""
    from autograder.report.outline import outline  # noqa: PLC0415

    done = {}
    for job in asked:
        report = results.find(*_key(job)) if ledger.is_done(job) else None
        if report is not None:
            done[_key(job)] = outline(report)
    return done


def _key(job: "Job") -> Key:
    """Whose submission it is and what for: where its report stands."""
    return job.submission.student, job.assignment.id


def _to_do(asked: "Sequence[Job]", before: "Mapping[Key, Report]", *, elsewhere: bool) -> "tuple[list[Job], Lacking | None]":
    """What is to be graded now, and what can't be for want of a library; `elsewhere`, the workers find out what they have.

    Where nothing at all can be graded, it is the engine that says why.
    """
    from autograder.cli.lacking import set_apart  # noqa: PLC0415

    rest = [job for job in asked if _key(job) not in before]
    todo, lacking = (rest, None) if elsewhere else set_apart(rest)
    return (todo, lacking) if todo or before else (rest, None)


def _announce(before: "Mapping[Key, Report]", lacking: "Lacking | None", of: int, *, json: bool) -> None:
    """Tell what is known before anything is graded."""
    from autograder.cli import terminal  # noqa: PLC0415

    if lacking:
        typer.echo(f"autograder: {lacking.outlook(of)}", err=True)
    if json:
        for report in before.values():
            terminal.print_report_json(report)
    if json and lacking:
        for job in lacking.jobs:
            terminal.print_left_out_json(*_key(job), f"{lacking.library} is not installed")


def _exit_code(reports: "Sequence[Report]", lacking: "Lacking | None", fail_under: float | None) -> int:
    """The worst of what there is to tell a script: a fault of ours, somebody who was left out, a score below the bar."""
    from autograder.model import Verdict  # noqa: PLC0415

    if any(report.verdict is Verdict.GRADER_FAULT for report in reports):
        return EXIT_FAULT
    if lacking:
        return EXIT_USAGE
    if fail_under is not None and any((report.score or 0.0) * 100 < fail_under * report.max_score for report in reports):
        return EXIT_BELOW
    return EXIT_DONE


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
