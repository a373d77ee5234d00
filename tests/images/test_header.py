"""The header reader agrees with Pillow and imagesize on real files, and refuses rather than guess."""

from __future__ import annotations

import io
import struct
import warnings

import imagesize
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.images.sample_pictures import all_kinds, chunk, exif, noise, save, segment, with_chunks, with_segments
from visionask.images.probe import HEAD_BYTES, read_header

KINDS = all_kinds()
JPEG = KINDS["jpeg RGB"]
PNG = KINDS["png RGB"]
GIF = KINDS["gif P"]


def read(data: bytes) -> tuple[str, int, int, int] | None:
    return read_header(lambda offset, count: data[offset : offset + count])


def in_pillow(data: bytes) -> tuple[str, int, int, int]:
    with Image.open(io.BytesIO(data)) as im:
        kind = "JPEG" if im.format == "MPO" else str(im.format)
        size = im.size
        return kind, *size, im.getexif().get(0x0112, 1)


@pytest.mark.parametrize("name", KINDS)
def test_agrees_with_pillow_and_imagesize(name: str) -> None:
    data = KINDS[name]
    found = read(data)
    assert found == in_pillow(data)
    assert found[1:3] == imagesize.get(io.BytesIO(data))


@pytest.mark.parametrize("name", KINDS)
def test_cut_anywhere_gives_the_whole_files_size_or_none(name: str) -> None:
    data = KINDS[name]
    whole = read(data)
    for length in [*range(400), *range(400, len(data), 997)]:
        found = read(data[:length])
        assert found is None or found[:3] == whole[:3], length


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_reads_every_orientation(kind: str, turn: int, order: str) -> None:
    data = save(noise(20, 30), kind, exif=b"Exif\0\0" + exif(turn, order=order))
    assert read(data) == (kind, 20, 30, turn)
    assert in_pillow(data) == (kind, 20, 30, turn)


@pytest.mark.parametrize("form", [3, 4])
@pytest.mark.parametrize("order", ["<", ">"])
def test_reads_an_orientation_of_any_whole_number_type(form: int, order: str) -> None:
    data = save(noise(20, 30), "JPEG", exif=b"Exif\0\0" + exif(6, order=order, kind=form))
    assert read(data) == in_pillow(data) == ("JPEG", 20, 30, 6)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(exif(0), id="0"),
        pytest.param(exif(9), id="9"),
        pytest.param(exif(65535), id="65535"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"II*\0\xff\xff\xff\xff", id="directory outside"),
        pytest.param(b"XX*\0" + bytes(40), id="no byte order"),
        pytest.param(exif(6)[:20], id="cut"),
        pytest.param(b"II*\0\x08\0\0\0\xff\xff", id="65,535 tags announced"),
        pytest.param(exif(6).replace(struct.pack("<HI", 3, 1), struct.pack("<HI", 2, 1)), id="text"),
    ],
)
def test_invalid_orientation_is_upright(block: bytes) -> None:
    assert read(with_segments(JPEG, segment(0xE1, b"Exif\0\0" + block))) == ("JPEG", 37, 23, 1)
    assert read(with_chunks(PNG, chunk(b"eXIf", block))) == ("PNG", 29, 17, 1)


def test_the_tags_number_inside_another_tag_is_no_orientation() -> None:
    data = save(noise(20, 30), "JPEG", exif=b"Exif\0\0" + exif(5, before=3))
    assert read(data) == in_pillow(data) == ("JPEG", 20, 30, 5)


def test_reads_the_orientation_behind_the_first_read() -> None:
    long = exif(7, before=HEAD_BYTES // 12 + 20)
    data = with_segments(JPEG, segment(0xE2, b"x" * 1500), segment(0xE1, b"Exif\0\0" + long))
    assert read(data) == ("JPEG", 37, 23, 7)
    assert read(with_chunks(PNG, chunk(b"tEXt", b"a\0" + b"b" * 5000), chunk(b"eXIf", long))) == ("PNG", 29, 17, 7)


def test_jpeg_with_200_kb_in_front_and_fill_bytes() -> None:
    data = with_segments(JPEG, *[segment(0xE2, b"\xff\xc0" * 30_000)] * 4, b"\xff\xff\xff")
    assert read(data) == in_pillow(data) == ("JPEG", 37, 23, 1)


def jpeg_frame(**changes: int) -> bytes:
    """JPEG with some bytes of its frame header replaced: at 4 precision, 5 and 6 height, 7 and 8 width, 9 parts."""
    at = JPEG.index(b"\xff\xc0")
    data = bytearray(JPEG)
    for name, value in changes.items():
        data[at + int(name[1:])] = value
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(jpeg_frame(_4=12), id="12 bits"),
        pytest.param(jpeg_frame(_5=0, _6=0), id="height 0, DNL"),
        pytest.param(jpeg_frame(_7=0, _8=0), id="width 0"),
        pytest.param(jpeg_frame(_9=2), id="2 components"),
        pytest.param(jpeg_frame(_1=0xC3), id="lossless"),
        pytest.param(jpeg_frame(_1=0xC5), id="hierarchical"),
        pytest.param(jpeg_frame(_3=16), id="frame of another length"),
        pytest.param(JPEG[:2] + b"junk" + JPEG[2:], id="junk between segments"),
        pytest.param(with_segments(JPEG, b"\xff\xd9"), id="ends before it begins"),
        pytest.param(with_segments(JPEG, b"\xff\xe5\0\1"), id="segment shorter than its length"),
        pytest.param(PNG[:16] + bytes(4) + PNG[20:], id="PNG width 0"),
        pytest.param(PNG[:19] + b"\x1e" + PNG[20:], id="PNG with a bad check sum"),
        pytest.param(PNG[:24] + b"\3" + PNG[25:], id="PNG of 3 bits"),
        pytest.param(GIF[:13], id="GIF without a frame"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 9, 8, 2, 0, 0, 0)), id="0 x 9"),
        pytest.param(b"RIFF\x40\0\0\0WEBPVP8 " + bytes(40), id="WEBP without a key frame"),
        pytest.param(b"RIFF\x40\0\0\0WEBPABCD" + bytes(40), id="WEBP of an unknown kind"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xd8\xff", id="magic only"),
    ],
)
def test_refuses_what_it_cannot_know(data: bytes) -> None:
    assert read(data) is None


def gif(screen: tuple[int, int], frame: tuple[int, int, int, int]) -> bytes:
    body = b"\x02\x02\x44\x01\0;"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *screen, 0x80, 0, 0)
        + bytes(6)
        + b","
        + struct.pack("<HHHHB", *frame, 0)
        + body
    )


@pytest.mark.parametrize(
    ("screen", "frame", "size"),
    [
        pytest.param((10, 8), (0, 0, 10, 8), (10, 8), id="same"),
        pytest.param((10, 8), (2, 2, 3, 3), (10, 8), id="frame inside"),
        pytest.param((10, 8), (4, 0, 10, 8), (14, 8), id="frame reaches right"),
        pytest.param((10, 8), (0, 5, 10, 9), (10, 14), id="frame reaches down"),
        pytest.param((0, 0), (0, 0, 6, 5), (6, 5), id="no screen"),
    ],
)
def test_gif_is_its_screen_extended_by_the_first_frame(screen, frame, size) -> None:
    data = gif(screen, frame)
    assert read(data) == ("GIF", *size, 1)
    assert in_pillow(data)[1:3] == size


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"\xff\xd8" + b"\xff\xe1\0\2" * 50_000, id="50,000 segments"),
        pytest.param(b"\xff\xd8" + b"\xff" * 200_000, id="200,000 fill bytes"),
        pytest.param(PNG[:33] + chunk(b"tEXt", b"") * 20_000, id="20,000 chunks"),
        pytest.param(b"GIF89a" + bytes(7) + b"!\xfe\1a\0" * 50_000, id="50,000 comments"),
        pytest.param(
            b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x08" + bytes(9) + b"ANMF\0\0\0\0" * 20_000, id="20,000 frames"
        ),
    ],
)
def test_looks_at_a_bounded_part_of_a_hostile_file(start: bytes) -> None:
    asked: list[int] = []

    def read_at(offset: int, count: int) -> bytes:
        asked.append(count)
        return start[offset : offset + count]

    assert read_header(read_at) is None
    assert len(asked) <= 2049
    assert sum(asked) < 1_200_000


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.data())
def test_a_mutated_file_never_raises_and_never_contradicts_pillow(name: str, data: st.DataObject) -> None:
    changed = bytearray(KINDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, min(len(changed), 700) - 1))] = data.draw(st.integers(0, 255))
    found = read(bytes(changed))
    if found is None:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(bytes(changed))) as im:
                im.load()
                assert found[1:3] == im.size
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError, Image.DecompressionBombError):
        pass  # no decoder shows it in any size


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", PNG[:33], PNG[:16], b"GIF89a", b"RIFF\0\1\0\0WEBPVP8X", b"RIFF\0\1\0\0WEBPVP8L"]
    ),
    st.binary(max_size=300),
)
def test_random_bytes_never_raise(start: bytes, rest: bytes) -> None:
    found = read(start + rest)
    assert found is None or (found[1] > 0 and found[2] > 0 and 1 <= found[3] <= 8)
