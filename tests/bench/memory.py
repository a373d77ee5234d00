"""The rows about memory: targets 13 and 17."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.measure import Row, peak_kib
from tests.bench.pictures import mixed_folder, photograph
from tests.bench.startup import SCRIPT, python

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import sys
from tests.bench.prepare import naive, ours
{name}(open(sys.argv[1], "rb").read(), (1024, 768))
"""


def rows(folder: Path, _rounds: int) -> list[Row]:
    """Compare the peaks of whole processes; they hardly vary, so that one run is enough."""
    large = folder / "48mp.jpg"
    photograph((8000, 6000)).save(large, "JPEG", quality=90)
    peaks = {name: peak_kib([*python(CODE.format(name=name)), str(large)]) for name in ("ours", "naive")}
    for count in (10_000, 100_000):
        mixed_folder(folder / str(count), count, is_linked=True)
    many, few = (peak_kib([SCRIPT, "cost", "-r", str(folder / str(count))]) for count in (100_000, 10_000))
    return [
        Row("13", "peak, 48 MP JPEG to high / naive", 0.15, peaks["ours"] / peaks["naive"], _mib(*peaks.values())),
        Row("17", "peak, cost -r of 100,000 / of 10,000", 1.1, many / few, _mib(many, few)),
    ]


def _mib(ours: int, theirs: int) -> str:
    return f"{ours / 1024:.1f} MiB against {theirs / 1024:.1f}"
