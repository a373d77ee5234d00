"""The structure of BMP files: pixels whose channels are cut out by masks, in any order and width, and their alpha.

The decoder knows a few sets of masks, and takes no heed of the alpha that a header of version 4 or 5 names beside plain
pixels. What it would refuse or misread is rewritten for it, as Chromium reads it (`BMPImageReader`, tried 2026-11-28).
Where all alpha is 0, Chromium shows nothing and Windows an opaque picture: it is taken as not in use, with a warning.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from visionask.core.namedtuple import NamedTuple
from visionask.images.formats import Container

if TYPE_CHECKING:
    from PIL import Image

_BAND = 64  # rows that are rewritten at a time: a channel of one takes four bytes a pixel
_HEADER = 14  # bytes of the file's own header
_WITH_ALPHA, _V4 = 56, 108  # bytes of the first headers that have an alpha mask, and that use it beside plain pixels
_PLAIN, _MASKED = 0, (3, 6)  # kinds of compression
_RGB = (0xFF0000, 0xFF00, 0xFF)
_ALPHA = 0xFF000000
_KNOWN = {  # to the decoder, by the bits of a pixel
    32: {(*_RGB, 0), (*_RGB, _ALPHA)},
    16: {(0xF800, 0x7E0, 0x1F, 0), (0x7C00, 0x3E0, 0x1F, 0)},
}


class Masked(NamedTuple):
    """The header of a BMP whose channels the decoder would refuse or misread."""

    start: int  # of the pixels
    width: int
    height: int  # below 0: from the top
    bits: int
    masks: tuple[int, ...]


def read_masked(head: bytes) -> Masked | None:
    """Return what the first bytes of such a BMP say; None for any other, and where they are too few."""
    if len(head) < _HEADER + 40 + 16:
        return None
    start, size, width, height, _, bits, kind = struct.unpack_from("<4xIIiiHHI", head, 6)
    if size < 40 or bits not in _KNOWN or width < 1 or height == 0:
        return None
    masks = _masks(head, size, bits, kind)
    if masks is None or (masks in _KNOWN[bits] and kind == _MASKED[0]) or not all(map(_is_run, masks)):
        return None
    return Masked(start, width, height, bits, masks)


def read_bmp(data: bytes) -> Container:
    """Take a BMP apart. Never raises: what is not whole, or not known, is left to the decoder."""
    plain = Container(format="BMP", pixels=data, has_spare_alpha=True)
    found = read_masked(data)
    if found is None:
        return plain
    start, width, height, bits, masks = found
    stride = (width * bits + 31) // 32 * 4
    if len(data) < start + stride * abs(height):
        return plain
    from PIL import Image

    mode, made = ("I;16", "I;16") if bits == 16 else ("I", "I;32"), bytearray()
    for first in range(0, abs(height), _BAND):
        rows = min(_BAND, abs(height) - first)
        band = data[start + stride * first : start + stride * (first + rows)]
        whole = Image.frombytes(mode[0], (width, rows), band, "raw", mode[1], stride, 1).convert("I")
        made += Image.merge("RGBA", [_channel(whole, mask) for mask in masks]).tobytes("raw", "BGRA")
    header = struct.pack(
        "<IiiHHIIiiII4I", _V4, width, height, 1, 32, 3, 0, 0, 0, 0, 0, *_RGB, _ALPHA if masks[3] else 0
    )
    header += bytes(_V4 - len(header))
    head = struct.pack("<2sIHHI", b"BM", 0, 0, 0, _HEADER + _V4)
    return Container(format="BMP", pixels=head + header + made, has_spare_alpha=True)


def _masks(data: bytes, size: int, bits: int, kind: int) -> tuple[int, ...] | None:
    """Return the masks of red, green, blue and alpha; None where there are none, or they say nothing new."""
    red, green, blue, alpha = struct.unpack_from("<4I", data, _HEADER + 40)
    if kind in _MASKED:
        return red, green, blue, alpha if size >= _WITH_ALPHA or kind != _MASKED[0] else 0
    return (*_RGB, _ALPHA) if kind == _PLAIN and size >= _V4 and bits == 32 and alpha else None


def _is_run(mask: int) -> bool:
    """Return whether the bits of a mask stand side by side."""
    lowest = mask & -mask
    return mask & (mask + lowest) == 0


def _channel(whole: Image.Image, mask: int) -> Image.Image:
    """Cut one channel out of pixels, as 8 bits: of more the highest."""
    from PIL import Image, ImageMath

    if not mask:
        return Image.new("L", whole.size, 0)
    shift = (mask & -mask).bit_length() - 1
    width = mask.bit_length() - shift
    shift, width = shift + max(0, width - 8), min(width, 8)
    top = (1 << width) - 1
    channel: Image.Image = ImageMath.lambda_eval(
        lambda names: names["convert"](((names["whole"] >> shift) & top) * 255 / top, "L"), whole=whole
    )
    return channel
