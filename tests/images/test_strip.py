"""What leaves with a picture: its own pixels where nothing must change, and no word about who took it where."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

from visionask.core.image import EncodedImage, PictureSpec
from visionask.images.prepare import encode
from visionask.images.probe import probe_bytes

PRIVATE = (b"Exif", b"ns.adobe.com", b"Jane Roe", b"CAMERA-7", b"secret comment", b"http", b"MPF", b"Photoshop")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc>Jane Roe</dc></x:xmpmeta>'


def photo(width: int = 120, height: int = 90) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((width, height), spread) for spread in (40, 60, 80)])


def save(im: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x013B] = "Jane Roe"
    tags[0x0110] = "CAMERA-7"
    tags.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return tags.tobytes()


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def chatty_jpeg(orientation: int = 1, **options: object) -> bytes:
    """A JPEG with everything that cameras and editors put in, and a second picture behind it."""
    plain = save(photo(), "JPEG", exif=exif(orientation), xmp=XMP, comment=b"secret comment", **options)
    extra = (
        segment(0xE0, b"JFXX\0\x10" + b"Jane Roe")
        + segment(0xE2, b"MPF\0" + b"Jane Roe")
        + segment(0xED, b"Photoshop 3.0\0Jane Roe")
        + segment(0xEB, b"http://c2pa Jane Roe")
        + segment(0xEF, b"Jane Roe")
    )
    return plain[:2] + extra + plain[2:] + save(photo(), "JPEG", comment=b"secret comment")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def chatty_png(orientation: int = 1) -> bytes:
    info = PngInfo()
    info.add_text("Author", "Jane Roe")
    info.add_text("Comment", "secret comment", zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    plain = save(photo(), "PNG", pnginfo=info, exif=exif(orientation), dpi=(300, 300))
    return plain + b"trailing Jane Roe"


def make(data: bytes, width: int = 120, height: int = 90, **options: object) -> EncodedImage:
    return encode(data, PictureSpec(width_px=width, height_px=height, **options), label="a.pic")  # type: ignore[arg-type]


def opened(data: bytes) -> Image.Image:
    im = Image.open(io.BytesIO(data))
    im.load()
    return im


def same_pixels(a: bytes, b: bytes) -> bool:
    return ImageChops.difference(opened(a).convert("RGB"), opened(b).convert("RGB")).getbbox() is None


@pytest.mark.parametrize(
    "data", [chatty_jpeg(), chatty_jpeg(progressive=True), chatty_png()], ids=["jpg", "prog", "png"]
)
def test_an_upright_picture_of_the_right_size_keeps_its_own_pixels(data: bytes) -> None:
    sent = make(data)
    assert sent.is_untouched
    assert same_pixels(data, sent.data)
    assert len(sent.data) < len(data)
    assert make(sent.data).data == sent.data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("size", [(120, 90), (60, 45)])
def test_nothing_private_is_left(kind: str, size: tuple[int, int]) -> None:
    data = {"JPEG": chatty_jpeg, "PNG": chatty_png}.get(kind, lambda: save(photo(), kind, exif=exif(), xmp=XMP))()
    assert b"Jane Roe" in data
    sent = make(data, *size).data
    assert not [word for word in PRIVATE if word in sent]
    assert "exif" not in opened(sent).info


def test_the_icc_profile_and_thumbnails_go_too() -> None:
    thumb = b"JFIF\0\1\1\0\0\1\0\1\2\2" + b"Jane Roe\0\0\0\0"
    plain = save(photo(), "JPEG")
    data = plain[:2] + segment(0xE0, thumb) + plain[20:]
    sent = make(data)
    assert sent.is_untouched
    assert b"Jane" not in sent.data
    assert same_pixels(plain, sent.data)


def test_an_animated_png_leaves_as_its_still() -> None:
    frames = [photo(), photo()]
    sent = make(save(frames[0], "PNG", save_all=True, append_images=frames[1:]))
    assert not sent.warnings
    assert b"acTL" not in sent.data
    assert b"fdAT" not in sent.data
    assert ImageChops.difference(opened(sent.data), frames[0]).getbbox() is None


@pytest.mark.parametrize(
    "data",
    [
        save(photo().convert("CMYK"), "JPEG"),
        save(photo().convert("RGBA"), "PNG"),
        save(photo().convert("I;16"), "PNG"),
        save(photo(), "WEBP"),
        chatty_jpeg(orientation=3),
        chatty_png(orientation=3),
        save(photo(), "JPEG", keep_rgb=True),
        save(photo(), "PNG", transparency=(1, 2, 3)),
    ],
    ids=["cmyk", "alpha", "16-bit", "webp", "turned-jpg", "turned-png", "rgb-jpg", "key"],
)
def test_what_others_may_read_differently_is_drawn_anew(data: bytes) -> None:
    sent = make(data)
    assert not sent.is_untouched
    assert opened(sent.data).mode in ("RGB", "L")


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_grey_and_rgb_pngs_go_as_they_are(mode: str) -> None:
    assert make(save(photo().convert(mode), "PNG")).is_untouched


@pytest.mark.parametrize("mode", ["P", "1"])
def test_a_palette_is_sent_as_the_same_pixels_in_rgb_or_grey(mode: str) -> None:
    im = photo().quantize(16) if mode == "P" else photo().convert("1")
    sent = opened(make(save(im, "PNG")).data)
    assert sent.format == "PNG"
    assert sent.mode == ("RGB" if mode == "P" else "L")
    assert sent.tobytes() == im.convert(sent.mode).tobytes()


def test_keep_metadata_keeps_it_with_the_orientation_done() -> None:
    sent = make(chatty_jpeg(orientation=6), 90, 120, keeps_metadata=True)
    kept = opened(sent.data)
    assert not sent.is_untouched
    assert kept.getexif()[0x0112] == 1
    assert kept.getexif()[0x013B] == "Jane Roe"
    assert kept.getexif().get_ifd(0x8825)[2] == (52.0, 31.0, 12.0)
    assert b"Jane Roe</dc>" in kept.info["xmp"]


def test_keep_metadata_and_a_turn_leave_no_tag_that_turns_it_back() -> None:
    for data, turn in ((chatty_jpeg(orientation=6), 270), (chatty_jpeg(), 180), (chatty_png(orientation=8), 90)):
        width, height = (120, 90)
        kept = opened(make(data, width, height, keeps_metadata=True, rotate=turn).data)
        assert kept.getexif()[0x0112] == 1
        assert kept.getexif()[0x013B] == "Jane Roe"


def test_keep_metadata_sends_an_upright_picture_byte_for_byte() -> None:
    data = chatty_png()
    sent = make(data, keeps_metadata=True)
    assert sent.is_untouched
    assert sent.data == data


def test_keep_metadata_reaches_a_png() -> None:
    small = chatty_png(orientation=3)
    sent = make(small, 60, 45, keeps_metadata=True)
    assert opened(sent.data).getexif()[0x0112] == 1
    assert b"Jane Roe" in sent.data


def with_chunk(kind: bytes, body: bytes, *, late: bool = False) -> bytes:
    plain = save(photo(), "PNG")
    at = -12 if late else 33
    return plain[:at] + chunk(kind, body) + plain[at:]


def raw_profile(name: bytes, block: bytes) -> bytes:
    """EXIF in a text as ImageMagick writes it."""
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return f"\n{name.decode()}\n{len(block):8}\n{lines}\n".encode()


@pytest.mark.parametrize("name", [b"exif", b"APP1"])
@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt"])
def test_a_png_stands_upright_as_imagemagick_wrote_it(kind: bytes, name: bytes) -> None:
    text = raw_profile(name, exif(6) + bytes(5000))
    body = b"Raw profile type " + name + b"\0" + (b"\0" + zlib.compress(text) if kind == b"zTXt" else text)
    data = with_chunk(kind, body)
    assert probe_bytes(data, "a").upright == (90, 120)
    sent = make(data, 90, 120)
    assert opened(sent.data).size == (90, 120)
    assert b"Raw profile" not in sent.data
    assert probe_bytes(with_chunk(kind, body, late=True), "a").upright == (120, 90)


@pytest.mark.parametrize(
    "body", [b"exif\0", b"exif\0\0junk", b"exif\0\0" + zlib.compress(b"\nexif\n 3\nxyz"), b"exif", b"iptc\0\0x"]
)
def test_a_raw_profile_that_is_none_is_left_out(body: bytes) -> None:
    data = with_chunk(b"zTXt", b"Raw profile type " + body)
    assert probe_bytes(data, "a").upright == (120, 90)
    assert make(data).is_untouched


def test_an_orientation_behind_the_pixels_is_left_out_as_in_browsers_and_told() -> None:
    data = with_chunk(b"eXIf", exif(6)[6:], late=True)
    assert probe_bytes(data, "a").upright == (120, 90)
    sent = make(data)
    assert same_pixels(data, sent.data)
    assert [warning.partition(":")[0] for warning in sent.warnings] == [
        "its orientation stands behind the pixels, where browsers do not look"
    ]
    assert make(with_chunk(b"eXIf", exif(1)[6:], late=True)).warnings == ()
    assert probe_bytes(with_chunk(b"eXIf", exif(6)[6:]), "a").upright == (90, 120)
