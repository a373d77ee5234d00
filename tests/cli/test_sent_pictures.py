"""Tests that `prep` writes the bytes that `ask` sends, upright, plain and private, in the order given."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, PngImagePlugin

from tests.cli.pictures import encoded, photo, private_exif

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Wire

MODEL = "gpt-5-mini"
SECRETS = (
    b"CANARYCAMERA",
    b"Exif\0\0",
    b"eXIf",
    b"http://ns.adobe.com",
    b"tEXt",
    b"iTXt",
    b"CANARYCOMMENT",
    b"ICC_PROFILE",
)


def forms() -> dict[str, bytes]:
    """Make one picture of each form; the names say their order."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "CANARYCOMMENT")
    clear = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    clear.paste((200, 0, 0, 255), (20, 15, 60, 45))
    frames = [Image.new("RGB", (50, 40), colour) for colour in ("red", "blue")]
    return {
        "a-turned.jpg": encoded(photo(), "JPEG", exif=private_exif(6), comment=b"CANARYCOMMENT", quality=90),
        "b-alpha.png": encoded(clear, "PNG", pnginfo=text, exif=private_exif(1)),
        "c-moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"CANARYCOMMENT"),
        "d-web.webp": encoded(photo((300, 200)), "WEBP", exif=private_exif(3)),
        "e-deep.png": encoded(Image.new("I;16", (70, 50), 32768), "PNG"),
        "f-ink.jpg": encoded(photo((300, 200)).convert("CMYK"), "JPEG"),
        "g-palette.png": encoded(photo((90, 70)).quantize(16), "PNG"),
        "h-tall.png": encoded(photo((200, 3000)), "PNG"),
        "i-wide.jpg": encoded(photo((4000, 300)), "JPEG"),
        "j-one-bit.png": encoded(Image.new("1", (40, 40), 1), "PNG"),
        "k-narrow.png": encoded(Image.new("RGB", (1, 600), "red"), "PNG"),
    }


@pytest.fixture
def both(wire: Callable[[str], Wire]) -> tuple[dict[str, Any], list[dict[str, Any]], list[bytes], Path]:
    """Send all forms in one question, and prepare them: (record of prep, images on the wire, bytes, folder)."""
    sender = wire("ok")
    folder = sender.command.folder
    for name, data in forms().items():
        (folder / name).write_bytes(data)
    names = sorted(forms())
    asked = sender.ask("what are these?", *names, "-m", MODEL, "--no-stream", "-q")
    assert asked.code == 0, asked.err
    prepared = sender.command("prep", *names, "-m", MODEL, "-o", "made", "--json")
    assert prepared.code == 0, prepared.err
    (body,) = sender.bodies
    images = [part["image_url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
    sent = [base64.b64decode(image["url"].partition(",")[2], validate=True) for image in images]
    return prepared.record, images, sent, folder


def test_prep_writes_what_ask_sends(
    both: tuple[dict[str, Any], list[dict[str, Any]], list[bytes], Path],
) -> None:
    record, images, sent, folder = both
    made = {image["source"]: image for image in record["images"]}
    assert list(made) == sorted(forms())
    for (name, told), image, data in zip(made.items(), images, sent, strict=True):
        assert (folder / told["written"]).read_bytes() == data, name
        assert told["sha256"] == hashlib.sha256(forms()[name]).hexdigest()
        assert told["sent_bytes"] == len(data)
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert (told["sent_format"], told["sent_width_px"], told["sent_height_px"]) == (
                picture.format, *picture.size,
            )  # fmt: skip
            assert picture.mode in ("RGB", "L"), name
            assert "transparency" not in picture.info
            assert min(picture.size) >= 2
            assert not picture.getexif()
        assert image["url"].startswith(f"data:image/{told['sent_format'].lower()};base64,")
        assert image["detail"] == told["detail"] in ("low", "high")
        for secret in SECRETS:
            assert secret not in data, (name, secret)
    look_at_the_pixels(dict(zip(made, sent, strict=True)))
    assert any("frame" in warning for warning in made["c-moving.gif"]["warnings"])


def look_at_the_pixels(sent: dict[str, bytes]) -> None:
    def pixel(name: str, x: float, y: float) -> Any:
        with Image.open(io.BytesIO(sent[name])) as picture:
            return picture.convert("RGB").getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))

    def near(found: Any, expected: tuple[int, int, int], reach: int = 24) -> bool:
        return all(abs(a - b) <= reach for a, b in zip(found, expected, strict=True))

    stored = photo()
    # stored turned a quarter to the left: its top left corner belongs to the top right
    for (x, y), (stored_x, stored_y) in {(1, 0): (0, 0), (1, 1): (1, 0), (0, 1): (1, 1), (0, 0): (0, 1)}.items():
        corner = stored.getpixel((stored_x * (stored.width - 1), stored_y * (stored.height - 1)))
        assert near(pixel("a-turned.jpg", x, y), corner)  # type: ignore[arg-type]
    assert near(pixel("b-alpha.png", 0, 0), (255, 255, 255))
    assert near(pixel("b-alpha.png", 0.5, 0.5), (200, 0, 0))
    assert near(pixel("e-deep.png", 0.5, 0.5), (128, 128, 128), 3)
    flat = photo((300, 200)).getpixel((150, 100))
    assert near(pixel("f-ink.jpg", 0.5, 0.5), flat, 40)  # type: ignore[arg-type]
    with Image.open(io.BytesIO(sent["a-turned.jpg"])) as turned:
        assert turned.width < turned.height


def test_a_body_has_only_what_the_user_set(wire: Callable[[str], Wire], dot: Path) -> None:
    plain = wire("ok")
    assert plain.ask("why?", dot, "--no-stream", "-m", "gpt-4o").code == 0
    (body,) = plain.bodies
    assert set(body) == {"model", "messages"}
    assert body["model"] == "gpt-4o"
    (message,) = body["messages"]
    assert message["role"] == "user"
    assert [part["type"] for part in message["content"]].count("text") == 1
    (image,) = [part for part in message["content"] if part["type"] == "image_url"]
    assert set(image["image_url"]) == {"url", "detail"}


@pytest.mark.parametrize(("model", "spelling"), [("gpt-6-luna", "max_completion_tokens"), ("gpt-4o", "max_tokens")])
def test_every_parameter_goes_in_the_spelling_of_the_model(
    wire: Callable[[str], Wire], dot: Path, model: str, spelling: str
) -> None:
    sender = wire("ok")
    flags = ("--max-tokens", "50", "--temperature", "0", "--reasoning-effort", "low", "--service-tier", "flex")
    result = sender.ask("why?", dot, "-m", model, "-s", "Be brief.", "--json", *flags)
    assert result.code == 0, result.err
    (body,) = sender.bodies
    messages = body.pop("messages")
    assert [message["role"] for message in messages] in (["system", "user"], ["developer", "user"])
    assert messages[0]["content"] == "Be brief."
    expected = {"model": model, spelling: 50, "temperature": 0, "reasoning_effort": "low", "service_tier": "flex"}
    assert body == expected


def test_a_stream_adds_its_two_fields_and_nothing_else(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("stream-crlf")
    assert sender.ask("why?", dot).code == 0
    (body,) = sender.bodies
    assert set(body) == {"model", "messages", "stream", "stream_options"}
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}


def test_prep_never_writes_over_its_source(wire: Callable[[str], Wire], dot: Path) -> None:
    before = dot.read_bytes()
    result = wire("ok").command("prep", dot.name, "-o", ".")
    assert result.code == 3
    assert dot.read_bytes() == before


def test_prep_keeps_apart_what_has_one_name_and_goes_on_after_a_broken_one(
    wire: Callable[[str], Wire], dot: Path
) -> None:
    command = wire("ok").command
    for folder in ("one", "two"):
        (command.folder / folder).mkdir()
        (command.folder / folder / "same.png").write_bytes(dot.read_bytes())
    result = command("prep", "one/same.png", "gone.png", "two", "-o", "made", "--json")
    assert result.code == 3
    written = [image["written"] for image in result.record["images"]]
    assert written == ["made/same.png", None, "made/same-2.png"]
    assert sorted(path.name for path in (command.folder / "made").iterdir()) == ["same-2.png", "same.png"]
