"""The fuzzers find nothing in what there is, and find what is broken on purpose. Each runs in a process of its own."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
MOST_GROWTH_MB = 50.0
HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
DEEP = {"wire": ("answered",), "notebooks": ("repaired", "taken as it was"), "archives": ("taken", "taken in part")}
"""What comes of inputs that got through to the end."""

with_atheris = pytest.mark.skipif(not HAS_ATHERIS, reason="atheris is not installed: it has wheels for Linux on x86-64")
engines = pytest.mark.parametrize(
    "engine", [pytest.param("atheris", marks=with_atheris), pytest.param("hypothesis", marks=pytest.mark.slow)]
)


@dataclass
class Told:
    """What a fuzzer printed, and its exit code."""

    code: int
    text: str

    def figure(self, pattern):
        found = re.search(pattern, self.text, re.MULTILINE)
        assert found, f"no {pattern!r} in:\n{self.text}"
        return float(found[1].replace(",", ""))

    @property
    def runs(self):
        return self.figure(r"^\w+: ([\d,]+) \w+ by ")

    @property
    def crashes(self):
        return self.figure(r"^  crashes +(\d+)$")

    @property
    def hangs(self):
        return self.figure(r"^  hangs +(\d+) past 5 s$")

    @property
    def growth_mb(self):
        return self.figure(r"at most ([+-][\d.]+) MB$")

    def file(self, before):
        """The file that is named after these words."""
        return re.search(rf"^{before}(.*)$", self.text, re.MULTILINE)[1]

    def came(self, *words):
        """How many inputs ended in one of these words."""
        line = re.search(r"^  came of them +(.*)$", self.text, re.MULTILINE)[1]
        counts = dict(item.rsplit(" ", 1) for item in line.split(", "))
        return sum(int(counts.get(word, "0").replace(",", "")) for word in words)


@pytest.fixture
def fuzz(tmp_path):
    """Return a function: name of a program, its arguments, folder of the whole -> what it told."""

    def run(name, *arguments, root=ROOT, seconds=240):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path]), "TMPDIR": str(tmp_path)}
        command = [sys.executable, str(root / "tests" / "fuzz" / f"{name}.py"), *map(str, arguments)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=seconds, check=False)
        return Told(done.returncode, done.stdout + done.stderr)

    return run


def demand_nothing_found(told, name):
    assert told.code == 0, told.text
    assert (told.crashes, told.hangs) == (0, 0), told.text
    assert told.growth_mb <= MOST_GROWTH_MB
    assert told.came(*DEEP[name]) >= 20, f"too few inputs got through to the end:\n{told.text}"


@engines
@pytest.mark.parametrize("name", DEEP)
def test_nothing_is_found_in_seconds(fuzz, name, engine):
    demand_nothing_found(fuzz(name, "--engine", engine, "--seconds", 4, "--seed", 1), name)


@with_atheris
@pytest.mark.slow
@pytest.mark.parametrize("name", DEEP)
def test_nothing_is_found_in_a_minute(fuzz, name, capsys):
    told = fuzz(name, "--engine", "atheris", "--seconds", 60, "--seed", 2)
    with capsys.disabled():
        print(f"\n{told.text}")
    demand_nothing_found(told, name)


# ---- that they can find something


@dataclass(frozen=True)
class Fault:
    """One line of the package changed for the worse, and what the fuzzer says of it."""

    program: str
    file: str
    right: str
    wrong: str
    found: str


FAULTS = {
    "a dtype that is looked up and not there": Fault(
        "wire", "sandbox/inside/decoding.py", "if name not in DTYPES:", 'if name == "object":', "KeyError: "
    ),
    "a shape that numpy refuses": Fault(
        "wire", "sandbox/inside/nouns.py", "math.prod(max(side, 1) for side in whole)", "math.prod(whole)", r"ValueError: "
    ),
    "an answer to another question": Fault(
        "wire",
        "sandbox/session.py",
        'if answer.get("id") != request_id:',
        "if False:",
        "FindingError: an answer taken that bears another id",
    ),
    "more than a frame": Fault(
        "wire", "sandbox/inside/frames.py", "if reader.ahead.nbytes:", "if False:", "FindingError: bytes taken that belong to no frame"
    ),
    "points with a thousand digits": Fault(
        "notebooks", "notebook/reading.py", "except OverflowError:", "except KeyError:", "OverflowError: int too large to convert to float"
    ),
    "a name twice in an object": Fault(
        "notebooks", "jsonio.py", "if len(members) < len(pairs):", "if False:", "FindingError: a name twice in an object"
    ),
    "a stub after what was written": Fault(
        "notebooks",
        "notebook/repairing.py",
        "min([place, *(i - 1 for i in elsewhere)])",
        "place",
        "FindingError: a stub undoes what was written",
    ),
    "a name that leads out": Fault(
        "archives", "sources/archive_limits.py", 'or ".." in entry_parts(name)\n', "\n", "FindingError: taken from outside the archive"
    ),
}


@pytest.fixture
def broken(tmp_path):
    """Return a function: file, right, wrong -> folder of a copy of the whole with this fault in it."""

    def make(file, right, wrong):
        root = tmp_path / "broken"
        for name in ("autograder", "assignments", "solutions", "tests/fuzz"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        path = root / "autograder" / file
        text = path.read_text()
        assert text.count(right) == 1, f"{file} no longer holds {right!r} once: plant this fault elsewhere"
        path.write_text(text.replace(right, wrong))
        return root

    return make


QUICK = {("a name that leads out", "atheris")}


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        pytest.param(name, engine, marks=[with_atheris] * (engine == "atheris") + [pytest.mark.slow] * ((name, engine) not in QUICK))
        for name in FAULTS
        for engine in ("atheris", "hypothesis")
        if engine == "atheris" or (name, engine) in QUICK  # hypothesis takes minutes for the rarer ones
    ],
)
def test_a_fault_that_is_planted_is_found(fuzz, broken, name, engine):
    fault = FAULTS[name]
    root = broken(fault.file, fault.right, fault.wrong)
    told = fuzz(fault.program, "--engine", engine, "--runs", 20_000, "--seconds", 150, "--seed", 1, "--first", root=root)
    assert told.code == 1, told.text
    assert told.crashes >= 1, told.text
    assert re.search(fault.found, told.text), told.text
    again = fuzz(fault.program, "--again", told.file("  input: "), root=root)
    assert again.code == 1
    assert re.search(fault.found, again.text), again.text


@pytest.mark.slow
def test_an_input_on_which_the_interpreter_stands_still_is_a_hang(fuzz, broken):
    """A regular expression that backtracks holds the interpreter's lock: no thread and no signal handler of Python's would ever run."""
    root = broken("jsonio.py", r'"(?:[^"\\]++|\\.)*+"?|', r'"(?:[^"\\]+|\\.)*"|')
    told = fuzz("notebooks", "--seconds", 120, "--seed", 1, root=root)
    assert told.code == 1, told.text
    assert told.hangs == 1, told.text
    assert "jsonio.py" in told.text
    assert Path(told.file("  input: ")).read_bytes().count(b'"') > 0


@pytest.mark.slow
def test_memory_that_grows_with_every_input_is_told(fuzz, broken):
    root = broken(
        "sandbox/inside/frames.py",
        "    if type(header) is not dict:\n",
        "    _CRUMBS.append(text * 1000)\n    if type(header) is not dict:\n",
    )
    with (root / "autograder" / "sandbox" / "inside" / "frames.py").open("a") as file:
        file.write("\n\n_CRUMBS = []\n")
    told = fuzz("wire", "--runs", 600, "--seed", 1, root=root)
    assert told.code == 1, told.text
    assert told.crashes == 0, told.text
    assert told.growth_mb > MOST_GROWTH_MB


def test_an_input_that_ends_the_interpreter_is_told(fuzz, broken):
    root = broken("sandbox/inside/decoding.py", 'raise WireError("unknown dtype")', '__import__("ctypes").string_at(0)')
    told = fuzz("wire", "--seconds", 120, "--seed", 1, root=root)
    assert told.code == 1, told.text
    assert "THE WORKER ENDED  with -11" in told.text
    assert fuzz("wire", "--again", told.file("  its input: "), root=root).code == -11
