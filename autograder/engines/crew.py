"""The workers of a cluster, for one run: each is looked at, refused by name or opened, and only then given work."""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.engines import facts
from autograder.engines.cluster import Call, Cluster, WorkersEndedError
from autograder.engines.desk import OPEN_SECONDS, close_desk, open_desk
from autograder.engines.parcel import Parcel
from autograder.engines.protocol import TRIES, Lane
from autograder.errors import AssignmentError, GraderError

LOOK_SECONDS = 600.0
"""A worker that is busy for somebody else has time for us when that is done."""
NO_WORKERS_SECONDS = 60.0
CLOSE_SECONDS = 5.0
RESOURCES: Mapping[Lane, str] = {"cpu": "slot", "gpu": "gpu"}
"""What a worker declares with --resources: one of them, once."""
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Member:
    """A worker: asked about something, fit, or refused for a reason."""

    name: str
    lane: Lane
    call: Call | None = None
    refused: str = ""

    @property
    def is_fit(self) -> bool:
        return self.call is None and not self.refused


class Crew:
    """Who works for a run.

    Args:
        cluster: they are found there.
        parcel: to open them with.
    """

    def __init__(self, cluster: Cluster, parcel: Parcel) -> None:
        self._cluster, self._parcel = cluster, parcel
        self._ours = facts.here()
        self._members: dict[str, _Member] = {}
        self._failed: Counter[str] = Counter()
        self._seen = dict.fromkeys(RESOURCES, time.monotonic())
        """When there was last somebody for a lane, or somebody who might become so."""

    def look_round(self) -> None:
        """See who came and who went; to be done all the time."""
        known = self._cluster.workers()
        for address in self._members.keys() - known.keys():
            del self._members[address]
        for address in [one for one in known if one not in self._members]:
            self._members[address] = member = _member(address, known[address])
            if member.refused:
                self._tell(member)
            else:
                member.call = self._cluster.call(facts.here, worker=address, seconds=LOOK_SECONDS)
        for lane in RESOURCES:
            if not self._cluster.is_connected or self.fit(lane) or any(member.call for member in self._members.values()):
                self._seen[lane] = time.monotonic()

    def take(self, call: Call) -> None:
        """Go on with what came back of what a worker was asked.

        Raises:
            AssignmentError: an assignment's own files are at fault.
        """
        found = [(address, member) for address, member in self._members.items() if member.call is call]
        for address, member in found:
            member.call = None
            if call.lost or isinstance(call.error, WorkersEndedError):
                del self._members[address]  # if it is still there it is looked at anew
            elif call.error is not None:  # it could not even understand what was asked
                self._refuse(member, facts.unlike(self._ours, call.error))
            elif isinstance(call.value, facts.Facts):
                if different := facts.differences(self._ours, call.value):
                    self._refuse(member, "; ".join(different))
                else:
                    member.call = self._cluster.call(open_desk, self._parcel, worker=address, seconds=OPEN_SECONDS + CLOSE_SECONDS)
            elif isinstance(call.value, AssignmentError):
                raise call.value
            elif isinstance(call.value, GraderError) and self._failed[address] + 1 < TRIES:
                self._failed[address] += 1
                del self._members[address]  # its grading process ended, which may be bad luck
            elif call.value is not None:
                self._refuse(member, str(call.value))

    def fit(self, lane: Lane) -> list[str]:
        """The addresses of those that may be given jobs of this lane."""
        return [address for address, member in self._members.items() if member.is_fit and member.lane == lane]

    def expect(self, lane: Lane) -> None:
        """Wait for workers of this lane, of which there are none, but not for ever.

        Raises:
            GraderError: nobody can do the jobs of this lane.
        """
        if not self._cluster.is_connected or any(member.call for member in self._members.values()):
            return
        refused = [f"{member.name}: {member.refused}" for member in self._members.values() if member.refused]
        if refused and len(refused) == len(self._members):
            raise GraderError(f"no worker of {self._cluster.address} may grade this: {' / '.join(refused)}")
        if time.monotonic() - self._seen[lane] > NO_WORKERS_SECONDS:
            wanted = f"for {NO_WORKERS_SECONDS:.0f} s {self._cluster.address} has had no worker with --resources {RESOURCES[lane]}=1"
            raise GraderError(" / ".join([wanted, *refused]))

    def dismiss(self, address: str, why: str = "") -> None:
        """Give a worker no more jobs: for good if a reason is named, else until it was looked at anew."""
        member = self._members.get(address)
        if member is not None and why:
            self._refuse(member, why)
        elif member is not None:
            del self._members[address]

    def end(self) -> None:
        """Have every worker end what it does for this run."""
        if self._cluster.is_connected and self._members:
            self._cluster.run_everywhere(close_desk, self._parcel.run, seconds=CLOSE_SECONDS)

    def _refuse(self, member: _Member, why: str) -> None:
        member.refused = why
        self._tell(member)

    def _tell(self, member: _Member) -> None:
        _log.warning("worker %s is refused: %s", member.name, member.refused)


def _member(address: str, known: Mapping[str, Any]) -> _Member:
    declared, lane = lane_of(known)
    refused = "" if lane else f"it declares {declared}, wanted --resources slot=1, or gpu=1 if it holds a GPU"
    return _Member(name_of(address, known), lane or "cpu", refused=refused or too_many_threads(known))


def too_many_threads(known: Mapping[str, Any]) -> str:
    """Why a worker is refused that would do several tasks at once, which share a desk; empty for one that does not."""
    threads = known.get("nthreads", 1)
    return "" if threads == 1 else f"it has {threads} threads, wanted --nthreads 1"


def name_of(address: str, known: Mapping[str, Any]) -> str:
    """What a worker is called, by what the scheduler knows of it."""
    return address if known.get("name") in {address, None} else f"{known['name']} ({address})"


def lane_of(known: Mapping[str, Any]) -> tuple[str, Lane | None]:
    """The resources that a worker declares, and its lane if they make one."""
    resources = known.get("resources") or {}
    lanes: list[Lane] = [lane for lane, resource in RESOURCES.items() if resources.get(resource) == 1]
    declared = ", ".join(f"{resource}={amount:g}" for resource, amount in sorted(resources.items())) or "no resource"
    return declared, lanes[0] if len(lanes) == 1 else None
