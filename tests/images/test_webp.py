"""A WEBP's frame is used where it lies: the same pixels as Pillow's copy, and nobody paints on it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import PIL
import pytest
from PIL import Image, ImageFile

from tests.images.sample_pictures import noise
from visionask.images.webp import WebPFile, libwebp

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}, {"append": 2}], ids=str)
def test_its_pixels_are_those_of_pillow(mode: str, options: dict[str, object]) -> None:
    im = noise(61, 47).convert(mode)
    if mode == "RGBA":
        im.putalpha(noise(61, 47).getchannel("R"))
    frames = [im.rotate(90 * i) for i in range(1, int(str(options.get("append", 0))) + 1)]
    with io.BytesIO() as file:
        im.save(file, "WEBP", save_all=bool(frames), append_images=frames, **options)
        data = file.getvalue()
    ours, theirs = WebPFile(io.BytesIO(data)), Image.open(io.BytesIO(data))
    assert isinstance(theirs, ImageFile.ImageFile)
    for frame in range(1 + len(frames)):
        ours.seek(frame)
        theirs.seek(frame)
        assert (ours.mode, ours.size) == (theirs.mode, theirs.size)
        assert ours.tobytes() == theirs.tobytes()


def test_the_frame_is_not_copied_until_it_is_painted_on() -> None:
    with io.BytesIO() as file:
        noise(20, 10).save(file, "WEBP")
        im = WebPFile(io.BytesIO(file.getvalue()))
    im.load()
    assert bool(im.readonly) == (int(PIL.__version__.partition(".")[0]) >= 13)
    im.paste((1, 2, 3), (0, 0, 20, 10))
    assert (im.getcolors(), im.readonly) == ([(200, (1, 2, 3))], 0)


@pytest.mark.skipif(libwebp() is None, reason="Pillow's wheel has no libwebp of its own here")
def test_a_still_picture_is_not_decoded_as_an_animation() -> None:
    with io.BytesIO() as file:
        noise(20, 10).save(file, "WEBP", exif=Image.Exif().tobytes(), icc_profile=b"no profile")
        im = WebPFile(io.BytesIO(file.getvalue()))
    im.load()
    assert im._decoder.get_next() is not None, "Pillow's animation was not asked for its one frame"
    assert im.info["icc_profile"] == b"no profile"


@pytest.mark.parametrize("options", [{"quality": 80}, {"lossless": True}, {"exif": b"Exif\0\0" + bytes(40)}], ids=str)
def test_a_damaged_picture_is_what_it_is_to_pillow(options: dict[str, object]) -> None:
    with io.BytesIO() as file:
        noise(61, 47).save(file, "WEBP", **options)
        whole = file.getvalue()
    places = [*range(12, 60), *range(60, len(whole), 7)]
    for data in [*(whole[:at] for at in places), *(whole[:at] + b"\xff" + whole[at + 1 :] for at in places)]:
        assert _outcome(WebPFile, data) == _outcome(Image.open, data)


def _outcome(make: Callable[[io.BytesIO], Image.Image], data: bytes) -> object:
    try:
        im = make(io.BytesIO(data))
        return im.mode, im.size, im.tobytes()
    except Exception as error:  # noqa: BLE001
        return type(error) if type(error) is not PIL.UnidentifiedImageError else SyntaxError


def test_alpha_that_is_not_announced_is_what_it_is_to_pillow() -> None:
    im = noise(61, 47).convert("RGBA")
    im.putalpha(noise(61, 47).getchannel("R"))
    with io.BytesIO() as file:
        im.save(file, "WEBP", quality=80)
        data = file.getvalue()
    assert data[12:16] == b"VP8X"
    opaque = data[:20] + bytes([data[20] & ~0x10]) + data[21:]
    assert _outcome(WebPFile, opaque) == _outcome(Image.open, opaque) != _outcome(Image.open, data)
