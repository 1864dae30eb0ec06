"""The counter-example is a cell that shows, pasted as it is, what the report says; and it was drawn for the public."""

import re

import numpy as np
import pytest

from autograder.checks import examples
from autograder.checks.student import Definition, Exchange
from autograder.sandbox.inside.values import Device, DType, Function, Handle, Opaque, Rng, Tensor
from autograder.sandbox.session import BoxLine, Call, Failure, Outcome

SOURCES = {
    "relu": "def relu(z):\n    return np.asarray(z) ** 2 + 0.1",
    "leaky_relu_grad": "def leaky_relu_grad(z, slope):\n    return slope * np.ones_like(z)",
    "dead_zone": "def dead_zone(name, threshold):\n    return len(name) + threshold",
    "best_case": "def best_case(depth):\n    return depth / 7",
    "layers_to_shrink": "def layers_to_shrink(factor):\n    return -np.log(factor) * 2 // 1 + 100",
    "elu": "def elu(z, alpha):\n    return np.full(np.shape(z), np.nan)",
    "tanh": "def tanh(z):\n    raise ZeroDivisionError('at ' + str(np.shape(z)))",
}


@pytest.fixture(scope="module")
def shown(classroom):
    """Counter-examples by function, each with the source that it is about."""
    found = {}
    for name, source in SOURCES.items():
        report = classroom.grade(classroom.grafted(source))
        checks = [check for one in report.exercises for part in one.parts for check in part.checks]
        found[name] = next(check.counterexample for check in checks if check.counterexample)
    return found


def namespace(classroom, source=""):
    """What is defined in the solution's notebook below its cells, without the figure, with `source` last."""
    names = {}
    for cell in classroom.assignment.source.cells:
        if cell.solution or cell.grade_id == "imports":
            exec(re.sub(r"^import matplotlib.*$", "", cell.source, flags=re.MULTILINE), names)
    exec(source, names)
    return names


def numbers(text):
    return [float(number) for number in re.findall(r"nan|inf|-?\d+\.?\d*(?:e[+-]?\d+)?", text)]


def result_of(names, cell):
    try:
        return np.asarray(eval(cell, names))
    except ZeroDivisionError as error:
        return f"ZeroDivisionError: {error}"


@pytest.mark.parametrize("name", SOURCES)
def test_the_cell_reproduces_what_the_report_says_is_yours_and_what_is_right(classroom, shown, name):
    example = shown[name]
    yours = result_of(namespace(classroom, SOURCES[name]), example.cell)
    right = result_of(namespace(classroom), example.cell)
    if isinstance(yours, str):
        assert example.yours == yours
    else:
        np.testing.assert_allclose(numbers(example.yours), yours.ravel(), rtol=1e-9)
    np.testing.assert_allclose(numbers(example.right), right.ravel(), rtol=1e-9)


@pytest.mark.parametrize("name", SOURCES)
def test_the_cell_is_short_and_its_numbers_are_simple(shown, name):
    assert len(shown[name].cell) < 300
    assert all(len(number.strip("-").rstrip("0").rstrip(".")) <= 6 for number in re.findall(r"-?\d+\.\d*", shown[name].cell))


def test_no_secret_input_stands_in_an_example_and_its_box_saw_none(classroom, monkeypatch):
    """What was asked with a secret seed is written down; the examples come from a box that was asked none of it."""
    asked = {True: [], False: []}
    suite = classroom.grader._judge(classroom.assignment).suite
    run = suite.run

    def listening(check, student, seed, *, example=False):
        ended = run(check, student, seed, example=example)
        if isinstance(student._session._line, BoxLine):
            asked[example].append(student)
        return ended

    monkeypatch.setattr(suite, "run", listening)
    report = classroom.grade(classroom.grafted(SOURCES["relu"]))
    assert any(check.counterexample for one in report.exercises for part in one.parts for check in part.checks)
    boxes = {example: {id(student._session) for student in students} for example, students in asked.items()}
    assert len(boxes[False]) == len(boxes[True]) == 1
    assert boxes[False].isdisjoint(boxes[True])
    arguments = [value for student in asked[False] for one in student.exchanges for value in one.call.args if isinstance(value, np.ndarray)]
    secret = {repr(float(number))[:9] for value in arguments for number in value.ravel() if len(repr(float(number))) > 14}
    assert len(secret) > 200
    written = str((report.exercises, report.messages, report.cell_errors))
    assert not any(number in written for number in secret)


# --- how values are written ---


def written(*args, **kwargs):
    return examples._cell([Exchange(Call("f", args, kwargs), Outcome(1.0))], 0)


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1.0, -2.0], [0.1, 1 / 3]]),
        np.array([1, 2]),
        np.array(1.5),
        np.array([True, False]),
        np.array([1.5], np.float32),
        np.zeros((0, 3)),
        np.array([1e-30, 1e30, 123456789.123456789]),
        np.array([np.nan, np.inf, -np.inf]),
        np.arange(1200.0),
        3,
        0.1,
        float("inf"),
        "sigmoid",
        None,
        [1, np.array([2.0])],
        (1,),
        {"W1": np.array([[3.0]])},
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_value_is_written_so_that_python_reads_the_same(value):
    got = []
    exec(written(value, key=value), {"np": np, "f": lambda *args, **kwargs: got.extend([args[0], kwargs["key"]])})
    for one in got:
        if isinstance(value, np.ndarray):
            assert one.dtype == value.dtype
            np.testing.assert_array_equal(one, value)
        else:
            assert repr(one) == repr(value)


def test_what_only_goes_inward_is_written_as_a_notebook_would_make_it():
    assert written(Rng(3)) == "f(np.random.default_rng(3))"
    assert written(DType("float32"), Device("cpu")) == "f(torch.float32, 'cpu')"
    assert written(Function("cubic"), Function("product")) == "from autograder.gradients.examples import cubic, product\nf(cubic, product)"


def test_calls_that_give_what_a_call_needs_come_first():
    exchanges = [
        Exchange(Call("unrelated", (1,)), Outcome(1.0)),
        Exchange(Call("forward", (np.array([1.0]),)), Outcome((np.array([2.0]), Handle(1)))),
        Exchange(Call("make", ()), Outcome(Handle(2))),
        Exchange(Call(Handle(2), (Handle(1),), method="back"), Outcome(1.0)),
    ]
    assert examples._cell(exchanges, 3) == "r1 = forward(np.array([1.]))\nr2 = make()\nr2.back(r1[1])"


def test_a_tensor_is_written_with_its_dtype_and_each_in_a_line_of_its_own():
    tensors = Tensor("float64", np.array([[1.0, 2.0], [3.0, 4.0]])), Tensor("float32", np.array(0.5, np.float32))
    one = "torch.tensor([[1., 2.],\n                [3., 4.]], dtype=torch.float64)"
    assert written(*tensors) == f"f({one},\n  torch.tensor(0.5, dtype=torch.float32))"


def test_a_check_s_own_function_stands_above_the_calls_of_it_once():
    output = Definition(7, "Block", "\nimport torch\n\n\ndef helper():\n    pass\n\n\ndef output(module, x):\n    return module(x)\n")
    exchanges = [
        Exchange(Call("Block", (2,)), Outcome(Handle(1))),
        Exchange(Call(output, (Handle(1), 3)), Outcome(Handle(2))),
        Exchange(Call(output, (Handle(2), 4)), Outcome(5.0)),
    ]
    assert examples._cell(exchanges, 2) == f"{output.source.strip()}\n\n\nr0 = Block(2)\nr1 = output(r0, 3)\noutput(r1, 4)"


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (None, "no answer"),
        (Outcome(None), "None"),
        (Outcome(np.array(2.0)), "2.0"),
        (Outcome(np.array([1.0, 0.1])), "[1.0, 0.1]"),
        (Outcome((np.array([1.0]), Handle(1))), "([1.0], an object)"),
        (Outcome([1, 2]), "[1, 2]"),
        (Outcome("text"), "'text'"),
        (Outcome({"a": 0.5, "b": Opaque("set")}), "{'a': 0.5, 'b': a value of type set}"),
        (Outcome(Opaque("set")), "a value of type set"),
        (Outcome(Tensor("float32", np.array([1.5], np.float32))), "[1.5]"),
        (Outcome(failure=Failure("ValueError", known=True, text="no")), "ValueError: no"),
        (Outcome(failure=Failure("SystemExit", known=True, text="")), "SystemExit"),
        (Outcome("x" * 9999), "'" + "x" * (examples.LONGEST - 1)),
    ],
)
def test_an_answer_is_shown_in_a_line_or_a_few(outcome, shown):
    exchange = Exchange(Call("f"), outcome)
    assert examples._answers(exchange, exchange) == (shown, shown)


def answers(yours, right):
    return examples._answers(*(Exchange(Call("f"), Outcome(np.array(value))) for value in (yours, right)))


def test_both_outputs_are_written_alike_so_that_they_can_be_compared():
    assert answers([0.5, 1e-9], [0.5, 0.25]) == ("[5.0e-01, 1.0e-09]", "[5.0e-01, 2.5e-01]")
    assert answers([1 / 3, -1.0], [0.5, 100.0]) == ("[0.3333333333,         -1.0]", "[         0.5,        100.0]")
    assert answers([np.nan, np.inf], [0.5, 1.0]) == ("[nan, inf]", "[0.5, 1.0]")
    assert answers([1, 0], [0.5, 1.0]) == ("[1, 0]", "[0.5, 1.0]")


def test_of_a_large_answer_only_the_ends_are_written_and_only_they_are_looked_at(monkeypatch):
    looked = []
    monkeypatch.setattr(examples._Numbers, "__call__", lambda _, number: looked.append(number) or f"{number:g}")
    yours, right = answers(np.arange(500_000.0), np.arange(4.0))
    assert yours == "[0, 1, 2, ..., 499997, 499998, 499999]"
    assert right == "[0, 1, 2, 3]"
    assert len(looked) < 100
    assert answers(np.zeros((7, 7, 7, 7)), 0.0)[0] == "an array of float64 with shape (7, 7, 7, 7)"
    several = Exchange(Call("f"), Outcome([np.zeros(400), (np.zeros(400), np.zeros(400))]))
    assert examples._answers(several, several)[0] == "a list of 2"
    assert len(looked) < 100


def test_the_arrays_of_a_list_stand_below_each_other():
    first, second, third = written([np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0])], 0.5).split("\n")
    assert first == "f([np.array([[1., 2.],"
    assert second.index("[3., 4.]") == first.index("[1., 2.]")
    assert third.index("np.array") == first.index("np.array")
    assert third.endswith("np.array([5.])], 0.5)")


def test_the_values_of_a_dictionary_are_written_as_those_of_a_list():
    yours, right = (Exchange(Call("f"), Outcome({"W": np.array(value)})) for value in ([0.5, 1e-9], [0.5, 0.25]))
    assert examples._answers(yours, right) == ("{'W': [5.0e-01, 1.0e-09]}", "{'W': [5.0e-01, 2.5e-01]}")


def test_the_rows_of_an_array_in_a_cell_stand_below_each_other():
    first, second = written(0.5, np.array([[1.0, 2.0], [3.0, 4.0]])).split("\n")
    assert first == "f(0.5, np.array([[1., 2.],"
    assert second.index("[3., 4.]") == first.index("[1., 2.]")
