"""The progress of a download: a redrawn line on a terminal, a line a file elsewhere.

The lines that are redrawn while a batch is written and uploaded; elsewhere than on a terminal, few of them.

What a running scan shows: one redrawn line on a terminal, a line now and then elsewhere, and the summary.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Self

from visionask.report.clean import one_line
from visionask.report.human import DRIFT, count, size, usd

if TYPE_CHECKING:
    from collections import Counter
    from decimal import Decimal
    from types import TracebackType

    from visionask.core.request import Outcome
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


BATCH_REDRAW_S, PLAIN_S = 0.2, 30.0


class RedrawnLine:
    """One line on a terminal; a line now and then elsewhere, the first one `first_s` after the beginning."""

    def __init__(self, console: Console, *, first_s: float) -> None:
        self._console, self._is_drawn = console, console.err.isatty()
        self._told = time.monotonic() - (BATCH_REDRAW_S if self._is_drawn else PLAIN_S) + first_s
        self._is_on_screen = False

    def is_due(self) -> bool:
        """Tell whether it is time to write."""
        if self._console.is_quiet:
            return False
        return time.monotonic() - self._told >= (BATCH_REDRAW_S if self._is_drawn else PLAIN_S)

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
        super().__init__(console, first_s=BATCH_REDRAW_S if console.err.isatty() else PLAIN_S)
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


SCAN_REDRAW_S = 0.2


SCAN_PLAIN_S = 30.0  # between lines where nothing can be redrawn


class ScanProgress:
    """Shows how far a scan is. `expected` is the number of items, `projected_usd` what all of it may cost."""

    def __init__(
        self, console: Console, *, expected: int, projected_usd: Decimal | None, is_shown: bool | None
    ) -> None:
        self._console, self._expected, self._projected = console, expected, projected_usd
        self._is_drawn = is_shown is not False and console.err.isatty() and not console.is_dumb
        self._is_plain = not self._is_drawn and is_shown is not False
        self._started = self._told = time.monotonic()
        self._is_on_screen = False

    def show(self, *, done: int, failed: int, cached: int, spent_usd: Decimal) -> None:
        """Tell how far it is, if it is time to."""
        now = time.monotonic()
        if self._console.is_quiet or now - self._told < (SCAN_REDRAW_S if self._is_drawn else SCAN_PLAIN_S):
            return
        self._told = now
        line = self._line(now, done=done, failed=failed, cached=cached, spent_usd=spent_usd)
        if self._is_drawn:
            self._console.redraw(line)
            self._is_on_screen = True
        elif self._is_plain:
            self._console.note(line)

    def clear(self) -> None:
        """Take the line off the screen, so that something else can be written."""
        if self._is_on_screen:
            self._console.redraw("")
            self._is_on_screen = False

    def _line(self, now: float, *, done: int, failed: int, cached: int, spent_usd: Decimal) -> str:
        items = done + failed
        asked = items - cached
        rate = asked / max(now - self._started, 1e-6)
        parts = [f"{items:,} of {self._expected:,}", f"{failed:,} failed", f"{cached:,} cached", f"{rate:.1f}/s"]
        projected = "" if self._projected is None else f" of {usd(self._projected)}"
        parts.append(f"{usd(spent_usd)}{projected}")
        if asked and items < self._expected:
            parts.append(f"{duration((self._expected - items) / rate)} left")
        return " · ".join(parts)


class DriftSum:
    """Sums the input tokens that a scan was billed, and those projected for the same requests."""

    def __init__(self) -> None:
        self._billed = self._projected = 0

    def add(self, outcome: Outcome) -> None:
        """Take an item in; one that was not asked now, or of which either is not known, tells nothing."""
        if outcome.is_cached or outcome.answer is None or outcome.planned is None:
            return
        usage, projected = outcome.answer.observed, outcome.planned.projection.input_tokens
        if usage is not None and usage.input_tokens is not None and projected is not None:
            self._billed += usage.input_tokens
            self._projected += projected

    @property
    def line(self) -> str | None:
        """Set billed against projected; None where they agree within 2%."""
        if abs(self._billed - self._projected) <= DRIFT * self._projected:
            return None
        return f"billed {self._billed:,} tokens in against {self._projected:,} projected"


def duration(seconds: float) -> str:
    """Write a time in the two units that matter: "42 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def summary_lines(
    *,
    done: int,
    cached: int,
    failed: Counter[str],
    spent_usd: Decimal,
    unpriced: int,
    cached_in: str = "the ledger",
) -> list[str]:
    """Write how a scan ended: answers, money, and every class of failure with its count."""
    money = usd(spent_usd) + (f" and {count(unpriced, 'answer')} of unknown price" if unpriced else "")
    lines = [f"{count(done, 'answer')} ({cached:,} from {one_line(cached_in)}), {failed.total():,} failed · {money}"]
    lines += [f"  {number:,} x {code}" for code, number in failed.most_common()]
    return lines
