"""Tests of the page in a real browser: what is hostile stays text, and what is promised to readers works."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.browser import CHROMIUM
from tests.report.pages import CONTRAST, NAMES, thumbnail, write
from tests.report.scan_records import HOSTILE_TEXTS, answered, failed, image
from visionask.report.output import open_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.report.browser import Page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def mixed() -> list[dict[str, Any]]:
    cheap = answered("photo 10.jpg", "a small dog", images=[image("photo 10.jpg", tokens=765)], seconds=0.5)
    cheap["billed"] = {"input_tokens": 779, "output_tokens": 3, "usd": "0.00009"}
    dear = answered("photo 9.jpg", "a big Dog\non a beach", seconds=9.5)
    dear["billed"] = {"input_tokens": 3014, "output_tokens": 900, "usd": "0.0012"}
    cached = answered("photo 2.jpg", "a cat", cached=True)
    return [dear, failed("photo 1.jpg"), cheap, cached]


def test_hostile_texts_stay_text(tmp_path: Path, tab: Callable[..., Page], listener: socket.socket) -> None:
    home = f"http://127.0.0.1:{listener.getsockname()[1]}"
    loads = [
        f"<img src={home}/a>",
        f'<link rel=stylesheet href="{home}/b">',
        f'<meta http-equiv=refresh content="0;url={home}/c">',
        f'<script src="{home}/d"></script><iframe src="{home}/e"></iframe>',
        f'<svg><image href="{home}/f"/></svg><video poster={home}/g></video>',
    ]
    texts = [*HOSTILE_TEXTS, *loads]
    records = []
    for text in texts:
        records.append(answered(text, text, model=text, data={text: text}))
        records.append(answered(text, text, images=[image(text, detail=text, format=text, warnings=[text])]))
        records.append(failed(text, code=text, message=text) | {"answer": text})
        records[-1]["error"]["hint"] = text
    page = tab().open(write(tmp_path / "r.html", records, question="".join(texts)), "#sort=name")
    page.settle()
    assert page.dialogs == []
    assert page.requests == []
    assert len(page.files) == 1
    assert page.errors == []
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert page.run("document.querySelectorAll('#items li').length") == len(records)
    assert page.run("document.querySelectorAll('#items img').length") == 2 * len(texts)
    assert page.run("document.querySelectorAll('#items img:not([src^=\"data:image/jpeg;base64,\"])').length") == 0
    assert page.run("document.querySelectorAll('script').length") == 1
    assert page.run("document.querySelectorAll('#items a, iframe, svg, video, [onerror]').length") == 0
    assert page.run("document.querySelectorAll('link[rel=stylesheet]').length") == 0
    assert "<img src=x onerror=alert(1)>" in page.run(NAMES)
    assert "caf\\xe9.png" in page.run(NAMES)


def test_the_policy_holds_where_escaping_would_not(
    tmp_path: Path, tab: Callable[..., Page], listener: socket.socket
) -> None:
    home = f"http://127.0.0.1:{listener.getsockname()[1]}"
    path = write(tmp_path / "r.html", [answered("a.jpg", "HERE")])
    raw = f"<script>alert(1)</script><img src='{home}/a' onerror='alert(2)'><style>body{{color:red}}</style>"
    raw += f"<base href='{home}/'><script src='{home}/b'></script><link rel=stylesheet href='{home}/c'>"
    path.write_text(path.read_text().replace("HERE", raw))
    page = tab().open(path)
    page.settle()
    assert page.dialogs == []
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert page.run("getComputedStyle(document.body).color") != "rgb(255, 0, 0)"
    assert page.run("document.getElementById('shown').textContent") == "1 shown"


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        pytest.param("", ["photo 9.jpg", "photo 1.jpg", "photo 10.jpg", "photo 2.jpg"], id="as they came"),
        pytest.param("#sort=name", ["photo 1.jpg", "photo 2.jpg", "photo 9.jpg", "photo 10.jpg"], id="name"),
        pytest.param("#sort=price", ["photo 9.jpg", "photo 2.jpg", "photo 10.jpg", "photo 1.jpg"], id="price"),
        pytest.param("#sort=tokens", ["photo 2.jpg", "photo 9.jpg", "photo 1.jpg", "photo 10.jpg"], id="tokens"),
        pytest.param("#sort=seconds", ["photo 9.jpg", "photo 2.jpg", "photo 10.jpg", "photo 1.jpg"], id="seconds"),
        pytest.param("#show=failed", ["photo 1.jpg"], id="failed"),
        pytest.param("#show=ok", ["photo 9.jpg", "photo 10.jpg", "photo 2.jpg"], id="answered"),
        pytest.param("#show=cached", ["photo 2.jpg"], id="from the ledger"),
        pytest.param("#find=DOG&sort=name", ["photo 9.jpg", "photo 10.jpg"], id="word of the answer"),
        pytest.param("#find=dog+beach", ["photo 9.jpg"], id="two words"),
        pytest.param("#find=no+such", ["photo 1.jpg"], id="word of the failure"),
        pytest.param("#find=zebra", [], id="nothing"),
        pytest.param(
            "#sort=constructor&show=x", ["photo 9.jpg", "photo 1.jpg", "photo 10.jpg", "photo 2.jpg"], id="bad"
        ),
    ],
)
def test_address_restores_filter_and_order(
    fragment: str, names: list[str], tmp_path: Path, tab: Callable[..., Page]
) -> None:
    page = tab().open(write(tmp_path / "r.html", mixed()), fragment)
    assert page.run(NAMES) == names
    assert page.errors == []


def test_keyboard_filters_and_clears(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write(tmp_path / "r.html", mixed()))
    for key in "/big":
        page.press(key)
    assert page.run(NAMES) == ["photo 9.jpg"]
    assert page.run("document.getElementById('shown').textContent") == "1 of 4 shown"
    assert page.run("location.hash") == "#find=big"
    page.press("Escape")
    assert len(page.run(NAMES)) == 4
    page.run("document.querySelector('input[value=failed]').click()")
    assert page.run(NAMES) == ["photo 1.jpg"]
    assert page.errors == []


@pytest.mark.parametrize("has_scripts", [True, False], ids=["script", "no script"])
def test_totals_stand_first(has_scripts: bool, tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab(has_scripts=has_scripts).open(write(tmp_path / "r.html", mixed()))
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert page.run(top.format("#totals")) < page.run(top.format("#items"))
    assert page.run("document.getElementById('tools').hidden") is not has_scripts
    told = page.run("document.body.innerText")
    for text in ("photo 1.jpg", "no such file", "check the name", "a big Dog\non a beach", "What is it?"):
        assert text in told


@pytest.mark.parametrize("has_scripts", [True, False], ids=["script", "no script"])
def test_unfinished_page_is_readable_and_says_so(has_scripts: bool, tmp_path: Path, tab: Callable[..., Page]) -> None:
    output = open_output(str(tmp_path / "r.html"), question="What is it?")
    output.add(answered("a.jpg", "a cat"), thumbnail())
    cut = tmp_path / "cut.html"
    cut.write_bytes((tmp_path / "r.html.part").read_bytes())
    page = tab(has_scripts=has_scripts).open(cut)
    assert page.run(NAMES) == ["a.jpg"]
    assert "not complete" in page.run("getComputedStyle(document.querySelector('#items'), '::before').content")
    output.close({})
    finished = tab(has_scripts=has_scripts).open(tmp_path / "r.html")
    assert finished.run("getComputedStyle(document.querySelector('#items'), '::before').content") == "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(scheme: str, tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab(scheme=scheme).open(write(tmp_path / "r.html", [*mixed(), answered("d.jpg", data={"a": 1})]))
    ratio, text = page.run(CONTRAST)
    assert ratio >= 4.5, text
    brightness = page.run("getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(brightness) > 600) == (scheme == "light")


@pytest.mark.parametrize("width_px", [320, 700, 1280])
def test_page_never_scrolls_sideways(width_px: int, tmp_path: Path, tab: Callable[..., Page]) -> None:
    long = [answered("x" * 300 + ".jpg", "y" * 500, data={"z" * 90: "w" * 300}), failed("v" * 300, code="c" * 80)]
    page = tab(width_px=width_px).open(write(tmp_path / "r.html", [*mixed(), *long], question="q" * 200))
    assert page.run("document.documentElement.scrollWidth") <= width_px
    page = tab(width_px=width_px, has_scripts=False).open(tmp_path / "r.html")
    assert page.run("document.documentElement.scrollWidth") <= width_px


def yes_and_no() -> list[dict[str, Any]]:
    answers = {"a.jpg": "Yes.", "b.jpg": "no", "c.jpg": "yes", "d.jpg": "A person, perhaps"}
    return [answered(name, answer) for name, answer in answers.items()]


CHIPS = "[...document.querySelectorAll('#facets button')].map((chip) => chip.textContent)"


def test_counts_by_answer_filter_when_clicked(tmp_path: Path, tab: Callable[..., Page]) -> None:
    page = tab().open(write(tmp_path / "r.html", yes_and_no()))
    assert page.run(CHIPS) == ["yes 2", "a person, perhaps 1", "no 1"]
    page.run("document.querySelector('#facets button').click()")
    assert (page.run(NAMES), page.run("location.hash")) == (["a.jpg", "c.jpg"], "#is.=yes")
    page.run("document.querySelector('#facets button').click()")
    assert len(page.run(NAMES)) == 4
    assert tab().open(tmp_path / "r.html", "#is.=no&sort=answer").run(NAMES) == ["b.jpg"]
    assert page.errors == []


def test_few_values_are_counted_though_most_differ(tmp_path: Path, tab: Callable[..., Page]) -> None:
    colours = ["red", "blue", "green", "red", "black", "yellow"]
    page = tab().open(write(tmp_path / "r.html", [answered(f"{n}.jpg", each) for n, each in enumerate(colours)]))
    assert page.run(CHIPS) == ["red 2", "black 1", "blue 1", "green 1", "yellow 1"]


def test_fields_of_a_schema_are_columns_to_filter_by(tmp_path: Path, tab: Callable[..., Page]) -> None:
    data = [{"kind": "cat", "note": "x"}, {"kind": "dog", "note": "y"}, {"kind": "cat", "note": "z"}]
    page = tab().open(write(tmp_path / "r.html", [answered(f"{n}.jpg", "{}", data=d) for n, d in enumerate(data)]))
    assert page.run(CHIPS) == ["cat 2", "dog 1"], "a field whose values all differ has no counts"
    page.run("document.querySelectorAll('#facets button')[1].click()")
    assert page.run(NAMES) == ["1.jpg"]


def test_marks_are_kept_and_saved_as_labels(tmp_path: Path, tab: Callable[..., Page]) -> None:
    path = write(tmp_path / "r.html", [*yes_and_no(), answered('e,"1".jpg', "=1+1")])
    page = tab().open(path)
    page.run("""window.saved = []; HTMLAnchorElement.prototype.click = () => {};
        URL.createObjectURL = (blob) => (blob.text().then((text) => saved.push(text)), 'blob:x');""")
    for key in ("j", "r", "j", "w"):
        page.press(key)
    assert page.run("document.activeElement.placeholder") == "what is right"
    for key in ("Y", "e", "s"):
        page.press(key)
    page.run("document.querySelectorAll('#items li')[4].querySelector('.marks button').click()")
    page.run("document.getElementById('save').click()")
    page.settle()
    assert page.run("saved") == ['image,label\r\na.jpg,Yes.\r\nb.jpg,Yes\r\n"e,""1"".jpg",\'=1+1\r\n']
    page.open(path)
    assert page.run("[...document.querySelectorAll('li.right h2, li.wrong h2')].map((name) => name.textContent)") == [
        "a.jpg", "b.jpg", 'e,"1".jpg'
    ]  # fmt: skip
    assert page.run("document.getElementById('save').textContent") == "Save labels.csv (3)"


def test_a_thumbnail_fills_its_frame_and_a_picture_smaller_than_that_does_not(
    tmp_path: Path, tab: Callable[..., Page]
) -> None:
    output = open_output(str(tmp_path / "r.html"))
    for size in ((100, 50), (107, 160), (1, 160), (200, 200), (32, 32)):
        output.add(answered("a.jpg", "a cat"), thumbnail(size))
    output.close({"seconds": 3.0})
    page = tab().open(tmp_path / "r.html")
    sides = page.run("[...document.querySelectorAll('.picture img')].map((img) => [img.width, img.height])")
    assert sides == [[144, 144]] * 4 + [[32, 32]]


def test_a_picture_is_enlarged_and_leads_to_its_file(
    tmp_path: Path, tab: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a #1?.jpg").write_bytes(thumbnail())
    page = tab().open(write(tmp_path / "r.html", [answered("a #1?.jpg", "a cat"), answered("gone.jpg", "a dog")]))
    for key in ("j", "Enter"):
        page.press(key)
    page.settle()
    assert page.run("document.getElementById('look').open")
    assert page.run("document.getElementById('large').src") == (tmp_path / "a #1?.jpg").as_uri()
    assert page.run("document.getElementById('large').naturalWidth") == 160
    assert page.run("document.getElementById('large').alt") == "a cat"
    page.run("document.getElementById('after').click()")
    assert page.run("document.getElementById('large').src.slice(0, 11)") == "data:image/"
    assert page.run("document.getElementById('open').checkVisibility()") is False
    page.press("Escape")
    assert page.errors == []


def test_markdown_is_drawn_and_loads_nothing(tmp_path: Path, tab: Callable[..., Page]) -> None:
    text = (
        "**Two** cats:\n\n- one\n- [two](http://127.0.0.1/x)\n\n![x](http://127.0.0.1/y)\n\n<b onclick=alert(1)>z</b>"
    )
    page = tab().open(write(tmp_path / "r.html", [answered("a.jpg", text)]))
    assert page.run("[...document.querySelectorAll('.answer strong, .answer li')].map((one) => one.textContent)") == [
        "Two", "one", "[two](http://127.0.0.1/x)"
    ]  # fmt: skip
    assert page.run("document.querySelectorAll('#items .answer :is(a, img, b)').length") == 0
    assert page.requests == []


def test_a_prompt_of_many_lines_is_folded(tmp_path: Path, tab: Callable[..., Page]) -> None:
    prompt = "Describe it.\nFirst <b>.\nThen {style}."
    page = tab().open(write(tmp_path / "r.html", [answered("a.jpg")], question=prompt))
    assert page.run("document.querySelector('h1').textContent") == "Describe it."
    assert page.run("document.querySelector('details pre').textContent") == prompt
    assert page.run("document.querySelector('details').open") is False
