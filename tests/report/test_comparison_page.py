"""Tests of the pages of eval and diff in a real browser: nothing is loaded or run, and a phone shows them whole."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.report.browser import CHROMIUM
from tests.report.pages import CONTRAST, thumbnail
from tests.report.scan_records import HOSTILE_TEXTS
from visionask.core.difference import Result, differ
from visionask.core.evaluation import Judged, SettingResult, confusion, recommend
from visionask.report.comparison_page import Shown, diff_page, eval_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.report.browser import Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")


def setting(name: str, answers: list[tuple[str, str | None, bool | None]], usd: str | None) -> SettingResult:
    judged = tuple(
        Judged(image=f"{n}.jpg", label={"": label}, answer={"": answer}, is_right=right)
        for n, (label, answer, right) in enumerate(answers)
    )
    return SettingResult(name=name, flags=("-m", name), judged=judged, usd=() if usd is None else (Decimal(usd),))


def write_eval(folder: Path, results: list[SettingResult], title: str = "Is it red?") -> Path:
    small = thumbnail()
    shown = {judged.image: Shown(judged.image, small) for result in results for judged in result.judged}
    text = eval_page(
        results, recommend(results, margin=0.02), margin=0.02, title=title, pictures=shown, folder=str(folder)
    )
    path = folder / "eval.html"
    path.write_text(text)
    return path


def hostile() -> list[SettingResult]:
    judged = tuple(
        Judged(
            image=text,
            label={HOSTILE_TEXTS[0]: text},
            answer={HOSTILE_TEXTS[0]: text + "x"},
            is_right=False,
            error=text,
        )
        for text in HOSTILE_TEXTS
    )
    return [
        SettingResult(name=text, flags=("-m", text), judged=judged, usd=(Decimal("0.1"),)) for text in HOSTILE_TEXTS
    ]


def inert(page: Page) -> None:
    assert (page.dialogs, page.requests, page.errors) == ([], [], [])
    assert len(page.files) == 1
    assert page.run("document.querySelectorAll('script, iframe, video, [onerror], [onload], form').length") == 0
    assert page.run("document.querySelectorAll('link:not([rel=icon]), [style]').length") == 0
    assert page.run("getComputedStyle(document.querySelector('.brand span')).fontWeight") == "600"  # the policy's hash


def test_hostile_texts_in_an_eval_stay_text(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write_eval(tmp_path, hostile(), title="".join(HOSTILE_TEXTS)))
    page.settle()
    inert(page)
    assert page.run("document.querySelectorAll('.cards > li').length") == len(HOSTILE_TEXTS) ** 2
    assert page.run("document.querySelectorAll('svg *:not(g, line, circle, text, title, polyline)').length") == 0


def test_hostile_texts_in_a_diff_stay_text(tmp_path: Path, tab: Callable[..., Page]) -> None:
    first = [Result(name=text, image=text, answer=text) for text in HOSTILE_TEXTS]
    second = [Result(name=text, image=text, answer=f"other {text}") for text in HOSTILE_TEXTS]
    found = differ(first, second)
    shown = {text: Shown(text, thumbnail()) for text in HOSTILE_TEXTS}
    names = ("<script>alert(1)</script>", HOSTILE_TEXTS[0])
    (tmp_path / "d.html").write_text(diff_page(found, names, pictures=shown, folder=str(tmp_path)))
    page = tab().open(tmp_path / "d.html")
    page.settle()
    inert(page)
    assert page.run("document.querySelectorAll('.cards > li').length") == len(found.changed) > 0


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_curve_the_matrix_and_the_mistakes_are_read_at_any_width(
    tmp_path: Path, tab: Callable[..., Page], width: int
) -> None:
    half: list[tuple[str, str | None, bool | None]] = [("yes", "Yes.", True), ("no", "yes", False), ("no", None, None)]
    results = [
        setting("cheap", [*half * 10], "0.001"),
        setting("twin", [*half * 10], "0.001"),
        setting("dear", [("yes", "yes", True), ("no", "No, it is blue", True)] * 15, "0.02"),
        setting("free", [("yes", "yes", True), ("no", "hm", False)] * 15, None),
    ]
    page = tab(width_px=width).open(write_eval(tmp_path, results))
    page.settle()
    assert page.run("document.querySelectorAll('svg.curve g').length") == 3
    assert "1 setting whose price is not known" in page.run("document.body.innerText")
    assert (
        page.run("new Set([...document.querySelectorAll('svg.curve circle')].map((c) => c.cx.baseVal.value)).size") == 3
    )
    page.run("document.querySelectorAll('details').forEach((each) => each.open = true)")
    assert page.run("document.documentElement.scrollWidth <= innerWidth") is True
    assert page.run("document.querySelectorAll('.counts').length") == 4
    first = (
        "[...document.querySelector('details .counts tbody').rows].map((row) => row.innerText.split(/\\s+/).join(' '))"
    )
    assert page.run(first) == ["no 0 10", "yes 0 10"]
    assert page.run(CONTRAST)[0] >= 4.5


def test_a_confusion_matrix_counts_labels_and_answers() -> None:
    result = setting(
        "a", [("yes", "Yes.", True), ("YES", "no", False), ("no", "what?", False), ("no", None, None)], "1"
    )
    assert confusion(result) == {("yes", "yes"): 1, ("yes", "no"): 1, ("no", None): 1}
    many = setting("b", [(f"text {n}", "x", False) for n in range(12)], "1")
    assert confusion(many) == {}
    words = setting("c", [("Red", "red.", True), ("red", "Pink", False), ("2.0", "2", True), ("2", "2.00", True)], "1")
    assert confusion(words) == {("red", "red"): 1, ("red", "other"): 1, ("2", "2"): 2}
