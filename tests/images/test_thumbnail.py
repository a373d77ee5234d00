"""Tests of thumbnails: small JPEGs of what is sent, in its colours, with nothing of its metadata."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.images.sample_pictures import exif, noise, save
from visionask.core.errors import CorruptImage, TooLarge
from visionask.core.geometry import Box
from visionask.core.image import EncodedImage, PictureSpec
from visionask.images.prepare import encode
from visionask.images.thumbnail import encode_with_thumbnail, thumbnail, thumbnail_name, thumbnail_of


def encoded(data: bytes, kind: str) -> EncodedImage:
    with Image.open(BytesIO(data)) as im:
        width, height = im.size
    return EncodedImage(
        data=data,
        format=kind,
        width_px=width,
        height_px=height,
        sha256="",
        source_format=kind,
        is_untouched=False,
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((2048, 1536), (160, 120)),
        ((300, 2000), (24, 160)),
        ((161, 2), (160, 2)),
        ((5000, 2), (160, 1)),
        ((100, 90), (100, 90)),
        ((2, 2), (2, 2)),
    ],
)
def test_sides_are_at_most_160_px_and_never_enlarged(kind: str, size: tuple[int, int], small: tuple[int, int]) -> None:
    made = thumbnail(encoded(save(Image.new("RGB", size, "teal"), kind), kind))
    with Image.open(BytesIO(made)) as im:
        assert (im.format, im.size) == ("JPEG", small)
        red, green, blue = im.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
    assert red < 12
    assert abs(green - 128) < 12
    assert abs(blue - 128) < 12


def test_even_noise_is_small() -> None:
    assert len(thumbnail(encoded(save(noise(800, 600), "JPEG"), "JPEG"))) < 12_000


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA"])
def test_modes_of_png(mode: str) -> None:
    source = (
        Image.new("RGBA", (400, 300), (0, 0, 0, 0)) if mode in ("RGBA", "LA") else Image.new("RGB", (400, 300), "white")
    )
    made = thumbnail(encoded(save(source.convert(mode), "PNG"), "PNG"))
    with Image.open(BytesIO(made)) as im:
        assert im.convert("L").getextrema() == (255, 255)


def test_metadata_stays_behind() -> None:
    data = save(noise(300, 300), "JPEG", exif=b"Exif\0\0" + exif(6), comment=b"SECRET-NOTE", icc_profile=b"SECRET-ICC")
    assert data.count(b"SECRET") == 2
    made = thumbnail(encoded(data, "JPEG"))
    assert b"SECRET" not in made
    assert b"Exif" not in made


def test_broken_bytes_are_one_error() -> None:
    whole = encoded(save(noise(300, 300), "JPEG"), "JPEG")
    for data in (b"", b"\xff\xd8", whole.data[:2000]):
        with pytest.raises(CorruptImage):
            thumbnail(whole._replace(data=data))


def test_of_bytes_that_are_not_made_it_shows_what_would_be_sent() -> None:
    source = Image.new("RGB", (1600, 1200), "teal")
    source.paste("red", (0, 0, 800, 1200))
    spec = PictureSpec(width_px=400, height_px=600, crop=(400, 0, 800, 1200), redact=((400, 0, 800, 600),))
    for kind in ("JPEG", "PNG", "WEBP"):
        data = save(source, kind)
        with (
            Image.open(BytesIO(thumbnail_of(data, spec, label="x"))) as small,
            Image.open(BytesIO(thumbnail(encode(data, spec, label="x")))) as sent,
        ):
            assert (small.format, small.size) == ("JPEG", sent.size)
            for at in ((20, 20), (20, 140), (90, 140)):
                pairs = zip(small.getpixel(at), sent.getpixel(at), strict=True)
                assert all(abs(one - other) < 12 for one, other in pairs), at


def test_a_turned_photograph_is_upright_in_it() -> None:
    data = save(noise(64, 32).resize((1280, 640)), "JPEG", exif=exif(6))
    made = thumbnail_of(data, PictureSpec(width_px=640, height_px=1280), label="x")
    with Image.open(BytesIO(made)) as im:
        assert (im.size, im.getexif()) == ((80, 160), {})


def test_no_more_of_a_large_photograph_is_decoded_than_it_shows() -> None:
    """An eighth of each side fits where all the pixels would not."""
    spec = PictureSpec(width_px=2048, height_px=1536, max_pixels=1_000_000)
    data = save(Image.new("RGB", (4000, 3000), "teal"), "JPEG")
    assert len(thumbnail_of(data, spec, label="x")) < 10_000
    with pytest.raises(TooLarge):
        encode(data, spec, label="x")


@pytest.mark.parametrize(
    ("kind", "size", "sent", "small"),
    [
        pytest.param("JPEG", (800, 600), (800, 600), (100, 75), id="untouched, of the proof at an eighth"),
        pytest.param("JPEG", (500, 400), (500, 400), (125, 100), id="untouched, of the proof at a quarter"),
        pytest.param("JPEG", (2000, 1500), (2000, 1500), (160, 120), id="untouched and large"),
        pytest.param("PNG", (800, 600), (800, 600), (160, 120), id="an untouched PNG"),
        pytest.param("JPEG", (1600, 1200), (800, 600), (160, 120), id="made smaller"),
        pytest.param("WEBP", (60, 40), (60, 40), (60, 40), id="made anew, and small"),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_of_the_pixels_in_hand_it_shows_what_is_sent(
    kind: str, size: tuple[int, int], sent: tuple[int, int], small: tuple[int, int], mode: str
) -> None:
    source = Image.new("RGB", size, "teal")
    source.paste("orange", (0, 0, size[0] // 2, size[1]))
    data = save(source.convert(mode), kind, exif=exif(1))
    spec = PictureSpec(width_px=sent[0], height_px=sent[1])
    made, kept = encode_with_thumbnail(data, spec, label="x")
    assert made == encode(data, spec, label="x")
    assert kept is not None
    assert kept.name == thumbnail_name(made.sha256, spec)
    with Image.open(BytesIO(kept.jpeg)) as im, Image.open(BytesIO(made.data)) as whole:
        assert (im.format, im.size, im.info["comment"], im.getexif()) == ("JPEG", small, kept.name, {})
        for across in (0.2, 0.8):
            at = (int(small[0] * across), small[1] // 2)
            pixels = im.convert("RGB").getpixel(at), whole.convert("RGB").resize(small).getpixel(at)
            assert pixels[0] == pytest.approx(pixels[1], abs=12)


def test_its_name_is_another_for_other_bytes_and_for_each_change() -> None:
    spec = PictureSpec(width_px=400, height_px=600)
    changes: list[dict[str, object]] = [
        {},
        {"width_px": 401},
        {"crop": Box(0, 0, 9, 9)},
        {"redact": (Box(0, 0, 9, 9),)},
        {"rotate": 90},
        {"frame": 1},
    ]
    specs = [spec._replace(**change) for change in changes]
    names = {thumbnail_name(digest, each) for digest in ("a", "b") for each in specs}
    assert {len(name) for name in names} == {32}
    assert len(names) == 2 * len(specs)
    data = save(noise(300, 300), "JPEG")
    name = thumbnail_name("a", spec)
    small = spec._replace(width_px=300, height_px=300)
    for made in (thumbnail(encoded(data, "JPEG"), name=name), thumbnail_of(data, small, label="x", name=name)):
        with Image.open(BytesIO(made)) as im:
            assert im.info["comment"] == name
