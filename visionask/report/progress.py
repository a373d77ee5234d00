"""How far a scan, a batch or a download is, in one line, and the summary of a scan.

The line is redrawn on a terminal and is never wider than it. Where nothing can be written over (a dumb terminal, a
pipe, a file), a line is written now and then.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from visionask.core.format import count, duration, size, usd
from visionask.report.clean import one_line
from visionask.report.human import DRIFT

if TYPE_CHECKING:
    from collections import Counter
    from decimal import Decimal

    from visionask.core.request import Outcome
    from visionask.core.retry import Waits
    from visionask.report.console import Console

REDRAWN_S, PLAIN_S = 0.2, 30.0  # between two lines


class Progress:
    """The line. `is_shown` is --progress or --no-progress."""

    def __init__(self, console: Console, *, is_shown: bool | None = None) -> None:
        self._console = console
        self._is_hidden = is_shown is False or console.is_quiet
        self.is_redrawn = console.err.isatty() and not console.is_dumb
        self._written_at = time.monotonic()
        self._is_on_screen = False

    @property
    def columns(self) -> int | None:
        """How wide a line may be; None where it is not redrawn, and so may wrap."""
        return self._console.talk_columns if self.is_redrawn else None

    def is_due(self) -> bool:
        """Return whether it is time to write."""
        wait = REDRAWN_S if self.is_redrawn else PLAIN_S
        return not self._is_hidden and time.monotonic() - self._written_at >= wait

    def write(self, line: str) -> None:
        """Write the line, which is safe, whether or not it is time to."""
        if self._is_hidden:
            return
        self._written_at = time.monotonic()
        if self.is_redrawn:
            self._console.redraw(line)
            self._is_on_screen = True
        else:
            self._console.note(line)

    def clear(self) -> None:
        """Take the line off the screen, so that something else can be written."""
        if self._is_on_screen:
            self._console.redraw("")
            self._is_on_screen = False

    def leave(self) -> None:
        """Leave the line on the screen, and go on below it."""
        if self._is_on_screen:
            self._console.end_redrawn()
            self._is_on_screen = False


class Rounds:
    """The progress of several scans, one after the other: "12 of 400", and what is waited for."""

    def __init__(self, console: Console, whole: int) -> None:
        self._console, self._progress, self._whole = console, Progress(console), whole

    def show(self, done: int, waits: Waits | None) -> None:
        """Show that so many items are done."""
        if self._progress.is_due():
            waiting = "" if waits is None else waits.line(now_s=time.monotonic())
            self._progress.write(" · ".join(filter(None, [f"{done:,} of {self._whole:,}", waiting])))

    def warn(self, text: str) -> None:
        """Write a warning above the line."""
        self._progress.clear()
        self._console.warn(text)

    def clear(self) -> None:
        """Take the line off the screen."""
        self._progress.clear()


class Download:
    """Shows how much of each file has arrived: a line a file."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._name = progress, ""

    def show(self, name: str, done_bytes: int, size_bytes: int | None) -> None:
        """Show that so many bytes of a file are here, of `size_bytes` where that is known."""
        is_new = name != self._name
        if is_new:
            self._progress.leave()
            self._name = name
        is_end = self._progress.is_redrawn and done_bytes == size_bytes
        if is_new or is_end or self._progress.is_due():
            of = "" if size_bytes is None else f" of {size(size_bytes)}"
            self._progress.write(f"{one_line(name)}: {size(done_bytes)}{of}")


class Uploads:
    """How much of the files that are on their way is sent, all together."""

    def __init__(self) -> None:
        self._sent: dict[str, tuple[int, int]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent yet."""
        return not self._sent

    def line(self, path: str, done_bytes: int, size_bytes: int) -> str:
        """Return the line, now that so many bytes of a file are sent."""
        self._sent[path] = done_bytes, size_bytes
        under_way = [name for name, (done, whole) in self._sent.items() if done < whole]
        what = count(len(under_way), "file")
        if len(under_way) <= 1:
            what = one_line(os.path.basename(under_way[0] if under_way else path))
        done, whole = (sum(sizes) for sizes in zip(*self._sent.values(), strict=True))
        return f"uploading {what}: {size(done)} of {size(whole)}"


def writing_line(images: int, expected: int, *, requests: int, size_bytes: int) -> str:
    """Return how many of the images of a batch are written."""
    return f"{images:,} of {expected:,} · {count(requests, 'request')} · {size(size_bytes)}"


def spent(amount: Decimal, unpriced: int, of: Decimal | None = None) -> str:
    """Return what was spent so far, and of how much: "$0.25 of $1.50", or "$?" where only unknown prices were paid."""
    so_far = usd(amount) if amount or not unpriced else "$?"
    return so_far + (" + ?" if amount and unpriced else "") + ("" if of is None else f" of {usd(of)}")


def waiting_line(expected: int, waiting: str, *, items: int, failed: int, money: str) -> str:
    """Return how far a scan is while it waits: `waiting` stands where its rate and the time that is left would."""
    return " · ".join([f"{items:,} of {expected:,}", f"{failed:,} failed", waiting, money])


def scan_line(  # noqa: PLR0913 - the figures of one line
    expected: int, *, done: int, failed: int, cached: int, money: str, seconds: float, columns: int | None = None
) -> str:
    """Return how far a scan of `expected` items is after `seconds`; `money` is what was spent, and of how much.

    Where `columns` are too few for all of it, what is cached goes first, then the rate, then the money.
    """
    items = done + failed
    asked = items - cached
    rate = asked / max(seconds, 1e-6)
    told = {"items": f"{items:,} of {expected:,}", "failed": f"{failed:,} failed", "cached": f"{cached:,} cached"}
    told |= {"rate": f"{rate:.1f}/s", "money": money}
    if asked and items < expected:
        told["left"] = f"{duration((expected - items) / rate)} left"
    for name in ("cached", "rate", "money"):
        if columns is not None and len(" · ".join(told.values())) >= columns:
            del told[name]
    return " · ".join(told.values())


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
    money = [usd(spent_usd)] if spent_usd or not unpriced else []
    money += [f"{count(unpriced, 'answer')} of unknown price"] if unpriced else []
    bill = " and ".join(money)
    origin = "cached" if cached_in == "the ledger" else f"from {one_line(cached_in)}"
    lines = [f"{count(done, 'answer')} ({cached:,} {origin}), {failed.total():,} failed · {bill}"]
    return lines + failure_lines(failed)


UNREADABLE_HINT = "what failed cannot be read: replace it, or leave it out with --exclude"


def failure_lines(failed: Counter[str]) -> list[str]:
    """Return how many failed of each kind: "  corrupt image: 2"."""
    return [f"  {code.replace('_', ' ')}: {number:,}" for code, number in failed.most_common()]
