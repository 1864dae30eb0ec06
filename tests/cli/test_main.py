import pytest

from autograder import cli
from autograder.cli import app as application


@pytest.mark.parametrize(
    ("raised", "code", "told"), [(ZeroDivisionError("boom"), 3, "a fault of ours"), (KeyboardInterrupt(), 130, "interrupted")]
)
def test_whatever_escapes_a_command_gets_its_exit_code_and_a_word(monkeypatch, capsys, raised, code, told):
    def fail():
        raise raised

    monkeypatch.setattr(application, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    assert told in capsys.readouterr().err
