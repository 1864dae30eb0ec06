"""Lint: a sound assignment has no findings, and each thing that can be wrong has one that says what to put right."""

import pytest

from autograder.course import load
from autograder.course.lint import lint

PARTS = "{ value = 20.5, at-zero = 39.5 }"


def findings(toy):
    return lint(load(toy.root, toy.id))


def test_a_sound_assignment_has_no_findings(toy):
    assert findings(toy) == []


def test_an_assignment_without_mistakes_and_variants_has_none_either(toy):
    (toy.folder / "mistakes.py").unlink()
    (toy.folder / "variants" / "sums.py").unlink()
    (toy.folder / "variants").rmdir()
    assert findings(toy) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "wanted"),
    [
        (
            "assignment.toml",
            PARTS,
            "{ value = 20.5, at-zero = 9.5 }",
            [
                "assignment.toml: the points of all parts must sum to 100 (got 70)",
                "notebook: grade cell 'power' must have the points of its parts in assignment.toml, 30 (got 60)",
            ],
        ),
        (
            "assignment.toml",
            '"square", "square_grad"',
            '"square", "square_grad", "cube"',
            [
                "notebook: cell 'power-solution' does not define cube, which assignment.toml names",
                "variants/sums.py: it does not define cube",
            ],
        ),
        (
            "assignment.toml",
            '"double"\ntitle',
            '"twice"\ntitle',
            [
                "notebook: exercise 'twice' has no grade cell (nbgrader: grade, locked, points; grade_id 'twice')",
                "notebook: exercise 'twice' has no solution cell (nbgrader: solution; grade_id 'twice-solution')",
                "notebook: cell 'double-solution' is graded or a solution, but of no exercise in assignment.toml",
                "notebook: cell 'double' is graded or a solution, but of no exercise in assignment.toml",
                "mistakes.py: 'adds 2 in place of doubling': there is no exercise 'double'",
            ],
        ),
        (
            "mistakes.py",
            '("value", "at-zero")',
            '("value", "zero")',
            ["mistakes.py: 'the derivative of the cube': there is no part 'zero' (exercise 'power' has value, at-zero)"],
        ),
        (
            "mistakes.py",
            "def square_grad",
            "def grad",
            ["mistakes.py: 'the derivative of the cube': exercise 'power' has no function 'grad' (it has square, square_grad)"],
        ),
        (
            "mistakes.py",
            "import math",
            "x = 3",
            ["00-toy/mistakes.py:3: only imports and definitions decorated with @mistake may stand here"],
        ),
        ("variants/sums.py", "def square(z)", "def sq(z)", ["variants/sums.py: it does not define square"]),
        ("variants/sums.py", "def square(z)", "def square(z", ["variants/sums.py:10: it is not Python ('(' was never closed)"]),
    ],
)
def test_files_that_contradict_each_other_are_found(toy, name, old, new, wanted):
    toy.edit(name, old, new)
    assert findings(toy) == [f"00-toy: {finding}" for finding in wanted]


@pytest.mark.parametrize(
    ("cell_id", "members", "wanted"),
    [
        ("title", {"id": None}, ["cell 1 has no id (nbformat 4.5); without one two releases differ"]),
        ("title", {"id": "power-text"}, ["2 cells have the id 'power-text'"] * 2),
        ("imports", {"id": "cell-7"}, ["the id of cell 'cell-7' must be its grade_id, 'imports'"]),
        ("imports", {"execution_count": 3}, ["cell 'imports' holds outputs or a count of runs; clear them"]),
        ("imports", {"outputs": [{}]}, ["cell 'imports' holds outputs or a count of runs; clear them"]),
        ("imports", {"source": "# BEGIN SOLUTION\n# END SOLUTION"}, ["cell 'imports' has solution markers, but is no solution cell"]),
        (
            "double-solution",
            {"source": "def double(z):\n    return z"},
            ["cell 'double-solution' is a solution cell without solution markers"],
        ),
        (
            "double-solution",
            {"source": "def double(z):\n    # BEGIN SOLUTION\n    return z"},
            ["cell 'double-solution': BEGIN SOLUTION without END SOLUTION"],
        ),
        (
            "double-solution",
            {"source": "def double(z):\n    return z\n# END SOLUTION"},
            ["cell 'double-solution': solution markers are not in pairs"],
        ),
        (
            "double-solution",
            {"source": "def double(z):\n    return z\n# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION"},
            ["cell 'double-solution': solution markers are not in pairs"],
        ),
        (
            "double-solution",
            {"source": "def double(z):\n    return z\n# BEGIN SOLUTION END SOLUTION"},
            ["cell 'double-solution': solution markers are not in pairs"],
        ),
        (
            "double-solution",
            {"source": "def double(\n# BEGIN SOLUTION\n# END SOLUTION"},
            ["cell 'double-solution': line 1: it is not Python ('(' was never closed)"],
        ),
    ],
)
def test_what_is_wrong_with_a_cell_is_found(toy, cell_id, members, wanted):
    toy.edit_cell(cell_id, **members)
    assert findings(toy) == [f"00-toy: notebook: {finding}" for finding in wanted]


@pytest.mark.parametrize(
    ("cell_id", "members", "wanted"),
    [
        ("double", {"points": 39}, "grade cell 'double' must have the points of its parts in assignment.toml, 40 (got 39)"),
        ("double", {"grade": False}, "exercise 'double' has no grade cell (nbgrader: grade, locked, points; grade_id 'double')"),
        ("double-solution", {"grade_id": "power-solution"}, "2 cells have the grade_id 'power-solution'"),
        ("double-solution", {"solution": False}, "exercise 'double' has no solution cell (nbgrader: solution; grade_id 'double-solution')"),
    ],
)
def test_what_is_wrong_with_nbgraders_metadata_is_found(toy, cell_id, members, wanted):
    toy.edit_nbgrader(cell_id, **members)
    assert f"00-toy: notebook: {wanted}" in findings(toy)
