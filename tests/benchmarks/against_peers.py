"""A class that imports torch, graded by this project and by nbgrader from the same notebooks: `python tests/benchmarks/against_peers.py`.

Twenty different submissions of 06-residual: the solution, its variants, mistakes, a blank, one that doesn't compile, one that imports what
is not there, and one with an endless loop and 3 seconds to run in. nbgrader executes each in a kernel and counts its visible checks; this
project grades the hidden ones as well. Ours is also asked for 200 in one go, no two alike. Both are run from their command lines, start
included; exit code 1 if a ratio is below its bound. `--peer-too` has nbgrader grade its class twice, to see how far two runs differ.

otter-grader is not in it: it takes notebooks in a format of its own, so they would not be the same ones.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder import course
from autograder.verify import cases

COURSE = Path(__file__).parents[2]
ASSIGNMENT = "06-residual"
CLASS, MANY = 20, 200
LOOP_SECONDS = 3
WORKERS = 2
LEAST_EACH, LEAST_CLASS, LEAST_MANY = 30.0, 8.0, 30.0
"""Times faster than nbgrader: a further submission, the class of 20 from a cold start, 200 of them from a cold start."""
CONFIG = f"""
c = get_config()
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError"}}
# the endless loop has {LOOP_SECONDS} s, as ours; any other cell has what it needs
c.ExecutePreprocessor.timeout_func = lambda cell: {LOOP_SECONDS} if "while True:" in cell.source else 120
"""


def submissions():
    """{student: notebook} of the class."""
    assignment = course.load(COURSE, ASSIGNMENT)
    made = cases(assignment)
    right = [case for case in made if not case.mistake]  # the blank among them
    wrong = [case for case in made if case.mistake]
    count = CLASS - 3 - len(right)
    picked = right + [wrong[number * len(wrong) // count] for number in range(count)]
    notebooks = {case.submission.student: json.loads(case.submission.content) for case in picked}
    solution = notebooks["solution"]
    notebooks["no-syntax"] = written_into(solution, "def broken(:\n    pass\n")
    notebooks["no-module"] = written_into(solution, "import a_module_that_is_nowhere\n")
    notebooks["endless"] = written_into(solution, "while True:\n    pass\n")
    assert len(notebooks) == CLASS
    return notebooks


def written_into(notebook, code):
    """`notebook` with `code` at the top of its second solution cell."""
    copy = json.loads(json.dumps(notebook))
    cell = [cell for cell in copy["cells"] if cell["metadata"].get("nbgrader", {}).get("solution")][1]
    cell["source"] = code + "".join(cell["source"])
    return copy


def hand_in(notebooks, folder, count):
    """Write `count` notebooks, no two alike, as an nbgrader course has them."""
    names = list(notebooks)
    for number in range(count):
        name = names[number % len(names)]
        document = json.loads(json.dumps(notebooks[name]))
        own = {"cell_type": "markdown", "id": f"own-{number}", "metadata": {}, "source": f"number {number}"}
        document["cells"].append(own)
        place = folder / "submitted" / f"{name}-{number:03}" / ASSIGNMENT
        place.mkdir(parents=True)
        (place / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(document))


def seconds_of(command, folder):
    """Wall-clock seconds of a command."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in (0, 1):
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds


def ours(notebooks, count, place):
    """Seconds in which `autograder grade` grades `count` submissions."""
    hand_in(notebooks, place, count)
    for name in ("solutions", "assignments"):
        shutil.copytree(COURSE / name / ASSIGNMENT, place / name / ASSIGNMENT)
    manifest = place / "solutions" / ASSIGNMENT / "assignment.toml"
    text, found = re.subn(r"cells_seconds = [\d.]+", f"cells_seconds = {LOOP_SECONDS}.0", manifest.read_text())
    assert found == 1, "no cells_seconds in assignment.toml"
    manifest.write_text(text)
    command = [sys.executable, "-m", "autograder", "grade", "submitted", "--course", ".", "--out", "graded", "--jobs", str(WORKERS)]
    seconds = seconds_of(command, place)
    graded = len(list((place / "graded").glob("*/*/report.json")))
    assert graded == count, f"{graded} of {count} were graded"
    return seconds


def nbgraders(notebooks, count, place):
    """Seconds in which `nbgrader autograde` grades `count` submissions."""
    hand_in(notebooks, place, count)
    (place / "nbgrader_config.py").write_text(CONFIG)
    source = place / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    shutil.copy(COURSE / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", source)
    nbgrader = [sys.executable, "-m", "nbgrader"]
    subprocess.run([*nbgrader, "generate_assignment", ASSIGNMENT], cwd=place, capture_output=True, check=True)
    seconds = seconds_of([*nbgrader, "autograde", ASSIGNMENT], place)
    graded = len(list((place / "autograded").glob("*/*/*.ipynb")))
    print(f"  nbgrader: {graded} of {count} autograded")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="of ours, of which the median counts; nbgrader runs once")
    parser.add_argument("--peer-too", action="store_true", help="run nbgrader twice")
    options = parser.parse_args()
    notebooks = submissions()

    def run(measure, count):
        with tempfile.TemporaryDirectory() as folder:
            return measure(notebooks, count, Path(folder))

    few = statistics.median(run(ours, CLASS) for _ in range(options.runs))
    many = run(ours, MANY)
    theirs_one = run(nbgraders, 1)
    theirs = run(nbgraders, CLASS)
    print(f"\nseconds, {WORKERS} workers of ours, nbgrader has one")
    print(f"  ours: {CLASS} from a cold start {few:.2f}, {MANY} {many:.2f}")
    print(f"  nbgrader: 1 {theirs_one:.2f}, {CLASS} {theirs:.2f}")
    if options.peer_too:
        print(f"  nbgrader again: {run(nbgraders, CLASS):.2f}")
    each = (theirs - theirs_one) / (CLASS - 1)
    ratios = {
        "a further submission": (each / ((many - few) / (MANY - CLASS)), LEAST_EACH),
        f"the class of {CLASS} from a cold start": (theirs / few, LEAST_CLASS),
        f"{MANY} from a cold start": (each * MANY / many, LEAST_MANY),
    }
    print("\ntimes faster than nbgrader")
    for name, (ratio, least) in ratios.items():
        print(f"  {name:<36} {ratio:6.1f} (bound {least:g})")
    sys.exit(0 if all(ratio >= least for ratio, least in ratios.values()) else 1)


if __name__ == "__main__":
    main()
