"""What the sources hand to `collecting`: one notebook, or the fault that stands in its place."""

from dataclasses import dataclass
from typing import Final

from autograder.model import Message

MAX_BYTES: Final = 32 << 20
"""Of one notebook; notebook.reading refuses the same, but here nothing larger is even read into memory."""


@dataclass(frozen=True)
class Found:
    """A notebook at `parts` (its place in the source, component by component): its content, or the fault that came instead."""

    parts: tuple[str, ...]
    content: bytes | None
    fault: Message | None = None
    folder: bool = False
    """`parts` is a folder's: one that could not be listed, or, without a fault, one that was merely passed through."""


def faulty(parts: tuple[str, ...], message_id: str, **params: str | int) -> Found:
    """A `Found` with a fault that names its place and `params`."""
    return Found(parts, None, Message(message_id, {"name": "/".join(parts), **params}))


def too_large(parts: tuple[str, ...], got_bytes: int) -> Found:
    """The fault of a notebook over the cap."""
    return Found(parts, None, Message("notebook.too_large", {"got_bytes": got_bytes, "limit_bytes": MAX_BYTES}))


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether the place is hidden, or a folder of checkpoints, of compiled code or of macOS's resource forks."""
    return any(part.startswith(".") or part in ("__MACOSX", "__pycache__") for part in parts)


def is_wanted(parts: tuple[str, ...]) -> bool:
    """Whether the place is that of a notebook somebody wrote."""
    return not is_hidden(parts) and parts[-1].lower().endswith(".ipynb")
