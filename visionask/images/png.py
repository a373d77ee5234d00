"""The structure of PNG files: chunks, their sums, and the lossless cutting of metadata.

The structure of ICO files: the largest of the pictures inside.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import field, replace
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.images.formats import Container
from visionask.images.probe import orientation, raw_exif

if TYPE_CHECKING:
    from collections.abc import Iterator


_SIGNATURE = b"\x89PNG\r\n\x1a\n"


_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type


_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


_ICC_LIMIT_BYTES = 4 << 20  # a profile is some kB; a bomb is refused by leaving it out


_XMP_KEY = b"XML:com.adobe.xmp\0\0\0"


@dataclass(slots=True)
class _Parts:
    header: bytes = b""
    palette: bytes = b""
    clear: bytes = b""  # tRNS
    coded: list[bytes | memoryview] = field(default_factory=list)  # IDAT
    exif: bytes = b""
    raw_exif: bytes = b""  # in a text chunk, as ImageMagick writes it
    late_exif: bytes = b""  # behind the pixels
    icc: bytes = b""
    colours: dict[bytes, bytes] = field(default_factory=dict)  # gAMA, cHRM, sRGB and cICP
    xmp: bytes = b""
    frames: int = 1
    is_animated: bool = False
    is_still_first: bool = False  # the picture that is no animation is also the first frame of it
    faults: list[str] = field(default_factory=list)


def read_png(data: bytes) -> Container:
    """Take a PNG apart. Never raises: `faults` says what is not whole."""
    parts = _Parts()
    for kind, body, fault in _chunks(data):
        if fault:
            parts.faults.append(fault)
        _sort(kind, body, parts)
    if len(parts.header) != 13:
        return Container(format="PNG", pixels=data, faults=("no header",))
    depth, colour = parts.header[8], parts.header[9]
    if colour == 3 and len(parts.palette) < 3:
        parts.faults.append("no palette")
    is_clear = bool(parts.clear) and (colour in (0, 2) or parts.clear.strip(b"\xff") != b"")
    gamma = _gamma(parts)
    is_plain = colour in (0, 2) and depth == 8 and not is_clear and not parts.faults and not gamma  # as on the wire
    slim = _build(parts, with_clear=is_clear and colour == 3, whole=data)
    return Container(
        format="PNG",
        pixels=slim,
        own=slim if is_plain else None,
        exif=parts.exif or parts.raw_exif,
        is_turn_late=not parts.exif and orientation(parts.late_exif) > 1,
        icc=parts.icc,
        xmp=parts.xmp,
        frames=parts.frames,
        key=_key(parts.clear, depth, colour),
        gamma=gamma,
        unknown=_unknown(parts),
        inflated_bytes=_inflated_bytes(parts.header),
        faults=tuple(parts.faults),
    )


def mend_png(container: Container) -> bytes:
    """Rebuild a broken PNG from what its IDAT still inflates to; the missing rows stay black."""
    parts = _Parts()
    for kind, body, _ in _chunks(container.pixels):
        _sort(kind, body, parts)
    inflater, deflater, left = zlib.decompressobj(), zlib.compressobj(1), b"".join(parts.coded)
    missing, coded = container.inflated_bytes, []
    try:
        while left and missing > 0:
            rows = inflater.decompress(left, min(missing, 1 << 16))
            missing -= len(rows)
            coded.append(deflater.compress(rows))
            left = inflater.unconsumed_tail
    except zlib.error:
        pass
    parts.coded = [b"".join([*coded, deflater.flush()])]
    return _build(parts, with_clear=bool(parts.clear))


def holds_all_rows(container: Container) -> bool:
    """Inflate the IDAT, keeping nothing, and tell whether it has every row that the header promises."""
    inflater = zlib.decompressobj()
    seen = 0
    for kind, body, _ in _chunks(container.pixels):
        left = body if kind == b"IDAT" else b""
        while left and seen < container.inflated_bytes:
            try:
                seen += len(inflater.decompress(left, 1 << 20))
            except zlib.error:
                return False
            left = inflater.unconsumed_tail
    return seen >= container.inflated_bytes


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, str]]:
    """Yield (type, body, fault) up to IEND; metadata chunks with a wrong sum are left out in silence."""
    at, end = len(_SIGNATURE), len(data)
    view = memoryview(data)
    while at + 8 <= end:
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        stop = at + 8 + length
        if stop + 4 > end:
            yield kind, view[at + 8 : end] if kind == b"IDAT" else view[:0], "cut short"
            return
        is_sound = zlib.crc32(view[at + 4 : stop]) == int.from_bytes(data[stop : stop + 4], "big")
        matters = kind in (b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"IEND")
        if is_sound or matters:
            yield kind, view[at + 8 : stop], "" if is_sound else "a chunk's check sum is wrong"
        if kind == b"IEND":
            return
        at = stop + 4
    yield b"", view[:0], "no end chunk"


def _sort(kind: bytes, view: memoryview, parts: _Parts) -> None:  # one line a chunk type
    if kind == b"IDAT":
        parts.coded.append(view)  # megabytes: copied once, when all is joined, or never
        return
    body = bytes(view)
    if kind == b"IHDR":
        parts.header = parts.header or body
    elif kind == b"PLTE":
        parts.palette = parts.palette or body
    elif (
        kind == b"tRNS" and not parts.coded and (parts.palette or parts.header[9:10] != b"\3")
    ):  # else not in its place
        parts.clear = parts.clear or body
    elif kind == b"eXIf" and parts.coded:
        parts.late_exif = parts.late_exif or body
    elif kind == b"eXIf":
        parts.exif = parts.exif or body
    elif kind in (b"zTXt", b"tEXt") and not parts.coded:
        parts.raw_exif = parts.raw_exif or raw_exif(kind, body)
    elif kind == b"iCCP":
        parts.icc = parts.icc or _inflate_icc(body)
    elif kind in (b"gAMA", b"cHRM", b"sRGB", b"cICP") and not parts.coded:
        parts.colours.setdefault(kind, body)
    elif kind == b"iTXt" and body.startswith(_XMP_KEY):
        parts.xmp = body[len(_XMP_KEY) :].lstrip(b"\0")
    elif kind in (b"acTL", b"fcTL") and not parts.coded:
        _sort_animation(kind, body, parts)


def _sort_animation(kind: bytes, body: bytes, parts: _Parts) -> None:
    if kind == b"fcTL":
        parts.is_still_first = True
    elif len(body) == 8:
        parts.frames = max(1, int.from_bytes(body[:4], "big"))
        parts.is_animated = True


def _gamma(parts: _Parts) -> float:
    """Return the gamma that the samples were made by; 0 where it is sRGB's, or another chunk says so.

    1.0 stands as 100000. Source: PNG, third edition (W3C, 2025), 4.3 and 11.3.2: cICP, iCCP and sRGB go before gAMA.
    """
    body = parts.colours.get(b"gAMA", b"")
    if len(body) != 4 or parts.icc or b"sRGB" in parts.colours or b"cICP" in parts.colours:
        return 0.0
    gamma = int.from_bytes(body, "big") / 100_000
    return 0.0 if abs(gamma * 2.2 - 1) < 0.05 else gamma


_SRGB_CICP = b"\1\x0d\0\1"
_SRGB_CHRM = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def _unknown(parts: _Parts) -> tuple[str, ...]:
    """Name what is not shown here as browsers show it."""
    found = []
    if parts.is_animated and not parts.is_still_first:
        found.append("its first picture is no part of its animation: browsers show another")
    if parts.clear and parts.header[8:10] == b"\x10\2":
        found.append("its transparent colour has 16 bits, of which 8 are heeded here: its neighbours turn white too")
    return (*found, *_unknown_colours(parts))


def _unknown_colours(parts: _Parts) -> tuple[str, ...]:
    """Name the colour spaces that are not converted here."""
    found, cicp, chrm = parts.colours, parts.colours.get(b"cICP"), parts.colours.get(b"cHRM", b"")
    if cicp is not None:
        return () if cicp == _SRGB_CICP else ("its colour space (cICP) is not known here: colours may differ",)
    if parts.icc or b"sRGB" in found or len(chrm) != 32:
        return ()
    pairs = zip(struct.unpack(">8I", chrm), struct.unpack(">8I", _SRGB_CHRM), strict=True)
    is_srgb = all(abs(value - wanted) <= 1000 for value, wanted in pairs)
    return () if is_srgb else ("its primaries (cHRM) are not those of sRGB: colours may differ",)


def _inflate_icc(body: bytes) -> bytes:
    _, _, rest = body.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(rest[1:], _ICC_LIMIT_BYTES)
    except zlib.error:
        return b""
    return profile if inflater.eof else b""


def _build(parts: _Parts, *, with_clear: bool, whole: bytes = b"") -> bytes:
    """Write the chunks that matter. `whole` is the file: it is returned, not copied, if that is all it has."""
    chunks: list[tuple[bytes, bytes | memoryview]] = [(b"IHDR", parts.header)]
    clear = parts.clear
    if parts.palette and parts.header[9] == 3:
        entries = len(parts.palette) // 3
        missing = (1 << min(parts.header[8], 8)) - entries  # what is beyond it is shown by Chromium as its last colour
        chunks.append((b"PLTE", parts.palette + parts.palette[-3:] * missing))
        clear += clear[entries - 1 : entries] * missing
    if with_clear:
        chunks.append((b"tRNS", clear))
    chunks += [(b"IDAT", body) for body in parts.coded]
    chunks.append((b"IEND", b""))
    if not parts.faults and len(whole) == len(_SIGNATURE) + sum(12 + len(body) for _, body in chunks):
        return whole
    out: list[bytes | memoryview] = [_SIGNATURE]
    for kind, body in chunks:
        out += (struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))))
    return b"".join(out)


def _key(clear: bytes, depth: int, colour: int) -> tuple[int, ...]:
    """Scale the transparent value to 8 bits as the decoder scales pixels: 1, 2, 4 bits up, 16 bits of colours down.

    Greys of 16 bits are compared as they are. Of a value for 8 bits the higher byte says nothing.
    """
    if colour not in (0, 2) or len(clear) != 2 * _SAMPLES[colour]:
        return ()
    raw = struct.unpack(f">{len(clear) // 2}H", clear)
    if depth == 16:
        return tuple(v >> 8 for v in raw) if colour else raw
    if depth == 8:
        return tuple(v & 255 for v in raw)
    return tuple(v * 255 // ((1 << depth) - 1) for v in raw)


def _inflated_bytes(header: bytes) -> int:
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    bits = depth * _SAMPLES.get(colour, 4)
    if not header[12]:
        return int(height * (1 + (width * bits + 7) // 8))
    total = 0
    for x, y, dx, dy in _PASSES:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def read_icon(data: bytes) -> Container:
    """Return the PNG inside an icon, whose size its own header tells, or the icon itself."""
    best, area = b"", 0
    for i in range(min(int.from_bytes(data[4:6], "little"), 256)):
        entry = data[6 + 16 * i : 22 + 16 * i]
        if len(entry) < 16:
            break
        size = (entry[0] or 256) * (entry[1] or 256)
        length, at = struct.unpack_from("<II", entry, 8)
        if size > area:
            best, area = data[at : at + length], size
    if best.startswith(b"\x89PNG"):
        return replace(read_png(best), own=None)
    bitmap = struct.unpack_from("<ii", best, 4) if len(best) >= 40 else (1, 1)
    if not (0 < bitmap[0] <= 1024 and 0 < abs(bitmap[1]) <= 2048):
        return Container(format="ICO", pixels=data, faults=("its bitmap has an impossible size",))
    mask = best[-4 * -(-bitmap[0] // 32) * (abs(bitmap[1]) // 2) :]  # a bit for each pixel, behind the colours
    return Container(format="ICO", pixels=data, has_spare_alpha=not any(mask))
