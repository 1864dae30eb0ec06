"""The engine on this machine: N workers, forks of one warmed process that keeps the zygotes for all of them and mends what breaks."""

import logging
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

from autograder.config import Settings
from autograder.engines.protocol import TRIES, Graded, Job, Lane, lane
from autograder.engines.results import files_of
from autograder.engines.worker import Made, Worker, WorkerEndedError
from autograder.errors import ExportError, GraderError, SandboxError
from autograder.pipeline import Grader
from autograder.sandbox.forks import ZygoteLostError

POLL_SECONDS = 0.5
_log = logging.getLogger(__name__)


class LocalEngine:
    """An `Engine` of this machine's own processes.

    Args:
        settings: secret, device and GPUs; for each GPU there is one more worker, for what is to run on one.
        workers: grading processes, at least 1, but no more than there are jobs.
        hidden: folders that student code must not see.
        pages: make the files of the results folder too.
    """

    def __init__(self, settings: Settings, *, workers: int = 1, hidden: Sequence[Path] = (), pages: bool = False) -> None:
        self._settings, self._workers, self._hidden, self._pages = settings, workers, tuple(hidden), pages

    def run(self, jobs: Sequence[Job], waiting: Callable[[], None] = lambda: None) -> Iterator[Graded]:
        """See `Engine`.

        Raises:
            AssignmentError: an assignment's own files are at fault.
            SandboxError: this machine can't make a box.
        """
        if not jobs:
            return
        with Grader(self._settings, self._hidden) as grader:
            for assignment in {id(job.assignment): job.assignment for job in jobs}.values():
                grader.prepare(assignment)
            grader.ready()
            crew = _Crew(grader, jobs, self._settings, self._workers, pages=self._pages)
            try:
                yield from crew.drive(waiting)
            finally:
                crew.end()


class _Crew:
    """The workers of one run, and the jobs that wait for them."""

    def __init__(self, grader: Grader, jobs: Sequence[Job], settings: Settings, workers: int, *, pages: bool) -> None:
        self._grader, self._jobs, self._pages = grader, jobs, pages
        self._queues: dict[Lane, deque[int]] = {"cpu": deque(), "gpu": deque()}
        for number, job in enumerate(jobs):
            self._queues[lane(job, settings)].append(number)
        self._tries: Counter[int] = Counter()
        self._boxed = set(grader.boxed)
        self._mended = 0.0
        """When boxes were mended last: workers forked before that are of no more use."""
        self._born: dict[Worker, float] = {}
        for cpu in _seats(min(workers, len(self._queues["cpu"]))):
            self._hire("cpu", cpu=cpu)
        for gpu in settings.gpus[: len(self._queues["gpu"])]:
            self._hire("gpu", gpu)

    def drive(self, waiting: Callable[[], None]) -> Iterator[Graded]:
        """Hand out one job at a time to each worker until all are done."""
        while self._hand_out():
            pipes = {worker.pipe: worker for worker in self._born if worker.number is not None}
            talking = wait(list(pipes), POLL_SECONDS)
            for worker in [one for pipe, one in pipes.items() if pipe in talking or one.is_late]:
                graded = self._hear(worker)
                if graded is not None:
                    yield graded
                self._hand_out()
            if not talking:
                waiting()

    def end(self) -> None:
        """End every worker, whatever it does."""
        while self._born:
            self._born.popitem()[0].kill()

    def _hire(self, of: Lane, gpu: str = "", cpu: int | None = None) -> None:
        worker = Worker(self._grader, self._jobs, lane=of, gpu=gpu, cpu=cpu, pages=self._pages, siblings=list(self._born))
        self._born[worker] = time.monotonic()

    def _replace(self, worker: Worker) -> None:
        del self._born[worker]
        worker.kill()
        self._hire(worker.lane, worker.gpu, worker.cpu)

    def _hand_out(self) -> bool:
        """Give idle workers their next jobs; False when there are none and nobody is at work."""
        for worker in [one for one in self._born if one.number is None and self._born[one] < self._mended]:
            self._replace(worker)
        for worker in self._born:
            if worker.number is None and self._queues[worker.lane]:
                worker.give(self._queues[worker.lane].popleft())
        return any(worker.number is not None for worker in self._born)

    def _hear(self, worker: Worker) -> Graded | None:
        """What came of a worker's job; None when it is to be tried again, by a new worker."""
        number = worker.number
        assert number is not None
        job = self._jobs[number]
        try:
            told = worker.told()
            self._boxed |= told.boxed
            if isinstance(told.came, Made):
                return Graded(job, told.came.report, told.came.files)
            error = told.came
            if not isinstance(error, SandboxError | ExportError):
                raise error
        except WorkerEndedError as ended:
            error = ended
        excused = self._mend(worker, job, error)
        self._tries[number] += 1
        over = self._tries[number] >= TRIES
        if isinstance(error, SandboxError) and job.assignment.kind not in self._boxed and (over or not excused):
            raise error  # no bad luck of this submission's: this machine makes no box
        _log.warning("%s, %s: try %d of %d: %s", job.assignment.id, job.submission.student, self._tries[number], TRIES, error)
        if not over:
            self._queues[worker.lane].appendleft(number)
            return None
        report = self._grader.flag(job.submission, job.assignment)
        return Graded(job, report, files_of(report) if self._pages else {})

    def _mend(self, worker: Worker, job: Job, error: GraderError) -> bool:
        """Have a new worker in place of one that failed, and boxes for it. True if what boxes are made by was lost: that explains it."""
        stale = self._born[worker] < self._mended
        if mended := self._grader.mend(job.assignment.kind if isinstance(error, ZygoteLostError) and not stale else None):
            self._mended = time.monotonic()
        self._replace(worker)
        return stale or mended


def _seats(workers: int) -> list[int | None]:
    """A CPU for each worker, where there are as many as CPUs: else any of them.

    A worker waits while its box works, and the box while it does: on one CPU neither has to wake another one for that, which costs as much
    as a small call. With fewer workers than CPUs there is room to move, and another program's workers may have come first.
    """
    cpus = sorted(os.sched_getaffinity(0))
    return [*cpus] if workers == len(cpus) > 1 else [None] * workers
