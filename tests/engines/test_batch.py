import json
from dataclasses import replace

import pytest

from autograder.engines.batch import grade_into, once_each
from autograder.engines.ledger import Ledger
from autograder.engines.protocol import Graded, Job
from autograder.engines.results import Results, files_of
from autograder.errors import UsageError
from autograder.model import Submission


class Here:
    """An engine in this process, over the session's grader; remembers what it was given."""

    def __init__(self, classroom):
        self.classroom, self.students = classroom, []

    def run(self, jobs, waiting=None):
        for job in jobs:
            self.students.append(job.submission.student)
            yield Graded(job, self.classroom.grade(job.submission))


@pytest.fixture
def here(classroom):
    return Here(classroom)


def hand_in(classroom, student, content):
    return Job(Submission(student, f"{student}.ipynb", content), classroom.assignment)


def test_notebooks_that_are_the_same_are_graded_once_and_reported_for_each_by_name(classroom, here, reading):
    content = classroom.grafted("def relu(z):\n    return np.square(z)")
    printed = content.replace(b'"outputs": []', b'"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]', 1)
    assert printed != content
    jobs = [hand_in(classroom, *one) for one in (("ada", content), ("cleo", classroom.blank()), ("bob", content), ("dan", printed))]
    got = {one.job.submission.student: one for one in once_each(here, jobs)}
    assert here.students == ["ada", "cleo"]
    assert list(got) == ["ada", "bob", "dan", "cleo"]
    for job in jobs:
        one = got[job.submission.student]
        assert one.job is job
        assert reading.bytes_but_timing(one.report) == reading.bytes_but_timing(classroom.grade(job.submission))


def test_notebooks_that_differ_in_what_was_put_right_are_told_apart(classroom, here, reading):
    """They share the submission's hash, and one report alone tells of a repair."""
    changed = json.loads(classroom.solution())
    cell = next(cell for cell in changed["cells"] if cell["metadata"].get("nbgrader", {}).get("locked") and cell["cell_type"] == "code")
    cell["source"] = "pass"
    jobs = [hand_in(classroom, "ada", classroom.solution()), hand_in(classroom, "bob", json.dumps(changed).encode())]
    ada, bob = (one.report for one in once_each(here, jobs))
    assert ada.submission_hash == bob.submission_hash
    assert (len(ada.repairs), len(bob.repairs)) == (0, 1)


def test_files_that_are_no_notebooks_are_each_their_own(classroom, here):
    jobs = [hand_in(classroom, name, b"junk") for name in ("ada", "bob")]
    jobs += [Job(Submission("cleo", "c", None), classroom.assignment), Job(Submission("dan", "d", None), classroom.assignment)]
    assert [one.job.submission.student for one in once_each(here, jobs)] == ["ada", "bob", "cleo", "dan"]


def test_the_same_notebook_for_another_assignment_is_graded_for_it(classroom, here):
    other = replace(classroom.assignment, limits=replace(classroom.assignment.limits, call_seconds=4.0))
    jobs = [hand_in(classroom, "ada", classroom.blank()), Job(Submission("bob", "b", classroom.blank()), other)]
    assert len(list(once_each(here, jobs))) == 2
    assert here.students == ["ada", "bob"]


def test_each_result_is_safe_before_the_next_one_starts(classroom, here, jobs, tmp_path):
    safe = []

    class Looking(Here):
        def run(self, jobs, waiting=None):
            for job in jobs:
                safe.append(sorted(path.parent.parent.name for path in tmp_path.glob("*/*/report.json")))
                ledger = (tmp_path / ".autograder" / "ledger.jsonl").read_text()
                assert ledger.count('"done"') == len(safe[-1])
                yield Graded(job, self.classroom.grade(job.submission))

    results = Results(tmp_path)
    with Ledger(results) as ledger:
        outlines = list(grade_into(results, ledger, Looking(classroom), jobs))
        assert all(ledger.is_done(job) for job in jobs)
    assert safe == [[], ["ada"], ["ada", "bob"], ["ada", "bob", "cleo"]]
    assert [one.score for one in outlines] == [100, 97, 0, 0]
    assert results.find("bob", "01-activations") == replace(outlines[1], **whole(results))


def whole(results):
    report = results.find("bob", "01-activations")
    return {name: getattr(report, name) for name in ("exercises", "curves", "cell_errors", "environment", "timing")}


@pytest.mark.parametrize("which", ["report", "ledger"])
def test_a_disk_that_is_full_ends_it_with_what_is_safe_and_how_to_go_on(here, jobs, tmp_path, monkeypatch, which):
    results = Results(tmp_path)
    target, name = (Results, "add") if which == "report" else (Ledger, "add")
    add = getattr(target, name)
    calls = []

    def full(*args):
        calls.append(1)
        if len(calls) == 3:
            raise UsageError("x can't be written: No space left on device")
        return add(*args)

    monkeypatch.setattr(target, name, full)
    got = []
    with (
        Ledger(results) as ledger,
        pytest.raises(UsageError, match=r"No space left on device\. 2 of 4 are safe; once it can be, run this again with --resume"),
    ):
        got.extend(grade_into(results, ledger, here, jobs))
    assert len(got) == 2
    monkeypatch.undo()
    with Ledger(results) as ledger:
        assert [ledger.is_done(job) for job in jobs] == [True, True, False, False]


def test_tables_of_outlines_are_those_of_the_reports(classroom, jobs):
    from autograder.exports import FORMATS
    from autograder.report.outline import outline

    missing = classroom.edited({"relu-solution": lambda source: f"import torchvision\n{source}"})
    reports = [classroom.grade(job.submission) for job in jobs] + [classroom.grade(missing, "eve")]
    for name in ("csv", "html"):
        write = FORMATS[name].of_class.write
        assert write([outline(report) for report in reports]) == write(reports)
    assert len(repr(outline(reports[0]))) < len(repr(reports[0])) / 5
    assert "report.html" in files_of(reports[0])
