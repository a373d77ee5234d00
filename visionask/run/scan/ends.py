"""Owns what ends a whole scan: what every item would meet, and a server that is gone.

As many items in a row as there are workers, and 8 at least, that nobody answered, each after all its retries, end the
scan (exit 6). Without that, an outage in the night would fail 100,000 items one by one, and each would wait for its
retries. Run again, the scan goes on with what is not answered.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from visionask.core.errors import (
    ApiError,
    BadRequest,
    ConfigError,
    NoRecording,
    QuotaExhausted,
    ServerFailed,
    TimedOut,
    Unreachable,
    VisionaskError,
)
from visionask.run.final import NOT_FOUND

if TYPE_CHECKING:
    from visionask.core.outcome import Outcome

STOPPING = (ConfigError, QuotaExhausted)  # what the next item would meet too
ABSENT = (Unreachable, TimedOut, ServerFailed)  # what an item meets where no server works
LEAST_ABSENT = 8  # items in a row: fewer may each be a picture that this server cannot bear


class Outage(ApiError):
    """The server is gone: item after item met nobody there."""


def ends_scan(error: VisionaskError) -> bool:
    """Tell whether every other item would meet the same: then the scan stops at once."""
    if isinstance(error, NoRecording):
        return False
    return isinstance(error, STOPPING) or (isinstance(error, BadRequest) and NOT_FOUND in error.message)


class Streak:
    """Items in a row that no server answered. What was not sent tells nothing of the server, and is not counted."""

    def __init__(self, limit: int) -> None:
        self._limit, self._count = limit, 0
        self._lock = threading.Lock()

    def count(self, outcome: Outcome) -> Outage | None:
        """Take note of an item; the outage, once, when it makes the row full."""
        if not outcome.attempts:
            return None
        error = outcome.error
        with self._lock:
            self._count = self._count + 1 if isinstance(error, ABSENT) else 0
            is_full = self._count == self._limit
        if error is None or not is_full:
            return None
        return Outage(
            f"the scan was stopped after {self._limit} images in a row without an answer: {error.message}",
            "see that the server works, then run it again: what is answered is not paid again",
        )
