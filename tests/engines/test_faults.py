"""Processes are killed with SIGKILL in the middle of a run: every result is there, none twice, and each is what it would have been.

The slow ones strike the command itself twenty times each at moments drawn at random; the others strike once, in forks of the warm grader.
"""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.config import demo_settings
from autograder.engines.batch import grade_into
from autograder.engines.ledger import Ledger
from autograder.engines.local import LocalEngine
from autograder.engines.protocol import Job
from autograder.engines.results import Results
from autograder.model import Submission
from autograder.report.codec import loads

from .clusters import settles

COMMAND = [sys.executable, "-m", "autograder", "grade"]
REPETITIONS = 20
STUDENTS = 12


# --- what must hold afterwards ---


def done_lines(folder):
    """How often the ledger says of each student that theirs is done."""
    lines = [json.loads(line) for line in (folder / ".autograder" / "ledger.jsonl").read_text().splitlines() if line]
    return sorted(line["done"][0] for line in lines if "done" in line)


def reports(folder, reading):
    return {path.parts[-3]: reading.bytes_but_timing(loads(path.read_bytes())) for path in folder.glob("*/*/report.json")}


def parents():
    """The parent of each process that is alive, with what it runs."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/cmdline") as command:
            fields = stat.read().rpartition(")")[2].split()
            if fields[0] not in "ZX":
                found[int(name)] = (int(fields[1]), command.read())
    return found


def below(root):
    """The processes that stem from `root`."""
    known, found = parents(), {root}
    while more := {one for one, (parent, _) in known.items() if parent in found} - found:
        found |= more
    return found - {root}


# --- once, in forks of the warm grader ---


@pytest.fixture
def many(classroom, jobs):
    """A class of eight, of which two handed in the same."""
    extra = [Submission(f"z{number}", "z", classroom.grafted(f"def relu(z):\n    return np.asarray(z) * {number}")) for number in (2, 3)]
    same = [Submission(name, "same", classroom.solution()) for name in ("eve", "finn")]
    return [*jobs, *(Job(one, classroom.assignment) for one in (*extra, *same))]


def drive(folder, jobs):
    results = Results(folder)
    with Ledger(results) as ledger:
        todo = [job for job in jobs if not ledger.is_done(job)]
        for _ in grade_into(results, ledger, LocalEngine(demo_settings(), workers=2, pages=True), todo):
            pass


@pytest.mark.usefixtures("kept_open")
def test_a_driver_that_is_killed_leaves_no_process_and_the_next_run_grades_the_rest(tmp_path, many, reading, tried):
    whole, struck = tmp_path / "whole", tmp_path / "struck"
    drive(whole, many)
    before = tried()
    driver = multiprocessing.get_context("fork").Process(target=drive, args=(struck, many))
    driver.start()
    assert settles(lambda: struck.exists() and len(list(struck.glob("*/*/report.json"))) >= 2, 10)
    family = below(driver.pid)
    assert len(family) >= 2
    driver.kill()
    driver.join()
    assert settles(lambda: not family & parents().keys(), 10)
    safe = set(reports(struck, reading))
    first = tried()
    drive(struck, many)
    assert reports(struck, reading) == reports(whole, reading)
    assert len(reports(struck, reading)) == len(many)
    assert not {name for name in safe if tried()[name] > first[name] > before[name]} - {"ada"}
    assert done_lines(struck) == sorted(job.submission.student for job in many)


@pytest.mark.usefixtures("kept_open")
def test_a_box_that_never_ends_does_not_outlive_its_worker(classroom, tmp_path):
    classroom.grade(classroom.solution())  # the zygote is warm
    zygote = classroom.grader._keepers["numpy"][0]._zygote._started.process.pid
    before = below(zygote)
    endless = Job(Submission("ed", "ed", classroom.edited({"sigmoid-solution": lambda _: "while True: pass"})), classroom.assignment)
    driver = multiprocessing.get_context("fork").Process(target=drive, args=(tmp_path / "out", [endless]))
    driver.start()
    assert settles(lambda: below(zygote) - before, 10)
    time.sleep(0.5)  # it is in its loop by then
    driver.kill()
    driver.join()
    assert settles(lambda: not below(zygote) - before, 10)


# --- twenty times, the command itself ---


@pytest.fixture(scope="module")
def course_of_one(course, tmp_path_factory):
    """A class on its own, and what its grading gives when nothing is killed."""
    from autograder import course as courses
    from autograder.verify import cases

    folder = tmp_path_factory.mktemp("class")
    for case in cases(courses.load(course, "01-activations"))[:STUDENTS]:
        (folder / f"{case.submission.student}.ipynb").write_bytes(case.submission.content)
    (folder / "twin.ipynb").write_bytes((folder / "solution.ipynb").read_bytes())
    out = tmp_path_factory.mktemp("whole") / "out"
    assert command(course, folder, out).wait() == 0
    return folder, out


def command(course, folder, out, *more):
    arguments = [*COMMAND, folder, "--course", course, "--assignment", "01-activations", "--out", out, "--jobs", "2", "--json", *more]
    environment = {**os.environ, "AUTOGRADER_SECRET": "a secret for tests of faults", "PYTHONPATH": str(course)}
    return subprocess.Popen(list(map(str, arguments)), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def workers(driver):
    """Forks of the driver: children that run what it runs."""
    known = parents()
    own = known.get(driver, (0, ""))[1]
    return [one for one, (parent, runs) in known.items() if parent == driver and runs == own]


def zygotes(driver):
    """The warmed processes: children of the first process in a bubblewrap of the driver's, which is a child of the outer one."""
    known = parents()
    outer = [one for one, (parent, runs) in known.items() if parent == driver and "bwrap" in runs]
    inner = [one for one, (parent, runs) in known.items() if parent in outer]
    return [*outer, *inner, *(one for one, (parent, _) in known.items() if parent in inner)]


def strike(victim, driver, out, chance):
    """Wait for a moment drawn at random, of warming up too but for a worker, and kill one of the victims; True if there was one."""
    after = chance.randrange(0 if victim == "worker" else -2, STUDENTS)
    while driver.poll() is None and len(list(out.glob("*/*/report.json"))) < after:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 2.0 if after <= 0 else 0.2))
    while driver.poll() is None:
        if found := VICTIMS[victim](driver.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(sorted(found)), signal.SIGKILL)
                return True
        time.sleep(0.005)
    return False


VICTIMS = {"worker": workers, "zygote": zygotes, "driver": lambda driver: [driver]}


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("victim", VICTIMS)
def test_struck_at_random_moments_a_run_loses_nothing_and_does_nothing_twice(victim, course, course_of_one, tmp_path, reading):
    folder, whole = course_of_one
    expected = reports(whole, reading)
    struck = 0
    for repetition in range(REPETITIONS):
        chance = random.Random(f"{victim} {repetition}")
        out = tmp_path / str(repetition)
        driver = command(course, folder, out)
        struck += strike(victim, driver, out, chance)
        code = driver.wait()
        while code == -signal.SIGKILL:
            driver = command(course, folder, out, "--resume")
            if chance.random() < 0.3:
                strike(victim, driver, out, chance)
            code = driver.wait()
        assert code == 0, repetition
        assert reports(out, reading) == expected
        assert (out / "grades.csv").read_bytes() == (whole / "grades.csv").read_bytes()
        assert done_lines(out) == sorted(expected)
        assert list(Path(out).rglob(".report*")) == []
    print(f"{victim}: struck {struck} of {REPETITIONS} times")  # noqa: T201
    assert struck > REPETITIONS * 0.8
