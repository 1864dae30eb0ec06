"""The nouns every stage passes on. Frozen, without behaviour beyond what follows from their own fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "Scalar | list[Json] | dict[str, Json]"
Params: TypeAlias = Mapping[str, Scalar]


class Verdict(Enum):
    """What became of a check, a part, an exercise or a submission; listed from best to worst."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    NOT_ATTEMPTED = "not_attempted"
    OUTPUT_LIMIT = "output_limit"
    MEMORY_LIMIT = "memory_limit"
    TIME_LIMIT = "time_limit"
    FORBIDDEN = "forbidden"
    ENVIRONMENT = "environment"
    GRADER_FAULT = "grader_fault"

    @property
    def severity(self) -> int:
        """Place in the order above; 0 is passed."""
        return list(Verdict).index(self)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The most severe of `verdicts`; passed when there are none."""
    return max(verdicts, key=lambda verdict: verdict.severity, default=Verdict.PASSED)


@dataclass(frozen=True)
class Message:
    """A sentence to be: `id` names it in the catalogue, `params` fill it in. Params hold raw, untrusted text."""

    id: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are wall clock."""

    cells_seconds: float = 20.0
    call_seconds: float = 5.0
    submission_seconds: float = 120.0
    memory_bytes: int = 2 << 30
    output_bytes: int = 1 << 20


@dataclass(frozen=True)
class Submission:
    """One student's file as it came in. `content` is None when it could not be taken in; `fault` then says why.

    `assignment` is what it was handed in for, where its place says so; else None.
    """

    student: str
    name: str
    content: bytes | None
    fault: Message | None = None
    assignment: str | None = None


@dataclass(frozen=True)
class Cell:
    """One notebook cell. `grade_id` is nbgrader's name for it, None for a cell that the student added."""

    kind: Literal["code", "markdown", "raw"]
    source: str
    grade_id: str | None = None
    locked: bool = False
    solution: bool = False
    points: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notebook:
    """A validated notebook without outputs. `repairs` says what was put right on the way in."""

    cells: tuple[Cell, ...]
    repairs: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One exercise of an assignment: what the student defines and what each part is worth."""

    id: str
    title: str
    functions: tuple[str, ...]
    parts: Mapping[str, float]
    isolate: bool = False

    @property
    def points(self) -> float:
        """What the whole exercise is worth: the sum of its parts."""
        return sum(self.parts.values())

    @property
    def solution_cell(self) -> str:
        """grade_id of the cell the student writes into."""
        return f"{self.id}-solution"


@dataclass(frozen=True)
class Counterexample:
    """A public, small input on which the student's code goes wrong. All three are text to show, never to run."""

    cell: str
    yours: str
    right: str


@dataclass(frozen=True)
class CheckResult:
    """What one check found. `mistake` is the name of a recognised mistake, `follows` the earlier one it follows from."""

    check: str
    exercise: str
    part: str
    verdict: Verdict
    messages: tuple[Message, ...] = ()
    mistake: str | None = None
    hint: str | None = None
    follows: str | None = None
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class CellError:
    """A cell of the notebook that did not run to its end."""

    cell: str
    verdict: Verdict
    message: Message


@dataclass(frozen=True)
class PartReport:
    """A part as it is reported: passed whole or failed whole. `earned` is None when a fault of ours left it open."""

    name: str
    points: float
    earned: float | None
    verdict: Verdict
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True)
class ExerciseReport:
    """An exercise as it is reported."""

    id: str
    title: str
    points: float
    earned: float | None
    verdict: Verdict
    parts: tuple[PartReport, ...]


@dataclass(frozen=True)
class Series:
    """One line of a figure. `label` says what it is; `y` may hold None where there is no finite value."""

    label: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]


@dataclass(frozen=True)
class Band:
    """Where a line of a figure lies but for chance.

    `label` is the line's, `made` says where the band comes from, and `chance` is the probability that a right line leaves it anywhere, at
    most.
    """

    label: str
    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    chance: float
    made: str


@dataclass(frozen=True)
class Curve:
    """A figure drawn by the report from graded values: the student's series beside the reference's, and bands for what is random."""

    title: str
    x_label: str
    y_label: str
    log_y: bool
    yours: tuple[Series, ...]
    reference: tuple[Series, ...]
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything that is told about one submission; safe to show to the student who wrote it.

    `score` and `max_score` are points; `score` is None after a fault of ours. `chance` is the probability that right code loses points
    because of what it drew, at most; 0 where nothing that is graded is random. `timing` holds seconds and is the only part that differs
    between two runs over the same submission.
    """

    assignment: str
    title: str
    version: str
    student: str
    submission: str
    submission_hash: str
    device: str
    environment: Mapping[str, str]
    tier: str
    score: float | None
    max_score: float
    verdict: Verdict
    exercises: tuple[ExerciseReport, ...]
    messages: tuple[Message, ...] = ()
    cell_errors: tuple[CellError, ...] = ()
    repairs: tuple[Message, ...] = ()
    curves: tuple[Curve, ...] = ()
    chance: float = 0.0
    timing: Mapping[str, float] = field(default_factory=dict)
