"""Owns the redrawn lines on a terminal: each is written over the last, however narrow the window."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import termios
from decimal import Decimal

import pytest

from visionask.report.console import Console
from visionask.report.progress import Progress, ScanProgress


def drawn(columns: int, name: str = "") -> list[str]:
    """Let a download, or a scan, draw once on a terminal of this width; return what each line shows."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as err:
        console = Console(out=err, err=err)
        if name:
            Progress(console).show(name, 5_000_000, 10_000_000)
        else:
            scan = ScanProgress(console, expected=12_345, projected_usd=Decimal("1.5"), is_shown=True)
            while not scan._is_on_screen:
                scan.show(done=1_000, failed=2, cached=3, spent_usd=Decimal("0.25"))
            scan.clear()
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells that the other side is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    text = shown.decode()
    return [line.removesuffix("\x1b[K") for line in text.split("\r") if line]


@pytest.mark.parametrize("columns", [20, 40])
def test_the_line_of_a_scan_fits_a_narrow_terminal(columns: int) -> None:
    line, nothing = drawn(columns)
    assert line.startswith("1,002 of 12,345 · ")
    assert len(line) == columns - 1
    assert nothing == ""


def test_the_line_of_a_scan_is_whole_where_there_is_room() -> None:
    assert " · 2 failed · 3 cached · " in (line := drawn(200)[0])
    assert line.endswith(" left")


def test_a_wide_name_takes_two_cells_a_character() -> None:
    assert drawn(20, "日本語日本語日本語日本語") == ["日本語日本語日本語 "]
