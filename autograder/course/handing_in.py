"""Write a model.Notebook as the .ipynb file that a student with such cells would hand in. Pure."""

import json
from typing import Any

from autograder.model import Cell, Notebook


def as_ipynb(notebook: Notebook) -> bytes:
    """The notebook as a file: nbformat 4.5, nbgrader metadata, no outputs; the same cells give the same bytes."""
    cells = [_cell(number, cell) for number, cell in enumerate(notebook.cells, 1)]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _cell(number: int, cell: Cell) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    if cell.grade_id is not None:
        metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": cell.grade_id,
            "grade": cell.points is not None,
            "solution": cell.solution,
            "locked": cell.locked,
            "task": False,
            **({"points": cell.points} if cell.points is not None else {}),
        }
    written: dict[str, Any] = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": metadata, "source": cell.source}
    return written | ({"outputs": [], "execution_count": None} if cell.kind == "code" else {})
