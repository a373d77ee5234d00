"""What the size of a picture shows that models see badly is told before anything is sent: once, and with a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.command import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

TEXT = "shrunk so far that ordinary text cannot be read (see --crop)"  # gpt-4o has no detail original
PANORAMA = "a shrunk panorama: models see such pictures badly (see --crop: a part at a time)"
SIZES = {"a.png": (9000, 6000), "b.png": (9600, 6400), "c.png": (4100, 1000), "d.png": (640, 480)}


@pytest.fixture
def scenes(command: Command) -> Path:
    folder = command.folder / "scenes"
    folder.mkdir()
    for name, size in SIZES.items():
        Image.new("1", size).save(folder / name)
    return folder


def warned(err: str) -> list[str]:
    """The warnings about pictures: that the model will be shut down depends on the day."""
    lines = [line.removeprefix("warning: ") for line in err.splitlines() if line.startswith("warning: ")]
    return [line for line in lines if "shut down" not in line]


def test_ask_tells_each_kind_once(command: Command, scenes: Path) -> None:
    names = [f"scenes/{name}" for name in SIZES]
    done = command("ask", "-n", "-m", "gpt-4o", "What is it?", *names)
    assert done.code == 0
    assert warned(done.err) == [f"scenes/a.png and 1 more image: {TEXT}", f"scenes/c.png: {PANORAMA}"]
    assert warned(command("ask", "-n", "-q", "-m", "gpt-4o", "What is it?", *names).err) == []


def test_a_record_has_them_for_each_image(command: Command, scenes: Path) -> None:
    done = command("cost", "--json", "-m", "gpt-4o", "scenes")
    assert [image["warnings"] for image in done.record["images"]] == [[TEXT], [TEXT], [PANORAMA], []]


def test_cost_tells_them_below_its_table(command: Command, scenes: Path) -> None:
    done = command("cost", "-m", "gpt-4o", "scenes")
    assert warned(done.err) == [f"scenes/a.png and 1 more image: {TEXT}", f"scenes/c.png: {PANORAMA}"]


def test_a_scan_counts_them(command: Command, scenes: Path) -> None:
    done = command("scan", "-n", "-m", "gpt-4o", "What is it?", "scenes")
    assert warned(done.err) == [f"2 of 4 images: {TEXT}", f"1 of 4 images: {PANORAMA}"]


def test_prep_tells_them_of_what_it_wrote(command: Command, scenes: Path) -> None:
    done = command("prep", "-m", "gpt-4o", "scenes/c.png", "scenes/d.png", "-o", "out")
    assert warned(done.err) == [f"scenes/c.png: {PANORAMA}"]


def test_what_is_seen_while_pictures_are_made_is_told_once(command: Command, answers: AnswerServer) -> None:
    """An animation is told by ask, scan and check, with the first name and the count of the others."""
    for name, colours in {"a.gif": ("red", "blue"), "b.gif": ("green", "black")}.items():
        first, second = (Image.new("RGB", (64, 48), colour) for colour in colours)
        first.save(command.folder / name, save_all=True, append_images=[second])
    verdict = '{"verdicts": [{"reason": "", "verdict": "true"}]}'
    for args, says in {
        ("ask", "What is it?", "a.gif", "b.gif"): "red",
        ("scan", "What is it?", "a.gif", "b.gif"): "red",
        ("check", "it is red", "a.gif", "b.gif"): verdict,
    }.items():
        done = command(*args, "--base-url", answers.says(says), env={"OPENAI_API_KEY": KEY})
        told = [line for line in warned(done.err) if "2 frames" in line]
        assert len(told) == 1, done.err
        assert "and 1 more image: " in told[0]
