"""Tests that a page of many items reaches every one: by paging, filter, order, print and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.report.browser import CHROMIUM
from tests.report.pages import CONTRAST, NAMES, thumbnail, write
from tests.report.scan_records import answered, failed
from visionask.report.output import open_output

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.report.browser import Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")

ITEMS = 2_000  # 20 pages of 100
SHOWN = "document.getElementById('shown').textContent"
FOCUS = "document.activeElement.id"


def name(number: int) -> str:
    return f"photo {number}.jpg"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names fall from 1999 to 0, the price rises; every tenth fails, one answer in a hundred is a heron."""
    records = []
    for number in reversed(range(ITEMS)):
        record = answered(name(number), "a heron" if number % 100 == 7 else "a duck")
        record["billed"]["usd"] = f"0.{ITEMS - number:06}"
        records.append(failed(name(number)) if number % 10 == 0 else record)
    return write(tmp_path_factory.mktemp("many") / "r.html", records)


def test_paging_reaches_every_item_in_order(many: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(many)
    assert page.run("document.getElementById('previous').disabled")
    told, names = [], []
    for _ in range(20):
        told.append(page.run(SHOWN))
        names += page.run(NAMES)
        page.run("document.getElementById('next').click()")
    assert names == [name(number) for number in reversed(range(ITEMS))]
    assert (told[0], told[-1]) == ("1\u2013100 of 2,000", "1,901\u20132,000 of 2,000")
    assert page.run("document.getElementById('next').disabled")
    page.run("document.getElementById('previous').click()")
    assert page.run("location.hash") == "#page=19"
    assert page.run("document.querySelectorAll('#items li').length") == ITEMS
    assert page.errors == []


@pytest.mark.parametrize(
    ("fragment", "first", "last", "told"),
    [
        pytest.param("#page=20", 99, 0, "1,901\u20132,000 of 2,000", id="last page"),
        pytest.param("#page=99", 99, 0, "1,901\u20132,000 of 2,000", id="beyond"),
        pytest.param("#page=-1", 1999, 1900, "1\u2013100 of 2,000", id="before"),
        pytest.param("#page=x", 1999, 1900, "1\u2013100 of 2,000", id="no number"),
        pytest.param("#sort=name", 0, 99, "1\u2013100 of 2,000", id="name"),
        pytest.param("#sort=name&page=20", 1900, 1999, "1,901\u20132,000 of 2,000", id="end by name"),
        pytest.param("#show=failed&page=2", 990, 0, "101\u2013200 of 200 found in 2,000", id="failed"),
        pytest.param("#find=heron", 1907, 7, "20 of 2,000 shown", id="heron"),
        pytest.param("#find=heron&sort=name", 7, 1907, "20 of 2,000 shown", id="heron by name"),
        pytest.param("#sort=price", 1, 111, "1\u2013100 of 2,000", id="price"),
    ],
)
def test_filter_and_order_go_over_all_items(
    fragment: str, first: int, last: int, told: str, many: Path, tab: Callable[..., Page]
) -> None:
    page = tab().open(many, fragment)
    names = page.run(NAMES)
    assert (names[0], names[-1], page.run(SHOWN)) == (name(first), name(last), told)


def test_typing_goes_back_to_the_first_page(many: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(many, "#page=15")
    for key in "/heron":
        page.press(key)
    assert (len(page.run(NAMES)), page.run("location.hash")) == (20, "#find=heron")
    assert not page.run("document.getElementById('pager').checkVisibility()")
    for key in "zz":
        page.press(key)
    assert page.run(NAMES) == []
    page.run("document.getElementById('reset').click()")
    assert (len(page.run(NAMES)), page.run(FOCUS), page.run("location.hash")) == (100, "find", "")


def test_pager_is_worked_by_keys(many: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(many)
    page.run("document.getElementById('page').focus()")
    page.press("Tab")
    assert page.run(FOCUS) == "next"
    page.press("Enter")
    assert (page.run(NAMES)[0], page.run(FOCUS)) == (name(1899), "items")
    assert 0 <= page.run("document.getElementById('items').getBoundingClientRect().top") < 200
    page.run("document.getElementById('previous').focus()")  # behind the cards, whose pictures and marks take keys too
    page.press("Tab")
    assert page.run(FOCUS) == "page"
    page.run("document.getElementById('page').select()")
    for key in (*"17", "Enter"):
        page.press(key)
    assert (page.run(NAMES)[0], page.run("location.hash")) == (name(399), "#page=17")


@pytest.mark.parametrize(
    ("fragment", "names", "told"),
    [
        pytest.param("#page=3", [name(number) for number in reversed(range(ITEMS))], "", id="all"),
        pytest.param(
            "#find=heron&show=ok&sort=name",
            [name(number) for number in range(7, ITEMS, 100)],
            "20 of 2,000 images: heron, answered",
            id="what is found",
        ),
    ],
)
def test_print_has_every_item_and_no_control(
    fragment: str, names: list[str], told: str, many: Path, tab: Callable[..., Page]
) -> None:
    page = tab().open(many, fragment)
    before = page.run(NAMES)
    page.run(f"addEventListener('beforeprint', () => {{ window.printed = {NAMES}; }})")
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
    assert page.run("window.printed") == names
    assert len(names) / 30 < pages < len(names) / 3  # an item takes a 30th of a page at least
    assert page.run(NAMES) == before
    page.on_paper()
    page.run("dispatchEvent(new Event('beforeprint'))")
    for control in ("find", "sort", "pager", "nothing"):
        assert not page.run(f"document.getElementById('{control}').checkVisibility()")
    assert page.run("document.getElementById('tools').innerText").strip() == told
    inside = "new Set([...document.querySelectorAll('#items li')].map((item) => getComputedStyle(item).breakInside))"
    assert page.run(f"[...{inside}]") == ["avoid"]


def test_every_item_is_there_without_scripts(many: Path, tab: Callable[..., Page]) -> None:
    page = tab(has_scripts=False).open(many)
    assert page.run(NAMES) == [name(number) for number in reversed(range(ITEMS))]
    page.on_paper()
    assert page.run("getComputedStyle(document.querySelector('#items ol')).contentVisibility") == "visible"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pager_and_what_finds_nothing_have_contrast(scheme: str, tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab(scheme=scheme).open(write(tmp_path / "r.html", [answered(name(number)) for number in range(101)]))
    for fragment in ("page=2", "find=zebra"):
        page.run(f"location.hash = '{fragment}'")
        page.settle()
        ratio, text = page.run(CONTRAST)
        assert ratio >= 4.5, text


@pytest.mark.parametrize("items", [99, 100, 101, 250])
def test_unfinished_page_of_several_groups_is_paged(items: int, tmp_path: Path, tab: Callable[..., Page]) -> None:
    output = open_output(str(tmp_path / "r.html"))
    for number in range(items):
        output.add(answered(name(number)), thumbnail())
    cut = tmp_path / "cut.html"
    cut.write_bytes((tmp_path / "r.html.part").read_bytes())
    output.abandon()
    page = tab().open(cut)
    names = []
    for _ in range(1 + (items - 1) // 100):
        names += page.run(NAMES)
        page.run("document.getElementById('next').click()")
    assert names == [name(number) for number in range(items)]
