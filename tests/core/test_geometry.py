"""Sides of pictures: boxes, short sides and patch budgets, at the borders where rounding decides."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from visionask.core.geometry import (
    Size,
    at_least_two_px,
    cells,
    clip_box,
    fit_box,
    fit_patch_budget,
    fit_short_side,
    turn,
)

from . import reference

sides = st.integers(1, 10_000)
sizes = st.tuples(sides, sides)
quick = settings(max_examples=200, deadline=None, database=None)


@pytest.mark.parametrize(
    ("size", "box_px", "expected"),
    [
        pytest.param((2047, 100), 2048, (2047, 100), id="one px under the box"),
        pytest.param((2048, 2048), 2048, (2048, 2048), id="the box itself"),
        pytest.param((2049, 513), 2048, (2048, 513), id="512.75 rounds up to the nearest"),
        pytest.param((2050, 513), 2048, (2048, 512), id="512.4995 rounds down to the nearest"),
        pytest.param((513, 2049), 2048, (513, 2048), id="portrait"),
        pytest.param((12, 5), 6, (6, 3), id="2.5 rounds half up, not to even"),
        pytest.param((4, 3), 2, (2, 2), id="1.5 rounds half up"),
        pytest.param((10_000, 1), 512, (512, 1), id="a side never vanishes"),
        pytest.param((6000, 6000), 2048, (2048, 2048), id="square"),
        pytest.param((4000, 3000), 2048, (2048, 1536), id="4 to 3"),
        pytest.param((4000, 1474), 2048, (2048, 755), id="754.688"),
        pytest.param((1, 1), 512, (1, 1), id="never enlarged"),
    ],
)
def test_a_box_scales_both_sides_to_the_nearest_px(size: tuple[int, int], box_px: int, expected: tuple[int, int]):
    assert fit_box(Size(*size), box_px) == expected


@pytest.mark.parametrize(
    ("size", "limit_px", "expected"),
    [
        pytest.param((768, 2000), 768, (768, 2000), id="exactly the limit"),
        pytest.param((767, 2000), 768, (767, 2000), id="under the limit is not enlarged"),
        pytest.param((769, 2000), 768, (768, 1997), id="1997.4 rounds down"),
        pytest.param((1366, 1024), 768, (1024, 768), id="1024.5 rounds down"),
        pytest.param((1024, 1366), 768, (768, 1024), id="portrait"),
        pytest.param((2048, 2048), 768, (768, 768), id="square"),
        pytest.param((1024, 1025), 512, (512, 512), id="512.5 rounds down"),
    ],
)
def test_a_short_side_rounds_the_other_down(size: tuple[int, int], limit_px: int, expected: tuple[int, int]):
    assert fit_short_side(Size(*size), limit_px) == expected


@pytest.mark.parametrize(
    ("size", "cell_px", "expected"),
    [
        ((1, 1), 32, 1),
        ((31, 31), 32, 1),
        ((32, 32), 32, 1),
        ((33, 32), 32, 2),
        ((33, 33), 32, 4),
        ((1024, 1024), 32, 1024),
        ((512, 512), 512, 1),
        ((513, 512), 512, 2),
        ((768, 2048), 512, 8),
    ],
)
def test_cells_cover_the_picture(size: tuple[int, int], cell_px: int, expected: int):
    assert cells(Size(*size), cell_px) == expected


@pytest.mark.parametrize(
    ("size", "budget", "expected"),
    [
        pytest.param((1600, 1600), 2500, (1600, 1600), id="exactly the budget"),
        pytest.param((1601, 1600), 2500, (1568, 1568), id="one px more costs a row: 1568.98 rounds down"),
        pytest.param((2048, 2048), 2500, (1600, 1600), id="guide, 64 x 64 patches"),
        pytest.param((1536, 2048), 1536, (1056, 1408), id="guide, 1800 x 2400 on o4-mini"),
        pytest.param((2048, 1536), 1536, (1408, 1056), id="the same, landscape"),
        pytest.param((1348, 2022), 1536, (1024, 1536), id="2 to 3, where doubles lose a column"),
        pytest.param((30, 4000), 64, (15, 2048), id="a strip thinner than a patch is shortened to 64 patches"),
        pytest.param((4096, 1), 64, (2048, 1), id="and does not vanish"),
        pytest.param((40, 2561), 64, (32, 2048), id="nor does one that becomes as thin"),
        pytest.param((33, 65535), 2500, (32, 63549), id="the longest strip of a 65,535 px box"),
    ],
)
def test_a_patch_budget_lands_on_a_patch_border(size: tuple[int, int], budget: int, expected: tuple[int, int]):
    assert fit_patch_budget(Size(*size), budget, patch_px=32) == expected


def test_every_square_fills_the_budget():
    """50 x 50 patches are 2,500: no square may lose a row to floating point (1659, 1708 and 1874 do, in doubles)."""
    at_2500 = {fit_patch_budget(Size(side, side), 2500, patch_px=32) for side in range(1601, 2049)}
    at_10000 = {fit_patch_budget(Size(side, side), 10_000, patch_px=32) for side in range(3201, 6001)}
    assert (at_2500, at_10000) == ({(1600, 1600)}, {(3200, 3200)})


@quick
@given(size=sizes, budget=st.sampled_from([1536, 2500, 6144, 10_000, 30_000]))
@example(size=(1659, 1659), budget=2500)
@example(size=(1348, 2022), budget=1536)
def test_the_integer_form_is_the_documented_formula(size: tuple[int, int], budget: int):
    assert fit_patch_budget(Size(*size), budget, patch_px=32) == reference.budgeted(size, budget)


@quick
@given(size=sizes, box_px=st.integers(2, 10_000))
def test_the_box_is_the_documented_rounding(size: tuple[int, int], box_px: int):
    assert fit_box(Size(*size), box_px) == reference.boxed(size, box_px)


@pytest.mark.parametrize(
    ("size", "expected"), [((1, 1), (2, 2)), ((1, 50), (2, 50)), ((50, 1), (50, 2)), ((2, 3), (2, 3))]
)
def test_one_px_becomes_two(size: tuple[int, int], expected: tuple[int, int]):
    assert at_least_two_px(Size(*size)) == expected


@pytest.mark.parametrize(("degrees", "expected"), [(0, (4, 3)), (90, (3, 4)), (180, (4, 3)), (270, (3, 4))])
def test_a_quarter_turn_swaps_the_sides(degrees: int, expected: tuple[int, int]):
    assert turn(Size(4, 3), degrees) == expected


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        pytest.param((10, 5, 30, 40), (10, 5, 30, 40), id="inside"),
        pytest.param((90, 40, 30, 40), (90, 40, 10, 10), id="cut at right and bottom"),
        pytest.param((-5, -5, 10, 10), (0, 0, 5, 5), id="cut at left and top"),
        pytest.param((0, 0, 1000, 1000), (0, 0, 100, 50), id="larger than the picture"),
        pytest.param((99, 49, 1, 1), (99, 49, 1, 1), id="the last pixel"),
        pytest.param((100, 0, 1, 1), None, id="just outside at the right"),
        pytest.param((0, 50, 1, 1), None, id="just outside at the bottom"),
        pytest.param((-10, 0, 10, 10), None, id="just outside at the left"),
        pytest.param((5, 5, 0, 10), None, id="no width"),
        pytest.param((5, 5, -1, 10), None, id="negative width"),
    ],
)
def test_boxes_are_cut_to_the_picture(box: tuple[int, int, int, int], expected: tuple[int, int, int, int] | None):
    assert clip_box(box, Size(100, 50)) == expected
