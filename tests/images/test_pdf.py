"""A page of a PDF is planned by its points and drawn at the size that is sent; what cannot be drawn says why."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from tests.images.sample_pictures import pdf
from visionask.core.errors import CorruptImage, InputError, TooLarge, UnsupportedFormat
from visionask.core.image import BytesSource, EncodedImage, PictureSpec
from visionask.images.prepare import encode
from visionask.images.probe import probe

RED_LEFT = b"1 0 0 rg 0 0 100 100 re f"  # the left half of a page of 200 x 100 points
BLUE = b"0 0 1 rg 0 0 9999 9999 re f"


TWO = pdf((200, 100, RED_LEFT), (595, 842, BLUE))


def size(data: bytes, frame: int = 0) -> tuple[str, int, int]:
    found = probe(BytesSource(label="a.pdf", data=data), frame=frame)
    assert found.size_bytes == len(data)
    return found.format, *found.upright


def make(data: bytes, width: int, height: int, **options: object) -> EncodedImage:
    return encode(data, PictureSpec(width_px=width, height_px=height, **options), label="a.pdf")  # type: ignore[arg-type]


def pixels(made: EncodedImage, *spots: tuple[int, int]) -> list[object]:
    shown = Image.open(io.BytesIO(made.data)).convert("RGB")
    assert shown.size == (made.width_px, made.height_px)
    return [shown.getpixel(spot) for spot in spots]


@pytest.mark.parametrize(
    ("points", "px"),
    [
        pytest.param((595, 842), (1190, 1684), id="A4: two px a point"),
        pytest.param((2384, 3370), (2898, 4096), id="A0: the longest side at most 4096"),
        pytest.param((14400, 1), (4096, 1), id="a line"),
    ],
)
def test_a_page_counts_as_144_dots_per_inch(points: tuple[int, int], px: tuple[int, int]) -> None:
    assert size(pdf((*points, b""))) == ("PDF", *px)


def test_a_turned_page_is_upright() -> None:
    data = pdf((200, 100, RED_LEFT), more=b"/Rotate 90")
    assert size(data) == ("PDF", 200, 400)
    assert pixels(make(data, 100, 200), (50, 10), (50, 190)) == [(255, 0, 0), (255, 255, 255)]  # left is now on top


def test_each_page_is_drawn_at_the_size_that_is_sent() -> None:
    assert (size(TWO), size(TWO, 1)) == (("PDF", 400, 200), ("PDF", 1190, 1684))
    first = make(TWO, 200, 100)
    assert pixels(first, (99, 50), (100, 50), (199, 99)) == [(255, 0, 0), (255, 255, 255), (255, 255, 255)]
    assert probe(BytesSource("a.pdf", TWO)).frames == 2
    assert (first.source_format, first.is_untouched) == ("PDF", False)
    second = make(TWO, 119, 168, frame=1)
    assert pixels(second, (5, 5)) == [(0, 0, 255)]
    assert second.warnings == ()


def test_crop_and_redact_are_in_pixels_of_the_page() -> None:
    cut = make(TWO, 100, 50, crop=(150, 0, 100, 50))  # the edge between red and white is at 200 px
    assert pixels(cut, (49, 25), (50, 25)) == [(255, 0, 0), (255, 255, 255)]
    shut = make(TWO, 133, 67, redact=((301, 101, 20, 20),))  # at a third: 100.3 to 107, 33.8 to 40.5
    assert pixels(shut, (100, 34), (106, 40), (99, 33)) == [(0, 0, 0), (0, 0, 0), (255, 255, 255)]
    assert pixels(make(TWO, 400, 200, redact=((0, 0, 400, 200),)), (0, 0), (399, 199)) == [(0, 0, 0)] * 2


def test_a_page_is_turned_before_its_boxes_count() -> None:
    turned = make(TWO, 100, 200, rotate=90)  # red was on the left: now it is above
    assert pixels(turned, (50, 99), (50, 101)) == [(255, 0, 0), (255, 255, 255)]
    left = make(TWO, 100, 200, rotate=270)
    assert pixels(left, (50, 99), (50, 101)) == [(255, 255, 255), (255, 0, 0)]
    cut = make(TWO, 50, 100, rotate=90, crop=(0, 150, 50, 100), redact=((0, 150, 10, 10),))
    assert pixels(cut, (9, 9), (10, 9), (25, 49), (25, 51)) == [(0, 0, 0), (255, 0, 0), (255, 0, 0), (255, 255, 255)]


def test_a_page_that_is_not_there_is_refused() -> None:
    for ask in (lambda: size(TWO, 2), lambda: make(TWO, 10, 10, frame=2)):
        with pytest.raises(InputError, match=r"^a\.pdf: there is no page 3, it has 2$") as refused:
            ask()
        assert refused.value.hint == "use --page 1 to 2"


def test_a_locked_pdf_says_so() -> None:
    secret = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"41" * 32, b"42" * 32)
    data = pdf((200, 100, RED_LEFT), trailer=b"/Encrypt %b/ID[<00><00>]" % secret)
    for ask in (lambda: size(data), lambda: make(data, 10, 10)):
        with pytest.raises(UnsupportedFormat, match="locked with a password"):
            ask()


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(5000), TWO[:60]], ids=["magic", "zeros", "cut"])
def test_a_broken_pdf_is_refused(data: bytes) -> None:
    for ask in (lambda: size(data), lambda: make(data + b"%%EOF", 10, 10)):
        with pytest.raises(CorruptImage, match="cut or damaged") as refused:
            ask()
        assert "\n" not in refused.value.message


def test_a_cut_pdf_is_refused_or_sent_with_a_warning() -> None:
    cut = TWO[: TWO.rindex(b"startxref")]  # PDFium finds the pages again without the table
    with pytest.raises(CorruptImage, match="no end marker") as refused:
        make(cut, 200, 100)
    assert "--allow-truncated" in refused.value.hint
    sent = make(cut, 200, 100, allows_truncated=True)
    assert sent.warnings[0] == "truncated: sent what is there"
    assert pixels(sent, (50, 50)) == [(255, 0, 0)]


def test_more_pixels_than_allowed_are_not_drawn() -> None:
    with pytest.raises(TooLarge):
        make(TWO, 400, 200, max_pixels=79_999)


def test_pages_are_drawn_from_several_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda i: make(TWO, 200, 100, frame=i % 2).data, range(40)))
    assert len(set(made)) == 2


def test_without_the_extra_the_hint_says_how_to_install_it() -> None:
    script = (
        "import sys; sys.modules['pypdfium2'] = None\n"
        "from visionask.core.image import BytesSource; from visionask.images.probe import probe\n"
        "try: probe(BytesSource(label='a.pdf', data=sys.stdin.buffer.read()))\n"
        "except Exception as error: print(error.code, error.message, error.hint, sep='|')"
    )
    done = subprocess.run([sys.executable, "-c", script], input=TWO, capture_output=True, check=True)
    assert done.stdout.decode().strip() == (
        'unsupported_format|a.pdf: PDF pages need an extra part|pip install "visionask[pdf]"'
    )


@pytest.mark.parametrize("count", [1, 100, 1024])
def test_other_bytes_may_stand_before_a_pdf(count: int) -> None:
    whole = pdf((200, 100, b""))
    data = b"\n" * count + whole
    assert size(data) == size(whole)
    assert make(data, *size(whole)[1:]).data == make(whole, *size(whole)[1:]).data


def test_a_pdf_that_begins_later_is_none() -> None:
    with pytest.raises(InputError, match="not an image"):
        size(b"\n" * 1100 + pdf((200, 100, b"")))
