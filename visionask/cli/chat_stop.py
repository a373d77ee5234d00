"""Owns what Ctrl-C does while an answer is on its way: it breaks in where it may, and else waits until it may."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Interrupts:
    """Ctrl-C for one turn after the other. Used from the main thread."""

    def __init__(self) -> None:
        self._is_allowed, self._is_pending, self._depth = True, False, 0

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Take Ctrl-C over for one turn; one that is ignored (nohup) stays so."""
        self._is_allowed, self._is_pending, self._depth = True, False, 0
        before = signal.getsignal(signal.SIGINT)
        if before is signal.SIG_IGN:
            yield
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextlib.contextmanager
    def allowed(self, is_allowed: bool, /) -> Iterator[None]:
        """Let Ctrl-C raise KeyboardInterrupt in the block, or not. What came after the last such block is forgotten."""
        before, self._is_allowed = self._is_allowed, is_allowed
        self._depth += 1
        try:
            self._break_in()
            yield
        finally:
            self._is_allowed = before
            self._depth -= 1
            if not self._depth:
                self._is_pending = False
        self._break_in()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._is_pending = True
        self._break_in()

    def _break_in(self) -> None:
        if self._is_allowed and self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt


class NoInterrupts:
    """Ctrl-C ends the command, as in any other: there is no terminal to go on with."""

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        yield

    @contextlib.contextmanager
    def allowed(self, _is_allowed: bool, /) -> Iterator[None]:
        yield
