import errno
import platform
import signal
import struct

import pytest

from autograder.sandbox.inside import rules, seccomp, syscalls

ALLOW, KILL = "allow", "kill"
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386, ARM = 0x40000003, 0x40000028
BIG_ENDIAN_AARCH64 = 0x800000B7
# What no notebook runs without, for (x86_64, aarch64)
COMMON = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "wait4": (61, 260),
    "kill": (62, 129),
    "fcntl": (72, 25),
    "prctl": (157, 167),
    "sched_setaffinity": (203, 122),
    "exit_group": (231, 94),
    "clock_nanosleep": (230, 115),
    "openat": (257, 56),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
THREAD = 0x3D0F00  # what pthread_create passes to clone
FORK = 0x11 | 0x1200000  # SIGCHLD and the bookkeeping of os.fork
SPAWN = 0x4111  # CLONE_VM, CLONE_VFORK and SIGCHLD: posix_spawn
HIGH = 1 << 40
NEW_NAMESPACE = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


def decide(program, machine, number, *arguments, architecture=None):
    """Run the filter on one call: an interpreter of the few instructions of classic BPF that it uses."""
    architecture = ARCHITECTURE[machine] if architecture is None else architecture
    words = [argument & (1 << 64) - 1 for argument in (*arguments, *[0] * (6 - len(arguments)))]
    call = struct.pack("<IIQ6Q", number & 0xFFFFFFFF, architecture, 0, *words)
    instructions = list(struct.iter_unpack("<HBBI", program))
    accumulator, place = None, 0
    while True:
        code, if_true, if_false, value = instructions[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", call, value)
        elif code == 0x06:
            named = {0x7FFF0000: ALLOW, 0x80000000: KILL, 0x50000: "no error"}
            return named.get(value) or errno.errorcode[value - 0x50000]
        else:
            test = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            place += if_true if test else if_false


@pytest.fixture(params=syscalls.MACHINES)
def machine(request):
    """Each machine in turn: a filter is only bytes, so all can be tried on any."""
    return request.param


@pytest.fixture
def number(machine):
    return syscalls.numbers(machine)


def test_common_calls_are_allowed(machine):
    program = seccomp.program(machine)
    for name, numbers in COMMON.items():
        assert decide(program, machine, numbers[syscalls.MACHINES.index(machine)]) == ALLOW, name


@pytest.mark.parametrize("group", rules.DENIED)
def test_calls_of_a_group_are_refused_and_only_by_their_group(machine, number, group):
    calls = [number[name] for name in rules.DENIED[group] if name in number]
    assert calls
    with_it, without_it = seccomp.program(machine), seccomp.program(machine, without=frozenset({group}))
    assert {decide(with_it, machine, call) for call in calls} == {"EPERM"}
    assert {decide(without_it, machine, call) for call in calls} == {ALLOW}


def test_every_denied_call_has_a_number_on_some_machine(machine):
    known = set().union(*(syscalls.numbers(each) for each in syscalls.MACHINES))
    assert {name for names in rules.DENIED.values() for name in names} <= known


def test_no_call_is_refused_that_is_not_on_the_list(machine, number):
    program = seccomp.program(machine)
    refused = {call for call in range(syscalls.FIRST_UNKNOWN) if decide(program, machine, call, THREAD) != ALLOW}
    by_name = {name for names in rules.DENIED.values() for name in names}
    by_name |= {"fork", "vfork", "clone3", "socket", "socketpair", "futex"}
    assert refused == {number[name] for name in by_name if name in number}


def test_calls_newer_than_the_table_are_as_if_not_there(machine):
    program = seccomp.program(machine)
    assert decide(program, machine, syscalls.FIRST_UNKNOWN - 1) == ALLOW
    assert decide(program, machine, syscalls.FIRST_UNKNOWN) == "ENOSYS"
    assert decide(program, machine, 520) == "ENOSYS"  # execve of x32, which old kernels took without the x32 bit
    assert decide(seccomp.program(machine, without=frozenset({"unknown"})), machine, 520) == ALLOW


def test_calls_of_another_architecture_kill(machine):
    program = seccomp.program(machine)
    others = {I386, ARM, BIG_ENDIAN_AARCH64, 0, *ARCHITECTURE.values()} - {ARCHITECTURE[machine]}
    for other in others:
        assert decide(program, machine, 100, architecture=other) == KILL
    assert decide(seccomp.program(machine, without=frozenset({"architecture"})), machine, 100, architecture=I386) == ALLOW


def test_x32_kills_where_it_exists(machine):
    bit = 0x40000000
    outcome = KILL if machine == "x86_64" else "ENOSYS"
    for call in (bit, bit | 39, bit | 520, -1):
        assert decide(seccomp.program(machine), machine, call) == outcome
    neither = frozenset({"architecture", "unknown"})
    assert decide(seccomp.program(machine, without=neither), machine, bit | 39) == ALLOW


def test_threads_may_start_but_no_process(machine, number):
    program = seccomp.program(machine)
    for flags, outcome in {
        THREAD: ALLOW,
        THREAD | HIGH: ALLOW,
        FORK: "EAGAIN",
        SPAWN: "EAGAIN",
        0: "EAGAIN",
        FORK | HIGH: "EAGAIN",
    }.items():
        assert decide(program, machine, number["clone"], flags) == outcome
    for name in {"fork", "vfork"} & set(number):
        assert decide(program, machine, number[name]) == "EAGAIN"
    assert decide(program, machine, number["clone3"]) == "ENOSYS"


def test_no_clone_makes_a_namespace(machine, number):
    for program in (seccomp.program(machine), seccomp.program(machine, without=frozenset({"fork"}))):
        for flag in NEW_NAMESPACE:
            for flags in (flag, flag | FORK, flag | THREAD, flag | HIGH):
                assert decide(program, machine, number["clone"], flags) == "EPERM"


def test_without_the_group_that_refuses_forks_no_more_is_allowed(machine, number):
    program = seccomp.program(machine, without=frozenset({"fork"}))
    assert decide(program, machine, number["clone"], FORK) == ALLOW
    assert decide(program, machine, number["clone3"]) == "ENOSYS"
    assert decide(program, machine, number["execve"]) == "EPERM"
    for name in {"fork", "vfork"} & set(number):
        assert decide(program, machine, number[name]) == ALLOW


def test_clone_is_free_only_when_both_its_groups_are_left_out(machine, number):
    program = seccomp.program(machine, without=frozenset({"fork", "namespaces"}))
    assert decide(program, machine, number["clone"], FORK | NEW_NAMESPACE[0]) == ALLOW
    assert decide(program, machine, number["clone3"]) == ALLOW
    program = seccomp.program(machine, without=frozenset({"namespaces"}))
    assert decide(program, machine, number["clone"], THREAD | NEW_NAMESPACE[0]) == ALLOW
    assert decide(program, machine, number["clone"], FORK | NEW_NAMESPACE[0]) == "EAGAIN"


def test_only_unix_sockets_can_be_made(machine, number):
    for name in ("socket", "socketpair"):
        for domain in range(50):
            assert decide(seccomp.program(machine), machine, number[name], domain, 1, 0) == (ALLOW if domain == 1 else "EPERM")
        # The kernel reads 32 bits of the domain: what stands above them must not hide it.
        assert decide(seccomp.program(machine), machine, number[name], HIGH | 2, 1, 0) == "EPERM"
        assert decide(seccomp.program(machine, without=frozenset({"network"})), machine, number[name], 2, 1, 0) == ALLOW


def test_the_socket_that_a_box_comes_with_tells_nothing_of_the_machine_it_was_made_on(machine, number):
    program = seccomp.program(machine)
    for request in (0x8900, 0x8912, 0x8927, 0x89FF, HIGH | 0x8912):  # SIOCGIFCONF, SIOCGIFHWADDR and their likes
        assert decide(program, machine, number["ioctl"], 3, request) == "EPERM"
    for request in (0x541B, 0x5411, 0x5421, 0x88FF, 0x8A00):  # FIONREAD, SIOCOUTQ, FIONBIO and neighbours
        assert decide(program, machine, number["ioctl"], 3, request) == ALLOW
    assert decide(seccomp.program(machine, without=frozenset({"network"})), machine, number["ioctl"], 3, 0x8912) == ALLOW


def test_requests_that_act_on_a_terminal_are_refused(machine, number):
    program = seccomp.program(machine)
    for request in (0x5412, 0x541C, 0x5423, HIGH | 0x5412):
        assert decide(program, machine, number["ioctl"], 0, request) == "EPERM"
    for request in (0x5401, 0x5413, 0x5411, 0x541D):  # TCGETS, TIOCGWINSZ and neighbours
        assert decide(program, machine, number["ioctl"], 0, request) == ALLOW
    assert decide(seccomp.program(machine, without=frozenset({"terminal"})), machine, number["ioctl"], 0, 0x5412) == ALLOW


def test_no_lock_is_set_or_asked_for_and_nobody_is_watched(machine, number):
    program = seccomp.program(machine)
    for command in (5, 6, 7, 36, 37, 38, 1024, 1025, 1026, HIGH | 6):  # locks of both kinds, leases, F_NOTIFY
        assert decide(program, machine, number["fcntl"], 0, command) == "EPERM"
    for command in (0, 1, 2, 3, 4, 1030, 1032):  # F_DUPFD to F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ
        assert decide(program, machine, number["fcntl"], 0, command) == ALLOW
    assert decide(seccomp.program(machine, without=frozenset({"meeting"})), machine, number["fcntl"], 0, 5) == ALLOW


@pytest.mark.parametrize("rule", rules.BY_VALUE, ids=lambda rule: f"{rule.group}: {rule.call}")
def test_what_is_refused_for_its_argument_is_refused_by_its_group_and_for_no_other(machine, number, rule):
    with_it, without_it = seccomp.program(machine), seccomp.program(machine, without=frozenset({rule.group}))
    for value in rule.values:
        arguments = [0] * 6
        arguments[rule.argument] = value
        assert decide(with_it, machine, number[rule.call], *arguments) == errno.errorcode[rule.code]
        arguments[rule.argument] = value | HIGH  # the kernel reads 32 bits
        assert decide(with_it, machine, number[rule.call], *arguments) == errno.errorcode[rule.code]
        assert decide(without_it, machine, number[rule.call], *arguments) == ALLOW
        arguments[rule.argument], arguments[rule.argument - 1] = 0, value
        assert decide(with_it, machine, number[rule.call], *arguments) == ALLOW


def test_what_programs_set_for_themselves_stays_allowed(machine, number):
    program = seccomp.program(machine)
    for call, index, values in (
        ("prctl", 0, (1, 3, 4, 15, 16, 29, 30, 0x53564D41)),  # parent-death signal, dumpable, name, timer slack, names of mappings
        ("madvise", 2, (0, 1, 3, 4, 8, 14, 15, 23)),  # WILLNEED, DONTNEED, FREE, HUGEPAGE, POPULATE_WRITE
        ("setsockopt", 2, (1, 7, 8, 20, 21)),  # buffers, timeouts
        ("getsockopt", 2, (3, 4, 7, 8, 17)),  # SO_TYPE, SO_ERROR, SO_PEERCRED
    ):
        for value in values:
            arguments = [0] * 6
            arguments[index] = value
            assert decide(program, machine, number[call], *arguments) == ALLOW


def test_nobody_sleeps_on_memory_that_another_box_could_share(machine, number):
    program = seccomp.program(machine)
    private, realtime = 128, 256
    for sleep in (0, 9, realtime, 9 | realtime):
        assert decide(program, machine, number["futex"], 0, sleep) == "EAGAIN"  # as if the value had changed
    for wake in (1, 10):
        assert decide(program, machine, number["futex"], 0, wake) == "no error"  # and nobody was there to be woken
    for other in (2, 3, 4, 5, 6, 7, 8, 11, 12, 13):
        assert decide(program, machine, number["futex"], 0, other) == "ENOSYS"
    for operation in range(14):
        assert decide(program, machine, number["futex"], 0, operation | private) == ALLOW
        assert decide(program, machine, number["futex"], 0, operation | private | realtime) == ALLOW
    assert decide(seccomp.program(machine, without=frozenset({"meeting"})), machine, number["futex"], 0, 0) == ALLOW


def test_the_limit_of_core_dumps_can_be_asked_for_and_not_changed(machine, number):
    program, core = seccomp.program(machine), 4
    assert decide(program, machine, number["setrlimit"], core, 1) == "EPERM"
    for address in (1, HIGH, HIGH | 1):
        assert decide(program, machine, number["prlimit64"], 0, core, address, 0) == "EPERM"
    assert decide(program, machine, number["prlimit64"], 0, core, 0, 1) == ALLOW
    for other in (0, 1, 3, 5, 9):
        assert decide(program, machine, number["setrlimit"], other, 1) == ALLOW
        assert decide(program, machine, number["prlimit64"], 0, other, 1, 0) == ALLOW
    assert decide(seccomp.program(machine, without=frozenset({"dumps"})), machine, number["setrlimit"], core, 1) == ALLOW


def test_without_any_group_all_is_allowed(machine):
    program = seccomp.program(machine, without=rules.GROUPS)
    assert {decide(program, machine, call) for call in range(600)} == {ALLOW}


def test_an_argument_is_never_taken_for_a_number(machine, number):
    """A rule that left an argument to be compared would make the rules after it see another call in it."""
    program = seccomp.program(machine, without=frozenset({"fork"}))
    assert decide(program, machine, number["clone"], number["ioctl"], 0x5412) == ALLOW
    assert decide(program, machine, number["clone"], number["socket"]) == ALLOW


def test_the_program_is_within_the_kernel_s_bound(machine):
    assert len(seccomp.program(machine)) // 8 <= 4096


def test_an_unknown_group_is_named(machine):
    with pytest.raises(ValueError, match=r"unknown rule groups \['forks'\] \(known: architecture, clocks, "):
        seccomp.program(machine, without=frozenset({"forks"}))


# ---- on this machine, for real

TRIES = """
def forks():
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)

def makes(*arguments):
    socket.socket(*arguments).close()

def thread():
    seen = []
    worker = threading.Thread(target=seen.append, args=(1,))
    worker.start()
    worker.join()
    assert seen == [1]

def tries():
    "In the order in which an earlier one does not change what a later one may do."
    return {
        "unix socket": attempt(makes, socket.AF_UNIX, socket.SOCK_STREAM),
        "unix pair": attempt(socket.socketpair),
        "urgent data": attempt(lambda pair: pair[0].send(b"!", socket.MSG_OOB), socket.socketpair()),
        "a name": attempt(socket.socket(socket.AF_UNIX).bind, "\\0test-%d" % os.getpid()),
        "inet socket": attempt(makes, socket.AF_INET, socket.SOCK_STREAM),
        "netlink socket": attempt(makes, socket.AF_NETLINK, socket.SOCK_RAW),
        "fork": attempt(forks),
        "posix_spawn": attempt(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)),
        "memfd_create": attempt(kernel.call, "memfd_create", b"name", 0),
        "shmget": attempt(lambda: kernel.call("shmctl", kernel.call("shmget", 0, 4096, 0o1600), 0, None)),
        "pidfd_open": attempt(kernel.call, "pidfd_open", os.getpid(), 0),
        "personality": attempt(kernel.call, "personality", 0xFFFFFFFF),
        "open_tree": attempt(kernel.call, "open_tree", -100, b"/", 0),
        "setpriority": attempt(kernel.call, "setpriority", 0, 0, 19),
        "adjtimex": attempt(kernel.call, "adjtimex", (ctypes.c_char * 256)()),
        "unshare": attempt(kernel.call, "unshare", 0x10000000),
        "ptrace": attempt(kernel.call, "ptrace", 0, 0, 0, 0),
        "thread": attempt(thread),  # last, for the kernel may see it a moment longer than join, and unshare wants to be alone
    }
"""
SEALED = """
kernel.set_no_new_privileges()
seccomp.install(seccomp.program(os.uname().machine))
"""
AS_BEFORE = {"thread": "ok", "unix socket": "ok", "unix pair": "ok"}
HELD_OFF = {
    "fork": "EAGAIN",
    "posix_spawn": "EAGAIN",
    "urgent data": "ENOTSUP",
    **dict.fromkeys(("a name", "inet socket", "netlink socket", "memfd_create", "shmget", "pidfd_open", "personality"), "EPERM"),
    **dict.fromkeys(("open_tree", "setpriority", "adjtimex", "unshare", "ptrace"), "EPERM"),
}


def test_installed_it_holds_off_what_worked_before(alone):
    before = alone(TRIES + "answer(tries())")
    assert before == dict.fromkeys((*AS_BEFORE, *HELD_OFF), "ok")
    assert alone(TRIES + SEALED + "answer(tries())") == AS_BEFORE | HELD_OFF


@pytest.mark.parametrize(
    ("group", "freed"),
    [
        ("fork", {"fork", "posix_spawn"}),
        ("network", {"a name", "inet socket", "netlink socket"}),
        ("memory", {"memfd_create", "shmget"}),
        ("tracing", {"pidfd_open", "ptrace"}),
        ("kernel", {"personality", "urgent data"}),
        ("mounts", {"open_tree"}),
        ("scheduling", {"setpriority"}),
        ("clocks", {"adjtimex"}),
        ("namespaces", {"unshare"}),
    ],
)
def test_each_group_carries_its_own_weight(ordinary, group, freed):
    outcome = ordinary(
        TRIES
        + f"""
kernel.set_no_new_privileges()
seccomp.install(seccomp.program(os.uname().machine, without=frozenset({{{group!r}, "exec"}})))
answer(tries())
"""
    )
    assert {name for name in HELD_OFF if outcome[name] == "ok"} == freed


def test_python_sees_the_errors_it_knows(alone):
    script = (
        SEALED
        + """
seen = []
for action in (os.fork, lambda: os.execv("/bin/true", ["true"]), lambda: socket.socket(socket.AF_INET)):
    try:
        action()
    except OSError as error:
        seen.append(type(error).__name__)
answer(seen)
"""
    )
    assert alone(script) == ["BlockingIOError", "PermissionError", "PermissionError"]


def test_calls_that_need_no_working_arguments_to_be_refused(alone):
    names = (
        "io_uring_setup",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "keyctl",
        "add_key",
        "mount",
        "setns",
        "init_module",
        "reboot",
        "seccomp",
    )
    script = SEALED + f"answer({{name: attempt(kernel.call, name, 0, 0, 0, 0, 0) for name in {names!r}}})"
    assert alone(script) == dict.fromkeys(names, "EPERM")


def test_a_terminal_request_never_reaches_the_file(alone):
    script = """
    import fcntl
    null = os.open("/dev/null", os.O_RDWR)
    before = attempt(fcntl.ioctl, null, 0x5412, b"x")
    kernel.set_no_new_privileges()
    seccomp.install(seccomp.program(os.uname().machine))
    answer([before, attempt(fcntl.ioctl, null, 0x5412, b"x"), attempt(fcntl.ioctl, null, 0x5401, bytes(64))])
    """
    assert alone(script) == ["ENOTTY", "EPERM", "ENOTTY"]


def test_what_the_kernel_can_be_asked_for_by_an_argument_it_is_not(alone):
    script = """
    import fcntl, struct

    def tries():
        one, other = socket.socketpair()
        take_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0xFFFF))
        pipe, _ = os.pipe()
        return [
            attempt(fcntl.lockf, open("/dev/null", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB),
            attempt(fcntl.fcntl, pipe, 1031, 8192),
            attempt(one.setsockopt, socket.SOL_SOCKET, 26, struct.pack("HxxxxxxP", 1, ctypes.addressof(take_all))),
            attempt(one.getsockopt, socket.SOL_SOCKET, socket.SO_PEERCRED, 12),
            attempt(kernel.call, "prctl", 22, 1, 0, 0, 0) if sealed else "ok",  # strict mode at once, if it were not refused
            attempt(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE))),
            [resource.getrlimit(resource.RLIMIT_CORE)[0] >= -1],
        ]
    sealed = False
    before = tries()
    kernel.set_no_new_privileges()
    seccomp.install(seccomp.program(os.uname().machine))
    sealed = True
    answer([before, tries()])
    """
    before, after = alone(script)
    assert before == ["ok"] * 6 + [[True]]
    assert after == ["EPERM", "EPERM", "EPERM", "ok", "EPERM", "ok", [True]]


def test_threads_can_be_joined_by_the_c_library(alone):
    """It sleeps on memory not marked as its own, which is refused, and must come through all the same."""
    script = (
        SEALED
        + """
    from ctypes import CFUNCTYPE, c_void_p, byref
    libc = ctypes.CDLL(None, use_errno=True)
    slept = []
    body = CFUNCTYPE(c_void_p, c_void_p)(lambda _: slept.append(time.sleep(0.2)))
    thread = c_void_p()
    started = libc.pthread_create(byref(thread), None, body, None)
    joined = libc.pthread_join(thread, None)
    answer([started, joined, len(slept)])
    """
    )
    assert alone(script.replace("\n    ", "\n")) == [0, 0, 1]


def test_threads_that_run_already_come_under_it_too(alone):
    script = """
    go, seen = threading.Event(), []
    worker = threading.Thread(target=lambda: (go.wait(), seen.append(attempt(os.fork))))
    worker.start()
    kernel.set_no_new_privileges()
    seccomp.install(seccomp.program(os.uname().machine))
    go.set()
    worker.join()
    answer(seen)
    """
    assert alone(script) == ["EAGAIN"]


def test_a_thread_under_a_filter_of_its_own_is_a_fault(alone):
    script = """
    go, done = threading.Event(), threading.Event()
    def apart():
        program = seccomp.program(os.uname().machine, without=seccomp.GROUPS)
        kernel.call("seccomp", 1, 0, seccomp._Program(len(program) // 8, program))
        done.set()
        go.wait()
    kernel.set_no_new_privileges()
    worker = threading.Thread(target=apart)
    worker.start()
    done.wait()
    words = refusal(seccomp.install, seccomp.program(os.uname().machine))
    go.set()
    answer([words, str(worker.native_id)])
    """
    words, thread = alone(script)
    assert words == f"[Errno 16] install the system call filter: thread {thread} is under another filter"


def test_it_is_refused_before_new_privileges_are_given_up(ordinary):
    words = ordinary("answer(refusal(seccomp.install, seccomp.program(os.uname().machine)))")
    assert words == "[Errno 13] install the system call filter: Permission denied"


def test_the_filter_can_not_be_added_to_from_within(alone):
    assert alone(SEALED + "answer(refusal(seccomp.install, seccomp.program(os.uname().machine)))") == (
        "[Errno 1] install the system call filter: Operation not permitted"
    )


def test_a_foreign_call_ends_the_process(alone):
    done = alone.process(SEALED + "print(kernel._libc.syscall(0x40000000 | 39))")
    if platform.machine() == "x86_64":
        assert done.returncode == -signal.SIGSYS
    else:
        assert done.stdout == "-1\n"
