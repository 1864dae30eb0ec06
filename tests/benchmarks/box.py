"""What a box costs: `python tests/benchmarks/box.py [--repeat N]` prints medians, minima and 95th percentiles in milliseconds.

The targets are of an idle machine: 1 ms for 1 MB there and back, 50 ms from asking for a box to the end of its first cell. Boxes with and
without a cgroup are started in turn and with a pause between them, as between submissions: a kernel that has moved a process into a cgroup
just now is quicker at the next.
"""

import argparse
import contextlib
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np

from autograder.model import Limits
from autograder.sandbox.inside.serve import serve
from autograder.sandbox.inside.warm import Warmed, warm
from autograder.sandbox.keeper import Box, Keeper
from autograder.sandbox.session import BoxLine, Call, Session

CELL = "import numpy as np\ndef identity(x):\n    return x\n"
SECONDS = 30.0
PAUSE_SECONDS = 0.1
MEGABYTE = np.arange(1 << 17, dtype=np.float64)


def milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def start(keeper: Keeper) -> Session:
    session = Session(BoxLine(keeper.spawn(Limits()), time.monotonic() + 60), SECONDS)
    assert session.run_cell(CELL, "first", SECONDS).failure is None
    return session


def starts_and_kills(keeper: Keeper, repeat: int) -> tuple[list[float], list[float], list[float], list[float]]:
    """Starts and kills with all layers, then the same of boxes that get no cgroup, for each pair in turn."""
    taken: tuple[list[float], ...] = ([], [], [], [])
    given = keeper.cgroups
    for number in range(2 * repeat):
        keeper.cgroups = given if number % 2 == 0 else None
        starts, kills = taken[:2] if number % 2 == 0 else taken[2:]
        time.sleep(PAUSE_SECONDS)
        begun = time.perf_counter()
        session = start(keeper)
        starts.append((time.perf_counter() - begun) * 1000)
        kills.append(milliseconds(session.close))
    keeper.cgroups = given
    return taken


def cgroup_steps(keeper: Keeper, repeat: int) -> tuple[list[float], list[float]]:
    """What a box waits for: its cgroup to be made and limited, and to be removed. Moving it in goes on while it seals itself."""
    made, removed = [], []
    for _ in range(repeat if keeper.cgroups is not None else 0):
        begun = time.perf_counter()
        cgroup = keeper.cgroups.make(Limits())
        made.append((time.perf_counter() - begun) * 1000)
        removed.append(milliseconds(cgroup.remove))
    return made, removed


@contextlib.contextmanager
def plain_fork(warmed: Warmed) -> Iterator[Session]:
    """The same server in a fork of this process, without any layer."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        serve(theirs, warmed.shell, 1 << 20)
        os._exit(0)
    theirs.close()
    yield Session(BoxLine(Box(ours, os.pidfd_open(child)), time.monotonic() + 60), SECONDS)
    ours.close()
    os.waitpid(child, 0)


def plain_starts(warmed: Warmed, repeat: int) -> list[float]:
    taken = []
    for _ in range(repeat):
        begun = time.perf_counter()
        with plain_fork(warmed) as session:
            assert session.run_cell(CELL, "first", SECONDS).failure is None
            taken.append((time.perf_counter() - begun) * 1000)
    return taken


def calls(keeper: Keeper, argument: object, repeat: int) -> list[float]:
    session = start(keeper)
    call = Call("identity", (argument,))
    for _ in range(5):
        session.call(call)
    taken = [milliseconds(lambda: session.call(call)) for _ in range(repeat)]
    session.close()
    return taken


def row(name: str, taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"{name:<42} {statistics.median(taken):9.2f} {ordered[0]:9.2f} {ordered[int(len(ordered) * 0.95)]:9.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=50)
    repeat = parser.parse_args().repeat
    with Keeper("numpy") as keeper:
        keeper.wait()
        starts, kills, bare_starts, bare_kills = starts_and_kills(keeper, repeat)
        made, removed = cgroup_steps(keeper, repeat)
        tier, why = keeper.tier, keeper.without_cgroups
        small, large = calls(keeper, 1.0, repeat), calls(keeper, MEGABYTE, repeat)
        numbers = calls(keeper, [float(number) for number in range(10_000)], repeat)
    plain = plain_starts(warm("numpy"), repeat)
    print(f"{'ms, ' + str(repeat) + ' times':<42} {'median':>9} {'min':>9} {'p95':>9}")
    print(row("box with all layers, to the end of a cell", starts))
    print(row("the same without a cgroup of its own", bare_starts))
    print(row("plain fork without layers, the same", plain))
    print(row("kill, until no process is left", kills))
    print(row("the same without a cgroup of its own", bare_kills))
    if made:
        print(row("a cgroup made and limited", made))
        print(row("a cgroup removed", removed))
    print(row("call with 8 bytes there and back", small))
    print(row("call with 1 MB there and back", large))
    print(row("call with 10,000 floats in a list", numbers))
    print(f"layers cost {statistics.median(starts) - statistics.median(plain):.1f} ms a box, a factor of ", end="")
    print(f"{statistics.median(starts) / statistics.median(plain):.1f}")
    extra = statistics.median(starts) - statistics.median(bare_starts) + statistics.median(kills) - statistics.median(bare_kills)
    print(f"tier {tier}: of that, cgroups cost {extra:.1f} ms a box" if made else f"tier {tier}: no cgroups here ({why})")


if __name__ == "__main__":
    main()
