"""From what names a Dask scheduler to a connection with it, or to a sentence that says why there is none."""

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from autograder.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from distributed import Client

REACH_SECONDS = 2.0
"""What it may take to reach a scheduler at first; with what is imported before, whoever asked is told within ten on a busy machine too."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def url_of(address: str) -> str:
    """The URL of a scheduler that is named by it, or by a scheduler file.

    Raises:
        UsageError: it is no URL of one.
    """
    if Path(address).is_file():
        try:
            address = str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError, KeyError, TypeError):
            raise UsageError(f"--scheduler {address}: it is not a file that a Dask scheduler wrote") from None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"tls", "tcp"} and parts.hostname and parts.port
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"--scheduler: got {address!r}, wanted a URL such as tls://10.0.0.1:8786, or a scheduler's file")
    if parts.scheme == "tcp" and parts.hostname not in _LOOPBACK:
        raise UsageError(
            f"--scheduler {address}: the secret and the students' work would cross the network in clear; start the cluster with TLS"
        )
    return address


def connect(address: str, seconds: float) -> "Client":
    """A client of the scheduler. Certificates are those of Dask's own configuration.

    Raises:
        UsageError: it can't be reached.
        MissingExtraError: Dask is not installed.
    """
    try:
        import dask  # noqa: PLC0415 - an extra
        from distributed import Client, Security  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{error.name} is not installed; clusters need it: pip install 'gradient-autograder[dask]'") from None
    try:
        if address.startswith("tls:") and Security().get_connection_args("client")["ssl_context"] is None:
            raise UsageError(f"--scheduler {address}: Dask has no certificates here; wanted ca-file, cert and key in its configuration")
        parts = urlsplit(address)
        socket.create_connection((parts.hostname, parts.port), timeout=seconds).close()  # Dask itself takes all of its time to say no
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            return Client(address, timeout=seconds, set_as_default=False, name="autograder")
    except (OSError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or str(error).partition(" to ")[0].removesuffix(" trying") or type(error).__name__
        raise UsageError(f"--scheduler {address}: it can't be reached: {why}") from None
