"""The structure of JPEG files: segments, scans, and the lossless cutting of metadata."""

from __future__ import annotations

import re
from dataclasses import field

from visionask.core.dataclass import dataclass
from visionask.images.formats import Container

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"
_EOI = b"\xff\xd9"
_NOTED_SCANS = 100  # more are refused anyway
_NOISE = b"\x5a\xa5\x3c\x96" * 64
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in coded data FF is followed by 00 or a restart
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset((0xC4, 0xCC, 0xDB, 0xDC, 0xDD))
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))


@dataclass(slots=True)
class _Parts:
    """What the walk has met so far."""

    kept: list[bytes | memoryview] = field(default_factory=lambda: [b"\xff\xd8"])
    exif: bytes = b""
    xmp: bytes = b""
    icc: dict[int, bytes] = field(default_factory=dict)
    frame: bytes = b""  # marker and body of the SOF segment
    adobe: int = -1  # the transform that an Adobe segment names
    scans: int = 0
    bits_left: dict[tuple[int, int], int] = field(default_factory=dict)  # progressive: by (component, coefficient)
    is_buffered: bool = False
    interval: int = 0  # restart markers stand between so many MCUs


def read_jpeg(data: bytes) -> Container:
    """Take a JPEG apart. Never raises: a file that cannot be walked is handed to the decoder as it is."""
    parts = _Parts()
    end = _walk(data, parts)
    if end is None:
        return Container(format="JPEG", pixels=data, exif=parts.exif, scans=parts.scans or 1, faults=("no end marker",))
    slim = b"".join([*parts.kept, _EOI])
    faults = () if _has_all_scans(parts) else ("its last scans are missing",)
    if parts.is_buffered and not _has_all_restarts(parts):
        faults = ("its last scan is cut short",)
    if _is_too_short(parts.frame, len(slim)):
        faults = ("far too short for its size",)
    return Container(
        format="JPEG",
        pixels=slim,
        own=slim if _is_plain(parts) else None,
        exif=parts.exif,
        icc=b"".join(parts.icc[i] for i in sorted(parts.icc)),
        xmp=parts.xmp,
        scans=parts.scans,
        is_buffered=parts.is_buffered,
        is_arithmetic=parts.frame[1:2] in (b"\xc9", b"\xca"),
        faults=faults,
    )


def mend_jpeg(data: bytes) -> bytes:
    """Close a cut JPEG, so that the decoder fills what is missing with grey instead of refusing."""
    return data.removesuffix(b"\xff") + _EOI


def with_noise(jpeg: bytes) -> bytes:
    """Put coded bits behind each scan: a whole scan never reads them, a cut one paints them."""
    parts = _Parts()
    _walk(jpeg, parts)
    return b"".join([*(bytes(s).rstrip(b"\xff") + _NOISE if s[:2] == b"\xff\xda" else s for s in parts.kept), _EOI])


def _walk(data: bytes, parts: _Parts) -> int | None:
    """Collect the segments up to the first EOI; return its offset, or None where the file breaks off."""
    at = 2
    while at + 4 <= len(data) or data[at : at + 2] == _EOI:
        if data[at] != 0xFF:
            found = _AFTER_SCAN.search(data, at)  # junk between segments: decoders look for the next marker
            if found is None:
                return None
            at = found.start()
        marker = data[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            return at
        stop = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if max(stop, at + 5) > len(data):
            return None
        if marker == 0xDA:
            found = _AFTER_SCAN.search(data, stop)
            stop = found.start() if found else len(data)
            _note_scan(data, at, parts)
            parts.kept.append(memoryview(data)[at:stop])  # megabytes: copied once, when all is joined
        else:
            _sort(marker, data[at:stop], parts)
        at = stop
    return None


def _note_scan(data: bytes, at: int, parts: _Parts) -> None:
    parts.scans += 1
    components = parts.frame[9] if len(parts.frame) > 9 else 0
    is_progressive = parts.frame[1:2] in (b"\xc2", b"\xca")
    if data[at + 4] < components or is_progressive:
        parts.is_buffered = True
    head = data[at + 5 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
    if is_progressive and parts.scans <= _NOTED_SCANS and len(head) == 2 * data[at + 4] + 3:
        first, last, precision = head[-3:]
        for component in head[:-3:2]:
            for coefficient in range(first, min(last, 63) + 1):
                parts.bits_left[component, coefficient] = precision & 15


def _has_all_scans(parts: _Parts) -> bool:
    """Return whether a progressive JPEG, closed by EOI or not, was refined to the last bit that it began with."""
    if not parts.bits_left or parts.scans > _NOTED_SCANS:
        return True
    has_all_dc = all((component, 0) in parts.bits_left for component in parts.frame[10::3])
    return has_all_dc and not any(parts.bits_left.values())


def _has_all_restarts(parts: _Parts) -> bool:
    """Count the restart markers of the last scan: a decoder that waits for one reads anything else as junk.

    Worked: 160x120 px at 4:2:0 are 20x15 blocks of luma; restarts after each 7 are 42 markers (300 / 7 = 42.9).
    """
    frame, scan = parts.frame, parts.kept[-1]
    if not parts.interval or scan[:2] != b"\xff\xda" or len(frame) < 13:
        return True
    height, width = int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[7:9], "big")
    factors = {frame[i]: divmod(frame[i + 1], 16) for i in range(10, len(frame) - 2, 3)}
    own = factors.get(scan[5], (1, 1)) if scan[4] == 1 else (1, 1)  # a scan of several components goes by the coarsest
    most = [max(1, *(pair[axis] for pair in factors.values())) for axis in (0, 1)]
    sides = (_up(side * own[axis], most[axis]) for axis, side in enumerate((width, height)))
    columns, rows = (_up(side, 8) for side in sides)
    return len(_RESTART.findall(scan)) >= _up(columns * rows, parts.interval) - 1


def _up(number: int, step: int) -> int:
    return -(-number // step)


def _is_too_short(frame: bytes, size_bytes: int) -> bool:
    """Return whether a Huffman-coded JPEG cannot hold one bit for each 8x8 px, which is the least there is.

    60 kB that claim 65500x65500 px would take a GB even at an eighth. Worked: 4096 x 4096 px need 32,768 bytes.
    """
    if len(frame) < 10 or frame[1] not in (0xC0, 0xC1, 0xC2):
        return False
    height, width = int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[7:9], "big")
    return size_bytes * 8 < (height // 8) * (width // 8)


def _sort(marker: int, segment: bytes, parts: _Parts) -> None:
    body = segment[4:]
    if marker in _TABLES or marker in _FRAMES:
        parts.kept.append(segment)
        if marker in _FRAMES:
            parts.frame = segment
        elif marker == 0xDD:
            parts.interval = int.from_bytes(body[:2], "big")
    elif marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 14:
        parts.kept.append(b"\xff\xe0\x00\x10" + body[:12] + b"\0\0")  # without its thumbnail
    elif marker == 0xEE and body[:5] == b"Adobe" and len(body) >= 12:
        parts.kept.append(segment[:2] + b"\x00\x0e" + body[:12])
        parts.adobe = body[11]
    elif marker == 0xE1 and body.startswith(_EXIF):
        parts.exif = parts.exif or body
    elif marker == 0xE1 and body.startswith(_XMP):
        parts.xmp = parts.xmp or body[len(_XMP) :]
    elif marker == 0xE2 and body.startswith(_ICC) and len(body) > 14:
        parts.icc.setdefault(body[12], body[14:])


def _is_plain(parts: _Parts) -> bool:
    """Return whether every decoder reads it alike: 8 bit, grey or YCbCr, Huffman, baseline or progressive."""
    frame = parts.frame
    if len(frame) < 10 or frame[1] not in (0xC0, 0xC1, 0xC2) or frame[4] != 8:
        return False
    names_rgb = frame[10::3][:3] == b"RGB"
    return frame[9] == 1 or (frame[9] == 3 and parts.adobe != 0 and not names_rgb)
