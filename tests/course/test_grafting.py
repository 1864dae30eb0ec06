"""Grafting: functions put in place of others of the same name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.grafting import functions, graft, graft_notebook
from autograder.errors import AssignmentError
from autograder.model import Cell, Notebook

CELL = '''\
# before
LIMIT = 3

def f(x):
    """Doc."""
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

@decorated
@twice(
    1
)
def g(x):  # why
    return x + LIMIT
# after
class H:
    def f(self):
        return 1
'''


def ran(source):
    namespace = {"decorated": lambda f: f, "twice": lambda _: lambda f: f}
    exec(source, namespace)
    return namespace


def test_functions_and_classes_are_found_with_their_decorators():
    spans = functions(CELL)
    assert {name: (span.first, span.last) for name, span in spans.items()} == {"f": (4, 8 - 1), "g": (10, 15), "H": (17, 19)}
    assert spans["g"].text.startswith("@decorated\n@twice(")


def test_of_two_definitions_the_last_is_meant():
    assert functions("def f(): return 1\ndef f(): return 2")["f"].text == "def f(): return 2"
    assert ran(graft("def f(): return 1\ndef f(): return 2", "def f(): return 3"))["f"]() == 3


def test_nested_and_conditional_definitions_are_not_top_level():
    assert functions("if True:\n    def f(): pass\ndef g():\n    def h(): pass").keys() == {"g"}


def test_a_function_is_replaced_and_everything_else_stays():
    grafted = graft(CELL, "def f(x):\n    return -x")
    assert grafted == CELL.replace('def f(x):\n    """Doc."""\n    ### BEGIN SOLUTION\n    return x\n', "def f(x):\n    return -x\n")
    assert ran(grafted)["f"](2) == -2
    assert ran(grafted)["g"](2) == 5


def test_decorators_go_and_come_with_their_function():
    assert "@twice" not in graft(CELL, "def g(x): return 7")
    assert ran(graft(CELL, "@decorated\ndef f(x):\n    return 8"))["f"](0) == 8


def test_a_class_takes_the_place_of_a_function_and_the_reverse():
    assert isinstance(ran(graft(CELL, "class f: pass"))["f"], type)
    assert ran(graft(CELL, "def H(): return 1"))["H"]() == 1


def test_an_async_function_is_a_function():
    assert "async def f" in graft(CELL, "async def f(x): return x")


def test_what_has_no_counterpart_comes_first_and_in_its_order():
    replacement = (
        '"""Docstring."""\nimport math\n\ndef table():\n    return [math.pi]\n\nTABLE = table()\n\ndef f(x):\n    return TABLE[0] * x\n'
    )
    grafted = graft(CELL, replacement)
    assert grafted.startswith("import math\ndef table():\n    return [math.pi]\nTABLE = table()\n\n\n# before\n")
    assert "Docstring" not in grafted
    assert ran(grafted)["f"](2) == pytest.approx(6.283185307179586)


def test_lines_are_counted_as_python_counts_them():
    cell = "def a():\r\n    return '\x0c\x0b\u2028'\r\n\r\ndef f(x):\r    return 1"
    grafted = ran(graft(cell, "def f(x):\r\n    return '\u2028'\r\n"))
    assert (grafted["a"](), grafted["f"](0)) == ("\x0c\x0b\u2028", "\u2028")


@pytest.mark.parametrize(
    "replacement",
    [
        "x = 1\nf = lambda x: x",
        "import numpy as np\nfrom numpy import sqrt as f",
        "\nf, y = 1, 2",
        "\nif True:\n    def f(x): return x",
        "\nfor f in []: pass",
    ],
)
def test_a_name_bound_otherwise_would_be_overridden_in_silence_and_is_refused(replacement):
    with pytest.raises(AssignmentError) as caught:
        graft(CELL, replacement)
    assert str(caught.value) == "line 2: 'f' must be defined by def or class to stand in for the notebook's"


def test_a_local_name_inside_a_definition_is_its_own_affair():
    assert ran(graft(CELL, "def f(x):\n    g = 3\n    return g"))["g"](1) == 4


@pytest.mark.parametrize(("cell", "replacement"), [("def f(:", "def f(): pass"), ("def f(): pass", "%magic\n")])
def test_what_is_not_python_is_told_with_its_line(cell, replacement):
    with pytest.raises(AssignmentError, match=r"^line 1: it is not Python \(.+\)$"):
        graft(cell, replacement)


def test_a_zero_byte_is_not_python():
    with pytest.raises(AssignmentError, match=r"^line 1: it is not Python \(.*null bytes.*\)$"):
        functions("x = '\0'")


NAMES = st.lists(st.sampled_from("abcdef"), unique=True)


@given(cell=NAMES, replacement=NAMES)
def test_after_a_graft_each_function_is_the_replacements_where_it_has_one(cell, replacement):
    def source(names, value):
        return "\n\n".join(f"def {name}():\n    return {value}" for name in names)

    namespace = ran(graft(source(cell, 1), source(replacement, 2)))
    assert {name: namespace[name]() for name in {*cell, *replacement}} == {
        name: 2 if name in replacement else 1 for name in {*cell, *replacement}
    }


NOTEBOOK = Notebook(
    (
        Cell("code", "import numpy as np", "imports", locked=True),
        Cell("code", "%matplotlib inline"),
        Cell("code", "def f(x): return 1", "f-solution", solution=True),
        Cell("code", "def g(x): return 1\ndef f(x): return 1", "g-solution", solution=True),
        Cell("code", "def f(x): return 1", "h-solution", solution=True),
    )
)


def test_each_cell_that_defines_a_name_is_grafted_and_helpers_come_once():
    grafted = graft_notebook(NOTEBOOK, ["g-solution", "f-solution"], "def helper(): return 2\ndef f(x): return helper()")
    assert [cell.source for cell in grafted.cells[2:]] == [
        "def helper(): return 2\n\n\ndef f(x): return helper()",
        "def g(x): return 1\ndef f(x): return helper()",
        "def f(x): return 1",
    ]
    assert [cell.grade_id for cell in grafted.cells] == [cell.grade_id for cell in NOTEBOOK.cells]
    assert grafted.cells[:2] == NOTEBOOK.cells[:2]


def test_a_helper_waits_for_the_first_cell_that_changes():
    grafted = graft_notebook(NOTEBOOK, ["f-solution", "g-solution"], "A = 1\ndef g(x): return A")
    assert grafted.cells[2] == NOTEBOOK.cells[2]
    assert grafted.cells[3].source.startswith("A = 1\n")


@pytest.mark.parametrize(("replacement", "defined"), [("def ff(x): pass", "ff"), ("A = 1", "nothing")])
def test_a_replacement_that_replaces_nothing_is_refused(replacement, defined):
    with pytest.raises(AssignmentError) as caught:
        graft_notebook(NOTEBOOK, ["f-solution", "g-solution"], replacement)
    assert str(caught.value) == f"nothing to graft: {defined} defined, but f-solution, g-solution define f, g"
