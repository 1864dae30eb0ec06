"""The filter of system calls that the box puts on itself last: what code in a notebook has no use for, the kernel refuses.

`program` writes the filter for a machine as classic BPF and touches nothing; `install` makes it binding, for good, for
every thread. See seccomp(2); the instructions are those of linux/filter.h, which bpf(2) calls classic BPF.
"""

import ctypes
import errno
import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograder.sandbox.inside import kernel, syscalls

DENIED: Mapping[str, tuple[str, ...]] = {
    # Look into other processes, or take their files.
    "tracing": (
        *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease"),
        *("kcmp", "pidfd_open", "pidfd_getfd"),
    ),
    # Change what the file tree looks like, or reach files past it.
    "mounts": (
        *("mount", "umount2", "pivot_root", "chroot", "mount_setattr", "move_mount", "open_tree", "open_tree_attr"),
        *("fsopen", "fsconfig", "fsmount", "fspick", "statmount", "listmount", "name_to_handle_at", "open_by_handle_at"),
        *("quotactl", "quotactl_fd", "swapon", "swapoff"),
    ),
    # A new user namespace would give all capabilities back, and with them most of the kernel's surface. clone has a rule.
    "namespaces": ("unshare", "setns", "listns", "sethostname", "setdomainname"),
    # Rarely used parts that have let programs become root, the legacy ones, and filters of one's own making.
    "kernel": (
        *("io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "bpf", "perf_event_open", "userfaultfd"),
        *("seccomp", "lsm_set_self_attr", "fanotify_init", "fanotify_mark", "lookup_dcookie", "syslog", "acct"),
        *("personality", "modify_ldt", "iopl", "ioperm", "uselib", "ustat", "sysfs", "vhangup"),
        *("mbind", "set_mempolicy", "set_mempolicy_home_node", "move_pages", "migrate_pages"),
    ),
    "clocks": ("settimeofday", "clock_settime", "clock_adjtime", "adjtimex"),
    "modules": ("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    # Kernel keyrings belong to the user id, which the box shares with others outside it.
    "keys": ("add_key", "request_key", "keyctl"),
    # Memory that RLIMIT_AS does not count: 3 GB were held under a limit of 1 GB by memfd_create alone.
    "memory": (
        *("memfd_create", "memfd_secret", "vmsplice", "shmget", "shmat", "shmctl", "shmdt", "mq_open"),
        *("msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semtimedop", "semctl"),
    ),
    # Boxes share read-only files: a lock on one, or a watch of it, would let two of them talk. fcntl has a rule for the other locks.
    "meeting": ("flock", "inotify_init", "inotify_init1", "inotify_add_watch"),
    # Priorities of one box are paid for by the others.
    "scheduling": ("setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr", "sync", "syncfs"),
    # No other program is needed, and set-user-id programs are the old way out.
    "exec": ("execve", "execveat"),
}
"""Calls refused with EPERM whatever their arguments, by the name of their rule group."""

GROUPS = frozenset(DENIED) | {"architecture", "unknown", "fork", "network", "terminal"}
"""Names of all rule groups, those that look at arguments included."""

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
# ioctl_tty(2), TIOCLINUX(2const), TIOCSETD(2const): type into the terminal, paste into the console, load a line discipline.
# The numbers are asm-generic/ioctls.h, which both machines use.
_TERMINAL_REQUESTS = (0x5412, 0x541C, 0x5423)
# F_GETLK, F_OFD_GETLK, F_SETLEASE, F_GETLEASE, F_NOTIFY of fcntl(2): ask what others have locked or opened. Locks of one's own stay.
_MEETING_COMMANDS = (5, 36, 1024, 1025, 1026)


class _Instruction(NamedTuple):
    """struct sock_filter of linux/filter.h; jumps count from the next instruction."""

    code: int
    if_true: int
    if_false: int
    value: int


def program(machine: str, *, allow_fork: bool = False, without: frozenset[str] = frozenset()) -> bytes:
    """The filter for `machine`, as an array of struct sock_filter.

    Calls of another architecture kill the process. Calls in DENIED give EPERM, so do sockets other than AF_UNIX, clone
    with a flag for a new namespace, and terminal requests that act on whoever watches. fork, vfork and clone of anything but a
    thread give EAGAIN, as when the limit of processes is reached. clone3 gives ENOSYS, for its flags lie in memory that a
    filter can't read; the C library then falls back to clone. Calls newer than the table give ENOSYS as on the kernels
    that lack them. All else is allowed.

    Args:
        machine: as in uname(2), one of `syscalls.MACHINES`.
        allow_fork: leave fork, vfork and clone usable; new namespaces stay refused.
        without: rule groups to leave out, of GROUPS. For showing what a group holds off; never for grading.

    Raises:
        ValueError: the machine, or a group in `without`, is unknown.
    """
    if unknown := without - GROUPS:
        raise ValueError(f"unknown rule groups {sorted(unknown)} (known: {', '.join(sorted(GROUPS))})")
    number = syscalls.numbers(machine)
    groups = GROUPS - without - ({"fork"} if allow_fork else frozenset())
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
    if "meeting" in groups:
        rules += _by_argument(number["fcntl"], 1, _refuse(_MEETING_COMMANDS, errno.EPERM))
    if "terminal" in groups:
        rules += _by_argument(number["ioctl"], 1, _refuse(_TERMINAL_REQUESTS, errno.EPERM))
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
