"""Try every layer of the box from inside one, as student code would, and say which tier this machine reaches. `autograder doctor`.

Versions and kernel switches do not tell whether a layer holds; only trying does. Each probe is a piece of Python that runs in a real box
and must come back with the one word that means that it was held off.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import AutograderError
from autograder.model import Limits
from autograder.sandbox import advice, cgroup_places, policy
from autograder.sandbox.inside import landlock
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxEndedError, BoxLine, Call, Session

TRY_SECONDS = 5.0
LIMITS = Limits(memory_bytes=1 << 30, submission_seconds=60)


@dataclass(frozen=True)
class Finding:
    """What trying one layer showed. `status` is "ok", "warn" (graded, and said in every report) or "fail" (nothing is graded)."""

    layer: str
    status: str
    detail: str


NESTING = "namespaces in namespaces"
CGROUPS = "cgroup limits"
HOLDS = 256 << 20
"""The limit of memory that is tried, far below what RLIMIT_AS allows then."""
_HELPERS = """
import ctypes, errno, os, re, socket
libc = ctypes.CDLL(None, use_errno=True)

def held(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno, "?")
    except MemoryError:
        return "MemoryError"
    return "it went through"

def new_namespace():
    if libc.unshare(0x10000000):
        raise OSError(ctypes.get_errno(), "unshare")

def others():
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]

def capabilities():
    return re.search(r"CapBnd:\\s*(\\w+)", open("/proc/self/status").read())[1].strip("0")
"""

PROBES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("no network", "result = held(lambda: socket.socket(socket.AF_INET))", ("EPERM",)),
    ("no other programs", "result = held(lambda: os.execv('/usr/bin/true', ['true']))", ("EPERM", "EACCES")),
    ("no further processes", "result = held(os.fork)", ("EAGAIN",)),
    ("no further namespaces", "result = held(new_namespace)", ("EPERM",)),
    ("no memory beside the limit", "result = held(lambda: os.memfd_create('x'))", ("EPERM",)),
    ("memory limit", "result = held(lambda: bytearray(8 << 30))", ("MemoryError",)),
    ("read-only files", "result = held(lambda: open('/usr/x', 'w'))", ("EROFS", "EACCES")),
    ("no files beyond the box", "result = held(lambda: os.listdir('/'))", ("EACCES",)),
    ("a place to write", "result = str(open('/box/x', 'w').write('x'))", ("1",)),
    ("no other processes in sight", "result = str(len(others()) - len([name for name in others() if name == '1']))", ("0",)),
    ("no capabilities", "result = capabilities() or 'none'", ("none",)),
    ("nothing secret in the environment", "result = str('AUTOGRADER_SECRET' in os.environ)", ("False",)),
)
"""A layer, what to try, and the words that mean that it held."""


def try_layers(hidden: Path | None = None, *, solo: bool | None = None) -> Iterator[Finding]:
    """Try the layers one after the other; each finding as it is made.

    Args:
        hidden: a folder that no box may see, such as the course.
        solo: see Keeper.
    """
    try:
        yield Finding("bubblewrap", "ok", policy.find_bwrap())
        with Keeper("numpy", secrets=[hidden] if hidden else [], solo=solo) as keeper:
            keeper.wait()
            yield from _try_in_box(keeper, hidden)
    except AutograderError as error:
        found = advice.for_problem(str(error))
        yield Finding(found.layer, "fail", f"{error}. To mend it: {found.mend}" if found.mend else str(error))


def _try_in_box(keeper: Keeper, hidden: Path | None) -> Iterator[Finding]:
    session = Session(BoxLine(keeper.spawn(LIMITS), time.monotonic() + LIMITS.submission_seconds), TRY_SECONDS)
    try:
        if keeper.solo:
            yield Finding(NESTING, "warn", "refused here: one bubblewrap for each submission, a second slower each (tier B2)")
        else:
            yield Finding("namespaces", "ok", "user, pid, mount, network, ipc, uts, cgroup: fresh for each submission")
        yield Finding("Landlock", "ok", f"ABI {landlock.abi()}")
        session.run_cell(_HELPERS, "helpers", TRY_SECONDS)
        for layer, source, wanted in PROBES:
            yield _probe(session, layer, source, wanted)
        if hidden is not None:
            look = f"import os; result = held(lambda: os.listdir({str(hidden)!r}))"
            yield _probe(session, "the course is out of sight", look, ("ENOENT", "EACCES"))
        yield _try_kill(session)
    finally:
        session.close()
    yield _try_cgroup(keeper)


def _probe(session: Session, layer: str, source: str, wanted: tuple[str, ...]) -> Finding:
    try:
        outcome = session.run_cell(source + "\ndef answer():\n    return result\n", "probe", TRY_SECONDS)
        told = session.call(Call("answer"))[0].value if outcome.failure is None else f"{outcome.failure.type}: {outcome.failure.text}"
    except BoxEndedError as ended:
        told = f"the box ended ({ended.reason})"
    return Finding(layer, "ok" if told in wanted else "fail", f"got {told}, wanted {' or '.join(wanted)}")


def _try_kill(session: Session) -> Finding:
    started = time.monotonic()
    with contextlib.suppress(BoxEndedError):
        session.run_cell("while True:\n    pass", "endless", 0.5)
        return Finding("time limit", "fail", "an endless loop came to an end")
    return Finding("time limit", "ok", f"an endless loop was ended after {time.monotonic() - started:.2f} s, wanted 0.5")


def _try_cgroup(keeper: Keeper) -> Finding:
    """Have a box take what RLIMIT_AS allows it and its cgroup does not."""
    if keeper.cgroups is None:
        held = "memory is held by RLIMIT_AS, and every way around that is refused"
        return Finding(CGROUPS, "warn", f"none: {keeper.without_cgroups}; {held}{_cgroup_advice()}")
    tree = keeper.cgroups.tree
    box = keeper.spawn(Limits(memory_bytes=8 * HOLDS))
    session = Session(BoxLine(box, time.monotonic() + LIMITS.submission_seconds), TRY_SECONDS)
    try:
        assert box.cgroup is not None
        box.cgroup.limit(HOLDS)
        session.run_cell(f"held = b'x' * {4 * HOLDS}", "memory", TRY_SECONDS)
    except BoxEndedError as ended:
        if ended.reason == "memory":
            return Finding(CGROUPS, "ok", f"version {tree.version} in {' and '.join(tree.parents)}: a box was ended at its limit of memory")
        return Finding(CGROUPS, "fail", f"a box at its limit of memory ended otherwise ({ended.reason})")
    finally:
        session.close()
    return Finding(CGROUPS, "fail", f"a box held {4 * HOLDS >> 20} MB under a limit of {HOLDS >> 20} MB")


def _cgroup_advice() -> str:
    if os.geteuid() == 0:
        return ""
    systemd = os.path.isdir("/run/systemd/system")  # sd_booted(3)
    if systemd and any(tree.version == 2 for tree in cgroup_places.trees()):
        return "\nTo have them: systemd-run --user --scope -p Delegate=yes autograder …"
    return "\nTo have them, run as root: boxes get an ordinary user all the same."


def tier(findings: list[Finding]) -> str:
    """The tier that the findings come to: "A", "B" without cgroups, "B2" with one bubblewrap for each box, or "none" when a layer fails."""
    if any(finding.status == "fail" for finding in findings):
        return "none"
    if any(finding.layer == NESTING for finding in findings):
        return "B2"
    return "A" if any(finding.layer == CGROUPS and finding.status == "ok" for finding in findings) else "B"
