"""The exception tree and its exit codes. Only faults of ours or of whoever runs us are exceptions; a student's failure is a verdict."""

EXIT_DONE = 0
EXIT_BELOW = 1
"""The work was done and its outcome is bad: below --fail-under, or verify, doctor or release found a fault."""
EXIT_USAGE = 2
EXIT_FAULT = 3
EXIT_INTERRUPTED = 130
"""What shells make of Ctrl-C: 128 and the signal's number."""


class AutograderError(Exception):
    """Base of everything raised on purpose; `exit_code` is what the command line ends with."""

    exit_code = EXIT_FAULT


class UsageError(AutograderError):
    """The caller asked for something that can't be done as asked."""

    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """A setting is unknown, ill-typed or out of range."""


class AssignmentError(UsageError):
    """An assignment's own files are missing or contradict each other."""


class MissingExtraError(UsageError):
    """A package or program that this command needs is not installed; the message holds the line that installs it."""


class SubmissionError(AutograderError):
    """A submission can't be read as a notebook of the assignment; it becomes a rejected report, never a crash.

    Args:
        message_id: entry of the message catalogue, such as "notebook.not_json".
        params: what the message names; JSON values only.
    """

    def __init__(self, message_id: str, params: dict[str, str | int | float] | None = None) -> None:
        super().__init__(message_id, params)
        self.message_id = message_id
        self.params = params or {}


class GraderError(AutograderError):
    """A fault of ours: the job is retried, then flagged, never scored 0."""


class SandboxError(GraderError):
    """The box could not be started or broke in a way that no submission can cause."""


class ChecksError(GraderError):
    """A check, reference or mistake of the assignment raised, or asked for what does not exist."""


class ExportError(GraderError):
    """A finished report could not be written in the format asked for."""
