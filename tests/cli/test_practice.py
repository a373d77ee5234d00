"""The answers of a real model on this machine: a picture that is dropped, swapped or made badly changes them."""

from __future__ import annotations

import base64
import json
import random
import signal
import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import SCRIPT, TIMEOUT_S, clean_environment
from tests.cli.pictures import COLOURS, encoded, private_exif, shape_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from tests.cli.command import Command
    from tests.cli.servers import PictureServer

pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra `local` is not installed")
IN_ORDER = "List the background color of each image in order."
NAMES = list(COLOURS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Serve the practice model for all tests of this file, as a user would: the variables that it prints."""
    env = clean_environment(tmp_path_factory.mktemp("home"))
    with subprocess.Popen(
        [SCRIPT, "local", "serve"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().decode().strip().removeprefix("export ") for _ in range(2)]
        variables = dict(line.split("=", 1) for line in lines)
        assert variables["OPENAI_BASE_URL"].startswith("http://127.0.0.1:")
        assert len(variables["OPENAI_API_KEY"]) >= 32
        try:
            yield variables
            process.send_signal(signal.SIGINT)
            assert process.wait(TIMEOUT_S) == 130
        finally:
            process.kill()


def clear(rng: random.Random, mode: str) -> bytes:
    """Draw on a transparent ground whose hidden colour is black: a viewer shows it white."""
    from PIL import Image, ImageChops

    shape = shape_on(rng, "black")
    ground = Image.new("RGB", shape.size, shape.getpixel((0, 0)))
    mask = ImageChops.difference(shape, ground).convert("L").point([0] + [255] * 255)
    if mode == "RGBA":
        icon = Image.new("RGBA", shape.size, (0, 0, 0, 0))
        icon.paste(shape, mask=mask)
        return encoded(icon, "PNG")
    flat = Image.new("RGB", shape.size)
    flat.paste(shape, mask=mask)
    palette = flat.quantize(4, dither=Image.Dither.NONE)
    return encoded(palette, "PNG", transparency=palette.getpixel((0, 0)))


def turned(rng: random.Random, background: str, orientation: int) -> bytes:
    return encoded(shape_on(rng, background), "JPEG", exif=private_exif(orientation))


def deep_grey(rng: random.Random) -> bytes:
    from PIL import Image

    picture = Image.new("I;16", (192, 192), 32768)
    picture.paste(65000, (60, 50, 120, 130))
    return encoded(picture, "PNG")


def one_bit(rng: random.Random) -> bytes:
    from PIL import Image

    picture = Image.new("1", (192, 192), 1)
    picture.paste(0, (60, 50, 120, 130))
    return encoded(picture, "PNG")


def drawn(rng: random.Random, background: str, format_name: str = "PNG", size: tuple[int, int] = (192, 192)) -> bytes:
    return encoded(shape_on(rng, background, size=size), format_name)


def in_ink(rng: random.Random, background: str) -> bytes:
    return encoded(shape_on(rng, background).convert("CMYK"), "JPEG", quality=92)


def moving(rng: random.Random, first: str, second: str) -> bytes:
    frames: list[Image.Image] = [shape_on(rng, first), shape_on(rng, second)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def forms(rng: random.Random) -> list[tuple[str, bytes]]:
    """Give pictures of every form with the background that a viewer shows."""
    return [
        ("red", drawn(rng, "red")),
        ("white", clear(rng, "RGBA")),
        ("green", drawn(rng, "green", "WEBP")),
        ("white", clear(rng, "P")),
        ("gray", deep_grey(rng)),
        ("blue", in_ink(rng, "blue")),
        ("yellow", moving(rng, "yellow", "purple")),
        ("white", one_bit(rng)),
        ("orange", drawn(rng, "orange", "TIFF")),
        ("purple", drawn(rng, "purple", "BMP")),
        ("pink", drawn(rng, "pink", size=(120, 360))),
        ("brown", drawn(rng, "brown", "JPEG", size=(360, 120))),
        ("cyan", turned(rng, "cyan", 6)),
        ("black", drawn(rng, "black", "JPEG")),
        ("red", drawn(rng, "red", size=(1600, 1200))),
    ]


@pytest.mark.parametrize("group", range(5))
def test_every_form_is_seen_in_order(command: Command, served: dict[str, str], group: int) -> None:
    three = forms(random.Random(20 + group))[3 * group : 3 * group + 3]
    for number, (_, data) in enumerate(three):
        (command.folder / f"{number}").write_bytes(data)  # what it is, is told by its bytes alone
    base_url, key = served["OPENAI_BASE_URL"], served["OPENAI_API_KEY"]
    result = command(
        "ask", IN_ORDER, "0", "1", "2", "--base-url", base_url, "-m", "practice", "-q", env={"OPENAI_API_KEY": key}
    )
    assert result.code == 0, result.err
    assert result.out == ", ".join(colour for colour, _ in three) + "\n"


def test_stdin_a_link_and_a_data_url_arrive_in_the_order_given(
    command: Command, served: dict[str, str], links: PictureServer
) -> None:
    rng = random.Random(7)
    colours = rng.sample(NAMES, 3)
    piped, behind, written = (drawn(rng, colour) for colour in colours)
    images = ["-", links.put("behind.png", behind), "data:image/png;base64," + base64.b64encode(written).decode()]
    result = command("ask", IN_ORDER, *images, "--allow-private-urls", "-m", "x", "-q", env=served, stdin=piped)
    assert result.code == 0, result.err
    assert result.out == ", ".join(colours) + "\n"


def test_an_image_alone_is_described_by_a_model_of_its_own(command: Command) -> None:
    (command.folder / "a.png").write_bytes(drawn(random.Random(3), "purple"))
    result = command("ask", "--local", "practice", "a.png")
    assert result.code == 0, result.err
    assert result.out.endswith(" on a purple background.\n")
    assert result.err.startswith("1 image · practice low · on this machine, no charge\n")


def test_a_schema_is_held_to_by_the_server_itself(command: Command, served: dict[str, str]) -> None:
    colours = {"type": "string", "enum": NAMES}
    schema = {"type": "object", "properties": {"color": colours}, "required": ["color"]}
    (command.folder / "s.json").write_text(json.dumps(schema))
    (command.folder / "a.png").write_bytes(drawn(random.Random(3), "purple"))
    args = ("ask", "What is the background color?", "a.png", "-m", "x", "-q", "--json")
    told = command(*args, "--schema", "s.json", env=served).record
    assert (told["data"]["color"] in NAMES, len(told["data"]), told["attempts"]) == (True, 1, 1)
