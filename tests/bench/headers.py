"""The rows about headers of many files: targets 15 and 16."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tests.bench.measure import Row, pair, pair_calls
from tests.bench.pictures import mixed_folder
from tests.bench.startup import SCRIPT, python

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = """
import os, sys
for entry in os.scandir(sys.argv[1]):
    fd = os.open(entry.path, os.O_RDONLY)
    os.read(fd, 64)
    os.close(fd)
"""
PILLOW = """
import os, sys
from PIL import Image
for entry in os.scandir(sys.argv[1]):
    with Image.open(entry.path) as im:
        im.size
"""


def rows(folder: Path, rounds: int) -> list[Row]:
    """Measure 10,000 files, in this process and as whole processes."""
    from visionask.images.probe import read_file_header

    names = folder / "mixed"
    mixed_folder(names, 10_000)
    paths = [entry.path for entry in os.scandir(names)]

    def ours() -> None:
        for path in paths:
            assert read_file_header(path)

    cost = [SCRIPT, "cost", str(names)]
    return [
        Row("15", "10,000 headers / open, read 64, close", 2.0, pair_calls(ours, lambda: _read(paths), rounds)),
        Row("15", "10,000 headers / Pillow's size", 1 / 8, pair_calls(ours, lambda: _pillow(paths), 3)),
        Row("15", "10,000 headers / imagesize", 0.6, pair_calls(ours, lambda: _imagesize(paths), rounds)),
        Row("16", "cost of 10,000 / floor loop, whole", 3.0, pair(cost, [*python(FLOOR), str(names)], rounds)),
        Row("16", "cost of 10,000 / bare Pillow loop, whole", 0.15, pair(cost, [*python(PILLOW), str(names)], 3)),
        Row(
            "16", "import typer / floor loop, whole", None,
            pair([sys.executable, "-c", "import typer"], [*python(FLOOR), str(names)], rounds), "the part of the start",
        ),
    ]  # fmt: skip


def _read(paths: list[str]) -> None:
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.read(fd, 64)
        os.close(fd)


def _pillow(paths: list[str]) -> None:
    from PIL import Image

    for path in paths:
        with Image.open(path) as im:
            assert im.size


def _imagesize(paths: list[str]) -> None:
    import imagesize

    for path in paths:
        imagesize.get(path)
