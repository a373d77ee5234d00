"""The way to the generator, whose folder is no package."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "completions"
sys.path.insert(0, str(FOLDER))

from generate import WRITERS  # noqa: E402
from man import pages  # noqa: E402
from tree import Command, Value, read_app  # noqa: E402

__all__ = ["FOLDER", "WRITERS", "Command", "Value", "pages", "read_app"]
