"""The forked way to a box: one warmed zygote under bubblewrap, asked for a fork of itself each time. In: a launcher. Out: `Box`es."""

import contextlib
import json
import socket
import time

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox.box import Box, MountsRefusedError, await_ready, limits_inside, socketpair
from autograder.sandbox.cgroups import BoxCgroup
from autograder.sandbox.inside.zygote import BORN, REFUSED
from autograder.sandbox.launch import Launcher

BOOT_SECONDS = 120.0
BIRTH_SECONDS = 20.0


class NestingRefusedError(SandboxError):
    """A process in a box may not make namespaces of its own here."""


class ZygoteLostError(SandboxError):
    """The zygote was there and is no more, or answers no more; another one may do."""


class Zygote:
    """The warmed process that boxes are forked from, seen from outside. Boots in the background once made.

    Processes that are forked from the one that made it may ask it for boxes too, once it is warm. To end it is for its maker.

    Args:
        launcher: starts it.
        kind: what it warms up for.
    """

    def __init__(self, launcher: Launcher, kind: str) -> None:
        # Packets, so that a request is whole or not there.
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.ExitStack() as undo, theirs:
            undo.callback(self._control.close)
            self._started = launcher.start("zygote", f"{theirs.fileno()}, {kind!r}", theirs.fileno())
            undo.pop_all()
        self._give_up = time.monotonic() + BOOT_SECONDS
        self._versions: dict[str, str] | None = None

    def ready(self) -> dict[str, str]:
        """Wait until it is warm; the versions it found.

        Raises:
            SandboxError: it ended before that, or took too long; holds its words.
        """
        if self._versions is None:
            self._control.settimeout(max(self._give_up - time.monotonic(), 0.001))
            try:
                told = self._control.recv(1 << 16)
            except TimeoutError:
                raise SandboxError(f"the box did not start within {BOOT_SECONDS:.0f} s: {self._started.said()}") from None
            except ConnectionError:
                told = b""
            if not told:
                raise SandboxError(f"the box could not be started: {self._started.said()}")
            self._versions = json.loads(told)
            self._control.settimeout(BIRTH_SECONDS)  # never None: that would be shared by all who share the socket, and mean no waiting
        return self._versions

    def spawn(self, limits: Limits, cgroup: BoxCgroup | None = None) -> Box:
        """A fork of it, sealed.

        Args:
            limits: that hold inside.
            cgroup: for it alone; the box's own to remove, or the caller's when there is no box.

        Raises:
            NestingRefusedError: this machine lets no process in a box make namespaces.
            ZygoteLostError: it died or hangs.
            SandboxError: it is not warm, or the fork failed for another reason.
        """
        self.ready()
        ours, theirs = socketpair()
        with contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            with theirs:
                pidfd, lifeline = self._birth(limits, theirs, cgroup)
            undo.pop_all()
        box = Box(ours, pidfd, self._started.is_ending, cgroup, lifeline)
        try:
            await_ready(box, BIRTH_SECONDS, self._started.said)
        except MountsRefusedError as refused:
            raise NestingRefusedError(str(refused)) from refused
        except SandboxError as error:
            if self.is_gone():
                raise ZygoteLostError(str(error)) from error
            raise
        return box

    def _birth(self, limits: Limits, theirs: socket.socket, cgroup: BoxCgroup | None) -> tuple[int, socket.socket]:
        """Ask for a child that gets `theirs`; a descriptor of it, and the socket that it lives by. It is not in its cgroup yet."""
        birth, birth_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.ExitStack() as undo:
            undo.callback(birth.close)
            with birth_theirs:
                try:
                    socket.send_fds(self._control, [json.dumps(limits_inside(limits)).encode()], [theirs.fileno(), birth_theirs.fileno()])
                except OSError as error:
                    raise ZygoteLostError(f"the zygote is gone: {self._started.said()}") from error
            if cgroup is not None:
                cgroup.announce()
            birth.settimeout(BIRTH_SECONDS)
            try:
                told, descriptors, _, _ = socket.recv_fds(birth, 4096, 1, socket.MSG_CMSG_CLOEXEC)
            except TimeoutError:
                raise ZygoteLostError(f"the zygote made no box in {BIRTH_SECONDS:.0f} s: {self._started.said()}") from None
            except ConnectionError:
                told, descriptors = b"", []
            if told == BORN and descriptors:
                undo.pop_all()
                return descriptors[0], birth
        if not told:
            lost = ZygoteLostError if self.is_gone() else SandboxError
            raise lost(f"a fork of the zygote ended before it began: {self._started.said()}")
        refused = NestingRefusedError if told.startswith(REFUSED) else SandboxError
        raise refused(f"a fork of the zygote could not be boxed: {told.decode(errors='replace')}")

    def is_gone(self, seconds: float = 1.0) -> bool:
        """True once it has ended; waits so long for it, since it lets go of its two sockets one after the other."""
        if self._started.is_ending():
            return True
        self._control.settimeout(seconds)
        try:
            return not self._control.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def close(self) -> None:
        """End it and every box forked from it."""
        self._started.end()
        self._control.close()
