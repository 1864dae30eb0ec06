"""Start boxes and end them. In: kind and limits. Out: live `Box`es.

Two ways to make a box. Forked: one zygote under bubblewrap, warmed once, and a fork of it in namespaces of its own for each box. Solo: one
bubblewrap for each box, where nested namespaces are refused (as on Ubuntu): slower by the time of the imports, and said in every report.
Boxes of either way get a cgroup each where this machine and the user's rights allow; that is found out once, at the start.
A keeper belongs to the thread that made it: bubblewrap dies with the thread that started it. Processes that are forked from that one once
the zygote is warm may use their copies of the keeper, and so share the zygote; when it is lost its owner has to `mend`, and fork them anew.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import cgroups
from autograder.sandbox.box import Box, await_ready, limits_inside, socketpair
from autograder.sandbox.forks import BOOT_SECONDS, NestingRefusedError, Zygote, ZygoteLostError
from autograder.sandbox.launch import Launcher, Started

__all__ = ["Box", "Keeper"]


class Keeper:
    """Makes boxes of one kind. Boots in the background when entered; `spawn` waits for the boot.

    Args:
        kind: "numpy" or "torch".
        secrets: folders that no box may see; refused if one lies where a box can read.
        solo: one bubblewrap for each box; None finds out what this machine allows.
    """

    def __init__(self, kind: Literal["numpy", "torch"], *, secrets: Sequence[Path] = (), solo: bool | None = None) -> None:
        self.kind = kind
        self.secrets = tuple(secrets)
        self.solo = bool(solo)
        self._may_fall_back = solo is None
        self._solo_boxes: list[Started] = []
        self._zygote: Zygote | None = None
        self.versions: Mapping[str, str] = {}
        """Versions of Python and of the libraries in the box; empty until the first one is there."""
        self.cgroups: cgroups.Cgroups | None = None
        """Where each box gets a cgroup of its own; None where there are none, and `without_cgroups` says why."""
        self.without_cgroups = ""

    def __enter__(self) -> Self:
        self._owner = os.getpid()
        self._launcher = Launcher(self.kind, self.secrets)
        try:
            self.cgroups = cgroups.find()  # before there are other processes of ours, for it may have to move us
        except cgroups.CgroupsMissingError as error:
            self.without_cgroups = str(error)
        if not self.solo:
            with contextlib.ExitStack() as undo:
                undo.callback(self._end_cgroups)
                self._zygote = self._new_zygote()
                undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end_zygote()
        while self._solo_boxes:
            self._solo_boxes.pop().end()
        self._end_cgroups()

    @property
    def tier(self) -> str:
        """The tier of isolation that boxes of this keeper have; see `autograder doctor`."""
        if self.solo:
            return "B2"
        return "B" if self.cgroups is None else "A"

    def wait(self) -> None:
        """Wait until the zygote is warm. One that ended before that is started once more: somebody may have killed it.

        Raises:
            SandboxError: it could not be started; says which layer failed.
        """
        if self._zygote is None:
            return
        try:
            self.versions = self._zygote.ready()
        except SandboxError:
            if self.is_borrowed or not self._zygote.is_gone():
                raise
            self._end_zygote()
            self._zygote = self._new_zygote()
            self.versions = self._zygote.ready()

    def spawn(self, limits: Limits) -> Box:
        """Start a box. A zygote that was lost is replaced once; boxes that were forked from it are gone.

        Raises:
            ZygoteLostError: it was lost and is not ours to replace.
            SandboxError: this machine can't make a box, or no cgroup for it though it could before; says which layer failed.
        """
        if not self.solo:
            try:
                return self._fork(limits)
            except NestingRefusedError:
                if not self._may_fall_back:
                    raise
                self._end_zygote()
                self.solo = True
        return self._spawn_solo(limits)

    @property
    def is_borrowed(self) -> bool:
        """True in a process that was forked from the keeper's."""
        return self._owner != os.getpid()

    def mend(self, *, lost: bool = False) -> bool:
        """Replace the zygote if it has ended, or is known to be `lost`, and wait until it is warm. True if it was: its boxes are gone.

        Raises:
            SandboxError: there can't be another one.
        """
        if self._zygote is None or not (lost or self._zygote.is_gone(0.01)):
            return False
        self._end_zygote()
        self._zygote = self._new_zygote()
        self.wait()
        return True

    def _fork(self, limits: Limits) -> Box:
        if self._zygote is None:
            self._zygote = self._new_zygote()
        self.wait()
        try:
            with self._cgroup(limits) as cgroup:
                return self._zygote.spawn(limits, cgroup)
        except ZygoteLostError:
            if self.is_borrowed:
                raise
            self._end_zygote()
            self._zygote = self._new_zygote()
            with self._cgroup(limits) as cgroup:
                return self._zygote.spawn(limits, cgroup)

    @contextlib.contextmanager
    def _cgroup(self, limits: Limits) -> Iterator[cgroups.BoxCgroup | None]:
        """A cgroup for one try at a box, removed when none comes of it."""
        cgroup = None if self.cgroups is None else self.cgroups.make(limits)
        try:
            yield cgroup
        except BaseException:
            if cgroup is not None:
                cgroup.remove()
            raise

    def _end_cgroups(self) -> None:
        if self.cgroups is not None:
            self.cgroups.close()

    def _new_zygote(self) -> Zygote:
        """One that boots; a second try where the first ended before it was there, for somebody may have killed it."""
        try:
            return Zygote(self._launcher, self.kind)
        except SandboxError:
            return Zygote(self._launcher, self.kind)

    def _end_zygote(self) -> None:
        if self._zygote is not None and not self.is_borrowed:
            self._zygote.close()
        self._zygote = None

    def _spawn_solo(self, limits: Limits) -> Box:
        ended = [one for one in self._solo_boxes if one.process.poll() is not None]
        self._solo_boxes = [one for one in self._solo_boxes if one not in ended]
        for one in ended:
            one.end()
        ours, theirs = socketpair()
        with contextlib.ExitStack() as undo, theirs:
            undo.callback(ours.close)
            with self._cgroup(limits) as cgroup:
                started = self._launcher.start("solo", f"{theirs.fileno()}, {self.kind!r}, {limits_inside(limits)!r}", theirs.fileno())
                theirs.close()
                self._solo_boxes.append(started)
                box = Box(ours, os.dup(started.first), cgroup=cgroup)
                self.versions = await_ready(box, BOOT_SECONDS, started.said)
            undo.pop_all()
        return box
