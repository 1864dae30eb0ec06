"""Machines poorer than this one: a real process under a filter of system calls that answers as their kernels do, put on before it runs."""

import errno
import os
import struct
import subprocess
import sys
from pathlib import Path

from autograder.sandbox.inside import syscalls

ROOT = Path(__file__).parents[2]
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # linux/bpf_common.h
_ALLOW, _ERRNO = 0x7FFF_0000, 0x0005_0000  # seccomp(2)
NEW = 0x7E02_0000
"""Every CLONE_NEW* flag that clone(2) knows."""
NEW_USER = 0x1000_0000
NEW_MOUNT = 0x0002_0000
PR_SET_SECCOMP = 22

_START = """
import ctypes, os, sys
program, user, *command = sys.argv[1:]
program = bytes.fromhex(program)

class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))

libc = ctypes.CDLL(None, use_errno=True)
if os.geteuid() != 0 and libc.prctl(38, 1, 0, 0, 0):  # PR_SET_NO_NEW_PRIVS, which root need not give up
    sys.exit("no_new_privs")
if libc.prctl(22, 2, ctypes.byref(Program(len(program) // 8, program)), 0, 0):
    sys.exit("the filter was refused: " + os.strerror(ctypes.get_errno()))
if user:
    os.setgroups([])
    os.setresgid(*[int(user)] * 3)
    os.setresuid(*[int(user)] * 3)
os.execv(command[0], command)
"""


def _step(code, if_true, if_false, value):
    return struct.pack("=HBBI", code, if_true, if_false, value)


def refuse(call, code, argument=None, *, any_of=0, equal=0):
    """A rule: `call` fails with `code`, always or where its `argument` has any of these bits, or equals this number."""
    body = b""
    if argument is not None:
        body = _step(_LOAD, 0, 0, 16 + 8 * argument) + _step(_ANY_BIT if any_of else _EQUAL, 0, 1, any_of or equal)
    body += _step(_RETURN, 0, 0, _ERRNO | code) + _step(_LOAD, 0, 0, 0)
    number = syscalls.numbers(os.uname().machine)[call]
    return _step(_EQUAL, 0, len(body) // 8, number) + body


def machine(*rules):
    """The filter that makes a machine of these rules."""
    return _step(_LOAD, 0, 0, 0) + b"".join(rules) + _step(_RETURN, 0, 0, _ALLOW)


_LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
HERE = machine()
DOCKER = machine(
    refuse("clone", errno.EPERM, 0, any_of=NEW),
    refuse("clone3", errno.ENOSYS),
    *(refuse(call, errno.EPERM) for call in ("unshare", "setns", "mount", "umount2", "pivot_root", "move_mount", "mount_setattr")),
)
"""Docker's default rules, for root without CAP_SYS_ADMIN and for everybody else."""
UBUNTU = machine(refuse("unshare", errno.EPERM, 0, any_of=NEW & ~NEW_USER & ~NEW_MOUNT))
"""bubblewrap makes its namespaces by clone and gets them; what it starts asks for a set of them by unshare, and does not."""
NO_SECCOMP = machine(refuse("seccomp", errno.ENOSYS), refuse("prctl", errno.EINVAL, 0, equal=PR_SET_SECCOMP))
NO_LANDLOCK = machine(*(refuse(call, errno.ENOSYS) for call in _LANDLOCK))
LANDLOCK_OFF = machine(*(refuse(call, errno.EOPNOTSUPP) for call in _LANDLOCK))


def run(command, filter_=HERE, *, user=None, before=()):
    """The finished process of `command`, a list, under a filter; `before` are words that start what starts it."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AUTOGRADER_SECRET": "a secret for the tests of poor machines",
        "HOME": os.environ.get("HOME", "/"),
    }
    start = [*before, sys.executable, "-c", _START, filter_.hex(), "" if user is None else str(user)]
    return subprocess.run([*start, *command], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


def autograder(*arguments, filter_=HERE, before=()):
    """The finished process of a verb of ours."""
    return run([sys.executable, "-m", "autograder", *map(str, arguments)], filter_, before=before)
