"""What is read as a notebook, and what every other file is told."""

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import SubmissionError
from autograder.model import Cell, Notebook
from autograder.notebook import read
from autograder.notebook.reading import MAX_BYTES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
GRADED = st.fixed_dictionaries(
    {},
    optional={"grade_id": JSON | st.text(), "grade": JSON, "solution": JSON, "locked": JSON, "points": JSON, "task": JSON},
)
METADATA = st.fixed_dictionaries({}, optional={"nbgrader": JSON | GRADED, "tags": JSON | st.lists(st.text())})
CELL = JSON | st.fixed_dictionaries(
    {},
    optional={
        "cell_type": JSON | st.sampled_from(["code", "markdown", "raw"]),
        "source": JSON | st.text() | st.lists(st.text()),
        "metadata": JSON | METADATA,
    },
)
NEARLY = st.fixed_dictionaries(
    {}, optional={"nbformat": JSON | st.just(4), "nbformat_minor": JSON, "cells": JSON | st.lists(CELL, max_size=4)}
)


def refusal(content):
    with pytest.raises(SubmissionError) as caught:
        read(content)
    return caught.value.message_id, caught.value.params


@given(st.binary())
def test_arbitrary_bytes_give_a_notebook_or_a_submission_error(content):
    with contextlib.suppress(SubmissionError):
        read(content)


@given(JSON | NEARLY)
def test_arbitrary_json_gives_a_notebook_or_a_submission_error(document):
    with contextlib.suppress(SubmissionError):
        notebook = read(json.dumps(document).encode())
        assert all(isinstance(cell.source, str) and cell.kind in ("code", "markdown", "raw") for cell in notebook.cells)


def test_a_source_may_be_text_or_a_list_of_lines(make_ipynb, make_cell):
    notebook = read(make_ipynb(make_cell("a\nb"), make_cell(["a\n", "b"]), make_cell([], "markdown"), make_cell("", "raw")))
    assert notebook == Notebook((Cell("code", "a\nb"), Cell("code", "a\nb"), Cell("markdown", ""), Cell("raw", "")))


@pytest.mark.parametrize("minor", [0, 2, 4, 5, 99])
def test_any_minor_version_of_format_4_is_read(make_ipynb, make_cell, minor):
    assert len(read(make_ipynb(make_cell(), nbformat_minor=minor)).cells) == 1


def test_cell_ids_may_be_missing_or_occur_twice(make_ipynb, make_cell, capfd):
    cells = [make_cell() | {"id": "same"} for _ in range(3)] + [make_cell()]
    assert len(read(make_ipynb(*cells)).cells) == 4
    assert capfd.readouterr() == ("", "")


def test_metadata_that_is_absent_is_no_fault(make_ipynb):
    assert read(make_ipynb({"cell_type": "code", "source": "x"}, metadata=None)).cells == (Cell("code", "x"),)


def test_nbgrader_metadata_is_read(make_ipynb, make_cell):
    solution = {"schema_version": 3, "grade_id": "a-solution", "grade": False, "solution": True, "locked": False, "task": False}
    grade = {"grade_id": "a", "grade": True, "solution": False, "locked": False, "points": 4}
    manual = {"grade_id": "essay", "grade": True, "solution": True, "locked": True, "points": 2.5}
    task = {"grade_id": "task", "task": True, "points": 1, "locked": True}
    given_cell = {"grade_id": "imports", "grade": False, "solution": False, "locked": True, "points": 3}
    cells = [make_cell("", nbgrader=metadata) for metadata in (solution, grade, manual, task, given_cell)]
    assert read(make_ipynb(*cells)).cells == (
        Cell("code", "", "a-solution", solution=True),
        Cell("code", "", "a", locked=True, points=4.0),
        Cell("code", "", "essay", solution=True, points=2.5),
        Cell("code", "", "task", locked=True, points=1.0),
        Cell("code", "", "imports", locked=True),
    )


@pytest.mark.parametrize("nbgrader", ["x", 3, [], {}, {"grade_id": ""}, {"grade_id": 3}, {"grade_id": "x" * 201}, {"grade": True}])
def test_nbgrader_metadata_without_a_usable_grade_id_counts_as_absent(make_ipynb, make_cell, nbgrader):
    assert read(make_ipynb(make_cell("x", nbgrader=nbgrader))).cells == (Cell("code", "x"),)


@pytest.mark.parametrize("points", ["4", True, None, [4], 10**400])
def test_points_that_are_no_number_count_as_absent(make_ipynb, make_cell, points):
    cell = make_cell(nbgrader={"grade_id": "a", "grade": True, "points": points})
    assert read(make_ipynb(cell)).cells[0].points is None


def test_tags_are_read_and_other_things_in_their_place_ignored(make_ipynb, make_cell):
    cells = read(make_ipynb(make_cell(tags=["figure", 3]), make_cell(tags="figure"))).cells
    assert [cell.tags for cell in cells] == [("figure",), ()]


@pytest.mark.parametrize("content", [b"[]", b"3", b"{}", b'{"cells": []}', b'"nbformat"'])
def test_json_that_is_no_notebook_is_told_so(content):
    assert refusal(content) == ("notebook.not_notebook", {})


def test_python_source_is_not_json():
    assert refusal(b"import numpy") == ("notebook.not_json", {"reason": "Expecting value in line 1, column 1"})


def test_a_file_over_the_cap_is_refused_unparsed():
    assert refusal(b"[" * (MAX_BYTES + 1)) == ("notebook.too_large", {"got_bytes": MAX_BYTES + 1, "limit_bytes": MAX_BYTES})


@pytest.mark.parametrize("codec", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_are_refused(make_ipynb, codec):
    assert refusal(make_ipynb().decode().encode(codec)) == ("notebook.encoding", {})


def test_outputs_may_nest_to_the_cap_but_not_beyond(make_ipynb, make_cell):
    def nested(depth):
        return make_ipynb(make_cell() | {"outputs": json.loads("[" * depth + "]" * depth)})

    assert len(read(nested(47)).cells) == 1
    assert refusal(nested(48)) == ("notebook.too_deep", {})
    assert refusal(b"[" * 100_000) == ("notebook.too_deep", {})


@pytest.mark.parametrize("version", [0, 2, 3])
def test_an_old_format_is_named(make_ipynb, version):
    assert refusal(make_ipynb(nbformat=version)) == ("notebook.old_format", {"got": version})


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"nbformat": 5}, "it has nbformat 5; wanted 4"),
        ({"nbformat": -1}, "it has nbformat -1; wanted 4"),
        ({"nbformat": -(10**999)}, "it has nbformat -" + "1".ljust(39, "0") + "; wanted 4"),
        ({"nbformat": "4"}, "nbformat is not an integer"),
        ({"nbformat": True}, "nbformat is not an integer"),
        ({"nbformat": 4.0}, "nbformat is not an integer"),
        ({"cells": {}}, "cells is not a list"),
        ({"cells": None}, "cells is not a list"),
        ({"cells": ["x"]}, "cell 1 is not an object"),
        ({"cells": [{"source": ""}]}, "cell 1 has the type nothing; wanted code, markdown or raw"),
        ({"cells": [{"cell_type": "heading"}]}, "cell 1 has the type 'heading'; wanted code, markdown or raw"),
        ({"cells": [{"cell_type": {}}]}, "cell 1 has the type an object; wanted code, markdown or raw"),
        ({"cells": [{"cell_type": ["code"]}]}, "cell 1 has the type a list; wanted code, markdown or raw"),
        ({"cells": [{"cell_type": "code"}]}, "the source of cell 1 is neither text nor a list of texts"),
        ({"cells": [{"cell_type": "code", "source": 3}]}, "the source of cell 1 is neither text nor a list of texts"),
        ({"cells": [{"cell_type": "code", "source": ["x", 3]}]}, "the source of cell 1 is neither text nor a list of texts"),
        ({"cells": [{"cell_type": "code", "source": "", "metadata": []}]}, "the metadata of cell 1 is not an object"),
    ],
)
def test_what_is_wrong_inside_is_told_with_its_cell(make_ipynb, members, reason):
    assert refusal(make_ipynb(**members)) == ("notebook.invalid", {"reason": reason})


def test_a_notebook_without_cells_is_told_so():
    assert refusal(b'{"nbformat": 4}') == ("notebook.invalid", {"reason": "it has no cells"})


def test_a_long_cell_type_does_not_flood_the_message(make_ipynb):
    _, params = refusal(make_ipynb({"cell_type": "x" * 100_000, "source": ""}))
    assert len(params["reason"]) < 120


def test_cells_are_counted(make_ipynb, make_cell):
    assert len(read(make_ipynb(*[make_cell()] * 2000)).cells) == 2000
    assert refusal(make_ipynb(*[make_cell()] * 2001)) == ("notebook.too_many_cells", {"got": 2001, "limit": 2000})


def test_code_is_counted_as_it_travels_and_text_is_not(make_ipynb, make_cell):
    half = '"' * 249_000  # two bytes each, once quoted
    assert len(read(make_ipynb(make_cell(half), make_cell(half), make_cell("picture" * (1 << 20), "markdown"))).cells) == 3
    message_id, params = refusal(make_ipynb(make_cell(half), make_cell(half), make_cell("x" * 4000)))
    assert message_id == "notebook.invalid"
    assert params["reason"] == "its code cells hold 1000006 bytes of source; at most 1000000 are taken"


def test_thirty_megabytes_of_outputs_are_skipped_within_seconds(make_ipynb, make_cell):
    picture = {"output_type": "display_data", "data": {"image/png": "iVBORw0K" * (1 << 22 - 1)}}
    content = make_ipynb(make_cell() | {"outputs": [picture]})
    assert len(content) > 15 << 20
    began = time.perf_counter()
    assert read(content).cells == (Cell("code", "x = 1"),)
    assert time.perf_counter() - began < 5
