"""What a process may ask of the kernel to box itself in: namespaces, mounts, ids, capabilities, limits, open files.

Each function acts on the calling process, and raises OSError with the kernel's errno and the words of what was tried
when the kernel refuses: a layer that can't be put on is never left off in silence.
"""

import ctypes
import enum
import errno
import os
import resource
import signal
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from autograder.sandbox.inside import syscalls

Argument: TypeAlias = "int | bytes | ctypes.Array[Any] | ctypes.Structure | None"

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Namespace(enum.IntFlag):
    """What a process can have apart from all others; the CLONE_NEW* flags of namespaces(7) and clone(2)."""

    MOUNT = 0x0002_0000
    CGROUP = 0x0200_0000
    UTS = 0x0400_0000
    IPC = 0x0800_0000
    USER = 0x1000_0000
    PID = 0x2000_0000
    NETWORK = 0x4000_0000


# Flags of mount(2), by the names they bear there
MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x4_0000

# prctl(2), PR_SET_PDEATHSIG(2const) and so on
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_READ = 23
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_IS_SET = 1
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_CAP_SYS_ADMIN = 21  # capabilities(7)

LIMITS = frozenset(
    {
        *("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC"),
        *("RLIMIT_CORE", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_SIGPENDING"),
    }
)
"""The limits that `set_limits` sets, by their names in getrlimit(2)."""
# Too small for any dump, and the one number at which the kernel (fs/coredump.c) pipes none to a program either, as at 0 it would.
_NO_CORE = 1
_PENDING_SIGNALS = 64  # also posix timers, which are kernel memory; counted against this user's processes outside, too

_CAPABILITY_VERSION_3 = 0x2008_0522  # capset(2): sets of 64 bits, as two structures of three words each

_AT_FDCWD = -100  # openat(2)
_AT_RECURSIVE = 0x8000  # mount_setattr(2)
_MOUNT_ATTR_RDONLY = 0x1  # mount_setattr(2)
_LAST_DESCRIPTOR = 0xFFFF_FFFF  # close_range(2) takes any unsigned int as "to the end"


class _MountAttributes(ctypes.Structure):
    """struct mount_attr of mount_setattr(2)."""

    _fields_ = (
        ("to_set", ctypes.c_uint64),
        ("to_clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def call(name: str, *arguments: Argument, doing: str | None = None) -> int:
    """Make one system call by its number, since no C library wraps all that are needed here; see syscalls(2).

    Args:
        name: of the call, as in the table of `syscalls`.
        arguments: an int is passed as a machine word; bytes, arrays and structures by address; None as a null pointer.
        doing: what the error says was tried; the name when None.

    Raises:
        OSError: the kernel refused, with its errno; ENOSYS also where the machine has no number for the call.
    """
    doing = doing or name
    machine = os.uname().machine
    try:
        number = syscalls.numbers(machine)[name]
    except (ValueError, KeyError):
        raise OSError(errno.ENOSYS, f"{doing}: the number of {name} on machine {machine!r} is unknown") from None
    result = int(_libc.syscall(ctypes.c_long(number), *(_as_word(argument) for argument in arguments)))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{doing}: {os.strerror(code)}")
    return result


def unshare(flags: Namespace) -> None:
    """Leave the namespaces that `flags` names for new ones, a PID namespace from the next fork on.

    See unshare(2). After USER the process counts as not dumpable: call `set_dumpable(True)` before it reads its own /proc files.
    """
    call("unshare", int(flags), doing=f"unshare {flags!r}")


def map_ids(inside_uid: int, inside_gid: int, outside_uid: int, outside_gid: int) -> None:
    """Give the new user namespace its only user and group, seen as `inside_*` in it and as `outside_*` by everyone else.

    `outside_*` are the process's own ids from before unshare. The process must be dumpable; see user_namespaces(7).
    """
    # A gid can be mapped without privilege only after giving up setgroups, which could drop a group that denies access.
    _write("/proc/self/setgroups", "deny", "give up setgroups")
    _write("/proc/self/uid_map", f"{inside_uid} {outside_uid} 1", f"map user {outside_uid} to {inside_uid} in the namespace")
    _write("/proc/self/gid_map", f"{inside_gid} {outside_gid} 1", f"map group {outside_gid} to {inside_gid} in the namespace")


def mount(
    source: str | None,
    target: str,
    filesystem: str | None = None,
    flags: int = 0,
    options: str | None = None,
) -> None:
    """Put a filesystem or a folder at `target`, or change how mounts spread from it.

    See mount(2). MS_REC | MS_PRIVATE on "/" keeps later mounts from reaching other namespaces, and theirs from coming in.
    The flags are the MS_* above; the options those of the filesystem, such as size=64m for tmpfs.
    """
    call(
        "mount",
        _as_text(source),
        os.fsencode(target),
        _as_text(filesystem),
        flags,
        _as_text(options),
        doing=f"mount {filesystem or source or ''} on {target} (flags {flags:#x})",
    )


def remount_tree_read_only(path: str) -> None:
    """Make the mount at `path` and all below it read-only, each keeping its other flags; see mount_setattr(2), Linux 5.12."""
    attributes = _MountAttributes(to_set=_MOUNT_ATTR_RDONLY)
    _set_mount_attributes(path, _AT_RECURSIVE, attributes, f"make {path} and all mounts below it read-only")


def remount_writable(path: str) -> None:
    """Undo read-only for the one mount at `path`; refused for what an outer namespace has made read-only."""
    _set_mount_attributes(path, 0, _MountAttributes(to_clear=_MOUNT_ATTR_RDONLY), f"make the mount at {path} writable")


def set_no_new_privileges() -> None:
    """Let no exec ever raise privileges again, across forks too; seccomp and Landlock ask for it. PR_SET_NO_NEW_PRIVS(2const)."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, doing="set no_new_privs")


def set_dumpable(value: bool) -> None:  # noqa: FBT001 - the kernel's own name for a bit
    """Choose if processes of the same user may read this one's memory and /proc files, itself included. PR_SET_DUMPABLE(2const)."""
    _prctl(_PR_SET_DUMPABLE, int(value), doing=f"set dumpable to {value}")


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends; see PR_SET_PDEATHSIG(2const).

    A convenience, not a wall: the process may clear it, a change of ids clears it, and a parent already dead sends
    nothing. What must end the box is a pidfd held outside.
    """
    _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), doing="ask for SIGKILL when the parent ends")


def may_mount() -> bool:
    """True if this program was started with the capability to mount things in its namespace; see PR_CAP_AMBIENT(2const)."""
    return bool(call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_IS_SET, _CAP_SYS_ADMIN, 0, 0, doing="look up CAP_SYS_ADMIN"))


def drop_capabilities() -> None:
    """Give up every capability for good: bounding, ambient, effective, permitted, inheritable. See capabilities(7).

    Raises:
        OSError: EPERM, where the bounding set isn't empty and CAP_SETPCAP isn't held to empty it.
    """
    capability = 0
    while (held := _in_bounding_set(capability)) is not None:
        if held:
            _prctl(_PR_CAPBSET_DROP, capability, doing=f"drop capability {capability} from the bounding set")
        capability += 1
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, doing="clear the ambient capabilities")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    call("capset", header, (ctypes.c_uint32 * 6)(), doing="give up all capabilities")


def set_limits(
    *, memory_bytes: int, cpu_seconds: int, file_bytes: int, open_files: int, processes: int, only: frozenset[str] = LIMITS
) -> None:
    """Set the resource limits of setrlimit(2), soft and hard alike; no core dump, no locked memory, no message queues, few timers.

    Args:
        memory_bytes: address space (RLIMIT_AS; Linux ignores RLIMIT_RSS). Does not see memfd, shm and pipes.
        cpu_seconds: SIGXCPU at this many, SIGKILL one second later, for SIGXCPU can be ignored. Sleep doesn't count.
        file_bytes: the largest single file that can be written.
        open_files: one above the highest descriptor that can be opened.
        processes: processes and threads of this user; counted in the user namespace when called after unshare(USER).
        only: those of LIMITS to set; the others stay as they are.

    Raises:
        OSError: EPERM, where the limit in force is stricter than the one asked for, which can't be raised; EINVAL for a
            negative number.
    """
    no_core = 0 if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0 else _NO_CORE  # which can't be raised
    limits = {
        "RLIMIT_AS": (memory_bytes, memory_bytes),
        "RLIMIT_CPU": (cpu_seconds, cpu_seconds + 1),
        "RLIMIT_FSIZE": (file_bytes, file_bytes),
        "RLIMIT_NOFILE": (open_files, open_files),
        "RLIMIT_NPROC": (processes, processes),
        "RLIMIT_CORE": (no_core, no_core),
        "RLIMIT_MEMLOCK": (0, 0),
        "RLIMIT_MSGQUEUE": (0, 0),
        "RLIMIT_SIGPENDING": (_PENDING_SIGNALS, _PENDING_SIGNALS),
    }
    _set_limits({name: limits[name] for name in sorted(only)})


def close_fds_except(keep: Collection[int]) -> None:
    """Close every file descriptor, the standard three included, but those in `keep`; see close_range(2), Linux 5.9.

    By the system call and not os.closerange, which counts up to the end one by one where Python was built without it.
    """
    first = 0
    for descriptor in sorted(set(keep)):
        if descriptor < 0:
            raise OSError(errno.EBADF, f"close all but {sorted(keep)}: {descriptor} is not a file descriptor")
        if first < descriptor:
            call("close_range", first, descriptor - 1, 0)
        first = descriptor + 1
    call("close_range", first, _LAST_DESCRIPTOR, 0)


def _as_word(argument: Argument) -> Any:
    if isinstance(argument, int):
        return ctypes.c_long(argument)  # ctypes alone would pass the lower 32 bits
    if isinstance(argument, ctypes.Structure | ctypes.Array):
        return ctypes.byref(argument)
    return ctypes.c_char_p(argument)


def _as_text(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def _prctl(option: int, value: int, *, doing: str) -> int:
    return call("prctl", option, value, 0, 0, 0, doing=doing)


def _in_bounding_set(capability: int) -> bool | None:
    """None for a number beyond the last capability of this kernel, so that no /proc is needed to know the last."""
    try:
        return bool(_prctl(_PR_CAPBSET_READ, capability, doing=f"look up capability {capability}"))
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None
        raise


def _set_mount_attributes(path: str, flags: int, attributes: _MountAttributes, doing: str) -> None:
    call("mount_setattr", _AT_FDCWD, os.fsencode(path), flags, attributes, ctypes.sizeof(attributes), doing=doing)


def _set_limits(limits: Mapping[str, tuple[int, int]]) -> None:
    for name, (soft, hard) in limits.items():
        kind: int = getattr(resource, name)
        if soft < 0:
            raise OSError(errno.EINVAL, f"set {name} to {soft}: a negative limit would mean none")
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OverflowError) as error:  # how the resource module reports EPERM and EINVAL
            ceiling = resource.getrlimit(kind)[1]
            raise OSError(errno.EPERM, f"set {name} to {hard}: {error}; the limit in force is {ceiling}") from None


def _write(path: str, text: str, doing: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OSError(error.errno, f"{doing} ({path}): {error.strerror}") from None
