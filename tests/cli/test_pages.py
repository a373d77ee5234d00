"""`--pages`: each page of a document is an image of its own, and what is left out is told before anything is paid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.pictures import encoded, photo
from tests.cli.scanning import asked, scan
from tests.images.sample_pictures import pdf

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.batching import Sender
    from tests.cli.command import Command, Result
    from tests.cli.conftest import Wire


def report(pages: int) -> bytes:
    return pdf(*[(100, 100 + number, b"0 0 1 rg 0 0 %d 50 re f" % (20 + number)) for number in range(pages)])


@pytest.fixture
def papers(command: Command) -> Command:
    pages = [Image.new("RGB", (40 + number, 30), (80 * number, 0, 0)) for number in range(3)]
    pages[0].save(command.folder / "fax.tif", save_all=True, append_images=pages[1:])
    (command.folder / "report.pdf").write_bytes(report(4))
    (command.folder / "d").mkdir()
    (command.folder / "d" / "one.pdf").write_bytes(report(1))
    (command.folder / "d" / "two.PDF").write_bytes(report(2))
    (command.folder / "d" / "a.png").write_bytes(encoded(photo((30, 20)), "PNG"))
    return command


def sources(result: Result) -> list[str]:
    return [image["source"] for image in result.record["images"]]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param(["report.pdf", "--pages", "all"], [f"report.pdf#page={n}" for n in (1, 2, 3, 4)], id="all"),
        pytest.param(["report.pdf", "--pages", "1-2,4"], [f"report.pdf#page={n}" for n in (1, 2, 4)], id="some"),
        pytest.param(["report.pdf", "--pages", "3-"], ["report.pdf#page=3", "report.pdf#page=4"], id="to the end"),
        pytest.param(["fax.tif", "--pages", "2"], ["fax.tif#page=2"], id="tiff"),
        pytest.param(["report.pdf#page=3"], ["report.pdf#page=3"], id="by name"),
        pytest.param(["d"], ["d/a.png"], id="folder"),
        pytest.param(
            ["d", "--pages", "all"], ["d/a.png", "d/one.pdf", "d/two.PDF#page=1", "d/two.PDF#page=2"], id="folder, all"
        ),
        pytest.param(["d", "--pages", "all", "--limit", "3"], ["d/a.png", "d/one.pdf", "d/two.PDF#page=1"], id="limit"),
    ],
)
def test_pages_are_images(papers: Command, args: list[str], expected: list[str]) -> None:
    priced = papers("cost", "--json", *args)
    assert (priced.code, sources(priced)) == (0, expected)


def test_each_page_has_its_own_size_and_its_own_picture(papers: Command) -> None:
    priced = papers("cost", "--json", "report.pdf", "--pages", "all").record["images"]
    assert [image["height_px"] for image in priced] == [200, 202, 204, 206]
    made = papers("prep", "report.pdf", "fax.tif", "--pages", "2-3", "-o", "out")
    assert made.code == 0, made.err
    names = ["fax-page-2.png", "fax-page-3.png", "report-page-2.png", "report-page-3.png"]
    assert sorted(path.name for path in (papers.folder / "out").iterdir()) == names
    with Image.open(papers.folder / "out" / "report-page-3.png") as drawn:
        assert (drawn.size, drawn.convert("RGB").getpixel((40, 200))) == ((200, 204), (0, 0, 255))
    with Image.open(papers.folder / "out" / "fax-page-3.png") as drawn:
        assert (drawn.size, drawn.convert("RGB").getpixel((5, 5))) == ((42, 30), (160, 0, 0))


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        pytest.param(["report.pdf", "--pages", "1,9"], 3, "it has 4\nhint: the last one is --pages 4", id="beyond"),
        pytest.param(["report.pdf#page=9"], 3, "there is no page 9, it has 4", id="beyond, by name"),
        pytest.param(["report.pdf", "--pages", "0"], 2, "--pages '0' is no list of pages", id="zero"),
        pytest.param(["report.pdf", "--pages", "3-1"], 2, "--pages '3-1' is no list of pages", id="backwards"),
        pytest.param(["report.pdf", "--pages", "all", "--page", "2"], 2, "--pages makes an image of each", id="both"),
    ],
)
def test_pages_that_are_not_there(papers: Command, args: list[str], code: int, words: str) -> None:
    refused = papers("cost", *args)
    assert (refused.code, words in refused.err) == (code, True), refused.err


def test_what_is_left_out_is_told_before_anything_is_paid(papers: Command) -> None:
    told = papers("cost", "report.pdf", "fax.tif").err
    assert "report.pdf: 4 pages: only the first is used" in told
    assert "fax.tif: 3 pages: only the first is used" in told
    for command in ("ask", "scan", "batch submit"):
        planned = papers(*command.split(), "-n", "what?", "report.pdf")
        assert "report.pdf: 4 pages: only the first is used" in planned.err, command
    assert "d: 2 PDFs left out" in papers("cost", "d").err
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "lime", "blue")]
    for kind in ("gif", "webp", "png"):
        frames[0].save(papers.folder / f"moving.{kind}", save_all=True, append_images=frames[1:])
        assert "animated, 3 frames: only the first is used" in papers("cost", f"moving.{kind}").err


def test_a_folder_of_documents_alone_names_the_flag(papers: Command) -> None:
    (papers.folder / "d" / "a.png").unlink()
    refused = papers("cost", "d")
    assert (refused.code, "but 2 PDFs" in refused.err, "--pages all" in refused.err) == (3, True, True)


def test_a_scan_goes_on_page_by_page(papers: Command, wire: Callable[[str], Wire]) -> None:
    sent = wire("ok")
    first = scan(sent, "report.pdf", "--pages", "2-3", "-f", "jsonl", "-j", "1")
    assert first.code == 0, first.err
    again = scan(sent, "report.pdf", "fax.tif", "--pages", "all", "-f", "jsonl", "-j", "1")
    records = [json.loads(line) for line in again.out.splitlines()]
    cached = {record["images"][0]["source"] for record in records if record["cached"]}
    assert cached == {"report.pdf#page=2", "report.pdf#page=3"}
    assert (len(records), len(sent.bodies)) == (7, 7), "each page is asked once"
    assert len(asked(sent)) == 7, "and each is another picture"


def test_a_page_that_is_not_there_stops_no_other(papers: Command, wire: Callable[[str], Wire]) -> None:
    sent = wire("ok")
    ended = scan(sent, "report.pdf", "d/a.png", "--pages", "1,7", "-f", "jsonl")
    statuses = {json.loads(line)["images"][0]["source"]: json.loads(line)["status"] for line in ended.out.splitlines()}
    assert statuses == {"report.pdf#page=1": "ok", "report.pdf#page=7": "failed", "d/a.png": "ok"}
    assert ended.code == 7


def test_ask_sends_the_pages_together_and_goes_on_with_them(papers: Command, wire: Callable[[str], Wire]) -> None:
    sent = wire("ok")
    asking = sent.ask("what?", "report.pdf", "--pages", "2-3", "--json")
    assert (asking.code, sources(asking)) == (0, ["report.pdf#page=2", "report.pdf#page=3"]), asking.err
    again = sent.ask("-c", "and now?", "--json")
    assert again.code == 0, again.err
    first, second = (
        [part["image_url"]["url"] for turn in body["messages"] for part in turn["content"] if "image_url" in part]
        for body in sent.bodies
    )
    assert (len(set(first)), first) == (2, second)


def test_a_batch_has_a_line_for_each_page(papers: Command, sender: Sender) -> None:
    submitted = sender.command("batch", "submit", "what?", "report.pdf", "--pages", "all", "-y", env=sender.env)
    assert submitted.code == 0, submitted.err
    fetched = sender.fetch("-o", "all.jsonl")
    told = [json.loads(line) for line in (papers.folder / "all.jsonl").read_text().splitlines()]
    assert sorted(each["images"][0]["source"] for each in told) == [f"report.pdf#page={n}" for n in (1, 2, 3, 4)]
    assert fetched.code == 0
