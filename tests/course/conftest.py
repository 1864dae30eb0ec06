"""A toy course of one assignment: two exercises, one of them with two parts."""

import json
from pathlib import Path

import pytest

MANIFEST = """\
id = "00-toy"
title = "A toy"
summary = "Double and square."
hours = 0.5
kind = "numpy"

[limits]
call_seconds = 2.5
memory_bytes = 1073741824

[[exercises]]
id = "double"
title = "Twice"
functions = ["double"]
parts = { values = 40 }

[[exercises]]
id = "power"
title = "The square"
functions = ["square", "square_grad"]
parts = { value = 20.5, at-zero = 39.5 }
isolate = true
"""

DOUBLE = '''\
def double(z):
    """Twice z."""
    ### BEGIN SOLUTION
    return np.asarray(z) * 2.0
    ### END SOLUTION
'''

POWER = '''\
def square(z):
    """z times z."""
    ### BEGIN SOLUTION
    return np.multiply(z, z)
    ### END SOLUTION


def square_grad(z):
    """The derivative of square."""
    ### BEGIN SOLUTION
    return np.multiply(2.0, z)
    ### END SOLUTION
'''

MISTAKES = '''\
"""Wrong answers."""

import math
import numpy as np
from autograder.checks import mistake


@mistake("double", "adds 2 in place of doubling", hint="Try z = 5: which of the two is it?", fails=("values",))
def double(z):
    # a comment of its own
    return np.asarray(z) + 2


@mistake(
    "power",
    "the derivative of the cube",
    hint="Which power has this "
    "derivative?",
    fails=("value", "at-zero"),
)
def square_grad(z):
    return 3 * np.square(z)
'''

VARIANT = '''\
"""By addition."""

import numpy as np


def double(z):
    return np.add(z, z)


def square(z):
    return np.power(z, 2)


def square_grad(z):
    return double(z)
'''


def cell(kind, source, cell_id, **nbgrader):
    metadata = {}
    if nbgrader:
        state = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        metadata["nbgrader"] = state | {"grade_id": cell_id} | nbgrader
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": cell_id, "metadata": metadata, "source": source} | code


def toy_cells():
    return [
        cell("markdown", "# A toy", "title"),
        cell("code", "import numpy as np", "imports", locked=True),
        cell("markdown", "Double z.", "double-text"),
        cell("code", DOUBLE, "double-solution", solution=True),
        cell("code", "print(double(3))\nassert double(3) == 6", "double", grade=True, locked=True, points=40),
        cell("markdown", "Square z.", "power-text"),
        cell("code", POWER, "power-solution", solution=True),
        cell("code", "assert square(3) == 9", "power", grade=True, locked=True, points=60),
        cell("code", "plot(square_grad)", "figure", locked=True) | {"metadata": FIGURE},
    ]


FIGURE = {
    "tags": ["figure"],
    "collapsed": True,
    "nbgrader": {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3, "grade_id": "figure"},
}


def write_notebook(path: Path, cells, **members):
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": KERNEL, "author": "me"}, "cells": cells} | members
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


KERNEL = {"name": "my-venv", "display_name": "My own", "language": "python"}


class Toy:
    """The toy course on disk, with ways to change it."""

    id = "00-toy"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "solutions" / self.id
        self.notebook = self.folder / f"{self.id}.ipynb"
        self.released = root / "assignments" / self.id / f"{self.id}.ipynb"
        write_notebook(self.notebook, toy_cells())
        write_notebook(self.released, toy_cells())
        (self.folder / "variants").mkdir()
        for name, text in {
            "assignment.toml": MANIFEST,
            "mistakes.py": MISTAKES,
            "variants/sums.py": VARIANT,
            "checks.py": "",
            "reference.py": "",
        }.items():
            (self.folder / name).write_text(text)

    def edit(self, name, old, new):
        """Replace `old` by `new` in a file of the assignment."""
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def edit_cell(self, cell_id, **members):
        """Replace members of a cell of the source notebook."""
        cells = json.loads(self.notebook.read_text())["cells"]
        write_notebook(self.notebook, [one | members if one["id"] == cell_id else one for one in cells])

    def edit_nbgrader(self, cell_id, **members):
        """Replace members of a cell's nbgrader metadata."""
        cells = json.loads(self.notebook.read_text())["cells"]
        for one in cells:
            if one["id"] == cell_id:
                one["metadata"]["nbgrader"] |= members
        write_notebook(self.notebook, cells)


@pytest.fixture
def toy(tmp_path):
    return Toy(tmp_path / "toy")
