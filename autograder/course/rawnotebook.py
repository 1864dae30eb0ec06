"""A notebook of the course with what `notebook.read` leaves out: cell ids, outputs, and the text in which it is written."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from autograder import jsonio
from autograder.course.loading import read_notebook
from autograder.notebook import reading

KERNEL: Final = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA: Final = ("deletable", "editable", "nbgrader", "tags")
"""What a released cell may say of itself; anything else is an editor's note about the author's machine."""


@dataclass(frozen=True)
class RawCell:
    """A cell as it stands in the file. `outputs` tells whether it has any or a count of how often it was run."""

    kind: str
    source: str
    cell_id: str
    grade_id: str | None
    solution: bool
    outputs: bool


@dataclass(frozen=True)
class RawNotebook:
    """The cells of a notebook; `where` names its file in messages."""

    where: str
    cells: tuple[RawCell, ...]


def read_raw(path: Path) -> RawNotebook:
    """Read the course's notebook at `path`.

    Raises:
        AssignmentError: it is missing or no notebook.
    """
    notebook = read_notebook(path)
    cells = _document(path.read_bytes())["cells"]
    return RawNotebook(
        f"{path.parent.name}/{path.name}",
        tuple(
            RawCell(
                kind=cell.kind,
                source=cell.source,
                cell_id=raw["id"] if isinstance(raw.get("id"), str) else "",
                grade_id=cell.grade_id,
                solution=cell.solution,
                outputs=bool(raw.get("outputs")) or raw.get("execution_count") is not None,
            )
            for cell, raw in zip(notebook.cells, cells, strict=True)
        ),
    )


def tidied(content: bytes) -> bytes:
    """A notebook in one fixed form: names sorted, sources as lists of lines, nothing of the machine it was written on."""
    document = _document(content)
    cells = []
    for cell in document["cells"]:
        kept = {name: cell[name] for name in ("attachments", "cell_type", "id") if name in cell}
        kept["metadata"] = {name: cell["metadata"][name] for name in CELL_METADATA if name in cell["metadata"]}
        kept["source"] = "".join(cell["source"]).splitlines(keepends=True)
        cells.append(kept | ({"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}))
    tidy = {"cells": cells, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(tidy, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _document(content: bytes) -> dict[str, Any]:
    document = jsonio.loads(content, max_bytes=reading.MAX_BYTES, max_depth=reading.MAX_DEPTH)
    return cast("dict[str, Any]", document)  # read_notebook has seen to its form
