"""A box of its own under bubblewrap, for machines that refuse namespaces inside namespaces: warms up, seals itself, serves."""

import os
import socket
from typing import Any

from autograder.sandbox.inside import kernel, seal
from autograder.sandbox.inside.warm import warm


def main(student_fd: int, kind: str, limits: dict[str, Any]) -> None:
    """Serve one grader over `student_fd`. Namespaces, mounts and empty capabilities are bubblewrap's work here."""
    warmed = warm(kind)
    kernel.close_fds_except({0, 1, 2, student_fd})
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    seal.run(socket.socket(fileno=student_fd), limits, warmed, own_namespaces=False)
