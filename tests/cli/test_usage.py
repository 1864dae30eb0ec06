"""Every verb explains itself; a wrong use ends with 2 and says which argument, what was got and what is wanted."""

import shutil
import subprocess
import sys

import pytest

from autograder import config
from autograder.course.version import package_version
from autograder.errors import EXIT_USAGE

VERBS = ("grade", "export", "demo", "release", "verify", "doctor")


def test_without_a_verb_the_verbs_are_listed(run):
    ran = run()
    assert ran.code == EXIT_USAGE
    assert all(verb in ran.out + ran.err for verb in VERBS)
    assert run("--help").code == 0


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_that_explains_its_options(run, verb):
    ran = run(verb, "--help")
    assert ran.code == 0
    words = " ".join(ran.out.split())
    assert len(words.split("Options:")[0]) > 80
    for option in [line.split()[0] for line in ran.out.splitlines() if line.strip().startswith("--") and "--help" not in line]:
        described = ran.out.split(option, 1)[1].split("\n  -", 1)[0]
        assert len(described.split()) >= 4, option


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_can_answer_in_json(run, verb):
    assert "--json" in run(verb, "--help").out


def test_the_version_is_told(run):
    ran = run("--version")
    assert ran.code == 0
    assert ran.out.strip() == package_version()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["grade"], "Missing argument 'PATH"),
        (["grade", "IN", "--assignment", "02-nope"], "assignment '02-nope' is not in"),
        (["grade", "IN", "--assignment", "02-nope"], "there are: 01-activations"),
        (["grade", "nowhere.ipynb"], "PATH 'nowhere.ipynb': No such file or directory; wanted a notebook, a folder, or an archive"),
        (["grade", "IN", "--device", "tpu"], "device: got 'tpu', wanted one of auto, cpu, cuda"),
        (["grade", "IN", "--course", "FOLDER"], "it has no folder solutions/; wanted the folder that holds solutions/ and assignments/"),
        (["grade", "IN", "--fail-under", "101"], "--fail-under: got 101, wanted percent: a number from 0 to 100"),
        (["grade", "IN", "--fail-under", "nan"], "--fail-under: got nan, wanted percent: a number from 0 to 100"),
        (["grade", "IN", "--fail-under", "many"], "Invalid value for '--fail-under'"),
        (["grade", "IN", "--jobs", "0"], "--jobs: got 0, wanted at least 1"),
        (["grade", "IN", "--out", "FILE"], "choose a folder that you may write to"),
        (["grade", "IN", "--frobnicate"], "--frobnicate"),
        (["export", "docx", "FOLDER"], "FORMAT: got 'docx', wanted one of "),
        (["export", "csv", "FOLDER/none"], "is not a folder; wanted one that `autograder grade` wrote"),
        (["export", "csv", "FOLDER"], "holds no reports; run `autograder grade"),
        (["demo", "--out", "FILE"], "choose a folder that you may write to"),
        (["release", "02-nope"], "assignment '02-nope' is not in"),
        (["verify", "02-nope"], "assignment '02-nope' is not in"),
        (["verify", "--runs", "0"], "--runs: got 0, wanted at least 1"),
        (["frobnicate"], "frobnicate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_use_names_the_argument_what_was_got_and_what_is_wanted(run, handed_in, tmp_path, arguments, said):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    places = {"IN": str(handed_in), "FILE": str(tmp_path / "file" / "out"), "FOLDER": str(tmp_path / "folder")}
    if arguments[0] == "grade" and "--out" not in arguments:
        arguments = [*arguments, "--out", str(tmp_path / "out")]
    for word, place in places.items():
        arguments = [argument.replace(word, place, 1) if argument.startswith(word) else argument for argument in arguments]
    ran = run(*arguments)
    assert ran.code == EXIT_USAGE
    assert said in " ".join(ran.err.replace("│", " ").split())
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_cuda_without_a_gpu_is_a_wrong_use(run, handed_in, monkeypatch):
    monkeypatch.setattr(config, "cuda_devices", lambda: 0)
    ran = run("grade", handed_in, "--device", "cuda")
    assert ran.code == EXIT_USAGE
    assert "this machine has no CUDA device that its driver can use; use 'cpu' or 'auto'" in ran.err


def test_no_course_is_told_with_the_way_to_one(run, handed_in, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = run("grade", handed_in)
    assert ran.code == EXIT_USAGE
    assert "no course at" in ran.err
    assert "--course DIR" in ran.err


def test_a_course_without_assignments_is_told(run, handed_in, tmp_path):
    (tmp_path / "solutions" / "draft").mkdir(parents=True)
    ran = run("grade", handed_in, "--course", tmp_path)
    assert ran.code == EXIT_USAGE
    assert "has no assignments: none of its folders has an assignment.toml" in ran.err


def test_a_folder_without_notebooks_is_a_usage_error(run, warm, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = run("grade", tmp_path / "empty", "--out", tmp_path / "out", "--json")
    assert ran.code == 2
    assert "empty: no notebook found; wanted .ipynb files" in ran.err


def test_an_interrupt_before_anything_is_graded_ends_with_130_and_says_so(run, handed_in, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("autograder.sources.collect", interrupt)
    ran = run("grade", handed_in, "--out", tmp_path / "out")
    assert (ran.code, ran.err) == (130, "autograder: interrupted\n")


def test_without_the_extra_the_line_that_installs_it_is_told(course, tmp_path):
    code = "import sys; sys.modules['typer'] = None; sys.argv = ['autograder']; from autograder.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=course, check=False)
    assert done.returncode == EXIT_USAGE
    assert "typer is not installed" in done.stderr
    assert "pip install 'gradient-autograder[grade]'" in done.stderr


def test_python_m_is_the_command(course):
    done = subprocess.run([sys.executable, "-m", "autograder", "--version"], capture_output=True, text=True, cwd=course, check=True)
    assert done.stdout.strip()


def test_release_writes_what_is_there_already(run, tmp_path, course):
    for name in ("solutions", "assignments"):
        shutil.copytree(course / name, tmp_path / name)
    lines = run("release", "--course", tmp_path, "--json").lines()
    assert [line["assignment"] for line in lines] == sorted(path.name for path in (course / "solutions").iterdir())
    assert not any(line["changed"] for line in lines)
    (tmp_path / "assignments" / "01-activations" / "01-activations.ipynb").write_text("changed")
    ran = run("release", "01-activations", "--course", tmp_path)
    assert "01-activations.ipynb: written, " in ran.out
    assert run("release", "01-activations", "--course", tmp_path).out.count("unchanged") == 1
