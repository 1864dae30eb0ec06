"""What the engine of a cluster makes of what comes back, on one that is none: each call comes back as the test says. Needs no Dask."""

import sys
import time

import pytest

from autograder.config import Secret, Settings, demo_settings, load
from autograder.course.version import version_of
from autograder.engines import connecting, crew, facts, parcel
from autograder.engines import dask as engine
from autograder.engines.cluster import Call, WorkersEndedError
from autograder.engines.connecting import url_of
from autograder.engines.dask import WINDOW, DaskEngine
from autograder.engines.desk import close_desk, grade, open_desk
from autograder.engines.parcel import pack, unpack
from autograder.engines.protocol import Job
from autograder.engines.seat import Answer
from autograder.engines.worker import WorkerEndedError
from autograder.errors import AssignmentError, ConfigError, GraderError, MissingExtraError, SandboxError, UsageError
from autograder.model import Submission
from autograder.report import build

LOST, GONE = object(), object()


class Scripted:
    """A cluster of `workers` (address -> resources) where `answers` tells what comes of a request: a function of student, try and flag."""

    address = "tls://nowhere:1"

    def __init__(self, workers, answers):
        self.known = {address: {"name": address, "resources": resources} for address, resources in workers.items()}
        self.answers = answers
        self.facts, self.opens = {}, {}
        self.is_connected = True
        self.out, self.given, self.most, self.closed = [], [], 0, []
        self.withdrawn, self.held, self.holds = [], set(), lambda _: False

    def workers(self):
        return self.known

    def call(self, task, *arguments, worker, seconds, resource=None):
        call = Call(worker, time.monotonic() + seconds)
        self.out.append((call, task, arguments, worker, resource))
        self.most = max(self.most, sum(one[1] is grade for one in self.out))
        return call

    def returned(self):
        if all(one[3] in self.held for one in self.out):
            self.held.clear()
            time.sleep(0.001)
            return []
        call, task, arguments, worker, resource = next(one for one in self.out if one[3] not in self.held)
        if task is grade and self.holds(arguments[1].submission.student):
            self.held.add(worker)  # it does nothing else meanwhile
            return []
        self.out = [one for one in self.out if one[0] is not call]
        if task is facts.here:
            came = self.facts.get(worker, facts.here())
        elif task is open_desk:
            came = self.opens.get(worker)
        else:
            request = arguments[1]
            student = request.submission.student
            self.given.append((student, request.flag, worker, resource))
            came = self.answers(student, sum(one[0] == student for one in self.given), request.flag)
        if came is LOST:
            call.lost = True
        elif came is GONE:
            call.lost = call.gone = True
        elif isinstance(came, BaseException) and task is not open_desk:
            call.error = came
        else:
            call.value = came
        return [call]

    def withdraw(self, call):
        self.withdrawn.append(call)
        self.out = [one for one in self.out if one[0] is not call]

    def run_everywhere(self, function, *arguments, seconds):
        self.closed.append(function)

    def close(self):
        self.closed.append("connection")


@pytest.fixture
def toys(real_assignment):
    """Jobs of three students, and a function that makes the answer of a worker."""
    jobs = [Job(Submission(name, "x.ipynb", name.encode()), real_assignment) for name in ("ada", "bob", "cleo")]

    def answer(student):
        return Answer(build.fault(real_assignment, Submission(student, "x", b""), "hash"))

    return jobs, answer


@pytest.fixture
def drive(monkeypatch, toys):
    """Return a function: grades the toys on a scripted cluster; gives it, and what came of each student."""

    def run(answers, workers=None, settings=None, prepare=lambda _: None):
        made = Scripted(workers or {"w1": {"slot": 1.0}}, answers)
        prepare(made)
        monkeypatch.setattr(engine, "Cluster", lambda _: made)
        graded = list(DaskEngine(settings or demo_settings(), "tls://nowhere:1").run(toys[0]))
        return made, {one.job.submission.student: one.report for one in graded}

    return run


def test_no_jobs_reach_for_nothing(monkeypatch):
    monkeypatch.setattr(engine, "Cluster", None)
    assert list(DaskEngine(demo_settings(), "nowhere").run([])) == []


def test_each_worker_has_no_more_than_its_window_and_all_is_ended_afterwards(drive, toys):
    made, reports = drive(lambda student, *_: toys[1](student))
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert made.most == WINDOW
    assert 2 <= WINDOW <= 4
    assert made.closed == [close_desk, "connection"]
    assert {one[3] for one in made.given} == {"slot"}


def test_what_is_lost_is_handed_out_again_and_held_against_nobody(drive, toys):
    made, reports = drive(lambda student, number, _: LOST if student == "bob" and number <= 6 else toys[1](student))
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert [one[1] for one in made.given if one[0] == "bob"] == [False] * 7


def test_a_worker_that_hangs_gets_nothing_more_until_it_answers_again(drive, toys, monkeypatch):
    """w1 is the first to be asked, and never says a word; the job that it had is done by the other one."""
    monkeypatch.setattr(engine, "WINDOW", 1)
    returned = Scripted.returned

    def hanging(self):
        for call, task, arguments, worker, _ in self.out:
            if worker == "w1" and (task is grade or self.given):
                if task is facts.here:
                    self.held.add(worker)
                    break
                self.out = [one for one in self.out if one[0] is not call]
                self.given.append((arguments[1].submission.student, False, worker, "slot"))
                call.lost, call.until = True, 0.0
                return [call]
        return returned(self)

    monkeypatch.setattr(Scripted, "returned", hanging)
    made, reports = drive(lambda student, *_: toys[1](student), {"w1": {"slot": 1.0}, "w2": {"slot": 1.0}})
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert [one[0] for one in made.given if one[2] == "w1"] == ["ada"]


def test_a_job_whose_workers_end_again_and_again_is_flagged_and_not_for_ever_tried(drive, toys, caplog):
    made, reports = drive(lambda student, _, flag: GONE if student == "bob" and not flag else toys[1](student))
    assert [one[1] for one in made.given if one[0] == "bob"] == [False] * 3 * (engine.MOST_DEATHS + 1) + [True]
    assert "bob: try 3 of 3: each worker that had it ended" in caplog.text
    assert sorted(reports) == ["ada", "bob", "cleo"]


def test_calls_that_come_back_together_are_not_taken_back_once_more(drive, toys, monkeypatch):
    """While one of them is made safe, the other's worker seems to be slow."""
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.0)
    one_by_one = Scripted.returned
    monkeypatch.setattr(Scripted, "returned", lambda self: [call for _ in range(3) if self.out for call in one_by_one(self)])
    made, reports = drive(lambda student, *_: toys[1](student))
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert sorted(one[0] for one in made.given) == ["ada", "bob", "cleo"]


def test_what_waits_behind_a_slow_one_is_taken_back_and_given_to_somebody_else(drive, toys, monkeypatch):
    """ada's worker is busy until everybody else is done, and so cleo, who was at hand there, is the other one's."""
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.0)

    def hold(made):
        made.holds = lambda student: student == "ada" and len(made.given) < 2

    made, reports = drive(lambda student, *_: toys[1](student), {"w1": {"slot": 1.0}, "w2": {"slot": 1.0}}, prepare=hold)
    assert list(reports) == ["bob", "cleo", "ada"]
    assert [one[2] for one in made.given] == ["w2", "w2", "w1"]
    assert made.withdrawn


@pytest.mark.parametrize(
    "fault", [Answer(error=WorkerEndedError("it ended")), Answer(error=SandboxError("no box")), WorkersEndedError("each ended")]
)
def test_a_fault_of_ours_is_tried_three_times_and_then_flagged_by_a_worker(drive, toys, fault, caplog):
    made, reports = drive(lambda student, _, flag: fault if student == "bob" and not flag else toys[1](student))
    assert [one[1] for one in made.given if one[0] == "bob"] == [False, False, False, True]
    assert reports["bob"].score is None
    assert [record.message.rpartition(": ")[0] for record in caplog.records] == [f"01-activations, bob: try {n} of 3" for n in (1, 2, 3)]


@pytest.mark.parametrize("error", [AssignmentError("the assignment is broken"), GraderError("the reference is broken")], ids=repr)
def test_a_fault_of_the_assignment_ends_the_run(drive, error):
    with pytest.raises(type(error), match="is broken"):
        drive(lambda *_: Answer(error=error))


def test_an_assignment_that_can_not_be_opened_ends_the_run(drive):
    def broken(made):
        made.opens["w1"] = AssignmentError("checks.py is broken")

    with pytest.raises(AssignmentError, match=r"checks\.py is broken"):
        drive(None, prepare=broken)


def test_a_worker_that_makes_no_boxes_is_refused_and_the_others_do_its_work(drive, toys, caplog):
    broken = Answer(error=SandboxError("a layer of the box is missing: Landlock"), unfit=True)
    made, reports = drive(
        lambda student, number, _: broken if (student, number) == ("ada", 1) else toys[1](student),
        {"w1": {"slot": 1.0}, "w2": {"slot": 1.0}},
    )
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert [record.message for record in caplog.records] == ["worker w1 is refused: a layer of the box is missing: Landlock"]
    assert made.given[-1][:3] == ("ada", False, "w2")


def test_a_worker_that_was_started_anew_is_opened_anew(drive, toys):
    unopened = Answer(error=WorkerEndedError("not opened"), unfit=True)
    made, reports = drive(lambda student, number, _: unopened if (student, number) == ("ada", 1) else toys[1](student))
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert not [one for one in made.given if one[1]]


REFUSED = {
    "another version": ({"slot": 1.0}, facts.Facts("0.0.9", facts.here().python, facts.here().numpy, "none"), "autograder 0.0.9, wanted "),
    "another Python": ({"slot": 1.0}, facts.Facts(facts.here().package, "3.9.2", facts.here().numpy, "none"), "Python 3.9.2, wanted 3."),
    "another numpy": ({"slot": 1.0}, facts.Facts(facts.here().package, facts.here().python, "1.26.4", "none"), "numpy 1.26.4, wanted 2"),
    "no package": (
        {"slot": 1.0},
        ModuleNotFoundError("No module named 'autograder'"),
        "its autograder is missing or of another version (Mod",
    ),
    "no resource": ({}, facts.here(), "it declares no resource, wanted --resources slot=1, or gpu=1 if it holds a GPU"),
    "two kinds": ({"slot": 1.0, "gpu": 1.0}, facts.here(), "it declares gpu=1, slot=1, wanted --resources slot=1"),
    "several at once": ({"slot": 4.0}, facts.here(), "it declares slot=4, wanted --resources slot=1"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_where_every_worker_is_refused_it_is_said_why_for_each(drive, case, caplog):
    resources, told, why = case
    with pytest.raises(GraderError, match=r"^no worker of tls://nowhere:1 may grade this: w1: ") as raised:
        drive(None, {"w1": resources}, prepare=lambda made: made.facts.update(w1=told))
    assert why in str(raised.value)
    assert f"worker w1 is refused: {why}" in caplog.text


def test_a_worker_of_several_threads_is_refused(drive):
    with pytest.raises(GraderError, match="w1: it has 4 threads, wanted --nthreads 1"):
        drive(None, prepare=lambda made: made.known["w1"].update(nthreads=4))


def test_torch_of_another_first_number_counts_where_both_have_one():
    ours = facts.Facts("1", "3.11.2", "2.1.0", "2.9.0")
    assert facts.differences(ours, facts.Facts("1", "3.11.9", "2.4.6", "2.13.0+cpu")) == []
    assert facts.differences(ours, facts.Facts("1", "3.11.2", "2.1.0", "1.13.1")) == ["torch 1.13.1, wanted 2"]
    assert facts.differences(ours, facts.Facts("1", "3.11.2", "2.1.0", facts.NONE)) == []


def test_a_worker_whose_grading_process_can_not_start_is_refused(drive):
    with pytest.raises(GraderError, match="w1: torch is not installed"):
        drive(None, prepare=lambda made: made.opens.update(w1=MissingExtraError("torch is not installed")))


def test_without_workers_it_is_waited_a_minute_and_then_said_which_are_wanted(drive, monkeypatch):
    assert crew.NO_WORKERS_SECONDS == 60
    monkeypatch.setattr(crew, "NO_WORKERS_SECONDS", 0.05)
    gpus = Settings(Secret(b"x" * 16), gpus=("0",), declared=True)
    monkeypatch.setattr(engine, "lane", lambda *_: "gpu")
    with pytest.raises(GraderError, match=r"for 0 s tls://nowhere:1 has had no worker with --resources gpu=1"):
        drive(None, settings=gpus)


def test_the_only_worker_may_go_for_a_while_however_long_the_run_is(drive, toys, monkeypatch):
    """The minute counts from when it went, and not from the start of the run."""
    monkeypatch.setattr(crew, "NO_WORKERS_SECONDS", 0.2)
    workers, away = Scripted.workers, []

    def answers(student, number, _):
        if student == "ada" and number <= 4:
            time.sleep(0.1)
            away.extend(range(3) if number == 4 else ())
            return GONE if away else LOST
        return GONE if away else toys[1](student)

    def looking(self):
        return {} if away and away.pop() else workers(self)

    monkeypatch.setattr(Scripted, "workers", looking)
    _, reports = drive(answers)
    assert sorted(reports) == ["ada", "bob", "cleo"]


def test_a_worker_whose_grading_process_ends_while_it_warms_up_is_opened_again_and_refused_the_third_time(drive, toys, monkeypatch):
    opened = []

    class Ended(dict):
        def get(self, worker):
            opened.append(worker)
            return WorkerEndedError("it ended") if len(opened) < self["times"] else None

    _, reports = drive(lambda student, *_: toys[1](student), prepare=lambda made: setattr(made, "opens", Ended(times=3)))
    assert sorted(reports) == ["ada", "bob", "cleo"]
    assert opened == ["w1"] * 3
    opened.clear()
    with pytest.raises(GraderError, match="w1: it ended"):
        drive(None, prepare=lambda made: setattr(made, "opens", Ended(times=9)))
    assert opened == ["w1"] * 3


# --- what goes to a worker ---


def test_a_parcel_is_the_assignment_to_the_byte_and_nobody_else_may_read_it(real_assignment, tmp_path):
    sent = pack(demo_settings(), [real_assignment], pages=False)
    (there,) = unpack(sent, tmp_path / "place")
    assert there.folder != real_assignment.folder
    assert version_of(parcel.files_of(there.folder)) == there.version == real_assignment.version
    assert (tmp_path / "place").stat().st_mode & 0o777 == 0o700
    assert len(repr(sent)) < 300
    assert "hides nothing" not in repr(sent)


def test_an_assignment_that_was_changed_meanwhile_is_not_sent(make_toy):
    with pytest.raises(AssignmentError, match="it was changed after it was loaded; run this again"):
        pack(demo_settings(), [make_toy().assignment], pages=False)


def test_gpus_are_the_workers_and_not_this_machine_s(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.config.cuda_devices", lambda: 0)
    settings = load(tmp_path, {"AUTOGRADER_SECRET": "x" * 16}, device="cuda", elsewhere=True)
    assert (settings.device, len(settings.gpus)) == ("cuda", 1)
    assert load(tmp_path, {"AUTOGRADER_SECRET": "x" * 16}, elsewhere=True).gpus == ()
    with pytest.raises(ConfigError, match="no CUDA device"):
        load(tmp_path, {"AUTOGRADER_SECRET": "x" * 16}, device="cuda")


# --- how a scheduler is named ---


def test_a_scheduler_is_named_by_its_url_or_its_file(tmp_path):
    assert url_of("tls://10.0.0.1:8786") == "tls://10.0.0.1:8786"
    assert url_of("tcp://127.0.0.1:8786") == "tcp://127.0.0.1:8786"
    (tmp_path / "s.json").write_text('{"address": "tls://10.0.0.2:8786"}')
    assert url_of(str(tmp_path / "s.json")) == "tls://10.0.0.2:8786"


@pytest.mark.parametrize("address", ["10.0.0.1:8786", "http://10.0.0.1:8786", "tls://10.0.0.1", "tls://:8786", "tls://a:b", ""])
def test_what_is_no_url_of_a_scheduler_is_told(address):
    with pytest.raises(UsageError, match=r"--scheduler: got '.*', wanted a URL such as tls://10\.0\.0\.1:8786, or a scheduler's file"):
        url_of(address)


def test_a_file_of_another_kind_is_told(tmp_path):
    (tmp_path / "s.json").write_text("[]")
    with pytest.raises(UsageError, match="it is not a file that a Dask scheduler wrote"):
        url_of(str(tmp_path / "s.json"))


def test_in_clear_nothing_crosses_a_network():
    with pytest.raises(UsageError, match="would cross the network in clear; start the cluster with TLS"):
        url_of("tcp://10.0.0.1:8786")


def test_without_dask_the_line_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(MissingExtraError, match=r"clusters need it: pip install 'gradient-autograder\[dask\]'"):
        connecting.connect("tls://10.0.0.1:8786", 1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("ray", None, None), "--engine: got 'ray', wanted local or dask"),
        (("dask", None, None), "--engine dask: it needs the scheduler of a cluster: --scheduler URL"),
        (("local", "tls://x:1", None), "--scheduler: it is for --engine dask, and the engine is local"),
        ((None, "tls://x:1", 2), "--jobs: it is for the local engine; on a cluster every worker grades"),
    ],
)
def test_options_of_two_engines_are_refused(options, said):
    from autograder.cli.options import check_engine

    with pytest.raises(UsageError) as raised:
        check_engine(*options)
    assert str(raised.value) == said
    check_engine("dask", "tls://x:1", None)
    check_engine(None, None, 2)
