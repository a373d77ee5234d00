"""The pictures that are measured on: made here, the same every time."""

from __future__ import annotations

import os
import random
import shutil
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("price", "total", "image", "tokens", "window", "settings", "0.00031", "128,000", "model", "answer", "retry")


def photograph(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Make a picture with detail at every scale, as photographs have it."""
    rng = random.Random(seed)
    bands = []
    for _ in "RGB":
        band = Image.new("L", size, 128)
        for side, weight in ((8, 0.5), (64, 0.3), (512, 0.15), (2048, 0.1)):
            noise = Image.frombytes("L", (side, side), rng.randbytes(side * side)).resize(
                size, Image.Resampling.BICUBIC
            )
            band = Image.blend(band, noise, weight)
        bands.append(band)
    return Image.merge("RGB", bands)


def noisy(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Make a photograph with a sensor's noise on it, which is what decoders and encoders spend their time on."""
    rng, side = random.Random(seed), 512
    grain = Image.merge("RGB", [Image.frombytes("L", (side, side), _grain(rng, side)) for _ in "RGB"])
    tiled = Image.new("RGB", size)
    for x in range(0, size[0], side):
        for y in range(0, size[1], side):
            tiled.paste(grain, (x, y))
    return Image.blend(photograph(size, seed), tiled, 0.25)


def _grain(rng: random.Random, side: int) -> bytes:
    return bytes(min(255, max(0, round(rng.gauss(128, 18)))) for _ in range(side * side))


def screenshot(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Make a window full of small text, with a dark column and buttons."""
    rng = random.Random(seed)
    picture = Image.new("RGB", size, (250, 250, 252))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, size[0] // 6, size[1]), fill=(38, 42, 54))
    for y in range(10, size[1] - 20, 18):
        line = " ".join(rng.choice(WORDS) for _ in range(size[0] // 52))
        pen.text((size[0] // 6 + 12, y), line, fill=(30, 30, 34), font_size=12)
        pen.text((12, y), rng.choice(WORDS), fill=(200, 205, 215), font_size=12)
    return picture


def mixed_folder(folder: Path, count: int, *, is_linked: bool = False) -> None:
    """Fill a folder: 60% JPEG with EXIF, 25% PNG, 10% WEBP, 5% GIF; copies of twenty small files.

    Linked, they are hard links in subfolders of 1,000.
    """
    rng = random.Random(2)
    kinds = ["JPEG"] * 12 + ["PNG"] * 5 + ["WEBP"] * 2 + ["GIF"]
    seeds = folder.with_name(folder.name + "-seeds")
    seeds.mkdir()
    folder.mkdir()
    paths = []
    for i, kind in enumerate(kinds):
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = rng.choice((1, 3, 6, 8)), "camera"
        path = seeds / f"{i}.{kind.lower()}"
        options = {"exif": exif.tobytes()} if kind == "JPEG" else {}
        photograph((rng.randrange(90, 300), rng.randrange(90, 300)), i).save(path, kind, **options)
        paths.append(path)
    for i in range(count):
        path = paths[i % len(paths)]
        below = folder / str(i // 1000) if is_linked else folder
        below.mkdir(exist_ok=True)
        (os.link if is_linked else shutil.copyfile)(path, below / f"img{i:06}{path.suffix}")


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Compare two pictures of one size by their brightness, in blocks of 8 x 8: 1 is the same."""
    x, y = one.convert("L").convert("F"), other.convert("L").convert("F")
    means = [_mean(x), _mean(y), _mean(_times(x, x)), _mean(_times(y, y)), _mean(_times(x, y))]
    total = count = 0.0
    for mx, my, mxx, myy, mxy in zip(*(im.get_flattened_data() for im in means), strict=True):
        shared = (2 * mx * my + 6.5025) * (2 * (mxy - mx * my) + 58.5225)
        total += shared / ((mx * mx + my * my + 6.5025) * (mxx - mx * mx + myy - my * my + 58.5225))
        count += 1
    return total / count


def _times(one: Image.Image, other: Image.Image) -> Image.Image:
    from PIL import ImageMath

    return ImageMath.lambda_eval(lambda args: args["x"] * args["y"], x=one, y=other)


def _mean(picture: Image.Image) -> Image.Image:
    return picture.reduce(8)
