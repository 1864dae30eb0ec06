"""Validate the bytes of an .ipynb file (nbformat 4). In: bytes as they came. Out: model.Notebook. Repairs nothing.

A walk of our own: nbformat's reader costs 20 to 65 times as much, prints two lines for each cell id that occurs twice, and repairs
what it validates. Outputs, attachments, kernelspec and cell ids are not looked at.
"""

import json
import math
from collections.abc import Sequence
from typing import Final, Literal

from autograder import jsonio
from autograder.errors import SubmissionError
from autograder.model import Cell, Json, Notebook

MAX_BYTES: Final = 32 << 20
"""A notebook with a dozen figures has 2 MB; with animations in its outputs it may have ten times as much."""
MAX_CELLS: Final = 2000
MAX_DEPTH: Final = 50
"""Widget and plot outputs nest 10 to 20 deep; they are not read, but they must be skipped."""
MAX_SOURCE_BYTES: Final = 1_000_000
"""For all code cells together. Text cells are bounded by the file alone: Colab pastes pictures into their source."""
MAX_GRADE_ID: Final = 200

_KINDS: Final[dict[Json, Literal["code", "markdown", "raw"]]] = {"code": "code", "markdown": "markdown", "raw": "raw"}


def read(content: bytes) -> Notebook:
    """Validate `content` and return its cells. nbgrader metadata that is ill-formed counts as absent: the release has the last word.

    Raises:
        SubmissionError: it is not a notebook of nbformat 4 within the caps; the message ids are `notebook.` too_large(got_bytes,
            limit_bytes), encoding, too_deep, not_json(reason), not_notebook, old_format(got), invalid(reason),
            too_many_cells(got, limit).
    """
    cells = _cells(_parse(content))
    if len(cells) > MAX_CELLS:
        raise SubmissionError("notebook.too_many_cells", {"got": len(cells), "limit": MAX_CELLS})
    read_cells = tuple(_cell(number, cell) for number, cell in enumerate(cells, 1))
    refuse_too_much_code(read_cells)
    return Notebook(read_cells)


def refuse_too_much_code(cells: Sequence[Cell]) -> None:
    """Raise SubmissionError notebook.invalid(reason) if the code cells hold more than can be sent to a box.

    As JSON, which is how a cell goes there: a quote is two bytes, and the frame holds a megabyte.
    """
    source_bytes = sum(len(json.dumps(cell.source)) for cell in cells if cell.kind == "code")
    if source_bytes > MAX_SOURCE_BYTES:
        raise _invalid(f"its code cells hold {source_bytes} bytes of source; at most {MAX_SOURCE_BYTES} are taken")


def _parse(content: bytes) -> Json:
    try:
        return jsonio.loads(content, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except jsonio.JsonError as error:
        if error.reason == "too_large":
            raise SubmissionError("notebook.too_large", {"got_bytes": len(content), "limit_bytes": MAX_BYTES}) from None
        if error.reason in ("encoding", "too_deep"):
            raise SubmissionError(f"notebook.{error.reason}") from None
        raise SubmissionError("notebook.not_json", {"reason": str(error)}) from None


def _cells(document: Json) -> list[Json]:
    if not isinstance(document, dict) or "nbformat" not in document:
        raise SubmissionError("notebook.not_notebook")
    version = document["nbformat"]
    if not isinstance(version, int) or isinstance(version, bool):
        raise _invalid("nbformat is not an integer")
    if 0 <= version < 4:
        raise SubmissionError("notebook.old_format", {"got": version})
    if version != 4:  # below 0 it may have a thousand digits
        raise _invalid(f"it has nbformat {_short(version)}; wanted 4")
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise _invalid("cells is not a list" if "cells" in document else "it has no cells")
    return cells


def _cell(number: int, cell: Json) -> Cell:
    if not isinstance(cell, dict):
        raise _invalid(f"cell {number} is not an object")
    name = cell.get("cell_type")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise _invalid(f"cell {number} has the type {_short(name)}; wanted code, markdown or raw")
    metadata = cell.get("metadata", {})
    if not isinstance(metadata, dict):
        raise _invalid(f"the metadata of cell {number} is not an object")
    tags = metadata.get("tags")
    return _graded(
        metadata.get("nbgrader"),
        kind=kind,
        source=_source(number, cell),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def _source(number: int, cell: dict[str, Json]) -> str:
    source = cell.get("source")
    if isinstance(source, str):
        return source
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        if len(lines) == len(source):
            return "".join(lines)
    raise _invalid(f"the source of cell {number} is neither text nor a list of texts")


def _graded(nbgrader: Json, *, kind: Literal["code", "markdown", "raw"], source: str, tags: tuple[str, ...]) -> Cell:
    """The cell with what nbgrader's metadata says of it, in the versions 0 to 3 of its schema."""
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    if not isinstance(nbgrader, dict) or not isinstance(grade_id, str) or not 0 < len(grade_id) <= MAX_GRADE_ID:
        return Cell(kind, source, tags=tags)
    grade = nbgrader.get("grade") is True
    solution = nbgrader.get("solution") is True
    return Cell(
        kind,
        source,
        grade_id=grade_id,
        # as nbgrader itself decides it: a solution is never locked, any other graded cell always is
        locked=not solution and (grade or nbgrader.get("locked") is True),
        solution=solution,
        points=_points(nbgrader.get("points")) if grade or nbgrader.get("task") is True else None,
        tags=tags,
    )


def _points(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        points = float(value)
    except OverflowError:
        return None
    return points if math.isfinite(points) else None


def _invalid(reason: str) -> SubmissionError:
    return SubmissionError("notebook.invalid", {"reason": reason})


def _short(value: Json) -> str:
    """`value` for a message, at most about 40 characters of it. Containers are named only: their repr may be megabytes long."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else repr(value)[:40]
