"""Cut and flipped files are refused, or sent with a warning where the user said so; never in silence."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from visionask.core.errors import CorruptImage, InputError
from visionask.core.image import EncodedImage, PictureSpec
from visionask.images.prepare import encode

WIDTH, HEIGHT = 160, 120
TRUNCATED = ("truncated: sent what is there",)


def photo() -> Image.Image:
    random.seed(5)
    small = Image.frombytes("RGB", (32, 24), random.randbytes(32 * 24 * 3))
    return small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def save(im: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, kind, **options)
    return buffer.getvalue()


def make(data: bytes, *, half: bool = False, **options: object) -> EncodedImage:
    scale = 2 if half else 1
    spec = PictureSpec(width_px=WIDTH // scale, height_px=HEIGHT // scale, **options)  # type: ignore[arg-type]
    return encode(data, spec, label="a.pic")


def refusal(data: bytes, *, half: bool) -> tuple[str, str] | None:
    """Return message and hint where the picture is refused."""
    try:
        make(data, half=half)
    except InputError as error:
        return error.message, error.hint
    return None


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(coded: bytes, *, interlaced: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", coded) + chunk(b"IEND", b"")


FILES = {
    "jpeg": save(photo(), "JPEG"),
    "progressive": save(photo(), "JPEG", progressive=True),
    "cmyk": save(photo().convert("CMYK"), "JPEG"),
    "png": save(photo(), "PNG"),
    "gif": save(photo(), "GIF"),
    "webp": save(photo(), "WEBP"),
    "tiff": save(photo(), "TIFF"),
    "lzw tiff": save(photo(), "TIFF", compression="tiff_lzw"),
    "bmp": save(photo(), "BMP"),
    "avif": save(photo(), "AVIF"),
    "ppm": save(photo(), "PPM"),
}


@pytest.mark.parametrize("half", [False, True], ids=["own size", "half"])
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.4, 0.7, 0.97])
def test_a_cut_file_is_refused(name: str, share: float, half: bool) -> None:
    data = FILES[name]
    with pytest.raises(CorruptImage, match=r"^a\.pic: ") as refused:
        make(data[: int(len(data) * share)], half=half)
    assert "\n" not in refused.value.message
    assert "0x" not in refused.value.message
    assert refused.value.hint == "use --allow-truncated to send what can be read of it"


@pytest.mark.parametrize("name", ["jpeg", "progressive", "cmyk", "png", "gif", "tiff", "bmp", "ppm"])
def test_the_top_of_a_cut_file_is_sent_where_allowed(name: str) -> None:
    data = FILES[name]
    sent = make(data[: int(len(data) * 0.7)], allows_truncated=True)
    assert sent.warnings == TRUNCATED
    assert not sent.is_untouched
    shown = Image.open(io.BytesIO(sent.data)).convert("RGB")
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    spots = [(x, y) for x in range(8, WIDTH, 24) for y in (8, 16)] if name != "bmp" else [(8, HEIGHT - 8)]
    within = 70 if name == "progressive" else 45  # its last bits are what was cut
    for spot in spots:
        assert shown.getpixel(spot) == pytest.approx(whole.getpixel(spot), abs=within)


def test_a_sound_file_has_no_warning_with_the_flag() -> None:
    for name in ("jpeg", "progressive", "png", "gif"):
        assert make(FILES[name], allows_truncated=True).warnings == ()


def test_nothing_to_salvage_is_still_refused_with_another_hint() -> None:
    with pytest.raises(CorruptImage) as refused:
        make(FILES["webp"][:900], allows_truncated=True)
    assert "--allow-truncated" not in refused.value.hint


@pytest.mark.parametrize("half", [False, True], ids=["own size", "half"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["jpeg", "cmyk"])
def test_a_cut_jpeg_that_was_closed_again_is_refused(kind: str, share: float, half: bool) -> None:
    data = FILES[kind]
    with pytest.raises(CorruptImage, match="cut short"):
        make(data[: int(len(data) * share)] + b"\xff\xd9", half=half)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_a_progressive_jpeg_without_its_last_scans_is_refused(share: float) -> None:
    data = FILES["progressive"]
    with pytest.raises(CorruptImage, match="its last scans are missing"):
        make(data[: int(len(data) * share)] + b"\xff\xd9")


def spectral() -> bytes:
    """A JPEG of one scan for each component, neither interleaved nor progressive, put together of three grey ones."""
    greys = [save(band, "JPEG") for band in photo().convert("YCbCr").split()]
    head, frame = greys[0][: greys[0].index(b"\xff\xc0")], b"\xff\xc0\0\x11\x08" + struct.pack(">HH", HEIGHT, WIDTH)
    frame += b"\3" + b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    tables = greys[0][greys[0].index(b"\xff\xc4") : greys[0].index(b"\xff\xda")]
    scans = [grey[grey.index(b"\xff\xda") : -2] for grey in greys]
    return head + frame + tables + b"".join(s[:5] + bytes((n + 1,)) + s[6:] for n, s in enumerate(scans)) + b"\xff\xd9"


@pytest.mark.parametrize("half", [False, True], ids=["own size", "half"])
@pytest.mark.parametrize("share", [0.02, 0.4, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["RGB", "L", "CMYK", "restarts", "one scan a component"])
def test_a_jpeg_cut_inside_its_last_scan_and_closed_again_is_refused(kind: str, share: float, half: bool) -> None:
    if kind == "one scan a component":
        data = spectral()
    elif kind == "restarts":
        data = save(photo(), "JPEG", progressive=True, restart_marker_blocks=7)
    else:
        made = Image.merge("CMYK", [photo().getchannel(i) for i in (0, 1, 2, 0)]) if kind == "CMYK" else photo()
        data = save(made.convert(kind), "JPEG", progressive=True)
    assert make(data, half=half).warnings == ()
    start = data.rindex(b"\xff\xda") + 10
    cut = data[: start + int((len(data) - 2 - start) * share)] + b"\xff\xd9"
    assert Image.open(io.BytesIO(cut)).tobytes() != Image.open(io.BytesIO(data)).tobytes()
    with pytest.raises(CorruptImage, match=r"last scan") as refused:
        make(cut, half=half)
    assert refused.value.hint == "use --allow-truncated to send what can be read of it"
    assert make(cut, half=half, allows_truncated=True).warnings == TRUNCATED


@pytest.mark.parametrize(
    "after", [b"", b"\xff\xff\xff", b"\0\0", b"\xff\xfe\0\4hi"], ids=["", "fill", "junk", "comment"]
)
def test_a_progressive_jpeg_is_whole_whatever_stands_behind_its_last_scan(after: bytes) -> None:
    data = FILES["progressive"][:-2] + after + b"\xff\xd9"
    sent = make(data, half=True)
    assert sent.warnings == ()
    assert sent.data == make(FILES["progressive"], half=True).data


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_that_really_ends_in_grey_is_sound(mode: str, progressive: bool) -> None:
    grey = photo().convert(mode)
    grey.paste((128, 128, 128) if mode == "RGB" else 128, (0, 64, WIDTH, HEIGHT))
    assert make(save(grey, "JPEG", progressive=progressive)).is_untouched
    assert make(save(grey, "JPEG", restart_marker_blocks=4)).is_untouched


@pytest.mark.parametrize("size", [(2, 2), (5, 5), (7, 20), (9, 9), (161, 121), (254, 249)])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_grey_jpeg_of_any_sides_is_sound(size: tuple[int, int], progressive: bool) -> None:
    grey = save(Image.new("RGB", size, (128, 128, 128)), "JPEG", progressive=progressive)
    for divisor in (1, 2, 4, 8):
        sides = [max(2, side // divisor) for side in size]
        assert encode(grey, PictureSpec(width_px=sides[0], height_px=sides[1]), label="a.jpg").warnings == ()


def rows(count: int) -> bytes:
    raw = photo().tobytes()
    return b"".join(b"\0" + raw[y * WIDTH * 3 : (y + 1) * WIDTH * 3] for y in range(count))


@pytest.mark.parametrize("missing", [1, 2, 60])
@pytest.mark.parametrize("half", [False, True], ids=["own size", "half"])
def test_a_png_that_ends_early_with_good_sums_is_refused(missing: int, half: bool) -> None:
    data = png(zlib.compress(rows(HEIGHT - missing)))
    with pytest.raises(CorruptImage, match="last rows are missing"):
        make(data, half=half)
    assert make(data, half=half, allows_truncated=True).warnings == TRUNCATED


def test_an_interlaced_png_that_ends_early_is_refused() -> None:
    passes = zlib.compress(bytes(range(256)) * 20)
    with pytest.raises(CorruptImage):
        make(png(passes, interlaced=1))


def test_a_png_that_is_black_at_its_end_is_sound() -> None:
    black = photo()
    black.paste("black", (0, 60, WIDTH, HEIGHT))
    assert make(save(black, "PNG")).is_untouched
    interlaced = png(zlib.compress(b"".join(bytes(n) for n in [_adam7_bytes(9, 7)])), interlaced=1, size=(9, 7))
    spec = PictureSpec(width_px=9, height_px=7)
    assert encode(interlaced, spec, label="a.png").is_untouched


def _adam7_bytes(width: int, height: int) -> int:
    """Bytes of a 9x7 RGB picture by passes: 2x1, 1x1, 3x1, 2x2, 5x2, 4x4, 9x3 pixels, and a filter byte a row."""
    assert (width, height) == (9, 7)
    return 3 * (2 + 1 + 3 + 4 + 10 + 16 + 27) + (1 + 1 + 1 + 2 + 2 + 4 + 3)


@pytest.mark.parametrize("tail", [b"\xff\xda\0\0", b"\xff\xda\0\2", b"\xff\xda\xff\xff"])
def test_a_jpeg_that_ends_in_the_head_of_a_scan_is_refused(tail: bytes) -> None:
    whole = FILES["jpeg"]
    for start in (whole[: whole.index(b"\xff\xda")], whole[:-2]):
        with pytest.raises(CorruptImage, match="no end marker"):
            make(start + tail)


def test_a_jpeg_with_an_empty_piece_of_a_profile_is_sent() -> None:
    whole = FILES["jpeg"]
    assert make(whole[:2] + b"\xff\xe2\0\x0eICC_PROFILE\0" + whole[2:]).format == "JPEG"


@pytest.mark.parametrize("half", [False, True])
def test_a_png_that_misses_its_palette_is_refused(half: bool) -> None:
    whole = save(photo().quantize(32), "PNG")
    at = whole.index(b"PLTE") - 4
    cut = whole[:at] + whole[at + 12 + int.from_bytes(whole[at : at + 4], "big") :]
    with pytest.raises(CorruptImage, match="no palette"):  # Pillow paints it grey, and its own bytes would be sent
        make(cut, half=half)


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"IEND"])
def test_a_png_with_a_wrong_check_sum_is_refused(kind: bytes) -> None:
    data = bytearray(FILES["png"])
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 + length] ^= 1
    with pytest.raises(CorruptImage, match="a chunk's check sum is wrong"):
        make(bytes(data))


def test_a_wrong_sum_in_a_comment_does_not_matter() -> None:
    data = FILES["png"]
    comment = bytearray(chunk(b"tEXt", b"Title\0hello"))
    comment[-1] ^= 1
    assert make(data[:33] + bytes(comment) + data[33:]).is_untouched


def test_flipped_bits_end_in_a_picture_or_a_refusal_of_one_line() -> None:
    chance = random.Random(7)
    for data in FILES.values():
        for _ in range(12):
            broken = bytearray(data)
            for _ in range(chance.choice((1, 3, 20))):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            words = refusal(bytes(broken), half=chance.random() < 0.5)
            assert words is None or (words[0] and words[1] and "\n" not in words[0] + words[1])


def test_libtiff_writes_nothing_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    fax = bytearray(save(photo().convert("1"), "TIFF", compression="group4"))
    for at in range(20, min(len(fax) - 200, 400)):
        fax[at] = 0x5A
    for data in (bytes(fax), FILES["lzw tiff"][:2000], FILES["lzw tiff"].replace(b"\x01\x01", b"\x07\x01", 3)):
        refusal(data, half=False)
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out == ""


def test_what_pillow_logs_does_not_reach_the_user() -> None:
    odd = bytearray(FILES["tiff"])
    at = odd.index(b"\x15\x01\x03\0")  # SamplesPerPixel
    odd[at + 8 : at + 10] = b"\xff\0"
    script = (
        "import sys; from visionask.core.image import PictureSpec; from visionask.images.prepare import encode\n"
        "try: encode(sys.stdin.buffer.read(), PictureSpec(width_px=8, height_px=8), label='a')\n"
        "except Exception as error: print(type(error).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", script], input=bytes(odd), capture_output=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (b"CorruptImage", b"")


@pytest.mark.parametrize("closes", [False, True], ids=["cut", "cut and closed"])
@pytest.mark.parametrize("name", ["jpeg", "progressive", "png"])
def test_a_file_that_goes_untouched_is_whole_wherever_it_was_cut(name: str, closes: bool) -> None:
    """The pixels of a picture that is sent as it is are read for this proof alone."""
    data, chance = FILES[name], random.Random(11)
    assert make(data).is_untouched
    # A closed JPEG that lacks its last 13 bytes lacks a bit or two of its last block, or nothing but padding.
    end = {"jpeg": len(data) - 16, "progressive": len(data) - 16, "png": len(data) - 1}[name]
    mark = {"png": b"\0\0\0\0IEND\xaeB`\x82"}.get(name, b"\xff\xd9") if closes else b""
    for _ in range(200):
        cut = data[: chance.randrange(1, end)] + mark
        assert refusal(cut, half=False) is not None


@pytest.mark.parametrize(
    ("size", "subsampling"),
    [
        pytest.param((801, 609), 2, id="an eighth"),
        pytest.param((465, 353), 1, id="a quarter, half the colours"),
        pytest.param((257, 193), 2, id="a half"),
        pytest.param((161, 121), 2, id="whole"),
    ],
)
def test_what_goes_untouched_is_proved_as_well_by_a_decode_that_is_looked_at(
    size: tuple[int, int], subsampling: int
) -> None:
    """In grey and in colours the same files are refused, also those cut in their last rows."""
    data, chance = save(photo().resize(size), "JPEG", subsampling=subsampling), random.Random(3)
    spec, shown = PictureSpec(width_px=size[0], height_px=size[1]), []
    encode(data, spec, label="a.jpg", on_pixels=lambda im: shown.append(im.size))
    assert max(shown[0]) >= 90
    refused = 0
    for _ in range(40):
        cut = data[: len(data) - chance.choice((20, 200, len(data) - 700)) + chance.randrange(16)] + b"\xff\xd9"
        found = []
        for on_pixels in (None, shown.append):
            try:
                found.append(encode(cut, spec, label="a.jpg", on_pixels=on_pixels).data)
            except CorruptImage as error:
                found.append(error.message)
        assert found[0] == found[1]
        refused += isinstance(found[0], str)
    assert refused > 20


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_cut_tiff_is_turned_as_a_whole_one_is(orientation: int) -> None:
    """Pillow turns a TIFF behind its last pixel: sides the wrong way round were read beyond the picture's memory."""
    im = Image.new("RGB", (480, 360), "white")
    im.paste("red", (0, 0, 240, 180))
    data = save(im, "TIFF", tiffinfo={274: orientation})
    sides = (120, 160) if orientation > 4 else (160, 120)
    spec = PictureSpec(width_px=sides[0], height_px=sides[1], allows_truncated=True)
    sent, whole = (encode(piece, spec, label="a.pic") for piece in (data[:-4000], data))
    assert [made.warnings for made in (sent, whole)] == [TRUNCATED, ()]
    pixels = [Image.open(io.BytesIO(made.data)).convert("RGB") for made in (sent, whole)]
    assert pixels[0].size == pixels[1].size == sides
    corners = [(x, y) for x in (9, sides[0] - 9) for y in (9, sides[1] - 9)]
    reds = [[each.getpixel(at)[0] - each.getpixel(at)[1] > 99 for at in corners] for each in pixels]
    assert reds[0] == reds[1]
    assert sum(reds[0]) == 1
