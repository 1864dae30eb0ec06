"""A machine without torch: `torch` can't be imported in this process or in a fork of it, and no search finds it."""

import sys
from dataclasses import replace

import pytest

from autograder.cli import running
from autograder.course import load
from autograder.course.handing_in import as_ipynb
from autograder.engines import local
from autograder.engines.protocol import Graded
from autograder.errors import EXIT_FAULT, EXIT_USAGE
from autograder.model import Message, Verdict
from autograder.pipeline import Grader

pytestmark = pytest.mark.usefixtures("warm")
INSTALL = "pip install 'gradient-autograder[torch]'"


class Without:
    """What finds modules, but for torch; distributions it finds as ever, this package's among them."""

    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] == "torch" else self.finder.find_spec(name, path, target)


def hide_torch(patch):
    """Nothing of this process can import torch or find it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "torch"]:
        patch.delitem(sys.modules, name)
    patch.setattr(sys, "meta_path", [Without(finder) for finder in sys.meta_path])


@pytest.fixture
def without_torch(monkeypatch):
    hide_torch(monkeypatch)
    with pytest.raises(ModuleNotFoundError):
        import torch  # noqa: F401


@pytest.fixture
def residual(course):
    """A notebook of an assignment that needs torch, as it was handed out."""
    return as_ipynb(load(course, "06-residual").release)


@pytest.fixture
def mixed(handed_in, residual):
    """ada, bob and cleo handed in a notebook that needs numpy alone; zoe and yan one that needs torch."""
    (handed_in / "zoe.ipynb").write_bytes(residual.replace(b"# 06 ", b"# my 06 ", 1))
    (handed_in / "yan.ipynb").write_bytes(residual)
    return handed_in


def ledger(folder):
    return (folder / ".autograder" / "ledger.jsonl").read_text()


@pytest.mark.usefixtures("without_torch")
def test_who_needs_no_torch_is_graded_and_who_does_is_told_by_name_and_gets_no_score(run, warm, mixed, tmp_path):
    out = tmp_path / "out"
    ran = run("grade", mixed, "--out", out)
    assert ran.code == EXIT_USAGE
    assert warm == ["ada", "bob", "cleo"]
    assert "3 graded" in ran.out
    first, *_, last = ran.err.splitlines()
    assert first == f"autograder: torch is not installed: 2 of 5 submissions need it and are left out ({INSTALL})"
    assert last == (
        "autograder: not graded, for torch is not installed: yan (06-residual), zoe (06-residual). "
        f"{INSTALL}, then run the same command with --resume"
    )
    assert not {"yan", "zoe"} & {path.name for path in out.iterdir()}
    for text in (ran.out, (out / "grades.csv").read_text(), (out / "index.html").read_text(), ledger(out)):
        assert "yan" not in text
        assert "zoe" not in text


@pytest.fixture
def elsewhere(classroom, monkeypatch):
    """The engine is one that says of every job that it was not attempted; gives the students that it was asked for, sorted by run."""
    report, given = classroom.grade(classroom.blank()), []

    class Elsewhere:
        def run(self, jobs, waiting=None):
            given.extend(sorted(job.submission.student for job in jobs))
            for job in jobs:
                yield Graded(job, replace(report, student=job.submission.student, assignment=job.assignment.id))

    monkeypatch.setattr(running, "make_engine", lambda *_, **__: Elsewhere())
    return given


def test_after_the_installation_resume_grades_those_who_were_left_out(run, elsewhere, mixed, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        hide_torch(patch)
        assert run("grade", mixed, "--out", tmp_path / "out").code == EXIT_USAGE
    assert elsewhere == ["ada", "bob", "cleo"]
    elsewhere.clear()
    ran = run("grade", mixed, "--out", tmp_path / "out", "--resume")
    assert ran.code == 0
    assert elsewhere == ["yan", "zoe"]
    assert "5 graded, 3 of them before" in ran.out
    assert "not installed" not in ran.err
    assert "zoe,06-residual,0" in (tmp_path / "out" / "grades.csv").read_text().replace('"', "")


@pytest.mark.usefixtures("without_torch")
def test_in_json_each_of_them_is_a_line_without_score_or_verdict(run, mixed, tmp_path):
    ran = run("grade", mixed, "--out", tmp_path / "out", "--json")
    lines = ran.lines()
    assert [line["student"] for line in lines] == ["ada", "bob", "cleo", "yan", "zoe"]
    assert [(line["score"], line["verdict"], line["message"]) for line in lines[3:]] == [(None, None, "torch is not installed")] * 2
    assert len({tuple(line) for line in lines}) == 1
    again = run("grade", mixed, "--out", tmp_path / "out", "--json", "--resume")
    assert (again.code, again.lines()) == (EXIT_USAGE, lines)


@pytest.mark.usefixtures("without_torch")
@pytest.mark.parametrize("options", [(), ("--resume",)], ids=len)
def test_where_nothing_can_be_graded_the_line_that_installs_it_is_the_error(run, residual, tmp_path, monkeypatch, options):
    monkeypatch.setattr(local, "Grader", Grader)
    (tmp_path / "zoe.ipynb").write_bytes(residual)
    ran = run("grade", tmp_path / "zoe.ipynb", "--out", tmp_path / "out", *options)
    assert ran.code == EXIT_USAGE
    assert ran.err == f"autograder: torch is not installed, and the box needs it: {INSTALL}\n"
    assert ran.out == ""
    assert not (tmp_path / "out" / "zoe").exists()


@pytest.mark.usefixtures("without_torch")
def test_a_file_that_is_no_notebook_is_turned_away_though_others_wait_for_torch(run, mixed, tmp_path):
    (mixed / "eve.ipynb").write_bytes(b"junk")
    scores = {line["student"]: line["score"] for line in run("grade", mixed, "--out", tmp_path / "out", "--json").lines()}
    assert scores == {"ada": 100, "bob": 97, "cleo": 0, "eve": 0, "yan": None, "zoe": None}


@pytest.mark.usefixtures("without_torch")
def test_a_fault_of_ours_weighs_more_than_what_is_missing_and_that_more_than_the_bar(run, mixed, tmp_path, monkeypatch):
    assert run("grade", mixed, "--out", tmp_path / "out", "--fail-under", 99).code == EXIT_USAGE
    grade = Grader.grade
    flagged = {"score": None, "verdict": Verdict.GRADER_FAULT, "messages": (Message("grader.fault"),)}
    monkeypatch.setattr(Grader, "grade", lambda self, *job: replace(grade(self, *job), **flagged))
    ran = run("grade", mixed, "--out", tmp_path / "out")
    assert ran.code == EXIT_FAULT
    assert "not graded, for torch is not installed: yan" in ran.err


@pytest.mark.usefixtures("without_torch")
def test_on_a_cluster_it_is_the_workers_that_need_torch(run, elsewhere, mixed, tmp_path):
    assert run("grade", mixed, "--out", tmp_path / "out", "--scheduler", "tls://nowhere:1").code == 0
    assert elsewhere == ["ada", "bob", "cleo", "yan", "zoe"]
