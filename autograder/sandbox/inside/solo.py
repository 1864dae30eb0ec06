"""A box of its own under bubblewrap, for machines that refuse namespaces inside namespaces: warms up, seals itself, serves."""

import os
import shutil
import socket
from typing import Any

from autograder.sandbox.inside import kernel, seal
from autograder.sandbox.inside.furnish import furnish_solo
from autograder.sandbox.inside.warm import warm

CHILD_SOCKET = 3


def main(student_fd: int, kind: str, limits: dict[str, Any]) -> None:
    """Serve one grader over `student_fd`. Namespaces are bubblewrap's work here, and mounts too where this process may make none."""
    warmed = warm(kind)
    may_mount = kernel.may_mount()
    if may_mount:  # files that are open stay open in the mounts of before, so none may be left
        kernel.unshare(kernel.Namespace.MOUNT)
    for left in os.scandir("/box"):  # what the libraries wrote while they warmed up; a fork finds a folder of its own
        shutil.rmtree(left) if left.is_dir(follow_symlinks=False) else os.unlink(left)
    kernel.close_fds_except({0, 1, 2, student_fd})
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.dup2(student_fd, CHILD_SOCKET)
    kernel.close_fds_except({0, 1, 2, CHILD_SOCKET})
    seal.end_me_first()
    seal.run(socket.socket(fileno=CHILD_SOCKET), limits, warmed, furnish_solo if may_mount else _as_it_is)


def _as_it_is(_: int) -> None:
    """As bubblewrap furnished it: nothing bounds the number of files, and /dev/null's times can be set."""
