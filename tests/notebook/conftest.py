"""Builders of notebooks, as the JSON an editor writes and as the nouns they are read into."""

import json

import pytest

from autograder.model import Cell, Notebook


@pytest.fixture
def make_ipynb():
    """Return a function: cells -> bytes of a notebook of nbformat 4.5; keywords replace members of the document."""

    def make(*cells, **members):
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "ir"}}, "cells": list(cells)} | members
        return json.dumps(document).encode()

    return make


@pytest.fixture
def make_cell():
    """Return a function: (source, kind, nbgrader metadata) -> a cell as JSON."""

    def make(source="x = 1", kind="code", nbgrader=None, **metadata):
        if nbgrader is not None:
            metadata["nbgrader"] = nbgrader
        return {"cell_type": kind, "source": source, "metadata": metadata, "outputs": [{"output_type": "stream"}], "execution_count": 7}

    return make


@pytest.fixture
def release():
    """A release of two exercises, with an imports cell, text between, and a figure."""
    return Notebook(
        (
            Cell("code", "import numpy as np", "imports", locked=True),
            Cell("markdown", "# One"),
            Cell("code", "def one(x):\n    raise NotImplementedError()", "one-solution", solution=True),
            Cell("code", "assert one(1) == 2", "one", locked=True, points=4.0),
            Cell("markdown", "# Two"),
            Cell("code", "def two(x):\n    raise NotImplementedError()\n\ndef two_grad(x):\n    pass", "two-solution", solution=True),
            Cell("code", "assert two(1) == 2", "two", locked=True, points=6.0),
            Cell("code", "plot()", "figure", locked=True, tags=("figure",)),
        )
    )
