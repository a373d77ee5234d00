"""Mutation: from real inputs to damaged ones. The same seed and number always give the same bytes."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTEGERS = (0, 1, 2, 7, 8, 9, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
_LONGEST = 2_000_000  # bytes of an input: pieces that are repeated must not add up without end
_PNG = b"\x89PNG\r\n\x1a\n"


def mutate(seeds: Sequence[bytes], words: Sequence[bytes], *, seed: int, number: int) -> bytes:
    """Return input `number` of the run `seed`: a seed with up to eight changes; one in fifty as it is."""
    rng = random.Random(f"{seed}/{number}")
    data = bytearray(rng.choice(seeds))
    if rng.random() < 0.02:
        return bytes(data)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        _change(data, rng, seeds=seeds, words=words)
        del data[_LONGEST:]
    return with_sums(bytes(data)) if data.startswith(_PNG) and rng.random() < 0.7 else bytes(data)


def with_sums(png: bytes) -> bytes:
    """Correct the check sums of a PNG's chunks, or every change would end at the first of them."""
    data, at = bytearray(png), len(_PNG)
    while at + 12 <= len(data):
        stop = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if stop + 4 > len(data):
            break
        struct.pack_into(">I", data, stop, zlib.crc32(data[at + 4 : stop]))
        at = stop + 4
    return bytes(data)


def _change(data: bytearray, rng: random.Random, *, seeds: Sequence[bytes], words: Sequence[bytes]) -> None:
    near = min(len(data), 600) if rng.random() < 0.6 else len(data)  # headers are where decisions are made
    at, count = rng.randrange(near + 1), rng.choice((1, 2, 4, 16, 100, 1000))
    kind = rng.randrange(9)
    if kind == 0 and data:
        data[min(at, len(data) - 1)] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + 1] = rng.randbytes(1)
    elif kind == 2:
        data[at : at + count] = rng.randbytes(count)
    elif kind == 3:
        form = rng.choice((">H", "<H", ">I", "<I"))
        value = struct.pack(
            form, (rng.choice(_INTEGERS) + rng.choice((0, 0, -1))) & (0xFFFF if "H" in form else 2**32 - 1)
        )
        data[at : at + len(value)] = value
    elif kind == 4:
        del data[at : at + count]
    elif kind == 5:
        del data[at:]
    elif kind == 6:
        data[at:at] = bytes(data[at : at + count]) * rng.choice((1, 2, 30))
    elif kind == 7 and words:
        data[at:at] = rng.choice(words)
    else:
        other = rng.choice(seeds)
        start = rng.randrange(len(other) + 1)
        data[at : at + count] = other[start : start + count]
