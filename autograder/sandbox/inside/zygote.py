"""The warmed process of a box kind: imports once, then forks a sealed child for every request. Holds no secret and runs no student code.

A request on the control socket is one packet: limits as JSON, with two descriptors: the child's socket and a birth socket. What comes back
over the birth socket is BORN with a pidfd of the child itself (not of the process between, whose death a child could outlive), or why there
is none: REFUSED and the kernel's words where namespaces in namespaces are not to be had, FAILED and the words where something else went
wrong.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from typing import Any

from autograder.sandbox.inside import kernel, seal, seccomp
from autograder.sandbox.inside.warm import Warmed, warm

BORN, REFUSED, FAILED = b"born", b"refused:", b"failed:"
CHILD_SOCKET = 3
_HIGH = 100  # the socket moves out of the way of 0, 1, 2 first


def main(control_fd: int, kind: str) -> None:
    """Warm up, say so, and fork until the control socket closes."""
    control = socket.socket(fileno=control_fd)
    warmed = warm(kind)
    calls = seccomp.program(os.uname().machine)
    gc.collect()
    gc.freeze()  # what is shared stays shared: no child's collector writes into it
    seal.end_me_first()
    kernel.set_dumpable(False)
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread: a fork of it could hang")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    control.send(json.dumps(warmed.versions).encode())
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, 4096, 2)
        if not packet:
            return
        student, birth = descriptors
        with socket.socket(fileno=birth) as told:
            try:
                if os.fork() == 0:
                    _middle(student, told, json.loads(packet), warmed, calls)
            except OSError as error:  # no more processes, or no memory: the next request may do better
                _tell(told, FAILED, error)
        os.close(student)


def _middle(student: int, told: socket.socket, limits: dict[str, Any], warmed: Warmed, calls: bytes) -> None:
    """Between zygote and child: makes the namespaces, forks their first process, hands out its pidfd, waits. Never returns."""
    word = FAILED
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        uid, gid = os.geteuid(), os.getegid()
        kernel.close_fds_except({student, told.fileno()})
        kernel.set_dumpable(True)  # else /proc/self/uid_map can't be written
        word = REFUSED
        kernel.unshare(seal.NAMESPACES)
        kernel.map_ids(inside_uid=uid, inside_gid=gid, outside_uid=uid, outside_gid=gid)
        word = FAILED
        child = os.fork()
        if child == 0:
            _child(student, limits, warmed, calls)
        os.close(student)
        pidfd = os.pidfd_open(child)
        socket.send_fds(told, [BORN], [pidfd])
        kernel.close_fds_except(())
        os.waitpid(child, 0)
    except OSError as error:
        _tell(told, word, error)
    finally:
        os._exit(0)


def _tell(told: socket.socket, word: bytes, error: OSError) -> None:
    with contextlib.suppress(OSError):  # nobody waits for it any more
        told.send(word + str(error).encode()[:4000])


def _child(student: int, limits: dict[str, Any], warmed: Warmed, calls: bytes) -> None:
    """The first process of the box. Never returns."""
    try:
        os.setsid()
        os.dup2(student, _HIGH)
        null = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.dup2(_HIGH, CHILD_SOCKET)
        kernel.close_fds_except({0, 1, 2, CHILD_SOCKET})
        seal.run(socket.socket(fileno=CHILD_SOCKET), limits, warmed, calls, own_namespaces=True)
    finally:
        sys.stderr = None
        os._exit(0)
