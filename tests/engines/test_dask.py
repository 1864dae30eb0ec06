"""The engine of a cluster, on a cluster of this machine over TLS: scheduler and workers are processes of their own."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest

from autograder import cli
from autograder.config import demo_settings
from autograder.engines import connecting, facts
from autograder.engines.cluster import Call, Cluster
from autograder.engines.dask import DaskEngine
from autograder.engines.protocol import Job
from autograder.errors import UsageError
from autograder.model import Submission
from autograder.report.codec import dumps

from . import clusters
from .clusters import settles

dask = pytest.importorskip("dask", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")
pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gradient-autograder[dask]'")


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """A cluster with one worker that grades."""
    folder = tmp_path_factory.mktemp("farm")
    config = clusters.make_certificates(folder)
    one = clusters.Farm(folder, config)
    with dask.config.set(dask.config.merge(dask.config.config, *dask.config.collect_yaml([str(config)]))):
        try:
            one.start_scheduler()
            one.start_worker("first")
            yield one
        finally:
            one.close()


@pytest.fixture
def run(capsys, monkeypatch, course):
    """Return a function: arguments -> code, standard output and error of the command line."""
    monkeypatch.chdir(course)
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret for tests of clusters")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return SimpleNamespace(code=ended.value.code or 0, **capsys.readouterr()._asdict())

    return call


def has_workers(farm, count):
    known = Cluster(farm.url)
    try:
        return settles(lambda: len(known.workers()) == count)
    finally:
        known.close()


def test_doctor_tells_each_worker_in_a_row_and_refuses_another_version_by_name(farm, run):
    other = asdict(replace(facts.here(), package="0.0.9 (of old)", numpy="1.26.0"))
    farm.start_worker("old", told=other)
    assert has_workers(farm, 2)
    ran = run("doctor", "--scheduler", farm.url, "--json")
    rows = {row["worker"].split()[0]: row for row in map(json.loads, ran.out.splitlines())}
    assert ran.code == 1
    assert sorted(rows) == ["first", "old"]
    assert (rows["first"]["fit"], rows["first"]["package"], rows["first"]["problem"]) == (True, facts.here().package, "")
    assert (rows["first"]["tier"], rows["first"]["devices"]) == ("A", 7)
    assert rows["old"]["problem"] == f"autograder 0.0.9 (of old), wanted {facts.here().package}; numpy 1.26.0, wanted 2"


def test_a_cluster_gives_the_bytes_that_one_machine_gives(farm, jobs, classroom, reading, caplog):
    """One of the workers is of another version too, and one declares nothing: they are refused by name, and no work is given to them."""
    farm.start_worker("idle", told="quick", memory=3)
    expected = {job.submission.student: reading.bytes_but_timing(classroom.grade(job.submission)) for job in jobs}
    graded = list(DaskEngine(demo_settings(), farm.url, pages=True).run(jobs))
    assert {one.job.submission.student: reading.bytes_but_timing(one.report) for one in graded} == expected
    assert sorted(id(one.job) for one in graded) == sorted(map(id, jobs))
    assert all(list(one.files) == ["report.html", "report.json"] for one in graded)
    said = [record.message for record in caplog.records if "is refused" in record.message]
    assert sorted(sentence.split()[1] for sentence in said) == ["idle", "old"]
    assert settles(lambda: not set(clusters.seats().values()) & set(farm.workers.values()))
    assert list(farm.folder.rglob("checks.py")) == []
    farm.kill_workers()


@pytest.fixture
def quick(farm, classroom):
    """The cluster with a worker that answers at once, ten jobs for it, and their students."""
    (farm.folder / "report.json").write_bytes(dumps(classroom.grade(classroom.blank())))
    farm.start_worker("quick", told="quick")
    contents = [classroom.blank() + b"\n" * number for number in range(10)]
    yield [Job(Submission(f"s{number}", "x.ipynb", content), classroom.assignment) for number, content in enumerate(contents)]
    farm.kill_workers()


def test_a_worker_that_is_killed_costs_nothing(farm, quick):
    farm.start_worker("second", told="quick")
    assert has_workers(farm, 2)
    running = DaskEngine(demo_settings(), farm.url).run(quick)
    graded = [next(running), next(running)]
    farm.kill_workers("second")
    graded += running
    assert sorted(id(one.job) for one in graded) == sorted(map(id, quick))


def test_a_scheduler_that_is_killed_and_comes_back_costs_nothing(farm, quick):
    running = DaskEngine(demo_settings(), farm.url).run(quick)
    graded = [next(running), next(running)]
    farm.kill(farm.scheduler)
    assert settles(lambda: not clusters.is_alive(farm.workers.pop("quick", 0)))  # as `dask worker` does
    farm.start_scheduler()
    farm.start_worker("quick", told="quick")
    graded += running
    assert sorted(id(one.job) for one in graded) == sorted(map(id, quick))
    assert {one.report.student for one in graded} == {job.submission.student for job in quick}


def test_a_driver_that_is_killed_is_resumed_and_grades_nothing_twice(farm, quick, course, tmp_path, run):
    for job in quick:
        content = json.loads(job.submission.content)
        content["cells"].append({"cell_type": "markdown", "id": "own", "metadata": {}, "source": job.submission.student})
        (tmp_path / f"{job.submission.student}.ipynb").write_text(json.dumps(content))
    out = tmp_path / "out"
    arguments = [
        "grade",
        *sorted(tmp_path.glob("*.ipynb")),
        "--out",
        out,
        "--assignment",
        "01-activations",
        "--scheduler",
        farm.url,
        "--json",
    ]
    environment = {**farm.environment, "AUTOGRADER_SECRET": "a secret for tests of clusters"}
    driver = subprocess.Popen([sys.executable, "-m", "autograder", *map(str, arguments)], env=environment, stdout=subprocess.DEVNULL)
    assert settles(lambda: len(list(out.glob("*/*/report.json"))) >= 2, 60)
    driver.kill()
    driver.wait()
    safe = {path.parts[-3] for path in out.glob("*/*/report.json")}
    assert 2 <= len(safe) < 10
    ran = run(*arguments, "--resume", "--engine", "dask")
    assert ran.code == 0
    lines = [json.loads(line) for line in (out / ".autograder" / "ledger.jsonl").read_text().splitlines() if line]
    assert sorted(line["done"][0] for line in lines if "done" in line) == sorted(job.submission.student for job in quick)
    assert len(ran.out.splitlines()) == 10


def test_a_scheduler_that_is_not_there_is_told_of_at_once(run, farm, tmp_path, classroom):
    (tmp_path / "ada.ipynb").write_bytes(classroom.blank())
    url = f"tls://127.0.0.1:{clusters.free_port()}"
    started = time.monotonic()
    ran = run("grade", tmp_path / "ada.ipynb", "--out", tmp_path / "out", "--scheduler", url)
    assert time.monotonic() - started < 10
    assert (ran.code, ran.err.splitlines()[-1]) == (2, f"autograder: --scheduler {url}: it can't be reached: Connection refused")


def test_one_that_listens_and_says_nothing_is_not_waited_for(farm, monkeypatch):
    assert connecting.REACH_SECONDS <= 5
    monkeypatch.setattr(connecting, "REACH_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(UsageError, match=r"it can't be reached: Timed out$"):
        Cluster(f"tls://127.0.0.1:{mute.getsockname()[1]}")


@pytest.fixture
def deaf():
    """An address that drops whatever comes, as behind a firewall: nobody takes what has connected, and the kernel's queue is full."""
    with contextlib.ExitStack() as kept:
        server = kept.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            one = kept.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["grade", "doctor"])
@pytest.mark.parametrize("kind", ["refused", "mute", "deaf"])
def test_the_command_says_within_ten_seconds_that_it_reaches_nobody(farm, tmp_path, deaf, kind, verb):
    example = clusters.ROOT / "assignments" / "01-activations" / "01-activations.ipynb"
    arguments = [example, "--out", tmp_path, "--course", clusters.ROOT] if verb == "grade" else []
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = {"refused": clusters.free_port(), "mute": mute.getsockname()[1], "deaf": deaf}[kind]
        url = f"tls://127.0.0.1:{port}"
        command = [sys.executable, "-m", "autograder", verb, *map(str, arguments), "--scheduler", url]
        started = time.monotonic()
        ran = subprocess.run(command, env=farm.environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    print(f"{kind}, {verb}: told after {seconds:.1f} s")  # noqa: T201
    assert seconds < 10
    why = {"refused": "Connection refused", "mute": "Timed out", "deaf": "timed out"}[kind]
    assert (ran.returncode, ran.stderr) == (2, f"autograder: --scheduler {url}: it can't be reached: {why}\n")


@pytest.mark.parametrize("came", [None, TimeoutError(), asyncio.CancelledError()], ids=repr)
def test_a_call_that_is_lost_while_its_error_is_read_is_lost_and_no_fault(came):
    def exception(timeout):
        if came is not None:
            raise came

    cluster = Cluster.__new__(Cluster)
    cluster._workers = {"w": {}}
    call = Call("w", time.monotonic() + 60, future=SimpleNamespace(status="error", exception=exception))
    assert cluster._has_ended(call)
    assert (call.lost, call.gone, call.error) == (True, False, None)


def test_without_certificates_nothing_is_tried():
    with dask.config.set({"distributed.comm.tls.ca-file": None}), pytest.raises(UsageError, match="Dask has no certificates here"):
        Cluster("tls://127.0.0.1:8786")


def test_who_has_another_certificate_is_not_let_in(farm, tmp_path):
    stranger = clusters.make_certificates(tmp_path)
    settings = dask.config.merge(dask.config.config, *dask.config.collect_yaml([str(stranger)]))
    with dask.config.set(settings), pytest.raises(UsageError, match="it can't be reached"):
        Cluster(farm.url)
