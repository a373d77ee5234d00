"""The rows about the making of pictures, speed beside quality: targets 10, 11, 12 and 20."""

from __future__ import annotations

import base64
import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageOps

from tests.bench.measure import Row, pair_calls
from tests.bench.pictures import noisy, screenshot, ssim

if TYPE_CHECKING:
    from pathlib import Path

Size = tuple[int, int]


class Case(NamedTuple):
    """A file, the size that is made of it, and what is asked of our CPU and quality against the naive way's."""

    target: str
    what: str
    data: bytes
    size: Size
    most_cpu: float
    least_ssim: float  # below naive's
    vips_cpu: float | None = None


def ours(data: bytes, size: Size) -> bytes:
    """Make the picture as visionask does."""
    from visionask.core.image import PictureSpec
    from visionask.images.prepare import encode

    return encode(data, PictureSpec(width_px=size[0], height_px=size[1]), label="bench").data


def naive(data: bytes, size: Size) -> bytes:
    """Make it as most scripts do."""
    im = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    with io.BytesIO() as file:
        im.save(file, "JPEG", quality=85)
        return file.getvalue()


def vips(data: bytes, size: Size) -> bytes:
    """Make it with pyvips."""
    import pyvips

    im = pyvips.Image.thumbnail_buffer(data, size[0], height=size[1], size="force")
    made: bytes = im.jpegsave_buffer(Q=85)
    return made


def encoded(im: Image.Image, kind: str) -> bytes:
    with io.BytesIO() as file:
        # a camera's JPEG of 2.9 MB, the web's WEBP of 1.2 MB
        im.save(file, kind, **{"JPEG": {"quality": 90}, "WEBP": {"quality": 80}, "PNG": {"compress_level": 3}}[kind])
        return file.getvalue()


def cases() -> list[Case]:
    """Make the files."""
    photo, window = noisy((4000, 3000)), screenshot((3840, 2160))
    jpeg = encoded(photo, "JPEG")
    large = encoded(photo.resize((5656, 4242)), "JPEG")
    larger = encoded(photo.resize((8000, 6000)), "JPEG")
    return [
        Case("10", "12 MP JPEG to 1824 px", jpeg, (1824, 1368), 1 / 3.8, 0.001, 0.9),
        Case("10", "12 MP JPEG to 1024 px", jpeg, (1024, 768), 1 / 5, 0.001, 0.75),
        Case("11", "24 MP JPEG to 1824 px", large, (1824, 1368), 1 / 6, 0.003, 0.9),
        Case("11", "48 MP JPEG to 1824 px", larger, (1824, 1368), 1 / 6, 0.003, 0.9),
        Case("12", "4K PNG screenshot to 2104 px", encoded(window, "PNG"), (2104, 1184), 1 / 1.8, 0.001, 2.1),
        Case("12", "12 MP WEBP to 1824 px", encoded(photo, "WEBP"), (1824, 1368), 1 / 2.3, 0.001, 1.0),
    ]


def rows(_folder: Path, rounds: int) -> list[Row]:
    """Measure calls in this process, and compare with a full decode and LANCZOS that is not encoded."""
    found: list[Row] = []
    for case in cases():
        found += _rows(case, min(rounds, 5))
        if case.what == "12 MP JPEG to 1024 px":
            body = len(base64.b64encode(ours(case.data, case.size))) / len(base64.b64encode(case.data))
            found.append(Row("20", f"{case.what}: body / the whole file's", 1 / 12, body))
    if not find_spec("pyvips"):
        found.append(Row("10, 11", "12 MP JPEG / pyvips", 1.4, None, "pyvips is not installed"))
    return found


def _rows(case: Case, rounds: int) -> list[Row]:
    data, size = case.data, case.size
    full = Image.open(io.BytesIO(data)).convert("RGB").resize(size, Image.Resampling.LANCZOS)
    quality = {make: ssim(full, Image.open(io.BytesIO(make(data, size)))) for make in (ours, naive)}
    lost = quality[naive] - quality[ours]
    found = [
        Row(
            case.target, f"{case.what} / naive", case.most_cpu,
            pair_calls(lambda: ours(data, size), lambda: naive(data, size), rounds),
        ),
        Row(
            case.target, f"{case.what}: SSIM below naive's", case.least_ssim, lost,
            f"{quality[ours]:.4f} against {quality[naive]:.4f}",
        ),
    ]  # fmt: skip
    if case.vips_cpu is not None and find_spec("pyvips"):
        ratio = pair_calls(lambda: ours(data, size), lambda: vips(data, size), rounds)
        found.append(Row(case.target, f"{case.what} / pyvips", case.vips_cpu, ratio))
    return found
