"""Owns the sending of one request of a scan: its claim and its money, every attempt, and the answer into the ledger."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from visionask.core.errors import BadReply, BudgetError, IncompleteAnswer, StateError, TimedOut, VisionaskError
from visionask.run.scan.turn import Stopped, Turn
from visionask.store.values import MoneyHeld, Taken, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.request import Answer, Attempt, Request
    from visionask.run.scan.plan import Context
    from visionask.store.values import Intent, StoredAnswer

ASK_AGAIN = 2  # times more, when a reply was cut or lost: it may be billed, and the budget is asked again
HELD_S = 0.2  # between looks at a key that another worker or process is asking, or at money that is held
PATIENCE_S = 3.0  # for such a key; then other items take the worker: whoever is asking may be stalled, or stopped


class Sending:
    """One request on its way. What it cost in attempts is counted over all of them, whoever made them."""

    def __init__(self, context: Context, intent: Intent, check: Callable[[], None]) -> None:
        """`check` raises RejectedError where the same was refused meanwhile to whoever asked it."""
        self._context, self._intent, self._check = context, intent, check
        self._turn = Turn(context, intent.projected_input_tokens or 0)
        self._ticket: Ticket | None = None
        self.attempts = self.maybe_billed = 0
        self.started_s = time.monotonic()

    @property
    def ticket(self) -> Ticket:
        """The claim, once `claim` has got one."""
        assert self._ticket is not None
        return self._ticket

    def claim(self) -> Ticket | StoredAnswer | Taken | None:
        """Wait for the pace, the money and the key, then commit the intent. None where the scan was stopped.

        The answer, where somebody else has got it meanwhile; Taken, where they are still asking when the patience is
        at its end. Where their process dies, its claim ends here within moments. Raises RejectedError where it was
        refused to them, BudgetError, StateError.
        """
        if not self._turn.wait():
            return None
        until_s = time.monotonic() + PATIENCE_S
        begun: Ticket | StoredAnswer | Taken | None = None
        try:
            while begun is None:
                begun = self._begin()
                if isinstance(begun, Ticket):
                    self._ticket, self.started_s = begun, time.monotonic()
                    return begun
                self._turn.give_back()  # whoever asks it, or has the money, has a place of its own on the wire
                if begun is None or (isinstance(begun, Taken) and time.monotonic() < until_s):
                    begun = None
                    if self._context.stop.wait(HELD_S):
                        return None
                    self._check()
        except BaseException:
            self._turn.give_back()
            raise
        return begun

    def send(self, request: Request) -> Answer:
        """Send until there is an answer, not yet in the ledger, or a reason. The request in the ledger stays open.

        Raises VisionaskError: Stopped where nothing was sent, BudgetError and StateError for what ends the scan.
        """
        try:
            if not self._turn.wait():  # given back while somebody else asked
                raise Stopped("the scan was stopped before this request", "run it again")
            for _ in range(ASK_AGAIN):
                try:
                    return self._answer(request)
                except VisionaskError as error:
                    if not _is_lost(error) or self._context.stop.is_set():
                        raise
                    self.maybe_billed += not error.maybe_billed
                    self._renew(error)
            return self._answer(request)
        finally:
            self._turn.end()

    def _begin(self) -> Ticket | StoredAnswer | Taken | None:
        """Try to claim; None where there is no money but what requests under way may leave."""
        try:
            return self._context.ledger.begin(self._intent, asks_again=self._context.scan.asks_again)
        except MoneyHeld:
            return None

    def _renew(self, error: VisionaskError, attempt: Attempt | None = None) -> None:
        """Reserve the money of another attempt: that of the last one may be spent. Raises BudgetError, StateError, and
        what became of the last one where the scan is stopped meanwhile."""
        ledger = self._context.ledger
        while True:
            try:
                if attempt is not None and attempt.is_more:
                    return ledger.extend(self.ticket)
                return ledger.renew(self.ticket, maybe_billed=attempt is None or attempt.is_maybe_billed)
            except MoneyHeld:
                if self._context.stop.wait(HELD_S):
                    raise error from None

    def _answer(self, request: Request) -> Answer:
        before = self.attempts

        def on_attempt(attempt: Attempt) -> None:
            if before or attempt.number > 1:
                self._turn.again(attempt.after)
            elif self._context.stop.is_set():
                raise Stopped("the scan was stopped before this request", "run it again")
            if attempt.after is not None:
                self._renew(attempt.after, attempt)
            self.attempts = before + attempt.number

        try:
            answer = self._context.client.send(request, on_attempt=on_attempt)
        except VisionaskError as error:
            self.maybe_billed += error.maybe_billed
            raise
        self.maybe_billed += answer.maybe_billed
        self._turn.end(None if answer.usage is None else answer.usage.input_tokens)
        return answer


def _is_lost(error: VisionaskError) -> bool:
    """Tell whether the reply was cut or lost on the way, so that asking again may bring it whole."""
    if isinstance(error, IncompleteAnswer):
        return error.partial is None or error.partial.finish_reason is None
    if isinstance(error, BadReply):
        return "(status " not in error.message  # a redirect, or a refusal that cannot be read: it would come again
    return isinstance(error, TimedOut)


def ends_here(error: VisionaskError) -> bool:
    """Tell whether an error is none of the item's own: the money or the ledger has come to its end."""
    return isinstance(error, BudgetError | StateError)
