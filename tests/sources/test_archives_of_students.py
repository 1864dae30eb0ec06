"""One archive per student, as learning platforms export them: who is named how."""

import pytest

from autograder.sources import collect


def taken(submissions):
    result = {item.student: item.fault.id if item.fault else item.content.decode() for item in submissions}
    assert len(result) == len(submissions)
    return result


@pytest.fixture
def export(make_zip, make_tar, tmp_path):
    (tmp_path / "in").mkdir()
    make_zip({"hw.ipynb": "A"}, "in/1001_ann.zip")
    make_tar({"work/hw.ipynb": b"B", "work/data.csv": b""}, "in/1002_bob.tar.gz")
    return tmp_path / "in"


def test_the_student_of_an_archive_with_one_notebook_is_the_archives_stem(export):
    assert taken(collect([export])) == {"1001_ann": "A", "1002_bob": "B"}
    assert taken(collect(sorted(export.iterdir()))) == {"1001_ann": "A", "1002_bob": "B"}
    assert len(collect([export, *export.iterdir()])) == 2


def test_the_name_says_the_archive_and_the_place_in_it(export):
    assert [item.name for item in collect([export])] == ["1001_ann.zip/hw.ipynb", "1002_bob.tar.gz/work/hw.ipynb"]


def test_several_notebooks_in_an_archive_have_its_stem_in_front_where_they_are_alike(export, make_zip):
    make_zip({"w/hw.ipynb": "C", "w/more.ipynb": "M"}, "in/1003_cy.zip")
    make_zip({"w/hw.ipynb": "D", "w/own.ipynb": "O"}, "in/1004_di.zip")
    assert taken(collect([export])) == {
        "1001_ann": "A",
        "1002_bob": "B",
        "1003_cy-hw": "C",
        "more": "M",
        "1004_di-hw": "D",
        "own": "O",
    }


def test_an_archive_with_nothing_in_it_or_that_is_broken_is_the_students_fault(export, make_zip):
    make_zip({"a.txt": "", "inner.zip": "not opened"}, "in/1003_cy.zip")
    (export / "1004_di.zip").write_bytes(b"junk")
    assert taken(collect([export])) == {
        "1001_ann": "A",
        "1002_bob": "B",
        "1003_cy": "source.no_notebook",
        "1004_di": "source.bad_archive",
    }


def test_an_archive_with_a_course_names_its_students_and_hides_nobody_beside_it(export, make_zip):
    make_zip({"submitted/zoe/ps1/x.ipynb": "Z", "source/ps1/x.ipynb": "S"}, "in/class.zip")
    assert taken(collect([export])) == {"1001_ann": "A", "1002_bob": "B", "zoe": "Z"}


def test_hidden_archives_are_passed_over(export, make_zip):
    (export / "__MACOSX").mkdir()
    make_zip({"hw.ipynb": "H"}, "in/__MACOSX/x.zip")
    make_zip({"hw.ipynb": "H"}, "in/._1001_ann.zip")
    assert sorted(taken(collect([export]))) == ["1001_ann", "1002_bob"]
