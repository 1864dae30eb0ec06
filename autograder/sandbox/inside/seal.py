"""Close the box around this process, say that it is closed, and serve. Every layer must hold or the box never says that it is ready."""

import contextlib
import os
import socket
import sys
from typing import Any

from autograder.sandbox.inside import frames, kernel, landlock, seccomp
from autograder.sandbox.inside.serve import serve
from autograder.sandbox.inside.warm import Warmed, seed_global_generators

NAMESPACES = (
    kernel.Namespace.USER
    | kernel.Namespace.PID
    | kernel.Namespace.MOUNT
    | kernel.Namespace.NETWORK
    | kernel.Namespace.IPC
    | kernel.Namespace.UTS
    | kernel.Namespace.CGROUP
)
READABLE = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/site", "/runtime", "/proc", "/dev/urandom", "/dev/random", "/dev/zero")
WRITABLE = ("/box", "/dev/null")
OPEN_FILES, PROCESSES, FILE_BYTES, BOX_INODES = 64, 64, 32 << 20, 2048
FIRST_TO_END = 1000
"""oom_score_adj: when this machine runs out of memory the kernel ends boxes first, and never the grader for a box's sake."""


def end_me_first() -> None:
    """Offer this process to the kernel when memory runs out; see proc_pid_oom_score_adj(5). A courtesy: no /proc, no offer."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(FIRST_TO_END))


def run(sock: socket.socket, limits: dict[str, Any], warmed: Warmed, calls: bytes, *, own_namespaces: bool) -> None:
    """Seal this process and answer the grader until it closes `sock`.

    Args:
        sock: to the grader.
        limits: memory_bytes, cpu_seconds, output_bytes, box_bytes.
        warmed: the shell that cells run in, and the versions to tell.
        calls: the filter of system calls, from `seccomp.program`.
        own_namespaces: True in a fork of the zygote, which has fresh namespaces to furnish; False where bubblewrap has done it.
    """
    layer = "start"
    try:
        if own_namespaces:
            layer = "mounts"
            _furnish(limits["box_bytes"])
        os.chdir("/box")
        layer = "limits"
        kernel.set_limits(
            memory_bytes=limits["memory_bytes"],
            cpu_seconds=limits["cpu_seconds"],
            file_bytes=FILE_BYTES,
            open_files=OPEN_FILES,
            processes=PROCESSES,
        )
        layer = "capabilities"
        kernel.drop_capabilities()
        kernel.set_no_new_privileges()
        layer = "Landlock"
        landlock.restrict(readable=[path for path in _readable() if os.path.exists(path)], writable=WRITABLE)
        layer = "seccomp"
        seccomp.install(calls)
        kernel.set_dumpable(True)  # after the last privilege is gone: libraries read /proc/self
    except OSError as error:
        frames.send(sock, {"id": "sealing failed", "layer": f"{layer}: {error}"})
        return
    seed_global_generators()
    frames.send(sock, {"id": "ready", "versions": warmed.versions})
    serve(sock, warmed.shell, limits["output_bytes"])


def _readable() -> list[str]:
    return [*READABLE, sys.base_prefix]


def _furnish(box_bytes: int) -> None:
    """A private writable /box, everything else read-only, and a /proc that shows this box alone."""
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    plain = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", "/box", "tmpfs", plain, f"size={box_bytes},nr_inodes={BOX_INODES},mode=700")
    kernel.mount("tmpfs", "/tmp", "tmpfs", plain, "size=4k,mode=755")  # noqa: S108 - the zygote's caches are not for students
    kernel.remount_tree_read_only("/")
    kernel.remount_writable("/box")
    kernel.mount("proc", "/proc", "proc", plain | kernel.MS_NOEXEC | kernel.MS_RDONLY)
