"""Read the hostile submissions of this folder: `<case>/expect.toml` and the file beside it.

| expect.toml | is |
|---|---|
| tries | what it tries, a sentence |
| group | one of GROUPS |
| absent | texts that must stand nowhere in what is written about it |
| present | texts that must stand in its report, such as what a cell that was refused everything raised |
| [limits] | limits of the assignment to change, so that the endless is short |
| [students.NAME] | what each submission in the file comes to: points, verdict, says (ids of messages it must hold), exercises (verdicts) |

Beside it lies one file, handed in as it is: `notebook.ipynb`, or an archive, or whatever it may be. What the same hand-in is worth without
the attack is graded too: cells tagged "attack" are put back to the release's or, if added, left out; or a file `without.*` stands for it.
With neither, it is worth nothing.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.sources import collect

FOLDER = Path(__file__).parent
GROUPS = {
    "answers": "see the checks, the answers or other submissions",
    "verdict": "change what decides",
    "integrity": "pass without doing the exercise",
    "escape": "get out of the box",
    "exhaustion": "use up the machine",
    "files": "break whatever reads the file",
    "text": "break whatever shows the report",
}
_KEYS = {"tries", "group", "absent", "present", "limits", "students"}
_OF_STUDENTS = {"points", "verdict", "says", "exercises"}


@dataclass(frozen=True)
class Expected:
    """What one submission must come to."""

    points: float
    verdict: str
    says: tuple[str, ...]
    exercises: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """One attack."""

    name: str
    tries: str
    group: str
    file: Path
    absent: tuple[str, ...]
    present: tuple[str, ...]
    limits: Mapping[str, Any]
    students: Mapping[str, Expected]

    def submissions(self):
        """What is handed in."""
        return collect([self.file])

    def without(self, release):
        """The same without the attack, as submissions; none where it would be nothing."""
        beside = sorted(self.file.parent.glob("without.*"))
        if beside:
            return collect(beside)
        if self.file.suffix != ".ipynb":
            return []
        try:
            harmless = _without_tagged(json.loads(self.file.read_bytes()), release)
        except ValueError:
            return []
        return [replace(one, content=harmless) for one in self.submissions()] if harmless else []


def all_cases():
    """Every case, by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*/expect.toml"))]


def _read(path):
    told = tomllib.loads(path.read_text())
    assert set(told) <= _KEYS, f"{path}: unknown {sorted(set(told) - _KEYS)}"
    assert told["group"] in GROUPS, f"{path}: group {told['group']!r} is none of {', '.join(GROUPS)}"
    files = [file for file in path.parent.iterdir() if file != path and file.stem != "without"]
    assert len(files) == 1, f"{path.parent}: wanted one file to hand in, found {[file.name for file in files]}"
    return Case(
        path.parent.name,
        told["tries"],
        told["group"],
        files[0],
        tuple(told.get("absent", ())),
        tuple(told.get("present", ())),
        told.get("limits", {}),
        {name: _expected(path, one) for name, one in told["students"].items()},
    )


def _expected(path, one):
    assert set(one) <= _OF_STUDENTS, f"{path}: unknown {sorted(set(one) - _OF_STUDENTS)}"
    return Expected(float(one["points"]), one["verdict"], tuple(one.get("says", ())), one.get("exercises", {}))


def _without_tagged(document, release):
    """The notebook with its attacking cells put back; None when nothing is tagged."""
    sources = {cell.grade_id: cell.source for cell in release.cells if cell.grade_id}
    cells = document.get("cells", [])
    if not any(_is_attack(cell) for cell in cells):
        return None
    kept = []
    for cell in cells:
        if not _is_attack(cell):
            kept.append(cell)
        elif _grade_id(cell) in sources:
            kept.append(cell | {"source": sources[_grade_id(cell)]})
    return json.dumps(document | {"cells": kept}).encode()


def _is_attack(cell):
    return "attack" in cell.get("metadata", {}).get("tags", [])


def _grade_id(cell):
    return cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
