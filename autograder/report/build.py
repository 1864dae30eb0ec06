"""Put a Report together: from a judgement, from a rejected submission, or from a fault of ours. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.checks.judging import Judgement
from autograder.checks.scoring import score
from autograder.course.assignment import Assignment
from autograder.model import CellError, Exercise, ExerciseReport, Message, Notebook, PartReport, Report, Submission, Verdict, worst

LONGEST_TEXT = 500
"""Characters of a text that a message quotes from a notebook."""
_FAULT = Message("grader.fault")
MOST_CELL_ERRORS = 50
"""Cells that are told one by one not to have run: two thousand would make a page that no phone can load."""


def judged(assignment: Assignment, submission: Submission, notebook: Notebook, submission_hash: str, judgement: Judgement) -> Report:
    """The report on a submission that was judged. Its circumstances (`under`) are added by whoever knows them."""
    results = [replace(result, messages=tuple(_short(message) for message in result.messages)) for result in judgement.results]
    exercises = score(assignment.exercises, results)
    return _report(
        assignment,
        submission,
        exercises,
        score=sum(exercise.earned or 0.0 for exercise in exercises),
        verdict=worst([exercise.verdict for exercise in exercises]),
        submission_hash=submission_hash,
        cell_errors=_told(judgement.cell_errors),
        repairs=tuple(_short(repair) for repair in notebook.repairs),
        curves=judgement.curves,
        chance=judgement.chance,
    )


def _short(message: Message) -> Message:
    """`message` with its texts cut: one line of a megabyte, told by forty checks, would make a report that nobody can read back."""
    return Message(message.id, {name: value[:LONGEST_TEXT] if isinstance(value, str) else value for name, value in message.params.items()})


def _told(errors: Sequence[CellError]) -> tuple[CellError, ...]:
    """`errors` with their texts cut; where there are too many, one that counts the rest."""
    told = tuple(replace(error, message=_short(error.message)) for error in errors[:MOST_CELL_ERRORS])
    rest = errors[MOST_CELL_ERRORS:]
    if not rest:
        return told
    return (*told, CellError(rest[0].cell, worst([error.verdict for error in rest]), Message("cell.more", {"count": len(rest)})))


def rejected(assignment: Assignment, submission: Submission, message: Message) -> Report:
    """The report on a file that can't be read as a notebook of this assignment: no points, and one message that says why."""
    exercises = tuple(_unjudged(exercise, 0.0, Verdict.ERROR) for exercise in assignment.exercises)
    return _report(assignment, submission, exercises, score=0.0, verdict=Verdict.ERROR, messages=(message,))


def fault(assignment: Assignment, submission: Submission, submission_hash: str = "", message: Message = _FAULT) -> Report:
    """The report when we are at fault, or the machine that grades: no score at all, to be looked at by a person."""
    exercises = tuple(_unjudged(exercise, None, Verdict.GRADER_FAULT) for exercise in assignment.exercises)
    return _report(
        assignment,
        submission,
        exercises,
        score=None,
        verdict=Verdict.GRADER_FAULT,
        submission_hash=submission_hash,
        messages=(message,),
    )


def _unjudged(exercise: Exercise, earned: float | None, verdict: Verdict) -> ExerciseReport:
    parts = tuple(PartReport(name, points, earned, verdict, ()) for name, points in exercise.parts.items())
    return ExerciseReport(exercise.id, exercise.title, exercise.points, earned, verdict, parts)


def _report(assignment: Assignment, submission: Submission, exercises: tuple[ExerciseReport, ...], **rest: object) -> Report:
    fields: dict[str, object] = {
        "submission_hash": "",
        "device": "cpu",
        "environment": {},
        "tier": "",
        **rest,
    }
    return Report(
        assignment=assignment.id,
        title=assignment.title,
        version=assignment.version,
        student=submission.student,
        submission=submission.name,
        max_score=sum(exercise.points for exercise in assignment.exercises),
        exercises=exercises,
        **fields,  # type: ignore[arg-type]
    )


def under(report: Report, *, device: str, environment: Mapping[str, str], tier: str, timing: Mapping[str, float]) -> Report:
    """`report` with the circumstances it was made under."""
    return replace(report, device=device, environment=dict(environment), tier=tier, timing=dict(timing))
