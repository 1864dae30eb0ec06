"""What a box finds mounted, and what it has where it may mount nothing itself."""

import pytest

from autograder.model import Limits
from autograder.sandbox import launch
from autograder.sandbox.inside import furnish, kernel
from autograder.sandbox.inside.layers import EVERY, Layer
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import Call

from .conftest import Opener

LOOK = """
import os

def mounts():
    with open("/proc/self/mounts") as file:
        return {line.split()[1]: line.split()[3].split(",") for line in file}  # the last at a place counts

def facts():
    return sorted(os.listdir("/proc"))

"""


def look(session, function):
    (outcome,) = session.call(Call(function))
    assert outcome.failure is None, outcome.failure
    return outcome.value


def test_everything_but_its_folder_is_read_only_and_nothing_can_be_run_from_there(any_box):
    mounts = look(any_box(LOOK), "mounts")
    assert [place for place, options in mounts.items() if "rw" in options] == ["/box"]
    assert {"nosuid", "nodev", "noexec", "nr_inodes=2048", "size=65536k"} <= set(mounts["/box"])
    assert all("nosuid" in options for options in mounts.values())


def test_proc_tells_of_its_own_processes_alone(box):
    assert look(box(LOOK), "facts") == ["1", "self", "thread-self"]


def test_where_a_box_may_not_mount_it_has_what_bubblewrap_made(monkeypatch):
    """As under AppArmor's profile for bubblewrap, which takes every capability from what that starts."""
    monkeypatch.setattr(launch, "_TO_FURNISH", ())
    with Keeper("numpy", solo=True) as keeper:
        opener = Opener(keeper)
        mounts = look(opener(LOOK), "mounts")
        opener.end()
    assert not any(option.startswith("nr_inodes") for option in mounts["/box"])
    assert "size=65536k" in mounts["/box"]
    assert "ro" in mounts["/"]
    assert "ro" in mounts["/dev"]


@pytest.mark.parametrize(("name", "value"), [("_TRIAL_SECONDS", 0.0), ("_TO_FURNISH", ("--no-such-option",))])
def test_a_trial_that_takes_too_long_or_can_not_be_made_counts_as_refused(monkeypatch, name, value):
    assert launch.Launcher("numpy", ())._lets_furnish
    monkeypatch.setattr(launch, name, value)
    assert not launch.Launcher("numpy", ())._lets_furnish


def test_the_trial_is_made_once_and_only_for_boxes_that_need_it(monkeypatch):
    trials = []
    start = launch.Launcher._start
    monkeypatch.setattr(launch.Launcher, "_start", lambda *given: trials.append(given[1]) or start(*given))
    with Keeper("numpy", solo=True) as keeper:
        for _ in range(2):
            keeper.spawn(Limits()).kill()
    assert trials == ["furnish", "solo", "solo"]


@pytest.mark.parametrize(
    ("left_out", "made"),
    [
        ({Layer.PRIVATE_FOLDER}, ["/tmp", "/proc"]),
        ({Layer.EMPTY_TMP, Layer.OWN_PROC}, ["/box"]),
        (furnish.MOUNTS, []),
        (set(), ["/box", "/tmp", "/proc"]),
    ],
)
def test_what_is_mounted_is_what_the_layers_say(monkeypatch, left_out, made):
    done = []
    monkeypatch.setattr(kernel, "mount", lambda _, target, filesystem=None, *__: filesystem and done.append(target))
    monkeypatch.setattr(kernel, "remount_tree_read_only", lambda _: None)
    monkeypatch.setattr(kernel, "remount_writable", lambda _: None)
    furnish.furnish(1 << 20, EVERY - frozenset(left_out))
    assert done == made
