"""What limits hold off, and the refusals that keep boxes from going around them."""

from autograder.sandbox.inside.layers import Layer

from .shown import DUMPS, FORK, MEMORY, THREADS, Shown

LIMITS = (
    Shown("RLIMIT_AS", "more memory than it may have", "len(mmap.mmap(-1, 3 << 30))", succeeds=3 << 30, held="ENOMEM"),
    Shown(
        "RLIMIT_CPU",
        "more processor time than it may have",
        "all(time.process_time() < 1.3 for _ in iter(int, 1))",
        succeeds=False,
        held="died",
        limits={"cpu_seconds": 0},  # the hard limit is a second more
    ),
    Shown(
        "RLIMIT_FSIZE",
        "a file larger than one may be",
        "os.truncate(os.open('/box/x', os.O_CREAT | os.O_RDWR), 33 << 20)",
        held="EFBIG",
        limits={"box_bytes": 64 << 20},
    ),
    Shown("RLIMIT_NOFILE", "more files open than may be", "len([os.dup(0) for _ in range(70)])", succeeds=70, held="EMFILE"),
    Shown("RLIMIT_NPROC", "more threads than may be", THREADS + "def attack():\n    start(70)", held="RuntimeError"),
    Shown(
        "RLIMIT_CORE",
        "a core dump",
        """
        def attack():
            most = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (most, most))
            child = os.fork()
            if child == 0:
                ctypes.string_at(0)
            return os.WCOREDUMP(os.waitpid(child, 0)[1])
        """,
        succeeds=True,
        held=False,
        partners=(FORK, DUMPS),
        lacking=False,
        limits={"box_bytes": 64 << 20},
    ),
    Shown(
        DUMPS,
        "the limit at which dumps are still piped to a program of the machine's",
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))",
        held="ValueError",  # how Python reports EPERM here
    ),
    Shown("RLIMIT_MEMLOCK", "memory that is never swapped", "check(libc.mlock(ctypes.create_string_buffer(1), 1))", held="EPERM"),
    Shown(
        "RLIMIT_MSGQUEUE",
        "messages that the kernel keeps",
        "os.close(kernel.call('mq_open', b'queue', os.O_CREAT | os.O_RDWR, 0o600, None))",
        held="EMFILE",
        partners=(MEMORY, Layer.LANDLOCK),
        lacking="ENOSYS",
    ),
    Shown(
        "RLIMIT_SIGPENDING",
        "timers, out of what its user may have outside",
        "[check(libc.timer_create(1, None, ctypes.byref(ctypes.c_int()))) for _ in range(1000)][0]",
        held="EAGAIN",
    ),
    Shown(
        MEMORY,
        "memory beside the limit",
        """
        def attack():
            kept, size = [], 64 << 20
            while size > 4096:  # all there is; no page of it is touched
                try:
                    kept.append(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
                except (OSError, MemoryError):
                    size //= 2
            kept.pop(0)  # but for what Python needs
            file = os.memfd_create("more")
            return sum(os.write(file, bytes(1 << 20)) for _ in range(30)) >> 20
        """,
        succeeds=30,
        held="EPERM",
    ),
    Shown(
        MEMORY, "a table of the kernel's, as large as one likes", "check(libc.prctl(78, 1, 1 << 12, 0, 0))", held="EPERM", lacking="EINVAL"
    ),
    Shown(
        MEMORY, "pipes, out of what its user may have outside", "fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)", succeeds=1 << 20, held="EPERM"
    ),
)
