"""Owns reading what an image is without decoding it: our header reader first, Pillow where that cannot tell."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from visionask.core.errors import CorruptImage, InputError, NotAnImage, UnsupportedFormat
from visionask.core.image import BytesSource, FileSource, Probe
from visionask.images.files import MAX_BYTES, OPEN_FLAGS, open_regular, read_regular, too_large
from visionask.images.header import HEAD_BYTES, read_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.images.header import Header, ReadAt

_EMPTY_HINT = "check how it was made or downloaded"
_CONVERT_HINT = "convert it to PNG or JPEG"

# TIFF tags
_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION, _SUB_IFDS, _DNG = 254, 256, 257, 274, 330, 50706


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
        read_at = reader(fd)
        header = read_header(read_at, read_at(0, HEAD_BYTES))
    except OSError:
        return None
    finally:
        os.close(fd)
    return Probe(*header, size) if header else None


def probe(source: FileSource | BytesSource, *, max_bytes: int = MAX_BYTES, frame: int = 0) -> Probe:
    """Read what an image's header says, or that of its page or frame `frame` (from 0). Nothing is decoded.

    Raises InputError where there is no such frame;
    NotFound, Unreadable, TooLarge (bytes), NotAnImage, UnsupportedFormat or CorruptImage.
    """
    if isinstance(source, BytesSource):
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
    header = read_header(lambda offset, count: data[offset : offset + count], data[:HEAD_BYTES])
    if header and not frame:
        return as_probe(header, len(data))
    with BytesIO(data) as file:
        return ask_pillow(file, label, len(data), frame)


def read_bytes(source: FileSource | BytesSource, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return an image's whole bytes: what is hashed, decoded and sent.

    Raises NotFound, Unreadable, NotAnImage (empty) or TooLarge.
    """
    if isinstance(source, FileSource):
        return read_regular(source.path, max_bytes=max_bytes)
    _check_bytes(source.data, source.label, max_bytes)
    return source.data


def ask_pillow(file: BinaryIO, label: str, size_bytes: int, frame: int) -> Probe:
    """Read a header as Pillow or PDFium does, or say what the file is instead. Raises what `probe` raises."""
    from visionask.images.formats import PDF_MAGIC, sniff
    from visionask.images.kinds import HEAD_BYTES as KIND_BYTES
    from visionask.images.kinds import name_kind

    head = file.read(KIND_BYTES)
    kind = sniff(head[:64])
    if head.startswith(PDF_MAGIC):
        return _ask_pdfium(head + file.read(), label, frame)
    if kind is None:
        name, is_unsupported = name_kind(head)
        if is_unsupported:
            raise UnsupportedFormat(f"{label}: {name} is not opened here", _CONVERT_HINT)
        raise NotAnImage(f"{label}: not an image (looks like {name})", _EMPTY_HINT)
    file.seek(0)
    try:
        width, height, turn = _open(file, kind, label, frame)
    except InputError:
        raise
    except MemoryError as error:
        raise CorruptImage(f"{label}: the {kind} header asks for more memory than there is", _EMPTY_HINT) from error
    except Exception as error:
        raise CorruptImage(f"{label}: the {kind} header is cut or damaged ({_reason(error)})", _EMPTY_HINT) from error
    if width < 1 or height < 1:
        raise CorruptImage(f"{label}: the {kind} header says {width} x {height} px", _EMPTY_HINT)
    return Probe(format=kind, width_px=width, height_px=height, orientation=turn, size_bytes=size_bytes)


def as_probe(header: Header, size_bytes: int | None) -> Probe:
    """Make the value that travels on from what the header reader found."""
    return Probe(*header, size_bytes)


def _check_bytes(data: bytes, label: str, max_bytes: int) -> None:
    if not data:
        raise NotAnImage(f"{label}: is empty", _EMPTY_HINT)
    if len(data) > max_bytes:
        raise too_large(label, len(data), max_bytes)


def _pread(fd: int) -> ReadAt:
    return lambda offset, count: os.pread(fd, count, offset)


def _seek_and_read(fd: int) -> ReadAt:
    def read_at(offset: int, count: int) -> bytes:
        os.lseek(fd, offset, os.SEEK_SET)
        return os.read(fd, count)

    return read_at


# Windows has no pread.
reader: Callable[[int], ReadAt] = _pread if hasattr(os, "pread") else _seek_and_read


def _ask_pdfium(data: bytes, label: str, number: int) -> Probe:
    from visionask.images.pdf import read_page

    page = read_page(data, number, label=label)
    return Probe(format="PDF", width_px=page.width_px, height_px=page.height_px, size_bytes=len(data))


def _open(file: BinaryIO, kind: str, label: str, frame: int) -> tuple[int, int, int]:
    """Return (stored width, stored height, orientation). `getexif` is not called: on a PNG it decodes all pixels."""
    from visionask.images.exif import orientation
    from visionask.images.faults import quieten
    from visionask.images.frames import PAGED, count_frames, go_to
    from visionask.images.plugins import open_plugin

    quieten()
    im = open_plugin(kind, file, label)
    if frame:
        size = im.size
        go_to(im, frame, count_frames(kind, im, file), label, decodes=False)
        if kind not in PAGED:
            return *size, 1
    tags = getattr(im, "tag_v2", None)
    if tags is not None:
        return _from_tags(tags, label)
    exif = im.info.get("exif")
    turn = orientation(exif) if isinstance(exif, bytes) else 1
    return im.width, im.height, turn or 1


def _from_tags(tags: Any, label: str) -> tuple[int, int, int]:
    """Return a TIFF's stored sides (Pillow's `size` is turned); refuse raw files, which start with a thumbnail."""
    if _DNG in tags or (_SUB_IFDS in tags and tags.get(_SUBFILE) == 1):
        raise UnsupportedFormat(f"{label}: RAW (DNG, NEF, ARW ...) is not opened here", "develop it to JPEG or PNG")
    turn = tags.get(_ORIENTATION)
    return int(tags[_WIDTH]), int(tags[_HEIGHT]), turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _reason(error: BaseException) -> str:
    from visionask.images.faults import reason

    return reason(error)
