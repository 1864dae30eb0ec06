"""Nothing that runs in a box outlives it, slows its end down or makes the grader raise anything but BoxEndedError."""

import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox.box import Box, await_ready
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxEndedError, Call

from . import processes
from .conftest import Opener
from .processes import tree

LIMIT = 0.5


def settles(condition, seconds=5.0):
    """True once `condition` holds; middle processes and bubblewrap need a moment after their child."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def newer_than(before):
    """Processes of ours that were not there before; those of an earlier test may still be on their way out."""
    return tree(os.getpid()).items() - before.items()


def ended(session, call, seconds=LIMIT):
    """Why the box ended, and after how long."""
    started = time.monotonic()
    with pytest.raises(BoxEndedError) as caught:
        session.call(call, seconds=seconds)
    return caught.value.reason, time.monotonic() - started


ENDLESS = {
    "a loop": "def f():\n    while True:\n        pass",
    "C code that holds the GIL": "def f():\n    return 10 ** 10 ** 8",
    "a sleep": "import time\ndef f():\n    time.sleep(100)",
    "a loop that swallows everything": """
        def f():
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
        """,
    "every signal ignored": """
        import signal
        for number in signal.valid_signals():
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        def f():
            while True:
                pass
        """,
    "the parent-death signal cleared": """
        import ctypes
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        def f():
            while True:
                pass
        """,
    "threads that go on": """
        import threading, time
        for _ in range(20):
            threading.Thread(target=time.sleep, args=(1000,), daemon=False).start()
        def f():
            time.sleep(1000)
        """,
    "an iterator without an end": """
        class Endless(dict):
            def keys(self):
                while True:
                    yield "k"
            __iter__ = keys
        def f():
            return list(Endless())
        """,
    "an exception that is never written": """
        class Slow(Exception):
            def __str__(self):
                while True:
                    pass
        def f():
            raise Slow
        """,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended_at_its_deadline(box, name):
    box.keeper.wait()
    before = tree(os.getpid())
    session = box(ENDLESS[name])
    assert len(newer_than(before)) == 2  # the one between, and the box
    reason, taken = ended(session, Call("f"))
    assert reason == "time"
    assert LIMIT <= taken < LIMIT + 0.5
    assert settles(lambda: not newer_than(before))


def test_an_endless_cell_is_ended_at_its_deadline_in_both_ways(any_box):
    session = any_box("import ctypes\nctypes.CDLL(None).prctl(1, 0, 0, 0, 0)")
    started = time.monotonic()
    with pytest.raises(BoxEndedError, match="time"):
        session.run_cell("10 ** 10 ** 8", "cell", LIMIT)
    assert time.monotonic() - started < LIMIT + 0.5
    box = session._line._box
    assert (box.pidfd, box.socket.fileno()) == (-1, -1)
    any_box("x = 1")  # the next box is not the worse for it


def test_killing_twice_touches_nothing_that_took_the_descriptor_since(keeper):
    box = keeper.spawn(Limits())
    pidfd = box.pidfd
    box.kill()
    read, write = os.pipe()
    os.dup2(read, pidfd)
    box.kill()
    os.fstat(pidfd)
    for descriptor in {read, write, pidfd}:
        os.close(descriptor)


DYING = {
    "os._exit": "import os\ndef f():\n    os._exit(0)",
    "a segmentation fault": "import ctypes\ndef f():\n    ctypes.string_at(0)",
    "abort": "import os\ndef f():\n    os.abort()",
    "the socket closed": "import os\ndef f():\n    os.close(3)",
    "the socket shut down": "import socket\ndef f():\n    socket.socket(fileno=3).shutdown(socket.SHUT_WR)",
    "a C stack that overflows": """
        import sys
        sys.setrecursionlimit(10 ** 9)
        def f():
            deep = []
            for _ in range(10 ** 6):
                deep = [deep]
            return repr(deep)
        """,
    "a foreign system call": "import ctypes\ndef f():\n    ctypes.CDLL(None).syscall(0x40000000 | 39)",
}


@pytest.mark.parametrize("name", DYING)
def test_a_box_that_ends_itself_has_died(box, name):
    session = box(DYING[name])
    reason, taken = ended(session, Call("f"), 10)
    assert reason == "died"
    assert taken < 8
    with pytest.raises(BoxEndedError, match="closed"):
        session.call(Call("f"))


def test_an_error_that_lies_about_its_own_type_is_told_all_the_same(box):
    session = box("class Own(Exception):\n    pass\nOwn.__module__ = []\ndef f():\n    raise Own")
    (outcome,) = session.call(Call("f"))
    assert (outcome.failure.type, outcome.failure.known) == ("Own", False)
    assert session.call(Call("f"))[0].failure.type == "Own"


FORGING = """
    import json, socket, struct, sys, threading, time
    wire = socket.socket(fileno=3)

    def frame(header, payload=b""):
        text = json.dumps(header).encode()
        return struct.pack("<I", len(text)) + text + payload

    def my_id():
        "The id of the request in hand: the box reads frames in this very process."
        for one in sys._current_frames().values():
            while one:
                if isinstance(one.f_locals.get("request"), dict):
                    return one.f_locals["request"]["id"]
                one = one.f_back

    def result(**fields):
        return {"id": my_id(), "results": [{"error": None, "printed": 0}], "values": [], **fields}
"""
FORGED = {
    "garbage": "b'\\x05\\0\\0\\0hello'",
    "a huge length": "b'\\xff' * 8",
    "an empty header": "b'\\0\\0\\0\\0'",
    "a wrong id": "frame({'id': '0' * 16})",
    "no id": "frame({})",
    "an id of another type": "frame({'id': [1]})",
    "no results": "frame({'id': my_id()})",
    "results of another type": "frame(result(results={'a': 1}))",
    "too many results": "frame(result(results=[None, None]))",
    "no value": "frame(result())",
    "a value too many": "frame(result(values=[None, None, None]))",
    "values of another type": "frame(result(values=3))",
    "a shape that overflows": "frame(result(values=[['a', 'float64', [0, 2 ** 26, 2 ** 26, 2 ** 26]]]))",
    "a shape that is negative": "frame(result(values=[['a', 'float64', [-1, -8]]]), b'x' * 64)",
    "an object array": "frame(result(values=[['a', 'object', [1]]]), b'x' * 8)",
    "a lone surrogate": "frame(result(values=[['s', '\\ud800']]))",
    "an after that is no list": "frame(result(values=[None, None]))",
    "an after of another length": "frame(result(values=[None, ['l', [None, None]]]))",
    "two answers": "frame(result(values=[None, ['l', [None]]])) * 2",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_answer_is_a_breach_of_the_protocol(box, name):
    session = box(textwrap.dedent(FORGING) + f"def f(x):\n    wire.sendall({FORGED[name]})\n    time.sleep(100)")
    assert ended(session, Call("f", (1,), after=True), 5)[0] == "protocol"


def test_a_well_formed_forged_answer_is_only_an_answer(box):
    session = box(
        textwrap.dedent(FORGING)
        + """
def f():
    error = {"type": "no identifier!", "known": "yes", "text": 5, "line": 10 ** 30, "cell": None, "module": [], "misfit": {}}
    wire.sendall(frame(result(results=[{"error": error, "printed": -1}])))
    time.sleep(100)
"""
    )
    (outcome,) = session.call(Call("f"))
    failure = outcome.failure
    assert (failure.type, failure.known, failure.text, failure.line, failure.misfit) == ("Exception", False, "", None, None)
    assert outcome.printed == 0
    assert ended(session, Call("f"))[0] == "time"


@pytest.mark.parametrize(
    ("early", "reason"),
    [
        ("wire.sendall(b'x')", "protocol"),
        ("wire.sendall(frame({'id': 'next'}))", "protocol"),
        ("wire.close()", "died"),
    ],
)
def test_what_comes_before_it_was_asked_for_ends_the_box(box, early, reason):
    session = box(textwrap.dedent(FORGING) + f"threading.Timer(0.2, lambda: {early}).start()\ndef f():\n    return 1")
    time.sleep(0.6)
    assert ended(session, Call("f"), 2) == (reason, pytest.approx(0, abs=0.3))


def test_an_answer_followed_by_the_end_with_the_question_unread_is_no_error_of_ours(box):
    session = box(
        textwrap.dedent(FORGING)
        + """
def f():
    wire.sendall(frame(result(values=[None])))
    wire.recv(1)
    import os
    os._exit(0)
"""
    )
    assert session.call(Call("f"))[0].value is None
    assert ended(session, Call("f", (np.zeros(1 << 20),)), 5)[0] in ("died", "protocol")
    time.sleep(0.2)


def test_a_box_that_stops_reading_is_ended_at_the_deadline(box):
    session = box(textwrap.dedent(FORGING) + "def f():\n    wire.sendall(frame(result(values=[None])))\n    time.sleep(100)")
    session.call(Call("f"))
    reason, taken = ended(session, Call("f", (np.zeros(7 << 20),)))
    assert reason == "time"
    assert taken < LIMIT + 0.5


def test_descriptors_sent_by_a_student_do_not_reach_the_grader(box):
    session = box(
        textwrap.dedent(FORGING) + "def f():\n    socket.send_fds(wire, [frame(result(values=[None]))], [0, 1, 2, 3])\n    time.sleep(100)"
    )
    before = len(os.listdir("/proc/self/fd"))
    session.call(Call("f"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_fifty_boxes_leave_neither_descriptors_nor_memory_nor_processes_behind(box):
    box("x = 1").close()
    processes, descriptors = tree(os.getpid()), len(os.listdir("/proc/self/fd"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(50):
        session = box("import numpy as np\ndef f(x):\n    return x + 1")
        session.call(Call("f", (np.zeros(1 << 17),)))
        if number % 2:
            with pytest.raises(BoxEndedError):
                session.run_cell("import os; os._exit(1)", "cell", 5)
        session.close()
    box.sessions.clear()
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 16 << 10  # KiB
    assert settles(lambda: not newer_than(processes))


# ---- the zygote and the grader themselves


def answers(keeper):
    box = keeper.spawn(Limits())
    box.kill()
    return True


@pytest.fixture(scope="module")
def own_keeper():
    """A keeper whose zygote may come to harm."""
    with Keeper("numpy", solo=False) as keeper:
        keeper.wait()
        yield keeper


def strike(started, victim):
    if victim == "bubblewrap":
        os.kill(started.process.pid, signal.SIGKILL)
    else:
        signal.pidfd_send_signal(started.first, signal.SIGKILL)


@pytest.mark.parametrize("victim", ["bubblewrap", "the first process"])
def test_a_zygote_that_was_killed_is_replaced(own_keeper, victim):
    own_keeper.wait()
    started = own_keeper._zygote._started
    strike(started, victim)
    begun = time.monotonic()
    assert settles(started.is_ending)
    assert answers(own_keeper)
    assert time.monotonic() - begun < 15
    assert not own_keeper.solo
    assert own_keeper._zygote._started is not started
    assert answers(own_keeper)


@pytest.mark.parametrize("victim", ["bubblewrap", "the first process"])
def test_a_box_that_dies_with_its_zygote_is_our_fault_and_not_the_student_s(own_keeper, victim):
    opener = Opener(own_keeper)
    waiting, calling = opener("x = 1"), opener("import time\ndef f():\n    time.sleep(20)")
    started = own_keeper._zygote._started
    threading.Timer(0.3, strike, (started, victim)).start()
    with pytest.raises(SandboxError, match="the process that boxes are forked from ended under a box"):
        calling.call(Call("f"))
    assert settles(lambda: started.process.poll() is not None)
    with pytest.raises(SandboxError, match="the process that boxes are forked from ended under a box"):
        waiting.run_cell("x = 2", "cell", 5)
    opener.end()


def test_a_zygote_that_hangs_is_replaced(own_keeper, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.forks.BIRTH_SECONDS", 2.0)
    for process in tree(own_keeper._zygote._started.process.pid):
        os.kill(process, signal.SIGSTOP)
    assert answers(own_keeper)


def test_a_keeper_closes_while_boxes_live_and_while_it_boots():
    before = tree(os.getpid())
    started = time.monotonic()
    with Keeper("numpy", solo=False) as keeper:
        boxes = [keeper.spawn(Limits()) for _ in range(3)]
    assert settles(lambda: not newer_than(before))
    for box in boxes:
        assert box.socket.recv(1) == b""
        box.kill()
    with Keeper("numpy", solo=False):
        pass
    assert settles(lambda: not newer_than(before))
    assert time.monotonic() - started < 20


def test_a_grader_that_is_killed_leaves_no_process_and_no_file_behind(tmp_path):
    script = pathlib.Path(processes.__file__).read_text() + textwrap.dedent(
        """
        import json, signal, sys
        from autograder.model import Limits
        from autograder.sandbox.keeper import Keeper
        with Keeper("numpy", solo=False) as keeper, Keeper("numpy", solo=True) as solo:
            boxes = [keeper.spawn(Limits()), keeper.spawn(Limits()), solo.spawn(Limits())]
            print(json.dumps(tree(os.getpid())), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    family = {int(one): since for one, since in json.loads(done.stdout).items()}
    assert len(family) >= 8

    def alive():
        everyone = {process: since for root in family for process, since in tree(root).items()}
        return {process for process, since in family.items() if everyone.get(process) == since}

    assert settles(lambda: not alive())
    assert list(tmp_path.iterdir()) == []


def test_a_box_that_never_gets_ready_is_named(monkeypatch):
    ours, theirs = socket.socketpair()
    child = subprocess.Popen(["sleep", "100"])
    box = Box(ours, os.pidfd_open(child.pid))
    with theirs, pytest.raises(SandboxError, match=r"a box was not ready after 0 s: its words"):
        await_ready(box, 0.1, lambda: "its words")
    assert child.wait(5) == -signal.SIGKILL
