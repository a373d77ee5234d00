"""Owns the lines that are redrawn while a batch is written and uploaded; elsewhere than on a terminal, few of them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from visionask.report.clean import one_line
from visionask.report.human import count, size

if TYPE_CHECKING:
    from visionask.report.console import Console

REDRAW_S, PLAIN_S = 0.2, 30.0


class RedrawnLine:
    """One line on a terminal; a line now and then elsewhere, the first one `first_s` after the beginning."""

    def __init__(self, console: Console, *, first_s: float) -> None:
        self._console, self._is_drawn = console, console.err.isatty()
        self._told = time.monotonic() - (REDRAW_S if self._is_drawn else PLAIN_S) + first_s
        self._is_on_screen = False

    def is_due(self) -> bool:
        """Tell whether it is time to write."""
        if self._console.is_quiet:
            return False
        return time.monotonic() - self._told >= (REDRAW_S if self._is_drawn else PLAIN_S)

    def write(self, line: str) -> None:
        """Write the line, which is safe."""
        self._told = time.monotonic()
        if self._is_drawn:
            self._console.err.write(f"\r{line}\x1b[K")
            self._console.err.flush()
            self._is_on_screen = True
        else:
            self._console.note(line)

    def clear(self) -> None:
        """Take the line off the screen."""
        if self._is_on_screen:
            self._console.err.write("\r\x1b[K")
            self._console.err.flush()
            self._is_on_screen = False


class WritingLine(RedrawnLine):
    """How many of the images are written."""

    def __init__(self, console: Console, expected: int) -> None:
        super().__init__(console, first_s=REDRAW_S if console.err.isatty() else PLAIN_S)
        self._expected = expected

    def show(self, images: int, lines: int, size_bytes: int) -> None:
        """Tell how far it is, if it is time to."""
        if self.is_due():
            self.write(f"{images:,} of {self._expected:,} · {count(lines, 'request')} · {size(size_bytes)}")


class UploadLine(RedrawnLine):
    """How much of the files that are on their way is sent, all together."""

    def __init__(self, console: Console) -> None:
        super().__init__(console, first_s=0.0)
        self._sent: dict[str, tuple[int, int]] = {}

    def show(self, path: str, done_bytes: int, size_bytes: int) -> None:
        """Tell that so many bytes of a file are sent, if it is time to."""
        self._sent[path] = done_bytes, size_bytes
        if not self.is_due():
            return
        under_way = [name for name, (done, whole) in self._sent.items() if done < whole]
        what = count(len(under_way), "file")
        if len(under_way) <= 1:
            what = one_line(os.path.basename(under_way[0] if under_way else path))
        done, whole = (sum(sizes) for sizes in zip(*self._sent.values(), strict=True))
        self.write(f"uploading {what}: {size(done)} of {size(whole)}")
