"""Telling whether two pictures have the same pixels, upright, whatever their formats and metadata are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from visionask.core.geometry import Box, clip_box
from visionask.images import colour
from visionask.images.decode import as_corrupt, load, open_picture, quieten
from visionask.images.orient import turn_upright, turned
from visionask.images.prepare import flatten

if TYPE_CHECKING:
    from visionask.core.image import PictureSpec


def pixel_digest(data: bytes, spec: PictureSpec, *, label: str) -> str:
    """Return a digest of the upright pixels in sRGB on white, and of their size; turn, crop and redactions are applied.

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
        return f"{im.width}x{im.height}:{hashlib.sha256(im.tobytes()).hexdigest()}"
