"""Start bubblewrap as an ordinary user with one of our programs inside, and end it. In: kind and secrets. Out: a running `Started`."""

import contextlib
import functools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from autograder.errors import SandboxError
from autograder.sandbox import policy, stage
from autograder.sandbox.box import end_process

_TAIL_BYTES = 2000
_TRIAL_SECONDS = 10.0
# What a box of its own needs to furnish itself as a fork of the zygote does. It gives both up before a student's code runs.
_TO_FURNISH = ("--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP")
_FLAGS, _EXITING = 6, 0x4  # "flags" after the name in proc_pid_stat(5), and PF_EXITING of linux/sched.h in them


@dataclass(frozen=True)
class Started:
    """A running bubblewrap; `first` is a descriptor of the first process inside, with which all of them end."""

    process: "subprocess.Popen[bytes]"
    first: int
    errors: IO[bytes]

    def end(self) -> None:
        """End every process of it now, and wait until they are gone."""
        end_process(self.first)
        os.close(self.first)
        self.process.kill()
        self.process.wait()
        self.errors.close()

    def is_ending(self) -> bool:
        """True once its first process has begun to end. All others inside end after that, so what they did then is not their doing."""
        if self.errors.closed:
            return True
        try:
            with open(f"/proc/self/fdinfo/{self.first}") as facts:
                process = next(line.split()[1] for line in facts if line.startswith("Pid:"))
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            return True
        return fields[0] in "ZX" or bool(int(fields[_FLAGS]) & _EXITING)

    def said(self) -> str:
        """The end of what it wrote to stderr."""
        return _tail(self.errors)


class Launcher:
    """Starts programs of `sandbox.inside` in boxes of one kind.

    Args:
        kind: see `policy.runtime`.
        secrets: folders that no box may see.
        device: "cpu" or "cuda"; see `policy.runtime`.

    Raises:
        MissingExtraError: a library that the box needs is not installed.
        SandboxError: bubblewrap is not installed.
        UsageError: a secret lies where a box can read.
    """

    def __init__(self, kind: str, secrets: Sequence[Path], device: str = "cpu") -> None:
        box = policy.runtime(kind, device)
        policy.refuse_visible(secrets, box.binds)
        bwrap = policy.find_bwrap()
        self._as_root = os.geteuid() == 0
        # Only what others can't reach is staged: Ubuntu lets bubblewrap make namespaces under its own path alone.
        paths = [*(bind.source for bind in box.binds), bwrap]
        self._sources = policy.unreachable(paths) if self._as_root else []
        self._bwrap = stage.staged_path(bwrap, self._sources)
        self._box = policy.staged(box, lambda path: stage.staged_path(path, self._sources))
        self._code = policy.visible_code()

    def start(self, module: str, arguments: str, keep: int) -> Started:
        """Start `module`.main(`arguments`), which finds the descriptor `keep` under the same number.

        Raises:
            SandboxError: bubblewrap could not make the box; holds its words.
        """
        extra: tuple[str, ...] = ()
        if module == "solo":
            # As pid 1, else a process of bubblewrap's own, with its command line, would show in /proc.
            extra = ("--as-pid-1", *(_TO_FURNISH if self._lets_furnish else ("--remount-ro", "/dev")))
        return self._start(module, arguments, [keep], extra)

    @functools.cached_property
    def _lets_furnish(self) -> bool:
        """True if this machine lets a program that bubblewrap starts mount things. AppArmor's profile for bubblewrap does not."""
        try:
            trial = self._start("furnish", str(policy.BOX_BYTES), [], ("--as-pid-1", *_TO_FURNISH))
        except SandboxError:  # a set-user-id bubblewrap hands out no capabilities
            return False
        try:
            return trial.process.wait(_TRIAL_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            trial.end()

    def _start(self, module: str, arguments: str, keep: Sequence[int], extra: Sequence[str]) -> Started:
        facts, facts_inside = os.pipe()
        errors = _memory_file(b"")
        with open(facts, "rb") as told, contextlib.ExitStack() as theirs:
            theirs.callback(os.close, facts_inside)
            code = {path: theirs.enter_context(_memory_file(content)).fileno() for path, content in self._code.items()}
            options = ["--info-fd", str(facts_inside), *extra]
            command = policy.bwrap_command(self._bwrap, self._box, code, module, arguments, extra=options)
            process = self._run(command, [*keep, facts_inside, *code.values()], errors)
            theirs.close()
            first = _first_process(told.read())
        if first is None:
            process.wait()
            with errors:
                raise SandboxError(f"bubblewrap could not make a box: {_tail(errors)}")
        return Started(process, first, errors)

    def _run(self, command: list[str], keep: Sequence[int], errors: IO[bytes]) -> "subprocess.Popen[bytes]":
        if self._as_root:
            command = _as_ordinary_user(command, self._sources)
        return subprocess.Popen(
            command,
            pass_fds=keep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={"PATH": "/usr/bin:/bin"},
            cwd="/",
            process_group=0,  # Ctrl-C is for the grader, which then ends its boxes
        )


def _as_ordinary_user(command: list[str], sources: list[str]) -> list[str]:
    plan = json.dumps({"sources": sources, "command": command})
    boot = f"import sys; sys.path.insert(0, {str(policy.PACKAGE.parent)!r}); from autograder.sandbox import stage; stage.main(sys.argv[1])"
    return [os.path.realpath(sys.executable), "-I", "-S", "-B", "-c", boot, plan]


def _memory_file(content: bytes) -> IO[bytes]:
    """A file without a name: nothing is left of it when we are killed, and neither TMPDIR nor umask has a say."""
    file = open(os.memfd_create("autograder"), "w+b", buffering=0)  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.seek(0)
    return file


def _first_process(told: bytes) -> int | None:
    """A descriptor of the process that bubblewrap tells of; None when it told of none or that is gone already."""
    try:
        return os.pidfd_open(json.loads(told)["child-pid"])
    except (ValueError, ProcessLookupError):
        return None


def _tail(errors: IO[bytes]) -> str:
    size = os.fstat(errors.fileno()).st_size
    # pread: the position in the file is shared with whoever still writes to it.
    text = os.pread(errors.fileno(), _TAIL_BYTES, max(size - _TAIL_BYTES, 0)).decode(errors="replace").strip()
    return text or "it said nothing"
