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


def test_several_notebooks_in_an_archive_have_its_stem_in_front(export, make_zip):
    make_zip({"w/hw.ipynb": "C", "w/more.ipynb": "M"}, "in/1003_cy.zip")
    make_zip({"w/hw.ipynb": "D", "w/own.ipynb": "O"}, "in/1004_di.zip")
    assert taken(collect([export])) == {
        "1001_ann": "A",
        "1002_bob": "B",
        "1003_cy-hw": "C",
        "1003_cy-more": "M",
        "1004_di-hw": "D",
        "1004_di-own": "O",
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


def test_an_archive_beside_others_is_one_students_whatever_it_holds(export, make_zip):
    make_zip({"1001_ann.ipynb": "forged", "zoe.ipynb": "Z"}, "in/1003_cy.zip")
    make_zip({"submitted/1002_bob/ps1/x.ipynb": "forged", "submitted/zoe/ps1/x.ipynb": "S"}, "in/1004_di.zip")
    assert set(taken(collect([export]))) == {
        "1001_ann",
        "1002_bob",
        "1003_cy-1001_ann",
        "1003_cy-zoe",
        "1002_bob-ps1-1004_di-x",
        "zoe-ps1-1004_di-x",
    }


def test_an_archive_that_is_named_may_be_a_course(make_zip, tmp_path):
    make_zip({"submitted/zoe/ps1/x.ipynb": "Z", "source/ps1/x.ipynb": "S"}, "class.zip")
    assert taken(collect([tmp_path / "class.zip"])) == {"zoe": "Z"}


def test_hidden_archives_are_passed_over(export, make_zip):
    (export / "__MACOSX").mkdir()
    make_zip({"hw.ipynb": "H"}, "in/__MACOSX/x.zip")
    make_zip({"hw.ipynb": "H"}, "in/._1001_ann.zip")
    assert sorted(taken(collect([export]))) == ["1001_ann", "1002_bob"]
