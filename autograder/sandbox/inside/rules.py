"""What the box may not ask of the kernel, as tables: whole calls, and calls with certain arguments. `seccomp` makes a filter of them."""

import errno
from collections.abc import Mapping
from typing import NamedTuple

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
        # A box is closed already, and rules of Landlock are kernel memory that no limit counts.
        *("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"),
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
    # Boxes share read-only files: a lock on one, a watch of it, or what of it lies in memory would let two of them talk. fcntl and futex
    # have rules; these are the newer calls of futex, whose flags lie in memory or where the old call has none.
    "meeting": (
        *("flock", "inotify_init", "inotify_init1", "inotify_add_watch", "cachestat"),
        *("futex_waitv", "futex_wait", "futex_wake", "futex_requeue"),
    ),
    # The socket that a box comes with was made outside: a name for it would be one among the machine's own. socket and ioctl have rules.
    "network": ("bind", "listen", "accept", "accept4", "connect"),
    # Priorities of one box are paid for by the others.
    "scheduling": ("setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr", "sync", "syncfs"),
    # No other program is needed, and set-user-id programs are the old way out.
    "exec": ("execve", "execveat"),
}
"""Calls refused with EPERM whatever their arguments, by the name of their rule group."""


class Refusal(NamedTuple):
    """`call` fails with `code` when its argument number `argument` is one of `values`, or with `bits` has a bit of one."""

    group: str
    call: str
    argument: int
    values: tuple[int, ...]
    code: int
    bits: bool = False


_WITH_FLAGS = {"sendto": 3, "sendmsg": 2, "sendmmsg": 3, "recvfrom": 3, "recvmsg": 2, "recvmmsg": 3}
"""Where the flags of send(2) and recv(2) stand."""

BY_VALUE = (
    # F_GETLK to F_SETLKW, F_OFD_GETLK to F_OFD_SETLKW, F_SETLEASE, F_GETLEASE, F_NOTIFY of fcntl(2). Every box may write to the one
    # /dev/null there is, so even a lock that a box sets without asking is felt by the others. Locks are kernel memory, too.
    Refusal("meeting", "fcntl", 1, (5, 6, 7, 36, 37, 38, 1024, 1025, 1026), errno.EPERM),
    # PR_FUTEX_HASH: a table of any size, which no limit counts.
    Refusal("memory", "prctl", 0, (78,), errno.EPERM),
    # F_SETPIPE_SZ: a megabyte for each pipe, out of what one user may have in all boxes together.
    Refusal("memory", "fcntl", 1, (1031,), errno.EPERM),
    # ioctl_tty(2), TIOCLINUX(2const), TIOCSETD(2const): type into the terminal, paste into the console, load a line discipline.
    # The numbers are asm-generic/ioctls.h, which both machines use.
    Refusal("terminal", "ioctl", 1, (0x5412, 0x541C, 0x5423), errno.EPERM),
    # SO_PASSPIDFD and SO_PEERPIDFD, asm-generic/socket.h: a descriptor of the process at the other end, which is the grader.
    Refusal("tracing", "setsockopt", 2, (76,), errno.EPERM),
    Refusal("tracing", "getsockopt", 2, (77,), errno.EPERM),
    # PR_SET_PTRACER, linux/prctl.h
    Refusal("tracing", "prctl", 0, (0x59616D61,), errno.EPERM),
    # PR_SET_SECCOMP, PR_SET_MM, PR_SET_MEMORY_MERGE
    Refusal("kernel", "prctl", 0, (22, 35, 67), errno.EPERM),
    # SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF and _EBPF: programs for the kernel to compile
    Refusal("kernel", "setsockopt", 2, (26, 50, 51, 52), errno.EPERM),
    # MSG_OOB: urgent data on unix sockets, which nobody needs and by which programs have become root (CVE-2025-38236).
    *(Refusal("kernel", call, index, (1,), errno.EOPNOTSUPP, bits=True) for call, index in _WITH_FLAGS.items()),
    # MADV_MERGEABLE: share equal pages with other boxes, which time then tells. MADV_HWPOISON, MADV_SOFT_OFFLINE: break memory.
    Refusal("kernel", "madvise", 2, (12, 100, 101), errno.EINVAL),
    # PR_SCHED_CORE: who may share a core
    Refusal("scheduling", "prctl", 0, (62,), errno.EPERM),
)
"""Refused where one argument says so, however the others read."""

GROUPS = frozenset(DENIED) | {"architecture", "unknown", "fork", "terminal", "dumps"}
"""Names of all rule groups, those that look at arguments included."""
