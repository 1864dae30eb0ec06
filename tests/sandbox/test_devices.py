"""Where tensors are put, and what a box with a GPU has that others have not. Without a GPU: the way there. With one: the same values."""

import sys

import numpy as np
import pytest

from autograder.checks.trusted import Solution
from autograder.config import cuda_devices
from autograder.errors import SandboxError
from autograder.model import Limits
from autograder.sandbox import cgroups, policy
from autograder.sandbox.box import limits_inside
from autograder.sandbox.inside import seal
from autograder.sandbox.inside.calls import Calls
from autograder.sandbox.inside.values import Tensor, decode, encode
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxLine, Call, Session

SOURCE = """
import torch


def where(x, nested):
    return [str(x.device), str(nested["y"][0].device), str(x.dtype)]


def double(x):
    return 2 * x
"""
ARGUMENTS = Tensor("float64", np.ones(2)), {"y": [Tensor("bfloat16", np.ones(2, np.float32))]}


def test_tensors_that_come_in_are_put_on_the_device():
    """On "meta", which every torch has: shapes without numbers."""
    torch = pytest.importorskip("torch")
    names = {"torch": torch}
    exec(SOURCE, names)
    buffers = []
    trees = [encode(argument, buffers) for argument in ARGUMENTS]
    call = {"target": "where", "method": None, "args": 2, "kwargs": [], "returns": "value", "after": False}
    answer, raw = Calls(names, 0, device="meta").make(
        {"calls": [call], "values": trees}, iter([np.frombuffer(bytearray(buffer), np.uint8) for buffer in buffers])
    )
    assert decode(answer["values"][0], iter(raw)) == ["meta", "meta", "torch.float64"]


def test_trusted_code_computes_on_the_cpu():
    pytest.importorskip("torch")
    [outcome] = Solution([SOURCE]).session().call(Call("where", ARGUMENTS))
    assert outcome.value[:2] == ["cpu", "cpu"]
    assert sys.modules["torch"].get_num_threads() == 1


def test_the_name_of_the_device_goes_in_with_the_limits():
    assert limits_inside(Limits())["device"] == "cpu"
    assert limits_inside(Limits(), "cuda")["device"] == "cuda"


def test_only_a_box_for_cuda_sees_the_driver_s_devices(monkeypatch):
    monkeypatch.setattr(policy, "cuda_nodes", lambda: ["/dev/nvidia0", "/dev/nvidiactl"])
    command = policy.bwrap_command("bwrap", policy.runtime("numpy", "cuda"), {}, "solo", "")
    found = [command[place + 1] for place, word in enumerate(command) if word == "--dev-bind"]
    assert found == ["/dev/nvidia0", "/dev/nvidiactl"]
    assert command.index("--dev") < command.index("--dev-bind")
    assert policy.runtime("numpy").devices == ()


def test_folders_are_no_devices(monkeypatch, tmp_path):
    (tmp_path / "nvidia-caps").mkdir()
    (tmp_path / "nvidia0").touch()
    monkeypatch.setattr(seal.glob, "glob", lambda _: [str(path) for path in tmp_path.iterdir()])
    assert seal.cuda_nodes() == [str(tmp_path / "nvidia0")]


def test_a_box_with_a_gpu_is_not_made_where_nothing_bounds_its_memory(monkeypatch):
    pytest.importorskip("torch")

    def missing():
        raise cgroups.CgroupsMissingError("none here")

    monkeypatch.setattr(cgroups, "find", missing)
    with pytest.raises(SandboxError, match="a box with a GPU needs a cgroup, nothing else bounds its memory: none here"):
        Keeper("torch", device="cuda").__enter__()


@pytest.mark.slow
@pytest.mark.skipif(cuda_devices() > 0, reason="this machine has a GPU")
def test_without_a_gpu_a_box_that_wants_one_says_so_and_is_not_used():
    pytest.importorskip("torch")
    try:
        cgroups.find().close()
    except cgroups.CgroupsMissingError as error:
        pytest.skip(f"no cgroups: {error}")
    with Keeper("torch", device="cuda") as keeper, pytest.raises(SandboxError, match="a layer of the box is missing: CUDA: "):
        keeper.spawn(Limits())


@pytest.mark.gpu
@pytest.mark.skipif(cuda_devices() == 0, reason="no CUDA device")
def test_in_a_box_with_a_gpu_tensors_go_there_and_come_back():
    with Keeper("torch", device="cuda") as keeper:
        session = Session(BoxLine(keeper.spawn(Limits()), float("inf")), 60.0)
        session.run_cell(SOURCE, "cell", 60.0)
        [where, doubled] = session.call(Call("where", ARGUMENTS), Call("double", (Tensor("float64", np.arange(3.0)),)))
        assert where.value[:2] == ["cuda:0", "cuda:0"]
        assert doubled.value.array.tolist() == [0, 2, 4]
        session.close()
