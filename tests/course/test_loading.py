"""Finding a course and loading its assignments."""

import pickle
import re

import pytest

from autograder.course import assignment_ids, find, load, version
from autograder.course.version import assignment_version, package_version
from autograder.errors import AssignmentError


def test_the_nearest_folder_with_solutions_is_the_course(toy):
    deep = toy.root / "assignments" / "00-toy"
    assert find(toy.root) == find(deep) == find(toy.released) == toy.root
    (deep / "solutions").mkdir()
    assert find(deep) == deep


def test_no_course_anywhere_says_what_to_do(tmp_path):
    with pytest.raises(AssignmentError) as caught:
        find(tmp_path)
    assert str(caught.value) == (
        f"no course at '{tmp_path}': neither it nor a folder above it has solutions/; "
        "name one with --course DIR, the folder that holds solutions/ and assignments/"
    )


def test_assignments_are_the_folders_with_a_manifest(toy):
    (toy.root / "solutions" / "notes").mkdir()
    (toy.root / "solutions" / "01-a").mkdir()
    (toy.root / "solutions" / "01-a" / "assignment.toml").touch()
    assert assignment_ids(toy.root) == ["00-toy", "01-a"]
    assert assignment_ids(toy.root / "assignments") == []


def test_an_assignment_is_loaded_whole(toy):
    assignment = load(toy.root, "00-toy")
    assert (assignment.id, assignment.title, assignment.summary) == ("00-toy", "A toy", "Double and square.")
    assert (assignment.hours, assignment.kind, assignment.points) == (0.5, "numpy", 100.0)
    assert [exercise.id for exercise in assignment.exercises] == ["double", "power"]
    assert assignment.limits.call_seconds == 2.5
    assert assignment.folder == toy.folder
    assert assignment.version == assignment_version(toy.folder)
    assert [cell.grade_id for cell in assignment.source.cells if cell.points] == ["double", "power"]
    assert len(assignment.release.cells) == 9
    assert pickle.loads(pickle.dumps(assignment)) == assignment


@pytest.mark.parametrize(
    ("asked", "has"), [("00-tyo", "did you mean '00-toy'?"), ("zzzz", "it has 00-toy"), ("../solutions/00-toy", "did you mean '00-toy'?")]
)
def test_an_unknown_assignment_is_told_with_those_there_are(toy, asked, has):
    with pytest.raises(AssignmentError, match=re.escape(f"assignment '{asked}' is not in {toy.root / 'solutions'}; {has}")):
        load(toy.root, asked)


def test_a_course_without_assignments_is_told_so(tmp_path):
    with pytest.raises(AssignmentError, match=r"it has none$"):
        load(tmp_path, "a")


def test_a_missing_release_comes_with_the_command_that_makes_it(toy):
    toy.released.unlink()
    with pytest.raises(AssignmentError) as caught:
        load(toy.root, "00-toy")
    assert str(caught.value) == "assignments/00-toy/00-toy.ipynb is missing; make it with: autograder release 00-toy"


def test_a_missing_source_is_told_so(toy):
    toy.notebook.unlink()
    with pytest.raises(AssignmentError, match=r"^solutions/00-toy/00-toy.ipynb: it can't be read \(No such file or directory\)$"):
        load(toy.root, "00-toy")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", "notebook.not_notebook)"),
        ('{"nbformat": 3}', "notebook.old_format; got: 3)"),
    ],
)
def test_a_release_that_is_no_notebook_is_the_assignments_fault(toy, content, told):
    toy.released.write_text(content)
    with pytest.raises(AssignmentError) as caught:
        load(toy.root, "00-toy")
    assert str(caught.value) == f"assignments/00-toy/00-toy.ipynb: it is not a notebook that can be graded ({told}"


@pytest.mark.parametrize("name", ["checks.py", "variants/sums.py", "00-toy.ipynb", "new.txt"])
def test_any_file_of_the_assignment_changes_its_version(toy, name):
    before = assignment_version(toy.folder)
    with (toy.folder / name).open("a") as file:
        file.write(" ")
    assert assignment_version(toy.folder) != before


def test_a_file_that_moves_changes_the_version(toy):
    before = assignment_version(toy.folder)
    (toy.folder / "checks.py").rename(toy.folder / "checks2.py")
    assert assignment_version(toy.folder) != before


def test_what_editors_and_python_leave_behind_does_not(toy):
    before = assignment_version(toy.folder)
    for name in ("__pycache__/checks.pyc", ".ipynb_checkpoints/x.ipynb", ".checks.py.swp", "variants/__pycache__/sums.pyc"):
        (toy.folder / name).parent.mkdir(exist_ok=True)
        (toy.folder / name).write_text("x")
    assert assignment_version(toy.folder) == before
    assert re.fullmatch("[0-9a-f]{64}", before)


def test_the_packages_version_changes_it(toy, monkeypatch):
    before = assignment_version(toy.folder)
    monkeypatch.setattr(version, "package_version", lambda: "99")
    assert assignment_version(toy.folder) != before


def test_a_checkout_that_nobody_installed_has_a_version_too(monkeypatch):
    def absent(name):
        raise version.PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", lambda name: f"{name} 1.2")
    assert package_version() == "gradient-autograder 1.2"
    monkeypatch.setattr(version, "version", absent)
    assert package_version() == "source"
