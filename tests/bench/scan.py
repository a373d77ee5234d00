"""Rows about scans: decoding in threads, a request beside the bare SDK, memory over many: 14, 18 and 19.

A server in another process answers at once, so that the CPU is the client's alone.
"""

from __future__ import annotations

import itertools
import statistics
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.bench.measure import Row, peak_kib, run
from tests.bench.pictures import noisy, photograph
from tests.bench.prepare import ours as prepare
from tests.bench.server import answering
from tests.bench.startup import SCRIPT, python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

REQUESTS = 500  # photographs of about 90 kB
FEW, MANY = 1_000, 20_000
DECODED = 12
DELAY_S = 0.2

# As the SDK's own manual sends a picture, from threads; ours sends 8 at a time too.
FLOOR = """
import base64, os, sys
from concurrent.futures import ThreadPoolExecutor
import openai
client = openai.OpenAI(api_key="x", base_url=sys.argv[2], max_retries=0)
def ask(path):
    with open(path, "rb") as file:
        url = "data:image/jpeg;base64," + base64.b64encode(file.read()).decode()
    content = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url, "detail": "low"}}]
    client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": content}])
with ThreadPoolExecutor(8) as pool:
    list(pool.map(ask, sorted(entry.path for entry in os.scandir(sys.argv[1]))))
"""


def rows(folder: Path, rounds: int) -> list[Row]:
    """Measure whole processes: photographs for the CPU, tiny pictures for the memory; all go with their own pixels."""
    pictures, photos = folder / "pictures", folder / "photos"
    write_pictures(pictures, MANY)
    write_photographs(photos, REQUESTS)
    numbers = itertools.count()
    with answering() as url:

        def scan(count: int, pictures: Path = pictures) -> list[str]:
            """Scan into a new ledger each time: what is answered would not be sent again."""
            ledger = str(folder / f"{next(numbers)}.db")
            words = [SCRIPT, "scan", "What?", str(pictures), "--limit", str(count), "--no-progress"]
            return [*words, "--ledger", ledger, "--base-url", url, "-m", "gpt-6-luna"]  # as the floor: nothing to list

        env = {"OPENAI_API_KEY": "x"}
        floor, ours = [*python(FLOOR), str(photos), url], (REQUESTS, photos)
        pairs = [(run(scan(*ours), env).cpu_s, run(floor, env).cpu_s) for _ in range(rounds + 1)][1:]
        unkept = [(run([*scan(*ours), "--no-log"], env).cpu_s, run(floor, env).cpu_s) for _ in range(rounds + 1)][1:]
        peaks = [peak_kib(["/usr/bin/env", "OPENAI_API_KEY=x", *scan(count)]) for count in (MANY, FEW)]
        wide = peak_kib(["/usr/bin/env", "OPENAI_API_KEY=x", *scan(*ours), "-j", "64"])
    with answering(DELAY_S) as url:
        floor = [*python(FLOOR.replace("ThreadPoolExecutor(8)", "ThreadPoolExecutor(64)")), str(photos), url]
        pairs_s = [(run([*scan(*ours), "-j", "64"], env).wall_s, run(floor, env).wall_s) for _ in range(min(rounds, 3))]
    return [
        Row(
            "14", "decoding in 2 threads / in turn, wall", 1 / 1.6, _in_threads(folder, rounds), "a quiet machine only"
        ),
        Row(
            "18",
            f"scan of {REQUESTS:,} photographs / bare SDK loop in threads",
            1.35,
            _median(pairs),
            "the ledger twice an item",
        ),
        Row("18", "the same with --no-log", None, _median(unkept), "no disk"),
        Row("18", "seconds of it at 200 ms, -j 64 / 64 bare threads, wall", 1 / 0.9, _median(pairs_s)),
        Row("19", f"peak, scan of {MANY:,} / of {FEW:,}", 1.1, peaks[0] / peaks[1], _mib(*peaks)),
        Row("19", f"peak, scan of {MANY:,}, -j 8, MB", 110, peaks[0] * 1.024e-3),
        Row("19", f"peak, scan of {REQUESTS:,} photographs, -j 64, MB", 150, wide * 1.024e-3),
    ]


def _in_threads(folder: Path, rounds: int) -> float:
    """Compare making pictures of 12 MP in two threads and in one, by the clock."""
    photo = folder / "12mp.jpg"
    photograph((4000, 3000)).save(photo, "JPEG", quality=90)
    held = [photo.read_bytes()] * DECODED

    def make(data: bytes) -> bytes:
        return prepare(data, (1024, 768))

    with ThreadPoolExecutor(2) as pool:
        pairs = [(_wall_s(lambda: pool.map(make, held)), _wall_s(lambda: map(make, held))) for _ in range(rounds + 1)]
    return _median(pairs[1:])


def _wall_s(call: Callable[[], Iterable[bytes]]) -> float:
    started = time.monotonic()
    for _ in call():
        pass
    return time.monotonic() - started


def write_pictures(folder: Path, count: int) -> None:
    """Fill a folder with PNG files of 32 x 32 px, of one colour each: no two are alike."""
    folder.mkdir()
    for i in range(count):
        row = b"\0" + i.to_bytes(3, "big") * 32
        parts = ((b"IHDR", struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * 32)))
        chunks = b"".join(map(_chunk, (*parts, (b"IEND", b""))))
        (folder / f"{i:06}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def write_photographs(folder: Path, count: int) -> None:
    """Fill a folder with JPEG files of 800 x 600 px, about 90 kB each: parts of one photograph, no two alike."""
    folder.mkdir()
    photo = noisy((2400, 1800))
    for i in range(count):
        left, top = i * 37 % 1600, i * 53 % 1200
        photo.crop((left, top, left + 800, top + 600)).save(folder / f"{i:06}.jpg", "JPEG", quality=88)


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _median(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(ours / theirs for ours, theirs in pairs)


def _mib(ours: int, theirs: int) -> str:
    return f"{ours / 1024:.1f} MiB against {theirs / 1024:.1f}"
