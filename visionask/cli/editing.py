"""Owns the question whether to go on with a file that was edited and is wrong."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visionask.core.errors import VisionaskError
    from visionask.report.console import Console


def edits_again(error: VisionaskError, console: Console) -> bool:
    """Show what is wrong, and ask whether to open the editor again; without a terminal to ask on: no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    console.error(error)
    sys.stderr.write("Edit it again? [Y/n] ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    return bool(line) and line.strip().lower() not in ("n", "no")
