"""PDF pages: their size for planning, and a page drawn at just the size that is sent.

A page has no pixels of its own: it counts as what it is at 144 dots per inch (twice its points), its longest side at
most 4,096 px. Boxes of --crop and --redact are in these pixels. It is drawn once, at the planned size, with filled
forms and annotations, on white, by PDFium (the extra `pdf`), which runs no script of the file here and fetches nothing.

PDFium is not safe in threads, so one page is drawn at a time. Drawing is given up after 15 s; reading a page is not
bounded, for PDFium cannot be asked to pause there.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from visionask.core.errors import CorruptImage, InputError, TooLarge, UnsupportedFormat, VisionaskError
from visionask.core.geometry import Box, clip_box
from visionask.core.namedtuple import NamedTuple
from visionask.images import wire
from visionask.images.decode import RESAVE_HINT, TRUNCATED, TRUNCATED_HINT, check_pixels, reason
from visionask.images.frames import no_such_frame
from visionask.images.orient import swaps_sides, to_stored, turn_upright, turned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL import Image

    from visionask.core.image import PictureSpec

_DPI, _POINTS_PER_INCH = 144, 72
_LONGEST_PX = 4096
_END_BYTES = 4096  # readers look for the marker in the last 1,024; some writers put padding behind it
_MOST_SECONDS = 15.0  # any picture is to be done within 20 s
_PASSWORD_ERRORS = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_MOST_TAKEN = 100
_drawing = threading.Lock()


class Page(NamedTuple):
    """What is known of a page before it is drawn. Sides in px, at least 1."""

    width_px: int
    height_px: int
    pages: int


class View(NamedTuple):
    """The part of a page that is drawn, in its px, and the size that it is drawn at."""

    box: Box
    width_px: int
    height_px: int


def read_page(data: bytes, number: int, *, label: str) -> Page:
    """Read the size of page `number` (from 0) and count the pages; nothing is drawn.

    Raises UnsupportedFormat (the extra is missing, a password is needed), CorruptImage, or InputError for no such page.
    """
    with _page(data, number, label) as (document, page):
        return _measure(document, page)


def draw_page(data: bytes, number: int, view: View, *, label: str) -> Image.Image:
    """Draw a part of page `number` (from 0) in RGB. Raises what `read_page` raises, and TooLarge after 15 s."""
    import pypdfium2
    from pypdfium2 import raw

    with _page(data, number, label) as (document, page):
        whole = _measure(document, page)
        box = view.box
        across, down = view.width_px / box.width, view.height_px / box.height
        place = (-round(box.left * across), -round(box.top * down), round(whole[0] * across), round(whole[1] * down), 0)
        bitmap = pypdfium2.PdfBitmap.new_native(view.width_px, view.height_px, raw.FPDFBitmap_BGRx)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, view.width_px, view.height_px)
        _draw(raw, bitmap, page, (*place, raw.FPDF_ANNOT), label)
        if document.formenv:
            raw.FPDF_FFLDraw(document.formenv, bitmap, page, *place, raw.FPDF_ANNOT)
        drawn: Image.Image = bitmap.to_pil().convert("RGB")
        return drawn


def make_page(
    data: bytes,
    spec: PictureSpec,
    *,
    label: str,
    max_bytes: int,
    on_pixels: Callable[[Image.Image], None] | None = None,
) -> tuple[tuple[str, bytes], list[str]]:
    """Draw a page at the size that is sent, so that nothing is resized, and encode it; return it and the warnings.

    `on_pixels` is shown what was drawn.

    Raises what `draw_page` raises, and what `prepare.encode` does.
    """
    warnings = [TRUNCATED] if is_cut(data) else []
    if warnings and not spec.allows_truncated:
        raise CorruptImage(f"{label}: cut short, the PDF has no end marker", TRUNCATED_HINT)
    page = read_page(data, spec.frame, label=label)
    turn = turned(1, spec.rotate)
    seen = (page.height_px, page.width_px) if swaps_sides(turn) else (page.width_px, page.height_px)
    box = Box(0, 0, *seen) if spec.crop is None else clip_box(spec.crop, seen)
    check_pixels(spec.width_px * spec.height_px, spec.max_pixels, label=label)
    if box is None:
        raise CorruptImage(f"{label}: nothing inside the crop box", "check --crop against the page's size")
    sides = (spec.height_px, spec.width_px) if swaps_sides(turn) else (spec.width_px, spec.height_px)
    im = turn_upright(draw_page(data, spec.frame, View(to_stored(box, turn, seen), *sides), label=label), turn)
    _redact(im, spec, box)
    if on_pixels is not None:
        on_pixels(im)
    made = wire.encode_pixels(im, is_photo_format=False, quality=spec.quality, max_bytes=max_bytes, kept={})
    if made is None:
        raise wire.too_many_bytes(label, max_bytes)
    return made, warnings


def _redact(im: Image.Image, spec: PictureSpec, box: Box) -> None:
    across, down = im.width / box.width, im.height / box.height
    for each in spec.redact:  # outwards, so that nothing of the inside shows at an edge
        left, top, right, bottom = Box(*each).sides
        start = math.floor((left - box.left) * across), math.floor((top - box.top) * down)
        end = math.ceil((right - box.left) * across), math.ceil((bottom - box.top) * down)
        im.paste((0, 0, 0), (*start, *end))


def is_cut(data: bytes) -> bool:
    """Return whether the end marker is missing: PDFium would guess what it can of such a file, in silence."""
    return b"%%EOF" not in data[-_END_BYTES:]


def _draw(raw: Any, bitmap: Any, page: Any, place: tuple[int, ...], label: str) -> None:
    ends_s = time.monotonic() + _MOST_SECONDS
    pause = raw.IFSDK_PAUSE(version=1)
    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(lambda _: time.monotonic() > ends_s)
    status = raw.FPDF_RenderPageBitmap_Start(bitmap, page, *place, pause)
    raw.FPDF_RenderPage_Close(page)
    if status == raw.FPDF_RENDER_TOBECONTINUED:
        raise TooLarge(f"{label}: the page takes more than {_MOST_SECONDS:.0f} s to draw", "convert it to PNG")
    if status != raw.FPDF_RENDER_DONE:
        raise CorruptImage(f"{label}: the page cannot be drawn", RESAVE_HINT)


@contextmanager
def _page(data: bytes, number: int, label: str) -> Iterator[tuple[Any, Any]]:
    try:
        import pypdfium2
    except ImportError as error:
        raise UnsupportedFormat(f"{label}: PDF pages need an extra part", 'pip install "visionask[pdf]"') from error
    with _drawing:
        try:
            document = _opened(data)
            pages = len(document)
            if number < pages:
                page = document[number]
                try:
                    yield document, page
                finally:
                    page.close()
        except VisionaskError:
            raise
        except pypdfium2.PdfiumError as error:
            raise _why(error, label) from error
        except Exception as error:
            raise CorruptImage(f"{label}: the PDF cannot be read ({reason(error)})", RESAVE_HINT) from error
    if number >= pages:
        raise no_such_frame(label, "page", number, pages)


_open: list[tuple[bytes, Any, int]] = []  # the last document, and how many pages were taken from it


def _opened(data: bytes) -> Any:
    """Return the document in these bytes; the last one stays open, for its pages are asked for one after the other.

    PDFium keeps what pages share, so a document is closed after some of them: memory stays flat.
    """
    import pypdfium2

    if _open and _open[0][0] is data and _open[0][2] < _MOST_TAKEN:
        _open[0] = (data, _open[0][1], _open[0][2] + 1)
        return _open[0][1]
    while _open:
        _open.pop()[1].close()
    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    _open.append((data, document, 1))
    return document


def _why(error: Any, label: str) -> InputError:
    if error.err_code in _PASSWORD_ERRORS:
        return UnsupportedFormat(f"{label}: the PDF is locked with a password", "save it again without one")
    return CorruptImage(f"{label}: the PDF is cut or damaged", RESAVE_HINT)


def _measure(document: Any, page: Any) -> Page:
    """Worked: A4 is 595 x 842 points, 1190 x 1684 px; A0 is 2384 x 3370 points, which would be 6740 px: 2898 x 4096."""
    sides = page.get_size()
    scale = min(_DPI / _POINTS_PER_INCH, _LONGEST_PX / max(*sides, 1))
    width, height = (max(1, round(side * scale)) for side in sides)
    return Page(width, height, len(document))
