"""Files, folders and nbgrader courses: who is found, under what name, and what stands in for a file that can't be read."""

import os
import socket

import pytest

from autograder.errors import UsageError
from autograder.model import Message, Submission
from autograder.notebook import reading
from autograder.sources import collect
from autograder.sources.found import MAX_BYTES


def students(submissions):
    return {submission.student: submission.content for submission in submissions}


def fault(submission):
    assert submission.content is None
    return submission.fault.id, dict(submission.fault.params)


def test_a_file_is_taken_under_its_stem(make_tree):
    folder = make_tree({"anna.ipynb": "A"})
    assert collect([folder / "anna.ipynb"]) == [Submission("anna", "anna.ipynb", b"A")]


@pytest.mark.parametrize("name", ["anna.json", "anna", "anna.ipynb.txt", "anna.IPYNB"])
def test_a_file_that_is_named_is_read_whatever_it_is_called(make_tree, name):
    [submission] = collect([make_tree({name: "A"}) / name])
    assert submission.content == b"A"


def test_a_folder_is_searched_to_its_depths_in_order(make_tree):
    folder = make_tree({"b.ipynb": "B", "x/y/a.ipynb": "A", "a.txt": "", "c.IPYNB": "C"})
    assert [(item.student, item.name) for item in collect([folder])] == [("b", "b.ipynb"), ("c", "c.IPYNB"), ("a", "x/y/a.ipynb")]


def test_hidden_folders_and_checkpoints_are_skipped(make_tree):
    folder = make_tree(
        {
            "a.ipynb": "",
            ".ipynb_checkpoints/b.ipynb": "",
            ".git/c.ipynb": "",
            "x/.d.ipynb": "",
            "__pycache__/e.ipynb": "",
            "__MACOSX/f.ipynb": "",
        }
    )
    assert list(students(collect([folder]))) == ["a"]


def test_students_of_an_nbgrader_course_are_named_by_their_folder(make_tree):
    course = make_tree(
        {
            "submitted/anna/ps1/ps1.ipynb": "A",
            "submitted/bert/ps1/ps1.ipynb": "B",
            "solutions/ps1/ps1.ipynb": "secret",
            "feedback/anna/ps1/ps1.ipynb": "old",
        }
    )
    assert students(collect([course])) == {"anna": b"A", "bert": b"B"}
    assert students(collect([course / "submitted" / "bert"])) == {"bert": b"B"}
    assert students(collect([course / "submitted/anna/ps1/ps1.ipynb"])) == {"anna": b"A"}


def test_of_an_nbgrader_course_one_assignment_can_be_asked_for(make_tree):
    course = make_tree({"submitted/anna/ps1/x.ipynb": "1", "submitted/anna/ps2/x.ipynb": "2"})
    assert students(collect([course], assignment="ps2")) == {"anna": b"2"}
    assert students(collect([course])) == {"ps1-anna": b"1", "ps2-anna": b"2"}
    assert collect([course], assignment="ps3") == []


def test_two_files_of_one_name_are_two_students(make_tree):
    folder = make_tree({"anna/hw.ipynb": "A", "bert/hw.ipynb": "B", "carl.ipynb": "C"})
    assert students(collect([folder])) == {"anna-hw": b"A", "bert-hw": b"B", "carl": b"C"}
    assert students(collect([folder / "bert/hw.ipynb", folder / "anna/hw.ipynb"])) == {"anna-hw": b"A", "bert-hw": b"B"}


def test_a_file_that_is_named_twice_is_taken_once(make_tree, monkeypatch):
    folder = make_tree({"anna.ipynb": "A"})
    monkeypatch.chdir(folder)
    assert len(collect([folder, folder / "anna.ipynb", folder / "../in/anna.ipynb", *map(type(folder), ("anna.ipynb", "."))])) == 1


def test_a_hostile_file_name_becomes_a_safe_student(tmp_path):
    (tmp_path / "a\u202e\x1b\n.ipynb").write_text("A")
    [submission] = collect([tmp_path])
    assert submission == Submission("a___", "a\u202e\x1b\n.ipynb", b"A")


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_file_name_that_is_not_utf8_can_be_told(tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.ipynb")).write_text("A")
    [submission] = collect([tmp_path])
    assert submission.name.encode() == b"a?.ipynb"
    assert submission.content == b"A"


@pytest.mark.parametrize(("name", "reason"), [("absent.ipynb", "No such file or directory"), ("a.ipynb/b", "Not a directory")])
def test_a_path_where_nothing_is_names_the_argument_and_what_is_wanted(make_tree, name, reason):
    path = make_tree({"a.ipynb": ""}) / name
    with pytest.raises(UsageError) as caught:
        collect([path])
    assert str(caught.value) == f"PATH '{path}': {reason}; wanted a notebook, a folder, or an archive (.zip, .tar, .tar.gz, .tgz)"


def test_a_path_that_no_system_has_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="null"):
        collect([tmp_path / "a\0b"])


def test_a_folder_with_nothing_to_grade_is_nobodys_submission(make_tree):
    assert collect([make_tree({"readme.md": "", "submitted/anna/ps1/readme.md": ""})]) == []


def test_a_link_is_not_followed_be_it_found_or_named(make_tree):
    folder = make_tree({"in/anna.ipynb": "A", "secret": "S"})
    (folder / "in/bert.ipynb").symlink_to(folder / "secret")
    (folder / "in/lost.ipynb").symlink_to(folder / "absent")
    (folder / "in/loop").symlink_to(folder / "in")
    for submissions in (collect([folder / "in"]), collect([folder / "in/anna.ipynb", folder / "in/bert.ipynb", folder / "in/lost.ipynb"])):
        anna, bert, lost = submissions
        assert anna.content == b"A"
        assert fault(bert) == ("source.not_regular", {"name": "bert.ipynb"})
        assert fault(lost) == ("source.not_regular", {"name": "lost.ipynb"})


@pytest.mark.timeout(20)
def test_a_pipe_a_socket_and_a_device_are_refused_without_waiting(make_tree, monkeypatch):
    folder = make_tree({"anna.ipynb": "A"})
    os.mkfifo(folder / "bert.ipynb")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("carl.ipynb")
        anna, bert, carl, zero = collect([folder, type(folder)("/dev/zero")])
    assert anna.content == b"A"
    assert fault(bert) == ("source.not_regular", {"name": "bert.ipynb"})
    assert fault(carl) == ("source.not_regular", {"name": "carl.ipynb"})
    assert fault(zero) == ("source.not_regular", {"name": "zero"})


def test_a_file_of_200_megabytes_is_refused_without_being_read(make_tree, monkeypatch):
    folder = make_tree({"anna.ipynb": "A", "bert.ipynb": ""})
    os.truncate(folder / "bert.ipynb", 200 << 20)
    reads = []
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args: reads.append(real(*args)) or reads[-1])
    anna, bert = collect([folder])
    assert anna.content == b"A"
    assert fault(bert) == ("notebook.too_large", {"got_bytes": 200 << 20, "limit_bytes": MAX_BYTES})
    assert len(reads) == 2


def test_a_file_that_grows_while_it_is_read_is_refused(make_tree, monkeypatch):
    folder = make_tree({"anna.ipynb": ""})
    os.truncate(folder / "anna.ipynb", MAX_BYTES + 5)
    real = os.fstat

    class Small:
        def __init__(self, status):
            self.st_mode = status.st_mode
            self.st_size = 3

    monkeypatch.setattr("autograder.sources.files.os.fstat", lambda descriptor: Small(real(descriptor)))
    [submission] = collect([folder / "anna.ipynb"])
    assert fault(submission) == ("notebook.too_large", {"got_bytes": MAX_BYTES + 1, "limit_bytes": MAX_BYTES})


def test_both_stages_draw_the_line_at_the_same_size():
    assert MAX_BYTES == reading.MAX_BYTES


def test_what_can_not_be_opened_or_listed_is_a_fault_of_its_own(make_tree, monkeypatch):
    folder = make_tree({"anna.ipynb": "A", "bert.ipynb": "B", "deep/carl.ipynb": "C"})
    real_open, real_scandir = os.open, os.scandir

    def deny_open(path, flags):
        if str(path).endswith("bert.ipynb"):
            raise PermissionError(13, "Permission denied", str(path))
        return real_open(path, flags)

    def deny_scandir(path):
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return real_scandir(path)

    monkeypatch.setattr("autograder.sources.files.os.open", deny_open)
    monkeypatch.setattr("autograder.sources.files.os.scandir", deny_scandir)
    anna, bert, deep = collect([folder])
    assert anna.content == b"A"
    assert fault(bert) == ("source.withheld", {"name": "bert.ipynb", "reason": "Permission denied"})
    assert fault(deep) == ("source.withheld", {"name": "in/deep", "reason": "Permission denied"})


def test_faults_of_a_course_outside_of_what_was_submitted_are_nobodys(make_tree):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A"})
    (course / "release.ipynb").symlink_to(course / "absent")
    assert collect([course]) == [Submission("anna", "submitted/anna/ps1/ps1.ipynb", b"A")]


def test_a_fault_is_a_message_with_raw_params(tmp_path):
    (tmp_path / "<b>.ipynb").symlink_to("x")
    assert collect([tmp_path])[0].fault == Message("source.not_regular", {"name": "<b>.ipynb"})
