"""Settings: what a teacher or an administrator chooses. The one module that reads the environment; everything below takes arguments.

| setting | flag | environment | default |
|---|---|---|---|
| secret | none | AUTOGRADER_SECRET | `.autograder/secret` beside the course, made on first use |
| device | `--device` | AUTOGRADER_DEVICE | auto |
"""

import contextlib
import ctypes
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ConfigError

DEVICES = ("auto", "cpu", "cuda")
_SHORTEST_SECRET = 16


class Secret:
    """Bytes that do not print."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"


@dataclass(frozen=True)
class Settings:
    """Choices that hold for a whole run.

    Attributes:
        secret: seeds the hidden inputs.
        device: what torch runs on, "cpu" or "cuda", never "auto".
        gpus: names of those that torch assignments are handed out to, one at a time each.
    """

    secret: Secret
    device: str = "cpu"
    gpus: tuple[str, ...] = ()


def load(course: Path, environ: Mapping[str, str], *, device: str | None = None) -> Settings:
    """Settings for `course`: flags win over `environ`, which wins over defaults.

    Raises:
        ConfigError: a value can't be used; the message names it and what is wanted.
    """
    asked = device or environ.get("AUTOGRADER_DEVICE") or "auto"
    return Settings(_secret(course, environ), _device(asked))


def demo_settings() -> Settings:
    """Settings of the demonstration. Its secret is public: it stands here."""
    return Settings(Secret(b"the demonstration hides nothing"))


def _secret(course: Path, environ: Mapping[str, str]) -> Secret:
    if given := environ.get("AUTOGRADER_SECRET"):
        if len(given) < _SHORTEST_SECRET:
            raise ConfigError(f"AUTOGRADER_SECRET is too short: got {len(given)} characters, wanted at least {_SHORTEST_SECRET}")
        return Secret(given.encode())
    path = course / ".autograder" / "secret"
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _make_secret(path)
        value = path.read_text().strip()
    except OSError as error:
        raise ConfigError(f"the secret {path} can't be made or read ({error.strerror}): set AUTOGRADER_SECRET instead") from error
    if len(value) < _SHORTEST_SECRET:
        raise ConfigError(f"{path} holds {len(value)} characters, wanted at least {_SHORTEST_SECRET}; delete it to have a new one made")
    return Secret(value.encode())


def _make_secret(path: Path) -> None:
    """Write a secret that is whole from the moment it is there: of two runs that start at once one makes it and both read it."""
    draft, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(draft, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


def _device(asked: str) -> str:
    if asked not in DEVICES:
        raise ConfigError(f"device: got {asked!r}, wanted one of {', '.join(DEVICES)}")
    if asked == "cuda" and not cuda_devices():
        raise ConfigError("device: got 'cuda', but this machine has no CUDA device that its driver can use; use 'cpu' or 'auto'")
    return "cuda" if asked == "cuda" else "cpu"


def cuda_devices() -> int:
    """CUDA devices that the driver offers; asks the driver itself, since importing torch takes seconds."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value
