"""Owns the progress of a download: a redrawn line on a terminal, a line a file elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from visionask.report.clean import one_line
from visionask.report.human import size

if TYPE_CHECKING:
    from types import TracebackType

    from visionask.report.console import Console

REDRAW_S = 0.2


class Progress:
    """Shows how much of each file has arrived."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_terminal = console.err.isatty() and not console.is_dumb
        self._name = ""
        self._drawn_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_terminal and self._name and not self._console.is_quiet:
            self._console.err.write("\n")

    def show(self, name: str, done_bytes: int, size_bytes: int | None) -> None:
        """Tell that so many bytes of a file are here, of `size_bytes` where that is known."""
        if self._console.is_quiet:
            return
        of = "" if size_bytes is None else f" of {size(size_bytes)}"
        line = f"{one_line(name)}: {size(done_bytes)}{of}"
        if not self._is_terminal:
            if name != self._name:
                self._console.note(line)
        elif name != self._name or time.monotonic() - self._drawn_at > REDRAW_S or done_bytes == size_bytes:
            start = "\n" if self._name and name != self._name else "\r"
            self._console.redraw(line, start=start)
            self._drawn_at = time.monotonic()
        self._name = name
