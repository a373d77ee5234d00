"""Tests of the page of a check in a real browser: what is hostile stays text, and what is promised to readers works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.faults.decisions import DecisionServer
from tests.report.browser import CHROMIUM
from tests.report.pages import CONTRAST, thumbnail
from tests.report.scan_records import HOSTILE_TEXTS
from visionask.core.checks import Choice, Finding, Judged, Overall, Point, Predicate, Reading, Rule
from visionask.core.errors import Undecided, Unreachable
from visionask.report.check_page import Pictures, check_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.cli.command import Command
    from tests.report.browser import Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")
ROWS = "[...document.querySelectorAll('.findings > li')].filter((row) => row.checkVisibility())"
TEXTS = f"{ROWS}.map((row) => row.innerText.replace(/\\n+/g, '\\n'))"
TYPED = """{
  const find = document.getElementById('find');
  find.value = '%s';
  find.dispatchEvent(new Event('input', { bubbles: true }));
}"""
NAMES = "[...document.querySelectorAll('h2')].filter((name) => name.checkVisibility()).map((name) => name.textContent)"


def finding(verdict: str, *, text: str = "it is red", image: str = "a.png", against: str | None = None) -> Finding:
    point = Point(question=Predicate(id="q1", text=text), rule=Rule())
    if verdict == "error":
        return Finding(image=image, against=against, point=point, error=Unreachable(f"nobody {text}", f"hint {text}"))
    probability = {"true": 0.97, "false": 0.03, "undecided": 0.5}[verdict]
    judged = Judged(verdict=verdict, value=None, probability=probability, distribution={verdict: 1.0})  # type: ignore[arg-type]
    return Finding(
        image=image,
        against=against,
        point=point,
        judged=judged,
        readings=(Reading(weights={verdict: 1.0}, reason=f"reason {text}"),),
        engine="decisions",
        model=f"model {text}",
        error=Undecided(f"torn {text}", "look again") if verdict == "undecided" else None,
        difference=0.25 if against else None,
    )


def write(path: Path, cards: Sequence[tuple[Pictures, Sequence[Finding]]], missing: Sequence[str] = ()) -> Path:
    findings = [each for _, own in cards for each in own]
    parts = check_page(cards, findings, Overall(verdict="false"), missing=missing, folder=str(path.parent))
    path.write_text("".join(parts))
    return path


def mixed() -> list[tuple[Pictures, list[Finding]]]:
    theme = Choice(id="q2", text="Which theme?", values=("light", "dark"))
    light = Finding(
        image="a.png",
        point=Point(question=theme, rule=Rule(expected=frozenset(("dark",)), expect="dark", threshold=0.9)),
        judged=Judged(verdict="false", value="light", probability=0.06, distribution={"light": 0.94, "dark": 0.06}),
        readings=(Reading(weights={"light": 0.94, "dark": 0.06}, reason="the ground is white"),),
        engine="decisions",
    )
    one = Pictures(thumbnail())
    pair = Pictures(thumbnail(), thumbnail(), thumbnail())
    return [
        (one, [finding("true"), light]),
        (pair, [finding("undecided", image="b.png", against="base/b.png")]),
        (Pictures(), [finding("error", image="c.png")]),
    ]


def test_hostile_texts_stay_text(tmp_path: Path, tab: Callable[..., Page]) -> None:
    cards = [
        (Pictures(), [finding(verdict, text=text, image=text, against=text)])
        for text in [*HOSTILE_TEXTS, "{totals}{filters}{style}\ud800\x00", "<img src=http://127.0.0.1:1/x>"]
        for verdict in ("true", "undecided", "error")
    ]
    page = tab().open(write(tmp_path / "r.html", cards, missing=HOSTILE_TEXTS))
    page.settle()
    assert (page.dialogs, page.requests, len(page.files), page.errors) == ([], [], 1, [])
    assert page.run("document.querySelectorAll('script').length") == 1
    assert page.run("document.querySelectorAll('.checks > li').length") == len(cards)


def test_what_was_seen_and_expected_is_said_beside_the_verdict(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write(tmp_path / "r.html", mixed()))
    red, theme, unsure, error = page.run(TEXTS)
    assert red.split("\n") == ["trueit is red", "p=0.97", "reason it is red"]
    assert "saw light (expected dark) · p=0.94 · threshold 0.9" in theme
    assert "the ground is white" in theme
    assert unsure.split("\n")[0] == "unsureit is red"
    assert "torn it is red" in unsure
    assert error.split("\n") == ["errorit is red", "nobody it is red", "hint it is red"]
    assert "25.00% of the pixels differ" in page.run("document.body.innerText")


def test_filters_show_statements_and_hide_pictures_without_any(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write(tmp_path / "r.html", mixed()))
    labels = "[...document.querySelectorAll('[name=status]')].map((radio) => radio.nextElementSibling.textContent)"
    assert page.run(labels) == ["all", "false 1", "unsure 1", "error 1", "true 1"]
    for kind, names in (("false", ["a.png"]), ("unsure", ["b.png"]), ("error", ["c.png"]), ("true", ["a.png"])):
        page.run(f"document.querySelector('[value={kind}]').click()")
        assert (page.run(NAMES), page.run(f"{ROWS}.length")) == (names, 1)
        assert page.run("document.getElementById('shown').textContent") == "1 of 4 shown"
        assert page.run("location.hash") == f"#show={kind}"
    page.run("document.querySelector('[value=all]').click()")
    page.run(TYPED % "theme a.png")
    assert page.run(f"{ROWS}.map((row) => row.className)") == ["false"]
    page.run(TYPED % "nowhere")
    assert page.run("document.getElementById('nothing').checkVisibility()")
    page.run("document.getElementById('reset').click()")
    assert page.run(f"{ROWS}.length") == 4
    assert page.errors == []


def test_an_image_is_swiped_over_its_baseline_and_blinks(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write(tmp_path / "r.html", mixed()), "#way=swipe")
    page.settle()
    place = "(({ x, y }) => [x, y])(document.querySelector('.pair .%s img').getBoundingClientRect())"
    clip = "getComputedStyle(document.querySelector('.pair .shot img')).clipPath"
    assert page.run(place % "shot") == page.run(place % "baseline")
    assert page.run(clip) == "inset(0px 0px 0px 50%)"
    page.run("{ const s = document.querySelector('.swipe input'); s.value = 80; s.dispatchEvent(new Event('input')); }")
    assert page.run(clip) == "inset(0px 0px 0px 80%)"
    page.run("document.querySelector('[value=blink]').click()")
    assert page.run("getComputedStyle(document.querySelector('.pair .shot img')).animationName") == "blink"
    assert page.run("document.querySelector('.swipe').checkVisibility()") is False
    page.run("document.querySelector('[value=beside]').click()")
    assert page.run(place % "shot") != page.run(place % "baseline")
    alone = tab().open(write(tmp_path / "s.html", mixed()[:1]))
    assert alone.run("document.getElementById('ways').checkVisibility()") is False


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [1280, 390])
def test_it_is_legible_at_any_width(tmp_path: Path, tab: Callable[..., Page], scheme: str, width_px: int) -> None:
    for fragment in ("", "#way=swipe"):
        page = tab(scheme=scheme, width_px=width_px).open(write(tmp_path / "r.html", mixed()), fragment)
        assert page.run("document.documentElement.scrollWidth") <= width_px
        ratio, text = page.run(CONTRAST)
        assert ratio >= 4.5, text


def test_without_scripts_and_on_paper_all_is_shown(tmp_path: Path, tab: Callable[..., Page]) -> None:
    path = write(tmp_path / "r.html", mixed())
    page = tab(has_scripts=False).open(path)
    assert page.run("document.getElementById('tools').checkVisibility()") is False
    assert page.run(f"{ROWS}.length") == 4
    assert "not complete" not in page.run("getComputedStyle(document.getElementById('items'), '::before').content")
    paper = tab().open(path, "#show=false&way=swipe")
    paper.run("dispatchEvent(new Event('beforeprint'))")
    paper.on_paper()
    assert paper.run("document.getElementById('find').checkVisibility()") is False
    assert paper.run("document.getElementById('shown').checkVisibility()")  # that it is a part
    assert paper.run("document.documentElement.classList.contains('over')") is False
    assert paper.pdf().startswith(b"%PDF")


@pytest.fixture
def shots(command: Command) -> Iterator[dict[str, str]]:
    for folder in ("shots", "base"):
        (command.folder / folder).mkdir()
        Image.new("RGB", (1200, 900), "white").save(command.folder / folder / "same.png")
    Image.new("RGB", (1200, 900), "white").save(command.folder / "base" / "dot #1.png")
    dotted = Image.new("RGB", (1200, 900), "white")
    dotted.putpixel((600, 450), (0, 0, 0))
    dotted.save(command.folder / "shots" / "dot #1.png")
    (command.folder / "shots" / "bad.png").write_text("no picture")
    Image.new("RGB", (8, 8)).save(command.folder / "base" / "bad.png")
    with DecisionServer() as server:
        yield {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url("page~tell")}


def test_the_command_writes_pictures_baselines_and_differences(
    command: Command, shots: dict[str, str], tab: Callable[..., Page]
) -> None:
    args = ("check", "nothing moved 0.2", "shots", "--against-dir", "base", "--engine", "decisions")
    result = command(*args, "-o", "r.html", env=shots)
    assert (result.code, result.out) == (3, ""), result.err
    page = tab().open(command.folder / "r.html")
    page.settle()
    sizes = (
        "[...document.querySelectorAll('.stage img')].map((img) => [img.alt, Math.max(img.naturalWidth, 200) > 200])"
    )
    assert sorted(page.run(sizes)) == sorted(
        [["image", True], ["baseline", True]] * 2 + [["difference, in red", True], ["baseline", False]]
    )
    red = """(() => {
      const img = document.querySelector('.difference img'), canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
      canvas.getContext('2d').drawImage(img, 0, 0);
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let found = 0;
      for (let at = 0; at < data.length; at += 4) found += data[at] > 150 && data[at + 1] < 90;
      return found;
    })()"""
    assert page.run(red) >= 4  # one pixel of 1.08 million
    links = "[...document.querySelectorAll('.stage a')].map((link) => link.getAttribute('href'))"
    assert {"shots/dot%20%231.png", "base/dot%20%231.png"} <= set(page.run(links))
    assert (page.requests, page.errors) == ([], [])
    planned = command(*args, "-n", "-o", "plan.html", env=shots)
    assert planned.code == 3, planned.err
    page.open(command.folder / "plan.html")
    assert page.run("document.querySelector('.unasked .verdict').textContent") == "not asked"


def test_a_page_can_go_to_standard_output(command: Command, shots: dict[str, str]) -> None:
    result = command("check", "nothing moved 0.2", "shots/same.png", "-f", "html", env=shots)
    assert result.code == 1
    assert result.out.startswith("<!DOCTYPE html>")
