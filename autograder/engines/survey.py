"""What the workers of a cluster are and can, one after the other as they answer: for `autograder doctor --scheduler`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from autograder.config import cuda_devices
from autograder.engines import facts
from autograder.engines.cluster import Call, Cluster
from autograder.engines.crew import lane_of, name_of, too_many_threads
from autograder.errors import GraderError
from autograder.model import Json
from autograder.sandbox import policy
from autograder.sandbox.selftest import tier, try_layers

ANSWER_SECONDS = 120.0
"""What a worker may take for what it is asked; one that grades for somebody answers when it is done with that."""
_PROGRAM = "import sys; sys.path.insert(0, {!r}); from autograder.engines.survey import tell; tell()"


@dataclass(frozen=True)
class Checkup:
    """What a machine can: its tier, what hinders it if there is none, and its CUDA devices."""

    tier: str
    problems: tuple[str, ...]
    devices: int


@dataclass(frozen=True)
class Row:
    """A worker.

    Attributes:
        name: and address.
        fit: True if it would be given jobs.
        problem: why not.
        resources: as it declares them.
        versions: of what it grades with; None if it didn't tell.
        checkup: None if it didn't tell.
    """

    name: str
    fit: bool
    problem: str
    resources: str
    versions: facts.Facts | None = None
    checkup: Checkup | None = None

    def as_json(self) -> dict[str, Json]:
        """The same, flat."""
        told: dict[str, Json] = {"worker": self.name, "fit": self.fit, "problem": self.problem, "resources": self.resources}
        told.update(asdict(self.versions) if self.versions else {})
        return told | ({"tier": self.checkup.tier, "devices": self.checkup.devices} if self.checkup else {})

    def __str__(self) -> str:
        parts = [f"refused: {self.problem}"] if self.problem else []
        parts.append(self.resources)
        if has := self.versions:
            parts.append(f"autograder {has.package}, Python {has.python}, numpy {has.numpy}, torch {has.torch}")
        if self.checkup:
            parts.append(f"tier {self.checkup.tier}, {self.checkup.devices} CUDA devices")
        return "; ".join(parts)


def survey(scheduler: str) -> Iterator[Row]:
    """Ask every worker that is there.

    Raises:
        UsageError: the scheduler can't be reached.
        GraderError: it was lost.
    """
    cluster = Cluster(scheduler)
    try:
        known = cluster.workers()
        asked: dict[Call, tuple[str, facts.Facts | None]] = {}
        for address in known:
            asked[cluster.call(facts.here, worker=address, seconds=ANSWER_SECONDS)] = address, None
        while asked:
            for call in cluster.returned():
                address, told = asked.pop(call)
                if isinstance(call.value, facts.Facts) and not facts.differences(facts.here(), call.value):
                    asked[cluster.call(check_up, worker=address, seconds=ANSWER_SECONDS)] = address, call.value
                else:
                    row = _row(name_of(address, known[address]), *lane_of(known[address]), told or call.value, call)
                    more = too_many_threads(known[address])
                    yield replace(row, fit=False, problem="; ".join(filter(None, [row.problem, more]))) if more else row
    finally:
        cluster.close()


def _row(name: str, resources: str, lane: str | None, told: facts.Facts | None, call: Call) -> Row:
    ours = facts.here()
    problems = [] if lane else ["wanted --resources slot=1, or gpu=1 if it holds a GPU"]
    checkup = call.value if isinstance(call.value, Checkup) else None
    if call.lost:
        problems.append("it gave no answer")
    elif call.error is not None and told is None:
        problems.append(facts.unlike(ours, call.error))
    elif call.error is not None:
        problems.append(str(call.error))
    problems += facts.differences(ours, told) if told else []
    problems += checkup.problems if checkup else []
    if checkup and lane == "gpu" and not checkup.devices:
        problems.append("it declares a GPU and has no CUDA device")
    return Row(name, not problems, "; ".join(problems), resources, told, checkup)


def check_up() -> Checkup:
    """Task: try every layer of the box here, in a process that has one thread.

    Raises:
        GraderError: that process came to nothing.
    """
    command = [sys.executable, "-c", _PROGRAM.format(str(policy.PACKAGE.parent))]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    try:
        told = json.loads(ran.stdout)
    except ValueError:
        raise GraderError(f"it could not be looked at: {ran.stderr.strip()[-500:]}") from None
    return Checkup(told["tier"], tuple(told["problems"]), told["devices"])


def tell() -> None:
    """What that process does: try, and write what came of it to standard output."""
    found = list(try_layers())
    problems = [f"{one.layer}: {one.detail}" for one in found if one.status == "fail"]
    json.dump({"tier": tier(found), "problems": problems, "devices": cuda_devices()}, sys.stdout)
