import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.engines.ledger import Ledger
from autograder.engines.results import REPORT, Results, files_of
from autograder.errors import UsageError
from autograder.model import Submission, Verdict


@pytest.fixture
def job(jobs):
    """A blank's."""
    return jobs[2]


@pytest.fixture
def report(classroom, job):
    """The report on it."""
    return classroom.grade(job.submission)


def do(folder, job, report):
    """Ask for a job and do it."""
    results = Results(folder)
    with Ledger(results) as ledger:
        ledger.ask([job])
        files = files_of(report)
        results.add(report, files)
        ledger.add(job, report, files[REPORT])


def is_done(folder, job):
    with Ledger(Results(folder)) as ledger:
        return ledger.is_done(job)


def lines(folder):
    return [json.loads(line) for line in (folder / ".autograder" / "ledger.jsonl").read_text().splitlines()]


def test_what_is_done_is_known_to_the_next_run(tmp_path, job, report):
    assert not is_done(tmp_path, job)
    do(tmp_path, job, report)
    assert is_done(tmp_path, job)
    asked, done = lines(tmp_path)
    assert asked["asked"] == done["done"] == ["cleo", "01-activations", job.assignment.version, asked["asked"][3]]
    assert (done["verdict"], done["score"]) == ("not_attempted", 0.0)


def test_what_was_asked_for_again_is_no_more_done(tmp_path, job, report):
    do(tmp_path, job, report)
    with Ledger(Results(tmp_path)) as ledger:
        ledger.ask([job])
        assert not ledger.is_done(job)
    assert not is_done(tmp_path, job)


@pytest.mark.parametrize("what", ["content", "student", "version"])
def test_another_notebook_student_or_version_is_another_job(tmp_path, job, report, what):
    do(tmp_path, job, report)
    others = {
        "content": replace(job, submission=replace(job.submission, content=job.submission.content + b"\n")),
        "student": replace(job, submission=replace(job.submission, student="ann")),
        "version": replace(job, assignment=replace(job.assignment, version="0" * 64)),
    }
    assert not is_done(tmp_path, others[what])


def test_a_file_that_was_turned_away_is_done_as_well(tmp_path, jobs, classroom):
    from autograder.model import Message

    unread = replace(
        jobs[3], submission=Submission("eve", "eve.ipynb", None, Message("source.unreadable", {"name": "eve.ipynb", "reason": "no"}))
    )
    for job in (jobs[3], unread):
        do(tmp_path, job, classroom.grade(job.submission))
        assert is_done(tmp_path, job)


def test_a_fault_of_ours_is_never_done(tmp_path, job, report):
    do(tmp_path, job, report)
    do(tmp_path, job, replace(report, score=None, verdict=Verdict.GRADER_FAULT))
    assert not is_done(tmp_path, job)


@pytest.mark.parametrize("change", ["removed", "cut off", "changed"])
def test_a_report_that_does_not_stand_as_it_was_written_is_not_done(tmp_path, job, report, change):
    do(tmp_path, job, report)
    path = tmp_path / "cleo" / "01-activations" / REPORT
    if change == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100] if change == "cut off" else path.read_bytes().replace(b'"score": 0', b'"score": 9'))
    assert not is_done(tmp_path, job)


def test_a_report_that_is_not_ours_to_read_is_not_done(tmp_path, job, report, monkeypatch):
    do(tmp_path, job, report)
    read = Path.read_bytes

    def refusing(path):
        if path.name == REPORT:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refusing)
    assert not is_done(tmp_path, job)


@pytest.mark.parametrize(
    "tail", [b'{"done": ["cleo", "01-acti', b"\xff\n", b"[]\n", b'{"done": 1}\n', b'{"done": [1, 2]}\n', b"\n\n"], ids=repr
)
def test_a_line_that_was_cut_off_or_is_none_of_ours_says_nothing_and_harms_no_other(tmp_path, job, report, tail):
    do(tmp_path, job, report)
    with open(tmp_path / ".autograder" / "ledger.jsonl", "ab") as file:
        file.write(tail)
    other = replace(job, submission=replace(job.submission, student="ann"))
    do(tmp_path, other, replace(report, student="ann"))
    assert is_done(tmp_path, job)
    assert is_done(tmp_path, other)


HOLD = """
import sys
from pathlib import Path
from autograder.engines.ledger import Ledger
from autograder.engines.results import Results
with Ledger(Results(Path(sys.argv[1]))):
    print("held", flush=True)
    input()
"""


def test_a_second_run_into_the_folder_is_refused_until_the_first_is_gone_even_if_killed(tmp_path, course, job):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=course, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=rf"another run writes into it \(process {first.pid} on .+\); wait for it, or choose another"):
            is_done(tmp_path, job)
        first.kill()
        first.wait()
    assert not is_done(tmp_path, job)


def test_a_folder_that_can_not_be_written_to_is_told(tmp_path):
    (tmp_path / "out").write_text("")
    with (
        pytest.raises(UsageError, match=r"--out .*out: Not a directory; choose a folder that you may write to"),
        Ledger(Results(tmp_path / "out")),
    ):
        pass


def test_a_full_disk_is_told(tmp_path, job):
    with Ledger(Results(tmp_path)) as ledger:
        ledger._file.close()
        ledger._file = open("/dev/full", "ab", buffering=0)  # noqa: SIM115 - the ledger closes it
        with pytest.raises(UsageError, match=r"ledger\.jsonl can't be written: No space left on device"):
            ledger.ask([job])
