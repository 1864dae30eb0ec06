import os
import tempfile

import pytest

from autograder.config import demo_settings
from autograder.engines import local
from autograder.engines.local import Job
from autograder.errors import AssignmentError, GraderError
from autograder.model import Submission
from autograder.pipeline import Grader


@pytest.fixture
def jobs(classroom):
    """Four submissions: right, wrong, blank, no notebook."""
    wrong = classroom.grafted("def relu(z):\n    return np.square(z)")
    contents = {"ada": classroom.solution(), "bob": wrong, "cleo": classroom.blank(), "dan": b"junk"}
    return [Job(Submission(name, f"{name}.ipynb", content), classroom.assignment) for name, content in contents.items()]


def test_one_worker_or_two_give_the_same_reports_and_leave_nothing_behind(jobs, reading, course, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    alone = {job.submission.student: report for job, report in local.run(jobs, demo_settings(), hidden=[course])}
    shared = {job.submission.student: report for job, report in local.run(jobs, demo_settings(), workers=2, hidden=[course])}
    assert [alone[name].score for name in ("ada", "bob", "cleo", "dan")] == [100, 97, 0, 0]
    assert {name: reading.bytes_but_timing(report) for name, report in alone.items()} == {
        name: reading.bytes_but_timing(report) for name, report in shared.items()
    }
    assert list(tmp_path.glob("autograder-*")) == []


def test_no_jobs_start_no_worker():
    assert list(local.run([], demo_settings(), workers=4)) == []


def test_a_worker_that_dies_is_told_and_not_waited_for(jobs, monkeypatch):
    monkeypatch.setattr(Grader, "grade", lambda *_: os._exit(1))
    with pytest.raises(GraderError, match="a grading process died; run again with --resume to grade what is left"):
        list(local.run(jobs, demo_settings(), workers=2))


def test_a_fault_of_the_assignment_comes_out_of_a_worker(jobs, monkeypatch):
    def refuse(*_):
        raise AssignmentError("the assignment is broken")

    monkeypatch.setattr(Grader, "grade", refuse)
    with pytest.raises(AssignmentError, match="the assignment is broken"):
        list(local.run(jobs, demo_settings(), workers=2))


def test_reports_come_as_they_are_done_and_who_stops_early_leaves_nothing_behind(jobs, course, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running = local.run(jobs, demo_settings(), hidden=[course])
    job, report = next(running)
    assert (job.submission.student, report.score) == ("ada", 100)
    running.close()
    assert list(tmp_path.glob("autograder-*")) == []
