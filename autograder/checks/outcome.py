"""How a check ends before its end: with a verdict and messages. Raised deep, caught once, in collection."""

from autograder.model import Message, Verdict


class CheckEndedError(Exception):
    """The check is decided. Not an error of ours: student code returned, raised or did something that ends it.

    Args:
        verdict: what the check comes to.
        messages: what the student is told.
        exchange: number of the call, in the order of calls, whose result decided; None when no single one did.
    """

    def __init__(self, verdict: Verdict, *messages: Message, exchange: int | None = None) -> None:
        super().__init__(verdict, *messages)
        self.verdict = verdict
        self.messages = messages
        self.exchange = exchange
