"""What is written to make and limit cgroups, in either version. In: a place and limits. Out: folders of the kernel's.

See cgroups(7). Version 1 is a tree for each controller. Version 2 is one tree for all, in which a folder that hands controllers on to those
below it holds no process itself, but for the root: a grader that was given a part of the tree, as by systemd-run with Delegate=yes, first
moves into a folder of its own there.
"""

import contextlib
import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

CONTROLLERS = ("memory", "pids")
GRADERS = "gradient-autograder-graders"
"""Where graders put themselves in a part of the tree that was given to them, so that their boxes may have folders beside it."""
SEAT = "/proc/self/cgroup"
_LIMITS: Mapping[int, Mapping[str, str]] = {
    1: {  # in this order: memory with swap may not be limited to less than memory
        "memory.swappiness": "0",
        "memory.limit_in_bytes": "{memory}",
        "memory.memsw.limit_in_bytes": "{memory}",
        "pids.max": "{tasks}",
    },
    2: {"memory.max": "{memory}", "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "{tasks}"},
}
_MAY_BE_ABSENT = ("memory.swappiness", "memory.memsw.limit_in_bytes", "memory.swap.max", "memory.oom.group")
"""Kernels that keep no account of swap lack some, and those before 4.19 the last."""
_CLOSE_BYTES = 1 << 20  # the kernel asks for several pages in a row before it gives up
_TRIES = 5


@dataclass(frozen=True)
class Tree:
    """A place for graders' cgroups.

    `parents` are the folders below which each grader makes its own, one for each hierarchy; `home` is the folder this process is in, and
    `seat` what /proc/self/cgroup says as long as it is.
    """

    version: int
    parents: tuple[str, ...]
    home: str
    seat: str

    def open_up(self) -> "Tree":
        """The same place once folders below it may have limits; this process may have moved. Raises OSError where that is not to be."""
        if self.version == 1:
            return self
        (parent,) = self.parents
        if not has_controllers(parent):
            raise FileNotFoundError(errno.ENOENT, f"no controllers {' and '.join(CONTROLLERS)}", parent)
        if set(CONTROLLERS) <= set(read(f"{parent}/cgroup.subtree_control").split()):
            return self
        moves = not is_root(parent) and bool(read(f"{parent}/cgroup.procs"))
        home = f"{parent}/{GRADERS}" if moves else self.home
        with contextlib.ExitStack() as undo:
            if moves:
                os.makedirs(home, exist_ok=True)
                undo.callback(_move_back, home)
                _move_all(parent, home)
            _hand_on(parent, "+")
            undo.pop_all()
        return replace(self, home=home, seat=read(SEAT))

    def leave(self) -> None:
        """Undo what `open_up` did in a part of the tree that was given to us, unless somebody else there may need it so."""
        parent, name = os.path.split(self.home)
        if name == GRADERS:
            with contextlib.suppress(OSError):
                if [folder.name for folder in os.scandir(parent) if folder.is_dir()] == [GRADERS]:
                    _hand_on(parent, "-")
                    _move_back(self.home)

    def make(self, name: str) -> tuple[str, ...]:
        """A grader's folder in each hierarchy. Raises OSError."""
        folders = tuple(f"{parent}/{name}" for parent in self.parents)
        with contextlib.ExitStack() as undo:
            for folder in folders:
                os.mkdir(folder)
                undo.callback(os.rmdir, folder)
                if self.version == 2:
                    _hand_on(folder, "+")
            undo.pop_all()
        return folders

    def limit(self, folders: tuple[str, ...], memory_bytes: int, tasks: int) -> None:
        """Let what is in `folders`, one of each hierarchy, have so much memory, no swap, and so many threads. Raises OSError."""
        for name, value in _LIMITS[self.version].items():
            place = next((f"{folder}/{name}" for folder in folders if os.path.exists(f"{folder}/{name}")), None)
            if place is not None:
                write(place, value.format(memory=memory_bytes, tasks=tasks))
            elif name not in _MAY_BE_ABSENT:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{folders[0]}/{name}")

    def ended_at_limit(self, folder: str) -> bool:
        """True once the kernel has ended a process in `folder` because `folder` itself was at its limit of memory. Raises OSError.

        A process that the kernel ends because the whole machine is short of memory is counted as ended too; its limit was not reached.
        """
        if self.version == 2:
            events = _counts(f"{folder}/memory.events")
            return events.get("oom", 0) > 0 and events.get("oom_kill", 0) > 0
        most, limit = (int(read(f"{folder}/memory.{name}_in_bytes")) for name in ("max_usage", "limit"))  # newer kernels keep failcnt at 0
        return most > limit - _CLOSE_BYTES and _counts(f"{folder}/memory.oom_control").get("oom_kill", 0) > 0

    def announce_move(self) -> None:
        """Get the kernel ready for a move: the first one in a while waits some 10 ms for every processor, those soon after do not."""
        with contextlib.suppress(OSError):
            if read(SEAT) == self.seat:  # else somebody moved us, and this would move us back
                write(f"{self.home}/cgroup.procs", "0")  # ourselves, to where we are


def write(path: str, value: str) -> None:
    """Write to a file that the kernel keeps. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def read(path: str) -> str:
    """What such a file says. Raises OSError."""
    with open(path) as file:
        return file.read()


def is_root(folder: str) -> bool:
    """True for the root of version 2, the only folder there without a type."""
    return not os.path.exists(f"{folder}/cgroup.type")


def has_controllers(folder: str) -> bool:
    """True when a folder of version 2 was given the controllers that we need."""
    with contextlib.suppress(OSError):  # a mount that another one covers
        return set(CONTROLLERS) <= set(read(f"{folder}/cgroup.controllers").split())
    return False


def _hand_on(folder: str, sign: str) -> None:
    write(f"{folder}/cgroup.subtree_control", " ".join(sign + name for name in CONTROLLERS))


def _move_all(source: str, target: str) -> None:
    for _ in range(_TRIES):  # a process may fork meanwhile
        processes = [process for process in read(f"{source}/cgroup.procs").split() if process != "0"]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                write(f"{target}/cgroup.procs", process)
        if not processes:
            return


def _move_back(source: str) -> None:
    with contextlib.suppress(OSError):
        _move_all(source, os.path.dirname(source))
        os.rmdir(source)


def _counts(path: str) -> dict[str, int]:
    return {name: int(count) for name, count in (line.split() for line in read(path).splitlines())}
