"""Collect an assignment's checks with pytest once, and run the collected items again and again. The one module that knows pytest's insides.

`pytest.main` costs 50 to 100 ms a call; an item that is already collected runs in a fraction of one. So main collects and runs nothing, and
each submission runs the items: their functions, called as they are, where they take only what every check is given; else as pytest's runner
does, set up, called and torn down. The runner's own hooks are left out: they format exceptions, keep the last one alive, and write the name
of the test into os.environ; and marks such as skip have no say in a grade.
"""

import contextlib
import importlib.util
import io
import sys
import tempfile
import uuid
import warnings
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

from autograder.checks.declare import CHECK_MARK, FIGURE_MARK
from autograder.checks.figures import Figure
from autograder.checks.outcome import CheckEndedError
from autograder.checks.probe import Probe
from autograder.checks.student import Student
from autograder.errors import AssignmentError, ChecksError
from autograder.model import Curve, Message, Verdict

CHECKS = "checks"
"""The module that holds an assignment's checks."""
_OFF = ("cacheprovider", "terminal", "warnings", "logging", "capture", "junitxml", "doctest", "faulthandler", "tmpdir", "threadexception")
_OUTCOMES = (pytest.fail.Exception, pytest.skip.Exception)  # pytest.xfail's is a kind of fail's; none of them is an Exception
_OFF_TOO = ("unraisableexception", "pastebin", "nose", "stepwise", "recwarn", "setuponly", "setupplan", "debugging")


@dataclass(frozen=True)
class Check:
    """A collected check and what it decides on; `chance` is the probability that it fails right code, at most."""

    id: str
    exercise: str
    part: str
    item: pytest.Item
    chance: float = 0.0


@dataclass(frozen=True)
class Ended:
    """How a run of a check ended."""

    verdict: Verdict
    messages: tuple[Message, ...]
    exchange: int | None = None


class Suite:
    """The checks and figures of one assignment, ready to run against any student.

    Args:
        folder: solutions/<id>, which holds checks.py and reference.py.

    Raises:
        AssignmentError: checks.py can't be collected, or a check decides on nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._plugin = _Plugin(_load_module(folder / "reference.py"))
        _collect(folder, self._plugin)
        self.checks: list[Check] = []
        self.figures: list[pytest.Item] = []
        for item in self._plugin.items:
            if item.get_closest_marker(FIGURE_MARK):
                self.figures.append(item)
                continue
            mark = item.get_closest_marker(CHECK_MARK)
            if mark is None:
                raise AssignmentError(f"{folder / 'checks.py'}: {item.name} has no @check and would decide on nothing")
            self.checks.append(Check(item.name, item=item, **mark.kwargs))

    @property
    def chance(self) -> float:
        """Probability that any check fails right code, at most."""
        return sum(check.chance for check in self.checks)

    def run(self, check: Check, student: Student, seed: int, *, example: bool = False) -> Ended:
        """Run one check.

        Raises:
            ChecksError: the check, or the reference it calls, raised, or it left more to chance than it declares: a fault of ours.
        """
        probe = Probe(seed, student, example=example)
        error = self._plugin.run(check.item, student, probe)
        if probe.chance > check.chance * (1 + 1e-9):
            raise ChecksError(
                f"check {check.id!r} fails right code with a probability of {probe.chance:.2g}; it declares {check.chance:.2g}"
            )
        match error:
            case None:
                return Ended(Verdict.PASSED, ())
            case CheckEndedError():
                _forget_frames(error)
                return Ended(error.verdict, error.messages, error.exchange)
            case AssertionError() | pytest.fail.Exception():
                return Ended(Verdict.FAILED, (Message("value.require", {"text": _sentence(error)}),))
        raise ChecksError(f"check {check.id!r} raised {type(error).__name__}: {error}") from error

    def draw(self, item: pytest.Item, student: Student) -> Curve:
        """Run one figure's function and give what it drew."""
        figure = Figure(student, self._plugin.reference)
        error = self._plugin.run(item, student, Probe(0, student), figure)
        if error is not None:
            raise ChecksError(f"figure {item.name!r} raised {type(error).__name__}: {error}") from error
        mark = item.get_closest_marker(FIGURE_MARK)
        assert mark is not None
        return figure.curve(**mark.kwargs)


class _Plugin:
    """Gives the fixtures, and catches what a check raises."""

    def __init__(self, reference: ModuleType) -> None:
        self.reference = reference
        self.items: list[pytest.Item] = []
        self._plain: frozenset[pytest.Item] = frozenset()
        """Those that take nothing but what is given here, so that there is nothing to set up."""
        self.problems: list[str] = []
        self._student: Student | None = None
        self._probe: Probe | None = None
        self._figure: Figure | None = None

    def run(self, item: pytest.Item, student: Student, probe: Probe, figure: Figure | None = None) -> BaseException | None:
        """Run `item`; what it raised, if anything."""
        function = cast("pytest.Function", item)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # an overflow in the reference is not news
            if function not in self._plain:
                return self._run_with_fixtures(function, student, probe, figure)
            given = {"student": student, "probe": probe, "figure": figure, "reference": self.reference}
            arguments = {name: given[name] for name in function.fixturenames}
            return _error_of(lambda: _nothing(function.obj(**arguments)))

    def _run_with_fixtures(self, function: pytest.Function, student: Student, probe: Probe, figure: Figure | None) -> BaseException | None:
        """The same by all of pytest's machinery, for a check with fixtures or parameters of its own; it takes as long as a small check."""
        self._student, self._probe, self._figure = student, probe, figure
        function._initrequest()  # noqa: SLF001 - as pytest does for an item that runs again
        state = function.session._setupstate  # noqa: SLF001 - as its runner does

        def run() -> None:
            state.setup(function)
            function.runtest()

        try:
            return _error_of(run)
        finally:
            state.teardown_exact(None)
            function.funcargs.clear()  # else the item would hold the student, and all answers, until it runs again
            self._student = self._probe = self._figure = None

    @pytest.fixture(name="student")
    def give_student(self) -> Student | None:
        """The student's functions."""
        return self._student

    @pytest.fixture(name="probe")
    def give_probe(self) -> Probe | None:
        """Inputs and comparison."""
        return self._probe

    @pytest.fixture(name="figure")
    def give_figure(self) -> Figure | None:
        """Where a figure's lines go."""
        return self._figure

    @pytest.fixture(name="reference")
    def give_reference(self) -> ModuleType:
        """The assignment's reference.py."""
        return self.reference

    def pytest_configure(self, config: pytest.Config) -> None:
        for name in (CHECK_MARK, FIGURE_MARK):
            config.addinivalue_line("markers", f"{name}: see autograder.checks")

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> Any:
        """Collect a function marked as a figure whatever its name is."""
        if any(mark.name == FIGURE_MARK for mark in getattr(obj, "pytestmark", ())):
            return list(collector._genfunctions(name, obj))  # noqa: SLF001 - as pytest's own collector does for test_ names
        return None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(report.longreprtext)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = session.items
        self._plain = frozenset(item for item in session.items if _is_plain(cast("pytest.Function", item)))

    def pytest_runtestloop(self) -> bool:
        return True  # collected is all we want from main


def _is_plain(function: pytest.Function) -> bool:
    """True for a check of four fixtures at most, which are those given here, and none used but by name in its arguments."""
    info = function._fixtureinfo  # noqa: SLF001 - as pytest's own items do
    taken = set(info.argnames)
    ours = taken == {*function.fixturenames} and taken <= {"student", "probe", "figure", "reference"}
    return ours and not hasattr(function, "callspec") and all(len(made) == 1 for made in info.name2fixturedefs.values())


def _nothing(returned: object) -> None:
    """Refuse what a check returns: a comparison that nobody looks at, or a coroutine that nobody runs.

    Raises:
        TypeError: it is anything but None.
    """
    if isinstance(returned, Coroutine):
        returned.close()  # else its end is complained of wherever it happens to come
    if returned is not None:
        raise TypeError(f"it returned {type(returned).__name__}, wanted None; did you mean to assert it?")


def _error_of(run: Callable[[], object]) -> BaseException | None:
    """What `run` raised, if anything."""
    try:
        run()
    except (Exception, *_OUTCOMES) as error:  # noqa: BLE001 - told apart in Suite.run
        return error
    return None


def _forget_frames(error: BaseException | None) -> None:
    """Let go of what a traceback's frames hold: pytest's hold the error itself, and the largest answers would wait for the collector."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


def _collect(folder: Path, plugin: _Plugin) -> None:
    with tempfile.TemporaryDirectory() as empty:
        settings = Path(empty) / "pytest.ini"
        settings.write_text("[pytest]\n")  # so that no settings of the project around are found
        arguments = ["-c", str(settings), "--rootdir", str(folder), "--import-mode=importlib", "--assert=plain", "--noconftest"]
        arguments += [f"-pno:{name}" for name in (*_OFF, *_OFF_TOO)]
        printed = io.StringIO()
        with _no_plugin_autoload(), _name_free(CHECKS), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            code = pytest.main([*arguments, str(folder / f"{CHECKS}.py")], plugins=[plugin])
    if code != pytest.ExitCode.OK or not plugin.items:
        problem = "\n".join([*plugin.problems, printed.getvalue()]).strip() or "it holds no checks"
        raise AssignmentError(f"{folder / 'checks.py'} can't be collected: {problem}")


@contextlib.contextmanager
def _no_plugin_autoload() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        yield


@contextlib.contextmanager
def _name_free(name: str) -> Iterator[None]:
    """Let pytest import a module of this name, and forget it: the next assignment has one too, and would be given this one's."""
    held = sys.modules.pop(name, None)
    try:
        yield
    finally:
        sys.modules.pop(name, None)
        if held is not None:
            sys.modules[name] = held


def _sentence(error: BaseException) -> str:
    """The author's sentence: the first line. What follows it is a tool's own, such as the arrays that numpy.testing prints."""
    return next(iter(str(error).strip().splitlines()), "") or "A condition of this check does not hold."


def _load_module(path: Path) -> ModuleType:
    """Load `path` under a name of its own: two assignments may both have a reference.py."""
    spec = importlib.util.spec_from_file_location(f"autograder_reference_{uuid.uuid4().hex}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise AssignmentError(f"{path} is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise AssignmentError(f"{path}: {type(error).__name__}: {error}") from error
    return module
