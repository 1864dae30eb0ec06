"""A grading process beside a Dask worker. In: settings and assignments, then one request after the other. Out: what came of each.

A process of its own, since a Dask worker has many threads: boxes are to be forked and signals set from a process that has one, pytest works
in the main thread alone, and a box ends with the thread that started it. It ends with the worker, or when it was idle for long.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.config import Settings, cuda_devices
from autograder.course.assignment import Assignment
from autograder.engines import facts
from autograder.engines.protocol import Job
from autograder.engines.results import files_of
from autograder.engines.worker import Made, attempt
from autograder.errors import ConfigError, SandboxError
from autograder.model import Report, Submission
from autograder.pipeline import Grader, device_for
from autograder.sandbox.inside import kernel

IDLE_SECONDS = 300.0
"""A driver that was killed leaves nobody who would end this process."""


@dataclass(frozen=True)
class Opening:
    """What a seat is told first; `package` is the version of the worker's code."""

    settings: Settings
    assignments: list[Assignment]
    hidden: Path
    pages: bool
    package: str


@dataclass(frozen=True)
class Request:
    """One submission, for the assignment of that number; `flag` it where it has ended too many graders, and do not grade it again."""

    submission: Submission
    assignment: int
    flag: bool = False


@dataclass(frozen=True)
class Answer:
    """What came of a request: a report with its files, or the fault that hindered it.

    Attributes:
        report: None if there is none.
        files: see Graded.
        error: why there is none.
        unfit: the fault is this machine's, which never made a box of that kind, or the worker's, which was not opened for this run.
    """

    report: Report | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    error: Exception | None = None
    unfit: bool = False


def main(descriptor: int) -> None:
    """Serve the worker at the other end of `descriptor` until it closes it."""
    worker = os.getppid()
    kernel.die_with_parent()
    if os.getppid() != worker:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all on the terminal, and is for the worker
    pipe = Connection(descriptor)
    try:
        opening = pipe.recv()
        with Grader(opening.settings, [opening.hidden]) as grader:
            pipe.send(_open(grader, opening))
            while pipe.poll(IDLE_SECONDS):
                request = pipe.recv()
                pipe.send(_answer(grader, opening, request))
    except (EOFError, OSError):  # the worker wants nothing more
        return


def _open(grader: Grader, opening: Opening) -> Exception | None:
    """Warm everything up; what hinders it, if anything."""
    if facts.here().package != opening.package:
        return ConfigError(f"autograder {facts.here().package} was installed after this worker was started; start it again")
    try:
        for assignment in opening.assignments:
            grader.prepare(assignment)
            if device_for(assignment, opening.settings) == "cuda" and not cuda_devices():
                return ConfigError("there is no CUDA device that its driver can use")
        grader.ready()
    except Exception as error:  # noqa: BLE001 - the driver decides what becomes of it
        return error
    return None


def _answer(grader: Grader, opening: Opening, request: Request) -> Answer:
    job = Job(request.submission, opening.assignments[request.assignment])
    if request.flag:
        report = grader.flag(job.submission, job.assignment)
        return Answer(report, files_of(report) if opening.pages else {})
    came = attempt(grader, job, pages=opening.pages)
    if isinstance(came, Made):
        return Answer(came.report, came.files)
    return Answer(error=came, unfit=isinstance(came, SandboxError) and job.assignment.kind not in grader.boxed)
