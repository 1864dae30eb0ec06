import json

from autograder.cli import demo as command


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
