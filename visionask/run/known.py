"""Owns the stretch of a scan in which nothing is sent: one worker at a time looks at what the ledger knows already.

Looking is a read, a digest and a query, all short and most of it under the interpreter's lock. Workers that did it side
by side, and handed on each item, took one and a half times the CPU and 30 times the context switches (2 processors).
So whoever looks goes on until it meets something slow, and hands on what it found many at a time.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MOST = 64  # items handed on together
LONGEST_S = 0.05  # that an item waits for others


class Place(Generic[T]):
    """The place of the one worker that looks. `bring` is called with what it found, and may block."""

    def __init__(self, bring: Callable[[list[T]], None]) -> None:
        self._bring = bring
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._found: list[T] = []
        self._since_s = 0.0

    def enter(self) -> None:
        """Wait for the place; whoever has it keeps it."""
        if not self._is_mine():
            self._lock.acquire()
            self._holder = threading.get_ident()

    def add(self, item: T) -> bool:
        """Take an item of whoever has the place, to be handed on soon; False for anybody else's."""
        if not self._is_mine():
            return False
        if not self._found:
            self._since_s = time.monotonic()
        self._found.append(item)
        if len(self._found) >= MOST or time.monotonic() - self._since_s > LONGEST_S:
            self._hand_on()
        return True

    def leave(self) -> None:
        """Give up the place before anything slow, and hand on what was found; nothing for whoever has it not."""
        if self._is_mine():
            try:
                self._hand_on()
            finally:
                self._holder = None
                self._lock.release()

    def _hand_on(self) -> None:
        found, self._found = self._found, []
        if found:
            self._bring(found)

    def _is_mine(self) -> bool:
        return self._holder == threading.get_ident()
