"""Owns the proof of the page in a real browser: what is hostile stays text, and what is promised to readers works."""

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
    assert page.run("document.querySelectorAll('a, iframe, svg, video, link[rel=stylesheet], [onerror]').length") == 0
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
