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


def _mask(one: Image, other: Image) -> Image:
    from PIL import ImageChops

    bands = ImageChops.difference(one, other).split()
    mask = bands[0]
    for band in bands[1:]:
        mask = ImageChops.lighter(mask, band)
    return mask
