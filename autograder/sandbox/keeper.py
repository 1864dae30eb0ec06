"""Start boxes and end them. In: kind and limits. Out: live `Box`es. The one place that starts processes.

Two ways to make a box. Forked: one zygote under bubblewrap, warmed once, and a fork of it in namespaces of its own for each box. Solo: one
bubblewrap for each box, where nested namespaces are refused (as on Ubuntu): slower by the time of the imports, and said in every report.
A keeper belongs to the thread that made it: bubblewrap dies with the thread that started it.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import policy, stage
from autograder.sandbox.inside import frames
from autograder.sandbox.inside.values import WireError

PACKAGE = Path(__file__).parents[1]
VISIBLE_CODE = ("__init__.py", "gradients", "sandbox/__init__.py", "sandbox/inside")
BOOT_SECONDS = 120.0
BIRTH_SECONDS = 20.0
_SOCKET_BUFFER_BYTES = 4 << 20


@dataclass(frozen=True)
class Box:
    """A live box: the socket to it, and a descriptor of its first process, whose end is the end of all its processes."""

    socket: socket.socket
    pidfd: int

    def kill(self) -> None:
        """End every process of the box now. It can't be escaped: the kernel ends a pid namespace with its first process."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        select.select([self.pidfd], [], [], 5.0)  # a pidfd is readable once its process is gone
        self.socket.close()
        os.close(self.pidfd)


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
        self._closing = contextlib.ExitStack()
        self._solo_boxes: list[subprocess.Popen[bytes]] = []
        self._zygote: _Zygote | None = None
        self.versions: Mapping[str, str] = {}
        """Versions of Python and of the libraries in the box; empty until the first one is there."""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            code = Path(tempfile.mkdtemp(prefix="autograder-"))
            undo.callback(shutil.rmtree, code, ignore_errors=True)
            _copy_visible_code(code)
            self._runtime = policy.runtime(self.kind, code)
            policy.refuse_visible(self.secrets, self._runtime.binds)
            self._bwrap = policy.find_bwrap()
            self._to_stage: list[str] = []
            if os.geteuid() == 0:
                self._to_stage = [bind.source for bind in self._runtime.binds]
                self._runtime = policy.staged(self._runtime, lambda path: stage.staged_path(path, self._to_stage))
                self._bwrap = stage.staged_path(self._bwrap, self._to_stage)
            self._closing = undo.pop_all()
        if not self.solo:
            self._zygote = _Zygote(self._launch_zygote())
            self._closing.callback(self._zygote.close)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._solo_boxes:
            process.kill()
            process.wait()
        self._closing.close()

    @property
    def tier(self) -> str:
        """The tier of isolation that boxes of this keeper have; see `autograder doctor`."""
        return "B2" if self.solo else "B"

    def wait(self) -> None:
        """Wait until the zygote is warm.

        Raises:
            SandboxError: it could not be started; says which layer failed.
        """
        if self._zygote is not None:
            self.versions = self._zygote.ready()

    def spawn(self, limits: Limits) -> Box:
        """Start a box.

        Raises:
            SandboxError: this machine can't make a box; says which layer failed.
        """
        if self._zygote is not None:
            try:
                return self._zygote.spawn(limits)
            except NestingRefusedError:
                if not self._may_fall_back:
                    raise
                self._zygote.close()
                self._zygote, self.solo = None, True
        return self._spawn_solo(limits)

    def _launch_zygote(self) -> "tuple[subprocess.Popen[bytes], socket.socket, Any]":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = policy.bwrap_command(self._bwrap, self._runtime, "zygote", f"{theirs.fileno()}, {self.kind!r}")
            errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the zygote
            return self._start(command, [theirs.fileno()], errors), ours, errors

    def _spawn_solo(self, limits: Limits) -> Box:
        ours, theirs = _socketpair()
        facts, facts_in_box = os.pipe()
        with theirs, open(facts) as told, tempfile.TemporaryFile() as errors:
            arguments = f"{theirs.fileno()}, {self.kind!r}, {_limits_for_box(limits)!r}"
            command = policy.bwrap_command(self._bwrap, self._runtime, "solo", arguments, extra=["--info-fd", str(facts_in_box)])
            process = self._start(command, [theirs.fileno(), facts_in_box], errors)
            os.close(facts_in_box)
            try:
                first = json.loads(told.read())["child-pid"]
            except ValueError:
                process.wait()
                raise SandboxError(f"bubblewrap could not make a box: {_tail(errors)}") from None
            box = Box(ours, os.pidfd_open(first))
            theirs.close()
            self.versions = _await_ready(box, BOOT_SECONDS, errors)
            self._solo_boxes = [one for one in self._solo_boxes if one.poll() is None] + [process]
            return box

    def _start(self, command: list[str], keep: Sequence[int], errors: Any) -> "subprocess.Popen[bytes]":
        if self._to_stage:
            command = _as_ordinary_user(command, self._to_stage)
        environ = {"PATH": "/usr/bin:/bin"}
        return subprocess.Popen(
            command, pass_fds=keep, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=environ, cwd="/"
        )


class NestingRefusedError(SandboxError):
    """A process in a box may not make namespaces of its own here."""


class _Zygote:
    """The warmed process that boxes are forked from, seen from outside."""

    def __init__(self, launched: "tuple[subprocess.Popen[bytes], socket.socket, Any]") -> None:
        self._process, self._control, self._errors = launched
        self._versions: dict[str, str] | None = None

    def ready(self) -> dict[str, str]:
        """Wait until it is warm; the versions it found."""
        if self._versions is None:
            self._control.settimeout(BOOT_SECONDS)
            told = b""
            with contextlib.suppress(OSError):
                told = self._control.recv(1 << 16)
            if not told:
                raise SandboxError(f"the box could not be started: {_tail(self._errors)}")
            self._versions = json.loads(told)
        return self._versions

    def spawn(self, limits: Limits) -> Box:
        self.ready()
        ours, theirs = _socketpair()
        birth, birth_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with birth:
            with theirs, birth_theirs:
                try:
                    socket.send_fds(self._control, [json.dumps(_limits_for_box(limits)).encode()], [theirs.fileno(), birth_theirs.fileno()])
                except OSError as error:
                    raise SandboxError(f"the zygote is gone: {_tail(self._errors)}") from error
            birth.settimeout(BIRTH_SECONDS)
            told, descriptors, _, _ = socket.recv_fds(birth, 4096, 1)
        if not descriptors:
            ours.close()
            reason = told.decode(errors="replace") or "it ended before it began"
            raise NestingRefusedError(f"a fork of the zygote could not be boxed: {reason}")
        box = Box(ours, descriptors[0])
        _await_ready(box, BIRTH_SECONDS, self._errors)
        return box

    def close(self) -> None:
        self._control.close()  # the zygote ends when nobody can ask it for boxes any more, and every box with it
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def _as_ordinary_user(command: list[str], sources: list[str]) -> list[str]:
    plan = json.dumps({"sources": sources, "command": command})
    boot = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); from autograder.sandbox import stage; stage.main(sys.argv[1])"
    return [os.path.realpath(sys.executable), "-I", "-S", "-c", boot, plan]


def _copy_visible_code(target: Path) -> None:
    """Copy what a box may see of this package. A copy, so that what lies beside it can't be reached through a bind."""
    os.chmod(target, 0o755)
    for name in VISIBLE_CODE:
        source, copy = PACKAGE / name, target / "autograder" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy)
    for path in target.rglob("*"):  # readable to the box's user whatever our umask is
        path.chmod(0o755 if path.is_dir() else 0o644)


def _socketpair() -> tuple[socket.socket, socket.socket]:
    pair = socket.socketpair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER_BYTES)
    return pair


def _limits_for_box(limits: Limits) -> dict[str, Any]:
    return {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": int(limits.submission_seconds) + 1,
        "output_bytes": limits.output_bytes,
        "box_bytes": policy.BOX_BYTES,
    }


def _await_ready(box: Box, seconds: float, errors: Any) -> dict[str, str]:
    """Wait for the word that every layer is in place; gives the versions. No student code has run yet, so it can be believed."""
    try:
        header, _ = frames.receive(box.socket, time.monotonic() + seconds)
    except (frames.Closed, frames.DeadlinePassed, WireError) as error:
        box.kill()
        raise SandboxError(f"a box ended before it was ready: {_tail(errors)}") from error
    if header.get("id") != "ready":
        box.kill()
        raise SandboxError(f"a layer of the box is missing: {header.get('layer')}")
    versions: dict[str, str] = header["versions"]
    return versions


def _tail(errors: Any) -> str:
    errors.seek(0)
    text: str = errors.read().decode(errors="replace").strip()
    return text[-2000:] or "it said nothing"
