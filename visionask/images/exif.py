"""Owns the reading of one EXIF value, the orientation, out of a TIFF block of bytes."""

from __future__ import annotations

from struct import Struct
from struct import error as struct_error

CUT = 0  # the block ended before the tag was found: read more of it


class _Order:
    """How one byte order spells what is looked for."""

    __slots__ = ("long_value", "short", "start", "tag", "value")

    def __init__(self, mark: str, tag: bytes) -> None:
        self.tag = tag
        self.start = Struct(mark + "IH").unpack_from  # where the directory is, and how long where it follows at once
        self.short = Struct(mark + "H").unpack_from
        self.value = Struct(mark + "HIH").unpack_from  # type SHORT, count, value: what cameras write
        self.long_value = Struct(mark + "HII").unpack_from  # type LONG, which Pillow reads too


_ORDERS = {b"II*\0": _Order("<", b"\x12\x01"), b"MM\0*": _Order(">", b"\x01\x12")}


def orientation(block: bytes) -> int:
    """Return the EXIF orientation, 1 to 8, that a TIFF block states in its first directory.

    1 where it is absent, out of range or garbage; `CUT` (0) where the block ends before the answer.
    """
    order = _ORDERS.get(block[:4])
    if order is None:
        if block[:6] == b"Exif\0\0":
            return orientation(block[6:])
        return CUT if len(block) < 4 else 1
    try:
        start, count = order.start(block, 4)
        if start != 8:
            count = order.short(block, start)[0]
        first = start + 2
        end = first + 12 * count
        at = block.find(order.tag, first, end)
        while at > 0 and (at - first) % 12:  # the same bytes inside another entry
            at = block.find(order.tag, at + 1, end)
        if at < 0:
            return 1 if len(block) >= end else CUT
        kind, count, value = order.value(block, at + 2)
        if kind != 3:
            if kind != 4:
                return 1
            value = order.long_value(block, at + 2)[2]
    except struct_error:
        return CUT
    return value if count == 1 and 1 <= value <= 8 else 1
