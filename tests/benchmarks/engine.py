"""How the local engine scales: `python tests/benchmarks/engine.py [--long]`. Prints tables; wants an idle machine of two CPUs at least.

Workers: submissions a second by the number of workers, warm, in alternation so that whatever else the machine does falls on both. Memory:
what all processes hold together (PSS, so that shared pages count once) while so many submissions are in flight. Length: time per submission
and what the driver holds as a batch goes on; --long takes 2,000 submissions and not 200. Work: CPU time of a submission, of this machine as
a whole, over that of its cells, checks and figures in one warm process of ours. Exit code 0 unless a figure is out of its bound.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from autograder import course
from autograder import notebook as notebooks
from autograder.checks.collection import Suite
from autograder.checks.planning import code_cells
from autograder.checks.student import Student
from autograder.checks.trusted import Solution
from autograder.config import demo_settings
from autograder.engines.batch import grade_into
from autograder.engines.ledger import Ledger
from autograder.engines.local import LocalEngine
from autograder.engines.protocol import Job
from autograder.engines.results import Results
from autograder.model import Submission
from autograder.verify import cases

COURSE = Path(__file__).parents[2]
ASSIGNMENT, OF_TORCH = "01-activations", "06-residual"
LEAST_GAIN = 1.7
MOST_EACH_MB, MOST_GROWTH_MB = 40.0, 20.0
MOST_WORK = 4.0
ROUNDS, OF_A_ROUND = 3, 40


def different(count, name=ASSIGNMENT):
    """So many submissions, no two alike: the course's own cases, each with a note of its own."""
    assignment = course.load(COURSE, name)
    made = [case for case in cases(assignment) if case.submission.student != "blank"]
    jobs = []
    for number in range(count):
        document = json.loads(made[number * 7 % len(made)].submission.content)
        document["cells"].append({"cell_type": "markdown", "id": f"note-{number}", "metadata": {}, "source": f"note {number}"})
        jobs.append(Job(Submission(f"s{number:05}", f"s{number:05}.ipynb", json.dumps(document).encode()), assignment))
    return jobs


def family(root):
    """`root` and all that stem from it."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {root}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def pss_mb(processes):
    """What the processes hold together, each page counted once."""
    total = 0
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def graded(jobs, workers, each=lambda _: None):
    """Grade into a folder that is thrown away; gives the moments at which each was safe."""
    moments = []
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        engine = LocalEngine(demo_settings(), workers=workers, hidden=[COURSE], pages=True)
        with Ledger(results) as ledger:
            for _ in grade_into(results, ledger, engine, jobs):
                moments.append(time.perf_counter())
                each(len(moments))
    return moments


def scaling():
    jobs = different(OF_A_ROUND)
    rates = {1: [], 2: []}
    for _ in range(ROUNDS):
        for workers, found in rates.items():
            moments = graded(jobs, workers)
            found.append((len(moments) - workers) / (moments[-1] - moments[workers - 1]))
    gains = [two / one for one, two in zip(rates[1], rates[2], strict=True)]
    print(f"\nworkers ({ASSIGNMENT}, {OF_A_ROUND} different submissions, {ROUNDS} rounds)")
    for workers, found in rates.items():
        print(f"  {workers} at work: {statistics.median(found):6.2f} a second   {[round(one, 2) for one in found]}")
    print(f"  gain: {statistics.median(gains):.2f} times (bound {LEAST_GAIN:g})   {[round(one, 2) for one in gains]}")
    return statistics.median(gains) >= LEAST_GAIN


def memory():
    print("\nmemory of all processes together, median while submissions are in flight")
    found = {}
    for workers in (1, 2, 4, 8):
        seen = []
        graded(different(workers * 6), workers, lambda count, seen=seen: seen.append(pss_mb(family(os.getpid()))) if count > 2 else None)
        found[workers] = statistics.median(seen)
        print(f"  {workers} in flight: {found[workers]:6.1f} MB")
    each = (found[8] - found[1]) / 7
    print(f"  each further one: {each:.1f} MB (bound {MOST_EACH_MB:g})")
    return each <= MOST_EACH_MB


def length(count):
    held = []
    jobs = different(count)
    moments = graded(jobs, 2, lambda done: held.append(pss_mb([os.getpid()])) if done % 10 == 0 else None)
    tenth = count // 10
    print(f"\nlength ({count} submissions, 2 workers)")
    pieces = [moments[start : start + tenth + 1] for start in range(0, count - tenth + 1, tenth)]
    times = [(piece[-1] - piece[0]) / (len(piece) - 1) for piece in pieces]
    print("  ms per submission, by tenths of the batch: " + " ".join(f"{1e3 * one:.0f}" for one in times))
    growth = held[-1] - held[0]
    print(f"  the driver: {held[0]:.1f} MB after 10, {held[-1]:.1f} MB after {count}: {growth:+.1f} MB (bound {MOST_GROWTH_MB:g})")
    return growth <= MOST_GROWTH_MB


def busy_seconds():
    """CPU time that this machine has spent since it started, in all processes and in the kernel."""
    user, nice, system, _, _, interrupts, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def bare_seconds(jobs):
    """CPU time of each submission in this process: its cells, every check once, every figure; in the order of `jobs`."""
    assignment = jobs[0].assignment
    suite = Suite(assignment.folder)
    found = []
    for job in jobs:
        notebook = notebooks.repair(notebooks.read(job.submission.content), assignment.release)
        started = time.process_time()
        session = Solution([cell.source for cell in code_cells(notebook, assignment.release)]).session()
        for figure in suite.figures:
            suite.draw(figure, Student(session, 0.0))
        for number, check in enumerate(suite.checks):
            suite.run(check, Student(session, 0.0), number)
        found.append(time.process_time() - started)
    return found


def work():
    print("\nwork: CPU time of a submission over that of its cells, checks and figures in one warm process")
    ratios = {}
    for name in (ASSIGNMENT, OF_TORCH):
        jobs = different(OF_A_ROUND, name)
        marks = {}
        graded(jobs, len(os.sched_getaffinity(0)), lambda count, marks=marks: marks.setdefault(count, busy_seconds()))
        ours = (marks[len(jobs)] - marks[4]) / (len(jobs) - 4)  # the first ones find less that is warm
        bare = statistics.mean(bare_seconds(jobs)[4:])
        ratios[name] = ours / bare
        bound = f" (bound {MOST_WORK:g})" if name == OF_TORCH else ""
        print(f"  {name}: {1e3 * ours:.0f} ms over {1e3 * bare:.0f} ms: {ours / bare:.1f} times{bound}")
    return ratios[OF_TORCH] <= MOST_WORK


def main():
    print(f"load average before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} CPUs")
    held = [scaling(), memory(), work(), length(2000 if "--long" in sys.argv else 200)]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
