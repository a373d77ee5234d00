"""Reading what an image is without decoding it: our header reader first, Pillow where that cannot tell.

Our own reading of picture headers: format, stored size and EXIF orientation of JPEG, PNG, GIF and WEBP.

It states a size only where it is the one that a decoder gives, and None where it cannot tell: then Pillow is asked.
Ten thousand headers are read in the time that Pillow needs for one thousand, which is what `cost` on a folder costs.

The reading of one EXIF value, the orientation, out of a TIFF block of bytes.
"""

from __future__ import annotations

import os
from binascii import crc32
from collections.abc import Callable
from io import BytesIO
from struct import Struct, unpack_from
from struct import error as struct_error
from typing import Any, BinaryIO

from visionask.core.errors import CorruptImage, InputError, NotAnImage, UnsupportedFormat
from visionask.core.image import BytesSource, FileSource, Probe
from visionask.core.namedtuple import maker
from visionask.images.files import MAX_BYTES, OPEN_FLAGS, open_regular, read_document, read_regular, too_large

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


ReadAt = Callable[[int, int], bytes]


"""`read_at(offset, count)`: up to `count` bytes from `offset`, fewer only at the end."""


Header = tuple[str, int, int, int]


"""(format, stored width in px, stored height in px, orientation). A tuple, for it is made for each of 100,000 files."""


_Found = tuple[str, int, int, int, bool]


"""A header, and whether the same bytes show that there is one frame. If not, frames.py counts."""


HEAD_BYTES = 2048  # decides most files in one read: a camera's EXIF states the orientation in its first 200 bytes


_STEPS = range(2048)  # segments, chunks or blocks looked at, whatever the file says


_MOST_EXIF_BYTES = 65536


_RAW_PROFILE = b"Raw profile type "


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
    found = _read(read_at, read_at(0, HEAD_BYTES) if head is None else head)
    return None if found is None else found[:4]


def _read(read_at: ReadAt, head: bytes) -> _Found | None:
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


def _jpeg(data: bytes, read_at: ReadAt) -> _Found | None:
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
            if marker == 0xFFE1 and not turn and data[i + 4 : i + 10] == b"Exif\0\0":
                turn = orientation(data[i + 10 : i + 2 + length])
                if not turn:
                    turn = orientation(read_at(base + i + 10, length - 8)) or 1
            i += 2 + length
        elif marker in _JPEG_FRAMES:
            _, _, precision, height, width, components = _jpeg_frame(data, i)
            # Height 0 means that the number of lines follows the first scan (DNL): no decoder of ours reads that.
            if precision != 8 or not width or not height or _JPEG_COMPONENTS.get(length) != components:
                return None
            return ("JPEG", width, height, turn or 1, True) if len(data) >= i + 2 + length else None
        elif marker == 0xFFFF:  # a fill byte
            i += 1
        else:
            return None
    return None


def _png(data: bytes, read_at: ReadAt) -> _Found | None:
    width, height, depth, colour, _, filtering, _, check = _png_frame(data, 16)
    if depth not in _PNG_DEPTHS.get(colour, ()) or filtering or crc32(data[12:29]) != check:
        return None
    if not (0 < width < 1 << 31 and 0 < height < 1 << 31):
        return None
    base, i, turn, is_still = 0, 33, 1, True  # `data` starts at `base` in the file
    for _ in _STEPS:
        if i + 8 > len(data):
            base += i
            data, i = read_at(base, 512), 0
        length, kind = _png_chunk(data, i)
        if kind in (b"IDAT", b"fdAT"):
            return "PNG", width, height, turn, is_still and kind == b"IDAT"
        if kind == b"acTL":
            is_still = False
        if kind in (b"zTXt", b"tEXt") and data.startswith(_RAW_PROFILE, i + 8):
            body = read_at(base + i + 8, min(length, _MOST_EXIF_BYTES))
            turn = orientation(raw_exif(kind, body)) or 1
        if kind == b"eXIf":
            turn = orientation(data[i + 8 : i + 8 + length])
            if not turn:
                turn = orientation(read_at(base + i + 8, min(length, _MOST_EXIF_BYTES))) or 1
            return "PNG", width, height, turn, False
        if kind == b"IEND":
            return None
        i += 12 + length
    return None


def raw_exif(kind: bytes, body: bytes) -> bytes:
    """Return the EXIF in a PNG's text as ImageMagick writes it: in hexadecimal digits, behind a name and a length.

    Empty for any other text. `body` is that of a zTXt or tEXt chunk. Source: ImageMagick's coders/png.c
    (`png_write_raw_profile`), checked 2026-11-28.
    """
    name, _, text = body.partition(b"\0")
    if name not in (_RAW_PROFILE + b"exif", _RAW_PROFILE + b"APP1"):
        return b""
    if kind == b"zTXt":
        import zlib

        try:
            text = zlib.decompressobj().decompress(text[1:], 2 * _MOST_EXIF_BYTES)
        except zlib.error:
            return b""
    try:
        return bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    except ValueError:
        return b""


def _webp(head: bytes, read_at: ReadAt) -> _Found | None:
    kind = head[12:16]
    turn, is_still = 1, True
    if kind == b"VP8X":
        width = 1 + int.from_bytes(head[24:27], "little")
        height = 1 + int.from_bytes(head[27:30], "little")
        if len(head) < 30 or unpack_from("<I", head, 16)[0] < 10:
            return None
        is_still = not head[20] & 0x02  # "is animated"
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
    return "WEBP", width, height, turn, is_still


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


def _gif(head: bytes, read_at: ReadAt) -> _Found | None:
    try:
        return _gif_frame(head)
    except IndexError:  # long comments or colour tables in front of the first frame
        return _gif_frame(read_at(0, _MOST_EXIF_BYTES))


def _gif_frame(data: bytes) -> _Found | None:
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
    return "GIF", width, height, 1, False


_EMPTY_HINT = "check how it was made or downloaded"


_CONVERT_HINT = "convert it to PNG or JPEG"


# TIFF tags
_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _SUB_IFDS, _DNG = 254, 256, 257, 274, 330, 50706


def _seek_and_read(fd: int, count: int, offset: int) -> bytes:
    os.lseek(fd, offset, os.SEEK_SET)
    return os.read(fd, count)


# Windows has no pread.
pread: Callable[[int, int, int], bytes] = getattr(os, "pread", _seek_and_read)


def read_file_header(path: str, max_bytes: int = MAX_BYTES) -> Probe | None:
    """Read what a file's header says as fast as Python can.

    None wherever that is not certain at once, for whatever reason: then `probe` finds out and says why.
    """
    try:
        fd = os.open(path, OPEN_FLAGS)
    except (OSError, ValueError):
        return None
    try:
        # A third of the price of fstat. FIFOs, sockets and terminals cannot seek, other devices have no size, and
        # a folder cannot be read: none of them comes further than this.
        size = os.lseek(fd, 0, os.SEEK_END)
        if not 0 < size <= max_bytes:
            return None
        head = pread(fd, HEAD_BYTES, 0)

        def read_at(at: int, count: int) -> bytes:
            return head[at : at + count] if at + count <= len(head) else pread(fd, count, at)

        return _probe(read_at, head, size)
    except OSError:
        return None
    finally:
        os.close(fd)


_make_probe = maker(Probe)


def _probe(read_at: ReadAt, head: bytes, size_bytes: int) -> Probe | None:
    found = _read(read_at, head)
    if found is None:
        return None
    kind, width, height, turn, is_still = found
    frames = 1
    if not is_still:
        from visionask.images.frames import count_by_header

        frames = count_by_header(kind, read_at, size_bytes)
    return _make_probe((kind, width, height, turn, size_bytes, frames))


def probe(source: FileSource | BytesSource, *, max_bytes: int = MAX_BYTES, frame: int = 0) -> Probe:
    """Read what an image's header says, or that of its page or frame `frame` (from 0). Nothing is decoded.

    Raises InputError where there is no such frame;
    NotFound, Unreadable, TooLarge (bytes), NotAnImage, UnsupportedFormat or CorruptImage.
    """
    if source.page is not None:
        frame = source.page - 1
        if isinstance(source, FileSource):
            return probe_bytes(read_bytes(source, max_bytes=max_bytes), source.label, max_bytes=max_bytes, frame=frame)
    if not isinstance(source, FileSource):
        return probe_bytes(source.data, source.label, max_bytes=max_bytes, frame=frame)
    found = None if frame else read_file_header(source.path, max_bytes)
    if found is not None:
        return found
    fd, size = open_regular(source.path, max_bytes=max_bytes)
    with open(fd, "rb") as file:
        return ask_pillow(file, source.label, size, frame)


def probe_bytes(data: bytes, label: str, *, max_bytes: int = MAX_BYTES, frame: int = 0) -> Probe:
    """Read what the header of an image in memory says. Raises what `probe` raises."""
    _check_bytes(data, label, max_bytes)

    def read_at(offset: int, count: int) -> bytes:
        return data[offset : offset + count]

    found = None if frame else _probe(read_at, data[:HEAD_BYTES], len(data))
    if found is not None:
        return found
    from visionask.images.formats import HEAD_BYTES as KIND_BYTES
    from visionask.images.formats import is_pdf

    if is_pdf(data[:KIND_BYTES]):
        return _ask_pdfium(data, label, frame)
    with BytesIO(data) as file:
        return ask_pillow(file, label, len(data), frame)


def read_bytes(source: FileSource | BytesSource, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return an image's whole bytes: what is hashed, decoded and sent.

    Raises NotFound, Unreadable, NotAnImage (empty) or TooLarge.
    """
    if isinstance(source, FileSource):
        if source.page is not None:
            return read_document(source.path, max_bytes=max_bytes)
        return read_regular(source.path, max_bytes=max_bytes)
    _check_bytes(source.data, source.label, max_bytes)
    return source.data


def ask_pillow(file: BinaryIO, label: str, size_bytes: int, frame: int, *, is_remote: bool = False) -> Probe:
    """Read a header as Pillow or PDFium does, or say what the file is instead. Raises what `probe` raises.

    `is_remote`: each read is a request, so frames are counted only to reach one of them.
    """
    from visionask.images.formats import HEAD_BYTES as KIND_BYTES
    from visionask.images.formats import is_pdf, name_kind, sniff

    head = file.read(KIND_BYTES)
    kind = sniff(head[:64])
    if is_pdf(head):
        return _ask_pdfium(head + file.read(), label, frame)
    if kind is None:
        name, is_unsupported = name_kind(head)
        if is_unsupported:
            raise UnsupportedFormat(f"{label}: {name} is not opened here", _CONVERT_HINT)
        raise NotAnImage(f"{label}: not an image (looks like {name})", _EMPTY_HINT)
    from visionask.images.bmp import read_masked

    if kind == "BMP" and (masked := read_masked(head)) is not None:  # which Pillow would refuse
        return Probe(kind, masked.width, abs(masked.height), 1, size_bytes, 1)
    file.seek(0)
    try:
        width, height, turn, frames = _open(file, kind, label, frame, counts=not is_remote)
    except InputError:
        raise
    except MemoryError as error:
        raise CorruptImage(f"{label}: the {kind} header asks for more memory than there is", _EMPTY_HINT) from error
    except Exception as error:
        raise CorruptImage(f"{label}: the {kind} header is cut or damaged ({_reason(error)})", _EMPTY_HINT) from error
    if width < 1 or height < 1:
        raise CorruptImage(f"{label}: the {kind} header says {width} x {height} px", _EMPTY_HINT)
    return _make_probe((kind, width, height, turn, size_bytes, frames))


def as_probe(header: Header, size_bytes: int | None) -> Probe:
    """Make the value that travels on from what the header reader found."""
    return Probe(*header, size_bytes)


def _check_bytes(data: bytes, label: str, max_bytes: int) -> None:
    if not data:
        raise NotAnImage(f"{label}: is empty", _EMPTY_HINT)
    if len(data) > max_bytes:
        raise too_large(label, len(data), max_bytes)


def reader(fd: int) -> ReadAt:
    """Return what reads an open file wherever it is asked to."""
    return lambda offset, count: pread(fd, count, offset)


def _ask_pdfium(data: bytes, label: str, number: int) -> Probe:
    from visionask.images.pdf import read_page

    page = read_page(data, number, label=label)
    return Probe("PDF", page.width_px, page.height_px, size_bytes=len(data), frames=page.pages)


def _open(file: BinaryIO, kind: str, label: str, frame: int, *, counts: bool) -> tuple[int, int, int, int]:
    """Return (stored width, height, orientation, frames). `getexif` is not called: on a PNG it decodes all pixels."""
    from visionask.images.decode import open_plugin, quieten
    from visionask.images.frames import PAGED, count_frames, go_to

    quieten()
    im = open_plugin(kind, file, label)
    frames = count_frames(kind, im, file) if frame or counts else 1
    if frame:
        size = im.size
        go_to(im, frame, frames, label, decodes=False)
        if kind not in PAGED:
            return *size, 1, frames
    tags = getattr(im, "tag_v2", None)
    if tags is not None:
        return *_from_tags(tags, label), frames
    exif = im.info.get("exif")
    turn = orientation(exif) if isinstance(exif, bytes) else 1
    return im.width, im.height, turn or 1, frames


def _from_tags(tags: Any, label: str) -> tuple[int, int, int]:
    """Return a TIFF's stored sides (Pillow's `size` is turned); refuse raw files, which start with a thumbnail."""
    if _DNG in tags or (_SUB_IFDS in tags and tags.get(_SUBFILE) == 1):
        raise UnsupportedFormat(f"{label}: RAW (DNG, NEF, ARW ...) is not opened here", "convert it to JPEG or PNG")
    turn = tags.get(_ORIENTATION)
    return int(tags[_WIDTH]), int(tags[_HEIGHT]), turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _reason(error: BaseException) -> str:
    from visionask.images.decode import reason

    return reason(error)
