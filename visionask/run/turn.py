"""Owns an item's place in the pace of a scan: waiting for it, keeping it over several attempts, giving it back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from visionask.core.errors import ApiError

if TYPE_CHECKING:
    from visionask.core.pace import Ticket as PaceTicket
    from visionask.run.scan import Context


class Turn:
    """The leave of the pace to be on the wire, for one attempt after the other."""

    def __init__(self, context: Context, tokens: int) -> None:
        self._context, self._tokens = context, tokens
        self._ticket: PaceTicket | None = context.pace.reserve(tokens)
        self.is_used = False

    def wait(self) -> bool:
        """Wait until the request may start; False when the scan was stopped first."""
        pace, stop = self._context.pace, self._context.stop
        assert self._ticket is not None
        while (seconds := pace.wait_s(self._ticket, now_s=time.monotonic())) > 0:
            if stop.wait(seconds):
                self.give_back()
                return False
        return True

    def again(self) -> None:
        """Wait for another attempt: the one before failed, so fewer go at a time. Raises ApiError when stopped."""
        if self._ticket is not None:
            self._context.pace.limited(self._ticket, now_s=time.monotonic(), wait_s=0)
        self._ticket = self._context.pace.reserve(self._tokens)
        if not self.wait():
            raise ApiError("the scan was stopped before the next try", "run it again")

    def end(self, tokens: int | None = None) -> None:
        """Leave the wire; again does nothing."""
        if self._ticket is not None:
            self._context.pace.settle(self._ticket, tokens=tokens)
            self._ticket = None

    def give_back(self) -> None:
        """Leave the line without having sent anything."""
        if self._ticket is not None:
            self._context.pace.refund(self._ticket)
            self._ticket = None
