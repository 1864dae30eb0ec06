import pickle
import threading

import pytest

from autograder import config
from autograder.config import Secret, Settings, demo_settings, load
from autograder.errors import ConfigError

LONG = "a secret that is long enough"


def test_the_secret_of_the_environment_wins_and_writes_nothing(tmp_path):
    assert load(tmp_path, {"AUTOGRADER_SECRET": LONG}).secret.reveal() == LONG.encode()
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_on_first_use_and_kept_to_its_owner(tmp_path):
    first = load(tmp_path, {}).secret.reveal()
    path = tmp_path / ".autograder" / "secret"
    assert len(first) == 64
    assert path.read_text() == first.decode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert load(tmp_path, {}).secret.reveal() == first
    assert [file.name for file in path.parent.iterdir()] == ["secret"]


def test_two_courses_have_two_secrets(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert load(tmp_path / "a", {}).secret.reveal() != load(tmp_path / "b", {}).secret.reveal()


def test_runs_that_start_at_once_agree_on_one_secret(tmp_path):
    found, ready = [], threading.Barrier(8)

    def start():
        ready.wait()
        found.append(load(tmp_path, {}).secret.reveal())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_secret_that_is_too_short_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="AUTOGRADER_SECRET is too short: got 5 characters, wanted at least 16"):
        load(tmp_path, {"AUTOGRADER_SECRET": "short"})
    (tmp_path / ".autograder").mkdir()
    (tmp_path / ".autograder" / "secret").write_text("")
    with pytest.raises(ConfigError, match=r"secret holds 0 characters, wanted at least 16; delete it to have a new one made"):
        load(tmp_path, {})


def test_a_secret_that_can_not_be_kept_is_told_with_the_way_out(tmp_path):
    (tmp_path / ".autograder").write_text("a file in the folder's place")
    with pytest.raises(ConfigError, match=r"can't be made or read \(.*\): set AUTOGRADER_SECRET instead"):
        load(tmp_path, {})


def test_an_empty_variable_counts_as_none(tmp_path):
    settings = load(tmp_path, {"AUTOGRADER_SECRET": "", "AUTOGRADER_DEVICE": ""})
    assert settings.device == "cpu"
    assert (tmp_path / ".autograder" / "secret").is_file()


def test_a_secret_does_not_print():
    settings = Settings(Secret(LONG.encode()))
    assert LONG not in repr(settings) + str(settings) + f"{settings.secret}"
    assert "Secret('***')" in repr(settings)
    assert pickle.loads(pickle.dumps(settings)).secret.reveal() == LONG.encode()


def test_the_secret_of_the_demonstration_is_public_and_the_same_for_all():
    assert demo_settings().secret.reveal() == demo_settings().secret.reveal()


def test_the_flag_wins_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "cuda_devices", lambda: 1)
    environ = {"AUTOGRADER_SECRET": LONG, "AUTOGRADER_DEVICE": "cuda"}
    assert load(tmp_path, environ).device == "cuda"
    assert load(tmp_path, environ, device="cpu").device == "cpu"


def test_a_device_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="device: got 'gpu', wanted one of auto, cpu, cuda"):
        load(tmp_path, {"AUTOGRADER_SECRET": LONG, "AUTOGRADER_DEVICE": "gpu"})


def test_cuda_without_a_device_is_refused_and_auto_is_the_cpu(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "cuda_devices", lambda: 0)
    with pytest.raises(ConfigError, match="this machine has no CUDA device that its driver can use; use 'cpu' or 'auto'"):
        load(tmp_path, {"AUTOGRADER_SECRET": LONG}, device="cuda")
    assert load(tmp_path, {"AUTOGRADER_SECRET": LONG}, device="auto").device == "cpu"


def test_each_device_that_is_there_is_one_to_hand_work_to(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "cuda_devices", lambda: 2)
    assert load(tmp_path, {"AUTOGRADER_SECRET": LONG}, device="cuda").gpus == ("0", "1")
    assert load(tmp_path, {"AUTOGRADER_SECRET": LONG}, device="cpu").gpus == ()


def test_gpus_that_are_only_declared_are_known_as_such_and_run_nothing_on_cuda(tmp_path):
    settings = load(tmp_path, {"AUTOGRADER_SECRET": LONG, "AUTOGRADER_DECLARED_GPUS": "2"}, device="cuda")
    assert (settings.device, settings.gpus, settings.declared) == ("cpu", ("declared-0", "declared-1"), True)
    with pytest.raises(ConfigError, match="AUTOGRADER_DECLARED_GPUS is for device 'cuda' alone, and it is 'auto'"):
        load(tmp_path, {"AUTOGRADER_SECRET": LONG, "AUTOGRADER_DECLARED_GPUS": "2"})


@pytest.mark.parametrize("given", ["-1", "two", "1.5", "1" * 9])
def test_a_number_of_declared_gpus_that_is_none_is_refused(tmp_path, given):
    with pytest.raises(ConfigError, match=r"AUTOGRADER_DECLARED_GPUS: got '.*', wanted a number of GPUs"):
        load(tmp_path, {"AUTOGRADER_SECRET": LONG, "AUTOGRADER_DECLARED_GPUS": given}, device="cuda")


def test_asking_for_devices_never_fails(monkeypatch):
    assert config.cuda_devices() >= 0
    monkeypatch.setattr(config.ctypes, "CDLL", lambda _: Driver(0))
    assert config.cuda_devices() == 2
    monkeypatch.setattr(config.ctypes, "CDLL", lambda _: Driver(100))  # CUDA_ERROR_NO_DEVICE
    assert config.cuda_devices() == 0


class Driver:
    """libcuda with two devices."""

    def __init__(self, status):
        self.status = status

    def cuInit(self, _):  # noqa: N802 - the driver's name
        return self.status

    def cuDeviceGetCount(self, pointer):  # noqa: N802
        pointer._obj.value = 2
        return 0
