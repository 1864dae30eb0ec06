"""The engine on this machine: one trusted grading process, or N of them, each with boxes of its own."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path

from autograder.config import Settings
from autograder.course.assignment import Assignment
from autograder.errors import GraderError
from autograder.model import Report, Submission
from autograder.pipeline import Grader


@dataclass(frozen=True)
class Job:
    """One submission and the assignment it is graded as."""

    submission: Submission
    assignment: Assignment


def run(jobs: Sequence[Job], settings: Settings, *, workers: int = 1, hidden: Sequence[Path] = ()) -> Iterator[tuple[Job, Report]]:
    """Grade `jobs`; gives each with its report as soon as it is done, in no promised order when there are several workers.

    Args:
        jobs: what to grade.
        settings: secret and device.
        workers: processes, at least 1.
        hidden: folders that student code must not see.

    Raises:
        SandboxError: this machine can't make a box.
        GraderError: a worker died; what was given back so far holds.
    """
    if workers == 1 or len(jobs) < 2:
        yield from _in_this_process(jobs, settings, hidden)
    else:
        yield from _in_workers(jobs, settings, min(workers, len(jobs)), hidden)


def _in_this_process(jobs: Sequence[Job], settings: Settings, hidden: Sequence[Path]) -> Iterator[tuple[Job, Report]]:
    with Grader(settings, hidden) as grader:
        for job in jobs:
            yield job, grader.grade(job.submission, job.assignment)


_grader: Grader | None = None  # of a worker process; never set in the parent


def _in_workers(jobs: Sequence[Job], settings: Settings, workers: int, hidden: Sequence[Path]) -> Iterator[tuple[Job, Report]]:
    context = multiprocessing.get_context("fork")  # before any thread or box is there: the warm imports are shared
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=(settings, tuple(hidden))) as pool:
        futures = {pool.submit(_grade, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise GraderError("a grading process died; run again with --resume to grade what is left") from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _start_worker(settings: Settings, hidden: tuple[Path, ...]) -> None:
    global _grader  # noqa: PLW0603 - a pool's initializer has nowhere else to put it
    _grader = Grader(settings, hidden)
    Finalize(None, _grader.close, exitpriority=1)  # a worker ends without atexit; its boxes and their files go with it


def _grade(job: Job) -> Report:
    assert _grader is not None
    return _grader.grade(job.submission, job.assignment)
