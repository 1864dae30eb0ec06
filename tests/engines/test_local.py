import os
import signal
import tempfile
import time

import pytest

from autograder.config import Secret, Settings, demo_settings
from autograder.engines import local, worker
from autograder.engines.local import LocalEngine
from autograder.engines.protocol import Job, lane
from autograder.errors import AssignmentError, ChecksError, GraderError, SandboxError
from autograder.model import Submission, Verdict
from autograder.pipeline import hash_of
from autograder.sandbox.forks import Zygote


def graded(jobs, workers=2, settings=None, **options):
    """Reports by student."""
    engine = LocalEngine(settings or demo_settings(), workers=workers, **options)
    return {one.job.submission.student: one.report for one in engine.run(jobs)}


def test_one_worker_or_two_give_the_same_reports_and_leave_nothing_behind(jobs, reading, course, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    alone, shared = (graded(jobs, workers, hidden=[course]) for workers in (1, 2))
    assert [alone[name].score for name in ("ada", "bob", "cleo", "dan")] == [100, 97, 0, 0]
    assert {name: reading.bytes_but_timing(report) for name, report in alone.items()} == {
        name: reading.bytes_but_timing(report) for name, report in shared.items()
    }
    assert list(tmp_path.glob("autograder-*")) == []


def test_no_jobs_start_nothing(monkeypatch):
    monkeypatch.setattr(local, "Grader", None)
    assert list(LocalEngine(demo_settings(), workers=4).run([])) == []


@pytest.mark.usefixtures("kept_open")
class TestWarm:
    """Workers are forks of the session's grader."""

    def test_each_report_is_the_one_that_the_grader_itself_gives(self, jobs, classroom, reading):
        expected = {job.submission.student: classroom.grade(job.submission) for job in jobs}
        got = graded(jobs)
        assert {name: reading.bytes_but_timing(one) for name, one in got.items()} == {
            name: reading.bytes_but_timing(one) for name, one in expected.items()
        }

    def test_files_are_made_where_they_are_asked_for(self, jobs):
        (one,) = LocalEngine(demo_settings(), pages=True).run(jobs[2:3])
        assert list(one.files) == ["report.html", "report.json"]
        assert one.job is jobs[2]
        (one,) = LocalEngine(demo_settings()).run(jobs[2:3])
        assert one.files == {}

    def test_a_worker_that_is_killed_costs_nothing_its_submission_is_tried_again(self, jobs, instead, tmp_path):
        def die_once(_submission, _assignment):
            if not (tmp_path / "once").exists():
                (tmp_path / "once").touch()
                os.kill(os.getpid(), signal.SIGKILL)

        instead({"ada": die_once})
        assert {name: report.score for name, report in graded(jobs).items()} == {"ada": 100, "bob": 97, "cleo": 0, "dan": 0}

    def test_what_ends_each_worker_is_tried_twice_more_and_flagged_and_never_scored(self, jobs, instead, tmp_path, caplog):
        def die(submission, _assignment):
            with open(tmp_path / "died", "a") as file:
                file.write(submission.student)
            os._exit(1)

        instead({"bob": die})
        reports = graded(jobs, 1)
        assert (tmp_path / "died").read_text() == "bob" * 3
        assert (reports["bob"].score, reports["bob"].verdict) == (None, Verdict.GRADER_FAULT)
        assert reports["bob"].submission_hash == hash_of(jobs[1].submission, jobs[1].assignment) != ""
        assert [reports[name].score for name in ("ada", "cleo", "dan")] == [100, 0, 0]
        assert [record.message for record in caplog.records] == [
            f"01-activations, bob: try {number} of 3: the grading process ended" for number in (1, 2, 3)
        ]

    def test_one_that_never_ends_is_ended_and_the_others_do_not_wait_for_it(self, jobs, instead, monkeypatch):
        monkeypatch.setattr(worker, "GRACE_SECONDS", 1.0)
        monkeypatch.setattr(worker, "TRIES", 0)
        instead({"ada": lambda *_: time.sleep(100)})
        waited = []
        engine = LocalEngine(demo_settings(), workers=2)
        came = [one.job.submission.student for one in engine.run(jobs, lambda: waited.append(1))]
        assert came == ["bob", "cleo", "dan", "ada"]
        assert waited

    def test_one_job_at_a_time_is_handed_out_so_a_slow_one_holds_up_nobody(self, jobs, classroom, instead):
        many = [Job(Submission(f"s{number}", "x", classroom.blank()), classroom.assignment) for number in range(8)]
        instead({"ada": lambda *_: time.sleep(1.0)})
        came = [one.job.submission.student for one in LocalEngine(demo_settings(), workers=2).run([jobs[0], *many])]
        assert came[-1] == "ada"
        assert sorted(came[:-1]) == [f"s{number}" for number in range(8)]

    @pytest.mark.parametrize("error", [AssignmentError("the assignment is broken"), ChecksError("the reference is broken")], ids=repr)
    def test_a_fault_of_the_assignment_comes_out_of_a_worker(self, jobs, instead, error):
        def refuse(*_):
            raise error

        instead({job.submission.student: refuse for job in jobs})
        with pytest.raises(type(error), match="is broken"):
            graded(jobs)

    def test_an_exception_that_can_not_travel_is_told_by_its_words(self, jobs, instead):
        class Local(Exception):  # noqa: N818 - a stranger
            pass

        def refuse(*_):
            raise Local("of no module")

        instead({"ada": refuse})
        with pytest.raises(GraderError, match="Local: of no module"):
            graded(jobs[:1])

    def test_who_stops_early_leaves_no_process_behind(self, jobs, classroom):
        running = LocalEngine(demo_settings(), workers=2).run(jobs)
        next(running)
        running.close()
        assert not [name for name in os.listdir("/proc") if name.isdigit() and is_child_worker(name)]

    def test_where_boxes_fail_that_could_be_made_before_only_that_submission_is_flagged(self, jobs, instead):
        def fail(*_):
            raise SandboxError("no box today")

        instead({"bob": fail})
        reports = graded(jobs)
        assert reports["bob"].verdict is Verdict.GRADER_FAULT
        assert reports["ada"].score == 100

    def test_where_no_box_was_ever_made_nothing_is_flagged_and_the_machine_is_to_blame(self, jobs, instead, classroom, monkeypatch):
        def fail(*_):
            raise SandboxError("a layer of the box is missing")

        monkeypatch.setattr(classroom.grader, "_boxed", set())
        instead({job.submission.student: fail for job in jobs})
        with pytest.raises(SandboxError, match="a layer of the box is missing"):
            graded(jobs)


def is_child_worker(process):
    """A fork of this very process that runs the same program."""
    try:
        with open(f"/proc/{process}/stat") as stat, open(f"/proc/{process}/cmdline") as mine, open("/proc/self/cmdline") as ours:
            return stat.read().rpartition(")")[2].split()[1] == str(os.getpid()) and mine.read() == ours.read()
    except OSError:
        return False


def test_zygotes_are_shared_by_the_workers_and_one_that_is_killed_is_replaced_once(jobs, classroom, instead, tmp_path, monkeypatch, course):
    made = []
    start = Zygote.__init__

    def counting(self, launcher, kind):
        start(self, launcher, kind)
        made.append(self)

    def strike(*_):
        if not (tmp_path / "once").exists():
            (tmp_path / "once").touch()
            signal.pidfd_send_signal(made[0]._started.first, signal.SIGKILL)

    monkeypatch.setattr(Zygote, "__init__", counting)
    instead({"ada": strike})
    reports = graded(jobs, hidden=[course])
    assert {name: report.score for name, report in reports.items()} == {"ada": 100, "bob": 97, "cleo": 0, "dan": 0}
    assert len(made) == 2


# --- lanes ---


def test_torch_goes_to_workers_that_hold_a_gpu_and_nothing_else_does(jobs, make_toy):
    from dataclasses import replace

    torch = Job(jobs[0].submission, replace(jobs[0].assignment, kind="torch"))
    with_gpus, without = (Settings(Secret(b"x" * 16), gpus=gpus) for gpus in (("0",), ()))
    assert [lane(job, with_gpus) for job in (jobs[0], torch)] == ["cpu", "gpu"]
    assert [lane(job, without) for job in (jobs[0], torch)] == ["cpu", "cpu"]
