"""Grade a batch into a results folder with any engine: notebooks that are the same once, each result safe before the next one starts."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from autograder import notebook as notebooks
from autograder.engines.ledger import Ledger
from autograder.engines.protocol import Engine, Graded, Job
from autograder.engines.results import REPORT, Results, files_of
from autograder.errors import SubmissionError, UsageError
from autograder.model import Report
from autograder.report.outline import outline


def grade_into(
    results: Results, ledger: Ledger, engine: Engine, jobs: Sequence[Job], waiting: Callable[[], None] = lambda: None
) -> Iterator[Report]:
    """Grade `jobs` and write their files and the ledger; gives the outline of each report once it is safe.

    Raises:
        UsageError: a file can't be written; says how to go on.
        AutograderError: as the engine does.
    """
    ledger.ask(jobs)
    for done, graded in enumerate(once_each(engine, jobs, waiting)):
        files = graded.files or files_of(graded.report)
        try:
            results.add(graded.report, files)
            ledger.add(graded.job, graded.report, files[REPORT])
        except UsageError as error:
            raise UsageError(
                f"{error}. {done} of {len(jobs)} are safe; once it can be, run this again with --resume for the rest"
            ) from error
        yield outline(graded.report)


def once_each(engine: Engine, jobs: Sequence[Job], waiting: Callable[[], None] = lambda: None) -> Iterator[Graded]:
    """As `engine.run`, but of jobs that are the same but for the student's and the file's name one is graded, and reported for all."""
    alike: dict[object, list[Job]] = {}
    for number, job in enumerate(jobs):
        alike.setdefault(_identity(job) or number, []).append(job)
    firsts = {id(same[0]): same for same in alike.values()}
    for graded in engine.run([same[0] for same in alike.values()], waiting):
        yield graded
        for twin in firsts[id(graded.job)][1:]:
            report = replace(graded.report, student=twin.submission.student, submission=twin.submission.name)
            yield Graded(twin, report)


def _identity(job: Job) -> tuple[int, str] | None:
    """Equal for jobs of equal reports: the notebook as it is judged, with what was put right in it; None for one that is turned away.

    More than the submission's hash, which two may share of which one alone was repaired, and is told so.
    """
    content = job.submission.content
    if content is None:
        return None
    try:
        notebook = notebooks.repair(notebooks.read(content), job.assignment.release)
    except SubmissionError:
        return None
    return id(job.assignment), hashlib.sha256(repr(notebook).encode("utf-8", "surrogatepass")).hexdigest()
