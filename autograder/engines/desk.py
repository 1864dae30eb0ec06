"""What runs in a Dask worker: tasks that open a grading process for a run and have it grade. No student code and no check runs here.

What is kept is kept in this module, one desk for each run that is going on: tasks of a worker run in one process, one after the other.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

from autograder.engines import facts
from autograder.engines.parcel import Parcel, unpack
from autograder.engines.protocol import TRIES
from autograder.engines.seat import Answer, Opening, Request
from autograder.engines.worker import GRACE_SECONDS, WorkerEndedError
from autograder.errors import ConfigError
from autograder.sandbox import policy

if TYPE_CHECKING:
    from distributed import Worker

OPEN_SECONDS = 150.0
"""What a grading process may take to warm up; a zygote alone may take two minutes."""
_HAS_ENDED = WorkerEndedError("this run has ended")
_PROGRAM = "import sys; sys.path.insert(0, {!r}); from autograder.engines.seat import main; main({})"


class Desk:
    """A run's parcel on this worker, and its grading process; a new one when that has ended.

    Args:
        parcel: as it was sent.
        place: a folder to be made for its files.
    """

    def __init__(self, parcel: Parcel, place: Path) -> None:
        self._place = place
        self._opening = Opening(parcel.settings, unpack(parcel, place), place, parcel.pages, facts.here().package)
        self._lock = threading.Lock()
        self._seat: _Seat | None = None
        self._is_cleared = False

    @property
    def is_idle(self) -> bool:
        """True when there is no grading process."""
        return self._seat is None or self._seat.has_ended

    def open(self) -> Exception | None:
        """Have a warm grading process; what hindered it, if anything."""
        try:
            with self._lock:
                self._warm()
        except Exception as error:  # noqa: BLE001 - the driver decides what becomes of it
            return error
        return None

    def ask(self, request: Request) -> Answer:
        """What came of a request; a process that gives no answer, or none in time, is ended."""
        seconds = TRIES * self._opening.assignments[request.assignment].limits.submission_seconds + GRACE_SECONDS
        with self._lock:
            try:
                answer: Answer = self._warm().ask(request, seconds)
            except Exception as error:  # noqa: BLE001 - as above
                self.close()
                return Answer(error=error)
            return answer

    def close(self) -> None:
        """End the grading process at once, whatever it does."""
        seat, self._seat = self._seat, None
        if seat is not None:
            seat.end()

    def clear(self) -> None:
        """End the process and remove the files. For good: this comes from another thread, while one may just be started."""
        self._is_cleared = True
        self.close()
        shutil.rmtree(self._place, ignore_errors=True)

    def _warm(self) -> "_Seat":
        if self._seat is None or self._seat.has_ended:
            self.close()
            self._seat = seat = _Seat()
            error = _HAS_ENDED if self._is_cleared else seat.ask(self._opening, OPEN_SECONDS)
            if error is not None:
                self.close()
                raise error
        return self._seat


class _Seat:
    """A grading process, seen from the worker."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            program = _PROGRAM.format(str(policy.PACKAGE.parent), theirs.fileno())
            self._process = subprocess.Popen(
                [sys.executable, "-c", program],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        self._pipe = Connection(ours.detach())

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, what: Opening | Request, seconds: float) -> Any:
        try:
            self._pipe.send(what)
            if self._pipe.poll(seconds):
                return self._pipe.recv()
        except (EOFError, OSError, UnpicklingError) as error:
            raise WorkerEndedError("the grading process ended") from error
        raise WorkerEndedError("the grading process gave no answer in time")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()  # its end of the pipe is closed with it, which tells whoever waits at ours


_desks: dict[str, Desk] = {}
_ended: set[str] = set()
"""Runs whose driver has told their end: what it asked before that may come later."""


def open_desk(parcel: Parcel) -> Exception | None:
    """Task: get ready for a run; what hinders it, if anything."""
    for run, other in [*_desks.items()]:
        if run != parcel.run and other.is_idle:  # its driver is gone, most likely; one that isn't has it opened anew
            _clear(run)
    desk = _desks.get(parcel.run)
    if desk is None:
        place = Path(_worker().local_directory) / f"autograder-{parcel.run}"
        try:
            desk = _desks[parcel.run] = Desk(parcel, place)
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            return ConfigError(f"{place.parent} can't be written to: {error.strerror}")
    if parcel.run in _ended:
        _clear(parcel.run)
        return _HAS_ENDED
    return desk.open()


def grade(run: str, request: Request) -> Answer:
    """Task: grade one submission for a run that was opened here."""
    desk = _desks.get(run)
    error = WorkerEndedError("this worker was not opened for this run")
    return Answer(error=error, unfit=True) if desk is None else desk.ask(request)


def close_desk(run: str) -> None:
    """Not a task, so that it can be run beside one: end what this run has here."""
    _ended.add(run)
    _clear(run)


def _clear(run: str) -> None:
    desk = _desks.pop(run, None)
    if desk is not None:
        desk.clear()


def _worker() -> "Worker":
    from distributed import get_worker  # noqa: PLC0415 - an extra

    return get_worker()
