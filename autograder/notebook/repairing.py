"""Put the release's structure back into a student's notebook. In: two model.Notebooks. Out: one. Pure.

Which cells there are, what they are worth and what stands in the locked ones comes from the release alone; the student's code comes from
the student. A copy of a cell costs nobody anything: the rule is that what counts is what "Run All" would have left defined.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from autograder.errors import SubmissionError
from autograder.model import Cell, Message, Notebook
from autograder.notebook.reading import refuse_too_much_code

MAX_NAMES: Final = 12
"""Cells that are named in a message; a forged notebook may hold thousands."""

# Not the ast module: student code is compiled in the box only, where a bomb of brackets harms nobody.
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


def repair(notebook: Notebook, release: Notebook) -> Notebook:
    """Return `notebook` with the cells of `release` in their right state, each exactly once, and the student's own cells in place.

    Cells are matched by grade_id. One that lost its grade_id is recognised where it is still plain which it was: a locked cell by its
    unchanged text, a solution cell by the functions it defines (the last such cell, whose definition is the one in force). Of several
    cells with one grade_id the last that was written into counts; the others stay as the student's own cells, unless they equal the
    release, then they go, so that an untouched stub never overrides a solution. A solution cell that was made text is code again if it
    defines one of its functions.

    The message ids of the repairs, in the order of the release's cells, each with the parameter `cell`: `repair.` duplicate_dropped,
    locked_restored, metadata_restored, points_restored, cell_inserted.

    Raises:
        SubmissionError: notebook.other_assignment(wanted, got): no graded cell of the release is in it, by grade_id or recognised;
            notebook.invalid(reason): a text cell that has to be code again makes the code too long.
    """
    wanted = [cell for cell in release.cells if cell.grade_id is not None]
    chosen = _choose(notebook.cells, wanted)
    _refuse_other_assignment(notebook.cells, wanted, chosen)
    repairs: list[Message] = []
    cells: list[Cell | None] = [_plain(cell) for cell in notebook.cells]
    for original in wanted:
        rivals = [i for i, cell in enumerate(notebook.cells) if cell.grade_id == original.grade_id and i != chosen.get(_id(original))]
        for index in rivals:
            if _same(notebook.cells[index], original):
                cells[index] = None
        place = chosen.get(_id(original))
        if rivals and place is not None:
            repairs.append(_note("duplicate_dropped", original))
        if place is None:
            repairs.append(_note("cell_inserted", original))
        else:
            cells[place], notes = _restored(notebook.cells[place], original)
            repairs.extend(notes)
    repaired = _with_missing(cells, wanted, chosen)
    refuse_too_much_code(repaired)
    return Notebook(repaired, notebook.repairs + tuple(repairs))


def _choose(cells: Sequence[Cell], wanted: Sequence[Cell]) -> dict[str, int]:
    """For each of the release's grade_ids the index of the student's cell that stands for it, where there is one."""
    chosen: dict[str, int] = {}
    for original in wanted:
        rivals = [i for i, cell in enumerate(cells) if cell.grade_id == original.grade_id and _is_still(cell, original)]
        if rivals:
            chosen[_id(original)] = _counting(cells, rivals, original)
    known = {_id(original) for original in wanted}
    unnamed = [i for i, cell in enumerate(cells) if cell.grade_id not in known]
    for original in reversed(wanted):  # two cells may ask for one function; the last definition is the later cell's
        if _id(original) not in chosen:
            found = [i for i in unnamed if i not in chosen.values() and _recognised(cells[i], original)]
            if found:
                chosen[_id(original)] = _counting(cells, found, original)
    return chosen


def _counting(cells: Sequence[Cell], rivals: Sequence[int], original: Cell) -> int:
    """The one of `rivals` that counts: of the right kind if any is, then unchanged if locked, else the last that was written into."""
    fit = [i for i in rivals if cells[i].kind == original.kind] or list(rivals)
    unchanged = [i for i in fit if _same(cells[i], original)]
    if original.locked:
        return (unchanged or fit)[0]
    written = [i for i in fit if i not in unchanged and cells[i].source.strip()]
    return written[-1] if written else fit[0]


def _is_still(cell: Cell, original: Cell) -> bool:
    """False for a solution that is text now and holds nothing of its own: made code again it might undo what stands in other cells."""
    return cell.kind == original.kind or not original.solution or _defines_alike(replace(cell, kind="code"), original)


def _recognised(cell: Cell, original: Cell) -> bool:
    return _defines_alike(cell, original) if original.solution else _same(cell, original)


def _defines_alike(cell: Cell, original: Cell) -> bool:
    """Whether `cell` is code that defines one of the functions that `original` has."""
    return cell.kind == "code" and not set(_DEFINITION.findall(original.source)).isdisjoint(_DEFINITION.findall(cell.source))


def _refuse_other_assignment(cells: Sequence[Cell], wanted: Sequence[Cell], chosen: dict[str, int]) -> None:
    """Every assignment has an imports and a figure cell, so only those that are graded or written into tell one from another."""
    telling = [_id(cell) for cell in wanted if cell.solution or cell.points is not None] or [_id(cell) for cell in wanted]
    if telling and not any(grade_id in chosen for grade_id in telling):
        got = [cell.grade_id for cell in cells if cell.grade_id is not None]
        raise SubmissionError("notebook.other_assignment", {"wanted": _listed(telling), "got": _listed(got)})


def _restored(cell: Cell, original: Cell) -> tuple[Cell, list[Message]]:
    notes = []
    if original.locked and cell.source != original.source:
        notes.append(_note("locked_restored", original))
    lost_tags = set(original.tags) - set(cell.tags)  # a tag that an editor added is no loss
    state = (cell.grade_id, cell.kind, cell.locked, cell.solution)
    if lost_tags or state != (original.grade_id, original.kind, original.locked, original.solution):
        notes.append(_note("metadata_restored", original))
    if cell.points != original.points:
        notes.append(_note("points_restored", original))
    return (original if original.locked else replace(original, source=cell.source)), notes


def _with_missing(cells: Sequence[Cell | None], wanted: Sequence[Cell], chosen: dict[str, int]) -> tuple[Cell, ...]:
    """The cells that are left, each missing one of the release right after the one that precedes it there (or first of all).

    A missing solution goes before any cell that defines what it defines: the student wrote it elsewhere, and a stub must not undo that.
    """
    after: dict[int, list[Cell]] = {}
    place = -1
    for original in wanted:
        place = chosen.get(_id(original), place)
        if _id(original) not in chosen:
            elsewhere = [i for i, cell in enumerate(cells) if cell and original.solution and _defines_alike(cell, original)]
            after.setdefault(min([place, *(i - 1 for i in elsewhere)]), []).append(original)
    result = list(after.get(-1, []))
    for index, cell in enumerate(cells):
        if cell is not None:
            result.append(cell)
        result.extend(after.get(index, []))
    return tuple(result)


def _plain(cell: Cell) -> Cell:
    return Cell(cell.kind, cell.source, tags=cell.tags)


def _same(cell: Cell, original: Cell) -> bool:
    """Whether nothing was written into it; editors may add or strip blanks at the end."""
    return cell.kind == original.kind and cell.source.rstrip() == original.source.rstrip()


def _id(cell: Cell) -> str:
    assert cell.grade_id is not None
    return cell.grade_id


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MAX_NAMES]) + (", …" if len(names) > MAX_NAMES else "")


def _note(name: str, cell: Cell) -> Message:
    return Message(f"repair.{name}", {"cell": _id(cell)})
