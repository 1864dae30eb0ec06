import errno
import os
import platform
import signal

import pytest

from autograder.sandbox.inside import kernel, syscalls

OWN_TREE = """
uid, gid = os.geteuid(), os.getegid()
kernel.unshare(kernel.Namespace.USER | kernel.Namespace.MOUNT)
kernel.map_ids(1000, 1000, uid, gid)
kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
"""
LIMITS = "dict(memory_bytes=1 << 30, cpu_seconds=60, file_bytes=4096, open_files=16, processes=64)"


def test_ids_are_those_asked_for_in_the_new_user_namespace(alone):
    assert alone(OWN_TREE + "answer([os.getuid(), os.getgid(), open('/proc/self/setgroups').read()])") == [1000, 1000, "deny\n"]


def test_every_namespace_is_a_new_one(alone):
    outcome = alone(
        """
        def seen_from_inside():
            return {name: os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "cgroup", "uts", "ipc", "user", "net", "pid")}
        before = seen_from_inside()
        uid, gid = os.geteuid(), os.getegid()
        everything = kernel.Namespace(0)
        for namespace in kernel.Namespace:
            everything |= namespace
        kernel.unshare(everything)
        kernel.map_ids(uid, gid, uid, gid)
        child = os.fork()
        if child == 0:
            kernel.set_dumpable(True)
            after = seen_from_inside()
            answer({
                "pid": os.getpid(),
                "interfaces": [name for _, name in socket.if_nameindex()],
                "same": [name for name in before if before[name] == after[name]],
            })
            os._exit(0)
        os.waitpid(child, 0)
        """
    )
    assert outcome["pid"] == 1
    assert outcome["same"] == []
    assert set(outcome["interfaces"]) <= {"lo"}


def test_mapping_a_user_that_one_is_not_is_refused_by_name(alone):
    words = alone("kernel.unshare(kernel.Namespace.USER); answer(refusal(kernel.map_ids, 0, 0, 12345, 12345))")
    assert words == "[Errno 1] map user 12345 to 0 in the namespace (/proc/self/uid_map): Operation not permitted"


def test_unshare_names_the_namespaces_it_was_refused(ordinary):
    words = ordinary("answer(refusal(kernel.unshare, kernel.Namespace.PID))")
    assert "[Errno 1] unshare <Namespace.PID: 536870912>: Operation not permitted" in words


def test_the_tree_is_read_only_with_every_mount_in_it_but_for_one_made_writable(alone, shared):
    for name in ("box", "other", "plain"):
        (shared / name).mkdir(mode=0o777)
        (shared / name).chmod(0o777)
    outcome = alone(
        OWN_TREE
        + f"""
def writes(name):
    return attempt(lambda: open(os.path.join({str(shared)!r}, name, "file"), "w").close())
for name in ("box", "other"):
    kernel.mount("tmpfs", os.path.join({str(shared)!r}, name), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=64k,nr_inodes=8")
before = [writes(name) for name in ("box", "other", "plain")]
kernel.remount_tree_read_only("/")
kernel.remount_writable({str(shared / "box")!r})
answer([before, [writes(name) for name in ("box", "other", "plain")]])
"""
    )
    assert outcome == [["ok", "ok", "ok"], ["ok", "EROFS", "EROFS"]]
    assert list((shared / "box").iterdir()) == []


def test_a_tmpfs_holds_no_more_than_its_size(alone, shared):
    outcome = alone(
        OWN_TREE
        + f"""
kernel.mount("tmpfs", {str(shared)!r}, "tmpfs", 0, "size=64k,nr_inodes=8")
def fill():
    with open({str(shared / "file")!r}, "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
answer(attempt(fill))
"""
    )
    assert outcome == "ENOSPC"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (
            "kernel.mount, 'tmpfs', '/no/such/place', 'tmpfs'",
            "[Errno 2] mount tmpfs on /no/such/place (flags 0x0): No such file or directory",
        ),
        (
            "kernel.remount_tree_read_only, '/no/such/place'",
            "[Errno 2] make /no/such/place and all mounts below it read-only: No such file or directory",
        ),
        ("kernel.remount_writable, '/no/such/place'", "[Errno 2] make the mount at /no/such/place writable: No such file or directory"),
    ],
)
def test_a_mount_that_fails_says_what_was_tried(alone, action, words):
    assert alone(OWN_TREE + f"answer(refusal({action}))") == words


def test_no_capability_is_left_in_a_namespace_of_ones_own(alone):
    before, after = alone(
        OWN_TREE
        + """
sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
kernel.set_dumpable(True)
before = status(*sets)
kernel.drop_capabilities()
answer([before, status(*sets)])
"""
    )
    assert int(before[2], 16) != 0
    assert [int(held, 16) for held in after] == [0, 0, 0, 0, 0]


def test_capabilities_dropped_can_not_be_used(alone):
    assert alone(OWN_TREE + "kernel.drop_capabilities(); answer(attempt(kernel.mount, 'tmpfs', '/', 'tmpfs'))") == "EPERM"


def test_dropping_twice_is_no_fault(alone):
    assert alone(OWN_TREE + "kernel.drop_capabilities(); kernel.drop_capabilities(); answer(True)")


def test_a_bounding_set_that_can_not_be_emptied_is_a_fault(ordinary):
    assert ordinary("answer(refusal(kernel.drop_capabilities))") == (
        "[Errno 1] drop capability 0 from the bounding set: Operation not permitted"
    )


def test_an_unknown_fault_of_the_bounding_set_is_not_taken_for_its_end(monkeypatch):
    def faulty(*_, **__):
        raise OSError(errno.ENOSYS, "look up capability 0: Function not implemented")

    monkeypatch.setattr(kernel, "call", faulty)
    with pytest.raises(OSError, match="look up capability 0"):
        kernel.drop_capabilities()


def test_no_new_privileges_is_set(alone):
    assert alone("before = status('NoNewPrivs'); kernel.set_no_new_privileges(); answer(before + status('NoNewPrivs'))")[1] == "1"


def test_dumpable_can_be_set_and_cleared(alone):
    script = """
    PR_GET_DUMPABLE = 3
    seen = []
    for value in (False, True):
        kernel.set_dumpable(value)
        seen.append(kernel.call("prctl", PR_GET_DUMPABLE, 0, 0, 0, 0))
    answer(seen)
    """
    assert alone(script) == [0, 1]


def test_a_child_dies_with_its_parent(alone):
    script = """
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        if os.fork() == 0:
            kernel.die_with_parent()
            os.write(writing, b"r")
            time.sleep(30)
            os._exit(0)
        time.sleep(30)
        os._exit(0)
    os.close(writing)
    ready = os.read(reading, 1)
    begin = time.monotonic()
    os.kill(middle, signal.SIGKILL)
    end = os.read(reading, 1)
    answer([ready.decode(), end.decode(), time.monotonic() - begin < 10])
    """
    assert alone(script) == ["r", "", True]


def test_memory_above_the_limit_is_a_memory_error(alone):
    script = f"""
    kernel.set_limits(**{LIMITS})
    try:
        bytearray(2 << 30)
    except MemoryError:
        answer("MemoryError")
    """
    assert alone(script) == "MemoryError"


def test_a_file_can_not_grow_past_the_limit(alone, shared):
    script = f"""
    kernel.set_limits(**{LIMITS})
    file = open({str(shared / "file")!r}, "wb", buffering=0)
    answer([file.write(bytes(4096)), attempt(file.write, b"x")])
    """
    assert alone(script) == [4096, "EFBIG"]


def test_no_more_files_can_be_open_than_the_limit(alone):
    script = f"""
    kernel.set_limits(**{LIMITS})
    opened = []
    def open_all():
        while True:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    answer([attempt(open_all), max(opened)])
    """
    assert alone(script) == ["EMFILE", 15]


def test_processor_time_ends_even_a_process_that_ignores_the_warning(alone):
    script = """
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    kernel.set_limits(memory_bytes=1 << 30, cpu_seconds=1, file_bytes=0, open_files=16, processes=64)
    while True:
        pass
    """
    assert alone.process(script).returncode == -signal.SIGKILL


def test_threads_are_counted_in_a_namespace_of_ones_own(ordinary):
    # Not as root: the kernel's user 0 is exempt, in whatever namespace.
    script = (
        OWN_TREE
        + """
kernel.set_limits(memory_bytes=4 << 30, cpu_seconds=60, file_bytes=0, open_files=16, processes=4)
started = 0
try:
    while started < 20:
        threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        started += 1
except RuntimeError:
    pass
answer(started)
"""
    )
    assert ordinary(script) == 3


def test_neither_core_dumps_nor_locked_memory_nor_queues_nor_many_timers_are_left(alone):
    names = ("RLIMIT_CORE", "RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_SIGPENDING")
    script = f"""
    kernel.set_limits(**{LIMITS})
    answer([resource.getrlimit(getattr(resource, name)) for name in {names}])
    """
    dumps, *others = alone(script)
    # 1 and not 0, with which the kernel would still start a program that dumps are piped to; 0 where no more is allowed.
    assert dumps in ([1, 1], [0, 0])
    assert others == [[0, 0], [0, 0], [64, 64]]


def test_where_dumps_were_forbidden_before_they_stay_so(ordinary):
    script = f"""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kernel.set_limits(**{LIMITS})
    answer(resource.getrlimit(resource.RLIMIT_CORE))
    """
    assert ordinary(script) == [0, 0]


def test_limits_that_are_not_named_stay_as_they_are(alone):
    script = f"""
    before = {{name: resource.getrlimit(getattr(resource, name)) for name in kernel.LIMITS}}
    kernel.set_limits(**{LIMITS}, only=frozenset({{"RLIMIT_NOFILE"}}))
    answer([name for name in kernel.LIMITS if resource.getrlimit(getattr(resource, name)) != before[name]])
    """
    assert alone(script) == ["RLIMIT_NOFILE"]


def test_a_program_may_mount_only_where_it_was_started_with_the_right_to(alone):
    assert alone("answer(kernel.may_mount())") is False


def test_a_stricter_limit_in_force_is_a_fault_and_not_a_smaller_box(ordinary):
    script = f"""
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    answer(refusal(kernel.set_limits, **{LIMITS}))
    """
    assert ordinary(script) == "[Errno 1] set RLIMIT_NOFILE to 16: not allowed to raise maximum limit; the limit in force is 8"


def test_a_negative_limit_is_not_taken_for_none():
    with pytest.raises(OSError, match="set RLIMIT_AS to -1: a negative limit would mean none"):
        kernel.set_limits(memory_bytes=-1, cpu_seconds=1, file_bytes=1, open_files=1, processes=1)


def test_only_the_files_to_keep_stay_open(alone):
    script = """
    for _ in range(6):
        os.open("/dev/null", os.O_RDONLY)
    os.dup2(0, 200)
    kernel.close_fds_except({1, 2, 5, 7, 5})
    answer([number for number in range(300) if attempt(os.fstat, number) == "ok"])
    """
    assert alone(script) == [1, 2, 5, 7]


def test_all_files_close_when_none_is_to_be_kept(alone):
    done = alone.process("kernel.close_fds_except([]); os._exit(0 if attempt(os.fstat, 1) == 'EBADF' else 1)")
    assert done.returncode == 0


def test_a_descriptor_that_can_not_be_is_named():
    with pytest.raises(OSError, match=r"close all but \[-1\]: -1 is not a file descriptor"):
        kernel.close_fds_except([-1])


def test_a_machine_without_numbers_makes_no_call_at_all(monkeypatch):
    other = os.uname_result(("Linux", "host", "6.0", "", "riscv64"))
    monkeypatch.setattr(os, "uname", lambda: other)
    with pytest.raises(OSError, match=r"unshare.*: the number of unshare on machine 'riscv64' is unknown") as fault:
        kernel.unshare(kernel.Namespace.USER)
    assert fault.value.errno == errno.ENOSYS


def test_a_call_that_the_machine_lacks_is_not_made(monkeypatch):
    other = os.uname_result(("Linux", "host", "6.0", "", "aarch64"))
    monkeypatch.setattr(os, "uname", lambda: other)
    with pytest.raises(OSError, match="the number of fork on machine 'aarch64' is unknown"):
        kernel.call("fork")


def test_a_number_keeps_all_its_bits_on_the_way_to_the_kernel():
    for number in (1 << 40, -100, 0xFFFF_FFFF):
        assert kernel._as_word(number).value == number


def test_machines_without_numbers_are_named_with_those_that_have_them():
    with pytest.raises(ValueError, match=r"no system call numbers for machine 'riscv64' \(known: x86_64, aarch64\)"):
        syscalls.numbers("riscv64")


def test_the_numbers_are_those_of_each_machine():
    known = {"execve": (59, 221), "clone": (56, 220), "mount": (165, 40), "unshare": (272, 97), "prctl": (157, 167), "capset": (126, 91)}
    for place, machine in enumerate(("x86_64", "aarch64")):
        for name, numbers in known.items():
            assert syscalls.numbers(machine)[name] == numbers[place]
        # Two calls with one number would mean a slip of the pen.
        assert len(set(syscalls.numbers(machine).values())) == len(syscalls.numbers(machine))
        assert max(syscalls.numbers(machine).values()) < syscalls.FIRST_UNKNOWN


def test_this_machine_has_numbers():
    assert platform.machine() in syscalls.MACHINES
