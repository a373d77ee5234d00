"""Every pixel mode becomes readable RGB or grey: nothing clipped, nothing black that was clear, colours in sRGB."""

from __future__ import annotations

import io
import math
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from visionask.core.image import PictureSpec
from visionask.images.colour import is_srgb
from visionask.images.prepare import encode

WIDTH, HEIGHT = 40, 30
WHITE = (255, 255, 255)


def save(im: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(mode: str, value: object) -> Image.Image:
    return Image.new(mode, (WIDTH, HEIGHT), value)  # type: ignore[arg-type]


def middle(data: bytes, **options: object) -> tuple[int, ...]:
    spec = PictureSpec(width_px=WIDTH, height_px=HEIGHT, **options)  # type: ignore[arg-type]
    im = Image.open(io.BytesIO(encode(data, spec, label="a.pic").data))
    assert im.mode in ("RGB", "L")
    pixel = im.convert("RGB").getpixel((WIDTH // 2, HEIGHT // 2))
    assert isinstance(pixel, tuple)
    return pixel


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(colour: int, depth: int, row: bytes, clear: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0)
    coded = zlib.compress((b"\0" + row) * HEIGHT)
    parts = [
        chunk(b"IHDR", header),
        chunk(b"tRNS", clear) if clear else b"",
        chunk(b"IDAT", coded),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def palette() -> Image.Image:
    im = plain("P", 1)
    im.putpalette([0, 0, 0, 200, 10, 10])
    return im


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(save(plain("RGBA", (0, 0, 0, 0)), "PNG"), id="rgba"),
        pytest.param(save(plain("RGBA", (0, 255, 0, 0)), "WEBP", lossless=True, exact=True), id="webp over green"),
        pytest.param(save(plain("RGBA", (0, 0, 0, 0)), "TIFF"), id="tiff"),
        pytest.param(save(plain("RGBA", (0, 0, 0, 0)), "AVIF"), id="avif"),
        pytest.param(save(plain("LA", (0, 0)), "PNG"), id="grey and alpha"),
        pytest.param(save(palette(), "PNG", transparency=1), id="palette, index"),
        pytest.param(save(palette(), "PNG", transparency=b"\xff\x00"), id="palette, bytes"),
        pytest.param(save(palette(), "GIF", transparency=1), id="gif"),
        pytest.param(png(2, 8, b"\1\2\3" * WIDTH, b"\0\1\0\2\0\3"), id="rgb key"),
        pytest.param(png(0, 8, b"\x05" * WIDTH, b"\0\x05"), id="grey key"),
        pytest.param(png(0, 2, b"\xaa" * 10, b"\0\2"), id="2-bit grey key"),
        pytest.param(png(0, 1, b"\0" * 5, b"\0\0"), id="1-bit key"),
        pytest.param(png(0, 16, b"\x80\0" * WIDTH, b"\x80\0"), id="16-bit grey key"),
        pytest.param(png(6, 16, bytes(8) * WIDTH), id="16-bit rgba"),
    ],
)
def test_what_is_clear_becomes_white(data: bytes) -> None:
    assert middle(data) == WHITE


def test_half_clear_is_mixed_with_white() -> None:
    assert middle(save(plain("RGBA", (0, 0, 0, 128)), "PNG")) == (127, 127, 127)


def test_black_writing_on_clear_ground_stays_readable() -> None:
    im = plain("RGBA", (0, 0, 0, 0))
    im.paste((0, 0, 0, 255), (0, 0, 10, HEIGHT))
    sent = encode(save(im, "PNG"), PictureSpec(width_px=20, height_px=15), label="icon.png")
    shown = Image.open(io.BytesIO(sent.data)).convert("L")
    assert shown.getpixel((1, 7)) == 0
    assert shown.getpixel((18, 7)) == 255


@pytest.mark.parametrize(
    ("data", "grey"),
    [
        pytest.param(png(0, 16, b"\x80\0" * WIDTH), 128, id="png 16 bit"),
        pytest.param(png(4, 16, b"\x80\0\xff\xff" * WIDTH), 128, id="png 16 bit and alpha"),
        pytest.param(png(0, 2, b"\xaa" * 10), 170, id="png 2 bit"),
        pytest.param(save(plain("1", 1), "PNG"), 255, id="png 1 bit"),
        pytest.param(save(plain("I;16", 32768), "TIFF"), 128, id="tiff 16 bit"),
        pytest.param(save(plain("I;16B", 32768), "TIFF"), 128, id="tiff 16 bit, big-endian"),
        pytest.param(save(plain("I", 32768), "TIFF"), 127, id="tiff 32 bit, 16 used"),
        pytest.param(save(plain("I", 128), "TIFF"), 128, id="tiff 32 bit, 8 used"),
        pytest.param(save(plain("F", 0.5), "TIFF"), 127, id="float 0 to 1"),
        pytest.param(save(plain("F", 128.0), "TIFF"), 128, id="float 0 to 255"),
        pytest.param(save(plain("F", math.nan), "TIFF"), 0, id="not a number"),
    ],
)
def test_deep_grey_is_scaled_and_not_clipped(data: bytes, grey: int) -> None:
    assert middle(data) == (grey, grey, grey)


def test_floats_of_any_range_are_stretched_over_all_rows() -> None:
    ramp = Image.linear_gradient("L").convert("F").point(lambda v: v * 1000 - 50000).resize((8, 600))
    sent = encode(save(ramp, "TIFF"), PictureSpec(width_px=8, height_px=600), label="ramp.tif")
    shown = Image.open(io.BytesIO(sent.data)).convert("L")
    column = [shown.getpixel((4, y)) for y in (0, 150, 300, 450, 599)]
    assert column == sorted(column)
    assert column[0] == 0
    assert column[-1] >= 254
    assert 110 < column[2] < 145


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        pytest.param(png(2, 16, b"\x80\x01\x40\0\x20\0" * WIDTH), (128, 64, 32), id="16-bit rgb"),
        pytest.param(save(plain("CMYK", (0, 255, 255, 0)), "JPEG"), (255, 0, 0), id="cmyk jpeg"),
        pytest.param(save(plain("CMYK", (0, 255, 255, 0)), "TIFF"), (255, 0, 0), id="cmyk tiff"),
        # compressed: Pillow 12 cannot read the plain one that it writes
        pytest.param(
            save(plain("YCbCr", (76, 85, 255)), "TIFF", compression="tiff_deflate"), (254, 0, 0), id="ycbcr tiff"
        ),
        pytest.param(save(plain("LAB", (138, 209, 198)), "TIFF"), (255, 0, 0), id="lab tiff"),
        pytest.param(save(palette(), "GIF"), (200, 10, 10), id="gif"),
        pytest.param(save(palette(), "BMP"), (200, 10, 10), id="bmp"),
    ],
)
def test_colours_are_right(data: bytes, colour: tuple[int, int, int]) -> None:
    assert middle(data) == pytest.approx(colour, abs=6)


def fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def profile(colorants: dict[bytes, tuple[float, float, float]], gamma: float) -> bytes:
    """A matrix profile (ICC.1:2022, 8.3.3) of these D50 colorants and this gamma."""
    bodies = {name: b"XYZ \0\0\0\0" + b"".join(map(fixed, xyz)) for name, xyz in colorants.items()}
    bodies[b"wtpt"] = b"XYZ \0\0\0\0" + fixed(0.9642) + fixed(1) + fixed(0.8249)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    bodies |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, at = b"", 132 + 12 * len(bodies)
    for name, body in bodies.items():
        table += struct.pack(">4sII", name, at, len(body))
        at += len(body)
    data = struct.pack(">I", len(bodies)) + table + b"".join(bodies.values())
    head = struct.pack(">I4sI4s4s4s", 128 + len(data), b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642) + fixed(1) + fixed(0.8249)
    return head.ljust(128, b"\0") + data


SRGB = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
ADOBE = {b"rXYZ": (0.6097, 0.3111, 0.0195), b"gXYZ": (0.2053, 0.6257, 0.0609), b"bXYZ": (0.1492, 0.0632, 0.7446)}


def test_srgb_is_known_by_its_numbers() -> None:
    assert is_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert is_srgb(profile(SRGB, 2.2))
    assert not is_srgb(profile(SRGB, 1.0))
    assert not is_srgb(profile(ADOBE, 2.2))
    assert not is_srgb(b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_adobe_rgb_is_converted(kind: str) -> None:
    # By the colorants above (100, 150, 100) has linear light 0.127, 0.311, 0.127; in sRGB red is 0.127 - 0.4 x 0.184
    # = 0.053, which is 64 of 255, and green stays 0.311, which is 151.
    options = {"quality": 100} if kind in ("JPEG", "WEBP") else {}
    data = save(plain("RGB", (100, 150, 100)), kind, icc_profile=profile(ADOBE, 2.2), **options)
    red, green, _ = middle(data)
    assert abs(red - 64) < 8
    assert abs(green - 151) < 6


@pytest.mark.parametrize("icc", [b"garbage" * 40, profile(ADOBE, 2.2)[:200], b"\0" * 128, b"x"])
def test_a_broken_profile_is_ignored(icc: bytes) -> None:
    assert middle(save(plain("RGB", (200, 10, 10)), "PNG", icc_profile=icc)) == (200, 10, 10)


def test_a_profile_for_other_channels_is_ignored() -> None:
    cmyk_claim = profile(ADOBE, 2.2).replace(b"RGB XYZ ", b"CMYKXYZ ")
    assert middle(save(plain("RGB", (200, 10, 10)), "PNG", icc_profile=cmyk_claim)) == (200, 10, 10)


def test_an_srgb_profile_does_not_touch_the_pixels() -> None:
    data = save(plain("RGB", (200, 10, 10)), "JPEG", icc_profile=profile(SRGB, 2.2))
    sent = encode(data, PictureSpec(width_px=WIDTH, height_px=HEIGHT), label="a.jpg")
    assert sent.is_untouched
    assert b"ICC_PROFILE" not in sent.data


def shown(data: bytes) -> tuple[int, ...]:
    """The colour of a picture of 8 x 8 px."""
    im = Image.open(io.BytesIO(encode(data, PictureSpec(width_px=8, height_px=8), label="a").data))
    pixel = im.convert("RGB").getpixel((4, 4))
    assert isinstance(pixel, tuple)
    return pixel


def bmp(alpha: int) -> bytes:
    """A red BMP of 32 bits with an alpha channel, as Windows' clipboard holds it."""
    rows = bytes((20, 20, 220, alpha)) * (8 * 8)
    header = struct.pack("<IiiHHIIiiII", 124, 8, 8, 1, 32, 3, len(rows), 2835, 2835, 0, 0)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"BGRs" + bytes(48)
    header += masks + struct.pack("<IIII", 4, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 138 + len(rows), 0, 0, 138) + header + rows


@pytest.mark.parametrize(("alpha", "colour"), [(0, (220, 20, 20)), (255, (220, 20, 20)), (51, (248, 208, 208))])
def test_alpha_of_a_bmp_that_is_all_zero_is_not_in_use(alpha: int, colour: tuple[int, int, int]) -> None:
    assert shown(bmp(alpha)) == pytest.approx(colour, abs=2)


def tiff(bits: int, kind: int, photometric: int, row: bytes) -> bytes:
    """A grey TIFF of 8 x 8 px. `kind`: 1 unsigned, 3 float."""
    data = row * 8
    tags = [(256, 4, 8), (257, 4, 8), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 8), (277, 3, 1)]
    tags += [(278, 4, 8), (279, 4, len(data)), (339, 3, kind)]
    ifd = struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHI", tag, form, 1) + (struct.pack("<HH", value, 0) if form == 3 else struct.pack("<I", value))
        for tag, form, value in tags
    )
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + ifd + bytes(4)


@pytest.mark.parametrize(
    ("bits", "kind", "row"),
    [
        pytest.param(1, 1, b"\0", id="1"),
        pytest.param(2, 1, b"\0\0", id="2"),
        pytest.param(4, 1, bytes(4), id="4"),
        pytest.param(8, 1, bytes(8), id="8"),
        pytest.param(16, 1, bytes(16), id="16"),
        pytest.param(32, 3, bytes(32), id="float"),
    ],
)
def test_zero_is_white_or_black_as_the_file_says_at_every_depth(bits: int, kind: int, row: bytes) -> None:
    assert shown(tiff(bits, kind, 0, row)) == (255, 255, 255)
    assert shown(tiff(bits, kind, 1, row)) == (0, 0, 0)
