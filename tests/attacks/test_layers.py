"""Every layer of a box carries weight: without it, and without what would hold in its place, an attack goes through; with it, none does."""

import contextlib
import ctypes
import os
import re
import signal
import socket
import threading
import time

import numpy as np
import pytest

from autograder.sandbox.inside import frames, landlock
from autograder.sandbox.inside.layers import EVERY, Layer, refusals
from autograder.sandbox.session import Call

from .bench import Bench
from .layers import OF_THE_ZYGOTE, SHOWN, SHOWN_ELSEWHERE, WITHOUT_EFFECT
from .shown import NETWORK, Shown

MOMENT = 0.5


@pytest.fixture(scope="module")
def bench():
    """The one for all layers that a box puts on itself."""
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def bare_bench():
    """One whose zygote did nothing to protect itself or the grader."""
    bench = Bench(without={Layer.HIDDEN_ZYGOTE, Layer.FIRST_TO_END})
    yield bench
    bench.close()


def told(shown):
    """What a line of the table is called."""
    return f"{shown.layer}: {shown.name}"


# ---- layers that a box puts on itself


@pytest.mark.parametrize("shown", SHOWN, ids=told)
def test_without_it_an_attack_goes_through_and_with_it_none_does(bench, shown):
    if os.uname().machine != "x86_64" and shown.layer == refusals("architecture"):
        pytest.skip("the attack is written in x86 instructions")
    if landlock.abi() < shown.landlock:
        pytest.skip(f"this kernel's Landlock does not hold it off; version {shown.landlock} does")
    outcome = bench.outcome(shown, {shown.layer, *shown.partners})
    if outcome == shown.lacking:
        pytest.skip(f"this kernel has nothing to attack here: {outcome}")
    assert outcome == shown.succeeds
    assert bench.outcome(shown, set(shown.partners)) == shown.held


@pytest.mark.parametrize("shown", OF_THE_ZYGOTE, ids=told)
def test_without_it_a_zygote_is_open_to_attack_and_with_it_it_is_not(bench, bare_bench, shown):
    assert bare_bench.outcome(shown, set(shown.partners)) == shown.succeeds
    assert bench.outcome(shown, set(shown.partners)) == shown.held


def test_when_memory_runs_out_a_box_ends_before_the_grader(bench, bare_bench):
    ballast = np.ones(32 << 20)  # as a grader may hold, and a box may not
    ends_first = []
    for each in (bare_bench, bench):
        with each.session((), "") as session:
            ends_first.append(badness(process_of(session._line._box)) > badness(os.getpid()))
    assert ballast.all()
    assert ends_first == [False, True]


def badness(process):
    """How readily the kernel ends a process when memory runs out; see proc_pid_oom_score(5)."""
    with open(f"/proc/{process}/oom_score") as file:
        return int(file.read())


def process_of(box):
    """The number of a box's first process, seen from outside."""
    with open(f"/proc/self/fdinfo/{box.pidfd}") as facts:
        return int(re.search(r"^Pid:\s*(\d+)", facts.read(), re.MULTILINE)[1])


@pytest.mark.parametrize("shown", WITHOUT_EFFECT, ids=lambda shown: shown.layer)
def test_what_is_said_to_hold_nothing_off_here_is_not_missed(bench, shown):
    assert bench.outcome(shown, {shown.layer, *shown.partners}) == shown.held


def test_every_layer_is_shown_to_hold_something_off_or_said_not_to():
    shown = {one.layer for one in (*SHOWN, *OF_THE_ZYGOTE)} | SHOWN_ELSEWHERE.keys()
    without_effect = {one.layer for one in WITHOUT_EFFECT}
    assert shown | without_effect == EVERY
    assert not shown & without_effect
    assert set(SHOWN_ELSEWHERE.values()) <= globals().keys()
    for one in (*SHOWN, *OF_THE_ZYGOTE, *WITHOUT_EFFECT):
        assert EVERY.issuperset(one.partners)
        assert one.layer not in one.partners


# ---- layers that bubblewrap puts around all boxes


def less(*words):
    """Rewrites a command line to one without these words, as they follow each other."""

    def rewrite(command):
        place = next(place for place in range(len(command)) if tuple(command[place : place + len(words)]) == words)
        return [*command[:place], *command[place + len(words) :]]

    return rewrite


@contextlib.contextmanager
def weaker(**how):
    bench = Bench(**how)
    try:
        yield bench
    finally:
        bench.close()


def expect(weak, right, shown):
    """`shown` on a bench that lacks the layer, and on one that has it; its partners are missing on both."""
    assert weak.outcome(shown, set(shown.partners)) == shown.succeeds
    assert right.outcome(shown, set(shown.partners)) == shown.held


def test_bubblewrap_s_network_namespace_keeps_boxes_from_the_machine_s_services(bench):
    with socket.create_server(("127.0.0.1", 0)) as server, weaker(rewrite=less("--unshare-net")) as weak:
        attack = f"socket.socket().connect(('127.0.0.1', {server.getsockname()[1]}))"
        partners = (Layer.NETWORK_NAMESPACE, NETWORK, Layer.LANDLOCK)
        expect(weak, bench, Shown("bubblewrap", "a service", attack, held="ECONNREFUSED", partners=partners))


def test_bubblewrap_s_ipc_namespace_keeps_boxes_from_the_machine_s_shared_memory(bench):
    libc, key = ctypes.CDLL(None, use_errno=True), 0x6C617965
    memory = libc.shmget(key, 4096, 0o1666)
    try:
        with weaker(rewrite=less("--unshare-ipc")) as weak:
            attack = f"kernel.call('shmget', {key}, 4096, 0o600) and None"
            partners = (Layer.IPC_NAMESPACE, refusals("memory"))
            expect(weak, bench, Shown("bubblewrap", "shared memory", attack, held="ENOENT", partners=partners))
    finally:
        libc.shmctl(memory, 0, None)


def test_bubblewrap_s_pid_namespace_keeps_boxes_from_the_machine_s_processes(bench):
    """The process of bubblewrap itself stands for any other of its user."""

    def rewrite(command):
        command = less("--unshare-pid")(command)
        place = command.index("--proc")
        return [*command[:place], "--bind", "/proc", "/proc", *command[place + 2 :]]

    with weaker(rewrite=rewrite) as weak:
        attack = f"os.kill({weak.started.process.pid}, 0)"
        partners = (Layer.PID_NAMESPACE, Layer.OWN_PROC, Layer.LANDLOCK)
        expect(weak, bench, Shown("bubblewrap", "a process", attack, held="ESRCH", partners=partners))


def test_bubblewrap_s_cgroup_namespace_hides_where_the_grader_runs(bench):
    with open("/proc/self/cgroup") as file:
        if {line.split(":", 2)[2].strip() for line in file} == {"/"}:
            pytest.skip("the tests run in the uppermost cgroup, so there is nothing to hide")
    with weaker(rewrite=less("--unshare-cgroup")) as weak:
        attack = "{line.split(':', 2)[2].strip() for line in open('/proc/self/cgroup')} == {'/'}"
        expect(weak, bench, Shown("bubblewrap", "a place", attack, succeeds=False, held=True, partners=(Layer.CGROUP_NAMESPACE,)))


def test_a_cleared_environment_keeps_the_grader_s_secret():
    host = {"PATH": "/usr/bin:/bin", "AUTOGRADER_SECRET": "never to be seen"}
    attack = "b'never to be seen' in open('/proc/self/environ', 'rb').read()"
    with weaker(rewrite=less("--clearenv"), environment=host) as weak, weaker(environment=host) as right:
        expect(weak, right, Shown("bubblewrap", "a secret", attack, succeeds=True, held=False))


def test_what_is_bound_can_only_be_read(tmp_path):
    tmp_path.chmod(0o777)

    def rewrite(command):
        place = command.index("/site/extra") - 2
        return [*command[:place], "--bind", *command[place + 1 :]]

    attack = "open('/site/extra/file', 'w').close()"
    with weaker(rewrite=rewrite, extra=tmp_path) as weak, weaker(extra=tmp_path) as right:
        expect(weak, right, Shown("bubblewrap", "a file", attack, held="EROFS", partners=(Layer.READ_ONLY, Layer.LANDLOCK)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to lay down")
def test_root_lays_down_its_rights_before_bubblewrap_starts(tmp_path):
    (tmp_path / "file").write_text("root's")
    (tmp_path / "file").chmod(0o600)
    tmp_path.chmod(0o755)
    attack = "open('/site/extra/file').read()"
    with weaker(as_ordinary=False, extra=tmp_path) as weak, weaker(extra=tmp_path) as right:
        # Beside a bubblewrap that root started no box can mount /proc.
        expect(weak, right, Shown("stage", "a file", attack, succeeds="root's", held="EACCES", partners=(Layer.OWN_PROC,)))


# ---- layers outside


def test_a_box_outlives_the_process_between_and_is_ended_by_its_own_descriptor(bench):
    with bench.session((), "def answer():\n    return 1") as session:
        process = process_of(session._line._box)
        between = parent_of(process)
        os.kill(between, signal.SIGKILL)
        while parent_of(process) == between:
            time.sleep(0.01)
        assert session.call(Call("answer"))[0].value == 1
        session.close()
        assert not is_alive(process)


def parent_of(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def is_alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextlib.contextmanager
def busy(bench, source):
    """The socket to a box that runs `source`, where `wire` is its end, and has not answered."""
    started = "import socket, struct, time\nwire = socket.socket(fileno=3)\nwire.send(b'!')\n"
    box = bench.spawn(())
    try:
        frames.send(box.socket, {"op": "cell", "name": "x", "source": started + source, "id": "1", "values": []})
        assert box.socket.recv(1) == b"!"
        yield box.socket
    finally:
        box.kill()


def ends(action):
    """True if `action` comes to an end, whichever, in a moment."""
    ended = threading.Event()

    def run():
        with contextlib.suppress(Exception):
            action()
        ended.set()

    threading.Thread(target=run, daemon=True).start()
    return ended.wait(MOMENT)


def test_only_a_deadline_frees_the_grader_from_a_box_that_does_not_read(bench):
    much = [memoryview(bytes(32 << 20))]
    with busy(bench, "time.sleep(100)") as wire:
        with pytest.raises(frames.DeadlinePassed):
            frames.send(wire, {}, much, time.monotonic() + 0.1)
        assert not ends(lambda: frames.send(wire, {}, much))


def test_only_a_deadline_frees_the_grader_from_a_box_that_never_comes_to_the_end(bench):
    trickle = "wire.send(struct.pack('<I', 100_000))\nwhile True:\n    wire.send(b' ')\n    time.sleep(0.01)"
    with busy(bench, trickle) as wire, pytest.raises(frames.DeadlinePassed):
        frames.receive(wire, time.monotonic() + 0.1)
    with busy(bench, trickle) as wire:
        assert not ends(lambda: frames.receive(wire))


def test_a_box_s_descriptors_come_with_a_message_and_not_with_bytes(bench):
    send_files = "socket.send_fds(wire, [struct.pack('<I', 2), b'{}'], [0, 1, 2, 3])\ntime.sleep(100)"
    with busy(bench, send_files) as wire:
        _, descriptors, _, _ = socket.recv_fds(wire, 100, 10)
        for descriptor in descriptors:
            os.close(descriptor)
        assert len(descriptors) == 4
    with busy(bench, send_files) as wire:
        before = os.listdir("/proc/self/fd")
        assert frames.receive(wire, time.monotonic() + 5)[0] == {}
        assert os.listdir("/proc/self/fd") == before
