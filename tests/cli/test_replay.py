"""What `ask --record` saves and `ask --replay` gives: the same answer with no key, no network and no money."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.pictures import encoded, photo
from tests.cli.recordings import content, files, replay
from visionask.api.recording import Saved, scrub
from visionask.core.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command, Result
    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer

SECRET = "sk-echoed-9876543210fedcba"  # the answer is to hold it, so it is not the key that no output may hold
RULED = "_" * 32  # base64 of white, and a line in a text
KEPT = ("answer", "finish_reason", "request_id", "model", "question", "projected", "images", "error", "status")


@pytest.fixture
def somebody(command: Command, tmp_path: Path) -> Callable[..., Result]:
    """Replay as somebody else, in the folder with the pictures."""
    return lambda *args: replay(tmp_path / "elsewhere", *args, folder=command.folder)


def record(sender: Wire, *args: str | Path) -> Result:
    return sender.ask(*args, "--record", "saved")


@pytest.mark.parametrize("script", ["ok", "429;retry-after-ms=1,ok", "reset-after,ok"])
def test_a_recorded_answer_needs_no_key_no_network_and_no_money(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], script: str
) -> None:
    asked = record(wire(script), "why?", dot, "--json")
    assert asked.code == 0, asked.err
    again = somebody("ask", "why?", dot, "--json", "--replay", "saved")
    assert again.code == 0, again.err
    assert {name: again.record[name] for name in KEPT} == {name: asked.record[name] for name in KEPT}
    assert again.record["billed"] == asked.record["billed"] | {"usd": "0"}
    assert (again.record["cached"], again.record["attempts"], again.record["seconds"] < 5) == (True, None, True)
    assert "replayed from saved: nothing is sent, and nothing is paid\n" in again.err
    assert asked.err.splitlines()[0] in again.err, "the projection is shown all the same, for where it was recorded"


def test_a_stream_is_replayed_as_it_came_and_as_a_record(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    asked = record(wire("stream-bytewise"), "why?", dot)
    assert asked.code == 0, asked.err
    shown = somebody("ask", "why?", dot, "--replay", "saved")
    assert (shown.code, shown.out) == (0, asked.out)
    as_record = somebody("ask", "why?", dot, "--json", "--replay", "saved")
    assert as_record.record["answer"] + "\n" == asked.out
    assert "data: [DONE]\r" in content(dot.parent / "saved")["body"], "as it was received"
    whole = wire("ok").ask("why?", dot, "--no-stream", "--record", "whole")
    assert somebody("ask", "why?", dot, "--replay", "whole").out == whole.out


@pytest.mark.parametrize(
    ("script", "code", "name"),
    [
        ("400;kind=image", 8, "bad_request"),
        ("404", 8, "bad_request"),
        ("refusal", 8, "refused"),
        ("length", 8, "length"),
        ("html", 8, "bad_reply"),
    ],
)
def test_a_recorded_refusal_is_refused_again(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], script: str, code: int, name: str
) -> None:
    asked = record(wire(script), "why?", dot, "--json")
    again = somebody("ask", "why?", dot, "--json", "--replay", "saved")
    assert (asked.code, asked.record["error"]["code"]) == (code, name)
    assert (again.code, again.record["error"]) == (code, asked.record["error"])
    assert again.record["answer"] == asked.record["answer"]


@pytest.mark.parametrize("script", ["401", "429;kind=quota", "503", "stall", "stream-cut"])
def test_what_says_nothing_of_the_request_is_not_saved(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], script: str
) -> None:
    sender = wire(script)
    assert record(sender, "why?", dot, "--retries", "0", "--timeout", "1").code != 0
    assert files(dot.parent / "saved") == []
    assert somebody("ask", "why?", dot, "--replay", "saved").code == 4


def test_a_server_that_does_not_take_a_field_is_replayed_without_asking_twice(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    asked = record(wire("400;kind=param:temperature,ok"), "why?", dot, "--temperature", "0.5", "--json")
    assert (asked.code, asked.record["attempts"]) == (0, 2), asked.err
    held = content(dot.parent / "saved")
    assert (held["status"], held["request"]["temperature"]) == (200, 0.5)
    assert "WITHOUT" in held["notes"][0]
    again = somebody("ask", "why?", dot, "--temperature", "0.5", "--json", "--replay", "saved")
    assert (again.code, again.record["answer"]) == (0, asked.record["answer"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["Why?"], "it differs in the question"),
        (["why?", "-m", "gpt-5.4"], "model (gpt-6-luna there, gpt-5.4 here)"),
        (["why?", "--temperature", "0.5"], "--temperature (none there, 0.5 here)"),
        (["why?", "--max-tokens", "50"], "--max-tokens (none there, 50 here)"),
        (["why?", "-s", "Be brief."], "the system prompt"),
        (["why?", "--crop", "0,0,32,32"], "--crop"),
        (["why?", "--redact", "0,0,9,9"], "--redact"),
        (["why?", "--quality", "50"], "--quality (85 there, 50 here)"),
        (["why?", "--detail", "high"], "--detail (low there, high here)"),
        (["why?", "--max-side", "20"], "the size that is sent"),
        (["why?", "-i", "dot.png"], "the number of pictures"),
        (["why?", "--schema", "name"], "the schema"),
    ],
)
def test_a_stale_recording_is_told_with_what_differs(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], args: list[str], said: str
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    again = somebody("ask", args[0], "dot.png", *args[1:], "--json", "--replay", "saved")
    error = again.record["error"]
    assert (again.code, error["code"], again.record["cached"]) == (4, "no_recording", False)
    for part in ("saved: no recording of", repr(args[0]), "about dot.png", said):
        assert part in error["message"]
    assert error["message"].count(" there, ") <= said.count(" there, ")
    assert error["hint"] == "run the same once with --record saved in place of --replay"


def test_another_picture_and_another_endpoint_are_told_apart(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    dot.write_bytes(encoded(photo((200, 100)), "PNG"))
    again = somebody("ask", "why?", "dot.png", "--replay", "saved")
    assert (again.code, again.out) == (4, "")
    assert "it differs in the picture's bytes\n" in again.err
    unlike = somebody("ask", "What else?", "dot.png", "--replay", "saved")
    assert (unlike.code, "stale" in unlike.err) == (4, False)
    nowhere = somebody("ask", "why?", "dot.png", "--replay", "nowhere")
    assert (nowhere.code, "nowhere: no such folder" in nowhere.err) == (4, True)


def test_a_recording_is_known_by_the_source_and_not_by_our_encoder(
    wire: Callable[[str], Wire], command: Command, somebody: Callable[..., Result]
) -> None:
    source = encoded(photo((900, 700)), "PNG")
    (command.folder / "a.png").write_bytes(source)
    assert record(wire("ok"), "why?", "a.png", "--max-side", "300").code == 0
    (part,) = [
        part for part in content(command.folder / "saved")["request"]["messages"][0]["content"] if "image_url" in part
    ]
    assert part["image_url"]["url"] == {
        "sha256": hashlib.sha256(source).hexdigest(),
        "width_px": 300,
        "height_px": 233,
        "quality": 85,
    }
    os.rename(command.folder / "a.png", command.folder / "elsewhere.png")
    args = ("why?", "elsewhere.png", "--max-side", "300", "--base-url", "http://127.0.0.1:9/other/v1")
    assert somebody("ask", *args, "--replay", "saved").code == 0


def test_nothing_secret_is_saved(answers: AnswerServer, command: Command, somebody: Callable[..., Result]) -> None:
    picture = encoded(photo((300, 200)), "JPEG")
    (command.folder / "a.jpg").write_bytes(picture)
    payload = base64.b64encode(picture).decode()
    echo = f"You sent {SECRET} and data:image/jpeg;base64,{payload} or {payload[40:90]}, {RULED} ok"
    url = answers.says(echo).replace("http://", "http://me:secret-word@")
    env = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": url}
    asked = command(
        "ask", "-q", "Wärum\u202e?", "a.jpg", "--no-stream", "--json", "--record", "saved", "--no-log", env=env
    )
    assert asked.code == 0, asked.err
    (path,) = files(command.folder / "saved")
    text = path.read_text()
    for secret in (
        SECRET,
        "secret-word",
        payload[:24],
        payload[41:80],
        str(command.folder),
        "a.jpg",
        "uthorization",
        "ookie",
    ):
        assert secret not in text
    assert "Wärum\\u202e?" in text, "to be read in a diff, and not to be fooled by"
    again = somebody("ask", "Wärum\u202e?", "a.jpg", "--json", "--replay", "saved")
    assert again.record["answer"] == f"You sent *** and data:image/jpeg;base64,... or ..., {RULED} ok"
    assert stat.S_IMODE((command.folder / "saved").stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_recording_asks_again_and_a_later_one_replaces_it(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    sender = wire("ok")
    assert sender.ask("why?", dot).code == 0
    for _ in range(2):
        assert record(sender, "why?", dot, "--cache").code == 0
    assert len(sender.bodies) == 3
    assert len(files(dot.parent / "saved")) == 1


def test_a_budget_is_neither_needed_nor_charged(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    again = somebody("ask", "why?", dot, "--replay", "saved", "--max-cost", "0", "--confirm-above", "0", "-u")
    assert again.code == 0, again.err
    assert "1,014" in again.err


def test_both_at_once_and_a_link_are_refused(dot: Path, somebody: Callable[..., Result]) -> None:
    both = somebody("ask", "why?", dot, "--record", "a", "--replay", "b")
    assert (both.code, "exclude each other" in both.err) == (2, True)
    (dot.parent / "b").mkdir()
    link = somebody("ask", "why?", "https://example.com/a.png", "--replay", "b")
    assert (link.code, "uses no network" in link.err) == (3, True)


def test_a_link_handed_on_is_known_by_its_address(
    wire: Callable[[str], Wire], links: Any, dot_bytes: bytes, command: Command, somebody: Callable[..., Result]
) -> None:
    url = links.put("rec.png", dot_bytes)
    asked = record(wire("ok"), "why?", url, "--pass-url", "--allow-private-urls", "--json")
    assert asked.code == 0, asked.err
    again = somebody("ask", "why?", url, "--pass-url", "--json", "--replay", "saved")
    assert (again.code, again.record["answer"]) == (0, asked.record["answer"]), again.err
    other = somebody("ask", "why?", f"{url}?2", "--pass-url", "--replay", "saved")
    assert (other.code, "it differs in the link" in other.err) == (4, True)


@pytest.mark.parametrize("cut", [0, 1, 40, 500, -2])
def test_a_torn_file_is_told_and_left(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], cut: int
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    (path,) = files(dot.parent / "saved")
    torn = path.read_bytes()[:cut]
    path.write_bytes(torn)
    again = somebody("ask", "why?", dot, "--json", "--replay", "saved")
    assert (again.code, again.record["error"]["code"]) == (9, "state")
    assert f"{path.name} is damaged" in again.record["error"]["message"]
    assert path.read_bytes() == torn


@pytest.mark.parametrize("kind", ["endless", "pipe", "folder"])
def test_a_recording_is_a_regular_file_with_an_end(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result], kind: str
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    (path,) = files(dot.parent / "saved")
    path.unlink()
    if kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    result = somebody("ask", "why?", dot, "--replay", "saved")
    assert (result.code, result.out) == (9, "")


def test_a_newer_and_a_changed_file_are_told(
    wire: Callable[[str], Wire], dot: Path, somebody: Callable[..., Result]
) -> None:
    assert record(wire("ok"), "why?", dot).code == 0
    (path,) = files(dot.parent / "saved")
    held = content(path.parent)
    for change, said in (({"format": 2}, "has format 2, and 1 is read here"), ({"path": "/other"}, "another request")):
        path.write_text(json.dumps(held | change))
        again = somebody("ask", "why?", dot, "--replay", "saved")
        assert (again.code, said in again.err) == (9, True), again.err


def test_a_folder_that_cannot_be_written_costs_nothing(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    (dot.parent / "file").write_text("in the way")
    result = sender.ask("why?", dot, "--json", "--record", "file")
    assert (result.code, result.record["error"]["code"], sender.bodies) == (9, "state", [])


def test_a_recording_that_is_lost_after_the_answer_costs_no_answer(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok;read-late=1")
    process = sender.command.start("ask", "-q", "why?", dot, "--json", "--record", "saved", env=sender.env)
    while not sender.server.journal(sender.script):
        assert process.poll() is None
    (dot.parent / "saved").rmdir()
    out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert (process.returncode, told["error"]["code"]) == (9, "state")
    assert json.loads(told["answer"])["question"] == "why?"
    assert sender.ask("why?", dot, "--cache", "--json").record["cached"] is True, "it is paid, and in the ledger"


def test_a_picture_of_the_newest_encoder_is_found(
    wire: Callable[[str], Wire], command: Command, somebody: Callable[..., Result]
) -> None:
    """Two files of the same pixels are two sources: what was looked at is what was in the file."""
    Image.new("RGB", (64, 48), (9, 9, 9)).save(command.folder / "a.bmp")
    Image.open(command.folder / "a.bmp").save(command.folder / "a.png")
    assert record(wire("ok"), "why?", "a.bmp").code == 0
    assert somebody("ask", "why?", "a.bmp", "--replay", "saved").code == 0
    assert somebody("ask", "why?", "a.png", "--replay", "saved").code == 4


def test_no_secret_of_the_base_url_is_recorded() -> None:
    shaped = {"base_url": "http://me:secret@h/v1?key=secret", "model": "m"}
    request = Request(model="m", question="q", images=())
    saved = Saved(base_url=shaped["base_url"], path="/p", request={}, status=200, headers={}, body=b"", settings=shaped)
    kept = scrub(saved, request, "sk-1234")
    assert (kept.base_url, kept.settings) == ("http://h/v1", {"base_url": "http://h/v1", "model": "m"})
