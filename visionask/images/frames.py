"""Frames and pages: counting them without decoding one, never further than a limit, and going to one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, TooLarge, UnsupportedFormat
from visionask.images.formats import crowd

if TYPE_CHECKING:
    from typing import BinaryIO

    from PIL.ImageFile import ImageFile

MOST_FRAMES = 1000
PAGED = ("TIFF", "HEIF")  # each of its own size, decoded without those before it
_MOST_PIXELS = 500_000_000  # of the frames up to the one that is wanted: about 10 s of WebP


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
    except (struct.error, OverflowError):  # an offset of BigTIFF may be any 64 bits
        pass
    return max(1, pages)


def no_such_frame(label: str, what: str, frame: int, frames: int) -> InputError:
    """Word that a file has fewer pages or frames than the number that was asked for; `frame` is from 0."""
    most = crowd(frames, MOST_FRAMES)
    if frames == 1:
        message = f"{label}: there is no page or frame {frame + 1:,}, it is a single picture"
        return InputError(message, "leave out --page and --frame")
    hint = f"use --{what} 1 to {min(frames, MOST_FRAMES):,}"
    return InputError(f"{label}: there is no {what} {frame + 1:,}, it has {most}", hint)


def count_frames(kind: str, im: ImageFile, file: BinaryIO) -> int:
    """Count the frames of a picture whose header is read, at most MOST_FRAMES + 1; only the first of an MPO counts."""
    if kind in ("GIF", "TIFF"):
        file.seek(0)
        return count_gif_frames(file.read()) if kind == "GIF" else count_tiff_pages(file.read())
    return 1 if kind == "JPEG" else min(int(getattr(im, "n_frames", 1)), MOST_FRAMES + 1)


def go_to(im: ImageFile, frame: int, frames: int, label: str, *, decodes: bool = True) -> None:
    """Make `frame` (from 0) the current one of a picture that is open; where frames before it must be decoded for that,
    only if `decodes`.

    Raises InputError where there is none, UnsupportedFormat for an animated PNG, TooLarge for too many to decode.
    """
    what = "page" if im.format in PAGED else "frame"
    if frame >= min(frames, MOST_FRAMES):
        raise no_such_frame(label, what, frame, frames)
    if im.format == "PNG":
        raise UnsupportedFormat(f"{label}: of an animated PNG only the first frame is opened", "leave out --frame")
    if im.format not in PAGED and (frame + 1) * im.width * im.height > _MOST_PIXELS:
        raise TooLarge(f"{label}: too many pixels to decode before frame {frame + 1:,}", "use an earlier --frame")
    if decodes or im.format in PAGED:
        im.seek(frame)
