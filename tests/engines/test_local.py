import os
import pickle
import signal
import tempfile
import time
from dataclasses import replace

import pytest

from autograder.config import Secret, Settings, demo_settings
from autograder.course.assignment import Assignment
from autograder.engines import local, worker
from autograder.engines.local import LocalEngine
from autograder.engines.protocol import Job, lane
from autograder.errors import AssignmentError, ChecksError, GraderError, SandboxError
from autograder.model import Submission, Verdict
from autograder.pipeline import device_for, hash_of
from autograder.sandbox.forks import Zygote


def graded(jobs, workers=2, settings=None, **options):
    """Reports by student."""
    engine = LocalEngine(settings or demo_settings(), workers=workers, **options)
    return {one.job.submission.student: one.report for one in engine.run(jobs)}


def test_no_jobs_start_nothing(monkeypatch):
    monkeypatch.setattr(local, "Grader", None)
    assert list(LocalEngine(demo_settings(), workers=4).run([])) == []


@pytest.fixture
def two_cpus():
    """This process has two CPUs."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:2])
    yield sorted(before)[:2]
    os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("kept_open")
class TestWarm:
    """Workers are forks of the session's grader."""

    def test_one_worker_or_three_give_the_same_reports(self, jobs, reading):
        alone, shared = (graded(jobs, workers) for workers in (1, 3))
        assert [alone[name].score for name in ("ada", "bob", "cleo", "dan")] == [100, 97, 0, 0]
        assert {name: reading.bytes_but_timing(one) for name, one in alone.items()} == {
            name: reading.bytes_but_timing(one) for name, one in shared.items()
        }

    def test_files_are_made_where_they_are_asked_for(self, jobs):
        (one,) = LocalEngine(demo_settings(), pages=True).run(jobs[2:3])
        assert list(one.files) == ["report.html", "report.json"]
        assert one.job is jobs[2]
        (one,) = LocalEngine(demo_settings()).run(jobs[2:3])
        assert one.files == {}

    @pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="this machine has one CPU")
    @pytest.mark.parametrize("workers", [1, 2])
    def test_as_many_workers_as_cpus_have_one_each_and_fewer_have_all(self, jobs, instead, tmp_path, two_cpus, workers):
        def tell(submission, _assignment):
            (tmp_path / submission.student).write_text(f"{os.getpid()} {sorted(os.sched_getaffinity(0))}")
            time.sleep(0.3)  # so that the other one gets a job too

        instead(dict.fromkeys(["ada", "bob", "cleo", "dan"], tell))
        graded(jobs, workers)
        told = {path.read_text() for path in tmp_path.iterdir()}
        assert len(told) == workers
        wanted = [two_cpus] if workers == 1 else [[cpu] for cpu in two_cpus]
        assert sorted(text.partition(" ")[2] for text in told) == sorted(map(str, wanted))

    def test_a_worker_says_the_report_and_its_files_and_does_not_send_the_job_back(self, jobs, classroom):
        made = worker.attempt(classroom.grader, jobs[2], pages=True)
        assert made == pickle.loads(pickle.dumps(made))
        assert list(made.files) == ["report.html", "report.json"]
        assert jobs[2].submission.content not in pickle.dumps(made)
        assert jobs[2].submission.content in pickle.dumps(jobs[2])

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
        monkeypatch.setattr(worker, "GRACE_SECONDS", 0.6)
        monkeypatch.setattr(worker, "TRIES", 0)
        instead({"ada": lambda *_: time.sleep(100)})
        waited = []
        engine = LocalEngine(demo_settings(), workers=2)
        came = [one.job.submission.student for one in engine.run([jobs[0], *jobs[2:]], lambda: waited.append(1))]
        assert came == ["cleo", "dan", "ada"]
        assert waited

    def test_one_that_never_ends_is_ended_though_the_others_are_never_silent(self, jobs, classroom, instead, monkeypatch):
        monkeypatch.setattr(worker, "GRACE_SECONDS", 0.4)
        monkeypatch.setattr(worker, "TRIES", 0)
        names = [f"s{number}" for number in range(40)]
        many = [Job(Submission(name, "x", classroom.blank()), classroom.assignment) for name in names]
        instead({"ada": lambda *_: time.sleep(100)} | dict.fromkeys(names, lambda *_: time.sleep(0.1)))
        came = [one.job.submission.student for one in LocalEngine(demo_settings(), workers=2).run([jobs[0], *many])]
        assert sorted(came) == sorted(["ada", *names])
        assert came.index("ada") < len(names)

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
        before = forks()
        running = LocalEngine(demo_settings(), workers=2).run(jobs)
        next(running)
        assert forks() > before
        running.close()
        assert forks() == before

    def test_where_boxes_fail_that_could_be_made_before_only_that_submission_is_flagged(self, jobs, instead):
        def fail(*_):
            raise SandboxError("no box today")

        instead({"bob": fail})
        reports = graded(jobs, 1)
        assert reports["bob"].verdict is Verdict.GRADER_FAULT
        assert reports["ada"].score == 100

    def test_where_no_box_was_ever_made_nothing_is_flagged_and_the_machine_is_to_blame(self, jobs, instead, classroom, monkeypatch):
        def fail(*_):
            raise SandboxError("a layer of the box is missing")

        monkeypatch.setattr(classroom.grader, "_boxed", set())
        instead({job.submission.student: fail for job in jobs})
        with pytest.raises(SandboxError, match="a layer of the box is missing"):
            graded(jobs)


def forks():
    return {name for name in os.listdir("/proc") if name.isdigit() and is_child_worker(name)}


def is_child_worker(process):
    """A fork of this very process that runs the same program."""
    try:
        with open(f"/proc/{process}/stat") as stat, open(f"/proc/{process}/cmdline") as mine, open("/proc/self/cmdline") as ours:
            return stat.read().rpartition(")")[2].split()[1] == str(os.getpid()) and mine.read() == ours.read()
    except OSError:
        return False


@pytest.fixture
def expected(jobs, classroom, reading):
    """What the session's grader says of the jobs, by student."""
    return {job.submission.student: reading.bytes_but_timing(classroom.grade(job.submission)) for job in jobs}


def test_cold_and_with_its_zygote_killed_it_gives_the_same_reports(jobs, expected, reading, instead, tmp_path):
    made = []
    start = Zygote.__init__

    def counting(self, launcher, kind):
        start(self, launcher, kind)
        made.append(self)

    def strike(*_):
        if not (tmp_path / "once").exists():
            (tmp_path / "once").touch()
            signal.pidfd_send_signal(made[0]._started.first, signal.SIGKILL)

    instead({"ada": strike})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path))
        patch.setattr(Zygote, "__init__", counting)
        got = graded(jobs, hidden=[jobs[0].assignment.folder])
    assert {name: reading.bytes_but_timing(report) for name, report in got.items()} == expected
    assert len(made) == 2  # one for all workers, and one in its place
    assert list(tmp_path.glob("autograder-*")) == []


# --- lanes ---


DECLARED = Settings(Secret(b"the demonstration hides nothing"), gpus=("declared-0", "declared-1"), declared=True)


@pytest.fixture
def mixed(jobs, instead, tmp_path):
    """Five jobs for the CPU and five said to be torch's, which take a while; with a function that tells which GPU each had."""
    seen = tmp_path / "lanes"
    seen.mkdir()

    def note(submission, _assignment):
        (seen / submission.student).write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "none"))
        if submission.student.startswith("torch"):
            time.sleep(0.3)

    made = []
    for number in range(5):
        for name in ("numpy", "torch"):
            content = jobs[2].submission.content + b"\n" * number
            # Its box would be another one; which worker gets it is what counts here.
            kind = Labelled(**vars(jobs[0].assignment)) if name == "torch" else jobs[0].assignment
            made.append(Job(Submission(f"{name}-{number}", "x.ipynb", content), kind))
    instead({job.submission.student: note for job in made})
    return made, lambda: {path.name: path.read_text() for path in sorted(seen.iterdir())}


class Labelled(Assignment):
    """An assignment of numpy's that the engine takes for torch's."""


@pytest.mark.usefixtures("kept_open")
def test_torch_goes_to_workers_that_hold_a_gpu_and_what_needs_none_never_waits_for_one(mixed, monkeypatch):
    monkeypatch.setattr(local, "lane", lambda job, settings: "gpu" if settings.gpus and isinstance(job.assignment, Labelled) else "cpu")
    jobs, lanes = mixed
    came = [one.job.submission.student for one in LocalEngine(DECLARED, workers=1).run(jobs)]
    assert came[:5] == [f"numpy-{number}" for number in range(5)]
    assert {name: where for name, where in lanes().items() if name.startswith("numpy")} == {
        f"numpy-{number}": "none" for number in range(5)
    }
    held = [where for name, where in lanes().items() if name.startswith("torch")]
    assert set(held) == {"declared-0", "declared-1"}


def test_the_lane_is_told_by_the_assignments_kind_and_by_what_gpus_there_are(jobs):
    torch = Job(jobs[0].submission, replace(jobs[0].assignment, kind="torch"))
    assert [lane(job, DECLARED) for job in (jobs[0], torch)] == ["cpu", "gpu"]
    assert [lane(job, demo_settings()) for job in (jobs[0], torch)] == ["cpu", "cpu"]


def test_a_report_says_what_it_ran_on_and_numpy_never_runs_on_a_gpu(jobs):
    torch = replace(jobs[0].assignment, kind="torch")
    cuda = Settings(Secret(b"x" * 16), device="cuda", gpus=("0",))
    assert [device_for(one, cuda) for one in (jobs[0].assignment, torch)] == ["cpu", "cuda"]
    assert device_for(torch, DECLARED) == "cpu"
