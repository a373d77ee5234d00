"""`cost --pilot` against a server whose every bill is known by the size of the picture."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.scanning import tiny
from tests.faults.plain import Heard, PlainServer, Said, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result

QUESTION = "What is it?"
SIDES = (8, 300, 700, 1200)
IMAGES = 40


class Biller(PlainServer):
    """Bills 100 tokens and one for each 500 pixels, and answers of one length but for every fourth."""

    def next(self, heard: Heard) -> Said:
        with self._lock:
            self.heard.append(heard)
            number = len(self.heard)
        body = json.loads(heard.body)
        tokens = _bill(_side(body))
        out = 30 + 4 * (number % 4 == 0)
        usage = {"prompt_tokens": tokens, "completion_tokens": out, "total_tokens": tokens + out}
        choice = {"index": 0, "message": {"role": "assistant", "content": "A square."}, "finish_reason": "stop"}
        return Said(200, {"id": "c1", "object": "chat.completion", "choices": [choice], "usage": usage})


def _side(body: dict[str, Any]) -> int:
    (url,) = (
        part["image_url"]["url"]
        for message in body["messages"]
        for part in message["content"]
        if isinstance(part, dict) and part["type"] == "image_url"
    )
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as image:
        return image.width


def _bill(side: int) -> int:
    return 100 + side * side // 500


@pytest.fixture
def photos(command: Command) -> Path:
    """Lay pictures of four sizes into a folder."""
    folder = command.folder / "photos"
    folder.mkdir()
    for number in range(IMAGES):
        (folder / f"i{number}.png").write_bytes(tiny(number, SIDES[number % len(SIDES)]))
    return folder


def run(command: Command, server: PlainServer, *args: Argument) -> Result:
    return command(
        *args, "--retries", "0", "--base-url", server.base_url, "-m", "gpt-6-luna", env={"OPENAI_API_KEY": KEY}
    )


def pilot(command: Command, server: PlainServer, size: int, *args: Argument) -> Result:
    return run(command, server, "cost", "--pilot", str(size), QUESTION, "-r", "photos", *args)


def told(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)["data"]["pilot"]
    return found


@pytest.mark.usefixtures("photos")
def test_all_images_are_projected_from_few_and_the_truth_is_in_the_interval(command: Command) -> None:
    truth = sum(_bill(SIDES[number % len(SIDES)]) for number in range(IMAGES))
    with Biller() as server:
        result = pilot(command, server, 12, "--json")
        asked = [_side(json.loads(heard.body)) for heard in server.heard]
    assert result.code == 0, result.err
    found = told(result)
    (model,) = found["models"]
    assert (found["images"], found["confidence"], model["asked"], model["failed"]) == (IMAGES, 0.9, 12, 0)
    assert {side: asked.count(side) for side in SIDES} == dict.fromkeys(SIDES, 3)
    assert model["input_tokens"]["low"] <= truth <= model["input_tokens"]["high"]
    assert model["input_tokens"]["value"] == pytest.approx(truth, rel=0.1)
    assert model["output_tokens"]["low"] <= IMAGES * 31 <= model["output_tokens"]["high"]
    assert float(model["usd"]["low"]) <= float(model["usd"]["value"]) <= float(model["usd"]["high"])
    assert float(model["billed_usd"]) < float(model["usd"]["low"])
    assert model["seconds"]["value"] > 0


@pytest.mark.usefixtures("photos")
def test_a_scan_with_the_same_question_does_not_pay_the_pilot_again(command: Command) -> None:
    with Biller() as server:
        assert pilot(command, server, 12, "--max-tokens", "90", "--temperature", "0").code == 0
        again = pilot(command, server, 12, "--max-tokens", "90", "--temperature", "0", "--json")
        assert len(server.heard) == 12
        flags = ("-r", "photos", "--max-tokens", "90", "--temperature", "0")
        dry = run(command, server, "scan", "-n", QUESTION, *flags)
        scan = run(command, server, "scan", QUESTION, *flags)
        asked = len(server.heard)
    (model,) = told(again)["models"]
    assert (model["asked"], model["cached"], model["billed_usd"]) == (12, 12, "0")
    assert model["seconds"] is None
    assert model["usd"]["value"] is not None
    assert "12 of 40 answered before" in dry.out
    assert (scan.code, asked) == (0, IMAGES)


@pytest.mark.usefixtures("photos")
def test_a_dry_run_asks_nothing(command: Command) -> None:
    with Biller() as server:
        text, record = pilot(command, server, 12, "-n"), pilot(command, server, 12, "-n", "--json")
        assert not server.heard
    assert (text.code, record.code) == (0, 0)
    assert "12 of 40 images" in text.err
    assert json.loads(record.out)["status"] == "planned"
    assert told(record)["to_ask"] == 12


@pytest.mark.usefixtures("photos")
def test_a_table_tells_each_model_the_cheapest_first(command: Command) -> None:
    with Biller() as server:
        result = pilot(command, server, 5, "--compare", "gpt-6-terra,gpt-6-luna")
        asked = len(server.heard)
    assert (result.code, asked) == (0, 10), result.err
    prices = [line for line in result.out.splitlines() if "price" in line]
    assert [line.split()[0] for line in prices] == ["gpt-6-luna", "gpt-6-terra"]
    assert "input tokens" in result.out
    assert "5 of 40 images asked" in result.err


@pytest.mark.usefixtures("photos")
def test_more_than_there_are_asks_all_and_nothing_is_left_to_project(command: Command) -> None:
    with Biller() as server:
        result = pilot(command, server, 100, "--json")
    (model,) = told(result)["models"]
    truth = sum(_bill(SIDES[number % len(SIDES)]) for number in range(IMAGES))
    assert model["input_tokens"] == {"value": truth, "low": truth, "high": truth}
    assert model["usd"]["value"] == model["usd"]["low"] == model["usd"]["high"]


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(("--max-cost", "0.000001"), id="more than allowed"),
        pytest.param(("--confirm-above", "0.000001"), id="nobody to ask"),
    ],
)
def test_money_that_is_not_approved_is_not_spent(command: Command, flags: tuple[str, ...]) -> None:
    with Biller() as server:
        result = pilot(command, server, 12, *flags)
        assert not server.heard
        assert pilot(command, server, 12, "--confirm-above", "0.000001", "-y").code == 0
    assert (result.code, result.out) == (5, "")
    assert "the pilot is projected at" in result.err


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("reply", "code", "error"),
    [
        pytest.param(refusal(503, "busy"), 6, "server_error", id="server"),
        pytest.param(refusal(400, "no"), 8, "bad_request", id="refused"),
        pytest.param(refusal(401, "no key"), 4, "key_refused", id="key"),
    ],
)
def test_where_all_failed_the_exit_code_is_of_their_kind(command: Command, reply: Said, code: int, error: str) -> None:
    with PlainServer(reply) as server:
        result = pilot(command, server, 3, "--json")
    record = json.loads(result.out)
    (model,) = record["data"]["pilot"]["models"]
    assert result.code == code, result.err
    assert (record["status"], record["error"]["code"]) == ("failed", error)
    assert model["usd"] is None
    assert "failed: photos/" in result.err


@pytest.mark.usefixtures("photos")
def test_failures_are_told_and_counted(command: Command) -> None:
    class Moody(Biller):
        def next(self, heard: Heard) -> Said:
            said = super().next(heard)
            return refusal(400, "no") if len(self.heard) == 3 else said

    (command.folder / "photos" / "cut.png").write_bytes(b"no picture")
    with Moody() as server:
        result = pilot(command, server, 8, "--json", "-j", "1")
    (model,) = told(result)["models"]
    assert result.code == 7
    assert (model["asked"], model["answered"], model["failures"]) == (8, 7, {"bad_request": 1})
    assert model["failed_share"] == pytest.approx([0.029, 0.405], abs=0.01)
    assert result.err.count("failed: photos/") == 2


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize(
    ("flags", "word"),
    [
        pytest.param(("--exact",), "--exact", id="exact"),
        pytest.param(("--calibrated",), "--calibrated", id="calibrated"),
        pytest.param(("--compare", "all"), "--compare all", id="all"),
        pytest.param(("--service-tier", "batch"), "batch", id="batch"),
    ],
)
def test_what_a_pilot_cannot_be_together_with_is_refused(command: Command, flags: tuple[str, ...], word: str) -> None:
    with Biller() as server:
        result = pilot(command, server, 3, *flags)
        assert not server.heard
    assert result.code == 2
    assert word in result.err


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("flags", [("--max-cost", "1"), ("-y",), ("-j", "2"), ("--temperature", "0")], ids=str)
def test_flags_of_what_is_sent_need_a_pilot(command: Command, flags: tuple[str, ...]) -> None:
    result = command("cost", "-r", "photos", *flags)
    assert result.code == 2
    assert "--pilot" in result.err


@pytest.mark.usefixtures("photos")
def test_a_pilot_without_a_question_says_how(command: Command) -> None:
    result = command("cost", "--pilot", "3", "-r", "photos")
    assert result.code == 2
    assert 'visionask cost --pilot 3 "What is in this image?" photos/' in result.err
