"""Pages that lie on their side are told, and nothing that stands upright: tables, charts, stripes, codes."""

from __future__ import annotations

import io
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps
from PIL.Image import Transpose

from visionask.core.image import PictureSpec
from visionask.images.lying import lies_on_side
from visionask.images.prepare import encode

from .sample_pictures import pdf

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = ("the", "of", "and", "to", "in", "is", "that", "for", "it", "was", "be", "not", "his", "have", "which", "one")
A4 = (1000, 1414)
WARNING = "looks like a page that lies on its side: models read turned text badly (see --rotate 90 or --rotate 270)"
CJK_FONTS = (
    "/usr/share/ghostscript/10.00.0/Resource/CIDFSubst/DroidSansFallback.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msgothic.ttc",
)


def sheet(size: tuple[int, int] = A4, paper: int = 255) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    im = Image.new("L", size, paper)
    return im, ImageDraw.Draw(im)


@cache
def text(
    px: int, *, size: tuple[int, int] = A4, spacing: float = 1.35, columns: int = 1, lines: int = 999
) -> Image.Image:
    """A page of paragraphs, ragged on the right."""
    rng, font = random.Random(px + columns), ImageFont.load_default(px)
    im, draw = sheet(size)
    margin = size[0] // 10
    width = (size[0] - margin * (columns + 1)) // columns
    for left in range(margin, size[0] - margin, width + margin):
        tops = range(margin, size[1] - margin - px, round(px * spacing))
        for number, y in enumerate(tops[:lines]):
            line, most = rng.choice(WORDS), width * (rng.uniform(0.2, 0.9) if number % 6 == 5 else 1)
            while font.getlength(f"{line} would") < most:
                line += f" {rng.choice(WORDS)}"
            draw.text((left, y), line, fill=20, font=font)
    return im


def skewed(im: Image.Image, degrees: float) -> Image.Image:
    return im.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255)


def noisy(im: Image.Image, spread: float) -> Image.Image:
    return ImageChops.add(im, Image.effect_noise(im.size, spread), 1, -128)


def saved(im: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    with io.BytesIO() as file:
        im.save(file, kind, **options)
        return file.getvalue()


def coarse(im: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(saved(im.convert("RGB"), "JPEG", quality=30))).convert("RGB")


PAGES = {
    "14 px": lambda: text(14),
    "20 px": lambda: text(20),
    "28 px, wide": lambda: text(28, spacing=2),
    "40 px": lambda: text(40),
    "two columns": lambda: text(16, columns=2),
    "8 lines": lambda: text(24, lines=8),
    "8 large lines": lambda: text(60, size=(1000, 900), spacing=1.5, lines=8),
    "landscape": lambda: text(20, size=A4[::-1]),
    "receipt": lambda: text(20, size=(420, 1200)),
    "3 degrees": lambda: skewed(text(18), 3),
    "-2 degrees": lambda: skewed(text(18), -2),
    "noise": lambda: noisy(text(18), 30),
    "quality 30": lambda: coarse(text(18)),
    "faint on yellow": lambda: ImageOps.colorize(text(20), (130, 125, 120), (245, 238, 220)),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_told_on_either_side_and_not_upright(name: str) -> None:
    page = PAGES[name]()
    turns = (None, Transpose.ROTATE_180, Transpose.ROTATE_90, Transpose.ROTATE_270)
    told = [lies_on_side(page if turn is None else page.transpose(turn)) for turn in turns]
    assert told == [False, False, True, True]


def table(rows: int, columns: int, *, has_rules: bool) -> Image.Image:
    im, draw = sheet()
    rng, font = random.Random(rows), ImageFont.load_default(min(16, 320 // columns))
    width, height = 900 // columns, 1300 // rows
    for place in range(rows * columns):
        x, y = 50 + place % columns * width, 50 + place // columns * height
        draw.text((x + 4, y + 4), str(rng.randint(10, 9999)), fill=0, font=font)
        if has_rules:
            draw.rectangle((x, y, x + width, y + height), outline=0)
    return im


def form() -> Image.Image:
    im, draw = sheet()
    rng, font = random.Random(3), ImageFont.load_default(18)
    for y in range(80, 1300, 56):
        draw.text((80, y + 8), " ".join(rng.choices(WORDS, k=4)), fill=0, font=font)
        draw.rectangle((330, y, 920, y + 38), outline=0, width=2)
    return im


def stripes(width: int, step: int, *, spread: float = 0) -> Image.Image:
    """A fence, blinds, a bar code: upright bars, each of its own width."""
    im, draw = sheet((900, 600), 245)
    rng = random.Random(step)
    for x in range(0, 900, step):
        draw.rectangle((x, 60, x + rng.randint(1, width), 540), fill=30)
    return noisy(im, spread) if spread else im


def bars(count: int) -> Image.Image:
    im, draw = sheet((1000, 700))
    rng, step = random.Random(count), 900 // count
    for x in range(60, 60 + count * step, step):
        top = rng.randint(60, 500)
        draw.rectangle((x, top, x + step // 2, 640), fill=90)
        draw.text((x, 650), str(top), fill=0, font_size=9)
    return im


def points() -> Image.Image:
    """A chart of clouds of points above each other."""
    im, draw = sheet((1000, 700))
    rng = random.Random(7)
    for place in range(1200):
        x, y = 60 + place % 20 * 46 + rng.randint(-6, 6), rng.gauss(350, 110)
        draw.ellipse((x, y, x + 6, y + 6), fill=0)
    return im


def squares(columns: int, rows: int, px: int) -> Image.Image:
    """A QR code, or a wall of windows."""
    im = Image.new("L", (columns, rows), 255)
    im.putdata(random.Random(px).choices((0, 255), k=columns * rows))
    return im.resize((columns * px, rows * px), Image.Resampling.NEAREST)


def bricks() -> Image.Image:
    im, draw = sheet((900, 700))
    for row, y in enumerate(range(0, 700, 30)):
        for x in range(-(row % 2) * 35, 900, 70):
            draw.rectangle((x, y, x + 65, y + 25), fill=230, outline=60, width=3)
    return im


def music() -> Image.Image:
    im, draw = sheet()
    rng = random.Random(5)
    for y in range(80, 1300, 120):
        for line in range(5):
            draw.line((60, y + 11 * line, 940, y + 11 * line), fill=0, width=2)
        for x in range(90, 920, 37):
            note = y + rng.randint(-2, 9) * 5
            draw.ellipse((x, note - 5, x + 13, note + 5), fill=0)
            draw.line((x + 12, note, x + 12, note - 36), fill=0, width=2)
    return im


def screen() -> Image.Image:
    im = text(14, size=(1280, 800), spacing=1.5).convert("RGB")
    ImageDraw.Draw(im).rectangle((0, 0, 170, 800), fill=(38, 42, 54))
    return im


def photograph() -> Image.Image:
    blobs = [Image.effect_noise((40, 30), 80).resize((1200, 900), Image.Resampling.BICUBIC) for _ in "RGB"]
    return Image.merge("RGB", [ImageChops.add(blob, Image.effect_noise((1200, 900), 12), 1, -60) for blob in blobs])


UPRIGHT: dict[str, Callable[[], Image.Image]] = {
    "table of 40 x 8": lambda: table(40, 8, has_rules=False),
    "ruled table of 40 x 8": lambda: table(40, 8, has_rules=True),
    "table of 12 x 20": lambda: table(12, 20, has_rules=False),
    "ruled table of 12 x 20": lambda: table(12, 20, has_rules=True),
    "form": form,
    "bar code": lambda: stripes(8, 11),
    "bar code, copied badly": lambda: skewed(stripes(8, 11, spread=25), 2),
    "fence": lambda: stripes(20, 40, spread=20),
    "blinds": lambda: stripes(4, 30, spread=10),
    "30 bars": lambda: bars(30),
    "90 bars": lambda: bars(90),
    "points": points,
    "QR code": lambda: squares(41, 41, 18),
    "windows": lambda: squares(20, 60, 14),
    "bricks": bricks,
    "bricks on end": lambda: bricks().transpose(Transpose.ROTATE_90),
    "sheet music": music,
    "screenshot": screen,
    "screenshot too small to read": lambda: screen().resize((400, 250), Image.Resampling.LANCZOS),
    "photograph": photograph,
    "gradient": lambda: Image.linear_gradient("L").resize((900, 700)).transpose(Transpose.ROTATE_90),
    "noise": lambda: Image.effect_noise((900, 700), 60),
    "white": lambda: sheet()[0],
    "turned, but a thumbnail": lambda: text(20).resize((150, 212)).transpose(Transpose.ROTATE_90),
}


@pytest.mark.parametrize("name", UPRIGHT)
def test_nothing_is_said_of_what_is_upright(name: str) -> None:
    assert not lies_on_side(UPRIGHT[name]())


@pytest.mark.parametrize("px", [24, 34])
def test_nothing_is_said_of_lines_that_run_down_by_nature(px: int) -> None:
    path = next((path for path in CJK_FONTS if Path(path).exists()), None)
    if path is None:
        pytest.skip("no font for Japanese")
    rng, font = random.Random(px), ImageFont.truetype(path, px)
    im, draw = sheet()
    for x in range(1000 - 100 - px, 80, -round(1.7 * px)):
        for y in range(100, 1300, px):
            draw.text((x, y), chr(rng.randint(0x4E00, 0x8FFF)), fill=0, font=font)
    assert not lies_on_side(im)


def warnings(data: bytes, width: int, height: int, **options: Any) -> tuple[str, ...]:
    return encode(data, PictureSpec(width_px=width, height_px=height, **options), label="a").warnings


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_a_warning_however_the_picture_is_made(kind: str) -> None:
    data = saved(text(20).transpose(Transpose.ROTATE_90), kind)
    assert warnings(data, 1414, 1000) == warnings(data, 707, 500) == (WARNING,)


def test_what_the_warning_advises_ends_it() -> None:
    data = saved(text(20).transpose(Transpose.ROTATE_90))
    assert warnings(data, 1000, 1414, rotate=90) == warnings(data, 500, 707, rotate=270) == ()
    assert warnings(data, 707, 500, rotate=180) == (WARNING,)


def test_a_picture_that_its_own_orientation_turns_is_judged_as_it_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying, upright = text(20), text(20).transpose(Transpose.ROTATE_90)
    for stored, expected in ((lying, (WARNING,)), (upright, ())):
        data = saved(stored, "JPEG", exif=exif.tobytes())
        assert warnings(data, *stored.size[::-1]) == expected


def test_only_the_part_that_is_sent_is_judged() -> None:
    im = Image.new("L", (1414, 2000), 255)
    im.paste(text(20).transpose(Transpose.ROTATE_90), (0, 0))
    assert warnings(saved(im), 1414, 900, crop=(0, 1100, 1414, 900)) == ()
    assert warnings(saved(im), 1414, 1000, crop=(0, 0, 1414, 1000)) == (WARNING,)


def test_a_page_of_a_pdf_is_judged_too() -> None:
    pytest.importorskip("pypdfium2")
    rng = random.Random(8)
    lines = (
        b"0 1 -1 0 %d 60 Tm (%s) Tj\n" % (x, " ".join(rng.choices(WORDS, k=24)).encode()) for x in range(60, 540, 16)
    )
    font = b"/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    data = pdf((595, 842, b"BT /F 12 Tf\n" + b"".join(lines) + b"ET"), more=font)
    assert warnings(data, 1190, 1684) == (WARNING,)
    assert warnings(data, 1684, 1190, rotate=90) == ()
