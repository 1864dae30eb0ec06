import json
from dataclasses import replace

from autograder.cli import demo as command
from autograder.sandbox import policy


def test_the_demonstration_prints_its_class_and_writes_its_reports(make_toy, kept_open, capsys, tmp_path, course):
    kept_open.setattr(command, "load_assignments", lambda _folder, _ids: [make_toy().assignment])
    command.demo(out=tmp_path / "out", course=course)
    out = capsys.readouterr().out
    assert "adds 2" in out
    assert "This class was seeded by a public secret" in out
    assert len(list((tmp_path / "out").glob("*/00-toy/report.html"))) == 6
    assert (tmp_path / "out" / "index.html").is_file()
    command.demo(out=tmp_path / "out", course=course, json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(line["score"] for line in lines) == [0, 50, 50, 50, 50, 100]


def test_an_assignment_whose_library_is_missing_is_left_out_and_said_to_be(make_toy, kept_open, capsys, tmp_path, course):
    toy = make_toy().assignment
    kept_open.setattr(command, "load_assignments", lambda _folder, _ids: [toy, replace(toy, id="00-deep", kind="torch")])
    kept_open.setitem(policy.LIBRARIES, "torch", ("numpy", "a_library_that_is_nowhere"))
    command.demo(out=tmp_path / "out", course=course)
    out = capsys.readouterr().out
    assert "00-deep is left out: it needs a_library_that_is_nowhere, which `pip install -e '.[grade,torch]'` in a clone installs." in out
    assert {path.parent.name for path in (tmp_path / "out").glob("*/*/report.html")} == {"00-toy"}
