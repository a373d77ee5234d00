"""Owns what a running scan shows: one redrawn line on a terminal, a line now and then elsewhere, and the summary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from visionask.report.clean import one_line
from visionask.report.human import DRIFT, count, usd

if TYPE_CHECKING:
    from collections import Counter
    from decimal import Decimal

    from visionask.core.outcome import Outcome
    from visionask.report.console import Console

REDRAW_S = 0.2
PLAIN_S = 30.0  # between lines where nothing can be redrawn


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
        if self._console.is_quiet or now - self._told < (REDRAW_S if self._is_drawn else PLAIN_S):
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
