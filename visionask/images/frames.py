"""Frames and pages: counting them without decoding one, never further than a limit, and going to one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, TooLarge, UnsupportedFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

    ReadAt = Callable[[int, int], bytes]  # (offset, count)

MOST_FRAMES = 1000
MOST_PAGES = 10_000
PAGED = ("TIFF", "HEIF")  # each of its own size, decoded without those before it
_LEAP_BYTES = 65536  # of a GIF's blocks that are looked at together
_MOST_STEPS = 1_000_000  # over a GIF's blocks: 50 MB of 255 bytes each are 200,000; a tenth of a second
_MOST_PIXELS = 500_000_000  # of the frames up to the one that is wanted: about 10 s of WebP


def count_by_header(kind: str, read_at: ReadAt, size_bytes: int) -> int:
    """Count the frames of a GIF, PNG or WEBP whose header is sound, at most MOST_FRAMES + 1; 1 for any other format.

    A PNG says it before its pixels; a GIF is read whole, a WEBP from one chunk to the next.
    """
    if kind == "GIF":
        return count_gif_frames(read_at(0, size_bytes))
    if kind == "PNG":
        return _count_png_frames(read_at)
    return _count_webp_frames(read_at, size_bytes) if kind == "WEBP" else 1


def _count_png_frames(read_at: ReadAt) -> int:
    at = 33  # behind the header
    for _ in range(MOST_FRAMES):
        chunk = read_at(at, 12)
        if len(chunk) < 12 or chunk[4:8] in (b"IDAT", b"IEND"):
            break
        if chunk[4:8] == b"acTL":
            return max(1, min(int.from_bytes(chunk[8:12], "big"), MOST_FRAMES + 1))
        at += 12 + int.from_bytes(chunk[:4], "big")
    return 1


def _count_webp_frames(read_at: ReadAt, size_bytes: int) -> int:
    head = read_at(12, 9)
    if head[:4] != b"VP8X" or not head[8] & 0x02:
        return 1
    frames, at = 0, 12
    while at + 8 <= size_bytes and frames <= MOST_FRAMES:
        chunk = read_at(at, 8)
        if len(chunk) < 8:
            break
        frames += chunk[:4] == b"ANMF"
        length = int.from_bytes(chunk[4:], "little")
        at += 8 + length + (length & 1)
    return max(1, frames)


def crowd(frames: int, most: int) -> str:
    """Word a number of frames that was counted only up to `most`."""
    return f"more than {most:,}" if frames > most else f"{frames:,}"


def note_frames(kind: str, frames: int) -> str:
    """Word that only the first of several pages, pictures or frames is used."""
    number = crowd(frames, MOST_PAGES if kind == "TIFF" else MOST_FRAMES)
    if kind in ("TIFF", "PDF"):
        return f"{number} pages: only the first is used (--pages all, or --page N)"
    if kind == "HEIF":
        return f"{number} pictures: only the first is used (--page N for another)"
    return f"animated, {number} frames: only the first is used"


def count_gif_frames(data: bytes) -> int:
    """Count image blocks of a GIF, at most MOST_FRAMES + 1; what cannot be read ends the count."""
    frames, at, steps = 0, 13 + _table_bytes(data[10:11]), iter(range(_MOST_STEPS))
    while at < len(data) and frames <= MOST_FRAMES:
        kind = data[at]
        if kind == 0x21:
            at = _skip_blocks(data, at + 2, steps)
        elif kind == 0x2C:
            frames += 1
            at = _skip_blocks(data, at + 11 + _table_bytes(data[at + 9 : at + 10]), steps)
        else:
            break
    return max(1, frames)


def _table_bytes(packed: bytes) -> int:
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _skip_blocks(data: bytes, at: int, steps: Iterator[int]) -> int:
    """Return where the blocks end that begin at `at`: the end of the data where these break off, or `steps` do."""
    try:
        for _ in steps:
            length = data[at]
            if length == 255:  # of which pixels are nearly all made: many at a time
                lengths = data[at : at + _LEAP_BYTES : 256]
                at += 256 * (len(lengths) - len(lengths.lstrip(b"\xff")))
            elif length:
                at += 1 + length
            else:
                return at + 1
    except IndexError:
        pass
    return len(data)


def count_tiff_pages(read_at: ReadAt) -> int:
    """Follow the chain of TIFF directories, at most MOST_PAGES + 1; a loop or a broken link ends the count."""
    head = read_at(0, 16)
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:4] in (b"+\0", b"\0+")
    count_format, entry_bytes, link_format, first = ("Q", 20, "Q", 8) if is_big else ("H", 12, "I", 4)
    pages, seen = 0, set()
    try:
        (at,) = struct.unpack_from(order + link_format, head, first)
        while at and at not in seen and pages <= MOST_PAGES:
            seen.add(at)
            (entries,) = _unpack(order + count_format, read_at, at)
            after = at + struct.calcsize(order + count_format) + entries * entry_bytes
            pages += 1
            (at,) = _unpack(order + link_format, read_at, after)
    except (struct.error, OverflowError, OSError, ValueError):  # an offset of BigTIFF may be any 64 bits
        pass
    return max(1, pages)


def _unpack(form: str, read_at: ReadAt, at: int) -> tuple[int, ...]:
    return struct.unpack(form, read_at(at, struct.calcsize(form)))


def no_such_frame(label: str, what: str, frame: int, frames: int) -> InputError:
    """Word that a file has fewer pages or frames than the number that was asked for; `frame` is from 0."""
    most = crowd(frames, MOST_PAGES if what == "page" else MOST_FRAMES)
    if frames == 1:
        message = f"{label}: there is no page or frame {frame + 1:,}, it is a single picture"
        return InputError(message, "leave out --page, --pages and --frame")
    hint = f"use --{what} 1 to {frames:,}"
    return InputError(f"{label}: there is no {what} {frame + 1:,}, it has {most}", hint)


def count_frames(kind: str, im: ImageFile, file: BinaryIO) -> int:
    """Count the frames of a picture whose header is read, at most MOST_FRAMES + 1 (pages: MOST_PAGES + 1); only the
    first of an MPO counts.
    """
    if kind == "TIFF":
        return count_tiff_pages(_reading(file))
    if kind == "GIF":
        file.seek(0)
        return count_gif_frames(file.read())
    return 1 if kind == "JPEG" else min(int(getattr(im, "n_frames", 1)), MOST_FRAMES + 1)


def _reading(file: BinaryIO) -> ReadAt:
    def read_at(at: int, count: int) -> bytes:
        file.seek(at)
        return file.read(count)

    return read_at


def go_to(im: ImageFile, frame: int, frames: int, label: str, *, decodes: bool = True) -> None:
    """Make `frame` (from 0) the current one of a picture that is open; where frames before it must be decoded for that,
    only if `decodes`.

    Raises InputError where there is none, UnsupportedFormat for an animated PNG, TooLarge for too many to decode.
    """
    what = "page" if im.format in PAGED else "frame"
    if frame >= min(frames, MOST_PAGES if im.format in PAGED else MOST_FRAMES):
        raise no_such_frame(label, what, frame, frames)
    if im.format == "PNG":
        raise UnsupportedFormat(f"{label}: of an animated PNG only the first frame is opened", "leave out --frame")
    if im.format not in PAGED and (frame + 1) * im.width * im.height > _MOST_PIXELS:
        raise TooLarge(f"{label}: too many pixels to decode before frame {frame + 1:,}", "use an earlier --frame")
    if decodes or im.format in PAGED:
        im.seek(frame)
