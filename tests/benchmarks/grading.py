"""How long grading takes: `python tests/benchmarks/grading.py`. Prints a table; absolute times are for an idle machine.

Warm: one submission of each assignment through an open Grader, box to report. Cold: the command line from its start to its end, page cache
warm, which boots the box as well. Exit code 0 unless a ratio is out of its bound.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder import course, pipeline
from autograder.config import demo_settings
from autograder.model import Submission
from autograder.report.codec import dumps
from autograder.verify import cases

COURSE = Path(__file__).parents[2]
ASSIGNMENT = "01-activations"
WARM_RUNS, COLD_RUNS = 15, 5
MOST_FOR_A_MISTAKE = 5.0
"""A submission with a mistake, diagnosed and explained, takes at most so many times a right one's time."""


def table(title, rows):
    print(f"\n{title}")
    for name, value in rows:
        print(f"  {name:<58} {value}")


def milliseconds(seconds):
    ordered = sorted(seconds)
    middle, least, late = (1e3 * value for value in (statistics.median(ordered), ordered[0], ordered[int(len(ordered) * 0.95) - 1]))
    return f"median {middle:7.1f} ms   min {least:7.1f}   p95 {late:7.1f}"


def warm_times(grader, assignment, submission):
    times = []
    for _ in range(WARM_RUNS):
        started = time.perf_counter()
        dumps(grader.grade(submission, assignment))
        times.append(time.perf_counter() - started)
    return times


def warm(grader, name):
    """Prints what one submission of this assignment takes; gives a mistake's time over the solution's."""
    assignment = course.load(COURSE, name)
    made = {case.submission.student: case.submission for case in cases(assignment)}
    wrong = [submission for student, submission in made.items() if student.startswith("mistake")][:: max(1, len(made) // 12)]
    for submission in (made["solution"], wrong[0]):
        grader.grade(submission, assignment)
    right = warm_times(grader, assignment, made["solution"])
    blank = warm_times(grader, assignment, made["blank"])
    mistakes = []
    for submission in wrong:
        started = time.perf_counter()
        dumps(grader.grade(submission, assignment))
        mistakes.append(time.perf_counter() - started)
    rejected = warm_times(grader, assignment, Submission("x", "x.ipynb", b"not a notebook"))
    ratio = statistics.median(mistakes) / statistics.median(right)
    table(
        f"warm, one submission of {name} to a finished report ({WARM_RUNS} runs)",
        [
            ("the solution: every check passes", milliseconds(right)),
            (f"{len(wrong)} mistakes, each named", milliseconds(mistakes)),
            ("the blank", milliseconds(blank)),
            ("not a notebook", milliseconds(rejected)),
            ("a mistake over the solution", f"{ratio:.1f} times (bound {MOST_FOR_A_MISTAKE:g})"),
        ],
    )
    return ratio


def machine():
    """Seconds of ten million additions in a loop: a virtual machine may be twice as fast in one hour as in the next."""
    started = time.perf_counter()
    total = 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started


def cold(kind):
    """Seconds of `autograder grade one.ipynb` in a course whose assignment is of this kind."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("solutions", "assignments"):
            shutil.copytree(COURSE / name / ASSIGNMENT, place / name / ASSIGNMENT, ignore=shutil.ignore_patterns("__pycache__"))
        described = place / "solutions" / ASSIGNMENT / "assignment.toml"
        limits = "[limits]\nmemory_bytes = 4294967296\n" if kind == "torch" else "[limits]\n"
        described.write_text(described.read_text().replace('kind = "numpy"', f'kind = "{kind}"').replace("[limits]\n", limits))
        notebook = place / "one.ipynb"
        shutil.copyfile(COURSE / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", notebook)
        command = [sys.executable, "-m", "autograder", "grade", str(notebook), "--course", str(place), "--out", str(place / "out")]
        times = []
        for _ in range(COLD_RUNS + 1):
            started = time.perf_counter()
            subprocess.run([*command, "--fail-under", "100"], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - started)
        return times[1:]  # the first fills the page cache


def main():
    table("this machine now", [("ten million additions in a Python loop", f"{machine():.2f} s")])
    with pipeline.Grader(demo_settings(), [COURSE]) as grader:
        ratio = max(warm(grader, name) for name in course.assignment_ids(COURSE))
    rows = [(f"cold `autograder grade one.ipynb`, {kind} box ({COLD_RUNS} runs)", milliseconds(cold(kind))) for kind in ("numpy", "torch")]
    table("cold, from the command's start to its end", rows)
    return 0 if ratio <= MOST_FOR_A_MISTAKE else 1


if __name__ == "__main__":
    sys.exit(main())
