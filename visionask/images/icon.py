"""Owns the structure of ICO files: the largest of the pictures inside."""

from __future__ import annotations

import struct
from dataclasses import replace

from visionask.images.container import Container
from visionask.images.png import read_png


def read_icon(data: bytes) -> Container:
    """Return the PNG inside an icon, whose size its own header tells, or the icon itself."""
    best, area = b"", 0
    for i in range(min(int.from_bytes(data[4:6], "little"), 256)):
        entry = data[6 + 16 * i : 22 + 16 * i]
        if len(entry) < 16:
            break
        size = (entry[0] or 256) * (entry[1] or 256)
        length, at = struct.unpack_from("<II", entry, 8)
        if size > area:
            best, area = data[at : at + length], size
    if best.startswith(b"\x89PNG"):
        return replace(read_png(best), own=None)
    bitmap = struct.unpack_from("<ii", best, 4) if len(best) >= 40 else (1, 1)
    if not (0 < bitmap[0] <= 1024 and 0 < abs(bitmap[1]) <= 2048):
        return Container(format="ICO", pixels=data, faults=("its bitmap has an impossible size",))
    return Container(format="ICO", pixels=data)
