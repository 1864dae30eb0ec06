"""mistakes.py and variants/ are read, never run."""

import pytest

from autograder.course.grafting import graft
from autograder.course.mistakes import Mistake, Variant, load_mistakes, load_variants
from autograder.errors import AssignmentError

HEAD = "from autograder.checks import mistake\n"


def test_mistakes_are_read_in_order(toy):
    first, second = load_mistakes(toy.folder / "mistakes.py")
    assert first == Mistake(
        exercise="double",
        name="adds 2 in place of doubling",
        hint="Try z = 5: which of the two is it?",
        fails=("values",),
        function="double",
        source="def double(z):\n    # a comment of its own\n    return np.asarray(z) + 2",
        prelude="import math\nimport numpy as np",
    )
    assert second.fails == ("value", "at-zero")
    assert second.hint == "Which power has this derivative?"
    assert second.source == "def square_grad(z):\n    return 3 * np.square(z)"


def test_a_mistake_can_be_grafted_as_it_is(toy):
    first, _ = load_mistakes(toy.folder / "mistakes.py")
    namespace = {}
    exec(graft("def double(z): return 2 * z", f"{first.prelude}\n{first.source}"), namespace)
    assert namespace["double"](3) == 5


def test_the_file_is_never_run(toy, tmp_path):
    toy.edit("mistakes.py", "import math", f"import absent_module, {'os'}")
    assert load_mistakes(toy.folder / "mistakes.py")[0].prelude == "import absent_module, os\nimport numpy as np"


def test_other_decorators_stay_and_a_class_may_be_a_mistake(tmp_path):
    path = tmp_path / "mistakes.py"
    path.write_text(
        HEAD + '@staticmethod\n@mistake("a", "b", hint="c", fails=("d",))\n@other(\n    1)\nclass F:\n    pass\n',
    )
    [mistake] = load_mistakes(path)
    assert (mistake.function, mistake.source) == ("F", "@staticmethod\n@other(\n    1)\nclass F:\n    pass")


def test_imports_from_autograder_stay_behind_even_on_a_shared_line(tmp_path):
    path = tmp_path / "mistakes.py"
    path.write_text("import os; from autograder.checks import mistake\nimport autograder.checks\nfrom . import x\n")
    assert load_mistakes(path) == ()
    path.write_text(path.read_text() + '@mistake("a", "b", hint="c", fails=("d",))\ndef f(): pass\n')
    assert load_mistakes(path)[0].prelude == "import os\nfrom . import x"


WANTED = '@mistake("exercise", "name", hint="…", fails=("part",))'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", ":2: only imports and definitions decorated with @mistake may stand here"),
        ("'text'\n", ":2: only imports and definitions decorated with @mistake may stand here"),
        ("async def f(): pass\n", ":2: only imports and definitions decorated with @mistake may stand here"),
        ("\ndef f(): pass\n", f":3: f must be decorated once with {WANTED}"),
        ("@mistake\ndef f(): pass\n", f":3: f must be decorated once with {WANTED}"),
        ("@other\ndef f(): pass\n", f":3: f must be decorated once with {WANTED}"),
        ("@mistake('a', 'b', hint='c', fails=('d',))\n" * 2 + "def f(): pass\n", f":4: f must be decorated once with {WANTED}"),
        ("@mistake('a', hint='c', fails=('d',))\ndef f(): pass\n", f":2: the arguments must be as in {WANTED}"),
        ("@mistake('a', 'b', hint='c')\ndef f(): pass\n", f":2: the arguments must be as in {WANTED}"),
        ("@mistake('a', 'b', hnt='c', fails=('d',))\ndef f(): pass\n", f":2: the arguments must be as in {WANTED}"),
        ("@mistake('a', 'b', **x)\ndef f(): pass\n", f":2: the arguments must be as in {WANTED}"),
        ("@mistake(A, 'b', hint='c', fails=('d',))\ndef f(): pass\n", ":2: A must be a literal text that is not empty"),
        ("@mistake('a', ' ', hint='c', fails=('d',))\ndef f(): pass\n", ":2: ' ' must be a literal text that is not empty"),
        ("@mistake('a', 'b',\nhint=f'{c}', fails=('d',))\ndef f(): pass\n", ":3: f'{c}' must be a literal text that is not empty"),
        ("@mistake('a', 'b', hint='c', fails=())\ndef f(): pass\n", ":2: fails must be a tuple of parts, such as ('values',) (got ())"),
        ("@mistake('a', 'b', hint='c', fails=('d'))\ndef f(): pass\n", ":2: fails must be a tuple of parts, such as ('values',) (got 'd')"),
        ("@mistake('a', 'b', hint='c', fails=(3,))\ndef f(): pass\n", ":2: 3 must be a literal text that is not empty"),
        ("@mistake('a', 'b', hint='c', fails=('d',))\ndef f(): pass\n" * 2, ":5: exercise 'a' has a mistake 'b' already"),
        ("def f(:\n", ":2: it is not Python (invalid syntax)"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(tmp_path, text, message):
    path = tmp_path / "00-x" / "mistakes.py"
    path.parent.mkdir()
    path.write_text(HEAD + text)
    with pytest.raises(AssignmentError) as caught:
        load_mistakes(path)
    assert str(caught.value) == "00-x/mistakes.py" + message


@pytest.mark.parametrize("content", [b"\xff", b"x = '\0'"])
def test_a_file_that_is_not_text_is_told_so(toy, content):
    (toy.folder / "mistakes.py").write_bytes(content)
    with pytest.raises(AssignmentError, match=r"^00-toy/mistakes.py(:1)?: it is not Python \(.+\)$"):
        load_mistakes(toy.folder / "mistakes.py")


def test_a_missing_file_is_told_so(toy):
    with pytest.raises(AssignmentError, match=r"^00-toy/absent.py: it can't be read \(No such file or directory\)$"):
        load_mistakes(toy.folder / "absent.py")


def test_variants_are_read_sorted_by_name(toy):
    (toy.folder / "variants" / "a.py").write_text("def double(z): return z\r\n")
    (toy.folder / "variants" / ".hidden.py").write_text("def double(")
    (toy.folder / "variants" / "notes.txt").write_text("")
    variants = load_variants(toy.folder / "variants")
    assert [variant.name for variant in variants] == ["a", "sums"]
    assert variants[0] == Variant("a", "def double(z): return z\n")


def test_without_a_folder_there_are_no_variants(toy):
    assert load_variants(toy.folder / "absent") == ()


def test_a_variant_that_is_not_python_is_told_with_its_line(toy):
    (toy.folder / "variants" / "bad.py").write_text("\ndef double(")
    with pytest.raises(AssignmentError, match=r"^variants/bad.py:2: it is not Python \(.+\)$"):
        load_variants(toy.folder / "variants")
