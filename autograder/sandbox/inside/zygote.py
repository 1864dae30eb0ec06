"""The warmed process of a box kind: imports once, then forks a sealed child for every request. Holds no secret and runs no student code.

A request on the control socket is one packet: limits as JSON, with two descriptors: the child's socket and a birth socket. What comes back
over the birth socket is BORN with a pidfd of the child itself (not of the process between, whose death a child could outlive), or why there
is none: REFUSED and the kernel's words where namespaces in namespaces are not to be had, FAILED and the words where something else went
wrong. A box lives no longer than the other end of its birth socket is open: several graders may share a zygote, and one that is killed
leaves no box behind. Nothing in a request says which layers a box has.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from typing import Any, NamedTuple

from autograder.sandbox.inside import kernel, seal, seccomp
from autograder.sandbox.inside.furnish import furnish
from autograder.sandbox.inside.layers import EVERY, Layer, missing_groups
from autograder.sandbox.inside.warm import Warmed, warm

BORN, REFUSED, FAILED = b"born", b"refused:", b"failed:"
CHILD_SOCKET = 3
_HIGH = 100  # the socket moves out of the way of 0, 1, 2 first


class Request(NamedTuple):
    """What was asked for, and the descriptors that came with it."""

    asked: dict[str, Any]
    student: int
    birth: int


def main(control_fd: int, kind: str) -> None:
    """Warm up, say so, and fork until the control socket closes."""
    control = socket.socket(fileno=control_fd)
    warmed = warm(kind)
    settle()
    control.send(json.dumps(warmed.versions).encode())
    while request := receive(control):
        bear(request, request.asked, warmed)


def settle(layers: frozenset[str] = EVERY) -> None:
    """Make this process, warmed up, fit to be forked."""
    seccomp.program(os.uname().machine, without=missing_groups(layers))  # written once for all forks
    gc.collect()
    gc.freeze()  # what is shared stays shared: no child's collector writes into it
    if Layer.FIRST_TO_END in layers:
        seal.end_me_first()
    kernel.set_dumpable(Layer.HIDDEN_ZYGOTE not in layers)
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread: a fork of it could hang")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def receive(control: socket.socket) -> Request | None:
    """Wait for the next request; None when no more will come."""
    packet, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 2)
    if not packet:
        return None
    student, birth = descriptors
    return Request(json.loads(packet), student, birth)


def bear(request: Request, limits: dict[str, Any], warmed: Warmed, layers: frozenset[str] = EVERY) -> None:
    """Fork a box, and let go of its sockets."""
    with socket.socket(fileno=request.birth) as told:
        try:
            if os.fork() == 0:
                _middle(request.student, told, limits, warmed, layers)
        except OSError as error:  # no more processes, or no memory: the next request may do better
            _tell(told, FAILED, error)
    os.close(request.student)


def _middle(student: int, told: socket.socket, limits: dict[str, Any], warmed: Warmed, layers: frozenset[str]) -> None:
    """Between zygote and child: makes the namespaces, forks their first process, hands out its pidfd, waits. Never returns."""
    word = FAILED
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with contextlib.suppress(OSError):  # a courtesy: of a box and its grader one waits for the other, and can do so on one CPU
            os.sched_setaffinity(0, limits["cpus"])
        uid, gid = os.geteuid(), os.getegid()
        if Layer.CLOSED_FILES in layers:
            kernel.close_fds_except({student, told.fileno()})
        kernel.set_dumpable(True)  # else /proc/self/uid_map can't be written
        word = REFUSED
        kernel.unshare(seal.namespaces(layers))
        if Layer.USER_NAMESPACE in layers:
            kernel.map_ids(inside_uid=uid, inside_gid=gid, outside_uid=uid, outside_gid=gid)
        word = FAILED
        child = os.fork()
        if child == 0:
            _child(student, limits, warmed, layers)
        os.close(student)
        pidfd = os.pidfd_open(child)
        socket.send_fds(told, [BORN], [pidfd])
        kernel.close_fds_except({told.fileno(), pidfd})
        _wait(pidfd, told)
        os.waitpid(child, 0)
    except OSError as error:
        _tell(told, word, error)
    finally:
        os._exit(0)


def _wait(child: int, asker: socket.socket) -> None:
    """Wait until the child has ended; end it when whoever asked for it is gone."""
    poll = select.poll()
    poll.register(child, select.POLLIN)
    poll.register(asker, 0)  # nothing more is said, but the end is told
    if asker.fileno() in dict(poll.poll()):
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(child, signal.SIGKILL)


def _tell(told: socket.socket, word: bytes, error: OSError) -> None:
    with contextlib.suppress(OSError):  # nobody waits for it any more
        told.send(word + str(error).encode()[:4000])


def _child(student: int, limits: dict[str, Any], warmed: Warmed, layers: frozenset[str]) -> None:
    """The first process of the box. Never returns."""
    try:
        if Layer.OWN_SESSION in layers:
            os.setsid()
        os.dup2(student, _HIGH)
        if Layer.CLOSED_FILES in layers:
            null = os.open("/dev/null", os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(null, standard)
        os.dup2(_HIGH, CHILD_SOCKET)
        if Layer.CLOSED_FILES in layers:
            kernel.close_fds_except({0, 1, 2, CHILD_SOCKET})
        seal.run(socket.socket(fileno=CHILD_SOCKET), limits, warmed, lambda box_bytes: furnish(box_bytes, layers), layers)
    finally:
        sys.stderr = None
        os._exit(0)
