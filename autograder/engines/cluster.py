"""A Dask scheduler and what is asked of it. Calls go out; each comes back once: with its value, with the error that it ended in, or lost.

A call comes back lost when its worker went, the scheduler was restarted or its time ran out: nobody knows then if it was carried out, and
to ask again is for the caller. Dask's own `as_completed` is not used: after a scheduler was killed it waits for ever.
"""

import asyncio
import contextlib
import functools
import queue
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from autograder.engines import connecting
from autograder.errors import GraderError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Future

BACK_SECONDS = 60.0
"""How long a scheduler that was lost is waited for."""
TRY_SECONDS = 5.0
"""How often a new client is made for it, while the one there is tries by itself."""
POLL_SECONDS = 0.5
LOOK_SECONDS = 1.0
FETCH_SECONDS = 10.0
"""What it may take to fetch finished values."""
Workers: TypeAlias = Mapping[str, Mapping[str, Any]]


class WorkersEndedError(GraderError):
    """Each worker that had a task ended, until the scheduler gave it to no more."""


@dataclass(eq=False)
class Call:
    """A task that was handed out.

    Attributes:
        worker: address of the one that is to carry it out.
        until: on the clock `time.monotonic`, when it is given up.
        value: what it gave, once it came back.
        error: what it ended in.
        lost: it came back without either.
        gone: the same, because its worker went.
    """

    worker: str
    until: float
    value: Any = None
    error: BaseException | None = None
    lost: bool = False
    gone: bool = False
    key: str = ""
    future: "Future | None" = field(default=None, repr=False)


class Cluster:
    """A connection to a scheduler that outlives the scheduler's end, if another one comes up in its place.

    Args:
        address: such as tls://10.0.0.1:8786, or the file that a scheduler writes with --scheduler-file.

    Raises:
        UsageError: it can't be reached, or only in clear over a network.
        MissingExtraError: Dask is not installed.
    """

    def __init__(self, address: str) -> None:
        self.address = connecting.url_of(address)
        self._client = connecting.connect(self.address, connecting.REACH_SECONDS)
        self._calls: dict[str, Call] = {}
        self._arrivals: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._workers: Workers = {}
        self._looked = self._swept = 0.0
        self._lost_since: float | None = None
        self._tried = 0.0

    @property
    def is_connected(self) -> bool:
        """True while there is a scheduler at the other end."""
        return str(self._client.status) == "running"

    def workers(self) -> Workers:
        """What the scheduler knows of its workers, by address; not older than a second, while it is there."""
        if self.is_connected and time.monotonic() - self._looked > LOOK_SECONDS:
            with contextlib.suppress(*_gone(), AttributeError):
                told = self._client.sync(self._client.scheduler.identity, n_workers=-1, callback_timeout=5.0)
                self._workers = told["workers"]
            self._looked = time.monotonic()
        return self._workers

    def call(self, task: Callable[..., Any], *arguments: Any, worker: str, seconds: float, resource: str | None = None) -> Call:
        """Hand out `task(*arguments)` to a worker; give it up after `seconds`."""
        key = f"{task.__name__}-{uuid.uuid4().hex}"  # one for each try, which says nothing of whose work it is
        call = self._calls[key] = Call(worker, time.monotonic() + seconds, key=key)
        with contextlib.suppress(*_gone()):  # it will come back lost
            call.future = self._client.submit(
                task,
                *arguments,
                key=key,
                pure=False,
                workers=[worker],
                allow_other_workers=False,
                resources={resource: 1} if resource else None,
            )
            call.future.add_done_callback(self._arrivals.put)
        return call

    def withdraw(self, call: Call) -> None:
        """Take back a call that did not come back yet; it won't."""
        call.lost = True
        del self._calls[call.key]
        _let_go(call)

    def returned(self) -> list[Call]:
        """The calls that came back; waits for one, half a second at most.

        Raises:
            GraderError: the scheduler went and did not come back.
        """
        arrived = set()
        with contextlib.suppress(queue.Empty):
            arrived.add(self._arrivals.get(timeout=POLL_SECONDS).key)
            while True:
                arrived.add(self._arrivals.get_nowait().key)
        self._keep_connected()
        if time.monotonic() - self._swept > POLL_SECONDS:  # what is lost is announced by nobody
            self._swept = time.monotonic()
            self.workers()
            arrived |= self._calls.keys()
        ended = {key: self._calls[key] for key in arrived if key in self._calls and self._has_ended(self._calls[key])}
        unfetched = self._fetch([call for call in ended.values() if _status(call) == "finished"])
        back = [key for key, call in ended.items() if call not in unfetched]
        for key in back:
            _let_go(ended[key])
        return [self._calls.pop(key) for key in back]

    def run_everywhere(self, function: Callable[..., Any], *arguments: Any, seconds: float) -> dict[str, Any]:
        """Run `function` on every worker beside its tasks; what it gave or raised, by address. Empty when it took too long."""

        async def run() -> dict[str, Any]:
            return dict(await self._client.run(function, *arguments, on_error="return"))

        with contextlib.suppress(*_gone()):
            return dict(self._client.sync(run, callback_timeout=seconds))
        return {}

    def close(self) -> None:
        """Give up every call, and the connection."""
        self._calls.clear()
        _close(self._client)

    def _keep_connected(self) -> None:
        if self.is_connected:
            self._lost_since = None
            return
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = self._tried = now
        if now - self._lost_since > BACK_SECONDS:
            raise GraderError(f"the scheduler {self.address} ended, and did not come back within {BACK_SECONDS:.0f} s")
        if str(self._client.status) == "closed" or now - self._tried > TRY_SECONDS:  # a client's own attempts may have failed for good
            with contextlib.suppress(UsageError):
                fresh = connecting.connect(self.address, LOOK_SECONDS)
                _close(self._client)
                self._client = fresh
                for call in self._calls.values():
                    call.future = None
            self._tried = time.monotonic()

    def _has_ended(self, call: Call) -> bool:
        """Look after a call: whether it has ended, and in what if it gave nothing."""
        from distributed import KilledWorker  # noqa: PLC0415 - an extra
        from distributed.scheduler import NoValidWorkerError  # noqa: PLC0415

        status = _status(call)
        if status == "pending" and time.monotonic() < call.until and call.worker in self._workers:
            return False
        call.gone = status == "pending" and call.worker not in self._workers
        if call.future is not None and status == "error":
            with contextlib.suppress(*_gone()):
                call.error = call.future.exception(timeout=FETCH_SECONDS)
            call.lost = call.error is None or isinstance(call.error, NoValidWorkerError)  # None: it has just been lost after all
            if isinstance(call.error, KilledWorker):
                call.error = WorkersEndedError("each worker that had it ended")
        else:
            call.lost = status != "finished"
        return True

    def _fetch(self, calls: list[Call]) -> set[Call]:
        """Fetch what finished calls gave, all at once; those whose worker went before that are not finished any more, or given up."""

        async def gather() -> list[Any]:
            return list(await self._client.gather([call.future for call in calls]))

        if not calls:
            return set()
        try:
            values = self._client.sync(gather, callback_timeout=FETCH_SECONDS)
            for call, value in zip(calls, values, strict=True):
                call.value = value
        except _gone():
            late = {call for call in calls if time.monotonic() > call.until}
            for call in late:
                call.lost = True
            return set(calls) - late
        except Exception as error:  # noqa: BLE001 - what can't be read here may be anything
            if len(calls) > 1:
                return {one for call in calls for one in self._fetch([call])}
            calls[0].error = error
        return set()


def _close(client: "Client") -> None:
    with contextlib.suppress(Exception):  # what a client raises whose scheduler went away may be anything: a ValueError of its TLS, say
        client.close(timeout=5)


@functools.cache
def _gone() -> tuple[type[BaseException], ...]:
    """What Dask raises where the connection has just gone."""
    from distributed.client import ClosedClientError  # noqa: PLC0415 - an extra

    return OSError, RuntimeError, asyncio.CancelledError, ClosedClientError  # a TimeoutError is an OSError


def _status(call: Call) -> str:
    return "lost" if call.future is None else str(call.future.status)


def _let_go(call: Call) -> None:
    future, call.future = call.future, None
    with contextlib.suppress(*_gone()):
        if future is not None and call.lost:
            future.cancel()
        if future is not None:
            future.release()
