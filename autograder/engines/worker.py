"""One grading process of this machine: a fork of the driver, with all that is warm there. In: a job's number. Out: what came of it.

What it says is pickled: it is a process of our own, and what came of a box is in it as plain values alone.
It holds nothing that must be put in order when it ends, so that it can be killed at any time: its boxes end with it, and what the kernel
keeps of them is removed by the driver. It has the jobs already, being a fork, and shares their memory.
"""

import contextlib
import gc
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from autograder.engines.protocol import TRIES, Job, Lane
from autograder.engines.results import files_of
from autograder.errors import GraderError
from autograder.model import Report
from autograder.pipeline import Grader
from autograder.sandbox.inside import kernel

GRACE_SECONDS = 60.0
"""What judging may take beyond the time that the submission itself may use."""
_LITTER = 20_000
"""Objects between two looks for garbage. Python's own 700 are for programs of unknown kind; a submission leaves some thousands behind."""
_CONTEXT = multiprocessing.get_context("fork")


class WorkerEndedError(GraderError):
    """A grading process ended, or had to be ended, before it said what came of its job."""


@dataclass(frozen=True)
class Made:
    """What came of a job that was graded; not the job itself, which whoever gave it has. Files as in `Graded`."""

    report: Report
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Told:
    """What a worker says of a job: what came of it or the fault that ended it; and of which kinds it could make boxes so far."""

    came: Made | Exception
    boxed: frozenset[str]


class Worker:
    """A grading process, seen from the driver. Started when made.

    Args:
        grader: ready for all of `jobs`.
        jobs: that it may be given, by number.
        lane: which of them are for it.
        gpu: the one that it may use, as CUDA names it.
        cpu: the one that it is to stay on, and its boxes with it; None for any.
        pages: make the files of the results folder too.
        siblings: the driver's other workers, whose pipes are not for this one.
    """

    def __init__(
        self,
        grader: Grader,
        jobs: Sequence[Job],
        *,
        lane: Lane = "cpu",
        gpu: str = "",
        cpu: int | None = None,
        pages: bool = False,
        siblings: "Sequence[Worker]" = (),
    ) -> None:
        self.lane, self.gpu, self.cpu = lane, gpu, cpu
        self.number: int | None = None
        """Of the job that it has; None when it has none."""
        self._jobs = jobs
        self._until = 0.0
        self.pipe, theirs = _CONTEXT.Pipe()
        ours = [self.pipe, *(sibling.pipe for sibling in siblings)]
        place = {"gpu": gpu, "cpu": cpu, "pages": pages}
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, ours, grader, jobs), kwargs=place, daemon=True)
        self._process.start()
        theirs.close()

    def give(self, number: int) -> None:
        """Hand out a job. One that is no more says so when it is asked what came of it."""
        self.number = number
        self._until = time.monotonic() + TRIES * self._jobs[number].assignment.limits.submission_seconds + GRACE_SECONDS
        try:
            self.pipe.send(number)
        except OSError:
            self._until = 0.0

    @property
    def is_late(self) -> bool:
        """True when its job has taken longer than any may."""
        return self.number is not None and time.monotonic() > self._until

    def told(self) -> Told:
        """What came of its job; to be asked when the pipe has something to say, or the worker is late.

        Raises:
            WorkerEndedError: it will not say any more.
        """
        number, self.number = self.number, None
        if self.pipe.poll():
            try:
                told = self.pipe.recv()
            except (EOFError, OSError, pickle.UnpicklingError) as error:
                raise WorkerEndedError("the grading process ended") from error
            assert isinstance(told, Told)
            assert number is not None
            return told
        raise WorkerEndedError("the grading process gave no answer in time")

    def kill(self) -> None:
        """End it now, and wait until it is gone."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.pipe.close()


def _serve(
    pipe: Connection, drivers: Sequence[Connection], grader: Grader, jobs: Sequence[Job], *, gpu: str, cpu: int | None, pages: bool
) -> None:
    """The worker's life. Ends with the driver, or when boxes fail: to mend them is for the driver."""
    driver = os.getppid()
    kernel.die_with_parent()
    if os.getppid() != driver:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all on the terminal, and is for the driver
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what is shared stays shared: no collector of ours writes into it
    gc.set_threshold(_LITTER)
    for one in drivers:
        one.close()
    if cpu is not None:
        with contextlib.suppress(OSError):  # one that was taken from us since is no loss
            os.sched_setaffinity(0, {cpu})
    if gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        told = Told(attempt(grader, jobs[number], pages=pages), grader.boxed)
        pipe.send(told)
        if isinstance(told.came, GraderError):
            return


def attempt(grader: Grader, job: Job, *, pages: bool) -> Made | Exception:
    """Grade one job; what came of it, or the exception that did, as one that can travel between processes."""
    try:
        report = grader.grade(job.submission, job.assignment)
        return Made(report, files_of(report) if pages else {})
    except Exception as error:  # noqa: BLE001 - the driver decides what becomes of it
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        except Exception:  # noqa: BLE001 - an exception may be anything
            return GraderError(f"{type(error).__name__}: {error}")
        return error
