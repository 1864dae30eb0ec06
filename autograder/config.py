"""Settings: what a teacher or an administrator chooses. The one module that reads the environment; everything below takes arguments.

| setting | flag | environment | default |
|---|---|---|---|
| secret | none | AUTOGRADER_SECRET | `.autograder/secret` beside the course, made on first use |
| device | `--device` | AUTOGRADER_DEVICE | auto |
| GPUs that are not there | none | AUTOGRADER_DECLARED_GPUS | 0; to try how work is handed out where there is no GPU |
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
_MOST_DEVICES = 255  # an exit code holds no more


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
        gpus: names of those that torch assignments are handed out to, one at a time each; where other machines grade, one that stands for
            all of theirs.
        declared: the GPUs are declared and not there; the device is "cpu" then, and reports say so.
    """

    secret: Secret
    device: str = "cpu"
    gpus: tuple[str, ...] = ()
    declared: bool = False


def load(course: Path, environ: Mapping[str, str], *, device: str | None = None, elsewhere: bool = False) -> Settings:
    """Settings for `course`: flags win over `environ`, which wins over defaults.

    Args:
        course: the folder that holds solutions/.
        environ: of the process.
        device: as the flag says.
        elsewhere: other machines grade, so that it does not count which GPUs are here.

    Raises:
        ConfigError: a value can't be used; the message names it and what is wanted.
    """
    asked = device or environ.get("AUTOGRADER_DEVICE") or "auto"
    if declared := _declared(environ):
        if asked == "cuda":
            return Settings(_secret(course, environ), gpus=tuple(f"declared-{number}" for number in range(declared)), declared=True)
        raise ConfigError(f"AUTOGRADER_DECLARED_GPUS is for device 'cuda' alone, and it is {asked!r}")
    found = _device(asked, elsewhere=elsewhere)
    gpus = range(1 if elsewhere else cuda_devices()) if found == "cuda" else ()
    return Settings(_secret(course, environ), found, tuple(map(str, gpus)))


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


def _declared(environ: Mapping[str, str]) -> int:
    given = environ.get("AUTOGRADER_DECLARED_GPUS") or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= 3):
        raise ConfigError(f"AUTOGRADER_DECLARED_GPUS: got {given!r}, wanted a number of GPUs")
    return int(given)


def _device(asked: str, *, elsewhere: bool) -> str:
    if asked not in DEVICES:
        raise ConfigError(f"device: got {asked!r}, wanted one of {', '.join(DEVICES)}")
    if asked == "cuda" and not elsewhere and not cuda_devices():
        raise ConfigError("device: got 'cuda', but this machine has no CUDA device that its driver can use; use 'cpu' or 'auto'")
    return "cuda" if asked == "cuda" else "cpu"


def cuda_devices() -> int:
    """CUDA devices that the driver offers; asks the driver itself, since importing torch takes seconds."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    child = os.fork()  # a process that has begun to use the driver may not be forked, and ours is to be
    if child == 0:
        try:
            count = ctypes.c_int(0)
            failed = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
            os._exit(0 if failed else min(count.value, _MOST_DEVICES))
        finally:
            os._exit(0)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
