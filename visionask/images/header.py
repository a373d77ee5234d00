"""Owns our own reading of picture headers: format, stored size and EXIF orientation of JPEG, PNG, GIF and WEBP.

It states a size only where it is the one that a decoder gives, and None where it cannot tell: then Pillow is asked.
Ten thousand headers are read in the time that Pillow needs for one thousand, which is what `cost` on a folder costs.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Callable
from struct import Struct, unpack_from
from struct import error as struct_error

from visionask.images.exif import CUT, orientation

ReadAt = Callable[[int, int], bytes]
"""`read_at(offset, count)`: up to `count` bytes from `offset`, fewer only at the end."""

Header = tuple[str, int, int, int]
"""(format, stored width in px, stored height in px, orientation). A tuple, for it is made for each of 100,000 files."""

HEAD_BYTES = 2048  # decides most files in one read: a camera's EXIF states the orientation in its first 200 bytes

_STEPS = range(2048)  # segments, chunks or blocks looked at, whatever the file says
_MOST_EXIF_BYTES = 65536
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

# SOF markers that libjpeg decodes: baseline, extended, progressive, and the two arithmetic ones.
_JPEG_FRAMES = frozenset((0xFFC0, 0xFFC1, 0xFFC2, 0xFFC9, 0xFFCA))
# Segments that may stand before the frame: tables, restart interval, APP0 to APP15, comment.
_JPEG_SKIPPED = frozenset((0xFFC4, 0xFFCC, 0xFFDB, 0xFFDD, *range(0xFFE0, 0xFFF0), 0xFFFE))
_jpeg_segment = Struct(">HH").unpack_from  # marker, length
_jpeg_frame = Struct(">HHBHHB").unpack_from  # marker, length, precision, height, width, components
_JPEG_COMPONENTS = {11: 1, 17: 3, 20: 4}  # by the frame's length: 8 + 3 for each

_png_frame = Struct(">IIBBBBBI").unpack_from  # the IHDR chunk's data and its check sum
_png_chunk = Struct(">I4s").unpack_from  # length, type
_PNG_DEPTHS = {  # by colour type
    0: (1, 2, 4, 8, 16),
    2: (8, 16),
    3: (1, 2, 4, 8),
    4: (8, 16),
    6: (8, 16),
}


def read_header(read_at: ReadAt, head: bytes | None = None) -> Header | None:
    """Read format, size and orientation, or return None where the bytes do not say for certain.

    `head` is what `read_at(0, HEAD_BYTES)` gave, where the caller has it already. Never raises for what the bytes
    contain; what `read_at` raises passes through. At most 2,048 segments are looked at.
    """
    if head is None:
        head = read_at(0, HEAD_BYTES)
    try:
        if head[:3] == b"\xff\xd8\xff":
            return _jpeg(head, read_at)
        if head[:16] == _PNG_START:
            return _png(head, read_at)
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(head, read_at)
        if head[:6] in (b"GIF89a", b"GIF87a"):
            return _gif(head, read_at)
    except (IndexError, struct_error):
        pass  # cut in the middle of the header
    return None


def _jpeg(data: bytes, read_at: ReadAt) -> Header | None:
    base, i, last, turn = 0, 2, len(data) - 22, CUT  # `data` starts at `base` in the file; 22: the longest frame header
    for _ in _STEPS:
        if i > last:
            base += i
            data = read_at(base, HEAD_BYTES)
            i, last = 0, len(data) - 22
        marker, length = _jpeg_segment(data, i)
        if marker in _JPEG_SKIPPED:
            if length < 2:
                return None
            if marker == 0xFFE1 and not turn and data.startswith(b"Exif\0\0", i + 4):
                turn = orientation(data[i + 10 : i + 2 + length])
                if not turn:
                    turn = orientation(read_at(base + i + 10, length - 8)) or 1
            i += 2 + length
        elif marker in _JPEG_FRAMES:
            _, _, precision, height, width, components = _jpeg_frame(data, i)
            # Height 0 means that the number of lines follows the first scan (DNL): no decoder of ours reads that.
            if precision != 8 or not width or not height or _JPEG_COMPONENTS.get(length) != components:
                return None
            return ("JPEG", width, height, turn or 1) if len(data) >= i + 2 + length else None
        elif marker == 0xFFFF:  # a fill byte
            i += 1
        else:
            return None
    return None


def _png(data: bytes, read_at: ReadAt) -> Header | None:
    width, height, depth, colour, _, filtering, _, check = _png_frame(data, 16)
    if depth not in _PNG_DEPTHS.get(colour, ()) or filtering or crc32(data[12:29]) != check:
        return None
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        return None
    base, i = 0, 33  # `data` starts at `base` in the file
    for _ in _STEPS:
        if i + 8 > len(data):
            base += i
            data, i = read_at(base, 512), 0
        length, kind = _png_chunk(data, i)
        if kind in (b"IDAT", b"fdAT"):
            return "PNG", width, height, 1
        if kind == b"eXIf":
            turn = orientation(data[i + 8 : i + 8 + length])
            if not turn:
                turn = orientation(read_at(base + i + 8, min(length, _MOST_EXIF_BYTES))) or 1
            return "PNG", width, height, turn
        if kind == b"IEND":
            return None
        i += 12 + length
    return None


def _webp(head: bytes, read_at: ReadAt) -> Header | None:
    kind = head[12:16]
    turn = 1
    if kind == b"VP8X":
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
        if len(head) < 30 or unpack_from("<I", head, 16)[0] < 10:
            return None
        if head[20] & 0x08:  # "has EXIF"
            turn = _webp_orientation(head, read_at)
    elif kind == b"VP8 ":
        width, height = unpack_from("<HH", head, 26)
        if head[20] & 1 or head[23:26] != b"\x9d\x01\x2a":  # not a key frame
            return None
        width, height = width & 0x3FFF, height & 0x3FFF
    elif kind == b"VP8L":
        bits = unpack_from("<I", head, 21)[0]
        if head[20] != 0x2F or bits >> 29:
            return None
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return None
    if not width or not height or not turn:
        return None
    return "WEBP", width, height, turn


def _webp_orientation(head: bytes, read_at: ReadAt) -> int:
    """Return the orientation in the EXIF chunk, which stands behind the pixels; `CUT` where it is not reached."""
    end = 8 + unpack_from("<I", head, 4)[0]
    at = 20 + unpack_from("<I", head, 16)[0]
    for _ in _STEPS:
        if at + 8 > end:
            return 1
        chunk = head[at : at + 8]
        if len(chunk) < 8:
            chunk = read_at(at, 8)
        length = unpack_from("<I", chunk, 4)[0]
        if chunk[:4] == b"EXIF":
            return orientation(read_at(at + 8, min(length, _MOST_EXIF_BYTES))) or 1
        at += 8 + length + (length & 1)
    return CUT


def _gif(head: bytes, read_at: ReadAt) -> Header | None:
    try:
        return _gif_frame(head)
    except IndexError:  # long comments or colour tables in front of the first frame
        return _gif_frame(read_at(0, _MOST_EXIF_BYTES))


def _gif_frame(data: bytes) -> Header | None:
    """Return the logical screen, extended by the first frame where that reaches further: as Pillow draws it."""
    width, height = unpack_from("<HH", data, 6)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[at] == 0x21:  # "!", an extension
        label, first = data[at + 1], data[at + 2]
        at += 3 + first
        # Pillow loses its place in an extension without data, so leave these to it.
        if not first or (label == 0xFF and not data[at]):
            return None
        while data[at]:
            at += 1 + data[at]
        at += 1
    if data[at] != 0x2C:  # ",", an image
        return None
    _ = data[at + 10]  # where the picture's data begin
    left, top, wide, tall = unpack_from("<HHHH", data, at + 1)
    width, height = max(width, left + wide), max(height, top + tall)
    if not width or not height:
        return None
    return "GIF", width, height, 1
