"""The thumbnails of reports: small JPEGs made of the pixels that are sent, or as those are, and smaller.

Where a picture is being made they are of the pixels in hand, before these are encoded, or of the decode that proves an
untouched JPEG whole. Else they are made anew, of the bytes that are sent or of the source's.
"""

from __future__ import annotations

import contextlib
import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

from visionask.core.geometry import Size, fit_box
from visionask.core.ledger import Thumbnail
from visionask.images.decode import as_corrupt, quieten

if TYPE_CHECKING:
    from PIL import Image

    from visionask.core.image import EncodedImage, PictureSpec

_SIDE_PX = 160
_QUALITY = 60  # about 4 kB for a photograph of 160 px
_PAPER = (255, 255, 255)
_MOST_PX = 200  # of a side that is left as it is
_THINNED = 3


def thumbnail_name(sha256: str, spec: PictureSpec) -> bytes:
    """Return a name for the thumbnail of what is made of these bytes: others for other bytes, and for each change."""
    return hashlib.sha256(repr((_SIDE_PX, _QUALITY, sha256, *spec)).encode()).hexdigest()[:32].encode()


def thumbnail(encoded: EncodedImage, *, side_px: int = _SIDE_PX, name: bytes = b"") -> bytes:
    """Make a JPEG whose sides are at most `side_px`, with no metadata; its comment is `name`, by which a page that is
    written again finds it. A small picture is not enlarged.

    A JPEG is decoded at an eighth, a quarter or a half of its size where that is enough. Raises CorruptImage.
    """
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    quieten()
    with as_corrupt("thumbnail", lenient=True):
        im: Image.Image = (PngImageFile if encoded.format == "PNG" else JpegImageFile)(BytesIO(encoded.data))
        im.thumbnail((side_px, side_px), Image.Resampling.BICUBIC, reducing_gap=2.0)
        if im.has_transparency_data:
            im = im.convert("RGBA")
            paper = Image.new("RGB", im.size, _PAPER)
            paper.paste(im, mask=im.getchannel("A"))
            im = paper
        im = im if im.mode == "L" else im.convert("RGB")
        out = BytesIO()
        im.save(out, "JPEG", quality=_QUALITY, optimize=True, comment=name)
    return out.getvalue()


def thumbnail_of_pixels(im: Image.Image, *, name: bytes = b"") -> bytes:
    """Make the thumbnail of what `encode` shows to `on_pixels`: opaque, RGB, YCbCr or grey, without metadata.

    Large ones are thinned out to three times its size first: 1824x1368 px take 0.4 ms so, and 4 with all pixels. Tables
    of its own, a quarter fewer bytes, would take half of the time that a small one has (0.07 of 0.14 ms at 100x75 px).
    """
    from PIL.Image import Resampling

    is_large = max(im.size) > _MOST_PX
    if is_large:
        width, height = fit_box(Size(*im.size), _SIDE_PX)
        if min(im.width // width, im.height // height) > _THINNED:
            im = im.resize((width * _THINNED, height * _THINNED), Resampling.NEAREST)
        im = im.resize((width, height), Resampling.BILINEAR)
    out = BytesIO()
    im.save(out, "JPEG", quality=_QUALITY, optimize=is_large, comment=name)
    return out.getvalue()


def encode_with_thumbnail(
    data: bytes, spec: PictureSpec, *, label: str, sha256: str | None = None
) -> tuple[EncodedImage, Thumbnail | None]:
    """Return what `encode` does, and the thumbnail of the same pixels; None where it cannot be made.

    Raises what `encode` raises.
    """
    from visionask.images.prepare import encode

    sha256, small = sha256 or hashlib.sha256(data).hexdigest(), None
    name = thumbnail_name(sha256, spec)

    def keep(im: Image.Image) -> None:
        nonlocal small
        with contextlib.suppress(Exception):  # whoever wants it makes it anew, or does without
            small = Thumbnail(name, thumbnail_of_pixels(im, name=name))

    return encode(data, spec, label=label, sha256=sha256, on_pixels=keep), small


def thumbnail_of(data: bytes, spec: PictureSpec, *, label: str, side_px: int = _SIDE_PX, name: bytes = b"") -> bytes:
    """Make the thumbnail of what would be sent of these bytes, decoded no larger than it needs.

    Raises what `encode` raises.
    """
    from visionask.images.prepare import encode

    width, height = fit_box(Size(spec.width_px, spec.height_px), side_px)
    small = spec._replace(width_px=max(2, width), height_px=max(2, height), keeps_metadata=False)
    return thumbnail(encode(data, small, label=label), side_px=side_px, name=name)
