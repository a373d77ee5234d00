"""The pixels of two pictures held against each other, upright, whatever their formats and metadata are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from visionask.core.geometry import Box, clip_box
from visionask.images import colour
from visionask.images.decode import as_corrupt, load, open_picture, quieten
from visionask.images.orient import turn_upright, turned
from visionask.images.prepare import flatten

if TYPE_CHECKING:
    from PIL.Image import Image

    from visionask.core.image import PictureSpec


def upright_pixels(data: bytes, spec: PictureSpec, *, label: str) -> Image:
    """Return the upright pixels in sRGB on white; turn, crop and redactions are applied.

    Raises what `prepare.encode` does: a picture that cannot be decoded is like no other.
    """
    quieten()
    opened = open_picture(data, label=label, max_pixels=spec.max_pixels, lenient=False, frame=spec.frame)
    with as_corrupt(label, lenient=False):
        load(opened, label=label, max_pixels=spec.max_pixels, lenient=False)
        im = colour.to_srgb(flatten(opened), opened.container.icc)
        im = turn_upright(im, turned(opened.orientation, spec.rotate)).convert("RGB")
        for box in spec.redact:
            inside = clip_box(box, im.size)
            if inside is not None:
                im.paste((0, 0, 0), inside.sides)
        if spec.crop is not None:
            im = im.crop(Box(*spec.crop).sides)
        return im


def pixel_digest(data: bytes, spec: PictureSpec, *, label: str) -> str:
    """Return a digest of `upright_pixels` and of their size. Raises what they do."""
    im = upright_pixels(data, spec, label=label)
    return f"{im.width}x{im.height}:{hashlib.sha256(im.tobytes()).hexdigest()}"


def difference(one: Image, other: Image) -> float:
    """Return the share of pixels that differ, from 0 to 1; pictures of different sizes differ in all of them."""
    if one.size != other.size:
        return 1.0
    mask = _mask(one, other)
    return 1 - mask.histogram()[0] / (one.width * one.height)


def difference_jpeg(one: Image, other: Image, *, side_px: int) -> bytes | None:
    """Return a small JPEG of the first picture, pale, with what differs in red; None for pictures of different sizes.

    A single pixel that differs is large enough to be seen.
    """
    from io import BytesIO

    from PIL import ImageFilter

    if one.size != other.size:
        return None
    mask = _mask(one, other).point(lambda level: 255 if level else 0)
    while max(mask.size) > side_px:  # by halves, as the mean of four of which one differs is far above 0
        mask = mask.reduce(2).point(lambda level: 255 if level else 0)
    pale = one.convert("L").resize(mask.size)
    mask = mask.filter(ImageFilter.MaxFilter(5))
    pale = pale.point(lambda level: 170 + level // 3).convert("RGB")
    pale.paste((214, 0, 28), mask=mask)
    out = BytesIO()
    pale.save(out, "JPEG", quality=75, subsampling=0)  # else red of a few pixels is grey
    return out.getvalue()


def _mask(one: Image, other: Image) -> Image:
    from PIL import ImageChops

    bands = ImageChops.difference(one, other).split()
    mask = bands[0]
    for band in bands[1:]:
        mask = ImageChops.lighter(mask, band)
    return mask
