"""How a run of `autograder grade` ends when it is interrupted, or can't write to its folder: real signals, a real full disk."""

import ctypes
import json
import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress

import pytest

from autograder import cli
from autograder.cli import running
from autograder.cli.running import InterruptedBySignal, interruptible


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_ends_it_and_further_ones_do_not_disturb_how(number, code):
    before = signal.getsignal(number)
    ended = []
    with pytest.raises(InterruptedBySignal, match=number.name) as raised, interruptible():  # noqa: PT012 - the order is the claim
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            os.kill(os.getpid(), number)
            ended.append(True)
    assert raised.value.exit_code == code
    assert ended
    assert signal.getsignal(number) is before


def test_an_interrupted_run_says_what_is_done_and_how_to_go_on(run, warm, handed_in, tmp_path, monkeypatch):
    from autograder.engines import batch

    grade_into = batch.grade_into

    def interrupted(*arguments):
        yield next(grade_into(*arguments))
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    monkeypatch.setattr(batch, "grade_into", interrupted)
    out = tmp_path / "out"
    ran = run("grade", handed_in, "--out", out, "--jobs", 1)
    assert ran.code == 130
    assert ran.err.endswith(
        f"autograder: interrupted; 1 of 3 are done and stand in {out}. Run the same command with --resume to grade the rest.\n"
    )
    assert (out / "grades.csv").read_text().count("\n") == 2
    monkeypatch.undo()


def test_a_second_ctrl_c_does_not_disturb_how_the_tables_are_written(run, warm, handed_in, tmp_path, monkeypatch):
    from autograder.engines import batch
    from autograder.engines.results import Results

    grade_into, summarise = batch.grade_into, Results.summarise

    def interrupted(*arguments):
        yield next(grade_into(*arguments))
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    def impatient(self, known=()):
        os.kill(os.getpid(), signal.SIGINT)
        return summarise(self, known)

    monkeypatch.setattr(batch, "grade_into", interrupted)
    monkeypatch.setattr(Results, "summarise", impatient)
    out = tmp_path / "out"
    ran = run("grade", handed_in, "--out", out, "--jobs", 1)
    assert (ran.code, ran.err.splitlines()[-1].partition(" and ")[0]) == (130, "autograder: interrupted; 1 of 3 are done")
    assert (out / "grades.csv").read_text().count("\n") == 2


def test_the_rest_is_graded_by_resume(run, warm, handed_in, tmp_path, monkeypatch):
    from autograder.engines import batch

    grade_into = batch.grade_into

    def interrupted(*arguments):
        yield next(grade_into(*arguments))
        raise InterruptedBySignal(signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(batch, "grade_into", interrupted)
        run("grade", handed_in, "--out", tmp_path / "out", "--jobs", 1)
    warm.clear()
    ran = run("grade", handed_in, "--out", tmp_path / "out", "--resume")
    assert warm == ["bob", "cleo"]
    assert "3 graded, 1 of them before" in ran.out


def test_jobs_are_by_default_as_many_as_there_are_cpus(monkeypatch):
    from autograder.config import demo_settings

    assert running.make_engine(demo_settings(), None, [], pages=False)._workers == len(os.sched_getaffinity(0))
    assert running.make_engine(demo_settings(), 3, [], pages=False)._workers == 3


@pytest.fixture
def started(course, handed_in, tmp_path, warm, monkeypatch):
    """Return a function: starts the command in a fork of this process, which is warm; gives it, and the file of what it says."""
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret for the tests of the command line")
    said = tmp_path / "said"

    def grade(prepare):
        prepare()
        with open(said, "wb", buffering=0) as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
        sys.stdout, sys.stderr = (open(stream, "w", closefd=False) for stream in (1, 2))  # noqa: SIM115 - this process ends with them
        arguments = ["grade", handed_in, "--course", course, "--assignment", "01-activations", "--out", tmp_path / "out", "--jobs", 2]
        sys.argv = ["autograder", *map(str, arguments)]
        cli.main()

    def start(prepare):
        process = multiprocessing.get_context("fork").Process(target=grade, args=(prepare,))
        process.start()
        return process, said

    return start


def more(handed_in, count):
    """So many more notebooks, no two alike."""
    for number in range(count):
        content = json.loads((handed_in / "bob.ipynb").read_text())
        content["cells"].append({"cell_type": "markdown", "id": f"x{number}", "metadata": {}, "source": f"{number}"})
        (handed_in / f"z{number}.ipynb").write_text(json.dumps(content))


def test_ctrl_c_on_a_terminal_ends_everything_without_a_traceback(started, handed_in, tmp_path):
    """All processes of the terminal's group get it, the workers too."""
    more(handed_in, 20)
    process, said = started(os.setsid)
    while not list((tmp_path / "out").glob("*/*/report.json")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    process.join(20)
    assert process.exitcode == 130
    assert "Traceback" not in said.read_text()
    assert "of 23 are done and stand in " in said.read_text()
    assert (tmp_path / "out" / "grades.csv").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def on_a_small_disk(folder, kilobytes):
    """Give this process a mount namespace of its own, where `folder` is a file system of so many kilobytes; exit code 77 if it may not."""
    libc = ctypes.CDLL(None)
    if libc.unshare(0x20000) or libc.mount(None, b"/", None, 0x44000, None):
        os._exit(77)
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={kilobytes}k".encode()):
        os._exit(77)


def test_a_disk_that_fills_up_is_told_and_what_is_done_is_safe(started, handed_in, tmp_path):
    more(handed_in, 3)
    out = tmp_path / "out"
    out.mkdir()
    process, said = started(lambda: on_a_small_disk(out, 160))
    process.join(60)
    if process.exitcode == 77:
        pytest.skip("no file system may be mounted here")
    assert process.exitcode == 2
    assert "can't be written: No space left on device" in said.read_text()
    assert "of 6 are safe; once it can be, run this again with --resume for the rest" in said.read_text()
    assert "Traceback" not in said.read_text()


def fill(folder):
    """Leave not a byte of that file system."""
    with suppress(OSError), open(folder / "filling", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_disk_that_is_full_from_the_start_is_told_before_anything_is_graded(started, handed_in, tmp_path):
    out = tmp_path / "out"
    out.mkdir()

    def prepare():
        on_a_small_disk(out, 64)
        fill(out)

    process, said = started(prepare)
    process.join(60)
    if process.exitcode == 77:
        pytest.skip("no file system may be mounted here")
    assert process.exitcode == 2
    assert said.read_text() == f"autograder: --out {out}: No space left on device; make room there, or choose another folder\n"


def test_a_second_run_into_the_folder_is_refused_with_who_holds_it_and_changes_nothing(started, handed_in, tmp_path):
    from autograder.engines.ledger import Ledger
    from autograder.engines.results import Results

    out = tmp_path / "out"
    with Ledger(Results(out)):
        before = sorted(out.rglob("*"))
        process, said = started(lambda: None)
        process.join(60)
    assert process.exitcode == 2
    assert f"autograder: --out {out}: another run writes into it (process {os.getpid()} on " in said.read_text()
    assert said.read_text().endswith("); wait for it, or choose another folder\n")
    assert sorted(out.rglob("*")) == before
