"""Read mistakes.py and variants/ without running them. In: paths. Out: Mistake and Variant, their code as text to graft."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from autograder.errors import AssignmentError

WANTED = '@mistake("exercise", "name", hint="…", fails=("part",))'


@dataclass(frozen=True)
class Mistake:
    """A way to get an exercise wrong, as a student would write it.

    Args:
        exercise: id of the exercise.
        name: what is wrong, in a few words; told to the student.
        hint: a sentence that helps without giving the answer.
        fails: the parts that fail: of this exercise by name, of another that asks for the same function as "exercise/part".
        function: the name of the function or class it stands in for.
        source: its text without the decorator.
        prelude: the import statements of the file, without those from autograder.
    """

    exercise: str
    name: str
    hint: str
    fails: tuple[str, ...]
    function: str
    source: str
    prelude: str


@dataclass(frozen=True)
class Variant:
    """Another correct way to write the functions; `name` is the file's stem, `source` its text."""

    name: str
    source: str


def load_mistakes(path: Path) -> tuple[Mistake, ...]:
    """The mistakes in the file at `path`, in its order.

    Besides a docstring and imports the file holds definitions decorated with `mistake` only: nothing else would come along with a graft.

    Raises:
        AssignmentError: the file can't be read or is not of this form; the message names the file and the line.
    """
    tree, lines = _parsed(path)
    where = f"{path.parent.name}/{path.name}"
    definitions: list[ast.FunctionDef | ast.ClassDef] = []
    prelude: list[str] = []
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            definitions.append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if not _is_ours(node):
                prelude.append(ast.unparse(node))
        elif not (index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            _refuse(where, node, "only imports and definitions decorated with @mistake may stand here")
    mistakes = tuple(_mistake(where, node, lines, "\n".join(prelude)) for node in definitions)
    seen: set[tuple[str, str]] = set()
    for mistake, node in zip(mistakes, definitions, strict=True):
        if (mistake.exercise, mistake.name) in seen:
            _refuse(where, node, f"exercise '{mistake.exercise}' has a mistake {mistake.name!r} already")
        seen.add((mistake.exercise, mistake.name))
    return mistakes


def load_variants(folder: Path) -> tuple[Variant, ...]:
    """The variants in `folder`, one for each .py file, sorted by name; none where there is no folder.

    Raises:
        AssignmentError: a file can't be read or is not Python.
    """
    paths = sorted(path for path in folder.glob("*.py") if not path.name.startswith("."))
    return tuple(Variant(path.stem, "\n".join(_parsed(path)[1])) for path in paths)


def _mistake(where: str, node: ast.FunctionDef | ast.ClassDef, lines: Sequence[str], prelude: str) -> Mistake:
    named = [decorator for decorator in node.decorator_list if _names_mistake(decorator)]
    tags = [decorator for decorator in named if isinstance(decorator, ast.Call)]
    if len(named) != 1 or not tags:
        _refuse(where, node, f"{node.name} must be decorated once with {WANTED}")
    [tag] = tags
    others = [line for other in node.decorator_list if other is not tag for line in lines[other.lineno - 1 : other.end_lineno]]
    if len(tag.args) != 2 or sorted(str(word.arg) for word in tag.keywords) != ["fails", "hint"]:
        _refuse(where, tag, f"the arguments must be as in {WANTED}")
    words = {word.arg: word.value for word in tag.keywords}
    exercise, name, hint = (_text(where, value) for value in (*tag.args, words["hint"]))
    return Mistake(
        exercise=exercise,
        name=name,
        hint=hint,
        fails=_parts(where, words["fails"]),
        function=node.name,
        source="\n".join([*others, *lines[node.lineno - 1 : node.end_lineno]]),
        prelude=prelude,
    )


def _names_mistake(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(target, ast.Name) and target.id == "mistake"


def _text(where: str, node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
        return node.value
    return _refuse(where, node, f"{ast.unparse(node)[:60]} must be a literal text that is not empty")


def _parts(where: str, node: ast.expr) -> tuple[str, ...]:
    if not isinstance(node, ast.Tuple) or not node.elts:
        _refuse(where, node, f"fails must be a tuple of parts, such as ('values',) (got {ast.unparse(node)[:60]})")
    return tuple(_text(where, element) for element in node.elts)


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return all(module.split(".")[0] == "autograder" for module in modules)


def _parsed(path: Path) -> tuple[ast.Module, list[str]]:
    where = f"{path.parent.name}/{path.name}"
    try:
        source = path.read_bytes().decode().replace("\r\n", "\n")
        return ast.parse(source), source.split("\n")
    except OSError as error:
        raise AssignmentError(f"{where}: it can't be read ({error.strerror})") from None
    except SyntaxError as error:
        raise AssignmentError(f"{where}:{error.lineno or 1}: it is not Python ({error.msg})") from None
    except ValueError as error:  # not UTF-8; zero bytes, before Python 3.11.4
        raise AssignmentError(f"{where}: it is not Python ({error})") from None


def _refuse(where: str, node: ast.stmt | ast.expr, reason: str) -> NoReturn:
    raise AssignmentError(f"{where}:{node.lineno}: {reason}")
