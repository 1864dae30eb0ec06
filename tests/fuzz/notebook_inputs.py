"""Notebooks to begin from: the real release as programs save it and students leave it, and what else may be handed in under its name."""

import itertools
import json
import re
from pathlib import Path

import shapes
from harness import instrumented

with instrumented("autograder.notebook", "autograder.jsonio"):
    from autograder.course.handing_in import as_ipynb
    from autograder.course.loading import read_notebook
    from autograder.model import Notebook

COURSE = Path(__file__).parents[2]
RELEASED = COURSE / "assignments" / "01-activations" / "01-activations.ipynb"
RELEASE = read_notebook(RELEASED)
SOLVED = read_notebook(COURSE / "solutions" / "01-activations" / "01-activations.ipynb")
NAMED = {cell.grade_id: cell for cell in RELEASE.cells if cell.grade_id}
SOLUTIONS = [cell for cell in NAMED.values() if cell.solution]
DEFINED = {name: cell for cell in SOLUTIONS for name in re.findall(r"^def (\w+)", cell.source, re.MULTILINE)}
WORDS = (
    *("cells", "cell_type", "source", "metadata", "nbgrader", "tags", "nbformat", "nbformat_minor", "outputs", "id", "figure"),
    *("grade_id", "grade", "solution", "locked", "points", "task", "schema_version", "code", "markdown", "raw", "heading"),
    *NAMED,
    *(f"def {name}(z):\n    return z" for name in DEFINED),
    *(["x\n", "y"], ["figure"], {"nbgrader": {"grade_id": "sigmoid", "grade": True, "locked": True, "points": 1000}}, 3, 4, 5, 1000.0),
)


def seeds():
    """The notebook as handed out, solved, run, saved by other programs, without its metadata, abridged; and what is none."""
    yield RELEASED.read_bytes()
    yield as_ipynb(SOLVED)
    document = _abridged(json.loads(RELEASED.read_bytes()))
    cells = document["cells"]
    yield json.dumps(document).encode()
    yield json.dumps(document, indent=1, ensure_ascii=False).encode()
    yield json.dumps({**document, "cells": [run(cell) for cell in cells]}).encode()
    yield json.dumps({**document, "cells": [_by_lines(cell) for cell in cells], "nbformat_minor": 0}).encode()
    yield json.dumps({**document, "cells": [{**cell, "metadata": {}} for cell in cells]}).encode()
    yield json.dumps({**document, "cells": cells * 2}).encode()
    yield json.dumps({**document, "cells": cells[::-1]}).encode()
    yield as_ipynb(Notebook(tuple(cell for cell in SOLVED.cells if cell.solution)))
    yield from (b"", b"{}", b"[]", b'{"nbformat": 4, "cells": []}', b"import numpy", b'{"a":1,"a":2}')
    yield from (b"\xef\xbb\xbf{}", "{}".encode("utf-16"))
    yield from (b"[" * 60 + b"]" * 60, b"1" * 1001, b'"\\ud800"', b'{"a": 1e999, "b": NaN}', b'{"nbformat": 3, "worksheets": []}')


def changed(data, rng):
    """Another notebook: changed as a document, as cells, or as bytes."""
    how = rng.randrange(8)
    if how == 0:
        return shapes.bits(data, rng)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = _abridged(json.loads(RELEASED.read_bytes()))
    cells = document.get("cells") if isinstance(document, dict) else None
    if how < 4 and isinstance(cells, list) and cells:
        return shapes.written({**document, "cells": _other_cells(cells, rng)}, rng)
    if how == 4 and isinstance(cells, list) and cells:  # in one cell, where random places in long texts would seldom be
        place = rng.randrange(len(cells))
        return shapes.written({**document, "cells": [*cells[:place], shapes.changed(cells[place], rng, WORDS), *cells[place + 1 :]]}, rng)
    return shapes.written(shapes.changed(document, rng, WORDS), rng)


def run(cell):
    """The cell as it is saved after it was run."""
    return {**cell, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}], "execution_count": 7, "id": "other"}


def _by_lines(cell):
    return {**cell, "source": cell["source"].splitlines(keepends=True) if isinstance(cell["source"], str) else cell["source"]}


def _abridged(document):
    """The document with the first lines of each source only: small, so that changes are many and quick."""
    cells = []
    for cell in document["cells"]:
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        kept = [line for line in source.splitlines() if line.startswith(("def ", "import ", "#", "assert"))][:3]
        cells.append({**cell, "source": "\n".join(kept)})
    return {**document, "cells": cells}


def _other_cells(cells, rng):
    """The cells with some of them taken out, copied, moved, written into, or with other words about them."""
    cells = list(cells)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        place = rng.randrange(len(cells)) if cells else 0
        cell = cells[place] if cells and isinstance(cells[place], dict) else {"cell_type": "code", "source": "", "metadata": {}}
        how = rng.randrange(6)
        if how == 0 and cells:
            del cells[place]
        elif how == 1:
            cells.insert(rng.randrange(len(cells) + 1), _edited(cell, rng) if rng.random() < 0.6 else cell)
        elif how == 2 and cells:
            cells.insert(rng.randrange(len(cells)), cells.pop(place))
        elif cells:
            cells[place] = _edited(cell, rng)
    return cells


def _edited(cell, rng):
    """The cell with another source, kind, or other words of nbgrader's about it."""
    how = rng.randrange(6)
    if how == 0:
        return {**cell, "source": rng.choice(SOURCES)}
    if how == 1:
        return {**cell, "cell_type": rng.choice(("code", "markdown", "raw"))}
    if how == 2:
        return {**cell, "metadata": {}}
    nbgrader = {"grade_id": rng.choice([*NAMED, "other", ""]), "schema_version": 3}
    if how == 3:
        flags = {key: rng.choice((True, False)) for key in ("grade", "solution", "locked", "task")}
        return {**cell, "metadata": {"nbgrader": {**nbgrader, **flags, "points": rng.choice((1, 4.0, 1e9, -1, None, True, "4", 10**400))}}}
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    old = metadata.get("nbgrader")
    if how == 4 and isinstance(old, dict):
        return {**cell, "metadata": {**metadata, "nbgrader": {**old, "grade_id": nbgrader["grade_id"]}}}
    return {**cell, "metadata": {**metadata, "tags": rng.choice((["figure"], [], ["x", 3], "figure"))}}


SOURCES = (
    *("", "  \n", "x = 1", "print(2)", "text é \u2028 \U0001d4b3"),
    *(cell.source for cell in SOLUTIONS),
    *(cell.source + "\n" for cell in SOLUTIONS),
    *(f"def {name}(z):\n    return {number}" for name in list(DEFINED)[:6] for number in (1, 2)),
    *(f"async  def {first}(z): 1\nclass\t{second}: 2" for first, second in itertools.pairwise(DEFINED)),
    *(cell.source for cell in RELEASE.cells if cell.locked),
)
RELEASED_CELLS = json.loads(RELEASED.read_bytes())["cells"]


def grown(rng):
    """A notebook of cells of the release, whole or abridged, some of them changed, and of the student's own."""
    cells = RELEASED_CELLS if rng.randrange(8) == 0 else ABRIDGED_CELLS
    if rng.randrange(3) == 0:
        cells = _gathered(cells, rng)
    document = {"nbformat": 4, "nbformat_minor": rng.choice((5, 4, 0)), "metadata": {}, "cells": _other_cells(cells, rng)}
    return shapes.written(document if rng.randrange(4) else shapes.changed(document, rng, WORDS), rng)


def _gathered(cells, rng):
    """The cells with the solution of one written into that of another, and its own taken out, as students do."""
    one, other = (rng.choice(SOLUTIONS) for _ in range(2))
    written = {"source": "\n\n".join(f"def {name}(z):\n    return 1" for name, cell in DEFINED.items() if cell in (one, other))}
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    return [
        {**cell, **(written if name == one.grade_id else {})} for cell, name in zip(cells, names, strict=True) if name != other.grade_id
    ]


ABRIDGED_CELLS = _abridged({"cells": RELEASED_CELLS})["cells"]
