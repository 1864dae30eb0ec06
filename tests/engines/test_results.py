from dataclasses import replace
from pathlib import Path

import pytest

from autograder.engines.results import Results
from autograder.errors import UsageError
from autograder.report.codec import loads


@pytest.fixture(scope="module")
def report(classroom):
    """A report on a blank."""
    return classroom.grade(classroom.blank(), "ada")


def test_a_report_lies_below_its_student_and_assignment(tmp_path, report):
    page = Results(tmp_path).add(report)
    assert page == tmp_path / "ada" / "01-activations" / "report.html"
    assert loads((page.parent / "report.json").read_bytes()) == report
    assert sorted(path.name for path in page.parent.iterdir()) == ["report.html", "report.json"]


def test_no_students_name_leads_out_of_the_folder(tmp_path, report):
    results = Results(tmp_path / "out")
    for name in ("../../etc", "/etc", "..", "a/b", "con\n.txt", "\u202egnp.exe"):
        page = results.add(replace(report, student=name, assignment=name))
        assert page.resolve().is_relative_to((tmp_path / "out").resolve())
        assert len(page.relative_to(tmp_path / "out").parts) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_left_in_the_middle_of_a_file_is_swept_away_and_nothing_else(tmp_path, report):
    results = Results(tmp_path)
    place = results.add(report).parent
    results.summarise()
    whole = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for partial in (tmp_path / ".grades.csv.77", tmp_path / ".index.html.77", place / ".report.json.77"):
        partial.write_text("half")
    results.sweep()
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == whole


def test_a_report_is_found_again(tmp_path, report):
    results = Results(tmp_path)
    assert results.find("ada", "01-activations") is None
    results.add(report)
    assert results.find("ada", "01-activations") == report
    assert list(results) == [report]


@pytest.mark.parametrize("content", [b"", b"{", b'{"schema": 0}', b"\xff"])
def test_a_report_that_can_not_be_read_is_graded_again_and_never_counted(tmp_path, report, content):
    results = Results(tmp_path)
    (results.add(report).parent / "report.json").write_bytes(content)
    assert results.find("ada", "01-activations") is None
    with pytest.raises(UsageError, match=r"report\.json: report: .*; grade this submission again, or remove the file"):
        list(results)


def test_the_table_and_the_page_of_the_class_are_about_all_reports(tmp_path, report):
    results = Results(tmp_path)
    results.add(report)
    results.add(replace(report, student="bob"))
    results.summarise()
    assert [line.split(",")[0] for line in (tmp_path / "grades.csv").read_text().splitlines()][1:] == ["ada", "bob"]
    assert "ada" in (tmp_path / "index.html").read_text()


def test_a_file_is_whole_or_not_there(tmp_path, report, monkeypatch):
    results = Results(tmp_path)
    results.add(report)
    before = (tmp_path / "ada" / "01-activations" / "report.json").read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(UsageError, match=r"report\.html can't be written: No space left on device"):
        results.add(replace(report, title="Another"))
    assert (tmp_path / "ada" / "01-activations" / "report.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "ada" / "01-activations").iterdir() if path.name.startswith(".")] == []


def refuse(*_):
    raise OSError(28, "No space left on device")


def test_a_file_in_a_folders_place_is_told(tmp_path, report):
    (tmp_path / "ada").write_text("")
    with pytest.raises(UsageError, match=r"01-activations can't be made: "):
        Results(tmp_path).add(report)


def test_a_folder_that_can_not_be_written_to_is_found_out_at_once(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="choose a folder that you may write to"):
        Results(tmp_path / "file" / "out").open_for_writing()
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: refuse())
    with pytest.raises(UsageError, match=rf"--out {tmp_path}: No space left on device; make room there, or choose another folder"):
        Results(tmp_path).open_for_writing()


def test_a_report_that_can_not_be_read_is_left_out_and_told(tmp_path):
    results = Results(tmp_path)
    broken = tmp_path / "ann" / "01" / "report.json"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"{")
    assert results.summarise() == [broken]
    assert (tmp_path / "grades.csv").is_file()
    assert (tmp_path / "index.html").is_file()


def test_a_report_that_another_user_keeps_to_themselves_is_left_out_and_told(tmp_path, report, monkeypatch):
    results = Results(tmp_path)
    for student in ("ann", "bob"):
        results.add(replace(report, student=student))
    unreadable(monkeypatch, tmp_path / "bob" / "01-activations" / "report.json")
    assert results.find("bob", "01-activations") is None
    assert results.summarise() == [tmp_path / "bob" / "01-activations" / "report.json"]
    assert "ann" in (tmp_path / "grades.csv").read_text()
    with pytest.raises(UsageError, match=r"bob/01-activations/report\.json: Permission denied; grade this submission again, or remove"):
        list(results)


def unreadable(monkeypatch, path):
    """As a file without the right to read is for all but root."""
    read = Path.read_bytes

    def refusing(self):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", refusing)
