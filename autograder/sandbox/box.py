"""A live box seen from outside: the socket to it and the descriptor that ends it. In: a sealed process that starts. Out: `Box`."""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import policy
from autograder.sandbox.cgroups import BoxCgroup
from autograder.sandbox.inside import frames
from autograder.sandbox.inside.values import WireError

END_SECONDS = 5.0
_Socket: TypeAlias = socket.socket
_SOCKET_BUFFER_BYTES = 4 << 20  # a megabyte goes through in one piece
# socket(7): as above, past the machine's usual limit; for root only, and absent from Python's socket module.
_SO_SNDBUFFORCE = 32


@dataclass
class Box:
    """A live box: the socket to it, and a descriptor of its first process, whose end is the end of all its processes.

    `host_is_ending` tells if what the box was made by and lives in has come to an end, which no box can bring about. `cgroup` is None
    where there are none. `lifeline` is a socket with whose end the box ends too, for when we are killed.
    """

    socket: socket.socket
    pidfd: int
    host_is_ending: Callable[[], bool] = lambda: False
    cgroup: BoxCgroup | None = None
    lifeline: _Socket | None = None

    def kill(self) -> None:
        """End every process of the box now. It can't be escaped: the kernel ends a pid namespace with its first process.

        A second time does nothing: the descriptor's number may belong to something else by then.
        """
        pidfd, self.pidfd = self.pidfd, -1
        if pidfd != -1:
            end_process(pidfd)
            os.close(pidfd)
            if self.cgroup is not None:
                self.cgroup.remove()
        if self.lifeline is not None:
            self.lifeline.close()
        self.socket.close()

    def is_out_of_memory(self) -> bool:
        """True once the kernel has ended the box for what it holds in memory. Known from outside, and only until `kill`."""
        return self.cgroup is not None and self.cgroup.ended_at_limit()


class MountsRefusedError(SandboxError):
    """A box in namespaces of its own may not furnish them here."""


def end_process(pidfd: int) -> None:
    """End the process, and the pid namespace whose first it is, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    poll = select.poll()  # select fails for descriptors from 1024 on
    poll.register(pidfd, select.POLLIN)
    poll.poll(END_SECONDS * 1000)  # a pidfd is readable once its process is gone


def socketpair() -> tuple[socket.socket, socket.socket]:
    """A stream to a box: our end and its end, with buffers as large as this machine lets us have."""
    pair = socket.socketpair()
    for end in pair:  # between two unix sockets the sender's buffer is the only one
        try:
            end.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SOCKET_BUFFER_BYTES)
        except PermissionError:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER_BYTES)
    return pair


def limits_inside(limits: Limits, device: str = "cpu") -> dict[str, Any]:
    """The limits as the box puts them on itself, the device that it puts tensors on, and the CPUs that it shares with us.

    Wall clock is kept outside.
    """
    return {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": int(limits.submission_seconds) + 1,
        "output_bytes": limits.output_bytes,
        "box_bytes": policy.BOX_BYTES,
        "device": device,
        "cpus": sorted(os.sched_getaffinity(0)),
    }


def await_ready(box: Box, seconds: float, said: Callable[[], str]) -> dict[str, str]:
    """Wait for the word that every layer is in place; gives the versions. No student code has run yet, so it can be believed.

    Meanwhile the box is put into its cgroup.

    Args:
        box: killed when the word does not come.
        seconds: to wait for it.
        said: gives what the box's program wrote to stderr.

    Raises:
        MountsRefusedError: it could not mount what it needs.
        SandboxError: it ended, took too long, could not put on another layer, or has a cgroup that takes no process.
    """
    try:
        if box.cgroup is not None:
            box.cgroup.admit(box.pidfd)  # while it seals itself
        header, _ = frames.receive(box.socket, time.monotonic() + seconds)
    except frames.DeadlinePassed as error:
        box.kill()
        raise SandboxError(f"a box was not ready after {seconds:.0f} s: {said()}") from error
    except (frames.Closed, WireError) as error:
        why = ", at its limit of memory" if box.is_out_of_memory() else ""
        box.kill()
        raise SandboxError(f"a box ended before it was ready{why}: {said()}") from error
    except SandboxError:
        box.kill()
        raise
    if header.get("id") != "ready":
        box.kill()
        layer = str(header.get("layer"))
        kind = MountsRefusedError if layer.startswith("mounts:") else SandboxError
        raise kind(f"a layer of the box is missing: {layer}")
    versions: dict[str, str] = header["versions"]
    return versions
