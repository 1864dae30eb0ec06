"""The engine of a cluster: jobs go to the workers of a Dask scheduler a few at a time, and what comes back is safe before more go out.

Only this process writes results. It may lose any worker, or the scheduler, at any time: what was out is handed out again under another
key, and what is still done under the old one is nobody's any more.
"""

import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.config import Settings
from autograder.engines.cluster import Call, Cluster, WorkersEndedError
from autograder.engines.crew import RESOURCES, Crew
from autograder.engines.desk import grade
from autograder.engines.parcel import Parcel, pack
from autograder.engines.protocol import TRIES, Graded, Job, Lane, lane
from autograder.engines.seat import Answer, Request
from autograder.engines.worker import GRACE_SECONDS, WorkerEndedError
from autograder.errors import ExportError, GraderError, SandboxError

WINDOW = 2
"""Jobs that are out for each worker: one that it does and one that it has at hand."""
PATIENCE_SECONDS = 2.0
"""What a worker has at hand is taken back from it when the one that it does takes longer: one slow submission holds up nobody."""
MOST_DEATHS = 3
"""Workers that may end while they have a job, until that is held against it."""
_log = logging.getLogger(__name__)


class DaskEngine:
    """An `Engine` of a cluster's workers.

    Args:
        settings: secret and device; where there are GPUs, torch assignments go to workers that hold one.
        scheduler: see `Cluster`.
        pages: make the files of the results folder too.
    """

    def __init__(self, settings: Settings, scheduler: str, *, pages: bool = False) -> None:
        self._settings, self._scheduler, self._pages = settings, scheduler, pages

    def run(self, jobs: Sequence[Job], waiting: Callable[[], None] = lambda: None) -> Iterator[Graded]:
        """See `Engine`.

        Raises:
            UsageError: the scheduler can't be reached.
            AssignmentError: an assignment's own files are at fault.
            GraderError: no worker may grade, or the scheduler was lost for good.
        """
        if not jobs:
            return
        assignments = list({id(job.assignment): job.assignment for job in jobs}.values())
        parcel = pack(self._settings, assignments, pages=self._pages)
        cluster = Cluster(self._scheduler)
        try:
            run = _Run(cluster, parcel, jobs)
            try:
                yield from run.drive(waiting)
            finally:
                run.end()
        finally:
            cluster.close()


@dataclass(eq=False)
class _Lease:
    """A job that is out: with whom, and since when that worker is at it; None while it does another one first."""

    number: int
    lane: Lane
    worker: str
    since: float | None = None


class _Run:
    """The jobs of one run, those that wait and those that are out."""

    def __init__(self, cluster: Cluster, parcel: Parcel, jobs: Sequence[Job]) -> None:
        self._cluster, self._parcel, self._jobs = cluster, parcel, jobs
        self._crew = Crew(cluster, parcel)
        self._numbers = {id(of): number for number, of in enumerate(parcel.assignments)}
        self._tries: Counter[int] = Counter()
        self._deaths: Counter[int] = Counter()
        self._leases: dict[Call, _Lease] = {}
        self._held: defaultdict[str, dict[Call, _Lease]] = defaultdict(dict)
        """The same by worker, oldest first."""
        self._queues: dict[Lane, deque[int]] = {"cpu": deque(), "gpu": deque()}
        for number, job in enumerate(jobs):
            self._queues[lane(job, parcel.settings)].append(number)

    def drive(self, waiting: Callable[[], None]) -> Iterator[Graded]:
        """Keep the window full until all are done."""
        while self._leases or any(self._queues.values()):
            self._crew.look_round()
            self._hand_out()
            returned = [(call, self._take_back(call)) for call in self._cluster.returned()]
            for call, lease in returned:
                if lease is None:
                    self._crew.take(call)
                elif (graded := self._hear(call, lease)) is not None:
                    yield graded
                self._hand_out()
            if not returned:
                waiting()

    def end(self) -> None:
        """Have whatever is still running end."""
        self._crew.end()

    def _hand_out(self) -> None:
        if not self._cluster.is_connected:
            return
        long_ago = time.monotonic() - PATIENCE_SECONDS
        busy = {worker for worker, held in self._held.items() if held and (_first(held).since or long_ago) < long_ago}
        for worker in busy:
            for call in reversed([*self._held[worker]][1:]):
                self._cluster.withdraw(call)
                self._queue_again(self._take_back(call))
        for of, waiting in self._queues.items():
            fit = self._crew.fit(of)
            for depth in range(WINDOW):  # everybody has something to do before anybody has something at hand
                for worker in fit:
                    if waiting and worker not in busy and len(self._held[worker]) == depth:
                        self._give(waiting.popleft(), of, worker)
            if waiting and not fit:
                self._crew.expect(of)

    def _give(self, number: int, of: Lane, worker: str) -> None:
        job = self._jobs[number]
        request = Request(job.submission, self._numbers[id(job.assignment)], flag=self._tries[number] >= TRIES)
        seconds = WINDOW * (TRIES * job.assignment.limits.submission_seconds + 2 * GRACE_SECONDS)
        call = self._cluster.call(grade, self._parcel.run, request, worker=worker, seconds=seconds, resource=RESOURCES[of])
        since = None if self._held[worker] else time.monotonic()
        self._leases[call] = self._held[worker][call] = _Lease(number, of, worker, since)

    def _take_back(self, call: Call) -> _Lease | None:
        lease = self._leases.pop(call, None)
        if lease is not None:
            held = self._held[lease.worker]
            del held[call]
            if held and _first(held).since is None and not call.gone:
                _first(held).since = time.monotonic()
        return lease

    def _queue_again(self, lease: _Lease | None) -> None:
        assert lease is not None
        self._queues[lease.lane].appendleft(lease.number)

    def _hear(self, call: Call, lease: _Lease) -> Graded | None:
        """What came of a job; None when it is to be handed out again."""
        job = self._jobs[lease.number]
        answer = call.value if isinstance(call.value, Answer) else Answer(error=call.error if isinstance(call.error, Exception) else None)
        if answer.report is not None:
            return Graded(job, answer.report, answer.files)
        self._queue_again(lease)
        self._deaths[lease.number] += call.gone and lease.since is not None
        if answer.unfit:
            self._crew.dismiss(lease.worker, str(answer.error) if isinstance(answer.error, SandboxError) else "")
        elif call.lost and not call.gone and time.monotonic() > call.until:
            self._crew.dismiss(lease.worker)  # it hangs: whoever does not answer gets nothing more
        elif self._deaths[lease.number] > MOST_DEATHS:
            self._deaths[lease.number] = 0
            self._count(job, lease.number, WorkersEndedError("each worker that had it ended"))
        elif not call.lost:
            self._count(job, lease.number, answer.error or GraderError("the worker gave no answer"))
        return None

    def _count(self, job: Job, number: int, error: Exception) -> None:
        """Note a fault that grading this very job ended in."""
        if not isinstance(error, (SandboxError, ExportError, WorkerEndedError, WorkersEndedError)) or self._tries[number] >= TRIES:
            raise error
        self._tries[number] += 1
        _log.warning("%s, %s: try %d of %d: %s", job.assignment.id, job.submission.student, self._tries[number], TRIES, error)


def _first(held: Mapping[Call, _Lease]) -> _Lease:
    return next(iter(held.values()))
