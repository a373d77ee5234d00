"""`--rotate`: the picture is turned; boxes and sizes are of the turned picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

if TYPE_CHECKING:
    from tests.cli.command import Command


def test_prep_turns_a_page_that_lies_on_its_side(command: Command) -> None:
    page = Image.new("L", (1000, 1414), "white")
    page.paste("black", (0, 0, 1000, 60))
    page.transpose(Image.Transpose.ROTATE_90).save(command.folder / "scan.png")
    turned = command("prep", "scan.png", "-o", "out", "--json", "--rotate", "90", "-m", "gpt-4o")
    (image,) = turned.record["images"]
    assert (image["width_px"], image["height_px"]) == (1414, 1000)  # as it is
    assert (image["sent_width_px"], image["sent_height_px"]) == (768, 1085)
    assert image["warnings"] == []
    with Image.open(command.folder / image["written"]) as made:
        assert made.size == (768, 1085)
        assert (made.getpixel((384, 10)), made.getpixel((384, 1000))) == (0, 255)


def test_cost_prices_the_turned_picture_without_decoding_it(command: Command) -> None:
    Image.new("1", (4000, 1000)).save(command.folder / "a.png")
    done = command("cost", "a.png", "--json", "-m", "gpt-4o", "--rotate", "270", "--crop", "0,0,1000,4000")
    (image,) = done.record["images"]
    assert (image["sent_width_px"], image["sent_height_px"]) == (512, 2048)


@pytest.mark.parametrize("degrees", ["45", "0", "-90", "360"])
def test_only_quarter_turns_are_taken(command: Command, dot: object, degrees: str) -> None:
    done = command("cost", "dot.png", "--rotate", degrees)
    assert (done.code, done.out) == (2, "")
    assert f"error: --rotate must be 90, 180 or 270, not {degrees}" in done.err
