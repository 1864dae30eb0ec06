import numpy as np
import pytest

from autograder.errors import ChecksError
from autograder.gradients import examples
from autograder.sandbox.inside.values import DType, Function, Handle, Opaque, Rng, Tensor
from autograder.sandbox.session import BoxEndedError, Call

X = np.array([[1.0, -2.0], [np.nan, 4.0]])


def value(session, *arguments, **options):
    (outcome,) = session.call(Call(*arguments, **options))
    assert outcome.failure is None, outcome.failure
    return outcome.value


def failure(session, *arguments, **options):
    (outcome,) = session.call(Call(*arguments, **options))
    return outcome.failure


# ---- cells


def test_unseeded_draws_are_the_same_in_every_box(box):
    draw = "import random\nimport numpy as np\ndef draw():\n    return [random.random(), float(np.random.rand())]\n"
    one, other = box(draw), box(draw)
    assert value(one, "draw") == value(other, "draw")


def test_cells_share_a_namespace_and_later_definitions_count(box):
    session = box("a = 1\ndef f():\n    return a")
    assert value(session, "f") == 1
    session.run_cell("a = 2", "again", 5)
    assert value(session, "f") == 2


def test_a_cell_that_raises_is_told_as_facts(box):
    session = box()
    outcome = session.run_cell("x = 1\n\n1 / 0\n", "sigmoid-solution", 5)
    facts = outcome.failure
    assert (facts.type, facts.known, facts.text) == ("ZeroDivisionError", True, "division by zero")
    assert (facts.cell, facts.line) == ("sigmoid-solution", 3)


@pytest.mark.parametrize(
    ("source", "type_name", "line"),
    [
        ("def f(:\n    pass", "SyntaxError", 1),
        ("x = 1\n y = 2", "SyntaxError", 2),
        ("raise SystemExit(0)", "SystemExit", 1),
        ("exit()", "SystemExit", None),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", 1),
        ("raise GeneratorExit", "GeneratorExit", 1),
        ("class Own(BaseException):\n    def __str__(self):\n        1 / 0\nraise Own", "Own", 4),
        ("def f():\n    f()\nf()", "RecursionError", 2),
    ],
)
def test_whatever_a_cell_raises_the_session_goes_on(box, source, type_name, line):
    session = box()
    facts = session.run_cell(source, "cell", 5).failure
    assert facts.type == type_name
    if line:
        assert facts.line == line
    assert session.run_cell("print(1)", "next", 5).failure is None


def test_a_module_that_no_module_can_be_called_is_not_named(box):
    facts = box().run_cell("raise ModuleNotFoundError('x', name='<b>;=1+1')", "import", 5).failure
    assert (facts.type, facts.module) == ("ModuleNotFoundError", None)


def test_a_missing_module_is_named(box):
    facts = box().run_cell("import nowhere.to_be_found", "imports", 5).failure
    assert (facts.type, facts.module) == ("ModuleNotFoundError", "nowhere")


def test_output_is_counted_and_not_kept_beyond_its_limit(box):
    session = box()
    assert session.run_cell("print('x' * 10_000_000)", "cell", 5).printed == 10_000_001
    assert session.run_cell("import sys; print('err', file=sys.stderr)", "cell", 5).printed == 4


def test_notebook_habits_do_no_harm(box):
    session = box()
    for source in (
        "%matplotlib inline",
        "!ls",
        "%pip install x",
        "%%bash\nls",
        "%time 1 + 1",
        "import matplotlib.pyplot as plt; plt.plot([1]); plt.show()",
    ):
        assert session.run_cell(source, "cell", 10).failure is None, source


# ---- calls


def test_calls_take_and_give_values_of_all_kinds(box):
    session = box("def same(x):\n    return x\ndef kind(x):\n    return type(x).__name__")
    for sent in (None, True, -3, 2.5, "text", [1, [2.0]], (1, "a"), {"k": [1]}):
        assert value(session, "same", (sent,)) == sent
        assert value(session, "kind", (sent,)) == type(sent).__name__
    assert np.array_equal(value(session, "same", (X,)), X, equal_nan=True)
    assert value(session, "same", (Rng(1),)) == Opaque("Generator")


def test_keywords_reach_their_names(box):
    session = box("def f(a, b=2, *, c=3):\n    return [a, b, c]")
    assert value(session, "f", (1,), {"c": 5}) == [1, 2, 5]
    assert value(session, "f", (), {"b": 7, "a": 6}) == [6, 7, 3]


def test_many_calls_are_one_message_each_with_its_own_outcome(box):
    session = box("def inverse(x):\n    return 1 / x")
    outcomes = session.call(*[Call("inverse", (float(x),)) for x in range(3)])
    assert [outcome.value for outcome in outcomes] == [None, 1.0, 0.5]
    assert outcomes[0].failure.type == "ZeroDivisionError"
    assert session.call() == []


def test_what_a_call_gave_is_not_changed_by_the_next_call(box):
    session = box("import numpy as np\nkept = np.zeros(3)\ndef step(x):\n    kept[:] = x\n    return kept")
    outcomes = session.call(*[Call("step", (float(x),)) for x in range(3)])
    assert [outcome.value[0] for outcome in outcomes] == [0.0, 1.0, 2.0]


def test_after_shows_what_the_call_did_to_its_arguments(box):
    session = box("def f(x, state, *, out):\n    x *= 2\n    state['mean'] = x.sum()\n    out.append([[[1]]])")
    (outcome,) = session.call(Call("f", (np.ones(2), {}), {"out": []}, after=True))
    assert outcome.value is None
    changed, state, out = outcome.after
    assert changed.tolist() == [2.0, 2.0]
    assert state == {"mean": 4.0}
    assert out == [[[[1]]]]


def test_arguments_are_fresh_for_every_call(box):
    session = box("def f(x):\n    x += 1\n    return x")
    first, second = session.call(Call("f", (X,)), Call("f", (X,)))
    assert np.array_equal(first.value, second.value, equal_nan=True)
    assert X[0, 0] == 1.0


def test_handles_can_be_passed_back_called_and_asked(box):
    session = box(
        """
        import numpy as np
        class Layer:
            def __init__(self, width):
                self.weight = np.full(width, 2.0)
            def forward(self, x):
                return x * self.weight, object()
            def __call__(self, x):
                return self.forward(x)[0]
        def backward(dout, cache, layer):
            return dout * layer.weight
        """
    )
    layer = value(session, "Layer", (3,), returns="handle")
    assert isinstance(layer, Handle)
    x = np.arange(3.0)
    out, cache = value(session, layer, (x,), method="forward", returns=["value", "handle"])
    assert out.tolist() == [0.0, 2.0, 4.0]
    assert value(session, "backward", (x, cache, layer)).tolist() == [0.0, 2.0, 4.0]
    assert value(session, layer, (x,)).tolist() == [0.0, 2.0, 4.0]
    assert value(session, layer, ("weight",), method="__getattribute__").tolist() == [2.0] * 3
    assert value(session, "backward", (x, None, layer)) is not None
    assert failure(session, layer, method="nothing").type == "AttributeError"


def test_handles_are_found_inside_collections(box):
    session = box("def make():\n    return {3}\ndef size(things):\n    return [len(one) for one in things]")
    made = value(session, "make", returns="handle")
    assert value(session, "size", ([made, made],)) == [1, 1]
    assert value(session, "size", ((made,),)) == [1]


def test_a_function_of_ours_is_defined_in_the_box(box):
    session = box("def at_two(f):\n    return f(2.0)")
    square = session.define("def square(x):\n    return np.square(x)")
    assert value(session, "at_two", (square,)) == 4.0


def test_random_generators_and_example_functions_are_made_in_the_box(box):
    session = box("def draw(rng):\n    return rng.normal(size=3)\ndef at(f, x):\n    return f(x)")
    assert np.array_equal(value(session, "draw", (Rng(5),)), np.random.default_rng(5).normal(size=3))
    x = np.array([0.5, 1.5])
    for name in examples.__all__:
        assert value(session, "at", (Function(name), x)) == getattr(examples, name)(x)


@pytest.mark.parametrize(
    ("call", "misfit"),
    [
        (Call("nothing"), "missing"),
        (Call("number"), "not callable"),
        (Call("f", (1,)), "f(a, b)"),
        (Call("f", (1,), {"c": 2}), "f(a, b)"),
        (Call("f", (1, 2)), None),
        (Call("inner", (1,)), None),
    ],
)
def test_a_call_that_could_not_begin_says_why(box, call, misfit):
    session = box("number = 3\ndef f(a, b):\n    return len(a)\ndef inner(a):\n    return f(a)")
    (outcome,) = session.call(call)
    assert outcome.failure.misfit == misfit


def test_printing_in_a_call_is_counted_for_that_call(box):
    session = box("def f(n):\n    print('x' * n, end='')\n    return n")
    assert [outcome.printed for outcome in session.call(Call("f", (3,)), Call("f", (5,)))] == [3, 5]


def test_more_than_can_travel_is_opaque_and_the_session_goes_on(box):
    session = box(
        """
        import numpy as np
        def long():
            return [[0.0] * 200] * 200
        def large():
            return np.zeros(9 << 20)
        def loud():
            raise ValueError("\\x01" * 400)
        def ends_in_surrogates():
            raise ValueError("\\ud800")
        """
    )
    assert value(session, "long") == Opaque("a collection of more than 20000 values")
    assert value(session, "large") == Opaque("more than 64 MiB of values")
    assert failure(session, "ends_in_surrogates").text == "?"
    outcomes = session.call(*[Call("loud")] * 2000)
    assert {outcome.failure.type for outcome in outcomes} == {"ValueError"}
    outcomes = session.call(*[Call("large")] * 3)
    assert {outcome.value for outcome in outcomes} == {Opaque("more than 64 MiB of values")}


def test_running_out_of_memory_is_a_fact_and_not_an_end(box):
    session = box("def f():\n    return bytearray(4 << 30)")
    assert failure(session, "f").type == "MemoryError"
    assert session.run_cell("x = bytearray(4 << 30)", "cell", 5).failure.type == "MemoryError"


def test_what_a_check_can_not_send_is_the_check_s_fault(box):
    session = box("def f(*x):\n    return 1")
    with pytest.raises(ChecksError, match="call of f: an argument can't travel to the box: set"):
        session.call(Call("f", ([1, {2}],)))
    with pytest.raises(ChecksError, match="call of handle 3: an argument can't travel to the box: int beyond 64 bits"):
        session.call(Call(Handle(3), ({"a": 2**70},)))
    with pytest.raises(ChecksError, match="20000 calls are too many for one message"):
        session.call(*[Call("f")] * 20_000)
    assert value(session, "f") == 1


@pytest.mark.parametrize("arguments", [(np.zeros(5 << 20),) * 2, ([0.0] * 30_000,), ("\0" * 65536,) * 20])
def test_arguments_that_are_too_large_are_never_a_fault_of_the_grader(box, arguments):
    """They may be what the student's own code gave back."""
    with pytest.raises(BoxEndedError, match="protocol"):
        box("def f(*x):\n    return 1").call(Call("f", arguments))


def test_a_cell_longer_than_a_message_is_the_notebook_s_fault(box):
    session = box()
    with pytest.raises(BoxEndedError, match="protocol"):
        session.run_cell("#" * (2 << 20), "cell", 5)


def test_no_seconds_left_is_no_seconds_and_not_the_usual_ones(box):
    session = box("def f():\n    return 1")
    with pytest.raises(BoxEndedError, match="time"):
        session.call(Call("f"), seconds=0.0)


def test_a_closed_session_says_so(box):
    session = box()
    session.close()
    session.close()
    with pytest.raises(BoxEndedError, match="closed") as caught:
        session.run_cell("1", "cell", 1)
    assert caught.value.reason == "closed"


def test_tensors_go_in_and_come_out(torch_box):
    session = torch_box(
        """
        import torch
        def double(x, dtype):
            return (x * 2).to(dtype)
        def kind(x):
            return str(x.dtype)
        def loss(x):
            y = x.clone().requires_grad_()
            (y ** 2).sum().backward()
            return y.grad
        """
    )
    sent = Tensor("bfloat16", np.array([1.5, -2.0], np.float32))
    assert value(session, "kind", (sent,)) == "torch.bfloat16"
    came = value(session, "double", (sent, DType("float64")))
    assert (came.dtype, came.array.tolist()) == ("float64", [3.0, -4.0])
    assert value(session, "loss", (Tensor("float64", np.array([3.0])),)).array.tolist() == [6.0]
