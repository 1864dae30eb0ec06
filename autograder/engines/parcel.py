"""What a worker on another machine is sent once a run: the assignments with all their files, and the settings. It needs nothing else.

Sent, and not looked up in a course folder there: so no worker can have another version of an assignment than the one that was asked for,
and nobody has to keep folders of several machines alike. An assignment is some hundred kilobytes.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.config import Settings
from autograder.course.assignment import Assignment
from autograder.course.version import files_of, version_of
from autograder.errors import AssignmentError


@dataclass(frozen=True)
class Parcel:
    """A course as far as a run needs it.

    Attributes:
        settings: with the secret, which so reaches a worker's memory and no disk.
        assignments: their `folder` is where they lie at the sender's.
        files: of each assignment, by place in its folder.
        pages: make the files of the results folder too.
        run: names this run; no two are alike.
    """

    settings: Settings
    assignments: tuple[Assignment, ...] = field(repr=False)  # Dask writes arguments of what failed into logs
    files: tuple[Mapping[str, bytes], ...] = field(repr=False)
    pages: bool
    run: str


def pack(settings: Settings, assignments: Sequence[Assignment], *, pages: bool) -> Parcel:
    """Put together what workers need.

    Raises:
        AssignmentError: an assignment's files are no longer those that were loaded.
    """
    files = []
    for one in assignments:
        files.append(files_of(one.folder))
        if version_of(files[-1]) != one.version:
            raise AssignmentError(f"{one.folder}: it was changed after it was loaded; run this again")
    return Parcel(settings, tuple(assignments), tuple(files), pages, uuid.uuid4().hex)


def unpack(parcel: Parcel, place: Path) -> list[Assignment]:
    """Write the assignments below the new folder `place`, which only this user can read; gives them as they are there."""
    place.mkdir(mode=0o700)
    made = []
    for number, (assignment, files) in enumerate(zip(parcel.assignments, parcel.files, strict=True)):
        folder = place / str(number) / assignment.folder.name
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        made.append(replace(assignment, folder=folder))
    return made
