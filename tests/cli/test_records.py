"""The record as programs read it: the exact keys, null and never missing, one valid line whatever happens."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.conftest import Wire

TOP = {
    "schema", "command", "status", "images", "model", "question", "answer", "data", "finish_reason", "request_id",
    "projected", "billed", "cached", "attempts", "seconds", "error",
}  # fmt: skip
IMAGE = {
    "source", "sha256", "format", "width_px", "height_px", "sent_width_px", "sent_height_px", "sent_format",
    "sent_bytes", "detail", "tokens", "warnings", "error",
}  # fmt: skip
PROJECTED = {
    "image_tokens", "text_tokens", "input_tokens", "input_usd", "max_output_usd", "usual_output", "basis",
    "rule_checked", "price_checked", "rate", "full_size_tokens",
}  # fmt: skip
BILLED = {"input_tokens", "image_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "usd"}
ERROR = {"code", "message", "hint", "retryable"}


def complete(record: dict[str, Any]) -> dict[str, Any]:
    """Hold the key sets of a record and of all that is in it."""
    assert set(record) == TOP
    assert record["schema"] == "visionask/1"
    for image in record["images"]:
        assert set(image) - {"written", "is_untouched"} == IMAGE
        assert image["error"] is None or set(image["error"]) == ERROR
    for key, keys in (("projected", PROJECTED), ("billed", BILLED), ("error", ERROR)):
        assert record[key] is None or set(record[key]) == keys
    return record


def test_an_answer_is_a_complete_record(wire: Callable[[str], Wire], dot: Path, dot_bytes: bytes) -> None:
    record = complete(wire("ok").ask("why?", "dot.png", "--json", "--max-tokens", "100").record)
    (image,) = record["images"]
    assert image["source"] == "dot.png"
    assert image["sha256"] == hashlib.sha256(dot_bytes).hexdigest()
    assert [image[key] for key in ("width_px", "height_px", "sent_width_px", "sent_height_px")] == [64, 48, 64, 48]
    assert (record["command"], record["status"], record["question"]) == ("ask", "ok", "why?")
    assert (record["finish_reason"], record["request_id"], record["attempts"]) == ("stop", "req_1", 1)
    # luna: $0.10 in, $0.50 out for a million; 1,014 x 0.10 + 35 x 0.50 = 118.9 of a millionth
    assert record["billed"] == {
        "input_tokens": 1014, "image_tokens": 1000, "cached_tokens": 0, "output_tokens": 35, "reasoning_tokens": 8,
        "usd": record["billed"]["usd"],
    }  # fmt: skip
    assert float(record["billed"]["usd"]) == pytest.approx(118.9e-6, rel=1e-9)
    assert float(record["projected"]["max_output_usd"]) == pytest.approx(50e-6, rel=1e-9)
    assert isinstance(record["projected"]["input_usd"], str)
    assert record["seconds"] > 0
    assert record["error"] is None


@pytest.mark.parametrize("script", ["usage-missing", "usage-negative"])
def test_a_bill_that_is_not_there_is_null_and_never_0(wire: Callable[[str], Wire], dot: Path, script: str) -> None:
    result = wire(script).ask("why?", "dot.png", "--json", "-u")
    assert result.code == 0
    record = complete(result.record)
    assert record["billed"] is None or record["billed"]["usd"] is None
    assert "did not say" in result.err


def test_a_plan_is_a_complete_record(command: Command, dot: Path) -> None:
    result = command("ask", "why?", "dot.png", "-n", "--json", "-q")
    record = complete(result.record)
    assert (result.code, record["status"], record["answer"], record["attempts"]) == (0, "planned", None, None)
    assert record["images"][0]["tokens"] == record["projected"]["image_tokens"] > 0


def test_cost_with_broken_images_is_one_complete_record(command: Command, dot: Path) -> None:
    (command.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = command("cost", "dot.png", "broken.png", "gone.png", "dot.png", "--json", "--question", "why?")
    assert result.code == 3
    record = complete(result.record)
    assert (record["command"], record["status"], record["question"]) == ("cost", "failed", "why?")
    assert [image["source"] for image in record["images"]] == ["dot.png", "broken.png", "gone.png", "dot.png"]
    assert [image["error"] is None for image in record["images"]] == [True, False, False, True]
    one = record["images"][0]["tokens"]
    assert record["projected"]["image_tokens"] == 2 * one
    assert record["error"]["code"] == record["images"][1]["error"]["code"] == "corrupt_image"


def test_cost_with_only_broken_images_is_a_record_too(command: Command) -> None:
    record = complete(command("cost", "gone.png", "--json").record)
    assert [image["error"]["code"] for image in record["images"]] == ["not_found"]
    assert float(record["projected"]["input_usd"]) == 0


def test_prep_tells_what_it_made_and_where(command: Command, dot: Path, dot_bytes: bytes) -> None:
    record = complete(command("prep", "dot.png", "-o", "made", "--json").record)
    (image,) = record["images"]
    assert image["sha256"] == hashlib.sha256(dot_bytes).hexdigest()
    assert image["written"] == os.path.join("made", "dot.png")
    assert image["sent_bytes"] == (command.folder / "made" / "dot.png").stat().st_size


def test_a_picture_from_a_pipe_gets_a_name(command: Command, dot_bytes: bytes) -> None:
    (image,) = command("prep", "-o", "made", "--json", stdin=dot_bytes).record["images"]
    assert (image["source"], image["written"]) == ("standard input", os.path.join("made", "image.png"))


EARLY = [
    pytest.param(("ask", "why?", "dot.png", "--json"), 4, "missing_key", id="no-key"),
    pytest.param(("ask", "why?", "dot.png", "--json", "--max-cost", "0"), 5, "budget", id="budget"),
    pytest.param(("ask", "why?", "gone.png", "--json"), 3, "not_found", id="no-image"),
    pytest.param(("ask", "why?", "dot.png", "--json", "--max-tokens", "x"), 2, "usage", id="usage"),
    pytest.param(("prep", "dot.png", "-o", "dot.png", "--json"), 9, "state", id="state"),
    pytest.param(("models", "gpt-9", "--json"), 4, "unknown_model", id="model"),
    pytest.param(("cost", "dot.png", "--profile", "x", "--json"), 4, "config", id="profile"),
]


@pytest.mark.parametrize(("args", "code", "name"), EARLY)
def test_an_early_failure_is_a_complete_record(
    command: Command, dot: Path, args: tuple[str, ...], code: int, name: str
) -> None:
    result = command(*args)
    assert result.code == code
    record = complete(result.record)
    assert (record["command"], record["status"], record["error"]["code"]) == (args[0], "failed", name)
    assert result.error_lines[0] == f"error: {record['error']['message']}"


def test_a_name_that_is_no_text_is_told_losslessly(command: Command, dot_bytes: bytes) -> None:
    name = b'n\xff\n\x1b[31m".png'
    with open(bytes(command.folder) + b"/" + name, "wb") as file:
        file.write(dot_bytes)
    result = command("cost", name, b"gone" + name, "--json")
    record = complete(result.record)  # .record holds that it is one line of ASCII
    assert [image["source"].encode("utf-8", "surrogateescape") for image in record["images"]] == [name, b"gone" + name]


def test_lists_of_models_are_complete_records(command: Command) -> None:
    listed = complete(command("models", "--json").record)
    assert "gpt-6-luna" in [model["name"] for model in listed["data"]["models"]]
    here = complete(command("local", "list", "--json").record)
    assert [model["is_here"] for model in here["data"]["models"] if model["name"] == "practice"] == [True]
