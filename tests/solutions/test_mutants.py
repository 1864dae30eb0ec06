"""The hidden checks are sharp: whatever is changed in a solution costs points, and what costs none is right as well, for a reason given."""

from collections import Counter
from functools import cache

import pytest

from autograder.course import load
from autograder.course.loading import assignment_ids

from .mutation import COURSE, Bench, Fate, Mutant, Outcome, equivalents, mutants, outcome, solution_mutants

IDS = assignment_ids(COURSE)
LAYER = """
class Layer:
    def double(self, z):
        \"""Twice z.\"""
        return 2 * z

def helper(w: int = 1):
    return [w @ w.T for w in range(3)]
"""
of_each = pytest.mark.parametrize("assignment", IDS)


@cache
def found(assignment):
    return outcome(load(COURSE, assignment))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@of_each
def test_the_solution_itself_passes_every_check_with_every_seed(assignment):
    assert found(assignment).faults == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@of_each
def test_every_mutant_loses_points_in_its_exercise_or_is_listed_with_a_reason(assignment):
    assert found(assignment).survivors == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
@of_each
def test_what_is_listed_as_equivalent_loses_no_points(assignment):
    assert found(assignment).stale == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_at_least_300_mutants_lose_their_points_by_a_wrong_value():
    fates = Counter(fate for assignment in IDS for fate in found(assignment).fates.values())
    assert fates[Fate.VALUE] >= 300


def test_the_list_of_equivalents_names_mutants_that_there_are():
    listed = equivalents()
    assert set(listed) <= set(IDS)
    for assignment, excused in listed.items():
        there = {(one.function, one.change) for one in solution_mutants(load(COURSE, assignment))}
        assert {(function, change) for function, changes in excused.items() for change in changes} <= there
        assert all(reason.strip() for changes in excused.values() for reason in changes.values())


# --- the engine ---


def changes(body):
    """The changes of a function with this body."""
    source = "def f(x, w):\n" + "\n".join(f"    {line}" for line in body.splitlines())
    return {one.change for one in mutants(source)}


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ("return x + w", {"x + w -> x - w", "x + w -> x", "x + w -> w", "x + w -> -(x + w)"}),
        ("return x * w", {"x * w -> x / w"}),
        ("return -x", {"-x -> x"}),
        ("return x**2", {"x ** 2 -> x * 2", "x ** 2 -> x ** 3", "x ** 2 -> x ** 1", "x ** 2 -> x"}),
        ("return x < 0", {"x < 0 -> x <= 0", "x < 0 -> x >= 0", "x < 0 -> x < 1", "x < 0 -> x < -1"}),
        ("return x and w", {"x and w -> x or w", "x and w -> x", "x and w -> w"}),
        ("return 0.5", {"0.5 -> 1.0", "0.5 -> 1.5", "return 0.5 -> nothing"}),
        ("return x @ w.T", {"x @ w.T -> w.T @ x", "x @ w.T -> x @ w", "x @ w.T -> x.T @ w.T", "x @ w.T -> x * w.T"}),
        (
            "return np.sum(x, axis=0, keepdims=True)",
            {
                "np.sum(x, axis=0, keepdims=True) -> np.mean(x, axis=0, keepdims=True)",
                "np.sum(x, axis=0, keepdims=True) -> np.sum(x, axis=1, keepdims=True)",
                "np.sum(x, axis=0, keepdims=True) -> np.sum(x, axis=0, keepdims=False)",
                "np.sum(x, axis=0, keepdims=True) -> np.sum(x, axis=0)",
                "np.sum(x, axis=0, keepdims=True) -> np.sum(x, keepdims=True)",
                "np.sum(x, axis=0, keepdims=True) -> np.sum(-x, axis=0, keepdims=True)",
                "np.sum(x, axis=0, keepdims=True) -> x",
            },
        ),
        ("return np.abs(x), x.copy()", {"(np.abs(x), x.copy()) -> (x, x.copy())", "(np.abs(x), x.copy()) -> (np.abs(x), x)"}),
        ("return max(x, w)", {"max(x, w) -> min(x, w)"}),
        ("return np.where(x, w, 1)", {"np.where(x, w, 1) -> np.where(x, 1, w)", "np.where(x, w, 1) -> np.where(w, x, 1)"}),
        ("return x[0], x[-1]", {"(x[0], x[-1]) -> (x[-1], x[-1])", "(x[0], x[-1]) -> (x[0], x[1])", "(x[0], x[-1]) -> (x[-1], x[0])"}),
        ("return x[1:w]", {"x[1:w] -> x[:w]", "x[1:w] -> x[1:]", "x[1:w] -> x[2:w]"}),
        ("return 1 if x else w", {"1 if x else w -> w if x else 1", "1 if x else w -> 1", "1 if x else w -> 1 if not x else w"}),
        ("return {'a': x, 'b': w}", {"{'a': x, 'b': w} -> {'a': w, 'b': x}"}),
        ("for i in range(3):\n    w = x", {f"range(3) -> range(3)[{part}]" for part in ("1:", ":-1", "::-1")} | {"w = x -> nothing"}),
        ("for i in x:\n    w *= i", {"x -> list(x)[1:]", "w *= i -> w /= i", "w *= i -> w = i", "for i in x: -> nothing"}),
        ("return f(*x)", {"return f(*x) -> nothing"}),
        ("if x:\n    return 1\nreturn 1", {"x -> not x", "if x: -> nothing", "1 -> 2", "1 -> 2 (2)"}),
    ],
)
def test_mutants_change_one_place(body, made):
    assert made <= changes(body)


def test_methods_and_helpers_are_mutated_and_what_is_no_code_is_not():
    made = mutants(LAYER, "layer-solution")
    assert {(one.cell, one.definition, one.function) for one in made} == {
        ("layer-solution", "Layer", "Layer.double"),
        ("layer-solution", "helper", "helper"),
    }
    assert all("Twice z." in one.source and "class Layer" in one.source for one in made if one.definition == "Layer")
    assert all("w: int" in one.source for one in made if one.definition == "helper")
    assert len({one.source for one in made}) == len({(one.function, one.change) for one in made}) == len(made)


@of_each
def test_every_mutant_is_python(assignment):
    for one in solution_mutants(load(COURSE, assignment)):
        compile(one.source, one.change, "exec")


def test_the_solution_itself_is_no_mutant():
    assert changes("x = x\nreturn x") == {"x = x -> nothing", "x -> -x", "x -> -x (2)", "return x -> nothing"}


@pytest.fixture
def toy_bench(make_toy):
    """A bench of the toy: double and quad."""
    return Bench(make_toy().assignment)


def mutant(body):
    """The toy's double with this body."""
    return Mutant("double-solution", "double", "double", "before -> after", f"def double(z):\n    {body}")


@pytest.mark.parametrize(
    ("body", "fate"),
    [
        ("return 3.0 * z", Fate.VALUE),
        ("return 2.0 * z[0, 0]", Fate.VALUE),
        ("raise ValueError", Fate.ERROR),
        ("while True:\n        z = -z", Fate.ERROR),
        ("return z + z", Fate.SURVIVES),
    ],
)
def test_a_mutant_is_killed_by_a_wrong_value_or_by_an_exception_or_survives(toy_bench, body, fate):
    assert toy_bench.fate(mutant(body), [1]) is fate


def test_what_only_some_draws_kill_survives(toy_bench):
    right_if_small = mutant("return z * (2 + abs(z[0, 0]) // 4)")
    assert {toy_bench.fate(right_if_small, [seed]) for seed in range(9)} == {Fate.VALUE, Fate.SURVIVES}
    assert toy_bench.fate(right_if_small, range(9)) is Fate.SURVIVES


def test_checks_that_the_solution_fails_are_told(make_toy):
    wrong = Bench(make_toy(reference="def double(z):\n    return 3 * z\n\ndef quad(z):\n    return 4 * z").assignment)
    assert wrong.faults([1]) == ["test_double"]


def test_a_helper_is_judged_by_the_exercise_of_its_cell(toy_bench):
    helper = Mutant("quad-solution", "twice", "twice", "x -> y", "def twice(z): pass")
    assert [check.exercise for check in toy_bench.checks(helper)] == ["quad"]


def test_with_a_check_left_out_mutants_survive():
    bench = Bench(load(COURSE, "01-activations"))
    of_leaky = [one for one in bench.mutants() if one.function == "leaky_relu_grad"]
    excused = equivalents()["01-activations"]
    assert not Outcome([], {one: bench.fate(one, [1]) for one in of_leaky}, excused).survivors
    bench.judge.suite.checks = [one for one in bench.judge.suite.checks if not one.id.startswith("test_leaky_relu_grad")]
    dull = Outcome([], {one: bench.fate(one, [1]) for one in of_leaky}, excused)
    assert "leaky_relu_grad: np.where(np.asarray(z) > 0, 1.0, slope) -> np.where(np.asarray(z) > 0, 2.0, slope)" in dull.survivors


def test_what_is_listed_is_stale_when_it_is_killed_or_gone():
    one, other = mutants("def f(x):\n    return x")
    excused = {"f": {one.change: "why", other.change: "why", "x -> y": "why"}}
    told = Outcome([], {one: Fate.SURVIVES, other: Fate.VALUE}, excused)
    assert (told.survivors, told.stale) == ([], [f"f: {other.change}", "f: x -> y"])
    assert list(told.rows()) == [("f", [2, 1, 0, 1, 0]), ("all", [2, 1, 0, 1, 0])]
    assert Outcome([], {one: Fate.SURVIVES}, {}).survivors == [f"f: {one.change}"]
