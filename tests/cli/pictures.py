"""The pictures of these tests: what the practice model knows, and every form that pictures come in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random

    from PIL import Image

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 160, 50),
    "blue": (30, 60, 220),
    "yellow": (245, 225, 40),
    "orange": (250, 140, 20),
    "purple": (130, 40, 170),
    "pink": (250, 150, 190),
    "brown": (120, 72, 30),
    "black": (12, 12, 12),
    "white": (248, 248, 248),
    "gray": (128, 128, 128),
    "cyan": (40, 210, 220),
}


def shape_on(rng: random.Random, background: str, *, size: tuple[int, int] = (192, 192)) -> Image.Image:
    """Draw one flat shape, well inside, on a flat background: what the practice model was taught."""
    from PIL import Image, ImageDraw

    def near(colour: str) -> tuple[int, ...]:
        return tuple(max(0, min(255, part + rng.randint(-8, 8))) for part in COLOURS[colour])

    picture = Image.new("RGB", size, near(background))
    pen = ImageDraw.Draw(picture)
    other = near(rng.choice([name for name in COLOURS if name != background]))
    radius = min(size) * rng.uniform(0.2, 0.3)
    x, y = size[0] * rng.uniform(0.4, 0.6), size[1] * rng.uniform(0.4, 0.6)
    box = (x - radius, y - radius, x + radius, y + radius)
    (pen.ellipse if rng.random() < 0.5 else pen.rectangle)(box, fill=other)
    return picture


def encoded(picture: Image.Image, format_name: str, **options: Any) -> bytes:
    """Return the picture as a file of this format."""
    with io.BytesIO() as file:
        picture.save(file, format_name, **options)
        return file.getvalue()


def photo(size: tuple[int, int] = (900, 700)) -> Image.Image:
    """Make a smooth picture, as photographs are: red to the right, green downwards."""
    from PIL import Image

    ramp = Image.linear_gradient("L").resize(size)
    across = Image.linear_gradient("L").rotate(90).resize(size)
    return Image.merge("RGB", (across, ramp, Image.new("L", size, 90)))


def private_exif(orientation: int) -> bytes:
    """Return EXIF with an orientation, a camera owner and a place."""
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "CANARYCAMERA"
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (52.0, 31.0, 12.0), "2026:11:22"
    return exif.tobytes()
