"""Owns counting frames and pages without decoding one, never further than a limit."""

from __future__ import annotations

import struct

MOST_FRAMES = 1000


def count_gif_frames(data: bytes) -> int:
    """Count image blocks of a GIF, at most MOST_FRAMES + 1; what cannot be read ends the count."""
    frames, at = 0, 13 + _table_bytes(data[10:11])
    while at < len(data) and frames <= MOST_FRAMES:
        kind = data[at]
        if kind == 0x21:
            at = _skip_blocks(data, at + 2)
        elif kind == 0x2C:
            frames += 1
            at = _skip_blocks(data, at + 11 + _table_bytes(data[at + 9 : at + 10]))
        else:
            break
    return max(1, frames)


def _table_bytes(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _skip_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def count_tiff_pages(data: bytes) -> int:
    """Follow the chain of TIFF directories, at most MOST_FRAMES + 1; a loop or a broken link ends the count."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    count_format, entry_bytes, link_format, first = ("Q", 20, "Q", 8) if is_big else ("H", 12, "I", 4)
    pages, seen = 0, set()
    try:
        (at,) = struct.unpack_from(order + link_format, data, first)
        while at and at not in seen and pages <= MOST_FRAMES:
            seen.add(at)
            (entries,) = struct.unpack_from(order + count_format, data, at)
            after = at + struct.calcsize(order + count_format) + entries * entry_bytes
            pages += 1
            (at,) = struct.unpack_from(order + link_format, data, after)
    except struct.error:
        pass
    return max(1, pages)
