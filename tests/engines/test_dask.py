"""The engine of a cluster, on a cluster of this machine over TLS: a scheduler and two workers, which are processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace

import pytest

from autograder.config import demo_settings
from autograder.engines import facts
from autograder.engines.protocol import Job
from autograder.errors import GraderError, UsageError
from autograder.model import Submission

dask = pytest.importorskip("dask", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")
pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")

from autograder.engines import cluster as clusters_
from autograder.engines import crew
from autograder.engines.dask import DaskEngine
from autograder.engines.survey import survey

from . import clusters

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
SLOW_CELL = "import time; time.sleep(1.5)"


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """A cluster with two workers, ada's and bob's."""
    folder = tmp_path_factory.mktemp("farm")
    config = clusters.make_certificates(folder)
    one = clusters.Farm(folder, config)
    with dask.config.set(dask.config.merge(dask.config.config, *dask.config.collect_yaml([str(config)]))):
        try:
            one.start_scheduler()
            for name in ("first", "second"):
                one.start_worker(name)
            yield one
        finally:
            one.close()
            (folder / "said.txt").read_text()


@pytest.fixture
def expected(jobs, classroom, reading):
    """What the session's grader says of the jobs, by student."""
    return {job.submission.student: reading.bytes_but_timing(classroom.grade(job.submission)) for job in jobs}


def slow(classroom, count, seconds=1.5):
    """Right notebooks of which each takes a while."""
    from autograder.model import Cell

    cell = Cell("code", f"import time; time.sleep({seconds})")
    cells = [replace(cell, source=f"{cell.source}  # {number}") for number in range(count)]
    return [Job(Submission(f"slow-{n}", "x.ipynb", classroom.edited({}, [cell])), classroom.assignment) for n, cell in enumerate(cells)]


def told(graded, reading):
    return {one.job.submission.student: reading.bytes_but_timing(one.report) for one in graded}


def test_a_cluster_gives_the_bytes_that_one_machine_gives(farm, jobs, expected, reading):
    graded = list(DaskEngine(demo_settings(), farm.url, pages=True).run(jobs))
    assert told(graded, reading) == expected
    assert len(graded) == len(jobs)
    assert {id(one.job) for one in graded} == {id(job) for job in jobs}
    assert all(list(one.files) == ["report.html", "report.json"] for one in graded)
    assert clusters.settles(lambda: not set(clusters.seats().values()) & set(farm.workers.values()))
    assert not [path for path in farm.folder.rglob("checks.py")]
