"""Scripts run in processes of their own, as root and as an ordinary user, for what they try on themselves can't be undone; and boxes."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time

import pytest

from autograder.model import Limits
from autograder.sandbox import inside
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxLine, Session

ORDINARY_UID = 65534
PRELUDE = """
import ctypes, errno, json, os, resource, signal, socket, sys, threading, time
from autograder.sandbox.inside import kernel, landlock, seccomp, syscalls

def attempt(action, *arguments):
    "What came of it: ok, or the name of the errno."
    try:
        action(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"

def refusal(action, *arguments, **options):
    "The words of the OSError."
    try:
        action(*arguments, **options)
    except OSError as error:
        return str(error)

def neighbour(prepare=lambda: None):
    "The id of a process that has done `prepare`, and ends when this one does."
    ready, told = os.pipe()
    waiting, held = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(held)
        kept = prepare()
        os.write(told, b"r")
        os.read(waiting, 1)
        os._exit(0)
    os.close(waiting)
    os.read(ready, 1)
    return process

def status(*names):
    "Fields of /proc/self/status."
    with open("/proc/self/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    return [fields[name].strip() for name in names]

def answer(value):
    print(json.dumps(value), flush=True)
"""


class Alone:
    """Runs scripts as one user, with the modules of the box on the path and the prelude before them."""

    def __init__(self, python, modules, uid):
        self.python, self.modules, self.uid = python, modules, uid
        self.is_root = os.geteuid() == 0 and uid is None

    def process(self, script):
        """The finished process; for scripts that are to be killed."""
        other = {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        code = PRELUDE + textwrap.dedent(script)
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(self.modules), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [self.python, "-c", code], env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False, **other
        )

    def __call__(self, script):
        """What the script gave to `answer`."""
        done = self.process(script)
        assert done.returncode == 0, f"{signal_name(done.returncode)}: {done.stderr}"
        return json.loads(done.stdout)


def signal_name(returncode):
    return signal.Signals(-returncode).name if returncode < 0 else f"exit {returncode}"


@pytest.fixture(scope="session")
def open_folder():
    """A folder that every user may enter, unlike tmp_path when root runs the tests."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder).chmod(0o755)
        yield pathlib.Path(folder)


@pytest.fixture(scope="session")
def modules(open_folder):
    """The modules of the box alone, so that a Python without numpy can import them."""
    package = open_folder / "modules" / "autograder" / "sandbox" / "inside"
    package.mkdir(parents=True)
    for name in ("__init__", "syscalls", "kernel", "rules", "seccomp", "landlock"):
        shutil.copy(pathlib.Path(inside.__file__).with_name(f"{name}.py"), package)
    return open_folder / "modules"


@pytest.fixture(scope="session")
def ordinary(modules):
    """Scripts as an ordinary user: the one who runs the tests, or nobody when that is root."""
    if os.geteuid() != 0:
        return Alone(sys.executable, modules, None)
    # The interpreter of the tests may lie below /root, where nobody else gets in.
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        as_nobody = Alone(python, modules, ORDINARY_UID)
        try:
            if as_nobody.process("").returncode == 0:
                return as_nobody
        except OSError:
            continue
    pytest.fail("no Python that an ordinary user can run, with the modules of the box: install python3 in /usr/bin")


@pytest.fixture(scope="session", params=["root", "ordinary"] if os.geteuid() == 0 else ["ordinary"])
def alone(request, modules):
    """Scripts as each user there is to try."""
    return Alone(sys.executable, modules, None) if request.param == "root" else request.getfixturevalue("ordinary")


@pytest.fixture
def shared(open_folder):
    """An empty folder in which every user may write."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=open_folder))
    folder.chmod(0o777)
    return folder


LIMITS = Limits(memory_bytes=1 << 30, submission_seconds=60, output_bytes=1000)
BOX_SECONDS = 20.0


class Opener:
    """Opens sessions to fresh boxes of one keeper, and ends them after the test."""

    def __init__(self, keeper):
        self.keeper, self.sessions = keeper, []

    def __call__(self, source="", *, limits=LIMITS, seconds=BOX_SECONDS):
        """A session to a box that has run `source`, dedented, to its end."""
        line = BoxLine(self.keeper.spawn(limits), time.monotonic() + limits.submission_seconds)
        session = Session(line, seconds)
        self.sessions.append(session)
        if source:
            outcome = session.run_cell(textwrap.dedent(source), "cell", seconds)
            assert outcome.failure is None, outcome.failure
        return session

    def end(self):
        for session in self.sessions:
            session.close()


@pytest.fixture(scope="session")
def keeper():
    """The forked way, one zygote for all tests."""
    with Keeper("numpy", solo=False) as keeper:
        yield keeper


@pytest.fixture(scope="session")
def solo_keeper():
    """The solo way; each of its boxes takes a second or two."""
    with Keeper("numpy", solo=True) as keeper:
        yield keeper


@pytest.fixture
def torch_box():
    """Opens boxes with torch, of a keeper made for the one test: it takes seconds to warm up."""
    with Keeper("torch", solo=False) as keeper:
        opener = Opener(keeper)
        yield opener
        opener.end()


@pytest.fixture
def box(keeper):
    """Opens forked boxes."""
    opener = Opener(keeper)
    yield opener
    opener.end()


@pytest.fixture(params=["forked", "solo"])
def any_box(request):
    """Opens boxes of each of the two ways in turn."""
    opener = Opener(request.getfixturevalue("keeper" if request.param == "forked" else "solo_keeper"))
    yield opener
    opener.end()
