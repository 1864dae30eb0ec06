"""What a box sees, what it may do, and what can be wrong with a machine. Most claims for the forked way and the solo way alike."""

import os
import subprocess
import sys

import pytest

from autograder.errors import SandboxError, UsageError
from autograder.model import Limits
from autograder.sandbox import launch, policy
from autograder.sandbox.inside import landlock
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import Call

from .conftest import Opener

WALK = """
import os

PLACES = ("usr bin lib lib64 lib32 sbin etc site runtime box tmp dev run root home work opt srv mnt var sys boot data").split()

def walk(more):
    "Every path that can be listed, without /proc; links are not followed, so nothing is seen twice."
    for top in (*("/" + place for place in PLACES), *more):
        for folder, folders, files in os.walk(top):
            for name in files + folders:
                yield os.path.join(folder, name)

def find(names, usual, more):
    "Paths with one of the names, paths of the package, and paths in none of the usual places."
    named, ours, elsewhere = [], [], []
    for path in walk(more):
        parts = path.split("/")
        if parts[-1] in names:
            named.append(path)
        if "autograder" in parts or "gradient_autograder" in path:
            ours.append(path)
        if not path.startswith(tuple(usual)):
            elsewhere.append(path)
    return named, ours, elsewhere
"""


@pytest.fixture(scope="module", params=["forked", "solo"])
def inside(request):
    """Gives what an expression comes to in a box; one box of each way for all that only look."""
    opener = Opener(request.getfixturevalue("keeper" if request.param == "forked" else "solo_keeper"))
    session = opener("import os, sys\ndef answer(source):\n    return eval(source)")
    yield lambda source: value(session, "answer", (source,))
    opener.end()


def value(session, *arguments, **options):
    (outcome,) = session.call(Call(*arguments, **options))
    assert outcome.failure is None, outcome.failure
    return outcome.value


# ---- what it sees


def test_no_file_of_a_course_or_of_the_grader_can_be_found(any_box, tmp_path):
    course = tmp_path / "solutions"
    course.mkdir()
    names = [
        f"{kind}-{os.urandom(4).hex()}" for kind in ("reference.py", "checks.py", "mistakes.py", "assignment.toml", "secret", "x.ipynb")
    ]
    for name in names:
        (course / name).write_text("hidden")
    prefix = os.path.realpath(sys.base_prefix)
    more = (prefix, str(course), str(policy.PACKAGE.parent))
    libraries = ["/usr/", "/lib", "/bin/", "/sbin/", "/site/", f"{prefix}/"]  # with files of such names of their own
    named, ours, elsewhere = value(any_box(WALK), "find", (names, [*libraries, "/runtime/"], more))
    assert named == []
    assert set(elsewhere) <= {"/etc/ld.so.cache", prefix}
    files = [path for path in ours if path.startswith("/runtime/") and path.endswith(".py")]
    assert sorted(files) == sorted(policy.visible_code())
    install = (".dist-info", "/_editable_impl_")  # an editable install names our folder in a line of text, and shows nothing of it
    rest = [path for path in ours if not path.startswith("/runtime/") and not any(word in path for word in install)]
    covered = [path for path in rest if path in any_box.keeper._launcher._box.hidden]
    assert rest == covered


def test_only_code_made_for_the_box_is_visible():
    names = set(policy.visible_code())
    assert {
        "/runtime/autograder/__init__.py",
        "/runtime/autograder/sandbox/inside/serve.py",
        "/runtime/autograder/gradients/examples.py",
    } <= names
    allowed = ("/runtime/autograder/gradients/", "/runtime/autograder/sandbox/inside/")
    assert {name for name in names if not name.startswith(allowed)} == {
        "/runtime/autograder/__init__.py",
        "/runtime/autograder/sandbox/__init__.py",
    }


def test_the_environment_is_the_policy_s_to_the_last_name(inside):
    assert inside("dict(os.environ)") == policy.environment()


def test_the_policy_s_hash_seed_takes_effect(inside):
    assert inside("sys.flags.hash_randomization") == 0
    assert inside("hash('alpha')") == int(
        subprocess.check_output([sys.executable, "-c", "print(hash('alpha'))"], env={"PYTHONHASHSEED": "0"})
    )


def test_no_user_s_settings_of_python_have_a_say(inside):
    assert inside("[sys.flags.no_user_site, sys.flags.no_site, sys.flags.safe_path]") == [1, 1, True]
    assert inside("sys.path[:2]") == ["/runtime", "/site/0"]


def test_open_descriptors_are_the_standard_three_and_the_wire(inside):
    assert inside("sorted(int(name) for name in os.listdir('/proc/self/fd'))") == [0, 1, 2, 3, 4]  # 4 is the listing itself
    assert inside("list(map(os.readlink, [f'/proc/self/fd/{number}' for number in range(3)]))") == ["/dev/null"] * 3


def test_no_other_process_is_in_sight(inside):
    assert inside("[name for name in os.listdir('/proc') if name.isdigit()]") == ["1"]
    assert inside("os.getpid()") == 1


def test_the_kernel_ends_a_box_before_the_grader_when_memory_runs_out(inside):
    assert inside("open('/proc/self/oom_score_adj').read().strip()") == "1000"


def test_its_folder_is_empty_at_first(inside):
    assert inside("os.listdir('/box')") == []


def test_nothing_of_the_grader_s_memory_is_in_the_box_s(any_box, monkeypatch):
    canary = "canary-" + os.urandom(8).hex()
    monkeypatch.setenv("AUTOGRADER_SECRET", canary)
    with Keeper("numpy", solo=any_box.keeper.solo) as keeper:
        source = """
            import re
            def hits(half, other_half):
                wanted = (half + other_half).encode()
                count = looked = 0
                with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
                    for line in maps:
                        low, high, mode = re.match(r"(\\w+)-(\\w+) (\\S+)", line).groups()
                        if mode.startswith("rw") and "[v" not in line:
                            memory.seek(int(low, 16))
                            left = int(high, 16) - int(low, 16)
                            if left < 256 << 20:
                                try:
                                    content = memory.read(left)
                                except OSError:
                                    continue
                                looked += len(content)
                                count += content.count(wanted)
                return [count, looked]
            """
        any_box.keeper = keeper
        session = any_box(source)
        count, looked = value(session, "hits", (canary[:9], canary[9:]))
        any_box.end()
        any_box.sessions.clear()
    assert looked > 10 << 20
    assert count <= 2  # wanted itself, and a copy of it that the interpreter has let go of


def test_a_secret_folder_within_sight_is_refused_with_both_names(tmp_path):
    inside = f"{policy.runtime('numpy').binds[0].source}/share/doc"
    with (
        pytest.raises(UsageError, match=f"{inside} lies inside /usr, which student code can read; move the course elsewhere"),
        Keeper("numpy", secrets=[inside]),
    ):
        pass
    link = tmp_path / "course"
    link.symlink_to(inside)
    with pytest.raises(UsageError, match="lies inside /usr"), Keeper("numpy", secrets=[link]):
        pass


# ---- what it may


TRIES = {
    "a socket": ("socket.socket(socket.AF_INET)", "EPERM"),
    "a vsock": ("socket.socket(40, socket.SOCK_STREAM)", "EPERM"),
    "a netlink socket": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "EPERM"),
    "another program": ("os.execv('/usr/bin/env', ['env'])", "EPERM"),
    "a fork": ("os.fork()", "EAGAIN"),
    "memory beside the limit": ("os.memfd_create('x')", "EPERM"),
    "a lock on a shared file": ("fcntl.flock(open(os.__file__), fcntl.LOCK_EX)", "EPERM"),
    "a question for others' locks": ("fcntl.fcntl(open(os.__file__), fcntl.F_GETLK, bytes(32))", "EPERM"),
    "a lock on the one /dev/null": ("fcntl.lockf(open('/dev/null', 'w'), fcntl.LOCK_EX)", "EPERM"),
    "the times of the one /dev/null": ("os.utime('/dev/null')", "EROFS"),
    "a lease on a shared file": ("fcntl.fcntl(open(os.__file__), fcntl.F_SETLEASE, fcntl.F_RDLCK)", "EPERM"),
    "a watch on a folder": ("fcntl.fcntl(os.open('/usr', 0), fcntl.F_NOTIFY, 1)", "EPERM"),
    "writing to the runtime": ("open(os.__file__, 'a')", "EROFS|EACCES"),
    "writing to site-packages": ("open('/site/0/x.pth', 'w')", "EROFS|EACCES"),
    "writing to our own code": ("open('/runtime/autograder/x.py', 'w')", "EROFS|EACCES"),
    "writing to /tmp": ("open('/tmp/x', 'w')", "EROFS|EACCES"),
    "writing to /dev/shm": ("open('/dev/shm/x', 'w')", "EROFS|EACCES|ENOENT"),
    "writing to /proc": ("open('/proc/self/oom_score_adj', 'w').write('-1000')", "EROFS|EACCES"),
    "listing the root": ("os.listdir('/')", "EACCES"),
    "reading /etc/passwd": ("open('/etc/passwd')", "ENOENT|EACCES"),
    "a terminal": ("open('/dev/tty')", "ENXIO|EACCES|ENOENT"),
    "raising a limit": ("resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "ValueError"),
    "another priority": ("os.nice(-1)", "EPERM"),
    "a file over the limit": ("open('/box/x', 'wb').write(bytes(33 << 20))", "EFBIG"),
}


def test_what_a_box_may_not_do_is_refused_by_the_kernel(any_box):
    session = any_box(
        """
        import errno, fcntl, os, resource, signal, socket
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        def attempt(source):
            try:
                eval(source)
            except OSError as error:
                return errno.errorcode[error.errno]
            except Exception as error:
                return type(error).__name__
            return "it went through"
        """
    )
    outcomes = session.call(*[Call("attempt", (source,)) for source, _ in TRIES.values()])
    wrong = {
        name: outcome.value
        for (name, (_, wanted)), outcome in zip(TRIES.items(), outcomes, strict=True)
        if outcome.value not in wanted.split("|")
    }
    assert wrong == {}


def test_its_folder_is_bounded_in_bytes_and_in_files(any_box):
    session = any_box(
        """
        import errno
        def scatter():
            try:
                for number in range(10_000):
                    open(f"/box/file{number}", "w").close()
            except OSError as error:
                return [number, errno.errorcode[error.errno]]
        """,
        limits=Limits(),
    )
    number, error = value(session, "scatter")
    assert (number < 2100, error) == (True, "ENOSPC")
    filled = any_box(
        """
        import errno
        def fill():
            try:
                for number in range(9):
                    open(f"/box/{number}", "wb").write(bytes(16 << 20))
            except OSError as error:
                return [number, errno.errorcode[error.errno]]
        """
    )
    assert value(filled, "fill") in ([3, "ENOSPC"], [4, "ENOSPC"])


def test_twenty_threads_fit_and_a_thousand_do_not(box):
    session = box(
        """
        import threading, time
        def start(count):
            for _ in range(count):
                threading.Thread(target=time.sleep, args=(50,), daemon=True).start()
            return count
        """
    )
    assert value(session, "start", (20,)) == 20
    (outcome,) = session.call(Call("start", (1000,)))
    assert outcome.failure.text == "can't start new thread"


def test_two_boxes_can_not_meet(any_box):
    source = """
        import errno, os, socket
        def leave(word):
            open("/box/word", "w").write(word)
            told = []
            for name in ("\\0meeting", "/box/meeting"):
                try:
                    socket.socket(socket.AF_UNIX).bind(name)
                except OSError as error:
                    told.append(errno.errorcode[error.errno])
            return told
        def find():
            return [os.listdir("/box"), open("/proc/self/net/unix").read().count("meeting")]
        """
    one, other = any_box(source), any_box(source)
    assert value(one, "leave", ("hello",)) == ["EPERM", "EPERM"]
    assert value(one, "find") == [["word"], 0]
    assert value(other, "find") == [[], 0]


def test_limits_are_those_asked_for(box):
    session = box(
        "import resource\ndef get(name):\n    return list(resource.getrlimit(getattr(resource, name)))",
        limits=Limits(memory_bytes=1 << 30, submission_seconds=9),
    )
    assert value(session, "get", ("RLIMIT_AS",)) == [1 << 30] * 2
    assert value(session, "get", ("RLIMIT_CPU",)) == [10, 11]
    assert value(session, "get", ("RLIMIT_CORE",)) in ([1, 1], [0, 0])  # see kernel.set_limits


# ---- what can be wrong with the machine


def test_versions_and_tier_are_told(keeper, solo_keeper):
    import numpy as np

    keeper.wait()
    solo_keeper.wait()
    solo_keeper.spawn(Limits()).kill()
    for one, tier in ((keeper, "B" if keeper.cgroups is None else "A"), (solo_keeper, "B2")):
        assert one.tier == tier
        assert bool(one.without_cgroups) == (one.cgroups is None)
        assert one.versions["numpy"] == np.__version__
        assert "torch" not in one.versions


def test_a_layer_that_can_not_be_put_on_is_named_and_no_box_is_made(keeper):
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(
        SandboxError, match=r"a layer of the box is missing: limits: .*set RLIMIT_AS to -5: a negative limit would mean none"
    ):
        keeper.spawn(Limits(memory_bytes=-5))
    assert len(os.listdir("/proc/self/fd")) == before


def test_bubblewrap_that_can_not_start_is_quoted(monkeypatch):
    whole = policy.bwrap_command
    monkeypatch.setattr(policy, "bwrap_command", lambda *given, **options: [*whole(*given, **options)[:1], "--no-such-option"])
    before = len(os.listdir("/proc/self/fd"))
    for solo in (False, True):
        with (
            pytest.raises(SandboxError, match="bubblewrap could not make a box: bwrap: Unknown option --no-such-option"),
            Keeper("numpy", solo=solo) as keeper,
        ):
            keeper.spawn(Limits())
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("solo", [False, True])
def test_a_program_that_fails_in_the_box_is_quoted(monkeypatch, solo):
    monkeypatch.setattr(launch.policy, "visible_code", lambda: {"/runtime/autograder/__init__.py": b"raise RuntimeError('not today')"})
    with Keeper("numpy", solo=solo) as keeper, pytest.raises(SandboxError, match="RuntimeError: not today"):
        keeper.spawn(Limits())


def refused_nesting(monkeypatch):
    """bubblewrap itself forbids further user namespaces, as Ubuntu's AppArmor does: the kernel refuses the zygote's children."""
    whole = policy.bwrap_command
    monkeypatch.setattr(
        policy, "bwrap_command", lambda *given, **options: [*(command := whole(*given, **options))[:1], "--disable-userns", *command[1:]]
    )


def test_where_nesting_is_refused_boxes_are_made_one_by_one(monkeypatch):
    refused_nesting(monkeypatch)
    with Keeper("numpy") as keeper:
        keeper.wait()
        for _ in range(2):
            keeper.spawn(Limits()).kill()
        assert keeper.tier == "B2"


def test_where_nesting_is_refused_and_was_asked_for_it_is_an_error(monkeypatch):
    refused_nesting(monkeypatch)
    with Keeper("numpy", solo=False) as keeper, pytest.raises(SandboxError, match=r"could not be boxed: refused:.*unshare"):
        keeper.spawn(Limits())


def test_without_bubblewrap_the_line_that_installs_it_is_named(monkeypatch):
    monkeypatch.setattr(policy, "SYSTEM_BWRAP", "/nowhere/bwrap")
    monkeypatch.setattr(policy.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(policy.shutil, "which", lambda name: None)
    with pytest.raises(
        SandboxError, match=r"bubblewrap is not installed: sudo apt install bubblewrap \(or pip install 'gradient-autograder\[grade\]'\)"
    ):
        policy.find_bwrap()


def test_landlock_is_there_to_be_tried():
    assert landlock.abi() >= 1


@pytest.mark.parametrize("way", ["keeper", "solo_keeper"])
def test_a_box_computes_on_the_cpus_of_its_grader(request, way):
    before = os.sched_getaffinity(0)
    opener = Opener(request.getfixturevalue(way))
    try:
        os.sched_setaffinity(0, {max(before)})
        session = opener("import os\ndef cpus():\n    return sorted(os.sched_getaffinity(0))")
    finally:
        os.sched_setaffinity(0, before)
    (outcome,) = session.call(Call("cpus"))
    assert outcome.value == [max(before)]
    opener.end()
