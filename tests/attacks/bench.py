"""A bench on which boxes are built without some of their layers, and attacked."""

import contextlib
import errno
import json
import os
import re
import socket
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

from autograder.sandbox import policy
from autograder.sandbox.box import Box, await_ready, socketpair
from autograder.sandbox.inside.layers import EVERY
from autograder.sandbox.inside.zygote import BORN
from autograder.sandbox.launch import Launcher
from autograder.sandbox.session import BoxEndedError, BoxLine, Call, Session

from .shown import WENT_THROUGH

SECONDS = 20.0
LIMITS = {"memory_bytes": 1 << 30, "cpu_seconds": 60, "output_bytes": 1000, "box_bytes": 8 << 20, "device": "cpu", "cpus": [0]}
PRELUDE = """
import ctypes, errno, fcntl, mmap, os, resource, signal, socket, struct, sys, threading, time
from autograder.sandbox.inside import kernel

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p

def check(result):
    "Turn what a function of the C library gives into its error, if it is one."
    if result == -1:
        raise OSError(ctypes.get_errno(), "refused")
"""


class Bench:
    """A zygote of the tests' own.

    Args:
        without: layers of the zygote itself to leave out.
        rewrite: gives bubblewrap's command line, from the right one.
        environment: of bubblewrap; None for the right one.
        extra: a folder that boxes see as /site/extra.
        as_ordinary: become an ordinary user first, where that is not done already.
    """

    def __init__(self, *, without=(), rewrite=list, environment=None, extra=None, as_ordinary=True):
        launcher = _Launcher(rewrite, environment, extra, as_ordinary)
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.started = launcher.start("weakened", f"{theirs.fileno()}, {sorted(map(str, without))!r}", theirs.fileno())
        self.control.settimeout(SECONDS)
        told = self.control.recv(100)
        assert told, self.started.said()
        self.zygote = int(told)

    def spawn(self, without, **limits):
        """A box that lacks these layers."""
        assert EVERY.issuperset(without), set(without) - EVERY
        ours, theirs = socketpair()
        birth, birth_theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, birth_theirs:
            request = json.dumps([LIMITS | limits, sorted(without)]).encode()
            socket.send_fds(self.control, [request], [theirs.fileno(), birth_theirs.fileno()])
            birth.settimeout(SECONDS)
            told, descriptors, _, _ = socket.recv_fds(birth, 4096, 1)
        assert told == BORN, told
        box = Box(ours, descriptors[0], lifeline=birth)
        await_ready(box, SECONDS, self.started.said)
        return box

    @contextlib.contextmanager
    def session(self, without, source, **limits):
        """A conversation with such a box, once it has run `source`."""
        session = Session(BoxLine(self.spawn(without, **limits), time.monotonic() + SECONDS), SECONDS)
        try:
            outcome = session.run_cell(PRELUDE + source, "attack", SECONDS)
            assert outcome.failure is None, outcome.failure
            yield session
        finally:
            session.close()

    def outcome(self, shown, without):
        """What comes of an attack on boxes that lack these layers."""
        source = shown.source()
        with contextlib.ExitStack() as boxes:
            there = boxes.enter_context(self.session(without, source, **shown.limits)) if "def neighbour" in source else None
            here = boxes.enter_context(self.session(without, source, **shown.limits))
            try:
                told = () if there is None else (_result(there, "neighbour"),)
                result = _result(here, "attack", *told)
                result = _result(there, "after") if "def after" in source else result
            except _EndedError as ended:
                return str(ended)
        return WENT_THROUGH if result is None else result

    def close(self):
        """End it, and every box of it."""
        self.started.end()
        self.control.close()


class _Launcher(Launcher):
    """Puts the tests' zygote beside our own code, and bends the command line."""

    def __init__(self, rewrite, environment, extra, as_ordinary):
        right = policy.runtime("numpy")
        if extra is not None:
            right = replace(right, binds=(*right.binds, policy.Bind(str(extra), "/site/extra")))
        user = os.geteuid() if as_ordinary else 1
        with mock.patch.object(policy, "runtime", return_value=right), mock.patch.object(os, "geteuid", return_value=user):
            super().__init__("numpy", ())
        inside = "/runtime/autograder/sandbox/inside/weakened.py"
        self._code = {**self._code, inside: Path(__file__).with_name("weakened.py").read_bytes()}
        self._rewrite, self._environment = rewrite, environment

    def _run(self, command, keep, errors):
        given = {} if self._environment is None else {"env": self._environment}
        start = subprocess.Popen
        with mock.patch.object(subprocess, "Popen", lambda *arguments, **options: start(*arguments, **(options | given))):
            return super()._run(self._rewrite(command), keep, errors)


class _EndedError(Exception):
    """A function did not come to its end; the text says why in a word."""


def _result(session, function, *arguments):
    try:
        (outcome,) = session.call(Call(function, arguments))
    except BoxEndedError as ended:
        raise _EndedError(ended.reason) from ended
    if outcome.failure is None:
        return outcome.value
    number = re.match(r"\[Errno (\d+)\]", outcome.failure.text)
    raise _EndedError(errno.errorcode[int(number[1])] if number else outcome.failure.type)
