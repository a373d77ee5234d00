"""One page or frame of a file is chosen by its number: its own size is planned, its own pixels are sent."""

from __future__ import annotations

import io
import struct
import subprocess
import sys

import pytest
from PIL import Image

from tests.images.sample_pictures import chunk, exif, noise, save, with_chunks
from visionask.core.errors import InputError, TooLarge, UnsupportedFormat
from visionask.core.image import BytesSource, EncodedImage, PictureSpec, Probe
from visionask.images.frames import count_gif_frames
from visionask.images.prepare import encode
from visionask.images.probe import probe, probe_bytes

COLOURS = ((200, 0, 0), (0, 160, 0), (0, 0, 220))
PLAIN = [Image.new("RGB", (60, 40), colour) for colour in COLOURS]
GROWING = [Image.new("RGB", (60 + 20 * i, 40), colour) for i, colour in enumerate(COLOURS)]

TIFF = save(GROWING[0], "TIFF", save_all=True, append_images=GROWING[1:])
FILES = {
    "TIFF": TIFF,
    "GIF": save(PLAIN[0], "GIF", save_all=True, append_images=PLAIN[1:], duration=9),
    "WEBP": save(PLAIN[0], "WEBP", save_all=True, append_images=PLAIN[1:], lossless=True),
    "AVIF": save(PLAIN[0], "AVIF", save_all=True, append_images=PLAIN[1:], quality=95),
}


def header(data: bytes, frame: int) -> Probe:
    return probe(BytesSource(label="a", data=data), frame=frame)


def make(data: bytes, size: tuple[int, int], frame: int, **options: object) -> EncodedImage:
    spec = PictureSpec(width_px=size[0], height_px=size[1], frame=frame, **options)  # type: ignore[arg-type]
    return encode(data, spec, label="a")


@pytest.mark.parametrize("frame", [0, 1, 2])
@pytest.mark.parametrize("kind", FILES)
def test_a_frame_is_sent_with_its_own_size_and_colour(kind: str, frame: int) -> None:
    found = header(FILES[kind], frame)
    assert (found.format, *found.upright) == (kind, 60 + 20 * frame if kind == "TIFF" else 60, 40)
    made = make(FILES[kind], found.upright, frame)
    shown = Image.open(io.BytesIO(made.data)).convert("RGB").getpixel((30, 20))
    assert shown == pytest.approx(COLOURS[frame], abs=12)
    assert found.frames == 3
    assert not made.warnings  # that there are more is told with the plan, before anything is decoded


@pytest.mark.parametrize("kind", FILES)
def test_a_frame_that_is_not_there_is_refused_with_the_numbers_that_are(kind: str) -> None:
    what = "page" if kind == "TIFF" else "frame"
    for ask in (lambda: header(FILES[kind], 3), lambda: make(FILES[kind], (60, 40), 3)):
        with pytest.raises(InputError) as refused:
            ask()
        assert refused.value.message == f"a: there is no {what} 4, it has 3"
        assert refused.value.hint == f"use --{what} 1 to 3"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "MPO"])
def test_a_single_picture_has_no_second_frame(kind: str) -> None:
    more = {"save_all": True, "append_images": PLAIN[1:]} if kind == "MPO" else {}
    data = save(PLAIN[0], kind, **more)
    for ask in (lambda: header(data, 1), lambda: make(data, (60, 40), 1)):
        with pytest.raises(InputError, match="no page or frame 2, it is a single picture"):
            ask()


def test_of_an_animated_png_only_the_first_frame_is_opened() -> None:
    data = save(PLAIN[0], "PNG", save_all=True, append_images=PLAIN[1:])
    for ask in (lambda: header(data, 1), lambda: make(data, (60, 40), 1)):
        with pytest.raises(UnsupportedFormat, match="only the first frame"):
            ask()


def test_a_frame_behind_too_many_others_is_refused_before_they_are_decoded() -> None:
    large = [Image.new("L", (4000, 3000), 99 * i) for i in range(3)]
    data = save(large[0], "GIF", save_all=True, append_images=large[1:])
    at = data.rindex(b"\x21\xf9\x04")  # the last frame, forty times more
    more = data[:at] + data[at:-1] * 40 + b";"
    with pytest.raises(TooLarge, match="too many pixels to decode before frame 42"):
        make(more, (400, 300), 41)


def test_a_page_far_behind_is_found_by_its_link_alone() -> None:
    pages = [Image.new("1", (8 + i % 5, 8)) for i in range(400)]
    data = save(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert header(data, 399).width_px == 8 + 399 % 5


def test_one_flag_chooses_in_the_command_and_both_are_a_mistake(tmp_path) -> None:
    (tmp_path / "a.tif").write_bytes(TIFF)
    run = [sys.executable, "-m", "visionask", "prep", "a.tif", "-o", "out"]
    done = subprocess.run([*run, "--page", "3"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "out" / "a.png") as shown:
        assert shown.size == (100, 40)
    for flags, code in ((["--page", "4"], 3), (["--page", "0"], 2), (["--page", "1", "--frame", "1"], 2)):
        done = subprocess.run([*run, *flags], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr


def test_the_blocks_of_a_gif_are_counted_alike_one_by_one_and_many_at_a_time() -> None:
    def frame(*lengths: int) -> bytes:
        return b"," + bytes(9) + b"\2" + b"".join(bytes([length]) + b"," * length for length in lengths) + b"\0"

    start = b"GIF89a" + bytes(7)
    whole = start + frame(*[255] * 700, 3, *[255] * 300, 9) + frame(7, 255, 255) + frame(255) + b";"
    assert count_gif_frames(whole) == 3
    assert [count_gif_frames(whole[:-cut]) for cut in (1, 3, 300, 600, 900)] == [3, 3, 2, 2, 1]
    assert count_gif_frames(start + frame(*[255] * 1023, 255)[:-200] + frame(1)) == 1
    assert count_gif_frames(start + frame(*[255] * 256) + b"!\xfe" + b"\xff" * 256 + b"\0" + frame(1)) == 2


def test_the_blocks_of_a_gif_are_counted_no_further_than_a_million() -> None:
    frame = b"," + bytes(9) + b"\2\1\0\0"
    for extensions, frames in ((999_000, 2), (1_001_000, 1)):
        assert count_gif_frames(b"GIF89a" + bytes(7) + b"!\xfe\0" * extensions + frame * 2) == frames


def test_a_png_says_in_any_order_that_it_moves_and_how_it_is_turned() -> None:
    still, turned, moves = save(noise(20, 30), "PNG"), chunk(b"eXIf", exif(6)), chunk(b"acTL", struct.pack(">II", 7, 0))
    for chunks, found in (
        ((moves, turned), (6, 7)),
        ((turned, moves), (6, 7)),
        ((moves,), (1, 7)),
        ((turned,), (6, 1)),
        ((chunk(b"tEXt", b"a\0acTL"),), (1, 1)),
    ):
        header = probe_bytes(with_chunks(still, *chunks), "x.png")
        assert (header.orientation, header.frames) == found
