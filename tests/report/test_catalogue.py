import ast
from pathlib import Path

import autograder
from autograder.report.english import ENGLISH
from autograder.report.messages import parameters

MAKERS = {"Message", "SubmissionError"}


def made_messages():
    """(place, id, names of its parameters) of every message that the package makes from literals."""
    root = Path(autograder.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args):
                continue
            first, *rest = node.args
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            if rest and (not isinstance(rest[0], ast.Dict) or None in rest[0].keys):
                continue
            names = {key.value for key in rest[0].keys} if rest else set()
            yield f"{path.relative_to(root)}:{node.lineno}", first.value, names


def test_whatever_the_package_says_is_in_the_catalogue_with_its_parameters():
    found = list(made_messages())
    assert len(found) > 3
    for place, message_id, names in found:
        assert message_id in ENGLISH, place
        assert parameters(ENGLISH[message_id]) <= names, place
