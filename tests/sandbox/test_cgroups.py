"""A box is on an account of its own in the kernel, all it holds is counted there, and nothing of the account outlives it."""

import glob
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from autograder.checks.kinds import INTEGER
from autograder.checks.outcome import CheckEndedError
from autograder.checks.sitting import CodeCell, Sitting
from autograder.checks.student import Student
from autograder.errors import SandboxError
from autograder.model import Limits, Message, Verdict
from autograder.sandbox import cgroups, launch, policy
from autograder.sandbox.cgroup_trees import read
from autograder.sandbox.forks import NestingRefusedError, Zygote, ZygoteLostError
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxEndedError, Call

from .conftest import LIMITS, Opener
from .processes import tree

MEGABYTE = 1 << 20


@pytest.fixture(autouse=True)
def there_are_cgroups(request):
    """What is claimed here can't be tried where there are none; see test_cgroup_trees for what is decided then."""
    keeper = request.getfixturevalue("keeper")
    if keeper.cgroups is None:
        pytest.skip(f"no cgroups here: {keeper.without_cgroups}")


@pytest.fixture
def found():
    """Cgroups without a keeper, closed after the test."""
    found = cgroups.find()
    yield found
    found.close()


@pytest.fixture
def idle():
    """The descriptor of a process that does nothing."""
    with subprocess.Popen(["sleep", "100"]) as process:
        pidfd = os.pidfd_open(process.pid)
        yield pidfd
        os.close(pidfd)
        process.kill()


def of(session):
    return session._line._box.cgroup


def told(cgroup, *names):
    """What the first of these files says that is there; versions differ in their names."""
    paths = [f"{folder}/{name}" for name in names for folder in cgroup.folders]
    return read(next(path for path in paths if os.path.exists(path))).strip()


def usage(cgroup):
    return int(told(cgroup, "memory.current", "memory.usage_in_bytes"))


def members(cgroup):
    return [read(f"{folder}/cgroup.procs").split() for folder in cgroup.folders]


def folders_of(process, parents):
    return [one for parent in parents for one in glob.glob(f"{parent}/gradient-autograder-{process}-*")]


def settles(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


# ---- what a box's cgroup holds


def test_each_box_is_alone_in_a_cgroup_with_its_limits(any_box):
    sessions = [any_box("x = 1"), any_box("x = 1")]
    wanted = str(LIMITS.memory_bytes + cgroups.MARGIN_BYTES)
    for session in sessions:
        cgroup = of(session)
        process = str(cgroups.process_id(session._line._box.pidfd))
        assert members(cgroup) == [[process]] * len(cgroup.folders)
        assert told(cgroup, "memory.max", "memory.limit_in_bytes") == wanted
        assert told(cgroup, "pids.max") == str(cgroups.TASKS)
    assert not set(of(sessions[0]).folders) & set(of(sessions[1]).folders)
    gone = [folder for session in sessions for folder in of(session).folders]
    any_box.end()
    assert not any(map(os.path.exists, gone))


def test_a_box_does_not_learn_how_many_there_were(box):
    names = [os.path.basename(folder) for _ in range(2) for folder in of(box()).folders]
    assert all(re.fullmatch(r"box-[0-9a-f]{16}", name) for name in names)


def test_a_box_may_not_swap(box):
    cgroup = of(box())
    limit = told(cgroup, "memory.max", "memory.limit_in_bytes")
    assert told(cgroup, "memory.swap.max", "memory.memsw.limit_in_bytes", "memory.swappiness") in ("0", limit)


def test_what_student_code_may_hold_is_told_by_its_own_limits_first(box):
    """RLIMIT_AS raises MemoryError, from which code can recover and a message can name the line; the cgroup would end the box."""
    session = box("def f(count):\n    global held\n    held = b'x' * count\n    return len(held)")
    for _ in range(2):
        (outcome,) = session.call(Call("f", (LIMITS.memory_bytes,)))
        assert outcome.failure.type == "MemoryError"
    filled = "\n".join(f"open('/box/{number}', 'wb').write(bytes(16 << 20))" for number in range(3))
    assert session.run_cell(filled, "fill", 20).failure is None
    assert session.call(Call("f", (300 * MEGABYTE,)))[0].value == 300 * MEGABYTE
    assert usage(of(session)) > 340 * MEGABYTE


def test_pages_shared_with_the_zygote_are_not_on_the_box_s_account(box):
    assert usage(of(box("x = 1"))) < 40 * MEGABYTE  # of some 150 that it could read


def test_files_in_the_box_s_folder_are_on_its_account(any_box):
    session = any_box("import os")
    before = usage(of(session))
    assert session.run_cell("open('/box/x', 'wb').write(bytes(24 << 20))", "cell", 5).failure is None
    assert usage(of(session)) > before + 20 * MEGABYTE
    assert session.run_cell("os.unlink('/box/x')", "cell", 5).failure is None
    assert usage(of(session)) < before + 12 * MEGABYTE


HOARD = """
import os
def hoard(pieces):
    "Memory in files without names: no mapping, so RLIMIT_AS does not see it."
    global kept
    kept = []
    for _ in range(pieces):
        kept.append(os.memfd_create("x"))
        os.write(kept[-1], bytes(16 << 20))
    return pieces
"""


@pytest.fixture
def lax_keeper(monkeypatch):
    """A keeper whose boxes are not refused the calls that give memory beside RLIMIT_AS."""
    whole = policy.visible_code()
    layers = "/runtime/autograder/sandbox/inside/layers.py"
    whole[layers] += b"\nEVERY = EVERY - {refusals('memory')}\n"
    monkeypatch.setattr(launch.policy, "visible_code", lambda: whole)
    with Keeper("numpy", solo=False) as keeper:
        yield keeper


def test_memory_beside_rlimit_as_is_held_by_the_cgroup_alone(lax_keeper):
    opener, given = Opener(lax_keeper), lax_keeper.cgroups
    held = opener(HOARD)
    of(held).limit(256 * MEGABYTE)
    with pytest.raises(BoxEndedError, match="memory"):
        held.call(Call("hoard", (32,)))
    lax_keeper.cgroups = None
    free = opener(HOARD, limits=Limits(memory_bytes=512 * MEGABYTE))
    assert free.call(Call("hoard", (32,)))[0].value == 32  # 512 MB beside all that RLIMIT_AS counts
    opener.end()
    lax_keeper.cgroups = given


def test_threads_are_held(box, monkeypatch):
    monkeypatch.setattr(cgroups, "TASKS", 6)
    session = box(
        """
        import threading, time
        def start(count):
            for _ in range(count):
                threading.Thread(target=time.sleep, args=(50,), daemon=True).start()
            return count
        """
    )
    assert session.call(Call("start", (5,)))[0].value == 5
    assert session.call(Call("start", (1,)))[0].failure.text == "can't start new thread"


# ---- what a box at its limit is told


class Tight:
    """Spawns boxes whose cgroup allows less than RLIMIT_AS does, for there is no other way past it."""

    def __init__(self, keeper):
        self.keeper, self.spawned = keeper, 0

    def spawn(self, limits):
        self.spawned += 1
        box = self.keeper.spawn(limits)
        box.cgroup.limit(192 * MEGABYTE)
        return box


HUNGRY = [CodeCell("hungry", "held = b'x' * (512 << 20)"), CodeCell("after", "y = 1")]


def test_a_cell_that_the_kernel_ends_for_its_memory_is_told_as_a_memory_error_is(keeper):
    tight = Tight(keeper)
    sittings = [Sitting(tight, HUNGRY, LIMITS), Sitting(keeper, HUNGRY, Limits(memory_bytes=512 * MEGABYTE))]
    for sitting in sittings:
        sitting.session()
        sitting.end()
    ended, raised = (sitting.cell_errors["hungry"] for sitting in sittings)
    assert ended == raised
    assert (ended.verdict, ended.message) == (Verdict.MEMORY_LIMIT, Message("cell.memory_limit", {}))
    assert tight.spawned == 2  # one lost, and one without the cell: what the kernel counts needs no second try


@pytest.mark.parametrize("solo", [False, True])
def test_a_function_that_the_kernel_ends_for_its_memory_is_told_as_a_memory_error_is(request, solo):
    spawner = Tight(request.getfixturevalue("solo_keeper" if solo else "keeper"))
    sitting = Sitting(spawner, [CodeCell("cell", "def f(count):\n    return len(b'x' * count)")], LIMITS)
    said = []
    for count in (512 << 20, 4 << 30):  # past the cgroup's limit, past RLIMIT_AS
        with pytest.raises(CheckEndedError) as ended:
            Student(sitting.fresh(), 5.0).f(count, returns=INTEGER)
        said.append((ended.value.verdict, ended.value.messages))
    sitting.end()
    assert said == [(Verdict.MEMORY_LIMIT, (Message("call.memory_limit", {"name": "f"}),))] * 2


def test_a_box_that_ends_in_another_way_is_not_out_of_memory(box):
    for source in ("import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGABRT); os.abort()"):
        session = box("x = 1")
        with pytest.raises(BoxEndedError, match="died"):
            session.run_cell(source, "cell", 5)


def test_a_box_that_ended_with_what_it_lives_in_is_not_blamed_for_its_memory(box):
    session = box("x = 1")
    of(session).limit(192 * MEGABYTE)
    session._line._box.host_is_ending = lambda: True
    with pytest.raises(SandboxError, match="the process that boxes are forked from ended under a box"):
        session.run_cell(HUNGRY[0].source, "cell", 5)


def test_a_box_at_its_limit_before_it_is_ready_says_so(keeper, monkeypatch):
    monkeypatch.setattr(cgroups, "MARGIN_BYTES", 64 << 10)

    def spawn():
        for _ in range(20):  # a box that is ready before it is moved into its cgroup has used up nothing there yet
            keeper.spawn(Limits(memory_bytes=0)).kill()

    with pytest.raises(SandboxError, match="a box ended before it was ready, at its limit of memory: "):
        spawn()


# ---- nothing is left


def test_a_keeper_removes_its_folder_and_those_of_boxes_that_still_live():
    with Keeper("numpy", solo=False) as keeper:
        boxes = [keeper.spawn(LIMITS) for _ in range(2)]
        parents = keeper.cgroups.tree.parents
        mine = [os.path.dirname(folder) for folder in boxes[0].cgroup.folders]
        assert set(mine) <= set(folders_of(os.getpid(), parents))
    assert not any(map(os.path.exists, mine))
    for box in boxes:
        assert not box.is_out_of_memory()
        box.kill()


def test_a_killed_grader_s_folders_are_removed_by_the_next_one():
    script = textwrap.dedent(
        """
        import json, os, signal
        from autograder.model import Limits
        from autograder.sandbox.keeper import Keeper
        with Keeper("numpy", solo=False) as keeper:
            boxes = [keeper.spawn(Limits()) for _ in range(2)]
            print(json.dumps([folder for box in boxes for folder in box.cgroup.folders]), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    left = json.loads(done.stdout)
    assert len(left) >= 2

    def swept():
        cgroups.find().close()
        return not any(os.path.exists(os.path.dirname(folder)) for folder in left)

    assert settles(swept)  # not before its boxes have ended, which they do with it


def test_a_live_grader_s_folders_are_left_alone(found):
    cgroup = found.make(Limits())
    cgroups.find().close()
    assert all(map(os.path.exists, cgroup.folders))


def _in_fork(pipe, found):
    own = found.make(Limits())
    found.close()
    pipe.send((os.getpid(), own.folders, [os.path.exists(folder) for folder in own.folders]))


def test_a_forked_grader_has_a_folder_of_its_own_and_leaves_its_parent_s(found):
    first = found.make(Limits())
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_in_fork, args=(theirs, found))
    child.start()
    process, folders, still = ours.recv()
    child.join()
    assert all(f"/gradient-autograder-{process}-" in folder for folder in folders)
    assert not any(still)
    assert all(f"/gradient-autograder-{os.getpid()}-" in folder and os.path.exists(folder) for folder in first.folders)


def test_what_is_still_in_use_is_removed_later(found, idle):
    cgroup = found.make(Limits())
    cgroup.admit(idle)
    cgroup.remove()
    assert all(map(os.path.exists, cgroup.folders))
    signal.pidfd_send_signal(idle, signal.SIGKILL)
    assert settles(lambda: members(cgroup) == [[]] * len(cgroup.folders))
    found.make(Limits())
    assert not any(map(os.path.exists, cgroup.folders))


def test_what_can_not_be_removed_in_time_is_told(idle, monkeypatch, caplog):
    monkeypatch.setattr(cgroups, "REMOVAL_SECONDS", 0.05)
    found = cgroups.find()
    cgroup = found.make(Limits())
    cgroup.admit(idle)
    found.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"could not be removed, for something still runs in it: {' and '.join(map(os.path.dirname, cgroup.folders))}"
    ]
    signal.pidfd_send_signal(idle, signal.SIGKILL)
    assert settles(lambda: all(cgroups._is_tree_removed(os.path.dirname(folder)) for folder in cgroup.folders))


def test_a_hundred_boxes_cost_little_and_leave_nothing(found, idle):
    def seconds(action):
        started = time.perf_counter()
        action()
        return time.perf_counter() - started

    def one():
        cgroup = found.make(Limits())
        cgroup.admit(idle)
        outside.admit(idle)
        cgroup.remove()

    outside = found.make(Limits())
    taken = sorted(seconds(one) for _ in range(100))
    assert taken[50] < 0.01  # some 0.3 ms; a machine under load gets its share
    assert glob.glob(f"{os.path.dirname(outside.folders[0])}/box-*") == [outside.folders[0]]


# ---- what can go wrong


def test_cgroups_that_fail_after_they_worked_are_an_error_and_no_box_is_made():
    with Keeper("numpy", solo=False) as keeper:
        keeper.spawn(LIMITS).kill()
        before, descriptors = tree(os.getpid()), len(os.listdir("/proc/self/fd"))
        for folder in keeper.cgroups._folders:
            os.rmdir(folder)
        with pytest.raises(SandboxError, match=r"a cgroup for a box could not be made: \[Errno 2\] No such file or directory"):
            keeper.spawn(LIMITS)
        assert not tree(os.getpid()).items() - before.items()
        assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.parametrize(("lost", "solo"), [(NestingRefusedError, True), (ZygoteLostError, False)])
def test_a_second_try_at_a_box_gets_a_cgroup_of_its_own(monkeypatch, lost, solo):
    whole, tried = Zygote.spawn, []

    def spawn(self, limits, cgroup):
        box = whole(self, limits, cgroup)
        tried.append(cgroup)
        if len(tried) == 1:
            box.kill()
            raise lost("it could not be made after all")
        return box

    monkeypatch.setattr(Zygote, "spawn", spawn)
    with Keeper("numpy") as keeper:
        box = keeper.spawn(LIMITS)
        assert keeper.solo is solo
        assert box.cgroup is not tried[0]
        assert members(box.cgroup) == [[str(cgroups.process_id(box.pidfd))]] * len(box.cgroup.folders)
        assert not any(map(os.path.exists, tried[0].folders))
        box.kill()
        assert not any(map(os.path.exists, box.cgroup.folders))


@pytest.mark.parametrize("solo", [False, True])
def test_a_box_that_can_not_be_moved_into_its_cgroup_is_ended(request, monkeypatch, solo):
    keeper = request.getfixturevalue("solo_keeper" if solo else "keeper")
    keeper.spawn(LIMITS).kill()
    made, make = [], keeper.cgroups.make

    def make_and_lose(limits):
        cgroup = make(limits)
        for folder in cgroup.folders:
            os.rmdir(folder)
        made.append(tree(os.getpid()))
        return cgroup

    monkeypatch.setattr(keeper.cgroups, "make", make_and_lose)
    with pytest.raises(SandboxError, match=r"a box could not be moved into its cgroup: \[Errno 2\]"):
        keeper.spawn(LIMITS)
    assert settles(lambda: not tree(os.getpid()).items() - made[0].items())
    monkeypatch.undo()
    keeper.spawn(LIMITS).kill()


def test_a_process_out_of_sight_is_not_taken_for_ourselves(found, idle, monkeypatch):
    monkeypatch.setattr(cgroups, "process_id", lambda pidfd: 0)
    cgroup = found.make(Limits())
    with pytest.raises(SandboxError, match="a box could not be moved into its cgroup: it is out of sight of this pid namespace"):
        cgroup.admit(idle)
    assert members(cgroup) == [[]] * len(cgroup.folders)


def test_a_process_that_is_gone_needs_no_cgroup(found, monkeypatch):
    with subprocess.Popen(["true"]) as process:
        pidfd = os.pidfd_open(process.pid)
    cgroup = found.make(Limits())
    assert cgroups.process_id(pidfd) == cgroups.GONE
    cgroup.admit(pidfd)
    monkeypatch.setattr(cgroups, "process_id", lambda _: process.pid)  # it went between the look and the move
    cgroup.admit(pidfd)
    os.close(pidfd)
    assert members(cgroup) == [[]] * len(cgroup.folders)


def test_cgroups_that_take_no_process_are_none_and_leave_nothing(monkeypatch):
    def refuse(path, value):
        if path.endswith("cgroup.procs"):
            raise PermissionError(1, "Operation not permitted", path)

    monkeypatch.setattr(cgroups, "write", refuse)
    parents = {parent for one in cgroups.trees() for parent in one.parents}
    before = set(folders_of(os.getpid(), parents))
    with pytest.raises(cgroups.CgroupsMissingError, match=r"a box could not be moved into its cgroup: .*Operation not permitted"):
        cgroups.find()
    assert set(folders_of(os.getpid(), parents)) == before
