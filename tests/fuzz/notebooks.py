"""Fuzz what reads a submission: the bytes of a file, as a notebook, repaired against the real release of 01-activations, hashed.

An input is the file. A finding is
  - an exception other than SubmissionError (JsonError from `jsonio`), or a message unfit to print;
  - JSON that is taken and that Python's own reader refuses or reads otherwise, or that is called a mistake of syntax and is none;
  - JSON that does not survive being written down and read again;
  - a cell with a field of a wrong type, NaN for points, text that UTF-8 can't hold, more code than travels;
  - a repaired notebook that has not exactly the release's cells, points and given code, that loses something the student wrote, puts it in
    another order, or lets a stub undo it; or that changes when it is repaired again;
  - a hash that is not the same for the same notebook written in another way.
"""

import hashlib
import json
import math
import re
from collections import Counter
from dataclasses import replace

import notebook_inputs
from demands import demand, demand_message, demand_text
from harness import instrumented, program
from notebook_inputs import DEFINED, NAMED, RELEASE, run

with instrumented("autograder.notebook", "autograder.jsonio"):
    from autograder import jsonio
    from autograder.errors import SubmissionError
    from autograder.model import Cell, Message, Notebook
    from autograder.notebook import read, repair, submission_hash
    from autograder.notebook.reading import MAX_BYTES, MAX_CELLS, MAX_DEPTH, MAX_SOURCE_BYTES

REASONS = ("too_large", "encoding", "too_deep", "too_many_values", "number", "duplicate_key", "surrogate", "syntax")


class Notebooks:
    """The target; see `harness.program`."""

    name, unit, longest = "notebooks", "notebook", 128 << 10
    modules = ("autograder.jsonio", "autograder.notebook.reading", "autograder.notebook.repairing", "autograder.notebook.hashing")

    def seeds(self):
        """See `notebook_inputs`."""
        return notebook_inputs.seeds()

    def changed(self, data, rng):
        """Another notebook: changed as a document, as cells, or as bytes."""
        return notebook_inputs.changed(data, rng)

    def grown(self, rng):
        """A notebook of cells of the release, of copies that were changed in a way or two, and of cells of the student's own."""
        return notebook_inputs.grown(rng)

    def judge(self, data):
        """Read the file as JSON, then as a notebook; repair it; name it."""
        value = _judge_json(data)
        try:
            notebook = read(data)
        except SubmissionError as error:
            demand(error.message_id.startswith("notebook."), "another kind of message", error.message_id)
            demand_message(Message(error.message_id, error.params))
            return error.message_id
        _demand_notebook(notebook)
        try:
            repaired = repair(notebook, RELEASE)
        except SubmissionError as error:
            demand(error.message_id in ("notebook.other_assignment", "notebook.invalid"), "another kind of message", error.message_id)
            demand_message(Message(error.message_id, error.params))
            return error.message_id
        _demand_repaired(notebook, repaired)
        _demand_hash(notebook, repaired, value)
        return "repaired" if repaired.repairs else "taken as it was"


def _judge_json(data):
    """The JSON value, or None where it is refused."""
    try:
        value = jsonio.loads(data, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    except jsonio.JsonError as error:
        demand(error.reason in REASONS, "another reason", error.reason)
        demand_text(str(error), 300, "the reason")
        if error.reason == "syntax":
            demand(not _is_json(data), "called a mistake of syntax, and is none", str(error))
        return None
    plain = json.loads(data.decode(), object_pairs_hook=_without_doubles, parse_constant=_no_number)
    demand(_same(value, plain), "JSON that Python reads otherwise", value, plain)
    text = jsonio.dumps(value)
    again = jsonio.loads(text, max_bytes=4 * MAX_BYTES, max_depth=MAX_DEPTH)
    demand(again == value, "JSON that does not survive being written down", value, again)
    demand(jsonio.dumps(again) == text, "the canonical text of a value is not one")
    return value


def _without_doubles(pairs):
    demand(len(dict(pairs)) == len(pairs), "a name twice in an object", [name for name, _ in pairs])
    return dict(pairs)


def _no_number(name):
    demand(condition=False, what=f"{name} taken for JSON")


def _is_json(data):
    try:
        json.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _same(one, other):
    """Equal in value and type, the order of names and the sign of zero included."""
    return repr(one) == repr(other)


def _demand_notebook(notebook):
    demand(type(notebook) is Notebook and notebook.repairs == () and len(notebook.cells) <= MAX_CELLS, "no notebook", notebook)
    for cell in notebook.cells:
        demand(type(cell) is Cell and cell.kind in ("code", "markdown", "raw"), "no cell", cell)
        demand_text(cell.source, MAX_BYTES, "a source")
        if cell.grade_id is not None:
            demand_text(cell.grade_id, 200, "a grade_id")
            demand(cell.grade_id != "", "an empty grade_id")
        demand(
            type(cell.locked) is bool and type(cell.solution) is bool and not (cell.locked and cell.solution), "a lock that is none", cell
        )
        demand(cell.points is None or (type(cell.points) is float and math.isfinite(cell.points)), "points that are no number", cell.points)
        demand(type(cell.tags) is tuple, "tags that are no tuple", cell.tags)
        for tag in cell.tags:
            demand_text(tag, MAX_BYTES, "a tag")
    code = sum(len(json.dumps(cell.source)) for cell in notebook.cells if cell.kind == "code")
    demand(code <= MAX_SOURCE_BYTES, "more code than travels", code)


def _demand_repaired(notebook, repaired):
    named = [cell for cell in repaired.cells if cell.grade_id is not None]
    demand(Counter(cell.grade_id for cell in named) == Counter(NAMED.keys()), "other cells than the release's", [c.grade_id for c in named])
    for cell in named:
        original = NAMED[cell.grade_id]
        demand(cell == (replace(original, source=cell.source) if original.solution else original), "a cell unlike the release's", cell)
    for cell in repaired.cells:
        own = cell.grade_id is None
        demand(not own or (cell.points, cell.locked, cell.solution) == (None, False, False), "a cell that gives itself something", cell)
    for message in repaired.repairs:
        demand(
            message.id.startswith("repair.") and message.params.keys() == {"cell"} and message.params["cell"] in NAMED, "no repair", message
        )
        demand_message(message)
    demand(repair(replace(repaired, repairs=()), RELEASE) == replace(repaired, repairs=()), "a repaired notebook that is repaired again")
    published = {cell.source.rstrip() for cell in RELEASE.cells}
    given = {name for name, cell in NAMED.items() if not cell.solution}
    sources = iter([cell.source for cell in notebook.cells])
    kept = [cell.source for cell in repaired.cells if cell.grade_id not in given and cell.source.rstrip() not in published]
    demand(all(source in sources for source in kept), "what was written stands in another order, or was never written", kept)
    written = Counter(cell.source for cell in notebook.cells if cell.source.rstrip() not in published and cell.grade_id not in given)
    demand(not written - Counter(kept), "something that was written is lost", list(written - Counter(kept)))
    meant, counts = _in_force(notebook), _in_force(repaired)
    for name, stub in DEFINED.items():
        cell = meant.get(name)
        if cell is not None and cell.source.rstrip() not in published and cell.grade_id not in given:
            last = counts.get(name, stub)
            demand(last.source.rstrip() != stub.source.rstrip(), "a stub undoes what was written", name, cell.source)


def _in_force(notebook):
    """By name the code cell whose definition Run All leaves in force."""
    pattern = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
    return {name: cell for cell in notebook.cells if cell.kind == "code" for name in pattern.findall(cell.source)}


def _demand_hash(notebook, repaired, value):
    name = submission_hash(repaired)
    cells = [[cell.grade_id, cell.kind, cell.source] for cell in repaired.cells]
    text = json.dumps(cells, separators=(",", ":"), ensure_ascii=False).encode()
    demand(name == hashlib.sha256(text).hexdigest(), "another hash than of the cells", name)
    saved = {**value, "cells": [run(cell) for cell in value["cells"]], "metadata": {"saved": True}}
    again = read(json.dumps(saved).encode())
    demand(again == notebook, "a notebook that reads otherwise once it is saved", notebook, again)
    demand(submission_hash(repair(again, RELEASE)) == name, "a hash that changes when the notebook is saved")


if __name__ == "__main__":
    program(Notebooks())
