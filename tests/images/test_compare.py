"""Telling whether two pictures are the same: by upright pixels, not by format, metadata or orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.pictures import encoded, photo, private_exif
from visionask.core.errors import CorruptImage
from visionask.core.image import PictureSpec
from visionask.images.compare import pixel_digest

if TYPE_CHECKING:
    from PIL import Image

SPEC = PictureSpec(width_px=30, height_px=20)


def digest(data: bytes, spec: PictureSpec = SPEC) -> str:
    return pixel_digest(data, spec, label="x")


def picture() -> Image.Image:
    return photo((30, 20))


def test_formats_metadata_and_orientation_do_not_count() -> None:
    plain = digest(encoded(picture(), "PNG"))
    assert digest(encoded(picture(), "BMP")) == plain
    assert digest(encoded(picture(), "WEBP", lossless=True)) == plain
    assert digest(encoded(picture(), "PNG", exif=private_exif(1))) == plain
    turned = picture().transpose(2)  # by 90 degrees to the left; orientation 6 turns it back
    assert digest(encoded(turned, "PNG", exif=private_exif(6))) == plain
    assert digest(encoded(turned, "PNG")) != plain
    assert digest(encoded(picture().convert("RGBA"), "PNG")) == plain


def test_one_pixel_counts_unless_it_is_cut_off_or_painted_over() -> None:
    changed = picture()
    changed.putpixel((3, 4), (1, 2, 3))
    one, other = encoded(picture(), "PNG"), encoded(changed, "PNG")
    assert digest(one) != digest(other)
    cut = SPEC._replace(crop=(4, 0, 26, 20))
    assert digest(one, cut) == digest(other, cut)
    painted = SPEC._replace(redact=((3, 4, 1, 1),))
    assert digest(one, painted) == digest(other, painted)


def test_the_same_pixels_in_other_rows_are_another_picture() -> None:
    from PIL import Image

    assert digest(encoded(Image.new("RGB", (30, 20)), "PNG")) != digest(encoded(Image.new("RGB", (20, 30)), "PNG"))


def test_a_cut_picture_is_like_no_other() -> None:
    data = encoded(picture(), "PNG")
    with pytest.raises(CorruptImage):
        digest(data[: len(data) // 2])
