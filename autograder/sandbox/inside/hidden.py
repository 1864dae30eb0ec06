"""Hollow modules in place of packages that differentiate for whoever uses them, in boxes for derivatives that are to be worked out.

What keeps the packages away is that the box can't read their files; see `sandbox.covering`. This module makes that bearable and tells it:
to import one out of habit costs nothing, and to use it raises an error that names it. Student code may undo all of it, and gains nothing.
"""

import re
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

NAMES = (
    *("torch", "c10", "caffe2", "functorch", "torchgen", "torchvision", "torchaudio", "torchtext", "tinygrad"),
    *("tensorflow", "keras", "jax", "jaxlib", "flax", "optax", "autograd", "mxnet", "paddle", "mindspore", "oneflow", "chainer", "jittor"),
    *("theano", "aesara", "pytensor", "casadi", "adolc", "pyadolc", "algopy", "mygrad", "micrograd", "minitorch"),
    *("sympy", "symengine", "mpmath", "numdifftools"),
)
"""Packages that give a derivative without its being worked out: by recording what was computed, from symbols, or, the last two, from
differences refined to the last digit. Plain finite differences need no package, so nothing here holds them off."""

_FIRST_WORD = re.compile(r"[A-Za-z0-9]*")
_SETTING = re.compile(r"(?:.*\.)?(?:(?:set|is|use|init)_\w+|manual_seed\w*|\w*device\w*|clear_session|config\.update)")


class HiddenError(ImportError):
    """A hidden package was used; `name` is the package's."""


def is_hidden(name: str) -> bool:
    """True for the name of a hidden package, of what stands in it, and of what builds on it: torch, torch.nn, torch_xla, torch.libs."""
    found = _FIRST_WORD.match(name)
    return found is not None and found[0] in NAMES


class Hollow(ModuleType):
    """A module of any name, and whatever is looked up in it: to name it is no offence, to do anything with it is.

    Settings such as seeds, print options and the choice of a device differentiate nothing: they do nothing, and answer with what is false.
    """

    __version__ = "hidden"
    __all__: Sequence[str] = ()

    def __getattr__(self, name: str) -> "Hollow":
        if name.startswith("_"):  # what Python and libraries ask everything about
            raise AttributeError(name)
        return Hollow(f"{self.__name__}.{name}")

    def __call__(self, *_: object, **__: object) -> "Hollow":
        """Itself for a setting, else HiddenError, as for everything below that would do something with it."""
        return self if _SETTING.fullmatch(self.__name__) else self._use()

    def _use(self, *_: object, **__: object) -> NoReturn:
        package = self.__name__.partition(".")[0]
        raise HiddenError(f"{package} is hidden in this assignment: work out the derivative yourself", name=package)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self.__name__}, hidden in this assignment>"

    def __instancecheck__(self, _: object) -> bool:
        return False

    def __subclasscheck__(self, _: object) -> bool:
        return False

    def __or__(self, _: object) -> "Hollow":  # of types, in an annotation
        return self

    __ror__ = __or__
    __mro_entries__ = __enter__ = __exit__ = __iter__ = __len__ = __contains__ = __getitem__ = __setitem__ = _use
    __array__ = __float__ = __int__ = __index__ = __complex__ = __round__ = __abs__ = __neg__ = __pos__ = __invert__ = _use
    __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __matmul__ = __and__ = __xor__ = _use
    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = __rmatmul__ = __rand__ = __rxor__ = _use
    __lt__ = __le__ = __gt__ = __ge__ = _use


class _Finder(MetaPathFinder, Loader):
    """Finds every hidden package, and every module in it, as a hollow one."""

    def find_spec(self, fullname: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if is_hidden(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Hollow(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: it is hollow."""


def install() -> None:
    """From now on hidden packages are found hollow. For the end of the warm-up: libraries look for some of them to make use of."""
    sys.meta_path.insert(0, _Finder())
