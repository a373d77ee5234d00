"""Both ways of shrinking give the same picture, and either alone is enough."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.images.sample_pictures import noise
from visionask.images.resize import shrink, shrink_fast, shrink_with_pillow

HAS_FAST = shrink_fast(Image.new("L", (4, 4)), (2, 2)) is not None
needs_fast = pytest.mark.skipif(not HAS_FAST, reason="cykooz-resizer has no wheel here")


@needs_fast
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(400, 300), (399, 1), (200, 150), (61, 299), (2, 2)])
def test_both_ways_give_the_same_picture(mode: str, size: tuple[int, int]) -> None:
    im = noise(400, 300).convert(mode)
    fast, slow = shrink_fast(im, size), im.resize(size, Image.Resampling.LANCZOS)
    assert fast is not None
    assert (fast.size, fast.mode) == (slow.size, slow.mode)
    difference = ImageChops.difference(fast, slow)
    assert max(ImageStat.Stat(difference).mean) < 1  # of 255, in noise, which is the hardest; photographs: 0.2
    assert max(high for _, high in ImageStat.Stat(difference).extrema) <= 16  # where the first pass is clipped


def test_pillow_alone_is_near_the_exact_filter() -> None:
    im = noise(400, 300)
    difference = ImageChops.difference(shrink_with_pillow(im, (90, 70)), im.resize((90, 70), Image.Resampling.LANCZOS))
    assert max(ImageStat.Stat(difference).mean) < 4


@needs_fast
@pytest.mark.parametrize("mode", ["LAB", "I", "F", "RGBA", "P"])
def test_other_modes_go_pillows_way(mode: str) -> None:
    im = Image.new(mode, (40, 30))
    assert shrink_fast(im, (20, 15)) is None
    assert shrink(im, (20, 15)).size == (20, 15)


def test_threads_do_not_mix_pictures() -> None:
    colours = [(value, 255 - value, value // 2) for value in range(0, 256, 16)]
    found: dict[int, object] = {}

    def work(index: int) -> None:
        im = shrink(Image.new("RGB", (700, 500), colours[index]), (300, 200))
        found[index] = im.getcolors(2)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(colours))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {index: [(60_000, colour)] for index, colour in enumerate(colours)}


SCRIPT = """
import io, sys
block = sys.argv[1]
if block: sys.modules["cykooz_resizer"] = None
from visionask.core.image import PictureSpec
from visionask.images.prepare import encode
sent = encode(sys.stdin.buffer.read(), PictureSpec(width_px=int(sys.argv[2]), height_px=int(sys.argv[3])), label="a")
sys.stderr.write(str("cykooz_resizer" in sys.modules and not block))
sys.stdout.buffer.write(sent.data)
"""


def run(data: bytes, block: str, width: int, height: int) -> tuple[bytes, str]:
    words = [sys.executable, "-c", SCRIPT, block, str(width), str(height)]
    done = subprocess.run(words, input=data, capture_output=True, check=True)
    return done.stdout, done.stderr.decode()


def jpeg(im: Image.Image) -> bytes:
    with io.BytesIO() as file:
        im.save(file, "JPEG", quality=90)
        return file.getvalue()


def test_a_picture_is_shrunk_without_it_too() -> None:
    data = jpeg(noise(400, 300))
    (fast, is_loaded), (slow, _) = run(data, "", 150, 112), run(data, "block", 150, 112)
    assert is_loaded == str(HAS_FAST)
    first, second = (Image.open(io.BytesIO(each)) for each in (fast, slow))
    assert first.size == second.size == (150, 112)
    assert max(ImageStat.Stat(ImageChops.difference(first, second)).mean) < 4


def test_nothing_is_loaded_for_a_picture_that_keeps_its_size() -> None:
    data = jpeg(noise(400, 300))
    assert run(data, "", 400, 300) == (data, "False")
