"""Small files that would eat memory or minutes are refused first, or decoded within bounds."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from visionask.core.errors import CorruptImage, InputError, TooLarge, UnsupportedFormat
from visionask.core.image import EncodedImage, PictureSpec
from visionask.images.formats import OPENABLE, PLUGINS, sniff
from visionask.images.prepare import encode
from visionask.images.probe import probe_bytes

SOON_S = 5.0  # each of these takes milliseconds here, and half a minute or more where its guard is missing


def save(im: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, kind, **options)
    return buffer.getvalue()


def make(data: bytes, width: int = 8, height: int = 8, **options: object) -> EncodedImage:
    started = time.monotonic()
    try:
        return encode(data, PictureSpec(width_px=width, height_px=height, **options), label="a.pic")  # type: ignore[arg-type]
    finally:
        assert time.monotonic() - started < SOON_S


def frames_of(data: bytes) -> int:
    started = time.monotonic()
    try:
        return probe_bytes(data, "a.pic").frames
    finally:
        assert time.monotonic() - started < SOON_S


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zeros(count: int) -> bytes:
    deflater = zlib.compressobj(9)
    return b"".join(deflater.compress(bytes(1 << 20)) for _ in range(count >> 20)) + deflater.flush()


def claim(kind: str) -> bytes:
    """A file that says 30000x30000 px in its header."""
    side = 30000
    if kind == "PNG":
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zeros(1 << 20)) + chunk(b"IEND", b"")
    if kind == "GIF":
        return b"GIF89a" + struct.pack("<HHBBB", side, side, 0, 0, 0) + b"\x2c" + bytes(4) + b"\1\0\1\0\0\2\2\x4c\1\0;"
    if kind == "BMP":
        return b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, *[0] * 6)
    if kind == "WEBP":
        canvas = struct.pack("<I", 16382 << 8)[1:] + struct.pack("<I", 16382 << 8)[1:]
        body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas[:3] + canvas[3:6] + bytes(20)
        return b"RIFF" + struct.pack("<I", len(body)) + body
    plain = save(Image.new("L", (8, 8)), "JPEG")
    at = plain.index(b"\xff\xc0")
    return plain[: at + 5] + struct.pack(">HH", side, side) + plain[at + 9 : -2] + bytes(2 << 20) + plain[-2:]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP"])
def test_too_many_pixels_are_refused_from_the_header(kind: str) -> None:
    with pytest.raises(TooLarge, match="megapixels of memory, more than 89") as refused:
        make(claim(kind), 1000, 1000)
    assert "--max-pixels" in refused.value.hint


def test_fifty_million_rows_of_one_pixel_are_refused() -> None:
    header = struct.pack(">IIBBBBB", 1, 50_000_000, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zeros(1 << 20)) + chunk(b"IEND", b"")
    with pytest.raises(TooLarge, match="800 megapixels of memory"):  # it took 900 MB: Pillow keeps a list of rows
        make(data, 2, 1000, allows_truncated=True)


def test_a_jpeg_that_claims_too_much_is_refused() -> None:
    with pytest.raises(TooLarge, match="900 megapixels"):
        make(claim("JPEG"), 20000, 20000)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_fewer_bits_than_blocks_is_cut(progressive: bool) -> None:
    data = save(Image.new("RGB", (64, 64)), "JPEG", progressive=progressive)
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    claimed = data[: at + 5] + struct.pack(">HH", 65500, 65500) + data[at + 9 :]
    with pytest.raises(CorruptImage, match="far too short for its size"):  # it took 1.3 GB at an eighth of its size
        make(claimed, 2048, 2048)


def test_the_emptiest_jpeg_is_not_too_short() -> None:
    data = save(Image.new("L", (8000, 8000)), "JPEG", progressive=True, optimize=True)
    assert make(data, 1000, 1000).warnings == ()


def test_a_phone_picture_of_108_megapixels_is_decoded_at_a_quarter() -> None:
    data = save(Image.new("L", (12000, 9000), 90), "JPEG")
    assert make(data, 2048, 1536).format == "JPEG"


def test_an_icon_is_judged_by_the_picture_inside() -> None:
    inside = claim("PNG")
    data = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), 22) + inside
    with pytest.raises(TooLarge):
        make(data, 16, 16)


def test_a_progressive_jpeg_of_many_scans_is_refused() -> None:
    data = save(Image.new("L", (64, 64), 77), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    again = data[last:-2]
    with pytest.raises(TooLarge, match=r"a JPEG of 5,00[0-9] scans"):
        make(data[:-2] + again * 5000 + b"\xff\xd9")
    assert make(data[:-2] + again * 20 + b"\xff\xd9", 64, 64).format == "JPEG"


def test_pages_of_a_tiff_are_counted_only_so_far() -> None:
    first = save(Image.new("L", (8, 8)), "TIFF")
    (directory,) = struct.unpack_from("<I", first, 4)
    (count,) = struct.unpack_from("<H", first, directory)
    entries, link = first[directory : directory + 2 + 12 * count], directory + 2 + 12 * count
    pages = bytearray(first)
    for _ in range(60_000):
        struct.pack_into("<I", pages, link, len(pages))
        link = len(pages) + len(entries)
        pages += entries + bytes(4)
    assert make(bytes(pages)).width_px == 8
    assert frames_of(bytes(pages)) == 10_001


def test_a_tiff_whose_directories_form_a_loop_ends() -> None:
    data = bytearray(save(Image.new("L", (8, 8)), "TIFF"))
    (directory,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * count, directory)
    assert make(bytes(data)).width_px == 8
    assert frames_of(bytes(data)) == 1


def test_a_tiff_of_strips_at_one_place_is_not_read_whole_for_each() -> None:
    strips, row = 10_000, 2048
    places, end = 8 + strips * row, 8 + strips * row + 8 * strips
    tags = ((256, 1, row), (257, 1, strips), (258, 1, 8), (259, 1, 1), (262, 1, 1))
    tags = (*tags, (273, strips, places), (277, 1, 1), (278, 1, 1), (279, strips, places + 4 * strips))
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, *rest) for tag, *rest in tags)
    data = (
        struct.pack(f"<{strips}I", *[8] * strips) + struct.pack(f"<{strips}I", *[row] * strips) + directory + bytes(4)
    )
    assert make(b"II*\0" + struct.pack("<I", end) + bytes(strips * row) + data, 64, 64).width_px == 64


def test_a_gif_of_50000_frames_is_quick() -> None:
    one = save(Image.new("L", (8, 8), 9), "GIF")
    at = one.index(b"\x2c")
    frame = one[at:-1]
    data = one[:at] + frame * 50_000 + b";"
    assert make(data).width_px == 8
    assert frames_of(data) == 1001


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_the_first_frame_of_an_animation_is_used(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    data = save(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    sent = make(data, 16, 16)
    assert frames_of(data) == 3
    pixel = Image.open(io.BytesIO(sent.data)).convert("RGB").getpixel((8, 8))
    assert pixel == pytest.approx((255, 0, 0), abs=6)


def test_compressed_text_and_profiles_are_never_inflated() -> None:
    plain = save(Image.new("RGB", (8, 8), "red"), "PNG")
    big = zeros(64 << 20)
    bombs = chunk(b"zTXt", b"a\0\0" + big) + chunk(b"iTXt", b"b\0\1\0\0\0" + big) + chunk(b"iCCP", b"c\0\0" + big)
    assert make(plain[:33] + bombs + plain[33:]).is_untouched


def test_a_png_of_100000_chunks_is_read() -> None:
    plain = save(Image.new("RGB", (8, 8), "red"), "PNG")
    assert make(plain[:33] + chunk(b"tEXt", b"a\0b") * 100_000 + plain[33:]).is_untouched


def test_spellings_that_are_decoded_in_python_are_bounded() -> None:
    with pytest.raises(TooLarge, match="takes too long to decode"):
        make(b"P3\n1500 1500 255\n" + b"1 2 3 " * (1500 * 1500), 1000, 1000)
    assert make(b"P3\n8 8 255\n" + b"1 2 3 " * 64).format == "PNG"


@pytest.mark.parametrize("kind", ["EPS", "PSD", "TGA", "PCX", "SGI"])
def test_formats_that_are_not_on_the_list_are_not_opened(kind: str) -> None:
    im = Image.new("RGB", (8, 8))
    data = b"8BPS\0\1" + bytes(40) if kind == "PSD" else save(im, kind)
    with pytest.raises(InputError):
        make(data)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "JPEG2000", "ICO", "PPM"])
def test_every_format_on_the_list_is_opened(name: str) -> None:
    data = save(Image.new("RGB", (32, 32), (200, 30, 30)), name)
    assert sniff(data[:64]) == name
    sent = make(data, 16, 16)
    assert sent.source_format == name
    pixel = Image.open(io.BytesIO(sent.data)).convert("RGB").getpixel((8, 8))
    assert pixel == pytest.approx((200, 30, 30), abs=12)


def test_each_listed_format_has_its_plugin() -> None:
    assert set(PLUGINS) == set(OPENABLE)


def test_a_picture_in_a_spelling_that_pillow_does_not_know_is_named() -> None:
    with pytest.raises(UnsupportedFormat, match="PFM in colour is not opened here"):
        probe_bytes(b"PF\n2 2\n-1.0\n" + bytes(48), "a.pfm")


def test_a_picture_with_no_pixels_is_refused() -> None:
    with pytest.raises(CorruptImage):
        make(b"P6\n0 0 255\n")
