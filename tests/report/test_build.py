"""Putting a report together: what is told of a notebook stays of a length that can be read."""

from autograder.model import CellError, Message, Verdict
from autograder.report import build
from autograder.report.messages import render


def errors(count, last=Verdict.ERROR):
    told = [CellError(f"cell {number}", Verdict.ERROR, Message("cell.died", {"text": "x" * 9999})) for number in range(count - 1)]
    return [*told, CellError("last", last, Message("cell.died"))]


def test_a_few_cells_that_did_not_run_are_told_one_by_one_with_their_texts_cut():
    told = build._told(errors(build.MOST_CELL_ERRORS))
    assert [error.cell for error in told] == [f"cell {number}" for number in range(build.MOST_CELL_ERRORS - 1)] + ["last"]
    assert len(told[0].message.params["text"]) == build.LONGEST_TEXT


def test_of_thousands_the_rest_are_counted_and_the_worst_of_them_is_kept():
    told = build._told(errors(2000, last=Verdict.TIME_LIMIT))
    assert len(told) == build.MOST_CELL_ERRORS + 1
    assert (told[-1].cell, told[-1].verdict) == (f"cell {build.MOST_CELL_ERRORS}", Verdict.TIME_LIMIT)
    assert "1950 cells did not run" in render(told[-1].message)
