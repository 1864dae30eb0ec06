"""What a worker keeps of a run, and what it does not: desks without Dask, whose grading process is a stand-in."""

from types import SimpleNamespace

import pytest

from autograder.config import demo_settings
from autograder.engines import desk
from autograder.engines.parcel import pack
from autograder.engines.seat import Answer, Request
from autograder.model import Submission


class Seat:
    """A grading process that says yes to all."""

    def __init__(self):
        self.has_ended = False

    def ask(self, what, seconds):
        return Answer() if isinstance(what, Request) else None

    def end(self):
        self.has_ended = True


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The worker's own folder."""
    monkeypatch.setattr(desk, "_worker", lambda: SimpleNamespace(local_directory=str(tmp_path)))
    monkeypatch.setattr(desk, "_Seat", Seat)
    monkeypatch.setattr(desk, "_desks", {})
    monkeypatch.setattr(desk, "_ended", set())
    return tmp_path


@pytest.fixture
def parcel(real_assignment):
    """Return a function that makes the parcel of another run."""
    return lambda: pack(demo_settings(), [real_assignment], pages=False)


REQUEST = Request(Submission("ada", "x", b""), 0)


def test_what_a_run_has_here_ends_with_it(place, parcel):
    sent = parcel()
    assert desk.open_desk(sent) is None
    assert desk.grade(sent.run, REQUEST) == Answer()
    (seat,) = [one._seat for one in desk._desks.values()]
    desk.close_desk(sent.run)
    assert seat.has_ended
    assert list(place.iterdir()) == []
    assert desk.grade(sent.run, REQUEST).unfit


def test_what_comes_after_the_end_of_its_run_starts_nothing_and_leaves_nothing(place, parcel):
    sent = parcel()
    desk.close_desk(sent.run)
    assert str(desk.open_desk(sent)) == "this run has ended"
    assert (desk._desks, list(place.iterdir())) == ({}, [])


def test_a_run_that_ends_while_its_grading_process_starts_has_none(place, parcel, monkeypatch):
    sent = parcel()
    started = []

    class Slow(Seat):
        def __init__(self):
            super().__init__()
            started.append(self)
            desk.close_desk(sent.run)  # from another thread

    monkeypatch.setattr(desk, "_Seat", Slow)
    assert str(desk.open_desk(sent)) == "this run has ended"
    assert [seat.has_ended for seat in started] == [True]
    assert list(place.iterdir()) == []


def test_what_a_driver_left_that_was_killed_is_removed_for_the_next_one_once_its_process_has_ended(place, parcel):
    left, busy, new = parcel(), parcel(), parcel()
    assert (desk.open_desk(left), desk.open_desk(busy)) == (None, None)
    desk._desks[left.run].close()  # as it does itself when it was idle for long
    assert desk.open_desk(new) is None
    assert sorted(path.name for path in place.iterdir()) == sorted(f"autograder-{one.run}" for one in (busy, new))
    assert desk.grade(left.run, REQUEST).unfit  # if it is not gone after all it has it opened anew
    assert desk.open_desk(left) is None


def test_a_worker_whose_disk_is_full_says_so_and_is_not_held_to_be_of_another_version(place, parcel, monkeypatch):
    def full(_parcel, where):
        where.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(desk, "unpack", full)
    assert str(desk.open_desk(parcel())) == f"{place} can't be written to: No space left on device"
    assert (desk._desks, list(place.iterdir())) == ({}, [])
