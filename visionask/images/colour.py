"""Colour: every pixel mode to plain RGB or grey, transparency onto white, ICC profiles to sRGB."""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

_MODES_AFTER_RESIZE = ("RGB", "L", "CMYK", "LAB")
# Colorants of sRGB, adapted to D50 (X, Y, Z of red, green, blue). Source: IEC 61966-2-1 through ICC.1:2022, Annex E.
_SRGB = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
_ROWS = 256
_SRGB_MIDDLE = 0.2140  # the linear light of half signal: ((0.5 + 0.055) / 1.055) ** 2.4


def flatten(
    im: Image.Image,
    *,
    key: tuple[int, ...] = (),
    sample_bits: int = 0,
    is_white_zero: bool = False,
    gamma: float = 0.0,
    has_spare_alpha: bool = False,
) -> Image.Image:
    """Return a decoded picture as RGB, L, CMYK or LAB, opaque, with what was transparent painted white.

    `key` is the value that means transparent in a grey or RGB PNG, as its Container has it. `gamma`: that its samples
    were made by, where it is not sRGB's and there is no profile. `sample_bits` is what the file says of
    16-bit samples (12 in some scans), 0 where it says nothing. `is_white_zero`: 0 means white, which Pillow heeds for
    up to 8 bits. `has_spare_alpha`: the format's alpha is not in use where all of it is 0, as Windows and browsers
    take it (Source: Chromium's `BMPImageReader`, checked 2026-11-28).
    """
    if has_spare_alpha and im.mode == "RGBA" and im.getchannel("A").getextrema() == (0, 0):
        im = im.convert("RGB")
    hidden = None
    if im.mode in ("I", "F") or im.mode.startswith("I;16"):
        hidden, key = _deep_mask(im, key), ()
        im = _to_grey(im, sample_bits)
        im = im.point([255 - value for value in range(256)]) if is_white_zero else im
    elif im.mode == "1":
        im = im.convert("L")
    elif im.mode in ("P", "PA"):
        im = _from_palette(im)
    elif im.mode in ("RGBa", "La"):
        im = im.convert("RGBA" if im.mode == "RGBa" else "LA")
    if im.mode in ("RGBA", "LA"):
        return _onto_white(_as_srgb(im, gamma))
    if im.mode not in _MODES_AFTER_RESIZE:
        im = im.convert("RGB")
    im = _clear_key(im, key) if len(key) == len(im.getbands()) else im
    if hidden is not None:
        im.paste("white", mask=hidden)
    return _as_srgb(im, gamma)


def _as_srgb(im: Image.Image, gamma: float) -> Image.Image:
    """Return the samples of a gamma as those of sRGB; alpha has none."""
    if not gamma or im.mode in ("CMYK", "LAB"):
        return im
    return im.point([value for band in im.getbands() for value in (range(256) if band == "A" else _from_gamma(gamma))])


def _deep_mask(im: Image.Image, key: tuple[int, ...]) -> Image.Image | None:
    """Return where greys of 16 bits have the value that means transparent."""
    if len(key) != 1 or not im.mode.startswith("I;16"):
        return None
    return im.convert("I").point([255 * (value == key[0]) for value in range(65536)], "L")


def _from_palette(im: Image.Image) -> Image.Image:
    has_clear = im.mode == "PA" or "transparency" in im.info or (im.palette is not None and im.palette.mode == "RGBA")
    return im.convert("RGBA" if has_clear else "RGB")


def _onto_white(im: Image.Image) -> Image.Image:
    """Paint what is transparent white, a few rows at a time: whole, it would take 9 bytes a pixel more."""
    from PIL import Image

    opaque = "RGB" if im.mode == "RGBA" else "L"
    page = Image.new(opaque, im.size, "white")
    for top in range(0, im.height, _ROWS):
        rows = im.crop((0, top, im.width, min(top + _ROWS, im.height)))
        alpha = rows.getchannel("A")
        page.paste(rows.convert(opaque), (0, top), None if alpha.getextrema() == (255, 255) else alpha)
    return page


def _clear_key(im: Image.Image, key: tuple[int, ...]) -> Image.Image:
    from PIL import ImageChops

    mask = None
    for band, value in zip(im.split(), key, strict=True):
        hit = band.point([255 if i == value else 0 for i in range(256)])
        mask = hit if mask is None else ImageChops.darker(mask, hit)
    im.paste("white", mask=mask)
    return im


def _to_grey(im: Image.Image, sample_bits: int) -> Image.Image:
    """Scale deep grey to 8 bits by its own range: clipping would make all of it white."""
    if im.mode.startswith("I;16"):
        bits = sample_bits if 8 < sample_bits <= 16 else 16
        return _scale(im, 0, (255 << bits) >> 8)  # by 256 and not 257: as PNG decoders do, and `key` is made
    low, high = _range(im)
    for top in (1, 255) if im.mode == "F" else (255, 65535):
        if low >= 0 and high <= top:
            return _scale(im, 0, top)
    return _scale(im, low, high)


def _range(im: Image.Image) -> tuple[float, float]:
    low, high = (float(v) for v in im.getextrema())  # type: ignore[arg-type]
    return (low, high) if math.isfinite(low) and math.isfinite(high) else (0.0, 1.0)


def _scale(im: Image.Image, low: float, high: float) -> Image.Image:
    """Map `low` to 0 and `high` to 255, a few rows at a time: whole, it would take 9 bytes a pixel more."""
    from PIL import Image

    span = (high - low) or 1
    factor, offset = 255 / span, -low * 255 / span
    grey = Image.new("L", im.size)
    for top in range(0, im.height, _ROWS):
        rows = im.crop((0, top, im.width, min(top + _ROWS, im.height)))
        rows = rows.convert("I") if rows.mode.startswith("I;16") else rows
        grey.paste(rows.point(lambda v: v * factor + offset).convert("L"), (0, top))
    return grey


def to_srgb(im: Image.Image, icc: bytes) -> Image.Image:
    """Return the picture as RGB or L in sRGB. A broken profile, or one for other channels, is left out of account."""
    converted = _by_profile(im, icc) if icc and not is_srgb(icc) else None
    if converted is not None:
        return converted
    if im.mode == "LAB":
        return _by_profile(im, b"LAB") or im.convert("L")
    return im if im.mode in ("RGB", "L") else im.convert("RGB")


@lru_cache(maxsize=16)
def _from_gamma(gamma: float) -> list[int]:
    """Return the 256 sRGB values of samples that were made by a gamma: at 1.0, 200 is the light 0.784, and 229."""
    lights = [(value / 255) ** (1 / gamma) for value in range(256)]
    signals = [12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055 for light in lights]
    return [round(255 * signal) for signal in signals]


def doubts(im: Image.Image, *, has_spare_alpha: bool) -> list[str]:
    """Say of decoded pixels what nobody knows how to show: greys without a range, and a picture that is all clear."""
    if im.mode in ("I", "F"):
        return ["its greys have no stated range: which is black and which is white is a guess"]
    has_alpha = im.mode in ("RGBA", "LA", "PA")
    if not has_alpha or im.getchannel("A").getextrema() != (0, 0):
        return []
    if not has_spare_alpha:
        return ["all of it is transparent: sent as plain white"]
    return ["all of it is transparent: sent as opaque, as Windows shows it"] if im.format == "BMP" else []


def _by_profile(im: Image.Image, icc: bytes) -> Image.Image | None:
    space = "LAB" if icc == b"LAB" else icc[16:20].decode("latin-1").strip()
    if {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "LAB"}[im.mode] != {"Lab": "LAB"}.get(space, space):
        return None
    from io import BytesIO

    from PIL import ImageCms

    try:
        source: Any = ImageCms.createProfile("LAB") if icc == b"LAB" else ImageCms.ImageCmsProfile(BytesIO(icc))
        target = ImageCms.createProfile("sRGB")
        mode = "L" if im.mode == "L" else "RGB"
        converted = ImageCms.profileToProfile(im, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if converted is None else converted.convert(mode) if converted.mode != mode else converted


@lru_cache(maxsize=64)
def is_srgb(icc: bytes) -> bool:
    """Return from a profile's own numbers whether it is sRGB: then nothing is converted and lcms is not loaded."""
    if icc[16:20] != b"RGB ":
        return False
    try:
        tags = _tags(icc)
        for name, wanted in _SRGB.items():
            raw = struct.unpack_from(">3i", tags[name], 8)
            if any(abs(v / 65536 - w) > 0.003 for v, w in zip(raw, wanted, strict=True)):
                return False
        return abs(_middle(tags[b"gTRC"]) - _SRGB_MIDDLE) < 0.015
    except (KeyError, struct.error):
        return False


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    tags = {}
    for i in range(min(count, 100)):
        name, at, length = struct.unpack_from(">4sII", icc, 132 + 12 * i)
        tags[name] = icc[at : at + length]
    return tags


def _middle(curve: bytes) -> float:
    """Return the linear light that a tone curve gives for half signal."""
    if curve[:4] == b"para":
        kind, _, gamma, *rest = struct.unpack_from(">HHi", curve, 8) + struct.unpack_from(">2i", curve + bytes(8), 16)
        a, b = (v / 65536 for v in rest) if kind else (1.0, 0.0)
        return float(max(0.0, a * 0.5 + b) ** (gamma / 65536))
    (count,) = struct.unpack_from(">I", curve, 8)
    if count == 0:
        return 0.5
    if count == 1:
        return float(0.5 ** (struct.unpack_from(">H", curve, 12)[0] / 256))
    return float(struct.unpack_from(">H", curve, 12 + 2 * (count // 2))[0] / 65535)
