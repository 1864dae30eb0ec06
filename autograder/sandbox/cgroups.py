"""Put a box's processes under the kernel's accounting, so that limits hold over all they have. In: limits and a pidfd. Out: `BoxCgroup`.

RLIMIT_AS counts one process's mappings. A cgroup counts memory wherever it is: in files of a tmpfs, in sockets, in the kernel; and threads.
Pages that a box shares with the zygote stay on the zygote's account until the box writes to them.
"""

import contextlib
import logging
import os
import re
import secrets
import subprocess
import sys
import time

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import policy
from autograder.sandbox.cgroup_places import trees
from autograder.sandbox.cgroup_trees import Tree, write
from autograder.sandbox.inside import seal

MARGIN_BYTES = policy.BOX_BYTES + (64 << 20)
"""Over RLIMIT_AS, which is to be met first since the student's code is told: for files of the box, page tables, buffers of sockets."""
TASKS = seal.PROCESSES + 16
"""Over RLIMIT_NPROC, which is to be met first for the same reason."""
REMOVAL_SECONDS = 5.0
GONE = -1
_NAME = "gradient-autograder-{process}-{key}"
_NAMED = re.compile(r"gradient-autograder-(\d+)-[0-9a-f]+")
_log = logging.getLogger(__name__)


class CgroupsMissingError(Exception):
    """This machine or this user's rights on it allow no cgroups; says why."""


class BoxCgroup:
    """The cgroup of one box, empty until a process is let in.

    Args:
        tree: where it is.
        folders: of it, one for each hierarchy; memory's first.
        late: takes the folders that can't be removed yet.
    """

    def __init__(self, tree: Tree, folders: tuple[str, ...], late: list[str]) -> None:
        self._tree, self.folders, self._late = tree, folders, late

    def announce(self) -> None:
        """Say that a process will be let in soon: saves a wait of some 10 ms by having it now, while the process is being made."""
        self._tree.announce_move()

    def admit(self, pidfd: int) -> None:
        """Move the process in, with all its threads. One that is gone already needs no limits, and whoever waits for it will say so.

        Raises:
            SandboxError: the kernel refused.
        """
        process = process_id(pidfd)
        if process == GONE:
            return
        if process < 1:  # 0 would be ourselves
            raise SandboxError("a box could not be moved into its cgroup: it is out of sight of this pid namespace")
        try:
            for folder in self.folders:
                write(f"{folder}/cgroup.procs", str(process))
        except ProcessLookupError:
            return
        except OSError as error:
            raise SandboxError(f"a box could not be moved into its cgroup: {error}") from error

    def limit(self, memory_bytes: int) -> None:
        """Put on a limit of memory, or a lower one than there was. Raises OSError."""
        self._tree.limit(self.folders, memory_bytes, TASKS)

    def ended_at_limit(self) -> bool:
        """True once the kernel has ended a process of the box for having reached the box's limit of memory."""
        try:
            return self._tree.ended_at_limit(self.folders[0])
        except OSError:  # removed already
            return False

    def remove(self) -> None:
        """Remove it, or leave that for later while a process is still on its way out."""
        self._late += [folder for folder in self.folders if not _is_removed(folder)]


class Cgroups:
    """The cgroups of one grader's boxes, in a folder of the grader's own that is made when the first is.

    A process that is forked from the grader makes a folder of its own, so that each can remove what is its.

    Args:
        tree: where they are; opened up.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._process = 0
        self._folders: tuple[str, ...] = ()
        self._late: list[str] = []

    def make(self, limits: Limits) -> BoxCgroup:
        """A cgroup for a box with these limits.

        Raises:
            SandboxError: the kernel refused.
        """
        try:
            self._settle()
            self._late[:] = [folder for folder in self._late if not _is_removed(folder)]
            name = f"box-{secrets.token_hex(8)}"  # a box can read it, and shall not learn from it how many there were
            cgroup = BoxCgroup(self.tree, tuple(f"{folder}/{name}" for folder in self._folders), self._late)
            with contextlib.ExitStack() as undo:
                undo.callback(cgroup.remove)
                for folder in cgroup.folders:
                    os.mkdir(folder)
                cgroup.limit(limits.memory_bytes + MARGIN_BYTES)
                undo.pop_all()
        except OSError as error:
            raise SandboxError(f"a cgroup for a box could not be made: {error}") from error
        return cgroup

    def _settle(self) -> None:
        if self._process != os.getpid():
            self._late, self._folders = [], self.tree.make(_NAME.format(process=os.getpid(), key=secrets.token_hex(4)))
            self._process = os.getpid()

    def close(self) -> None:
        """Remove all of them, once what is in them has ended, and those of graders that were killed."""
        if self._process == os.getpid():
            self._process = 0
            until = time.monotonic() + REMOVAL_SECONDS
            while left := [folder for folder in self._folders if not _is_tree_removed(folder)]:
                if time.monotonic() > until:
                    _log.warning("could not be removed, for something still runs in it: %s", " and ".join(left))
                    break
                time.sleep(0.005)
        sweep(self.tree)
        self.tree.leave()


def find() -> Cgroups:
    """Cgroups that work here: one was made, a process let in, and all removed.

    Raises:
        CgroupsMissingError: there are none; says why.
    """
    reason = "no hierarchy with the controllers memory and pids is mounted"
    for tree in trees():
        try:
            found = Cgroups(tree.open_up())
        except OSError as error:
            reason = str(error)
            continue
        try:
            sweep(found.tree)
            _try(found)
        except (OSError, SandboxError) as error:
            reason = str(error)
            found.close()
        else:
            return found
    raise CgroupsMissingError(reason)


def _try(cgroups: Cgroups) -> None:
    """Let a process in that does nothing. Raises SandboxError."""
    cgroup = cgroups.make(Limits())
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE, process_group=0) as idle:
        pidfd = os.pidfd_open(idle.pid)
        try:
            cgroup.admit(pidfd)
        finally:
            os.close(pidfd)
            idle.kill()
    cgroup.remove()


def sweep(tree: Tree) -> None:
    """Remove what graders left that did not live to do it themselves."""
    for parent in tree.parents:
        with contextlib.suppress(OSError):
            for found in filter(None, map(_NAMED.fullmatch, os.listdir(parent))):
                if not os.path.exists(f"/proc/{found[1]}"):
                    _is_tree_removed(f"{parent}/{found[0]}")


def process_id(pidfd: int) -> int:
    """The process behind a descriptor, by its number in the pid namespace of /proc: GONE when it is, 0 when it is in none we see."""
    with open(f"/proc/self/fdinfo/{pidfd}") as facts:
        return next(int(line.split()[1]) for line in facts if line.startswith("Pid:"))


def _is_tree_removed(folder: str) -> bool:
    """Remove a grader's folder and what is in it; False while a process is in one."""
    with contextlib.suppress(FileNotFoundError):
        for inside in [one.path for one in os.scandir(folder) if one.is_dir()]:
            _is_removed(inside)
    return _is_removed(folder)


def _is_removed(folder: str) -> bool:
    """Remove a folder of the kernel's; False while a process is in it."""
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
