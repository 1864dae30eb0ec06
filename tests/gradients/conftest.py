"""Makes nets.py beside it importable by the tests, which pytest imports by path."""

import importlib.util
import sys
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("gradient_nets", Path(__file__).with_name("nets.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
sys.modules["gradient_nets"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sys.modules["gradient_nets"])
