import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.cli import terminal
from autograder.engines import local
from autograder.errors import EXIT_BELOW, EXIT_DONE, EXIT_FAULT, ChecksError
from autograder.exports import FORMATS
from autograder.model import Message, Verdict
from autograder.pipeline import Grader
from autograder.report.codec import loads

pytestmark = pytest.mark.usefixtures("warm")


def test_a_folder_is_graded_into_a_folder(run, handed_in, tmp_path):
    ran = run("grade", handed_in, "--out", tmp_path / "out")
    assert ran.code == EXIT_DONE
    told = ("ada", "100", "bob", "97", "the mask in place of the masked values", "cleo", "not attempted", "3 graded")
    assert all(word in ran.out for word in told)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".autograder", "ada", "bob", "cleo", "grades.csv", "index.html"]
    assert loads((tmp_path / "out" / "bob" / "01-activations" / "report.json").read_bytes()).score == 97
    assert (tmp_path / "out" / "bob" / "01-activations" / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_an_archive_gives_what_the_folder_gives(run, handed_in, tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for path in handed_in.iterdir():
            archive.write(path, f"class/{path.name}")
    folder = run("grade", handed_in, "--out", tmp_path / "a", "--json").lines()
    packed = run("grade", tmp_path / "class.zip", "--out", tmp_path / "b", "--json").lines()
    assert packed == folder


def test_json_is_one_line_for_each_report_and_nothing_else(run, handed_in, tmp_path):
    ran = run("grade", handed_in, "--out", tmp_path / "out", "--json")
    lines = ran.lines()
    assert [tuple(line.values())[:5] for line in lines] == [
        ("ada", "01-activations", 100.0, 100.0, "passed"),
        ("bob", "01-activations", 97.0, 100.0, "failed"),
        ("cleo", "01-activations", 0.0, 100.0, "not_attempted"),
    ]
    assert [len(line["mistakes"]) for line in lines] == [0, 1, 0]
    assert [line["message"] for line in lines] == [None] * 3
    assert ran.err == ""


def test_json_says_why_a_file_was_turned_away(run, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_bytes(b"no notebook")
    (line,) = run("grade", path, "--out", tmp_path / "out", "--json").lines()
    assert line["score"] == 0
    assert "not a notebook" in line["message"]


@pytest.mark.parametrize(
    ("bar", "code"),
    [
        (("ada", 100), EXIT_DONE),
        (("bob", 97), EXIT_DONE),
        (("bob", 97.5), EXIT_BELOW),
        (("cleo", 0), EXIT_DONE),
        (("cleo", 0.1), EXIT_BELOW),
    ],
    ids=str,
)
def test_fail_under_is_a_bar_that_may_be_touched(run, handed_in, tmp_path, bar, code):
    name, percent = bar
    assert run("grade", handed_in / f"{name}.ipynb", "--out", tmp_path / "out", "--fail-under", percent).code == code


def test_two_students_of_one_file_name_stay_two(run, classroom, tmp_path):
    for name in ("ada", "bob"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "hw.ipynb").write_bytes(classroom.blank() if name == "bob" else classroom.solution())
    lines = run("grade", tmp_path / "in", "--out", tmp_path / "out", "--json").lines()
    assert {line["student"]: line["score"] for line in lines} == {"ada-hw": 100.0, "bob-hw": 0.0}


def test_an_nbgrader_course_names_its_students(run, classroom, tmp_path):
    for name in ("ada", "bob"):
        folder = tmp_path / "submitted" / name / "01-activations"
        folder.mkdir(parents=True)
        (folder / "01-activations.ipynb").write_bytes(classroom.blank())
    lines = run("grade", tmp_path / "submitted", "--out", tmp_path / "out", "--json").lines()
    assert [line["student"] for line in lines] == ["ada", "bob"]


def test_resume_keeps_what_stands_and_grades_what_changed(run, warm, handed_in, classroom, tmp_path):
    out = tmp_path / "out"
    run("grade", handed_in, "--out", out)
    assert warm == ["ada", "bob", "cleo"]
    warm.clear()
    ran = run("grade", handed_in, "--out", out, "--resume")
    assert warm == []
    assert "3 graded, 3 of them before" in ran.out
    (handed_in / "cleo.ipynb").write_bytes(classroom.solution())
    lines = run("grade", handed_in, "--out", out, "--resume", "--json").lines()
    assert warm == ["cleo"]
    assert {line["student"]: line["score"] for line in lines} == {"ada": 100.0, "bob": 97.0, "cleo": 100.0}
    assert "cleo,01-activations,100" in (out / "grades.csv").read_text().replace('"', "")


def test_resume_grades_again_what_was_cut_off_faulty_or_of_another_version(run, warm, handed_in, tmp_path):
    out = tmp_path / "out"
    run("grade", handed_in, "--out", out)
    texts = {name: out / name / "01-activations" / "report.json" for name in ("ada", "bob", "cleo")}
    texts["ada"].write_bytes(texts["ada"].read_bytes()[:1000])
    report = loads(texts["bob"].read_bytes())
    texts["bob"].write_bytes(FORMATS["json"].of_report.write(replace(report, version="0" * 64)))
    report = loads(texts["cleo"].read_bytes())
    texts["cleo"].write_bytes(FORMATS["json"].of_report.write(replace(report, score=None, verdict=Verdict.GRADER_FAULT)))
    warm.clear()
    run("grade", handed_in, "--out", out, "--resume")
    assert warm == ["ada", "bob", "cleo"]


def test_without_resume_everything_is_graded_again(run, warm, handed_in, tmp_path):
    for _ in range(2):
        run("grade", handed_in / "cleo.ipynb", "--out", tmp_path / "out")
    assert warm == ["cleo", "cleo"]


def test_a_fault_of_ours_ends_with_3_and_the_others_are_graded(run, handed_in, tmp_path, monkeypatch, classroom):
    grade = Grader.grade

    def failing(self, submission, assignment):
        report = grade(self, submission, assignment)
        if submission.student == "bob":
            return replace(report, score=None, verdict=Verdict.GRADER_FAULT, messages=(Message("grader.fault"),))
        return report

    monkeypatch.setattr(Grader, "grade", failing)
    ran = run("grade", handed_in, "--out", tmp_path / "out", "--fail-under", 100)
    assert ran.code == EXIT_FAULT
    assert "Something broke on our side" in " ".join(ran.out.split())
    assert (tmp_path / "out" / "cleo").is_dir()


def test_a_fault_that_stops_everything_ends_with_3_and_its_sentence(run, handed_in, tmp_path, monkeypatch):
    def fail(*_):
        raise ChecksError("the reference is broken")

    monkeypatch.setattr(Grader, "grade", fail)
    ran = run("grade", handed_in, "--out", tmp_path / "out")
    assert ran.code == EXIT_FAULT
    assert ran.err.endswith("autograder: the reference is broken\n")
    assert "Traceback" not in ran.err


def test_two_processes_write_the_same_bytes_as_one(run, handed_in, tmp_path, reading, monkeypatch):
    monkeypatch.setattr(local, "Grader", Grader)
    assert run("grade", handed_in, "--out", tmp_path / "one", "--jobs", 1).code == 0
    assert run("grade", handed_in, "--out", tmp_path / "two", "--jobs", 2).code == 0
    assert (tmp_path / "one" / "grades.csv").read_bytes() == (tmp_path / "two" / "grades.csv").read_bytes()
    for name in ("ada", "bob", "cleo"):
        one, two = (loads((tmp_path / way / name / "01-activations" / "report.json").read_bytes()) for way in ("one", "two"))
        assert reading.bytes_but_timing(one) == reading.bytes_but_timing(two)


# --- export ---


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_is_written(run, handed_in, tmp_path, format_):
    run("grade", handed_in, "--out", tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        if path.suffix != ".json" and path.is_file():
            path.unlink()
    ran = run("export", format_, tmp_path / "out")
    assert ran.code == 0
    written = ran.out.split("\n")[:-1]
    assert len(written) == (1 if FORMATS[format_].of_class else 3)
    assert all(Path(path).stat().st_size > 20 for path in written)


def test_an_export_goes_where_it_is_told_or_to_standard_output(run, handed_in, tmp_path):
    run("grade", handed_in, "--out", tmp_path / "out")
    [line] = run("export", "csv", tmp_path / "out", "--into", tmp_path / "grades.txt", "--json").lines()
    assert line == {"path": str(tmp_path / "grades.txt"), "bytes": (tmp_path / "grades.txt").stat().st_size}
    assert run("export", "csv", tmp_path / "out", "--into", "-").out == (tmp_path / "grades.txt").read_bytes().decode()
    ran = run("export", "json", tmp_path / "out", "--into", tmp_path / "one.json")
    assert (ran.code, "--into: json makes a file for each of 3 reports" in ran.err) == (2, True)
    ran = run("export", "csv", tmp_path / "out", "--into", tmp_path / "none" / "grades.csv")
    assert (ran.code, "No such file or directory; choose a file that you may write" in ran.err) == (2, True)


def test_a_report_that_can_not_be_read_is_named(run, handed_in, tmp_path):
    run("grade", handed_in, "--out", tmp_path / "out")
    (tmp_path / "out" / "bob" / "01-activations" / "report.json").write_text("{}")
    ran = run("export", "csv", tmp_path / "out")
    assert ran.code == 2
    assert "bob/01-activations/report.json: report: schema" in ran.err


# --- what hostile names do to a terminal ---

HOSTILE = [
    "[bold red]x[/]",
    r"\[/]",
    "[/nothing]",
    ":skull:",
    "\x1b[31mred\x1b[0m",
    "a\u202eb",
    "x" * 300,
    "[link=http://x]y[/link]",
    "a\nb",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_text_in_the_table(classroom, capsys, name):
    report = replace(classroom.grade(classroom.blank()), student=name, messages=(Message("value.require", {"text": name}),))
    terminal.print_class([report], name)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    if len(name) < 40 and name.isprintable():
        assert out.count(name) >= 2
    assert len(out.splitlines()) < 20


def test_a_hostile_file_name_is_harmless_to_the_end(run, classroom, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "[bold]=cmd|' \x1b]0;x\x07.ipynb").write_bytes(classroom.blank())
    ran = run("grade", folder, "--out", tmp_path / "out")
    assert ran.code == 0
    assert "\x1b" not in ran.out
    assert "[bold]" in ran.out
    [line] = run("grade", folder, "--out", tmp_path / "out", "--json").lines()
    assert json.dumps(line)
    assert run("export", "csv", tmp_path / "out").code == 0
