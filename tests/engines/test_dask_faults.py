"""A cluster as README starts it is struck with SIGKILL again and again at moments drawn at random: every result is there, none twice.

The scheduler; a worker, be it Dask's process, its nanny or the grading process beside it; and the driver, which is resumed. The driver is
asked to end with Ctrl-C, too.
"""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import course as courses
from autograder.report.codec import loads
from autograder.verify import cases

from . import clusters

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")

REPETITIONS = int(os.environ.get("REPETITIONS", "3"))
"""Of each strike: 20 take a quarter of an hour and more, so they are asked for by hand."""
STUDENTS = 8
OF_A_WORKER = re.compile("dask.worker|spawn_main|engines.seat")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two workers in README's loops: what to name it, its environment, and the pids of its two loops."""
    folder = tmp_path_factory.mktemp("cluster")
    port = clusters.free_port()
    path = os.pathsep.join(filter(None, [str(clusters.ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "DASK_CONFIG": str(clusters.make_certificates(folder)), "PYTHONPATH": path}
    environment["AUTOGRADER_SECRET"] = "a secret for tests of faults"
    environment["DASK_TEMPORARY_DIRECTORY"] = str(folder)
    here = {
        ".venv/bin/dask": f"{Path(sys.executable).parent}/dask",
        "10.0.0.1:8786": f"127.0.0.1:{port}",
        "--host 10.0.0.1 --port 8786": f"--host 127.0.0.1 --port {port}",
        "--interface eth1": "--host 127.0.0.1",
        "$(nproc)": "2",
    }
    loops = []
    for block in clusters.commands_of("On a cluster"):
        if "while :" in block:
            for said, meant in here.items():
                block = block.replace(said, meant)  # noqa: PLW2901
            with open(folder / f"log-{len(loops)}", "wb") as log:
                command = ["bash", "-c", block]
                loops.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True))
    assert len(loops) == 2
    yield f"tls://127.0.0.1:{port}", environment, [loop.pid for loop in loops]
    for loop in loops:
        os.killpg(loop.pid, signal.SIGKILL)
        loop.wait()
    assert clusters.settles(lambda: not clusters.seats())


@pytest.fixture(scope="module")
def handed_in(course, tmp_path_factory):
    """A class, and what this machine alone makes of it."""
    folder = tmp_path_factory.mktemp("class")
    for case in cases(courses.load(course, "01-activations"))[:STUDENTS]:
        (folder / f"{case.submission.student}.ipynb").write_bytes(case.submission.content)
    return folder


def start(course, folder, out, environment, *more):
    command = [sys.executable, "-m", "autograder", "grade", folder, "--course", course, "--assignment", "01-activations", "--out", out]
    with open(out.with_suffix(".txt"), "ab") as said:
        return subprocess.Popen([*map(str, command), "--json", *more], env=environment, stdout=subprocess.DEVNULL, stderr=said)


def reports(folder, reading):
    return {path.parts[-3]: reading.bytes_but_timing(loads(path.read_bytes())) for path in folder.glob("*/*/report.json")}


def below(root):
    """The processes that stem from `root`, and what they run."""
    known = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/cmdline") as command:
            known[int(name)] = int(stat.read().rpartition(")")[2].split()[1]), command.read().replace("\0", " ")
    found = {root}
    while more := {one for one, (parent, _) in known.items() if parent in found} - found:
        found |= more
    return {one: known[one][1] for one in found - {root} if one in known}


def strike(victim, driver, loops, chance):
    """Kill one of the victims; True if there was one."""
    if victim == "driver":
        found = [driver.pid]
    elif victim == "scheduler":
        found = [pid for pid, runs in below(loops[0]).items() if "scheduler" in runs]
    else:
        found = [pid for pid, runs in below(loops[1]).items() if OF_A_WORKER.search(runs)]
    if found and driver.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(sorted(found)), signal.SIGKILL)
            return True
    return False


def told(command, folder, environment):
    ran = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


@pytest.mark.slow
def test_readme_s_last_commands_tell_of_the_workers_and_give_what_one_machine_gives(cluster, handed_in, course, tmp_path, reading):
    url, environment, _ = cluster
    assert start(course, handed_in, tmp_path / "alone", environment).wait() == 0
    block = next(one for one in clusters.commands_of("On a cluster") if "autograder doctor" in one)
    here = {
        ".venv/bin/autograder": f"{sys.executable} -m autograder",
        "tls://10.0.0.1:8786": url,
        "submitted/": str(handed_in),
        "graded/": str(tmp_path / "graded"),
    }
    for said, meant in here.items():
        assert said in block
        block = block.replace(said, meant)
    doctor, grade = block.splitlines()
    assert clusters.settles(lambda: "2 of 2 workers may grade" in told(doctor, course, environment), 60)
    assert f"{STUDENTS} graded" in told(grade, course, environment)
    assert reports(tmp_path / "graded", reading) == reports(tmp_path / "alone", reading)


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("victim", ["scheduler", "worker", "driver"])
def test_struck_at_random_moments_a_cluster_loses_nothing_and_does_nothing_twice(victim, cluster, handed_in, tmp_path, reading):
    url, environment, loops = cluster
    course = clusters.ROOT
    assert start(course, handed_in, tmp_path / "alone", environment).wait() == 0
    expected = reports(tmp_path / "alone", reading)
    started = time.monotonic()
    assert start(course, handed_in, tmp_path / "whole", environment, "--scheduler", url).wait() == 0
    seconds = time.monotonic() - started
    assert reports(tmp_path / "whole", reading) == expected
    struck = 0
    for repetition in range(REPETITIONS):
        chance = random.Random(f"{victim} {repetition}")
        out = tmp_path / str(repetition)
        driver = start(course, handed_in, out, environment, "--scheduler", url)
        time.sleep(chance.uniform(0.1, 0.4) * seconds)
        done = chance.randrange(STUDENTS)  # told by what is done, and not by time alone: how fast a machine is may change meanwhile
        clusters.settles(lambda: len(list(out.glob("*/*/report.json"))) >= done or driver.poll() is not None, 180)  # noqa: B023
        struck += strike(victim, driver, loops, chance)
        code = driver.wait(180)
        while code == -signal.SIGKILL or (code == 2 and "can't be reached" in out.with_suffix(".txt").read_text()):
            time.sleep(1.0)  # of a scheduler that was struck before it was reached the driver says so, and is started anew
            code = start(course, handed_in, out, environment, "--scheduler", url, "--resume").wait(180)
        assert code == 0, out.with_suffix(".txt").read_text()
        assert reports(out, reading) == expected
        assert (out / "grades.csv").read_bytes() == (tmp_path / "alone" / "grades.csv").read_bytes()
        lines = [json.loads(line) for line in (out / ".autograder" / "ledger.jsonl").read_text().splitlines() if line]
        assert sorted(line["done"][0] for line in lines if "done" in line) == sorted(expected)
        assert list(out.rglob(".report*")) == []
    print(f"{victim}: struck {struck} of {REPETITIONS} times; a whole run took {seconds:.1f} s")  # noqa: T201
    assert struck >= REPETITIONS / 2


@pytest.mark.slow
@pytest.mark.parametrize("done", [0, 3])
def test_ctrl_c_ends_with_what_is_done_leaves_the_workers_free_and_is_resumed(done, cluster, handed_in, tmp_path, reading):
    """The first time while workers still get ready for the run; both times it comes twice, as from somebody impatient."""
    url, environment, loops = cluster
    course, out = clusters.ROOT, tmp_path / "out"
    folder = Path(environment["DASK_TEMPORARY_DIRECTORY"])
    before, files = clusters.seats().keys(), {*folder.rglob("checks.py")}  # of drivers that were killed, which nobody told to end
    driver = start(course, handed_in, out, environment, "--scheduler", url)
    assert clusters.settles(lambda: clusters.seats().keys() - before and len(list(out.glob("*/*/report.json"))) >= done, 120)
    workers = below(loops[1]).keys() - clusters.seats()
    driver.send_signal(signal.SIGINT)
    time.sleep(0.1)
    driver.send_signal(signal.SIGINT)
    assert driver.wait(20) in {128 + signal.SIGINT, -signal.SIGINT}  # the same to a shell
    safe = reports(out, reading)
    assert done <= len(safe) < STUDENTS
    said = f"autograder: interrupted; {len(safe)} of {STUDENTS} are done and stand in {out}. "
    assert out.with_suffix(".txt").read_text() == said + "Run the same command with --resume to grade the rest.\n"
    assert len((out / "grades.csv").read_text().splitlines()) == 1 + len(safe)
    assert clusters.settles(lambda: not clusters.seats().keys() - before, 5)
    assert {*folder.rglob("checks.py")} <= files
    assert workers & below(loops[1]).keys()  # they were not ended for it
    assert start(course, handed_in, out, environment, "--scheduler", url, "--resume").wait(180) == 0
    lines = [json.loads(line) for line in (out / ".autograder" / "ledger.jsonl").read_text().splitlines() if line]
    assert sorted(line["done"][0] for line in lines if "done" in line) == sorted(reports(out, reading))
    assert len(reports(out, reading)) == STUDENTS
    assert safe.items() <= reports(out, reading).items()
