"""nbgrader courses: in `submitted/<student>/<assignment>/` the folders say who handed in what. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.sources.archives import is_archive
from autograder.sources.found import faulty
from autograder.sources.placed import Placed, stem

_DEPTH = 3
"""A folder named on the command line may be submitted/ itself, a student's or an assignment's; a submitted/ higher up is chance."""


@dataclass(frozen=True)
class _Seat:
    """Whose something is: the place of the course, the student, and the assignment if it lies in such a folder."""

    course: tuple[str, ...]
    student: str
    assignment: str | None


def by_student(found: Sequence[Placed], assignment: str | None, known: Collection[str]) -> list[Placed]:
    """`found`, of nbgrader courses only what was submitted (of `assignment`, if given) and named by the student's folder.

    A folder called like one of the `known` assignments says what was handed in; any other name only tells it from the student's rest.

    A student whose folder holds no notebook is there with a fault. A second notebook in one folder is named <student>-<stem>; if there
    are several and none is called like the assignment, so are all of them.
    """
    files = [one for one in found if not _is_passed_through(one)]
    groups: dict[_Seat, list[Placed]] = {}
    for one in files:
        if seat := _seat(one):
            groups.setdefault(seat, []).append(one)
    named = {one.place: one for seat, group in groups.items() for one in _named(seat, group)}
    courses = {seat.course for seat in groups if seat.assignment}
    kept = []
    for one in files:
        seat = _seat(one)
        if seat and one.place in named and (assignment is None or seat.assignment in (None, assignment)):
            kept.append(named[one.place])
        elif not seat and (one.item.folder or _course(one) is not None or not _is_below(one.place, courses)):
            kept.append(one)
    every = [*kept, *_missing(found, set(groups), assignment)]
    seats = [seat for one in every if (seat := _seat(one)) and seat.assignment in known]
    return [_handed_in(one, known, {(seat.course, seat.student) for seat in seats}) for one in every]


def _handed_in(one: Placed, known: Collection[str], students: Collection[tuple[tuple[str, ...], str]]) -> Placed:
    """`one` with its assignment if that is known: what counts there has the student's name alone, which is the same for all assignments.

    Whatever else one of `students`, who handed in a known one, has handed in is told from that in its name.
    """
    seat = _seat(one)
    if seat is None or (seat.course, seat.student) not in students:
        return one
    assignment = seat.assignment if seat.assignment in known else None
    naming = one.naming
    if naming == (*_prefix(seat), seat.student):
        naming = (*seat.course, seat.student if assignment else f"{seat.student}-{seat.assignment or stem(one.place[-1])}")
    return replace(one, assignment=assignment, naming=naming)


def _is_passed_through(one: Placed) -> bool:
    return one.item.folder and one.item.fault is None


def _is_below(place: tuple[str, ...], tops: Collection[tuple[str, ...]]) -> bool:
    return any(place[:depth] in tops for depth in range(len(place)))


def _course(one: Placed) -> tuple[str, ...] | None:
    """The place of the course if it lies in one's submitted/: the first, so that no student can be another by a submitted/ of his own.

    Nor by one in an archive, unless the archive itself was named on the command line.
    """
    start = max(0, one.given - _DEPTH)
    ours = one.place[: one.ours]
    return ours[: ours.index("submitted", start)] if "submitted" in ours[start:] else None


def _seat(one: Placed) -> _Seat | None:
    """None of what lies in no student's folder, such as a notebook or an archive directly in submitted/."""
    course = _course(one)
    if course is None:
        return None
    rest = one.place[len(course) + 1 :]
    folders = rest if one.item.folder else rest[:-1]
    if not folders or is_archive(folders[0]):
        return None
    return _Seat(course, folders[0], folders[1] if len(folders) > 1 and not is_archive(folders[1]) else None)


def _named(seat: _Seat, group: Sequence[Placed]) -> Iterator[Placed]:
    """Each under <student> if it is the one that counts, else under <student>-<stem>. Archives without a notebook count if nothing else."""
    group = [one for one in group if not (one.item.fault and one.item.fault.id == "source.no_notebook")] or group
    depth = _depth(seat)
    namesakes = [one for one in group if stem(one.place[-1]) == seat.assignment]
    direct = [one for one in namesakes if len(one.place) == depth + 1]
    counted = next((some[0] for some in (direct, namesakes, group) if len(some) == 1), None)
    for one in group:
        own = (seat.student,) if one is counted else (*one.place[depth:-1], f"{seat.student}-{stem(one.place[-1])}")
        yield replace(one, naming=(*_prefix(seat), *own))


def _depth(seat: _Seat) -> int:
    """How many components the place of the student's folder has, or of the assignment's in it."""
    return len(seat.course) + 2 + (seat.assignment is not None)


def _prefix(seat: _Seat) -> tuple[str, ...]:
    return (*seat.course, seat.assignment) if seat.assignment else seat.course


def _missing(found: Sequence[Placed], taken: set[_Seat], assignment: str | None) -> Iterator[Placed]:
    """A fault for each folder of an assignment without a notebook, or else for each student who has none at all.

    Only a folder that holds a notebook of another student's is known to be an assignment's; others may be for pictures. A student whose
    notebook lies beside the assignment's folder is not told that it is empty.
    """
    courses = {_course(one) for one in found if not _is_passed_through(one)}
    known = {(seat.course, seat.assignment) for seat in taken}
    busy = {(seat.course, seat.student) for seat in taken}
    students: dict[_Seat, dict[_Seat, Placed]] = {}
    for one in found:
        if (seat := _seat(one)) and seat.course in courses:
            students.setdefault(replace(seat, assignment=None), {}).setdefault(seat, one)
    for student, seats in students.items():
        if student in taken:
            continue
        folders = [seat for seat in seats if seat.assignment is not None]
        empty = [seat for seat in folders if seat not in taken and (seat.course, seat.assignment) in known]
        empty = [seat for seat in empty if assignment in (None, seat.assignment)]
        if not empty and (student.course, student.student) not in busy and not (folders and assignment):
            empty = [student]
        for seat in empty:
            yield _nothing(seat, seats.get(seat) or next(iter(seats.values())))


def _nothing(seat: _Seat, one: Placed) -> Placed:
    """The fault at the folder of `seat`, in which `one` is."""
    depth = _depth(seat)
    above = len(one.place) - len(one.item.parts)
    parts = one.place[above:depth] or one.place[depth - 1 : depth]  # the folder named on the command line may be this one, or in it
    item = replace(faulty(parts, "source.no_notebook"), folder=True)
    return Placed(one.place[:depth], one.given, depth, item, (*_prefix(seat), seat.student))
