"""What is sent of odd pixel layouts is what a real Chromium shows on white; where nobody knows, a warning."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.report.browser import CHROMIUM, Browser, Page
from visionask.core.image import PictureSpec
from visionask.images.prepare import encode
from visionask.images.probe import probe_bytes

if TYPE_CHECKING:
    from pathlib import Path

SPEC = PictureSpec(width_px=8, height_px=8)
RED = bytes((200, 130, 30))


def saved(im: Image.Image, kind: str, **how: Any) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **how)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(depth: int, colour: int, row: bytes, *chunks: bytes) -> bytes:
    """A PNG of 8 equal rows, with chunks between its header and its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, depth, colour, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress((b"\0" + row) * 8))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def palette(*alphas: int) -> bytes:
    im = Image.new("P", (8, 8), 1)
    im.putpalette([0, 0, 0, *RED, 10, 200, 10])
    return saved(im, "PNG", transparency=bytes(alphas))


def icon(alpha: int, mask: int) -> bytes:
    """An icon of 32 bits whose mask is of one kind all over."""
    pixels = bytes((20, 30, 200, alpha)) * 64 + bytes((mask, 0, 0, 0)) * 8
    data = struct.pack("<IiiHHIIiiII", 40, 8, 16, 1, 32, 0, len(pixels), 0, 0, 0, 0) + pixels
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 8, 8, 0, 0, 1, 32, len(data), 22) + data


def bmp(pixel: bytes, *masks: int, size: int, kind: int = 3) -> bytes:
    """A BMP of 64 equal pixels, with the masks of their channels; `size` is that of its header."""
    header = struct.pack("<IiiHHIIiiII", size, 8, 8, 1, 8 * len(pixel), kind, 0, 0, 0, 0, 0)
    header = (header + struct.pack(f"<{len(masks)}I", *masks)).ljust(size, b"\0")
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(header)) + header + pixel * 64


def gamma(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


def cmyk(*, transform: int | None) -> bytes:
    """A JPEG of inks as Adobe's programs write it, inverted; 2 is YCCK. None: nothing says that Adobe wrote it."""
    data = saved(Image.new("CMYK", (8, 8), (20, 200, 180, 30)), "JPEG", quality=95)
    at = data.index(b"\xff\xee")
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at] + data[end:] if transform is None else data[: end - 1] + bytes((transform,)) + data[end:]


PICTURES = {
    "CMYK of Adobe": cmyk(transform=0),
    "YCCK of Adobe": cmyk(transform=2),
    "CMYK without a word of Adobe": cmyk(transform=None),
    "palette, its colour is clear": palette(255, 0),
    "palette, its colour is half clear": palette(255, 128),
    "palette, another colour is clear": palette(0),
    "16 bits, one colour is clear": png(16, 2, bytes(48), chunk(b"tRNS", bytes(6))),
    "16 bits, half clear": png(16, 6, struct.pack(">HHHH", 51400, 7710, 7710, 20000) * 8),
    "linear light": png(8, 2, RED * 8, gamma(100_000)),
    "gamma 1.8, grey": png(8, 0, b"\x80" * 8, gamma(55_556)),
    "gamma of sRGB": png(8, 2, RED * 8, gamma(45_455)),
    "gamma, and sRGB": png(8, 2, RED * 8, gamma(100_000), chunk(b"sRGB", b"\0")),
    "icon, alpha not in use": icon(0, 0),
    "icon, hidden": icon(0, 255),
    "icon, alpha": icon(51, 0),
}
BGRA, ALPHA = bytes((20, 30, 200, 51)), 0xFF000000
CLEAR_RED = chunk(b"tRNS", struct.pack(">3H", *RED))
TWO = chunk(b"PLTE", bytes((0, 0, 0, *RED)))
PICTURES |= {
    "BMP, masks swapped": bmp(BGRA, 0xFF, 0xFF00, 0xFF0000, size=40),
    "BMP, alpha first": bmp(BGRA, 0xFF00, 0xFF0000, ALPHA, 0xFF, size=124),
    "BMP of 10 bits": bmp(struct.pack("<I", 800 << 20 | 500 << 10 | 100), 0x3FF00000, 0xFFC00, 0x3FF, size=40),
    "BMP of 4 bits with alpha": bmp(b"\x38\x8c", 0xF00, 0xF0, 0xF, 0xF000, size=124),
    "BMP, plain with alpha": bmp(BGRA, 0xFF0000, 0xFF00, 0xFF, ALPHA, size=124, kind=0),
    "BMP, no masks": bmp(BGRA, 0, 0, 0, size=40),
    "BMP, kind 6": bmp(BGRA, 0xFF0000, 0xFF00, 0xFF, ALPHA, size=40, kind=6),
    "BMP, masks without alpha": bmp(BGRA, 0xFF0000, 0xFF00, 0xFF, ALPHA, size=40),
    "grey of 16 bits, its neighbour is clear": png(16, 0, b"\x75\x30" * 8, chunk(b"tRNS", b"\x75\x31")),
    "grey of 16 bits is clear": png(16, 0, b"\x75\x30" * 8, chunk(b"tRNS", b"\x75\x30")),
    "8 bits, clear by the lower byte": png(8, 0, b"\xc8" * 8, chunk(b"tRNS", b"\x01\xc8")),
    "clear colour too early": png(8, 3, b"\1" * 8, chunk(b"tRNS", b"\xff\x80"), TWO),
    "clear colour too late": png(8, 2, RED * 8)[:-12] + CLEAR_RED + chunk(b"IEND", b""),
    "beyond the palette": png(8, 3, b"\7" * 8, TWO),
    "beyond the palette, clear": png(8, 3, b"\7" * 8, TWO, chunk(b"tRNS", b"\xff\0")),
    "linear light, half clear": png(8, 6, bytes((*RED, 128)) * 8, gamma(100_000)),
    "linear light, palette half clear": png(8, 3, b"\1" * 8, gamma(100_000), TWO, chunk(b"tRNS", b"\xff\x80")),
    "gamma 0.01": png(8, 2, RED * 8, gamma(1000)),
    "gamma 20": png(8, 2, RED * 8, gamma(2_000_000)),
}
MIMES = {b"BM": "bmp", b"\xff\xd8": "jpeg", b"\x89P": "png", b"\0\0": "x-icon"}
SHOW = """(async () => {
    const image = new Image(); image.src = "%s"; await image.decode();
    const page = document.createElement("canvas").getContext("2d");
    page.fillStyle = "white"; page.fillRect(0, 0, 8, 8); page.drawImage(image, 0, 0);
    return Array.from(page.getImageData(4, 4, 1, 1).data).slice(0, 3);
})()"""


def sent(data: bytes) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the colour that is sent, and what is warned of."""
    assert probe_bytes(data, "a").width_px == 8  # its header is read too, before anything is sent
    made = encode(data, SPEC, label="a")
    colour = Image.open(io.BytesIO(made.data)).convert("RGB").getpixel((4, 4))
    assert isinstance(colour, tuple)
    return colour, made.warnings


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_what_is_sent_is_what_a_browser_shows(tmp_path: Path) -> None:
    browser = Browser(tmp_path)
    page, wrong = Page(browser), []
    for name, data in PICTURES.items():
        shown = page.run(SHOW % f"data:image/{MIMES[data[:2]]};base64,{base64.b64encode(data).decode()}")
        colour, _ = sent(data)
        if max(abs(one - other) for one, other in zip(shown, colour, strict=True)) > 4:
            wrong.append((name, shown, colour))
    browser.close()
    assert not wrong


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("linear light", (229, 189, 96)),
        ("linear light, half clear", (242, 222, 175)),
        ("BMP, masks swapped", (20, 30, 200)),
        ("BMP of 10 bits", (200, 125, 25)),
        ("BMP, plain with alpha", (244, 210, 208)),
        ("grey of 16 bits, its neighbour is clear", (117, 117, 117)),
        ("beyond the palette", (200, 130, 30)),
        ("gamma, and sRGB", (200, 130, 30)),
        ("icon, alpha not in use", (200, 30, 20)),
        ("CMYK of Adobe", (207, 48, 66)),
        ("palette, its colour is half clear", (228, 193, 142)),
    ],
)
def test_colours_as_chromium_showed_them(name: str, colour: tuple[int, int, int]) -> None:
    assert sent(PICTURES[name])[0] == pytest.approx(colour, abs=4)


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        pytest.param(saved(Image.new("RGBA", (8, 8), (9, 9, 9, 0)), "PNG"), "all of it is transparent", id="clear"),
        pytest.param(saved(Image.new("F", (8, 8), 3.5), "TIFF"), "its greys have no stated range", id="float"),
        pytest.param(png(8, 2, RED * 8, chunk(b"cICP", b"\x09\x10\0\1")), "its colour space (cICP)", id="HDR"),
        pytest.param(
            png(16, 2, bytes(48), chunk(b"tRNS", b"\0\0\0\0\0\1")), "its transparent colour has 16", id="low byte"
        ),
        pytest.param(
            bmp(bytes(4), 0xFF0000, 0xFF00, 0xFF, ALPHA, size=124), "all of it is transparent: sent as op", id="Windows"
        ),
        pytest.param(
            png(8, 2, RED * 8, chunk(b"acTL", bytes((0, 0, 0, 1, 0, 0, 0, 0)))), "its first picture", id="animation"
        ),
        pytest.param(png(8, 2, RED * 8, chunk(b"cHRM", bytes(32))), "its primaries (cHRM)", id="primaries"),
    ],
)
def test_a_layout_that_nobody_knows_is_warned_of(data: bytes, warning: str) -> None:
    assert sent(data)[1][0].startswith(warning)
    assert not sent(PICTURES["palette, its colour is half clear"])[1]
