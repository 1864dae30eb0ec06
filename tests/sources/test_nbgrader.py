"""nbgrader courses: nobody in submitted/ is lost, and no second file renames a student."""

import os
import time

import pytest

from autograder.sources import collect


def taken(submissions):
    """{student: content, or the id of the fault}, after a look that no two students are alike."""
    result = {item.student: item.fault.id if item.fault else item.content.decode() for item in submissions}
    assert len(result) == len(submissions)
    return result


EVERY_SHAPE = {
    "submitted/anna/ps1/ps1.ipynb": "A",
    "submitted/bert/ps1/notes.txt": "",
    "submitted/carl/mine.ipynb": "C",
    "submitted/dora.ipynb": "D",
    "submitted/emil/readme.txt": "",
    "submitted/fay/ps1/deep/own.ipynb": "F",
    "submitted/j.doe/ps1/notes.txt": "",
    "source/ps1/ps1.ipynb": "S",
}
NOBODY_LOST = {
    "anna": "A",
    "bert": "source.no_notebook",
    "carl": "C",
    "dora": "D",
    "emil": "source.no_notebook",
    "fay": "F",
    "j.doe": "source.no_notebook",
}


def test_nobody_is_lost_whatever_is_in_the_students_folder(make_tree):
    course = make_tree(EVERY_SHAPE)
    assert taken(collect([course])) == NOBODY_LOST
    assert taken(collect([course / "submitted"])) == NOBODY_LOST
    assert taken(collect([course], assignment="ps1")) == NOBODY_LOST
    assert taken(collect(sorted((course / "submitted").iterdir()))) == NOBODY_LOST


@pytest.mark.parametrize("name", ["class.zip", "class.tar.gz"])
def test_nobody_is_lost_in_an_archive_either(make_zip, make_tar, name):
    entries = {place: text.encode() for place, text in EVERY_SHAPE.items()}
    path = make_zip(entries, name) if name.endswith("zip") else make_tar(entries, name)
    assert taken(collect([path])) == NOBODY_LOST


def test_the_fault_says_which_folder_is_empty(make_tree):
    [_, bert] = collect([make_tree({"submitted/anna/ps1/x.ipynb": "A", "submitted/bert/ps1/x.py": ""})])
    assert (bert.student, bert.name, bert.fault.id, dict(bert.fault.params)) == (
        "bert",
        "submitted/bert/ps1",
        "source.no_notebook",
        {"name": "submitted/bert/ps1"},
    )


def test_a_folder_that_is_nobodys_assignment_is_no_fault(make_tree):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A", "submitted/anna/images/a.png": "", "submitted/bert/ps2/ps2.ipynb": "B"})
    assert taken(collect([course])) == {"anna": "A", "bert": "B"}
    assert taken(collect([course], assignment="ps1")) == {"anna": "A"}


def test_the_file_named_like_the_assignment_is_the_students_and_the_others_stand_beside_it(make_tree):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A", "submitted/anna/ps1/a-try.ipynb": "T", "submitted/bert/ps1/ps1.ipynb": "B"})
    assert taken(collect([course])) == {"anna": "A", "anna-a-try": "T", "bert": "B"}


def test_the_only_file_is_the_students_whatever_its_name_and_of_several_none_is(make_tree):
    course = make_tree({"submitted/anna/ps1/x.ipynb": "A", "submitted/bert/ps1/x.ipynb": "X", "submitted/bert/ps1/y.ipynb": "Y"})
    assert taken(collect([course])) == {"anna": "A", "bert-x": "X", "bert-y": "Y"}


def test_a_second_file_in_a_folder_below_does_not_take_the_students_name(make_tree):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A", "submitted/anna/ps1/old/ps1.ipynb": "O"})
    assert taken(collect([course])) == {"anna": "A", "anna-ps1": "O"}


def test_a_folder_called_submitted_in_a_students_own_makes_nobody_else_of_him(make_tree):
    course = make_tree({"submitted/anna/ps1/submitted/bert/ps1/ps1.ipynb": "A"})
    assert taken(collect([course])) == taken(collect([course / "submitted"])) == {"anna": "A"}


def test_an_archive_in_a_students_folder_is_the_students(make_tree, make_zip):
    course = make_tree({"submitted/anna/ps1/x.ipynb": "A", "submitted/bert/ps1/.keep": "", "submitted/carl/.keep": ""})
    make_zip({"w/hw.ipynb": "B"}, "in/submitted/bert/ps1/all.zip")
    make_zip({"hw.ipynb": "C"}, "in/submitted/carl/all.zip")
    make_zip({"data.csv": ""}, "in/submitted/anna/ps1/data.zip")
    make_zip({"hw.ipynb": "D"}, "in/submitted/dora.zip")
    assert taken(collect([course])) == {"anna": "A", "bert": "B", "carl": "C", "dora": "D"}


def test_a_course_beside_other_submissions_does_not_hide_them(make_tree):
    folder = make_tree({"1001_anna/submitted/anna/ps1/ps1.ipynb": "A", "1002_bert/mine.ipynb": "B"})
    assert taken(collect([folder])) == {"anna": "A", "mine": "B"}


def test_one_student_in_two_courses_is_told_apart_by_the_course(make_tree):
    folder = make_tree({"c1/submitted/anna/ps1/ps1.ipynb": "1", "c2/submitted/anna/ps1/ps1.ipynb": "2"})
    assert taken(collect([folder])) == {"c1-ps1-anna": "1", "c2-ps1-anna": "2"}


def test_an_empty_archive_is_the_students_fault_if_there_is_nothing_else(make_tree, make_zip):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A", "submitted/bert/ps1/.keep": ""})
    path = make_zip({"data.csv": ""}, "in/submitted/bert/ps1/all.zip")
    assert taken(collect([course])) == {"anna": "A", "bert": "source.no_notebook"}
    assert taken(collect([path])) == {"bert": "source.no_notebook"}


def test_a_notebook_directly_in_submitted_makes_the_empty_folders_beside_it_students_too(make_tree):
    assert taken(collect([make_tree({"submitted/dora.ipynb": "D", "submitted/e.mil/a.txt": ""})])) == {
        "dora": "D",
        "e.mil": "source.no_notebook",
    }


def test_asked_for_one_assignment_a_student_who_has_only_another_folder_is_not_told_off(make_tree):
    course = make_tree({"submitted/anna/ps2/ps2.ipynb": "A", "submitted/bert/ps1/a.txt": "", "submitted/carl/ps2/a.txt": ""})
    assert taken(collect([course], assignment="ps2")) == {"anna": "A", "carl": "source.no_notebook"}


def test_a_students_folder_that_can_not_be_listed_costs_the_others_nothing(make_tree, monkeypatch):
    course = make_tree({"submitted/anna/ps1/ps1.ipynb": "A", "submitted/b.ert/ps1/ps1.ipynb": "B", "submitted/carl/ps1/ps1.ipynb": "C"})
    real = os.scandir

    def deny(path):
        if str(path).endswith(("b.ert", "carl/ps1")):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("autograder.sources.files.os.scandir", deny)
    assert taken(collect([course])) == {"anna": "A", "b.ert": "source.withheld", "carl": "source.withheld"}


def test_a_folder_submitted_high_above_is_chance(make_tree):
    folder = make_tree({"submitted/2026/autumn/ps1/week/anna.ipynb": "A"})
    assert taken(collect([folder / "submitted/2026/autumn/ps1"])) == {"anna": "A"}


def test_many_courses_beside_many_notebooks_take_no_time(make_zip):
    courses = {f"c{number}/submitted/s/a/x.ipynb": "" for number in range(3_000)}
    path = make_zip({**courses, **{f"d{number}.ipynb": "" for number in range(3_000)}})
    began = time.perf_counter()
    assert len(collect([path])) == 6_000
    assert time.perf_counter() - began < 5


SEVERAL = {
    "submitted/anna/ps1/ps1.ipynb": "A1",
    "submitted/anna/ps2/ps2.ipynb": "A2",
    "submitted/anna/ps2/draft.ipynb": "A2 draft",
    "submitted/anna/own/ps1.ipynb": "A own",
    "submitted/bert/ps2/ps2.ipynb": "B2",
    "submitted/bert/ps1/notes.txt": "",
    "submitted/carl/mine.ipynb": "C",
    "submitted/carl/ps2/ps2.ipynb": "C2",
}


def handed_in(submissions):
    """{(student, assignment): content, or the id of the fault}, after a look that no two are alike."""
    result = {(item.student, item.assignment): item.fault.id if item.fault else item.content.decode() for item in submissions}
    assert len(result) == len(submissions)
    return result


def test_a_student_has_one_name_for_all_assignments_that_are_known(make_tree):
    assert handed_in(collect([make_tree(SEVERAL)], known=["ps1", "ps2"])) == {
        ("anna", "ps1"): "A1",
        ("anna", "ps2"): "A2",
        ("anna-draft", "ps2"): "A2 draft",
        ("anna-own", None): "A own",  # whatever it turns out to be, it shall not stand where anna's ps1 does
        ("bert", "ps2"): "B2",
        ("bert", "ps1"): "source.no_notebook",
        ("carl-mine", None): "C",
        ("carl", "ps2"): "C2",
    }


def test_one_name_does_not_depend_on_which_archive_or_folder_was_named(make_tree, make_zip):
    course = make_tree({"submitted/anna/ps1/a.ipynb": "1", "submitted/anna/ps2/a.ipynb": "2"})
    expected = {("anna", "ps1"): "1", ("anna", "ps2"): "2"}
    assert handed_in(collect([course / "submitted" / "anna"], known=["ps1", "ps2"])) == expected
    assert handed_in(collect(sorted((course / "submitted" / "anna").iterdir()), known=["ps1", "ps2"])) == expected
    archive = make_zip({f"submitted/anna/ps{number}/a.ipynb": b"%d" % number for number in (1, 2)}, "class.zip")
    assert handed_in(collect([archive], known=["ps1", "ps2"])) == expected


def test_students_of_one_name_in_two_courses_stay_two_students(make_tree):
    tree = make_tree({f"{course}/submitted/anna/ps{number}/a.ipynb": course + str(number) for course in "xy" for number in (1, 2)})
    assert handed_in(collect([tree], known=["ps1", "ps2"])) == {
        (f"{course}-anna", f"ps{number}"): course + str(number) for course in "xy" for number in (1, 2)
    }
