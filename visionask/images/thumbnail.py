"""The thumbnails of reports: small JPEGs made from the very bytes that are sent, or as those are, and smaller."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

from visionask.core.geometry import Size, fit_box
from visionask.images.decode import as_corrupt, quieten

if TYPE_CHECKING:
    from visionask.core.image import EncodedImage, PictureSpec

_SIDE_PX = 160
_QUALITY = 60  # about 4 kB for a photograph of 160 px
_PAPER = (255, 255, 255)


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


def thumbnail_of(data: bytes, spec: PictureSpec, *, label: str, side_px: int = _SIDE_PX, name: bytes = b"") -> bytes:
    """Make the thumbnail of what would be sent of these bytes, decoded no larger than it needs.

    Raises what `encode` raises.
    """
    from visionask.images.prepare import encode

    width, height = fit_box(Size(spec.width_px, spec.height_px), side_px)
    small = spec._replace(width_px=max(2, width), height_px=max(2, height), keeps_metadata=False)
    return thumbnail(encode(data, small, label=label), side_px=side_px, name=name)
