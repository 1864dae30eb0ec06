"""assignment.toml: what it may say, and that everything else is told with file, key, got and wanted."""

import re

import pytest

from autograder.course.manifest import read_manifest
from autograder.errors import AssignmentError
from autograder.model import Exercise, Limits


def test_everything_in_it_is_read(toy):
    manifest = read_manifest(toy.folder / "assignment.toml")
    assert (manifest.id, manifest.title, manifest.summary, manifest.hours) == ("00-toy", "A toy", "Double and square.", 0.5)
    assert manifest.kind == "numpy"
    assert manifest.limits == Limits(call_seconds=2.5, memory_bytes=1 << 30)
    assert manifest.exercises == (
        Exercise("double", "Twice", ("double",), {"values": 40.0}),
        Exercise("power", "The square", ("square", "square_grad"), {"value": 20.5, "at-zero": 39.5}, isolate=True),
    )
    assert all(isinstance(points, float) for exercise in manifest.exercises for points in exercise.parts.values())


def test_limits_may_be_left_out(toy):
    toy.edit("assignment.toml", "[limits]\ncall_seconds = 2.5\nmemory_bytes = 1073741824\n", "")
    assert read_manifest(toy.folder / "assignment.toml").limits == Limits()


def test_torch_is_a_kind(toy):
    toy.edit("assignment.toml", '"numpy"', '"torch"')
    assert read_manifest(toy.folder / "assignment.toml").kind == "torch"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "A toy"', 'titel = "A toy"', ": key 'titel' is unknown; did you mean 'title'?"),
        ("hours", "zzz", ": key 'zzz' is unknown; known are id, title, summary, hours, kind, limits, exercises"),
        ("call_seconds", "call_secs", ": limits: key 'call_secs' is unknown; did you mean 'call_seconds'?"),
        ("isolate", "isolated", ": exercise 'power': key 'isolated' is unknown; did you mean 'isolate'?"),
        ('title = "A toy"\n', "", ": key 'title' is missing"),
        ('title = "Twice"\n', "", ": exercise 'double': key 'title' is missing"),
        ('id = "double"\n', "", ": exercise 1: key 'id' is missing"),
        ('id = "double"\n', "id = 3\n", ": exercise 1: id must be a text that is not empty (got 3)"),
        ('title = "A toy"', "title = 3", ": title must be a text that is not empty (got 3)"),
        ('"Double and square."', '"  "', ": summary must be a text that is not empty (got '  ')"),
        ("hours = 0.5", 'hours = "1"', ": hours must be a number (got '1')"),
        ("hours = 0.5", "hours = true", ": hours must be a number (got True)"),
        ("hours = 0.5", "hours = nan", ": hours must be a number (got nan)"),
        ("hours = 0.5", "hours = 0", ": hours must be > 0 (got 0)"),
        ("hours = 0.5", "hours = 5000", ": hours must be at most 1000 (got 5000)"),
        ('"numpy"', '"jax"', ": kind must be 'numpy' or 'torch' (got 'jax')"),
        ("2.5", "-1", ": limits: call_seconds must be > 0 (got -1)"),
        ("2.5", "3601", ": limits: call_seconds must be at most 3600 (got 3601)"),
        ("1073741824", "1.5", ": limits: memory_bytes must be an integer in 268435456 to 1099511627776 (got 1.5)"),
        ("1073741824", "1000", ": limits: memory_bytes must be an integer in 268435456 to 1099511627776 (got 1000)"),
        ("1073741824", "true", ": limits: memory_bytes must be an integer in 268435456 to 1099511627776 (got True)"),
        ("[limits]\ncall_seconds = 2.5\nmemory_bytes = 1073741824\n", "limits = 3\n", ": limits must be a table (got 3)"),
        ('"double"\ntitle', '"Double it"\ntitle', ": exercise 'Double it': id must be lower-case words joined by '-' (got 'Double it')"),
        ('["double"]', "[]", ": exercise 'double': functions must be a list of different texts, at least one (got [])"),
        ('["double"]', '"double"', ": exercise 'double': functions must be a list of different texts, at least one (got 'double')"),
        ('["double"]', '["a", "a"]', ": exercise 'double': functions must be a list of different texts, at least one (got ['a', 'a'])"),
        ('["double"]', '["my-f"]', ": exercise 'double': functions must be names of Python functions (got 'my-f')"),
        ('["double"]', '["def"]', ": exercise 'double': functions must be names of Python functions (got 'def')"),
        ("{ values = 40 }", "{}", ": exercise 'double': parts must name at least one part, such as { values = 5 } (got {})"),
        ("{ values = 40 }", "3", ": exercise 'double': parts must be a table (got 3)"),
        ("{ values = 40 }", "{ Values = 40 }", ": exercise 'double': parts must be named by lower-case words joined by '-' (got 'Values')"),
        ("{ values = 40 }", "{ values = -1 }", ": exercise 'double': part 'values': points must be > 0 (got -1)"),
        ("{ values = 40 }", "{ values = 0 }", ": exercise 'double': part 'values': points must be > 0 (got 0)"),
        ("{ values = 40 }", "{ values = inf }", ": exercise 'double': part 'values': points must be a number (got inf)"),
        ("{ values = 40 }", "{ values = '4' }", ": exercise 'double': part 'values': points must be a number (got '4')"),
        ("isolate = true", "isolate = 1", ": exercise 'power': isolate must be true or false (got 1)"),
        ('id = "00-toy"', 'id = "01-toy"', ": id must be the name of its folder, '00-toy' (got '01-toy')"),
        ('id = "power"', 'id = "double"', ": exercises must have ids of their own (got 'double twice')"),
    ],
)
def test_what_is_wrong_is_told_with_file_key_got_and_wanted(toy, old, new, message):
    toy.edit("assignment.toml", old, new)
    with pytest.raises(AssignmentError) as caught:
        read_manifest(toy.folder / "assignment.toml")
    assert str(caught.value) == "00-toy/assignment.toml" + message


@pytest.mark.parametrize("exercises", ["exercises = []", "exercises = 3", "exercises = [3]"])
def test_there_must_be_exercises(toy, exercises):
    text = (toy.folder / "assignment.toml").read_text()
    (toy.folder / "assignment.toml").write_text(f"{exercises}\n" + text[: text.index("[[exercises]]")])
    with pytest.raises(AssignmentError, match=re.escape("assignment.toml: exercises must be tables, each under [[exercises]] (got")):
        read_manifest(toy.folder / "assignment.toml")


def test_a_long_value_is_cut_in_the_message(toy):
    toy.edit("assignment.toml", "hours = 0.5", f'hours = "{"x" * 1000}"')
    with pytest.raises(AssignmentError) as caught:
        read_manifest(toy.folder / "assignment.toml")
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("content", [b"title = ", b'title = "\xff"', b"a = 1\na = 2"])
def test_what_is_not_toml_is_told_so(toy, content):
    (toy.folder / "assignment.toml").write_bytes(content)
    with pytest.raises(AssignmentError, match=r"^00-toy/assignment.toml: it is not TOML \(.+\)$"):
        read_manifest(toy.folder / "assignment.toml")


def test_a_missing_file_is_told_so(toy):
    (toy.folder / "assignment.toml").unlink()
    with pytest.raises(AssignmentError, match=r"^00-toy/assignment.toml: it can't be read \(No such file or directory\)$"):
        read_manifest(toy.folder / "assignment.toml")
