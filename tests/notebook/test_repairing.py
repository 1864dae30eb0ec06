"""Repair: the release decides the structure, the student keeps every line of theirs, nobody gains."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import SubmissionError
from autograder.model import Cell, Message, Notebook
from autograder.notebook import repair

ONE = "def one(x):\n    return x + 1"


def notes(notebook):
    return [(message.id.removeprefix("repair."), message.params["cell"]) for message in notebook.repairs]


def ids(notebook):
    return [cell.grade_id for cell in notebook.cells if cell.grade_id]


def edited(release, at, **members):
    """`release` with the members of the cell whose grade_id is `at` replaced."""
    return Notebook(tuple(replace(cell, **members) if cell.grade_id == at else cell for cell in release.cells))


def without(release, *grade_ids):
    return Notebook(tuple(cell for cell in release.cells if cell.grade_id not in grade_ids))


def inserted(notebook, index, *cells):
    return Notebook((*notebook.cells[:index], *cells, *notebook.cells[index:]))


def test_the_release_itself_needs_no_repair(release):
    assert repair(release, release) == release


def test_a_solution_is_kept_as_it_was_written(release):
    notebook = edited(release, "one-solution", source=ONE)
    assert repair(notebook, release) == notebook


def test_cells_that_the_student_added_stay_in_place(release):
    notebook = inserted(edited(release, "one-solution", source=ONE), 3, Cell("code", "one(3)"), Cell("markdown", "mine", tags=("x",)))
    assert repair(notebook, release) == notebook


def test_a_locked_cell_is_restored(release):
    repaired = repair(edited(release, "one", source="assert True"), release)
    assert repaired.cells == release.cells
    assert notes(repaired) == [("locked_restored", "one")]


@pytest.mark.parametrize("grade_id", ["imports", "one-solution", "one", "two-solution", "two", "figure"])
def test_a_missing_cell_is_inserted_at_its_place(release, grade_id):
    repaired = repair(without(release, grade_id), release)
    assert ids(repaired) == ids(release)
    assert notes(repaired) == [("cell_inserted", grade_id)]


def test_a_missing_cell_comes_before_what_the_student_added_after_its_predecessor(release):
    notebook = inserted(without(release, "one"), 3, Cell("code", "mine()"))
    assert [cell.source for cell in repair(notebook, release).cells[2:5]] == [
        release.cells[2].source,
        release.cells[3].source,
        "mine()",
    ]


@pytest.mark.parametrize("points", [400.0, None, -1.0])
def test_points_come_from_the_release(release, points):
    repaired = repair(edited(release, "one", points=points), release)
    assert repaired.cells == release.cells
    assert notes(repaired) == [("points_restored", "one")]


@pytest.mark.parametrize("members", [{"locked": False}, {"solution": True}, {"kind": "markdown"}, {"kind": "raw"}])
def test_metadata_comes_from_the_release(release, members):
    repaired = repair(edited(release, "two", **members), release)
    assert repaired.cells == release.cells
    assert notes(repaired) == [("metadata_restored", "two")]


def test_a_solution_that_became_a_text_cell_is_code_again(release):
    repaired = repair(edited(release, "one-solution", source=ONE, kind="markdown"), release)
    assert repaired.cells[2] == replace(release.cells[2], source=ONE)
    assert notes(repaired) == [("metadata_restored", "one-solution")]


def test_a_solution_that_became_text_without_a_function_of_its_own_stays_the_student_s_and_undoes_nothing(release):
    stub = next(cell.source for cell in release.cells if cell.grade_id == "one-solution")
    solved = edited(release, "one-solution", source=ONE)
    repaired = repair(edited(solved, "two-solution", source=stub, kind="raw"), release)
    assert [cell.source for cell in repaired.cells if cell.kind == "code" and "def one(" in cell.source] == [ONE]
    assert Cell("raw", stub) in repaired.cells
    assert notes(repaired) == [("cell_inserted", "two-solution")]


def test_a_text_cell_that_becomes_code_again_is_counted_as_code(release):
    notebook = edited(release, "one-solution", source=ONE + "#" * 1_000_000, kind="markdown")
    with pytest.raises(SubmissionError) as caught:
        repair(notebook, release)
    assert caught.value.message_id == "notebook.invalid"
    assert caught.value.params["reason"].endswith("bytes of source; at most 1000000 are taken")


def test_a_figure_tag_that_was_lost_is_restored_and_an_added_one_is_no_repair(release):
    assert notes(repair(edited(release, "figure", tags=()), release)) == [("metadata_restored", "figure")]
    repaired = repair(edited(release, "one", tags=("parameters",)), release)
    assert repaired == release


def test_an_unknown_grade_id_keeps_its_source_and_loses_its_name_and_points(release):
    forged = Cell("code", "bonus()", "bonus", locked=True, points=1000.0, tags=("t",))
    repaired = repair(inserted(release, 4, forged), release)
    assert repaired.cells[4] == Cell("code", "bonus()", tags=("t",))
    assert notes(repaired) == []


def test_an_untouched_copy_of_a_solution_cell_goes_so_that_it_overrides_nothing(release):
    copy = release.cells[2]
    for index in (2, 3, 8):
        repaired = repair(inserted(edited(release, "one-solution", source=ONE), index, copy), release)
        assert repaired.cells == edited(release, "one-solution", source=ONE).cells
        assert notes(repaired) == [("duplicate_dropped", "one-solution")]


def test_of_two_attempts_the_last_counts_and_the_first_stays_as_a_plain_cell(release):
    first, last = "def one(x):\n    return 7", ONE
    notebook = inserted(edited(release, "one-solution", source=first), 3, replace(release.cells[2], source=last))
    repaired = repair(notebook, release)
    assert repaired.cells[2:4] == (Cell("code", first), replace(release.cells[2], source=last))
    assert notes(repaired) == [("duplicate_dropped", "one-solution")]


@pytest.mark.parametrize("copy", [{"source": "  \n"}, {"source": "my notes", "kind": "markdown"}])
def test_a_blank_copy_or_one_turned_to_text_does_not_count(release, copy):
    notebook = inserted(edited(release, "one-solution", source=ONE), 3, replace(release.cells[2], **copy))
    repaired = repair(notebook, release)
    assert repaired.cells[2] == replace(release.cells[2], source=ONE)
    assert repaired.cells[3].source == copy["source"]
    assert ids(repaired) == ids(release)


def test_two_untouched_solution_cells_become_one(release):
    assert repair(inserted(release, 6, release.cells[2]), release).cells == release.cells


def test_a_changed_copy_of_a_locked_cell_stays_as_the_students_own(release):
    debug = replace(release.cells[3], source="print(one(1))", points=50.0)
    repaired = repair(inserted(release, 3, debug), release)
    assert repaired.cells[3:5] == (Cell("code", "print(one(1))"), release.cells[3])
    assert notes(repaired) == [("duplicate_dropped", "one")]


def test_repairs_are_listed_in_the_order_of_the_release(release):
    notebook = edited(edited(without(release, "imports"), "two", points=1.0, source="x", locked=False), "one", source="y")
    notebook = replace(notebook, repairs=(Message("repair.earlier", {"cell": "z"}),))
    assert notes(repair(notebook, release)) == [
        ("earlier", "z"),
        ("cell_inserted", "imports"),
        ("locked_restored", "one"),
        ("locked_restored", "two"),
        ("metadata_restored", "two"),
        ("points_restored", "two"),
    ]


def stripped(notebook):
    return Notebook(tuple(Cell(cell.kind, cell.source) for cell in notebook.cells))


def test_a_notebook_that_lost_all_metadata_is_recognised(release):
    notebook = edited(edited(release, "one-solution", source=ONE), "two-solution", source="def two(x): return x\ndef two_grad(x): return 1")
    repaired = repair(stripped(notebook), release)
    assert repaired.cells == notebook.cells
    assert ("metadata_restored", "one-solution") in notes(repaired)
    assert not [note for note in notes(repaired) if note[0] == "cell_inserted"]


def test_of_several_cells_that_define_a_lost_solution_the_last_is_it(release):
    notebook = inserted(stripped(release), 3, Cell("code", "def one(x): return 0"), Cell("code", ONE), Cell("code", "one(3)"))
    repaired = repair(notebook, release)
    assert repaired.cells[4] == replace(release.cells[2], source=ONE)
    assert repaired.cells[3] == Cell("code", "def one(x): return 0")


def test_two_cells_that_ask_for_one_function_are_recognised_in_their_order():
    release = Notebook(
        tuple(Cell("code", f"def one(x):\n    {i}", f"{name}-solution", solution=True) for i, name in enumerate(["near", "far"]))
    )
    notebook = Notebook((Cell("code", "def one(x): return 1"), Cell("code", "def one(x): return 2")))
    assert ids(repair(notebook, release)) == ["near-solution", "far-solution"]


def test_a_stub_inserted_for_a_lost_cell_never_undoes_what_was_written_elsewhere(release):
    everything = ONE + "\n\ndef two(x):\n    return x\n\nasync def two_grad(x):\n    return 1"
    repaired = repair(without(edited(release, "one-solution", source=everything), "two-solution"), release)
    sources = [cell.source for cell in repaired.cells]
    assert sources.index(release.cells[5].source) < sources.index(everything)
    assert sorted(ids(repaired)) == sorted(ids(release))


def test_code_of_students_is_never_parsed(release):
    bomb = "def one(x):\n    return " + "(" * 100_000
    assert repair(stripped(edited(release, "one-solution", source=bomb)), release).cells[2].source == bomb


def test_a_notebook_of_another_assignment_is_refused_although_it_shares_the_imports(release):
    other = Notebook((release.cells[0], Cell("code", "f()", "seven", locked=True), Cell("code", "plot()", "figure")))
    with pytest.raises(SubmissionError) as caught:
        repair(other, release)
    assert caught.value.message_id == "notebook.other_assignment"
    assert caught.value.params == {"wanted": "one-solution, one, two-solution, two", "got": "imports, seven, figure"}


def test_a_forged_list_of_names_does_not_flood_the_message(release):
    other = Notebook(tuple(Cell("code", "", f"n{i}") for i in range(2000)))
    with pytest.raises(SubmissionError) as caught:
        repair(other, release)
    assert caught.value.params["got"] == ", ".join(f"n{i}" for i in range(12)) + ", …"


def test_an_empty_notebook_is_of_another_assignment(release):
    with pytest.raises(SubmissionError, match="other_assignment"):
        repair(Notebook(()), release)


def test_a_release_without_graded_cells_is_told_by_the_ones_it_has():
    text_only = Notebook((Cell("markdown", "read me", "intro", locked=True),))
    assert repair(text_only, text_only) == text_only
    with pytest.raises(SubmissionError, match="other_assignment"):
        repair(Notebook((Cell("code", "x"),)), text_only)


IDS = ["imports", "one-solution", "one", "two-solution", "two", "figure", "other", None]
CELLS = st.builds(
    Cell,
    kind=st.sampled_from(["code", "markdown", "raw"]),
    source=st.sampled_from(
        ["", "import numpy as np", ONE, "def one(x):\n    raise NotImplementedError()", "def two(x): return x", "two(1)"]
    ),
    grade_id=st.sampled_from(IDS),
    locked=st.booleans(),
    solution=st.booleans(),
    points=st.sampled_from([None, 4.0, 1e9]),
    tags=st.sampled_from([(), ("figure",)]),
)


@st.composite
def mutilated(draw):
    return Notebook(tuple(draw(st.lists(CELLS, max_size=8))))


@given(notebook=mutilated())
def test_whatever_was_done_to_it_structure_and_points_are_the_releases(notebook):
    release = RELEASE
    try:
        repaired = repair(notebook, release)
    except SubmissionError:
        return
    structure = {cell.grade_id: replace(cell, source="" if cell.solution else cell.source) for cell in release.cells if cell.grade_id}
    found = {cell.grade_id: replace(cell, source="" if cell.solution else cell.source) for cell in repaired.cells if cell.grade_id}
    assert found == structure
    assert len(ids(repaired)) == len(structure)
    assert all(not cell.locked and cell.points is None for cell in repaired.cells if cell.grade_id is None)


@given(notebook=mutilated())
def test_repairing_twice_changes_nothing_more(notebook):
    try:
        repaired = repair(notebook, RELEASE)
    except SubmissionError:
        return
    assert repair(repaired, RELEASE) == repaired


@given(notebook=mutilated())
def test_nothing_that_was_written_is_lost_but_in_locked_cells(notebook):
    try:
        repaired = repair(notebook, RELEASE)
    except SubmissionError:
        return
    published = {cell.source.rstrip() for cell in RELEASE.cells}
    locked = {cell.grade_id for cell in RELEASE.cells if cell.locked}
    written = {cell.source for cell in notebook.cells if cell.source.rstrip() not in published and cell.grade_id not in locked}
    assert written <= {cell.source for cell in repaired.cells}


RELEASE = Notebook(
    (
        Cell("code", "import numpy as np", "imports", locked=True),
        Cell("code", "def one(x):\n    raise NotImplementedError()", "one-solution", solution=True),
        Cell("code", "assert one(1) == 2", "one", locked=True, points=4.0),
        Cell("code", "def two(x):\n    raise NotImplementedError()", "two-solution", solution=True),
        Cell("code", "assert two(1) == 2", "two", locked=True, points=6.0),
        Cell("code", "plot()", "figure", locked=True, tags=("figure",)),
    )
)
