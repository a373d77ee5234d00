"""A WEBP's frame is used where it lies: the same pixels as Pillow's copy, and nobody paints on it."""

from __future__ import annotations

import io

import PIL
import pytest
from PIL import Image, ImageFile

from tests.images.sample_pictures import noise
from visionask.images.webp import WebPFile


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
