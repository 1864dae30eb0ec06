"""Landlock: name the paths that this process may still reach; all others, TCP ports and processes outside close. See landlock(7)."""

import ctypes
import errno
import os
import stat
from collections.abc import Sequence

from autograder.sandbox.inside import kernel

# Rights on files, linux/landlock.h and landlock(7)
_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_MAKE_CHAR = 1 << 6
_MAKE_BLOCK = 1 << 11
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15

# What can be handled from which version of the interface on, as (version, rights known from it on)
_FILE_RIGHTS = ((1, (1 << 13) - 1), (2, (1 << 14) - 1), (3, (1 << 15) - 1), (5, (1 << 16) - 1))  # 2 REFER, 3 TRUNCATE, 5 IOCTL_DEV
_NETWORK_RIGHTS = ((4, 0b11),)  # bind and connect TCP
_SCOPES = ((6, 0b11),)  # abstract unix sockets and signals; 7 adds logging only

_READING = _READ_FILE | _READ_DIR
# Nothing may be run and no device made anywhere, not even where files may be written.
_WRITING = ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)
# The kernel refuses other rights than these on what is not a folder.
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
_OF_DEVICES = _OF_FILES | _IOCTL_DEV

_CREATE_RULESET_VERSION = 1  # landlock_create_ruleset(2)
_RULE_PATH_BENEATH = 1  # landlock_add_rule(2)


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr. Older kernels know a shorter one and accept this where the rest is zero."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr, which is packed."""

    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def abi() -> int:
    """Version of the kernel's Landlock interface: 0 when absent, switched off or blocked; signals are held back from 6 on."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, _CREATE_RULESET_VERSION)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}:
            return 0
        raise


def restrict(*, readable: Sequence[str], writable: Sequence[str]) -> None:
    """Close the file tree for the calling thread and all that it starts, but for these paths and what lies below them.

    /dev/null is always writable. No file can be run, whatever the paths. As far as the kernel knows how, TCP is refused
    (version 4) and so are signals and abstract unix sockets to processes outside (6). Files open already stay usable.
    Call it while the process has one thread. Needs `kernel.set_no_new_privileges`.

    Args:
        readable: files, and folders to list, that may be read.
        writable: files to read and write; folders in which files may also be made, renamed and removed; devices to use.

    Raises:
        OSError: EOPNOTSUPP, where the kernel has no Landlock; ENOENT and others with the path that couldn't be opened.
    """
    version = abi()
    if version == 0:
        raise OSError(errno.EOPNOTSUPP, "restrict files by Landlock: this kernel has no Landlock, or it is switched off")
    handled = _known(_FILE_RIGHTS, version)
    attributes = _Ruleset(files=handled, network=_known(_NETWORK_RIGHTS, version), scopes=_known(_SCOPES, version))
    ruleset = kernel.call("landlock_create_ruleset", attributes, ctypes.sizeof(attributes), 0, doing="make a Landlock ruleset")
    try:
        for path in readable:
            _allow(ruleset, path, handled & _READING, handled)
        for path in (*writable, os.devnull):
            _allow(ruleset, path, handled & _WRITING, handled)
        kernel.call("landlock_restrict_self", ruleset, 0, doing="restrict files by Landlock")
    finally:
        os.close(ruleset)


def _known(rights: Sequence[tuple[int, int]], version: int) -> int:
    return max((bits for since, bits in rights if since <= version), default=0)


def _allow(ruleset: int, path: str, rights: int, handled: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        raise OSError(error.errno, f"allow a path by Landlock: {error.strerror}", path) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            # Requests to a device need a right of their own, which only its being listed as writable grants.
            rights = (rights | (handled & _IOCTL_DEV if rights & _WRITE_FILE else 0)) & _OF_DEVICES
        elif not stat.S_ISDIR(mode):
            rights &= _OF_FILES
        rule = _PathBeneath(rights=rights, descriptor=descriptor)
        kernel.call("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0, doing=f"allow {path} by Landlock")
    finally:
        os.close(descriptor)
