"""The filter of system calls that the box puts on itself last: what code in a notebook has no use for, the kernel refuses.

`program` writes the filter for a machine as classic BPF and touches nothing; `install` makes it binding, for good, for
every thread. See seccomp(2); the instructions are those of linux/filter.h, which bpf(2) calls classic BPF.
"""

import ctypes
import errno
import functools
import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograder.sandbox.inside import kernel, syscalls
from autograder.sandbox.inside.rules import BY_VALUE, DENIED, GROUPS

# linux/audit.h: the ELF machine number, with bits for 64-bit and little-endian
_AUDIT_ARCH = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_X32_BIT = 0x4000_0000  # seccomp(2): calls of the x32 ABI carry it, and bear x86-64's architecture

# Offsets in struct seccomp_data, seccomp(2). Both machines are little-endian: the low word of an argument comes first.
_NUMBER = 0
_ARCHITECTURE = 4
_ARGUMENTS = 16

# linux/bpf_common.h
_LOAD_WORD = 0x20
_IF_EQUAL = 0x15
_IF_AT_LEAST = 0x35
_IF_ANY_BIT = 0x45
_RETURN = 0x06

# What a filter returns, seccomp(2)
_ALLOW = 0x7FFF_0000
_KILL_PROCESS = 0x8000_0000
_ERRNO = 0x0005_0000

_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1

_CLONE_THREAD = 0x0001_0000  # clone(2)
# clone(2). Not CLONE_NEWTIME: its bit lies in the byte that clone takes for a signal, only unshare and clone3 know it.
_CLONE_NEW = sum(kernel.Namespace)
_AF_UNIX = 1  # socket(2)
_SOCKET_REQUESTS = (0x8900, 0x89FF)  # linux/sockios.h
_FUTEX_PRIVATE = 128  # futex(2)
_FUTEX_SLEEPS = (0, 9, 256, 265)  # FUTEX_WAIT and FUTEX_WAIT_BITSET, each with and without FUTEX_CLOCK_REALTIME
_FUTEX_WAKES = (1, 10)  # FUTEX_WAKE and FUTEX_WAKE_BITSET
_RLIMIT_CORE = 4  # asm-generic/resource.h


class _Instruction(NamedTuple):
    """struct sock_filter of linux/filter.h; jumps count from the next instruction."""

    code: int
    if_true: int
    if_false: int
    value: int


@functools.cache  # the zygote asks before its forks do
def program(machine: str, *, without: frozenset[str] = frozenset()) -> bytes:
    """The filter for `machine`, as an array of struct sock_filter.

    Calls of another architecture kill the process. Calls in DENIED give EPERM, so do sockets other than AF_UNIX, and clone
    with a flag for a new namespace; what is refused by its arguments gives the code that stands beside it. fork, vfork and clone
    of anything but a thread give EAGAIN, as when the limit of processes is reached. clone3 gives ENOSYS, for its flags lie in
    memory that a filter can't read; the C library then falls back to clone. Calls newer than the table give ENOSYS as on the
    kernels that lack them. All else is allowed.

    Args:
        machine: as in uname(2), one of `syscalls.MACHINES`.
        without: rule groups to leave out, of GROUPS. For showing what a group holds off; never for grading.

    Raises:
        ValueError: the machine, or a group in `without`, is unknown.
    """
    if unknown := without - GROUPS:
        raise ValueError(f"unknown rule groups {sorted(unknown)} (known: {', '.join(sorted(GROUPS))})")
    number = syscalls.numbers(machine)
    groups = GROUPS - without
    rules: list[_Instruction] = []
    if "architecture" in groups:
        rules += _only_architecture(machine)
    rules.append(_load(_NUMBER))
    if "architecture" in groups and machine == "x86_64":
        rules += [_Instruction(_IF_AT_LEAST, 0, 1, _X32_BIT), _give(_KILL_PROCESS)]
    if "unknown" in groups:
        # On x86-64 this also holds 512 to 547, which kernels before 5.4 took for x32 calls without the x32 bit.
        rules += [_Instruction(_IF_AT_LEAST, 0, 1, syscalls.FIRST_UNKNOWN), _give(_ERRNO | errno.ENOSYS)]
    for name, calls in DENIED.items():
        if name in groups:
            rules += _refuse([number[call] for call in calls if call in number], errno.EPERM)
    rules += _process_rules(number, groups)
    if "network" in groups:
        only_unix = [_Instruction(_IF_EQUAL, 1, 0, _AF_UNIX), _give(_ERRNO | errno.EPERM)]
        rules += _by_argument(number["socket"], 0, only_unix) + _by_argument(number["socketpair"], 0, only_unix)
        rules += _by_argument(number["ioctl"], 1, _no_interfaces())
    for group, call, index, values, code, bits in BY_VALUE:
        if group in groups:
            tests = [_Instruction(_IF_ANY_BIT, 0, 1, sum(values)), _give(_ERRNO | code)] if bits else _refuse(values, code)
            rules += _by_argument(number[call], index, tests)
    if "meeting" in groups:
        rules += _by_argument(number["futex"], 1, _only_own_futexes())
    if "dumps" in groups:
        rules += _keep_core_limit(number)
    rules.append(_give(_ALLOW))
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)


class _Program(ctypes.Structure):
    """struct sock_fprog of seccomp(2)."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install(program: bytes) -> None:
    """Put all threads of this process, and whatever they start, under `program` for good.

    Call it last: it forbids most of what builds the other layers. Needs `kernel.set_no_new_privileges`.

    Raises:
        OSError: the kernel refused, or (EBUSY) a thread is under a filter that the others are not.
    """
    size = struct.calcsize("=HBBI")
    filters = _Program(len(program) // size, program)
    thread = kernel.call("seccomp", _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, filters, doing="install the system call filter")
    if thread:
        raise OSError(errno.EBUSY, f"install the system call filter: thread {thread} is under another filter")


def _only_architecture(machine: str) -> list[_Instruction]:
    return [_load(_ARCHITECTURE), _Instruction(_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]), _give(_KILL_PROCESS)]


def _process_rules(number: Mapping[str, int], groups: frozenset[str]) -> list[_Instruction]:
    """New processes and new namespaces come by the same calls, so their two groups share this place."""
    rules: list[_Instruction] = []
    flags: list[_Instruction] = []
    if "namespaces" in groups:
        flags += [_Instruction(_IF_ANY_BIT, 0, 1, _CLONE_NEW), _give(_ERRNO | errno.EPERM)]
    if "fork" in groups:
        rules += _refuse([number[call] for call in ("fork", "vfork") if call in number], errno.EAGAIN)
        flags += [_Instruction(_IF_ANY_BIT, 1, 0, _CLONE_THREAD), _give(_ERRNO | errno.EAGAIN)]
    if flags:
        rules += _refuse([number["clone3"]], errno.ENOSYS) + _by_argument(number["clone"], 0, flags)
    return rules


def _no_interfaces() -> list[_Instruction]:
    """The socket that a box comes with belongs to the machine's own network, and would tell its interfaces and addresses."""
    first, last = _SOCKET_REQUESTS
    return [_Instruction(_IF_AT_LEAST, 0, 2, first), _Instruction(_IF_AT_LEAST, 1, 0, last + 1), _give(_ERRNO | errno.EPERM)]


def _only_own_futexes() -> list[_Instruction]:
    """Nobody sleeps on memory that another box could share, which files mapped read-only are, and nobody is woken there.

    A thread's end wakes whoever sleeps on an address of its choice, without any call; so it is the sleeping that must not be. The C
    library sleeps like that when threads are joined: told that the value changed, it looks again until it has.
    """
    shared = [*_refuse(_FUTEX_SLEEPS, errno.EAGAIN), *_refuse(_FUTEX_WAKES, 0), _give(_ERRNO | errno.ENOSYS)]
    return [_Instruction(_IF_ANY_BIT, len(shared), 0, _FUTEX_PRIVATE), *shared]


def _keep_core_limit(number: Mapping[str, int]) -> list[_Instruction]:
    """Let nobody change the limit of core dumps: at 0, one below ours, a machine that pipes dumps to a program would start it as root."""
    refuse = _give(_ERRNO | errno.EPERM)
    is_core = _Instruction(_IF_EQUAL, 0, 5, _RLIMIT_CORE)
    asks_only = [_load(_ARGUMENTS + 16), _Instruction(_IF_EQUAL, 0, 2, 0), _load(_ARGUMENTS + 20), _Instruction(_IF_EQUAL, 1, 0, 0)]
    return [
        *_by_argument(number["setrlimit"], 0, _refuse((_RLIMIT_CORE,), errno.EPERM)),
        *_by_argument(number["prlimit64"], 1, [is_core, *asks_only, refuse]),
    ]


def _refuse(values: Sequence[int], code: int) -> list[_Instruction]:
    """Fail with `code` if the loaded word is one of `values`, of which there are fewer than 256; else go on."""
    if not values:
        return []
    last = len(values) - 1
    tests = [_Instruction(_IF_EQUAL, last - place, 0, value) for place, value in enumerate(values[:-1])]
    return [*tests, _Instruction(_IF_EQUAL, 0, 1, values[-1]), _give(_ERRNO | code)]


def _by_argument(number: int, index: int, tests: Sequence[_Instruction]) -> list[_Instruction]:
    """Apply `tests` to argument `index` of the call `number`, then load the number again for the rules that follow.

    The low word decides: the kernel takes a socket's domain and a request of ioctl as 32 bits, and clone drops the high
    word of its flags, so bits up there change nothing.
    """
    body = [_load(_ARGUMENTS + 8 * index), *tests, _load(_NUMBER)]
    return [_Instruction(_IF_EQUAL, 0, len(body), number), *body]


def _load(offset: int) -> _Instruction:
    return _Instruction(_LOAD_WORD, 0, 0, offset)


def _give(action: int) -> _Instruction:
    return _Instruction(_RETURN, 0, 0, action)
