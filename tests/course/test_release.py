"""The student notebook: made by nbgrader, the same bytes each time, and giving nothing away."""

import json
import os
import sys

import pytest
from nbformat import from_dict
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum

from autograder import notebook
from autograder.course.release import CODE_STUB, release
from autograder.errors import AssignmentError, MissingExtraError


def released(toy):
    return json.loads(release(toy.root, toy.id))


def source_of(document, cell_id):
    [cell] = [cell for cell in document["cells"] if cell["id"] == cell_id]
    return "".join(cell["source"])


def test_solutions_become_stubs_and_the_rest_stays(toy):
    document = released(toy)
    stub = CODE_STUB.replace("\n", "\n    ")
    assert source_of(document, "double-solution") == f'def double(z):\n    """Twice z."""\n    {stub}\n'
    assert source_of(document, "power-solution").count("raise NotImplementedError()") == 2
    assert source_of(document, "double") == "print(double(3))\nassert double(3) == 6"
    assert [cell["id"] for cell in document["cells"]] == [
        "title",
        "imports",
        "double-text",
        "double-solution",
        "double",
        "power-text",
        "power-solution",
        "power",
        "figure",
    ]


def test_it_is_the_same_bytes_each_time_and_ends_in_a_newline(toy):
    first = release(toy.root, toy.id)
    assert release(toy.root, toy.id) == first
    assert first.endswith(b"}\n")
    assert not first.endswith(b"\n\n")


def test_nothing_of_the_authors_machine_is_in_it(toy):
    text = release(toy.root, toy.id).decode()
    assert "my-venv" not in text
    assert '"author"' not in text
    assert '"collapsed"' not in text
    assert json.loads(text)["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_locks_points_tags_and_checksums_are_nbgraders(toy):
    document = from_dict(released(toy))
    for cell in document.cells:
        cell.source = "".join(cell.source)
    MetadataValidator().validate_nb(document)
    graded = [cell for cell in document.cells if "nbgrader" in cell.metadata]
    assert [cell.metadata.nbgrader.checksum for cell in graded] == [compute_checksum(cell) for cell in graded]
    assert [cell.metadata.editable for cell in graded if "editable" in cell.metadata] == [False] * 4
    cells = notebook.read(release(toy.root, toy.id)).cells
    assert {cell.grade_id: cell.points for cell in cells if cell.points} == {"double": 40.0, "power": 60.0}
    assert cells[-1].tags == ("figure",)


def test_a_students_answer_in_it_needs_no_repair(toy):
    student = notebook.read(release(toy.root, toy.id))
    assert notebook.repair(student, student).repairs == ()


def test_it_leaves_the_course_the_folder_and_the_terminal_alone(toy, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for place in (tmp_path, toy.root, tmp_path / "home" / ".jupyter"):
        place.mkdir(parents=True, exist_ok=True)
        (place / "nbgrader_config.py").write_text("raise SystemExit('read')")
    before = sorted(path for path in tmp_path.rglob("*"))
    release(toy.root, toy.id)
    assert sorted(path for path in tmp_path.rglob("*")) == before
    assert os.getcwd() == str(tmp_path)
    assert capfd.readouterr() == ("", "")


def test_it_can_be_made_before_there_is_any(toy):
    toy.released.unlink()
    assert release(toy.root, toy.id)


def test_outputs_are_refused(toy):
    toy.edit_cell("double", outputs=[{"output_type": "stream", "name": "stdout", "text": "6"}])
    with pytest.raises(AssignmentError) as caught:
        release(toy.root, toy.id)
    assert str(caught.value) == "00-toy/00-toy.ipynb: cell double holds outputs; clear them, they would show the solution"


def test_cells_without_an_id_are_refused(toy):
    toy.edit_cell("double-text", id=None)
    with pytest.raises(AssignmentError) as caught:
        release(toy.root, toy.id)
    assert str(caught.value) == "00-toy/00-toy.ipynb: cell 3 has no id (nbformat 4.5); without one two releases differ"


@pytest.mark.parametrize(
    ("cell_id", "source", "reason"),
    [
        ("double-solution", "def double(z):\n    ### BEGIN SOLUTION\n    return z", "no end solution statement found"),
        ("double-solution", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "encountered nested begin solution statements"),
        ("double", "### BEGIN HIDDEN TESTS\nassert 1", "No end hidden tests statement found"),
        ("imports", "### BEGIN SOLUTION\nx\n### END SOLUTION", "Solution region detected in a non-solution cell"),
    ],
)
def test_what_nbgrader_refuses_is_told_in_its_words(toy, cell_id, source, reason):
    toy.edit_cell(cell_id, source=source)
    with pytest.raises(AssignmentError) as caught:
        release(toy.root, toy.id)
    assert str(caught.value).startswith("00-toy/00-toy.ipynb: nbgrader refuses it (")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("cell_id", "source", "told"),
    [
        ("power-text", "By the way: `return np.multiply( 2.0, z )`", "a line of a solution in cell 6: 'return np.multiply(2.0, z)'"),
        ("power", "# return np.asarray(z) * 2.0", "a line of a solution in cell power: 'return np.asarray(z) * 2.0'"),
        ("power-text", "### END SOLUTION", None),
        ("power", "pass ### END HIDDEN TESTS", None),
        ("double-text", "Beware: adds 2 in place of doubling.", "the name of a mistake in cell 3: 'adds 2 in place of doubling'"),
        ("title", "Try z = 5: which of the two is it?", "the hint of a mistake in cell 1: 'Try z = 5: which of the two is it?'"),
        ("title", "As marked by BEGIN HIDDEN ones", "the marker in cell 1: 'BEGIN HIDDEN'"),
    ],
)
def test_a_release_that_shows_a_secret_is_refused(toy, cell_id, source, told):
    toy.edit_cell(cell_id, source=source)
    if told is None:  # a lone end marker is taken out by nbgrader itself
        assert "END " not in release(toy.root, toy.id).decode()
        return
    with pytest.raises(AssignmentError) as caught:
        release(toy.root, toy.id)
    assert str(caught.value) == f"00-toy/00-toy.ipynb: the release would show {told}"


def test_the_lines_of_a_solution_cell_without_markers_are_secret_too(toy):
    toy.edit_cell("double-solution", source="def double(z):\n    return np.add(z, z + 0.0)")
    assert source_of(released(toy), "double-solution") == CODE_STUB
    toy.edit_cell("title", source="return np.add(z, z + 0.0)")
    with pytest.raises(AssignmentError, match="a line of a solution in cell 1"):
        release(toy.root, toy.id)


def test_hidden_tests_are_taken_out(toy):
    toy.edit_cell("double", source="assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(77) == 154\n### END HIDDEN TESTS")
    assert source_of(released(toy), "double") == "assert double(1) == 2"


def test_an_assignment_without_mistakes_can_be_released(toy):
    (toy.folder / "mistakes.py").unlink()
    assert release(toy.root, toy.id)


def test_without_nbgrader_the_line_that_installs_it_is_told(toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.converters", None)
    with pytest.raises(MissingExtraError, match=r"install it with: pip install 'gradient-autograder\[grade\]'$"):
        release(toy.root, toy.id)


def test_an_unknown_assignment_is_told_so(toy):
    with pytest.raises(AssignmentError, match="assignment 'x' is not in"):
        release(toy.root, "x")
