"""Owns an item's place in the pace of a scan: waiting for it, keeping it over several attempts, giving it back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from visionask.core.errors import ApiError, RateLimited

if TYPE_CHECKING:
    from visionask.core.errors import VisionaskError
    from visionask.core.pace import Ticket as PaceTicket
    from visionask.run.scan.plan import Context


class Stopped(ApiError):
    """The scan was stopped before this request, or its next attempt, left."""


class Turn:
    """The leave of the pace to be on the wire, for one attempt after the other."""

    def __init__(self, context: Context, tokens: int) -> None:
        self._context, self._tokens = context, tokens
        self._ticket: PaceTicket | None = None
        self._has_started = False

    def wait(self) -> bool:
        """Wait in the line until a request may start; False, and out of the line, when the scan was stopped first."""
        pace, stop = self._context.pace, self._context.stop
        if self._ticket is None:
            self._ticket = pace.reserve(self._tokens)
        while not stop.is_set():
            seconds = pace.wait_s(self._ticket, now_s=time.monotonic())
            if seconds <= 0:
                self._has_started = True
                return True
            stop.wait(seconds)
        self.give_back()
        return False

    def again(self, after: VisionaskError | None) -> None:
        """Wait for another attempt. Fewer go at a time after a rate limit; a passing fault says nothing of how many are
        too many, and the client waits before it comes here. Raises Stopped."""
        pace = self._context.pace
        if self._ticket is not None and self._has_started:
            if isinstance(after, RateLimited):
                pace.limited(self._ticket, now_s=time.monotonic(), wait_s=0)
            else:
                pace.settle(self._ticket, tokens=0)
            self._ticket, self._has_started = None, False
        if not self.wait():
            raise Stopped("the scan was stopped before the next try", "run it again")

    def end(self, tokens: int | None = None) -> None:
        """Leave the wire, or the line where nothing was sent; again does nothing."""
        if self._ticket is not None and self._has_started:
            self._context.pace.settle(self._ticket, tokens=tokens)
            self._ticket, self._has_started = None, False
        self.give_back()

    def give_back(self) -> None:
        """Leave the line without having sent anything; again does nothing."""
        if self._ticket is not None:
            self._context.pace.refund(self._ticket)
        self._ticket, self._has_started = None, False
