"""Owns the most that one request of a scan may cost, where a budget is to be held.

The projection is of the input alone without `--max-tokens`, and a guess for some models and servers. So each request
reserves what the dearest one so far was billed, if that is more, and until one was billed, requests go one at a time:
eight that start together could pass a budget unseen.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

LOOK_S = 0.2  # between looks at whether the scan was stopped


class Ceiling:
    """What requests of one scan were billed at most. Threads share it."""

    def __init__(self, *, is_needed: bool) -> None:
        self._is_needed = is_needed
        self._dearest: Decimal | None = None
        self._lock = threading.Lock()  # of the figure
        self._alone = threading.Lock()  # held by the one request that goes while nothing is known

    def knows(self) -> bool:
        """Tell whether a request may go beside others."""
        return not self._is_needed or self._dearest is not None

    def enter(self, stop: threading.Event) -> bool:
        """Wait while another request finds out what one costs. True: this one goes alone, and `leave` ends it."""
        while not self.knows() and not stop.is_set():
            if self._alone.acquire(timeout=LOOK_S):
                if not self.knows():
                    return True
                self._alone.release()
        return False

    def leave(self) -> None:
        """Let the next request go."""
        self._alone.release()

    def reserve(self, usd: Decimal | None) -> Decimal | None:
        """Return what to reserve for a request that is projected at `usd`."""
        return usd if usd is None or self._dearest is None else max(usd, self._dearest)

    def learn(self, usd: Decimal | None) -> None:
        """Take note of a bill."""
        if usd is not None and self._is_needed:
            with self._lock:
                self._dearest = usd if self._dearest is None else max(self._dearest, usd)
