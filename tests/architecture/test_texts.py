"""What must stand in no file: paths of somebody's machine anywhere, and anything of a solution in what students are given."""

import json
import re

import pytest

from autograder.course.mistakes import load_mistakes

# Folders of people and of their tools; spelt so that this file does not hold what it looks for.
OF_A_MACHINE = re.compile("/" + r"(?:home/\w|root/|Users/\w|work/|opt/\w|mnt/\w|media/\w)" + r"|[A-Z]:\\\\?Users")
TEXTS = {".py", ".toml", ".md", ".json", ".ipynb", ".css", ".html", ".yml", ".yaml", ".cfg"}


def texts(folder):
    return [path for path in folder.rglob("*") if path.suffix in TEXTS and "__pycache__" not in path.parts]


@pytest.mark.parametrize("folder", ["autograder", "solutions", "assignments"])
def test_no_file_holds_a_path_of_somebodys_machine(course, folder):
    found = {}
    for path in texts(course / folder):
        if match := OF_A_MACHINE.search(path.read_text(encoding="utf-8")):
            found[str(path.relative_to(course))] = match.group()
    assert found == {}


def test_that_test_can_fail():
    assert OF_A_MACHINE.search("open('/home" + "/ada/x')")
    assert OF_A_MACHINE.search("C:\\Users\\ada")
    assert not OF_A_MACHINE.search("/usr/lib, /proc/self, /site/0, /box")


def released(course):
    """Every word that students are given, by file."""
    return {path.name: path.read_text(encoding="utf-8") for path in texts(course / "assignments")}


def sources(text):
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def squeezed(text):
    return re.sub(r"\s+", " ", text)


def test_there_is_a_release_and_nothing_but_notebooks_in_it(course):
    files = [path for path in (course / "assignments").rglob("*") if path.is_file()]
    assert files
    assert {path.suffix for path in files} == {".ipynb"}


def test_a_release_holds_no_mistake_and_no_hint(course, real_assignment):
    text = "\n".join(squeezed(text) for text in released(course).values())
    for mistake in load_mistakes(real_assignment.folder / "mistakes.py"):
        assert mistake.hint not in text
        assert len(mistake.name) < 12 or mistake.name not in text


def test_a_release_holds_no_solution(course, real_assignment):
    for name, text in released(course).items():
        assert "SOLUTION" not in text, name
        assert "HIDDEN" not in text, name
    stubs = squeezed("\n".join(map(sources, released(course).values())))
    lines = 0
    for cell in real_assignment.source.cells:
        for body in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, re.DOTALL):
            for line in body.splitlines():
                if len(line.strip()) > 35:
                    lines += 1
                    assert squeezed(line.strip()) not in stubs
    assert lines > 10


def test_a_release_names_no_file_of_the_graders(course):
    for text in released(course).values():
        assert not re.search(r"checks\.py|reference\.py|mistakes\.py|probe\.|solutions/", text)
