"""The choice between JPEG and PNG for a picture that is encoded anew, and keeping it under the byte limit.

Measured on a 3840x2160 screenshot (CPU ms, bytes) at 2134x1200: JPEG 4:2:0 q85 10 ms, 385 kB; JPEG 4:4:4 q90 16 ms,
634 kB; PNG level 1 128 ms, 1,099 kB; PNG level 6 188 ms, 1,039 kB. At 512x288: 0.7, 1.0, 10 and 17 ms; 31, 50, 118
and 110 kB. So a large graphic goes as JPEG 4:4:4 q90 (small coloured text keeps its edges; 4:2:0 smears them) and PNG
is kept for small graphics and for those of few colours, where it is exact and as small.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from visionask.core.errors import TooLarge

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 6_500_000  # 8.7 MB of base64: common proxies and servers drop a body of 10 MB (seen 2026-11-22)

_SMALL_PX = 512 * 512
_TINY_PX = 64 * 64  # here a JPEG's tables outweigh its picture
_FLAT_SHARE = 0.5  # of neighbours that are equal: screenshots 0.7 and more, photographs below 0.3
_FEW_COLOURS = {"RGB": 256, "L": 16}
_SAMPLED_ROWS = 32
_GRAPHIC_QUALITY = 90
_FALLBACK_QUALITIES = (75, 60, 40, 25)


def encode_pixels(
    im: Image.Image,
    *,
    is_photo_format: bool,
    quality: int,
    max_bytes: int,
    kept: dict[str, bytes],
    is_exact: bool = False,
) -> tuple[str, bytes] | None:
    """Encode an RGB or L picture as ("JPEG" | "PNG", bytes); None where even quality 25 is above `max_bytes`.

    `is_photo_format` says that the source was a JPEG or the like, whose noise PNG would only keep; `is_exact` that
    these are the pixels of a PNG of few colours, to be kept. `kept` is metadata to put in: exif, icc_profile, xmp.
    """
    is_graphic = not is_photo_format and flat_share(im) >= _FLAT_SHARE
    if is_exact or (not is_photo_format and _suits_png(im, is_graphic=is_graphic)):
        data = _save(im, "PNG", compress_level=6 if im.width * im.height <= _TINY_PX else 1, **_for_png(kept))
        if len(data) <= max_bytes:
            return "PNG", data
    fine = {"quality": max(quality, _GRAPHIC_QUALITY), "subsampling": 0} if is_graphic else {"quality": quality}
    for options in (fine, *({"quality": q} for q in _FALLBACK_QUALITIES if q < quality)):
        data = _save(im, "JPEG", **options, **_for_jpeg(kept))
        if len(data) <= max_bytes:
            return "JPEG", data
    return None


def too_many_bytes(label: str, max_bytes: int) -> TooLarge:
    """Word that no encoding fits."""
    return TooLarge(f"{label}: more than {max_bytes:,} bytes at any quality", "use --max-side to send it smaller")


def flat_share(im: Image.Image) -> float:
    """Return the share, 0 to 1, of horizontal neighbours that are equal, measured on 32 rows."""
    from PIL import Image, ImageChops

    rows = min(_SAMPLED_ROWS, im.height)
    sample = Image.new(im.mode, (im.width, rows))
    for i in range(rows):
        y = i * im.height // rows
        sample.paste(im.crop((0, y, im.width, y + 1)), (0, i))
    if im.width < 2:
        return 1.0
    left, right = sample.crop((0, 0, im.width - 1, rows)), sample.crop((1, 0, im.width, rows))
    most, *others = ImageChops.difference(left, right).split()
    for band in others:
        most = ImageChops.lighter(most, band)
    return most.histogram()[0] / ((im.width - 1) * rows)


def _suits_png(im: Image.Image, *, is_graphic: bool) -> bool:
    area = im.width * im.height
    if area <= _TINY_PX or (is_graphic and area <= _SMALL_PX):
        return True
    return is_graphic and im.getcolors(_FEW_COLOURS[im.mode]) is not None


def _save(im: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    im.save(buffer, kind, **options)
    return buffer.getvalue()


def _for_jpeg(kept: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what a JPEG segment (64 kB) cannot hold; a profile is split over several."""
    return {name: value for name, value in kept.items() if name == "icc_profile" or len(value) < 65_000}


def _for_png(kept: dict[str, bytes]) -> dict[str, object]:
    from PIL.PngImagePlugin import PngInfo

    options: dict[str, object] = {name: value for name, value in kept.items() if name != "xmp"}
    if "xmp" in kept:
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", kept["xmp"].decode("utf-8", "replace"))
        options["pnginfo"] = info
    return options
