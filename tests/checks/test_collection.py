"""Checks are pytest functions, collected once and run many times; an author's slip is our fault and never a student's."""

import gc
import os
import subprocess
import sys
import weakref

import numpy as np
import pytest

from autograder.checks.collection import Suite
from autograder.errors import AssignmentError, ChecksError
from autograder.model import Band, Verdict


def test_checks_know_what_they_decide_on(make_toy):
    suite = make_toy().suite()
    assert [(check.id, check.exercise, check.part) for check in suite.checks] == [
        ("test_double", "double", "values"),
        ("test_quad", "quad", "values"),
    ]


def test_each_assignment_has_checks_of_its_own_though_the_files_are_called_alike(make_toy):
    one = make_toy(checks='from autograder.checks import check\n@check("double")\ndef test_one(): pass').suite()
    other = make_toy(checks='from autograder.checks import check\n@check("double")\ndef test_other(): pass').suite()
    assert [check.id for check in one.checks + other.checks] == ["test_one", "test_other"]


def test_a_module_that_is_called_checks_elsewhere_stays_what_it_is(make_toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "checks", pytest)
    assert len(make_toy().suite().checks) == 2
    assert sys.modules["checks"] is pytest


def test_a_check_runs_again_and_again(make_toy, answering):
    suite = make_toy().suite()
    for _ in range(3):
        assert suite.run(suite.checks[0], answering("double = lambda z: 2 * z"), 1).verdict is Verdict.PASSED
        assert suite.run(suite.checks[0], answering("double = lambda z: z"), 1).verdict is Verdict.FAILED


@pytest.mark.parametrize("source", ["double = lambda z: 2 * z", "double = lambda z: z", "double = lambda z: [[1], [2, 3]]", "double = 1"])
def test_a_check_that_ended_holds_on_to_no_answer(make_toy, answering, source):
    suite = make_toy().suite()
    student = answering(source)
    gone = weakref.ref(student)
    gc.disable()  # what waits for the collector may be large, and nothing tells the collector so
    try:
        suite.run(suite.checks[0], student, 1)
        del student
        assert gone() is None
    finally:
        gc.enable()


def test_running_a_check_leaves_no_trace_in_the_environment(run_check, monkeypatch):
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "ours")
    assert run_check("assert True").verdict is Verdict.PASSED
    assert os.environ["PYTEST_CURRENT_TEST"] == "ours"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('assert 1 > 2, "One is not more than two."', "One is not more than two."),
        ("assert 1 > 2", "A condition of this check does not hold."),
        ("np.testing.assert_allclose(np.array([0.123]), 2)", "Not equal to tolerance rtol=1e-07, atol=0"),
        ('pytest.fail("Try again.")', "Try again."),
    ],
)
def test_an_assertion_fails_the_check_with_its_first_line(run_check, body, text):
    ended = run_check(body)
    assert ended.verdict is Verdict.FAILED
    assert [(message.id, message.params["text"]) for message in ended.messages] == [("value.require", text)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("1 / 0", "check 'test_it' raised ZeroDivisionError: division by zero"),
        ("reference.nothing(1)", "check 'test_it' raised AttributeError: "),
        ('pytest.skip("not today")', "check 'test_it' raised Skipped: not today"),
        ("probe.compare(np.ones(2), np.full(2, np.nan))", "the right values are not finite"),
        ("student.double(1)[3]", "check 'test_it' raised IndexError"),
        ("raise KeyError(3)", "check 'test_it' raised KeyError: 3"),
    ],
)
def test_whatever_else_a_check_raises_is_our_fault(run_check, body, said):
    with pytest.raises(ChecksError) as raised:
        run_check(body, "double = lambda z: z")
    assert said in str(raised.value)


def test_a_fixture_that_is_not_there_is_our_fault(make_toy, answering):
    suite = make_toy(checks='from autograder.checks import check\n@check("double")\ndef test_it(stduent): pass').suite()
    with pytest.raises(ChecksError, match="stduent"):
        suite.run(suite.checks[0], answering(""), 1)


def test_marks_of_pytest_have_no_say_in_a_grade(run_check):
    head = "check = lambda *a, check=check, **k: lambda f: pytest.mark.skip(pytest.mark.xfail(check(*a, **k)(f)))"
    assert run_check("assert False", head=head).verdict is Verdict.FAILED


def test_warnings_and_overflow_in_a_reference_are_no_news(run_check):
    body = "import warnings\nwarnings.warn('careful')\nassert np.exp(np.array([1e4]))[0] == np.inf"
    assert run_check(body).verdict is Verdict.PASSED


def test_checks_may_have_parameters(make_toy, answering):
    text = """
    import pytest
    from autograder.checks import check

    @check("double")
    @pytest.mark.parametrize("z", [1.0, 3.0])
    def test_at(student, probe, z):
        probe.compare(student.double(z), 2 * z)
    """
    suite = make_toy(checks=text).suite()
    assert [check.id for check in suite.checks] == ["test_at[1.0]", "test_at[3.0]"]
    squares = answering("double = lambda z: z + 1")
    assert [suite.run(check, squares, 1).verdict for check in suite.checks] == [Verdict.PASSED, Verdict.FAILED]


def test_checks_may_have_fixtures_of_their_own(make_toy, answering):
    text = """
    import pytest
    from autograder.checks import check

    @pytest.fixture
    def z(probe):
        return probe.number(2, 3)

    @check("double")
    def test_it(student, probe, z):
        probe.compare(student.double(z), 2 * z)
    """
    suite = make_toy(checks=text).suite()
    assert suite.run(suite.checks[0], answering("double = lambda z: 2 * z"), 1).verdict is Verdict.PASSED
    assert suite.run(suite.checks[0], answering("double = lambda z: z"), 1).verdict is Verdict.FAILED


def test_a_fixture_that_checks_put_in_the_place_of_a_given_one_is_the_one_they_get(make_toy, answering):
    text = """
    import pytest
    from autograder.checks import check

    @pytest.fixture
    def reference(reference):
        return 3

    @check("double")
    def test_it(student, probe, reference):
        probe.compare(student.double(2.0), reference)
    """
    suite = make_toy(checks=text).suite()
    assert suite.run(suite.checks[0], answering("double = lambda z: z + 1"), 1).verdict is Verdict.PASSED


def test_a_check_may_use_a_fixture_that_it_does_not_take(make_toy, answering):
    text = """
    import pytest
    from autograder.checks import check

    @check("double")
    @pytest.mark.usefixtures("reference")
    def test_it(student, probe):
        probe.compare(student.double(2.0), 4.0)
    """
    suite = make_toy(checks=text).suite()
    assert suite.run(suite.checks[0], answering("double = lambda z: 2 * z"), 1).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("check", "returned"),
    [("def test_it(student): return student.double(1.0) == 2", "bool"), ("async def test_it(student): assert False", "coroutine")],
)
def test_a_check_that_returns_something_decides_on_nothing_and_is_our_fault(make_toy, answering, check, returned):
    suite = make_toy(checks=f"from autograder.checks import check as decides\n\n@decides('double')\n{check}").suite()
    with pytest.raises(ChecksError, match=f"it returned {returned}.*, wanted None; did you mean to assert it"):
        suite.run(suite.checks[0], answering("double = lambda z: 2 * z"), 1)


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("def test_it(): pass", "checks.py: test_it has no @check and would decide on nothing"),
        ("x = 1", "checks.py can't be collected: "),
        ("1 / 0", "ZeroDivisionError"),
        ("def test_it(:", "SyntaxError"),
        ("from autograder.checks import chekc", "chekc"),
    ],
)
def test_checks_that_can_not_be_used_are_refused(make_toy, checks, said):
    with pytest.raises(AssignmentError) as raised:
        make_toy(checks=checks).suite()
    assert said in str(raised.value)
    assert "checks.py" in str(raised.value)


def test_a_reference_that_is_missing_or_broken_is_refused(make_toy):
    toy = make_toy(reference="1 / 0")
    with pytest.raises(AssignmentError, match=r"reference\.py: ZeroDivisionError"):
        toy.suite()
    (toy.folder / "reference.py").unlink()
    with pytest.raises(AssignmentError, match=r"reference\.py is missing"):
        toy.suite()


def test_two_references_do_not_meet(make_toy, answering):
    checks = 'from autograder.checks import check\n@check("double")\ndef test_it(reference):\n    assert reference.N == {}'
    for number in (1, 2):
        suite = make_toy(checks=checks.format(number), reference=f"N = {number}").suite()
        assert suite.run(suite.checks[0], answering(""), 1).verdict is Verdict.PASSED


def test_settings_and_conftest_of_the_project_around_do_not_reach_the_checks(make_toy, tmp_path, monkeypatch):
    (tmp_path / "pytest.ini").write_text("[pytest]\npython_functions = nothing_*\naddopts = --broken-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('conftest was loaded')")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--another-broken-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "")
    toy = make_toy()
    (toy.folder / "conftest.py").write_text("raise RuntimeError('conftest was loaded')")
    monkeypatch.chdir(tmp_path)
    assert len(toy.suite().checks) == 2


def test_collecting_prints_nothing(make_toy, course):
    toy = make_toy(checks='print("hello")\nfrom autograder.checks import check\n@check("double")\ndef test_it(): print("hello")')
    code = f"from pathlib import Path; from autograder.checks.collection import Suite; Suite(Path({str(toy.folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=course)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_figure_is_drawn_from_both_sides(make_toy, answering):
    text = """
    import numpy as np
    from autograder.checks import figure

    @figure("Lines", x="z", y="f(z)", log_y=True)
    def lines(figure):
        z = np.array([1.0, 2.0])
        figure.line("double", z, "double", z)
        figure.line("quad", z, "quad", z)
    """
    suite = make_toy(checks=text).suite()
    [item] = suite.figures
    curve = suite.draw(item, answering("double = lambda z: z / 0.0\nquad = lambda z: 'no'"))
    assert (curve.title, curve.x_label, curve.y_label, curve.log_y) == ("Lines", "z", "f(z)", True)
    assert [(line.label, line.y) for line in curve.reference] == [("double", (2.0, 4.0)), ("quad", (4.0, 8.0))]
    assert [(line.label, line.y) for line in curve.yours] == [("double", (None, None))]


def test_a_figure_shows_several_views_of_one_call(make_toy, answering):
    text = """
    import numpy as np
    from autograder.checks import ARRAY, NUMBER, figure

    @figure("Views", x="z", y="f(z)")
    def views(figure):
        z = np.array([1.0, 2.0])
        figure.lines({"all": lambda got: got[1], "sum": lambda got: [got[0]]}, z, "both", z, returns=(NUMBER, ARRAY))
    """
    suite = make_toy(checks=text, reference="def both(z):\n    return z.sum(), 2 * z").suite()
    source = "calls = []\ndef both(z):\n    calls.append(1)\n    return len(calls), z"
    curve = suite.draw(suite.figures[0], answering(source))
    assert [(line.label, line.y) for line in curve.reference] == [("all", (2.0, 4.0)), ("sum", (3.0,))]
    assert [(line.label, line.y) for line in curve.yours] == [("all", (1.0, 2.0)), ("sum", (1.0,))]
    assert suite.draw(suite.figures[0], answering("both = lambda z: z.sum()")).yours == ()


WALK = """
import numpy as np
from autograder.checks import ARRAY, figure

def steps(call):
    path = [1.0]
    for _ in range(2):
        path.append(float(call("double", np.array(path[-1]), returns=ARRAY).item()))
    return path

@figure("Walk", x="step", y="w")
def walk(figure):
    figure.walk("w", [0, 1, 2], steps)
"""


@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("double = lambda z: z + 1", [(1.0, 2.0, 3.0)]),
        ("double = lambda z: z / 0.0", [(1.0, None, None)]),
        ("double = lambda z: 'no'", []),
        ("double = lambda z: np.ones(3)", []),
    ],
)
def test_a_figure_walks_from_what_came_of_the_calls_before(make_toy, answering, source, points):
    suite = make_toy(checks=WALK).suite()
    curve = suite.draw(suite.figures[0], answering(source))
    assert [line.y for line in curve.reference] == [(1.0, 2.0, 4.0)]
    assert [line.y for line in curve.yours] == points


OWN_DRAWS = """
from autograder.checks import Rng, figure

@figure("Own", x="n", y="w")
def own(figure):
    figure.band("w", [1, 2], [0.0, 1.0], [2.0, 3.0], chance=1e-3, made="a law")
    drawn = figure.drawn("init", [(2, Rng(1)), (2, Rng(2))])
    if drawn is not None:
        figure.line("w", [1, 2], "total", drawn)
"""


@pytest.mark.parametrize("init", ["lambda n, rng: rng.normal(size=n)", "lambda n, rng: 'no'", "lambda n, rng: 1 / 0"])
def test_a_figure_passes_on_what_the_students_code_drew_to_both_sides(make_toy, answering, init):
    suite = make_toy(checks=OWN_DRAWS, reference="def total(drawn):\n    return [sum(one) for one in drawn]").suite()
    curve = suite.draw(suite.figures[0], answering(f"init = {init}\ntotal = lambda drawn: [2 * one.sum() for one in drawn]"))
    right = tuple(float(f"{np.random.default_rng(seed).normal(size=2).sum():.6g}") for seed in (1, 2))
    assert [line.y for line in curve.reference] == ([right] if "rng.normal" in init else [])
    assert [line.y for line in curve.yours] == ([pytest.approx([2 * y for y in right], rel=1e-5)] if "rng.normal" in init else [])
    assert curve.bands == (Band("w", (1.0, 2.0), (0.0, 1.0), (2.0, 3.0), 1e-3, "a law"),)


def test_a_figure_that_breaks_is_our_fault(make_toy, answering):
    text = 'from autograder.checks import figure\n@figure("x", x="x", y="y")\ndef draw(figure):\n    figure.line("a", 1, "none")'
    suite = make_toy(checks=text).suite()
    with pytest.raises(ChecksError, match="figure 'draw' raised AttributeError"):
        suite.draw(suite.figures[0], answering(""))


def test_a_suite_is_of_a_folder(tmp_path):
    with pytest.raises(AssignmentError, match="is missing"):
        Suite(tmp_path / "nowhere")
