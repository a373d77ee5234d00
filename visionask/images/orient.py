"""Turning: boxes between the upright and the stored picture, pixels upright, and the tag back to 1."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from visionask.core.geometry import Box

if TYPE_CHECKING:
    from PIL import Image

# What each orientation becomes when the picture is turned by 90 degrees clockwise: 1 -> 6 -> 3 -> 8 -> 1.
_TURNED = {1: 6, 6: 3, 3: 8, 8: 1, 2: 7, 7: 4, 4: 5, 5: 2}


def reset_orientation(exif: bytes) -> bytes:
    """Return the same EXIF bytes with every orientation in the first directory set to 1: the pixels are upright now."""
    base = 6 if exif[:6] == b"Exif\0\0" else 0
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[base : base + 4])
    if order is None:
        return exif
    upright = bytearray(exif)
    try:
        (ifd,) = struct.unpack_from(order + "I", exif, base + 4)
        (count,) = struct.unpack_from(order + "H", exif, base + ifd)
        for i in range(count):
            at = base + ifd + 2 + 12 * i
            if struct.unpack_from(order + "H", exif, at)[0] == 0x0112:
                struct.pack_into(order + "HIHH", upright, at + 2, 3, 1, 1, 0)
    except struct.error:
        pass
    return bytes(upright)


def turned(orientation: int, degrees: int) -> int:
    """Return the orientation that stands for `orientation` and then a turn, clockwise by a multiple of 90 degrees."""
    for _ in range(degrees // 90):
        orientation = _TURNED[orientation]
    return orientation


def swaps_sides(orientation: int) -> bool:
    """Return whether upright width is stored height."""
    return orientation >= 5


def to_stored(box: Box, orientation: int, upright: tuple[int, int]) -> Box:
    """Return where a box of the upright picture (`upright` is its size in px) lies in the stored one."""
    left, top, right, bottom = box.sides
    width, height = upright
    mirrored = (width - right, width - left)
    flipped = (height - bottom, height - top)
    (x0, x1), (y0, y1) = {
        1: ((left, right), (top, bottom)),
        2: (mirrored, (top, bottom)),
        3: (mirrored, flipped),
        4: ((left, right), flipped),
        5: ((top, bottom), (left, right)),
        6: ((top, bottom), mirrored),
        7: (flipped, mirrored),
        8: (flipped, (left, right)),
    }[orientation]
    return Box(x0, y0, x1 - x0, y1 - y0)


def turn_upright(im: Image.Image, orientation: int) -> Image.Image:
    """Turn a stored picture as its orientation says; the same object where there is nothing to do."""
    from PIL.Image import Transpose

    method = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(orientation)
    return im if method is None else im.transpose(method)
