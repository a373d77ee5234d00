"""Telling a page of text that lies on its side, as scanners and telephones without an orientation leave it.

Lines of text are rows of marks with gaps between the rows, and the marks come and go along each row. So edges across
each of both directions are counted and their sums looked at from the side: where a page lies, those of its columns rise
and fall at the pitch of the lines and those of its rows do not. Stripes, fences, bars and bar codes run on along their
own direction and have hardly an edge there; a table has columns and rows.

No warning is better than a wrong one. Left out on purpose are pages with fewer than six lines, and those whose letters
stand below each other in a grid as vertical Japanese has them (some typewriters' pages too). Which of both sides a page
lies on is not told, and one that stands on its head (180 degrees) has the same sums as an upright one: nothing is said.

Thresholds were found on drawn pictures (2026-11-22): 67 pages of text in six fonts, of which 92% are told on either
side and none upright, and 150 other pictures, of which none is. Of pages so small that they can hardly be read (512 px)
75% are told.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_LEAST_PX = 160  # of the shorter side: below this a line of text is a smear
_GLANCE_PX = 96
_SEEN_PX = 512  # of the longer side: 60 lines are 8 px apart
_PAPER_SPREAD = 32  # of 255: what shade and noise make of paper
_INK = 64  # of 255, darker than paper
_LEAST_PAPER, _LEAST_INK, _MOST_INK, _MOST_COLOURED = 0.65, 0.01, 0.25, 0.1  # shares of the pixels
_COLOURED = 64  # of 255, between the strongest channel and the weakest; yellow paper has 40
_EDGE = 0.3  # of the contrast
_BANDS = 16  # a page that lies askew: its lines are followed from band to band
_SLANTS_PX = range(-28, 29, 7)  # from the first band to the last: 3.1 degrees of 512 px
_NEAR_PX, _FAR_PX = 12, 48  # what is wider is margin, gutter or picture: once for small text, once for large
_LEAST_WAVE = 12  # of 255, standard deviation; drawn pages have 17 and more
_DOMINANCE = 3.2  # vertical Japanese has up to 3.0, tables 2.1, upright pages 0.6
_LEAST_LINES = 6
# Edges along the lines, of those across: letters have 0.9 to 1.4, striped things 0.5, a smear of letters 2 and more.
_LEAST_EDGES, _MOST_EDGES = 0.7, 1.8
_LEAST_LENGTH = 0.5  # of the fullest band, what half of the bands have: lines go on, clouds of points do not
_SQUARES = tuple((value - 128) ** 2 for value in range(256))


def lies_on_side(im: Image.Image, *, is_turned: bool = False) -> bool:
    """Tell whether an RGB or grey picture looks like a page whose lines of text run up or down.

    `is_turned`: it is still stored with its sides swapped.
    """
    contrast = _contrast(im) if im.mode in ("RGB", "L") and min(im.size) >= _LEAST_PX else 0
    if not contrast:
        return False
    from PIL.Image import Resampling, Transpose

    scale = max(1, max(im.size) / _SEEN_PX)
    size = round(im.width / scale), round(im.height / scale)
    seen = im.resize(size, Resampling.NEAREST)  # ink stays ink: mixed with paper it would be grey
    seen = seen.getchannel("G") if seen.mode == "RGB" else seen  # a page is grey, or nearly so
    seen = seen.transpose(Transpose.TRANSPOSE) if is_turned else seen
    columns = _edges(seen, contrast)
    far = _wave(columns, _FAR_PX)
    if far[0] < _LEAST_WAVE or far[1] < _LEAST_LINES:
        return False
    rows = _edges(seen.transpose(Transpose.TRANSPOSE), contrast)
    amounts = sorted(columns.resize((1, _BANDS), Resampling.BOX).tobytes())
    across = sum(rows.resize((1, _BANDS), Resampling.BOX).tobytes())
    if not _LEAST_EDGES * across <= sum(amounts) <= _MOST_EDGES * across:
        return False
    if amounts[_BANDS // 2] < _LEAST_LENGTH * amounts[-1]:
        return False
    near = _wave(columns, _NEAR_PX)[0], _wave(rows, _NEAR_PX)[0]
    return near[0] > _DOMINANCE * near[1] or far[0] > _DOMINANCE * _wave(rows, _FAR_PX)[0]


def _contrast(im: Image.Image) -> int:
    """Return how much darker than light paper the marks on it are; 0 for what is no page: most pictures end here."""
    from PIL import ImageChops
    from PIL.Image import Resampling

    glance = im.resize((_GLANCE_PX, _GLANCE_PX), Resampling.NEAREST)
    shades, pixels = glance.convert("L").histogram(), _GLANCE_PX * _GLANCE_PX
    paper = max(range(128, 256), key=lambda value: sum(shades[value - 4 : value + 5]))
    below = list(accumulate(shades))
    ink = bisect_left(below, _LEAST_INK * pixels)
    if pixels - below[paper - _PAPER_SPREAD] < _LEAST_PAPER * pixels or below[paper - _INK] > _MOST_INK * pixels:
        return 0
    if glance.mode == "RGB":
        red, green, blue = glance.split()
        strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        weakest = ImageChops.darker(ImageChops.darker(red, green), blue)
        if sum(ImageChops.subtract(strongest, weakest).histogram()[_COLOURED:]) > _MOST_COLOURED * pixels:
            return 0
    return paper - ink if paper - ink >= _INK else 0


def _edges(seen: Image.Image, contrast: int) -> Image.Image:
    """Count, for each column and band, where ink begins and ends from one row to the next."""
    from PIL import ImageChops
    from PIL.Image import Resampling

    width, height = seen.size
    above, below = seen.crop((0, 0, width, height - 1)), seen.crop((0, 1, width, height))
    least = round(_EDGE * contrast)
    edges = ImageChops.difference(above, below).point([0] * least + [255] * (256 - least))
    return edges.resize((width, _BANDS), Resampling.BOX)


def _wave(edges: Image.Image, widest_px: int) -> tuple[float, int]:
    """Return how strongly the sums of the columns rise and fall, at the slant where they do most, and how often.

    Only what is narrower than `widest_px` counts.
    """
    from PIL import ImageChops
    from PIL.Image import Resampling, Transform

    size = width, _ = edges.size
    coarse = edges.resize((max(2, width // widest_px), _BANDS), Resampling.BOX).resize(size, Resampling.BILINEAR)
    fine = ImageChops.subtract(edges, coarse, 1, 128)
    most, sums = 0, b""
    for slant in _SLANTS_PX:
        shift = 1, slant / _BANDS, -slant / 2, 0, 1, 0
        upright = fine.transform(size, Transform.AFFINE, shift, Resampling.NEAREST, fillcolor=128)
        line = upright.resize((width, 1), Resampling.BOX).tobytes()
        power = sum(map(_SQUARES.__getitem__, line))
        if power > most:
            most, sums = power, line
    deviation = (most / width) ** 0.5
    return deviation, _count(sums, 0.6 * deviation)


def _count(sums: bytes, height: float) -> int:
    """Count the times that the sums rise above the middle by so much after they were as much below."""
    found, is_high = 0, False
    for value in sums:
        if not is_high and value > 128 + height:
            found, is_high = found + 1, True
        elif is_high and value < 128 - height:
            is_high = False
    return found
