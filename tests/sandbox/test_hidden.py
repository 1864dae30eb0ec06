"""A box for derivatives by hand has no package that differentiates: to import one out of habit is nothing, to use it is told by name."""

import os
import sys

import pytest

from autograder.sandbox import policy
from autograder.sandbox.inside import hidden
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import Call

from .conftest import Opener

TRY = """
import sys
def attempt(source):
    try:
        exec(source, {"__name__": "notebook"})
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return "ok"
def answer(source):
    names = {}
    exec(source, names)
    return names["result"]
"""
REFUSED = "HiddenError: {} is hidden in this assignment: work out the derivative yourself"

HABITS = (
    "import torch, jax, tensorflow as tf, sympy, keras, jaxlib, casadi, mxnet, tinygrad",
    "import torch.nn as nn, torch.nn.functional as F\nfrom torch import nn\nfrom torch.nn import functional as F",
    "from torch.utils.data import DataLoader\nfrom sympy import *\nimport tensorflow_probability as tfp",
    "from jax import grad, numpy as jnp\nimport autograd.numpy as np",
    "import torch\nprint(torch.__version__, torch, repr(torch.nn))",
    "import torch\ntorch.manual_seed(0)\ntorch.cuda.manual_seed_all(0)\ntorch.set_default_dtype(torch.float64)",
    "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\nassert not torch.cuda.is_available()",
    "import jax, sympy, tensorflow as tf\njax.config.update('jax_enable_x64', True)\nsympy.init_printing()\ntf.random.set_seed(0)",
    "import torch\ntorch.backends.cudnn.deterministic = True\ntorch.use_deterministic_algorithms(True)",
    "import torch, tensorflow as tf\nprint(tf.config.list_physical_devices('GPU'), torch.cuda.device_count())",
    "import torch\ndef f(x: torch.Tensor, y: 'int | torch.Tensor' = 1, z: torch.Tensor | None = None) -> torch.Tensor: pass",
    "import torch, typing\ntyping.Union[int, torch.Tensor], typing.Optional[torch.Tensor], None | torch.Tensor, list[torch.Tensor]",
    "import torch\nassert not isinstance(1.0, torch.Tensor) and not isinstance(1.0, (str, torch.Tensor))",
    "import torch\nassert not issubclass(int, torch.Tensor)",
    "try:\n    import torch\nexcept ImportError:\n    torch = None\nif torch:\n    torch.ones(3)",
    "import importlib, torch\nimportlib.reload(torch)\nimport torch._C\nassert importlib.util.find_spec('torch.nn')",
)
USES = {
    "torch.ones(3)": "torch",
    "torch.autograd.grad(1, 2)": "torch",
    "nn.Linear(3, 3)": "torch",
    "grad(lambda x: x)": "jax",
    "tf.GradientTape()": "tensorflow",
    "sympy.diff('x**2', 'x')": "sympy",
    "mpmath.diff(abs, 1)": "mpmath",
    "tfp.math.value_and_gradient(abs, 1)": "tensorflow_probability",
    "anp.exp(1)": "autograd",
    "class Net(nn.Module): pass": "torch",
    "torch.pi * 2": "torch",
    "2 - torch.pi": "torch",
    "np.ones(3) @ torch.x": "torch",
    "np.ones(3) == torch.x": "torch",
    "np.asarray(torch.pi)": "torch",
    "float(torch.inf)": "torch",
    "torch.x[0]": "torch",
    "len(torch.x), list(torch.x)": "torch",
    "with torch.no_grad(): pass": "torch",
    "torch.x < 1": "torch",
}
IMPORTS = "import torch, sympy, mpmath, numpy as np, tensorflow as tf, tensorflow_probability as tfp, autograd.numpy as anp\n"
IMPORTS += "from torch import nn\nfrom jax import grad\n"


@pytest.fixture(scope="module", params=["forked", "solo"])
def inside(request):
    """Calls a function of TRY in a box; one box of each way."""
    opener = Opener(request.getfixturevalue("keeper" if request.param == "forked" else "solo_keeper"))
    session = opener(TRY)

    def call(function, source):
        (outcome,) = session.call(Call(function, (source,)))
        assert outcome.failure is None, outcome.failure
        return outcome.value

    yield call
    opener.end()


# ---- habit and use


@pytest.mark.parametrize("source", HABITS)
def test_what_is_imported_out_of_habit_costs_nothing(inside, source):
    assert inside("attempt", source) == "ok"


@pytest.mark.parametrize(("source", "module"), USES.items())
def test_what_is_used_is_named(inside, source, module):
    assert inside("attempt", IMPORTS + source) == REFUSED.format(module)


def test_libraries_are_not_led_astray_by_a_hollow_module(inside):
    """matplotlib and scipy ask whether what they were given belongs to torch, jax or tensorflow where these are imported."""
    source = "import matplotlib.pyplot as plt, scipy.linalg\nplt.plot(np.ones(3), [1, 2, 3])\nplt.savefig('/box/x.png')\n"
    assert inside("attempt", IMPORTS + source + "assert scipy.linalg.norm(np.ones(4)) == 2") == "ok"


def test_the_exception_tells_the_package_and_the_line(box):
    outcome = box().run_cell("import torch.nn as nn\n\nlayer = nn.Linear(2, 2)", "mine", 10)
    assert (outcome.failure.type, outcome.failure.module) == (hidden.HiddenError.__name__, "torch")
    assert (outcome.failure.cell, outcome.failure.line) == ("mine", 3)


def test_nothing_that_is_hidden_was_imported_by_the_libraries_of_a_box(any_box):
    look = "[name for name in sys.modules if is_hidden(name)]"
    source = f"import sys\nfrom autograder.sandbox.inside.hidden import is_hidden\ndef f():\n    return {look}"
    (outcome,) = any_box(source).call(Call("f"))
    assert outcome.value == []


# ---- nothing of it can be reached


def installed():
    """Packages that are hidden and lie in this environment: folder here, and where a box would have it."""
    for number, site in enumerate(policy._sites("numpy")):
        for name in os.listdir(site):
            if hidden.is_hidden(name) and os.path.isdir(f"{site}/{name}") and not name.endswith("-info"):
                yield f"{site}/{name}", f"/site/{number}/{name}"


PACKAGES = [place for places in installed() for place in places]
WALK = """
import os, sys
from autograder.sandbox.inside.hidden import is_hidden
result = []
for top in ("/usr", "/bin", "/lib", "/lib64", "/opt", "/home", "/root", "/work", "/site", "/runtime", "/tmp", "/dev", sys.base_prefix):
    for folder, folders, files in os.walk(top):
        result += [os.path.join(folder, name) for name in folders + files if is_hidden(name) or is_hidden(name.removeprefix("lib"))]
"""


def test_this_environment_has_something_to_hide():
    assert {"torch", "functorch", "sympy", "mpmath"} <= {os.path.basename(place) for place in PACKAGES}


def test_no_file_of_a_hidden_package_lies_anywhere_in_the_box(inside):
    packages = [f"/site/{number}/" for number in range(len(policy._sites("numpy")))]
    covered = policy.runtime("numpy").hidden
    # Deeper down other packages have files of such names, about torch and not of it: scipy/_lib/array_api_compat/torch.
    seen = [place for place in inside("answer", WALK) if any(place.startswith(top) and "/" not in place[len(top) :] for top in packages)]
    assert {place for place in seen if not place.endswith("-info")} <= set(covered)
    names = {os.path.basename(place) for place in inside("answer", WALK)}
    assert not [name for name in names if ".so" in name or name in {"libtorch", "autograd"}]


@pytest.mark.parametrize("place", PACKAGES)
def test_a_hidden_package_can_be_neither_listed_nor_read_nor_loaded(inside, place):
    listing = inside("attempt", f"import os\nassert os.listdir({place!r}) == []")
    assert listing == "ok" or listing.startswith(("FileNotFoundError", "PermissionError"))
    unreachable = ("FileNotFoundError", "PermissionError")
    assert inside("attempt", f"open({place + '/__init__.py'!r})").startswith(unreachable)
    by_path = f"""
import importlib.util as util
spec = util.spec_from_file_location("mine", {place + "/__init__.py"!r})
spec.loader.exec_module(util.module_from_spec(spec))
"""
    assert inside("attempt", by_path).startswith(unreachable)
    assert inside("attempt", f"import ctypes\nctypes.CDLL({place + '/lib/libtorch.so'!r})").startswith("OSError: ")


def test_the_linker_finds_none_of_its_libraries(inside):
    for name in ("libtorch.so", "libtorch_cpu.so", "libc10.so", "libtorch.so.1.13"):
        assert inside("attempt", f"import ctypes\nctypes.CDLL({name!r})").startswith(f"OSError: {name}: cannot open shared object file")


AROUND = {
    "the finder taken out": "sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != '{ours}']",
    "the path finder alone": "from importlib.machinery import PathFinder\nsys.meta_path[:] = [PathFinder]",
    "every place on the path": "sys.path += {places}\nsys.path_importer_cache.clear()\nsys.meta_path.reverse()",
    "cleared caches": "import importlib\nimportlib.invalidate_caches()\nsys.meta_path.reverse()",
}


@pytest.mark.parametrize("way", AROUND)
@pytest.mark.parametrize("name", ["torch", "sympy", "mpmath", "functorch"])
def test_who_gets_around_the_finder_finds_an_empty_folder(inside, way, name):
    places = sorted({os.path.dirname(place) for place in PACKAGES})
    prefix = os.path.realpath(sys.base_prefix)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places += ["/usr/lib/python3/dist-packages", f"/usr/local/lib/{version}/dist-packages", f"{prefix}/lib/{version}/site-packages"]
    trick = AROUND[way].format(ours=hidden.__name__, name=name, places=places)
    source = f"""
import sys
held = sys.meta_path[:], sys.path[:], dict(sys.modules)
try:
    for module in [one for one in sys.modules if one.split(".")[0] == {name!r}]:
        del sys.modules[module]
    exec({trick!r})
    import {name}
    result = [getattr({name}, "__file__", None), [one for one in dir({name}) if one[0] != "_"]]
finally:
    sys.meta_path[:], sys.path[:] = held[:2]
    sys.modules.clear()
    sys.modules.update(held[2])
"""
    assert inside("answer", source) == [None, []]


def test_a_package_that_is_one_file_can_not_be_opened_either(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    (site / "__pycache__").mkdir(parents=True)
    files = ["mygrad.py", "autograd.cpython-311-x86_64-linux-gnu.so", "__pycache__/mygrad.cpython-311.pyc"]
    for name in (*files, "harmless.py"):
        (site / name).write_text("given = 1")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    with Keeper("numpy", solo=False) as keeper:
        opener = Opener(keeper)
        session = opener(TRY)
        ask = [f"open('/site/0/{name}')" for name in (*files, "harmless.py")] + ["import harmless", "sys.meta_path.pop(0)\nimport mygrad"]
        said = [outcome.value for outcome in session.call(*[Call("attempt", (f"import sys\n{source}",)) for source in ask])]
        opener.end()
    assert [word.split(":")[0] for word in said[:3]] == ["PermissionError"] * 3
    assert said[3:5] == ["ok", "ok"]
    assert said[5].startswith(("ImportError", "PermissionError", "ModuleNotFoundError"))


# ---- where nothing is hidden


def test_a_box_for_torch_has_torch_and_the_rest(torch_box):
    session = torch_box(
        """
        import torch, sympy
        def f(x):
            y = torch.tensor(x, requires_grad=True)
            y.square().backward()
            return float(y.grad)
        """
    )
    (outcome,) = session.call(Call("f", (3.0,)))
    assert outcome.value == 6.0


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *(("torch", True), ("torch.nn.functional", True), ("torch-2.0+cpu.dist-info", True), ("torch_xla", True), ("libtorch", False)),
        *(("torchy", False), ("pytorch", False), ("numpy", False), ("", False), ("_torch", False), ("jax_plugins", True)),
    ],
)
def test_a_hidden_name_is_told_by_its_first_word(name, is_one):
    assert hidden.is_hidden(name) is is_one
