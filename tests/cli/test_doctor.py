import pytest

from autograder.cli import surroundings
from autograder.sandbox import selftest
from autograder.sandbox.selftest import Finding


@pytest.fixture
def finding(monkeypatch):
    """Return a function: findings -> what doctor will find."""

    def set_to(*findings, reached):
        monkeypatch.setattr(selftest, "try_layers", lambda _hidden: iter(findings))
        monkeypatch.setattr(selftest, "tier", lambda _findings: reached)

    return set_to


def test_this_machine_is_tried_and_found_fit(run):
    ran = run("doctor", "--json")
    assert ran.code == 0
    *findings, reached = ran.lines()
    assert reached["tier"] in ("B", "B2")
    assert {line["layer"] for line in findings} >= {"nbgrader", "torch", "CUDA"}
    assert all(set(line) == {"layer", "status", "detail"} for line in findings)


def test_a_missing_layer_ends_with_1(run, finding):
    finding(Finding("seccomp", "fail", "the kernel has none [red]"), reached="none")
    ran = run("doctor")
    assert ran.code == 1
    assert "FAIL seccomp: the kernel has none [red]" in ran.out
    assert "tier none: a layer is missing, so nothing is graded here" in ran.out
    assert run("doctor", "--json").code == 1


def test_the_slower_tier_is_told_and_is_no_fault(run, finding):
    finding(Finding("namespaces", "warn", "nested ones are refused"), reached="B2")
    ran = run("doctor")
    assert ran.code == 0
    assert "warn namespaces: nested ones are refused" in ran.out
    assert "tier B2: student code may be graded here, slower" in ran.out


def test_doctor_needs_no_course(run, finding, tmp_path, monkeypatch):
    finding(reached="B")
    monkeypatch.chdir(tmp_path)
    assert run("doctor").code == 0


def test_what_is_missing_comes_with_the_line_that_installs_it(monkeypatch):
    def missing(name):
        raise surroundings.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(surroundings.importlib.metadata, "version", missing)
    monkeypatch.setattr(surroundings, "cuda_devices", lambda: 0)
    found = {finding.layer: finding for finding in surroundings.look()}
    assert found["torch"].detail == "not installed; torch assignments would need it: pip install 'gradient-autograder[torch]'"
    assert found["nbgrader"].status == "info"
    assert found["CUDA"].detail == "no device: --device cpu"
    monkeypatch.setattr(surroundings, "cuda_devices", lambda: 1)
    assert [finding.detail for finding in surroundings.look()][-1] == "1 device"
