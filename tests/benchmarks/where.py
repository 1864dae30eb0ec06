"""Where the time of one submission goes: `python tests/benchmarks/where.py [ID…]`. Prints a table for each assignment.

Warm, one worker, from a notebook's bytes to files in a results folder; medians over runs. A row holds what is spent there and not in
another row. Calls in the box are the student's own work, and so are the cells; what figures and diagnosis call is theirs.
"""

import functools
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from autograder import course, pipeline
from autograder.checks import collection, diagnosis, judging
from autograder.config import demo_settings
from autograder.engines.results import Results, files_of
from autograder.report import build
from autograder.sandbox import box, keeper, session
from autograder.verify import cases

COURSE = Path(__file__).parents[2]
RUNS = 15
ROWS = {
    "box: made and ended": [(keeper.Keeper, "spawn"), (box.Box, "kill")],
    "cells": [(session.Session, "run_cell")],
    "calls": [(session.Session, "call"), (session.Session, "define")],
    "checks: inputs, reference, comparison": [(collection.Suite, "run")],
    "pytest": [(collection._Plugin, "run")],
    "the report's figures": [(judging.Judge, "_draw")],
    "diagnosis: replays": [(diagnosis.Diagnostician, "diagnose")],
    "diagnosis: counter-examples": [(judging.Judge, "_examples")],
    "report and its pages": [(build, "judged"), (build, "under")],
    "writing": [(Results, "add")],
}
WHOLE = ("the report's figures", "diagnosis: replays", "diagnosis: counter-examples")
"""Rows that what is called within them counts for, but for boxes and cells: who needs a box first has it made."""
REST = "reading, repairing, deciding"


class Clock:
    """Adds up seconds by row, of whichever row was entered last."""

    def __init__(self):
        self.rows, self._stack, self._since = defaultdict(float), [REST], time.perf_counter()

    def _turn(self):
        now = time.perf_counter()
        self.rows[self._stack[-1]] += now - self._since
        self._since = now

    def within(self, row, function):
        """`function`, its time put down under `row`."""

        @functools.wraps(function)
        def timed(*args, **kwargs):
            self._turn()
            outer = self._stack[-1]
            self._stack.append(outer if outer in WHOLE and row not in ("box: made and ended", "cells") else row)
            try:
                return function(*args, **kwargs)
            finally:
                self._turn()
                self._stack.pop()

        return timed

    def start(self):
        """Forget what was added up."""
        self.rows.clear()
        self._since = time.perf_counter()

    def stop(self):
        """{row: seconds} since the start."""
        self._turn()
        return dict(self.rows)


def measure(clock, grader, assignment, submission, results):
    """{row: median seconds} of one submission."""
    pages = clock.within("report and its pages", files_of)
    found = []
    for _ in range(RUNS + 2):
        clock.start()
        report = grader.grade(submission, assignment)
        results.add(report, pages(report))
        found.append(clock.stop())
    return {row: statistics.median(one.get(row, 0.0) for one in found[2:]) for row in (*ROWS, REST)}


def main():
    clock = Clock()
    for row, functions in ROWS.items():
        for owner, name in functions:
            setattr(owner, name, clock.within(row, getattr(owner, name)))
    # a check's own lines are in a row of their own, beside what pytest does around them
    collection._error_of = clock.within("checks: inputs, reference, comparison", collection._error_of)
    with tempfile.TemporaryDirectory() as folder, pipeline.Grader(demo_settings(), [COURSE]) as grader:
        for name in sys.argv[1:] or course.assignment_ids(COURSE):
            assignment = course.load(COURSE, name)
            made = [case.submission for case in cases(assignment)]
            wrong = next(one for one in made if one.student.startswith("mistake"))
            columns = [measure(clock, grader, assignment, one, Results(Path(folder))) for one in (made[0], wrong)]
            print(f"\n{name}, ms of one submission: medians of {RUNS} runs{'the solution':>20}{'a mistake':>12}")
            for row in columns[0]:
                print(f"  {row:<58}" + "".join(f"{1e3 * column[row]:12.1f}" for column in columns))
            print(f"  {'together':<58}" + "".join(f"{1e3 * sum(column.values()):12.1f}" for column in columns))


if __name__ == "__main__":
    main()
