import os

import pytest

from autograder.cli import surroundings
from autograder.sandbox import cgroups, selftest
from autograder.sandbox.cgroup_trees import Tree
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.selftest import CGROUPS, NESTING, Finding


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
    said = {line["layer"]: line["status"] for line in findings}
    assert reached["tier"] == ("B2" if NESTING in said else {"ok": "A", "warn": "B"}[said[CGROUPS]])
    assert set(said) >= {"nbgrader", "torch", "CUDA"}
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


@pytest.mark.parametrize(
    ("tier", "meaning"),
    [
        ("A", "every layer holds; student code may be graded here"),
        ("B", "every layer holds but cgroup limits; student code may be graded here"),
    ],
)
def test_what_a_tier_means_is_told(run, finding, tier, meaning):
    finding(reached=tier)
    ran = run("doctor")
    assert ran.code == 0
    assert f"tier {tier}: {meaning}" in ran.out


@pytest.mark.parametrize(
    ("layers", "reached"),
    [
        ({CGROUPS: "ok"}, "A"),
        ({CGROUPS: "warn"}, "B"),
        ({}, "B"),
        ({NESTING: "warn", CGROUPS: "ok"}, "B2"),
        ({NESTING: "warn", CGROUPS: "warn"}, "B2"),
        ({CGROUPS: "fail"}, "none"),
        ({CGROUPS: "ok", "seccomp": "fail"}, "none"),
    ],
)
def test_the_tier_follows_from_the_findings(layers, reached):
    assert selftest.tier([Finding(layer, status, "") for layer, status in layers.items()]) == reached


@pytest.mark.parametrize("solo", [False, True])
def test_a_limit_of_a_cgroup_is_tried_on_a_box_of_either_way(solo):
    with Keeper("numpy", solo=solo) as keeper:
        if keeper.cgroups is None:
            pytest.skip(f"no cgroups here: {keeper.without_cgroups}")
        tried = selftest._try_cgroup(keeper)
        assert tried.status == "ok", tried
        assert tried.detail.startswith(f"version {keeper.cgroups.tree.version} in {keeper.cgroups.tree.parents[0]}")
        assert tried.detail.endswith(": a box was ended at its limit of memory")


def test_a_limit_of_a_cgroup_that_does_not_hold_is_a_missing_layer(monkeypatch):
    with Keeper("numpy", solo=False) as keeper:
        if keeper.cgroups is None:
            pytest.skip(f"no cgroups here: {keeper.without_cgroups}")
        with monkeypatch.context() as patched:
            patched.setattr(cgroups.BoxCgroup, "ended_at_limit", lambda _: False)
            assert selftest._try_cgroup(keeper) == Finding(CGROUPS, "fail", "a box at its limit of memory ended otherwise (died)")
        monkeypatch.setattr(cgroups.BoxCgroup, "limit", lambda *_: None)
        monkeypatch.setattr(selftest, "HOLDS", 96 << 20)
        assert selftest._try_cgroup(keeper) == Finding(CGROUPS, "fail", "a box held 384 MB under a limit of 96 MB")


@pytest.mark.parametrize(
    ("uid", "booted", "version", "advice"),
    [
        (1000, True, 2, "\nTo have them: systemd-run --user --scope -p Delegate=yes autograder …"),
        (1000, True, 1, "\nTo have them, run as root: boxes get an ordinary user all the same."),
        (1000, False, 2, "\nTo have them, run as root: boxes get an ordinary user all the same."),
        (0, True, 2, ""),
    ],
)
def test_without_cgroups_a_warning_says_why_and_what_to_do(monkeypatch, uid, booted, version, advice):
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(os.path, "isdir", lambda path: booted and path == "/run/systemd/system")
    monkeypatch.setattr(selftest.cgroup_places, "trees", lambda: [Tree(version, ("/x",), "/x", "")])
    keeper = Keeper("numpy")
    keeper.without_cgroups = "[Errno 13] Permission denied: '/sys/fs/cgroup/x'"
    tried = selftest._try_cgroup(keeper)
    assert tried.status == "warn"
    held = "memory is held by RLIMIT_AS, and every way around that is refused"
    assert tried.detail == f"none: [Errno 13] Permission denied: '/sys/fs/cgroup/x'; {held}{advice}"


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
