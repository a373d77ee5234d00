"""Owns what signals do to a command that has answers under way: the first ends it in order, the second at once."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextlib.contextmanager
def ending_in_order(on_first: Callable[[int], None]) -> Iterator[None]:
    """Hand the first signal's number to `on_first`, and end at the second: by KeyboardInterrupt, or SystemExit.

    `on_first` runs between any two steps of the main thread, so it may take no lock and print nothing. A signal that
    is ignored (nohup, a background job of a script) stays so.
    """
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) == 1:
            on_first(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            sys.exit(128 + number)

    before = {}
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
