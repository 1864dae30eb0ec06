"""Two desks that share a zygote, an honest student beside and after each attack, and the table at the end."""

import os
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from autograder.course import load
from autograder.course.handing_in import as_ipynb
from autograder.model import Cell, Submission
from autograder.report.codec import dumps
from autograder.sandbox.keeper import Keeper

from ..sandbox.processes import tree
from .cases import GROUPS
from .desk import Desk, canary

_TALLY = pytest.StashKey()


@dataclass
class Tally:
    """What the run comes to."""

    lines: list[str] = field(default_factory=list)
    attacks: Counter = field(default_factory=Counter)
    gained: Counter = field(default_factory=Counter)
    leaked: Counter = field(default_factory=Counter)
    survived: Counter = field(default_factory=Counter)
    restarts: int = 0


@dataclass
class Hall:
    """Where attacks are graded: `front` takes them, `back` grades the honest neighbour at the same time."""

    front: Desk
    back: Desk
    keeper_process: int
    idle: set[int]
    assignment: object
    neighbour: Submission
    expected: bytes = b""

    @staticmethod
    def but_timing(report):
        """A report's bytes, without what may differ between two runs."""
        return dumps(replace(report, timing={}))

    def grade(self, submission, assignment):
        """The report on `submission`, and what became of an honest one beside it and of one after it."""
        self.back.begin(self.neighbour, self.assignment)
        self.front.begin(submission, assignment)
        report, beside = self.front.report(), self.back.report()
        self.front.begin(self.neighbour, self.assignment)
        return report, beside, self.front.report()

    def alone(self, submission, assignment):
        """The report on `submission` and nothing else."""
        self.front.begin(submission, assignment)
        return self.front.report()


@pytest.fixture(scope="session")
def hall(course, tmp_path_factory):
    """The two desks, over the real course."""
    secret_place = tmp_path_factory.mktemp("canaries")
    (secret_place / "answers.txt").write_text(canary("file"))
    assignment = load(course, "01-activations")
    diary = Cell("markdown", canary("submission"))
    content = as_ipynb(replace(assignment.source, cells=(*assignment.source.cells, diary)))
    with Keeper("numpy", secrets=[course, secret_place]) as keeper:
        keeper.wait()
        desks = [Desk(keeper, [course, secret_place]) for _ in range(2)]
        try:
            hall = Hall(*desks, os.getpid(), set(), assignment, Submission("neighbour", "neighbour.ipynb", content))
            report = hall.grade(hall.neighbour, assignment)[0]
            assert report.score == 100
            hall.expected = hall.but_timing(report)
            hall.idle = set(tree(os.getpid()))
            yield hall
        finally:
            for desk in desks:
                desk.close()


@pytest.fixture(scope="session")
def tally(request):
    """Counts over all cases."""
    request.config.stash[_TALLY] = Tally()
    return request.config.stash[_TALLY]


def pytest_terminal_summary(terminalreporter, config):
    """The table; with a line for each case where nothing but attacks was asked for."""
    tally = config.stash.get(_TALLY, None)
    if tally is None:
        return
    terminalreporter.section("attacks")
    if all("attacks" in str(asked) for asked in config.args):
        for line in tally.lines:
            terminalreporter.line(line)
        terminalreporter.line("")
    columns = (tally.attacks, tally.gained, tally.leaked, tally.survived)
    terminalreporter.line(f"{'what they try to':<50} {'attacks':>8} {'gained':>8} {'leaked':>8} {'survived':>8}")
    for group, what in GROUPS.items():
        if tally.attacks[group]:
            terminalreporter.line(f"{what:<50} " + " ".join(f"{column[group]:>8g}" for column in columns))
    terminalreporter.line(f"{'all':<50} " + " ".join(f"{sum(column.values()):>8g}" for column in columns))
    terminalreporter.line(f"grading processes and zygotes that had to be started again: {tally.restarts}")
