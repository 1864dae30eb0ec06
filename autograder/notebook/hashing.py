"""The name of what was handed in. In: model.Notebook. Out: hexadecimal digits."""

import hashlib

from autograder import jsonio
from autograder.model import Json, Notebook


def submission_hash(notebook: Notebook) -> str:
    """SHA-256 over the ordered (grade_id, kind, source) of the cells, 64 hexadecimal digits.

    Outputs, metadata, cell ids and repairs don't enter, so opening, running and saving a notebook leaves it as it is.
    """
    cells: list[Json] = [[cell.grade_id, cell.kind, cell.source] for cell in notebook.cells]
    return hashlib.sha256(jsonio.dumps(cells)).hexdigest()
