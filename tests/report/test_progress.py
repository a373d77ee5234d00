"""The progress line: written over on a terminal, however narrow; lines of their own where nothing can be."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import termios
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from visionask.report.console import Console
from visionask.report.progress import Download, Progress, Uploads, scan_line, spent, writing_line

if TYPE_CHECKING:
    from collections.abc import Callable


def written(columns: int, show: Callable[[Console], None], *, is_dumb: bool = False) -> str:
    """Return what is written to a terminal of this width."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as err:
        show(Console(out=err, err=err, is_dumb=is_dumb, is_plain=True))
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells that the other side is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    return shown.decode()


def drawn(columns: int, show: Callable[[Console], None]) -> list[str]:
    """Return what each drawing of the line shows."""
    return [line.removesuffix("\x1b[K") for line in written(columns, show).split("\r") if line]


def scan(console: Console) -> None:
    """Draw the line of a scan, and take it off the screen."""
    progress, started = Progress(console), time.monotonic()
    while not progress.is_due():
        assert time.monotonic() - started < 10
    progress.write(scan_line(12_345, done=1_000, failed=2, cached=3, money="$0.25 of $1.50", seconds=10.0))
    progress.clear()


@pytest.mark.parametrize("columns", [20, 40])
def test_the_line_of_a_scan_fits_a_narrow_terminal(columns: int) -> None:
    line, nothing = drawn(columns, scan)
    assert line.startswith("1,002 of 12,345 · ")
    assert len(line) == columns - 1
    assert nothing == ""


def test_the_line_of_a_scan_is_whole_where_there_is_room() -> None:
    assert drawn(200, scan)[0] == ("1,002 of 12,345 · 2 failed · 3 cached · 99.9/s · $0.25 of $1.50 · 114 s left")


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (77, "1,002 of 12,345 · 2 failed · 3 cached · 99.9/s · $0.25 of $1.50 · 114 s left"),
        (76, "1,002 of 12,345 · 2 failed · 99.9/s · $0.25 of $1.50 · 114 s left"),
        (50, "1,002 of 12,345 · 2 failed · 114 s left"),
    ],
)
def test_of_a_narrow_terminal_the_time_that_is_left_stays(columns: int, line: str) -> None:
    figures = {"done": 1_000, "failed": 2, "cached": 3, "seconds": 10.0}
    assert scan_line(12_345, **figures, money="$0.25 of $1.50", columns=columns) == line  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "unpriced", "of", "text"),
    [("0", 0, None, "$0"), ("0", 2, None, "$?"), ("0.25", 2, "1.50", "$0.25 + ? of $1.50"), ("0", 0, "0", "$0 of $0")],
)
def test_what_an_answer_of_unknown_price_costs_is_not_nothing(
    amount: str, unpriced: int, of: str | None, text: str
) -> None:
    assert spent(Decimal(amount), unpriced, None if of is None else Decimal(of)) == text


def test_a_wide_name_takes_two_cells_a_character() -> None:
    def show(console: Console) -> None:
        Download(Progress(console)).show("日本語日本語日本語日本語", 5_000_000, 10_000_000)

    assert drawn(20, show) == ["日本語日本語日本語 "]


def test_each_file_of_a_download_has_a_line() -> None:
    def show(console: Console) -> None:
        progress = Progress(console)
        download = Download(progress)
        for name in ("a.gguf", "a.gguf", "b.gguf"):
            download.show(name, 1_000_000, 2_000_000)
        progress.leave()

    assert written(80, show).split("\n") == [
        "\ra.gguf: 1 MB of 2 MB\x1b[K\r", "\rb.gguf: 1 MB of 2 MB\x1b[K\r", ""
    ]  # fmt: skip


def batch(console: Console) -> None:
    """Draw the lines of a batch."""
    progress, uploads = Progress(console), Uploads()
    progress.write(writing_line(10, 20, requests=10, size_bytes=2_000_000))
    progress.write(uploads.line(f"{'long-' * 40}.jsonl", 1_000_000, 2_000_000))
    progress.clear()


def test_nothing_is_written_over_on_a_dumb_terminal() -> None:
    shown = written(80, batch, is_dumb=True)
    assert "\x1b" not in shown
    assert shown.splitlines()[0] == "10 of 20 · 10 requests · 2 MB"
    assert not shown.replace("\r\n", "").count("\r")


def test_the_lines_of_a_batch_fit_a_narrow_terminal() -> None:
    assert all(len(line) < 40 for line in drawn(40, batch))


@pytest.mark.parametrize(("is_quiet", "is_shown"), [(True, None), (False, False)])
def test_no_progress_is_shown_to_who_wants_none(is_quiet: bool, is_shown: bool | None) -> None:
    def show(console: Console) -> None:
        Progress(console._replace(is_quiet=is_quiet), is_shown=is_shown).write("10 of 20")

    assert written(80, show) == ""
