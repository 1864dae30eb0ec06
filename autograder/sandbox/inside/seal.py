"""Close the box around this process, say that it is closed, and serve. Every layer must hold or the box never says that it is ready."""

import contextlib
import glob
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from autograder.sandbox.inside import frames, kernel, landlock, seccomp
from autograder.sandbox.inside.furnish import MOUNTS
from autograder.sandbox.inside.layers import EVERY, Layer, missing_groups
from autograder.sandbox.inside.serve import serve
from autograder.sandbox.inside.warm import Warmed, seed_global_generators, start_cuda

READABLE = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/site", "/runtime", "/proc", "/dev/urandom", "/dev/random", "/dev/zero")
WRITABLE = ("/box", "/dev/null")
OPEN_FILES, PROCESSES, FILE_BYTES = 64, 64, 32 << 20
OPEN_FILES_OF_CUDA = 512
"""CUDA's driver opens its devices many times. It also sets aside more addresses than any machine has memory, so a box with a GPU has no
RLIMIT_AS: what bounds its memory is its cgroup, without which it is not made."""
FIRST_TO_END = 1000
"""oom_score_adj: when this machine runs out of memory the kernel ends boxes first, and never the grader for a box's sake."""
_NAMESPACES = {
    Layer.USER_NAMESPACE: kernel.Namespace.USER,
    Layer.PID_NAMESPACE: kernel.Namespace.PID,
    Layer.NETWORK_NAMESPACE: kernel.Namespace.NETWORK,
    Layer.IPC_NAMESPACE: kernel.Namespace.IPC,
    Layer.UTS_NAMESPACE: kernel.Namespace.UTS,
    Layer.CGROUP_NAMESPACE: kernel.Namespace.CGROUP,
}


def end_me_first() -> None:
    """Offer this process to the kernel when memory runs out; see proc_pid_oom_score_adj(5). A courtesy: no /proc, no offer."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(FIRST_TO_END))


def namespaces(layers: frozenset[str] = EVERY) -> kernel.Namespace:
    """What a box has apart from the zygote and from other boxes."""
    apart = kernel.Namespace.MOUNT if layers & MOUNTS else kernel.Namespace(0)
    for layer, namespace in _NAMESPACES.items():
        if layer in layers:
            apart |= namespace
    return apart


def run(
    sock: socket.socket, limits: dict[str, Any], warmed: Warmed, furnish: Callable[[int], None], layers: frozenset[str] = EVERY
) -> None:
    """Seal this process and answer the grader until it closes `sock`.

    Args:
        sock: to the grader.
        limits: memory_bytes, cpu_seconds, output_bytes, box_bytes, and the device that tensors are put on.
        warmed: the shell that cells run in, and the versions to tell.
        furnish: makes the mounts, given the most bytes that /box may hold.
        layers: see `layers`.
    """
    on_cpu = limits["device"] == "cpu"
    layer = "mounts"
    try:
        furnish(limits["box_bytes"])
        os.chdir("/box")
        layer = "limits"
        kernel.set_limits(
            memory_bytes=limits["memory_bytes"],
            cpu_seconds=limits["cpu_seconds"],
            file_bytes=FILE_BYTES,
            open_files=OPEN_FILES if on_cpu else OPEN_FILES_OF_CUDA,
            processes=PROCESSES,
            only=kernel.LIMITS & layers - (frozenset() if on_cpu else {"RLIMIT_AS"}),
        )
        layer = "capabilities"
        if Layer.CAPABILITIES in layers:
            kernel.drop_capabilities()
        if Layer.NO_NEW_PRIVILEGES in layers:
            kernel.set_no_new_privileges()
        layer = "Landlock"
        if Layer.LANDLOCK in layers:
            devices = () if on_cpu else cuda_nodes()
            landlock.restrict(readable=[path for path in _readable() if os.path.exists(path)], writable=(*WRITABLE, *devices))
        layer = "seccomp"
        seccomp.install(seccomp.program(os.uname().machine, without=missing_groups(layers)))
        kernel.set_dumpable(True)  # after the last privilege is gone: libraries read /proc/self
        layer = "CUDA"
        if not on_cpu:
            start_cuda()  # inside all layers: what it opens, a student's code could open as well
    except OSError as error:
        frames.send(sock, {"id": "sealing failed", "layer": f"{layer}: {error}"})
        return
    seed_global_generators()
    frames.send(sock, {"id": "ready", "versions": warmed.versions})
    serve(sock, warmed.shell, limits["output_bytes"], limits["device"])


def cuda_nodes() -> list[str]:
    """What CUDA talks to: the devices of NVIDIA's driver that this machine, or this box, has."""
    return sorted(path for path in glob.glob("/dev/nvidia*") if not os.path.isdir(path))


def _readable() -> list[str]:
    return [*READABLE, sys.base_prefix]
