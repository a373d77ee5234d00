"""Owns the stopping of an answer by Ctrl-C: it ends the answer, and loses neither its money nor the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import IncompleteAnswer
from visionask.core.request import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from visionask.core.request import Attempt, Request
    from visionask.run.structured import Sender


class Stopping(Protocol):
    """Says whether Ctrl-C may break in. Where it may not, it waits for the next block inside in which it may."""

    def allowed(self, is_allowed: bool, /) -> AbstractContextManager[None]: ...


class Stoppable:
    """A sender that Ctrl-C stops while it waits: what came by then is the partial answer of an error."""

    def __init__(self, sender: Sender, stopping: Stopping) -> None:
        self._sender, self._stopping = sender, stopping

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        """Send as the sender does. Raises IncompleteAnswer when it was stopped.

        Text is shown and attempts are counted undisturbed: half a line on the terminal, or half a step in the ledger,
        would outlive the answer.
        """
        texts: list[str] = []
        attempts = lost = 0

        def show(text: str) -> None:
            with self._stopping.allowed(False):
                texts.append(text)
                if on_text is not None:
                    on_text(text)

        def begin(attempt: Attempt) -> None:
            nonlocal attempts, lost
            with self._stopping.allowed(False):
                if on_attempt is not None:
                    on_attempt(attempt)
                attempts, lost = attempt.number, lost + attempt.is_maybe_billed

        try:
            with self._stopping.allowed(True):
                return self._sender.send(request, on_text=show, on_attempt=begin)
        except KeyboardInterrupt:
            raise _stopped("".join(texts), attempts=attempts, lost=lost) from None


def _stopped(text: str, *, attempts: int, lost: int) -> IncompleteAnswer:
    error = IncompleteAnswer(
        "stopped: the answer is not complete, and no part of the conversation", "go on, or ask again"
    )
    error.attempts, error.maybe_billed = attempts, lost
    if attempts:
        error.partial = Answer(text=text, finish_reason=None, attempts=attempts, maybe_billed=lost)
    return error
