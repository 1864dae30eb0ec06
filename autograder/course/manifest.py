"""Read assignment.toml. In: its path. Out: Manifest, everything in it checked; nothing unknown passes.

| key | type | meaning |
|---|---|---|
| id | text | name of the folder it stands in |
| title, summary | text | a few words; the goal in one sentence |
| hours | number > 0 | how long a student takes |
| kind | "numpy" or "torch" | which box it needs; "numpy" hides torch and whatever else would differentiate for the student |
| [limits] | table, optional | cells_seconds, call_seconds, submission_seconds (> 0, at most 3600), memory_bytes, output_bytes |
| [[exercises]] | tables, in order | id, title, functions (names), parts (name = points > 0), isolate (optional: a fresh child for it) |
"""

import keyword
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

from autograder.course.table import Table
from autograder.errors import AssignmentError
from autograder.model import Exercise, Limits

MAX_SECONDS: Final = 3600
BYTES: Final = {"memory_bytes": (256 << 20, 1 << 40), "output_bytes": (1 << 10, 1 << 30)}
"""Least and most. The interpreter with numpy needs the lower one of memory; an error's text the lower one of output."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Manifest:
    """What assignment.toml says."""

    id: str
    title: str
    summary: str
    hours: float
    kind: Literal["numpy", "torch"]
    limits: Limits
    exercises: tuple[Exercise, ...]


def read_manifest(path: Path) -> Manifest:
    """Read and check the assignment.toml at `path`.

    Raises:
        AssignmentError: it is missing or says something wrong; the message names the file, the key, what was got and what is wanted.
    """
    where = f"{path.parent.name}/{path.name}"
    try:
        values: Mapping[str, Any] = tomllib.loads(path.read_bytes().decode())
    except OSError as error:
        raise AssignmentError(f"{where}: it can't be read ({error.strerror})") from None
    except ValueError as error:  # of TOML and of UTF-8
        raise AssignmentError(f"{where}: it is not TOML ({error})") from None
    table = Table(where, values, known=[field.name for field in fields(Manifest)])
    manifest = Manifest(
        id=table.text("id"),
        title=table.text("title"),
        summary=table.text("summary"),
        hours=table.number("hours", most=1000),
        kind=_kind(table),
        limits=_limits(where, table),
        exercises=tuple(_exercise(where, number, entry) for number, entry in enumerate(table.tables("exercises"), 1)),
    )
    if manifest.id != path.parent.name:
        raise table.wrong("id", f"must be the name of its folder, '{path.parent.name}'", manifest.id)
    _refuse_doubles(table, [exercise.id for exercise in manifest.exercises])
    return manifest


def _kind(table: Table) -> Literal["numpy", "torch"]:
    kind = table.text("kind")
    if kind == "numpy":
        return "numpy"
    if kind == "torch":
        return "torch"
    raise table.wrong("kind", "must be 'numpy' or 'torch'", kind)


def _limits(where: str, parent: Table) -> Limits:
    names = [field.name for field in fields(Limits)]
    table = Table(f"{where}: limits", parent.table("limits", default={}), known=names)
    seconds = {name: table.number(name, most=MAX_SECONDS) for name in names if name in table and name not in BYTES}
    counts = {name: table.integer(name, *BYTES[name]) for name in names if name in table and name in BYTES}
    return Limits(**seconds, **counts)  # type: ignore[arg-type]  # each name has the type of its group


def _exercise(where: str, number: int, entry: Mapping[str, Any]) -> Exercise:
    name = entry.get("id")
    table = Table(f"{where}: exercise {repr(name) if isinstance(name, str) else number}", entry, known=_EXERCISE)
    identifier = table.text("id")
    if not _ID.fullmatch(identifier):
        raise table.wrong("id", "must be lower-case words joined by '-'", identifier)
    functions = table.texts("functions")
    for function in functions:
        if not function.isidentifier() or keyword.iskeyword(function):
            raise table.wrong("functions", "must be names of Python functions", function)
    parts = Table(table.where, table.table("parts"), known=None)
    if not parts:
        raise table.wrong("parts", "must name at least one part, such as { values = 5 }", {})
    for part in parts:
        if not _ID.fullmatch(part):
            raise table.wrong("parts", "must be named by lower-case words joined by '-'", part)
    points = {part: parts.number(part, most=1000, what=f"part {part!r}: points") for part in parts}
    return Exercise(identifier, table.text("title"), tuple(functions), points, isolate=table.flag("isolate", default=False))


_EXERCISE: Final = [field.name for field in fields(Exercise)]


def _refuse_doubles(table: Table, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise table.wrong("exercises", "must have ids of their own", f"{name} twice")
