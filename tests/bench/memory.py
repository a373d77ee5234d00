"""Owns the rows about memory: targets 13 and 17."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.measure import Row, pair
from tests.bench.pictures import mixed_folder, photograph
from tests.bench.startup import SCRIPT, python

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import sys
from tests.bench.prepare import naive, ours
{name}(open(sys.argv[1], "rb").read(), (1024, 768))
"""


def rows(folder: Path, rounds: int) -> list[Row]:
    """Compare the peaks of whole processes."""
    large = folder / "48mp.jpg"
    photograph((8000, 6000)).save(large, "JPEG", quality=90)
    mixed_folder(folder / "small", 10_000)
    mixed_folder(folder / "big", 100_000)
    return [
        Row(
            "13", "peak, 48 MP JPEG to high / naive", 0.15,
            pair([*python(CODE.format(name="ours")), str(large)], [*python(CODE.format(name="naive")), str(large)], 1,
                 by="peak_kib"),
        ),
        Row(
            "17", "peak, cost of 100,000 / of 10,000", 1.1,
            pair([SCRIPT, "cost", str(folder / "big")], [SCRIPT, "cost", str(folder / "small")], min(rounds, 2),
                 by="peak_kib"),
        ),
    ]  # fmt: skip
