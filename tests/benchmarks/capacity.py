"""How many workers a deadline needs: `python tests/benchmarks/capacity.py`. Prints tables; exit code 0 if a real run agrees with the model.

Measured first: what one submission takes of a worker while two workers are at work, over a class of different submissions of
every assignment, half of them with a mistake. Checked then: a queue of 1,000 more, graded by the same workers, against what the model says
of it. Last the model itself: an hour that ends in a deadline, hand-ins in the order of their arrival, each to the first free worker.

Assumed: a student hands in 1.5 times in that hour, and the rate doubles every 14 minutes, so that half of it comes in the last 14. What
workers share that the model doesn't know of, such as a database, is not in it.
"""

import argparse
import heapq
import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from autograder import course
from autograder.config import demo_settings
from autograder.engines.local import LocalEngine
from autograder.engines.protocol import Job
from autograder.engines.results import Results
from autograder.verify import cases

COURSE = Path(__file__).parents[2]
STUDENTS = (500, 5_000, 50_000)
HAND_INS = 1.5
"""Of a student in the last hour."""
HOUR_SECONDS = 3600.0
DOUBLES_SECONDS = 840.0
MOST_WAIT_SECONDS, SHARE = 60.0, 0.95
HOURS = 5
"""Simulated for each number of workers; the worst counts."""
MOST_OFF = 0.15
"""Relative. By which the model may miss a real run."""


def class_of(count, offset=0):
    """`count` different jobs of every assignment in turn: one that is right, one with a mistake, and so on."""
    made = []
    for number, name in enumerate(course.assignment_ids(COURSE)):
        assignment = course.load(COURSE, name)
        every = cases(assignment)
        wrong = [case.submission for case in every if case.mistake]
        np.random.default_rng(number).shuffle(wrong)
        made += [([case.submission for case in every if not case.mistake], assignment), (wrong, assignment)]
    jobs = []
    for number in range(offset, offset + count):
        of_one, assignment = made[number % len(made)]
        submission = of_one[number // len(made) % len(of_one)]
        document = json.loads(submission.content)
        document["cells"].append({"cell_type": "markdown", "id": f"own-{number}", "metadata": {}, "source": f"{number}"})  # no two alike
        content = json.dumps(document).encode()
        jobs.append(Job(replace(submission, student=f"student-{number:05}", content=content), assignment))
    return jobs


def graded(jobs, workers):
    """What each submission took of its worker, and when each result was safe, both in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder))
        engine = LocalEngine(demo_settings(), workers=workers, hidden=[COURSE], pages=True)
        taken, safe, started = [], [], None
        for done in engine.run(jobs):
            results.add(done.report, done.files)
            now = time.perf_counter()
            taken.append(done.report.timing["graded"])
            started = now - taken[0] if started is None else started  # what comes before is paid once, not by each
            safe.append(now - started)
    return np.array(taken), np.array(safe)


def simulated(arrivals, service, workers):
    """Seconds that each of `arrivals` (seconds, sorted) waits for a worker, and when the last is done."""
    free = [0.0] * workers
    waits, last = np.empty(len(arrivals)), 0.0
    for number, (arrival, seconds) in enumerate(zip(arrivals, service, strict=True)):
        begins = max(heapq.heappop(free), arrival)
        waits[number] = begins - arrival
        last = max(last, begins + seconds)
        heapq.heappush(free, begins + seconds)
    return waits, last


def deadline_hour(students, rng):
    """Arrivals in seconds, sorted: so many on average, at a rate that doubles again and again until the end."""
    count = rng.poisson(HAND_INS * students)
    growth = math.log(2) / DOUBLES_SECONDS
    share = rng.uniform(size=count)
    return np.sort(np.log1p(share * np.expm1(growth * HOUR_SECONDS)) / growth)


def holds(students, workers, service):
    """(True if enough waits are short in each of some hours, the worst hour's waits)."""
    worst = None
    for seed in range(HOURS):
        rng = np.random.default_rng(seed)
        arrivals = deadline_hour(students, rng)
        waits, _ = simulated(arrivals, rng.choice(service, len(arrivals)), workers)
        if worst is None or np.quantile(waits, SHARE) > np.quantile(worst, SHARE):
            worst = waits
    return np.quantile(worst, SHARE) <= MOST_WAIT_SECONDS, worst


def fewest(students, service):
    """The fewest workers that keep enough waits short, and the worst hour's waits with them."""
    low, high = 0, 1
    while not holds(students, high, service)[0]:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(students, middle, service)[0] else (middle, high)
    return high, holds(students, high, service)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--measured", type=int, default=240, help="submissions that the model is made of")
    parser.add_argument("--checked", type=int, default=1000, help="submissions of the real run that it is held against")
    parser.add_argument("--workers", type=int, default=2, help="grading processes here")
    options = parser.parse_args()

    taken, safe = graded(class_of(options.measured), options.workers)
    beside = max(0.0, options.workers * safe[-1] / len(taken) - taken.mean())
    service = taken + beside
    quantiles = np.quantile(1e3 * service, [0.05, 0.5, 0.95])
    print(f"one submission of a worker, {len(taken)} of {len(course.assignment_ids(COURSE))} assignments, {options.workers} workers here")
    print(f"  mean {1e3 * service.mean():.0f} ms; 5 %, half, 95 % below {', '.join(f'{value:.0f}' for value in quantiles)} ms")
    print(f"  of the mean {1e3 * beside:.0f} ms beside the grading: handing out, writing")

    _, safe = graded(class_of(options.checked, offset=options.measured), options.workers)
    drawn = np.random.default_rng(0).choice(service, options.checked)
    waits, last = simulated(np.zeros(options.checked), drawn, options.workers)
    done = np.sort(waits + drawn)
    off = max(abs(done[int(share * len(done)) - 1] / safe[int(share * len(safe)) - 1] - 1) for share in (0.25, 0.5, 0.75, 1.0))
    print(f"\na queue of {options.checked} at once, {options.workers} workers: done after {safe[-1]:.1f} s, by the model {last:.1f} s")
    print(f"  off by {off:.1%} at most, at a quarter, half, three quarters and the end (bound {MOST_OFF:.0%})")

    print(f"\nworkers that keep {SHARE:.0%} of waits under {MOST_WAIT_SECONDS:.0f} s in an hour that ends in a deadline")
    print(f"  {'students':>9} {'hand-ins':>9} {'workers':>8} {'median wait':>12} {'95 %':>8} {'longest':>9}")
    for students in STUDENTS:
        workers, waits = fewest(students, service)
        median, late, longest = np.quantile(waits, [0.5, 0.95, 1.0])
        print(f"  {students:9,} {len(waits):9,} {workers:8,} {median:10.1f} s {late:6.1f} s {longest:7.1f} s")
    sys.exit(0 if off <= MOST_OFF else 1)


if __name__ == "__main__":
    main()
