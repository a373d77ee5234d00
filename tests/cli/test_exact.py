"""What `cost --exact` sends and shows: the provider's own count of the very pictures that `ask` would send."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.cli.recordings import replay
from tests.faults.counting import CountServer, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.command import Command, Result
    from tests.cli.servers import AnswerServer

_tags = itertools.count(1)
SMALL = (64, 48)  # fits in 512 x 512: low, which the server counts as 300


@pytest.fixture(scope="module")
def server() -> Iterator[CountServer]:
    with CountServer() as started:
        yield started


class Counter:
    """`cost --exact` on a script of the counting server, and what arrived there."""

    def __init__(self, command: Command, server: CountServer, script: str) -> None:
        self.command, self.server, self.script = command, server, f"{next(_tags)}~{script}"
        self.env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url(self.script)}

    def __call__(self, *args: str, **how: Any) -> Result:
        return self.command("cost", "--exact", *args, env=self.env | how.pop("env", {}), **how)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        assert self.server.invalid == [], "the SDK's own types take every request"
        return [entry["body"] for entry in self.server.journal(self.script)]


@pytest.fixture
def counter(command: Command, server: CountServer) -> Callable[[str], Counter]:
    return lambda script: Counter(command, server, script)


@pytest.fixture
def folder(command: Command) -> Path:
    """Give a folder of 21 small pictures of different sizes: one more than is uploaded unasked."""
    path = command.folder / "many"
    path.mkdir()
    for number in range(21):
        (path / f"p{number:02}.png").write_bytes(encoded(photo((40 + number, 40)), "PNG"))
    return path


def urls(body: dict[str, Any]) -> list[str]:
    return [part["image_url"] for part in parts_of(body) if part["type"] == "input_image"]


def test_named_images_are_one_request_of_the_bytes_that_ask_sends(
    command: Command, counter: Callable[[str], Counter], answers: AnswerServer, dot: Path
) -> None:
    (command.folder / "big.jpg").write_bytes(encoded(photo(), "JPEG"))
    count = counter("count")
    done = count("dot.png", "big.jpg", "--question", "Why?", "-s", "Be brief.")
    assert done.code == 0, done.err
    (body,) = count.bodies
    assert [part["type"] for part in parts_of(body)] == ["input_text", "input_text", "input_image", "input_image"]
    assert [message["role"] for message in body["input"]] == ["system", "user"]
    assert "--question prices" not in done.err
    assert done.out.splitlines()[-1].startswith("exact: 1,313 tokens (projected "), "300 + 1000 + 9 + 4"
    asked_at = answers.says("yes")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": asked_at}
    assert command("ask", "Why?", "dot.png", "big.jpg", "-s", "Be brief.", "-q", env=env).code == 0
    (asked,) = answers.arrived(asked_at)
    sent = [part["image_url"] for part in asked["messages"][-1]["content"] if part["type"] == "image_url"]
    assert [each["url"] for each in sent] == urls(body)
    assert [each["detail"] for each in sent] == [part["detail"] for part in parts_of(body)[2:]]


def test_the_record_has_the_count_beside_the_projection(counter: Callable[[str], Counter], dot: Path) -> None:
    plain = counter("count").command("cost", "dot.png", "--question", "Why?", "--json").record
    record = counter("count")("dot.png", "--question", "Why?", "--json").record
    projected = plain["projected"]["input_tokens"]
    assert record["data"] == {
        "exact": {
            "images": 1, "requests": 1, "input_tokens": 304, "projected_tokens": projected,
            "ratio": round(304 / projected, 6),
        }
    }  # fmt: skip
    assert record | {"data": None} == plain
    assert (plain["data"], record["status"], record["error"]) == (None, "planned", None)


@pytest.mark.parametrize(("off", "said"), [(0, "(as projected)"), (1, "(projected {n}, {off}% off)")])
def test_how_far_it_is_off_is_said(counter: Callable[[str], Counter], dot: Path, off: int, said: str) -> None:
    args = ("dot.png", "--question", "Why?")
    projected = counter("count").command("cost", *args, "--json").record["projected"]["input_tokens"]
    done = counter(f"count;add={projected + off - 304}")(*args)
    said = said.format(n=projected, off=f"{100 / projected:.1f}")
    assert done.out.splitlines()[-1] == f"exact: {projected + off:,} tokens {said}"


def test_a_folder_is_a_request_an_image_and_at_most_twenty_unasked(
    counter: Callable[[str], Counter], folder: Path
) -> None:
    count = counter("count")
    refused = count("many")
    assert (refused.code, refused.out, count.bodies) == (2, "", [])
    assert "--sample 20" in refused.err
    sampled = count("many", "--sample", "3", "--question", "Why?")
    assert sampled.code == 0, sampled.err
    assert [len(urls(body)) for body in count.bodies] == [1, 1, 1]
    assert len({urls(body)[0] for body in count.bodies}) == 3
    line = sampled.out.splitlines()[-1]
    assert line.startswith("exact: 912 tokens in 3 requests (projected "), "3 x (300 + 4)"
    assert ": x " in line
    limited = count("many", "--limit", "20", "--json")
    assert limited.record["data"]["exact"]["requests"] == 20


def test_a_broken_image_keeps_named_images_from_being_counted_and_others_not(
    command: Command, counter: Callable[[str], Counter]
) -> None:
    whole = encoded(photo((900, 700)), "PNG")
    (command.folder / "d").mkdir()
    (command.folder / "d" / "a.png").write_bytes(whole[: len(whole) // 2])
    (command.folder / "d" / "b.png").write_bytes(whole)
    count = counter("count")
    named = count("d/a.png", "d/b.png", "--json")
    assert (named.code, named.record["data"], count.bodies) == (3, {"exact": None}, [])
    assert named.record["error"]["code"] == "corrupt_image"
    each = count("d", "--json")
    assert (each.code, len(count.bodies)) == (3, 1)
    exact = each.record["data"]["exact"]
    assert (exact["images"], exact["input_tokens"]) == (1, 1000)
    assert exact["projected_tokens"] < each.record["projected"]["input_tokens"], "of what was counted, and no more"
    missing = count("d/b.png", "gone.png")
    assert (missing.code, len(count.bodies)) == (3, 1)


@pytest.mark.parametrize(
    ("script", "code", "name"),
    [
        ("404", 8, "bad_request"),
        ("405", 8, "bad_request"),
        ("501", 6, "server_error"),
        ("ok", 8, "bad_reply"),
    ],
)
def test_a_server_that_does_not_count_is_told(
    counter: Callable[[str], Counter], dot: Path, script: str, code: int, name: str
) -> None:
    done = counter(script)("dot.png", "--json", "--retries", "0")
    assert (done.code, done.record["error"]["code"]) == (code, name)
    assert "--exact" in done.record["error"]["hint"]
    assert done.record["projected"]["input_tokens"] > 0, "the projection stands all the same"


def test_an_unknown_model_is_not_taken_for_a_missing_endpoint(counter: Callable[[str], Counter], dot: Path) -> None:
    done = counter("404;kind=model")("dot.png")
    assert (done.code, "visionask models" in done.err) == (8, True)


def test_no_key_is_4_and_is_told_after_the_projection(counter: Callable[[str], Counter], dot: Path) -> None:
    count = counter("count")
    done = count("dot.png", env={"OPENAI_API_KEY": ""})
    assert (done.code, count.bodies) == (4, [])
    assert "dot.png" in done.out
    assert "no API key" in done.err
    other = count("dot.png", "--api-key-env", "OTHER", env={"OPENAI_API_KEY": "", "OTHER": KEY})
    assert (other.code, len(count.bodies)) == (0, 1)
    assert "--question adds it to the price" in other.err, "a message has tokens of its own, and none was projected"


def test_a_rate_limit_is_waited_for(counter: Callable[[str], Counter], dot: Path) -> None:
    count = counter("429;retry-after-ms=1,count")
    assert (count("dot.png").code, len(count.bodies)) == (0, 2)
    strict = counter("429;retry-after-ms=1,count")
    assert strict("dot.png", "--retries", "0").code == 6


def test_a_recorded_count_is_replayed_without_key_and_network(
    command: Command, counter: Callable[[str], Counter], dot: Path, tmp_path: Path
) -> None:
    count = counter("count")
    args = ("dot.png", "--question", "Why?", "--json")
    recorded = count(*args, "--record", "saved")
    assert recorded.code == 0, recorded.err
    again = replay(tmp_path / "elsewhere", "cost", "--exact", *args, "--replay", "saved", folder=command.folder)
    assert (again.code, again.record) == (0, recorded.record)
    assert len(count.bodies) == 1
    stale = replay(tmp_path / "elsewhere", "cost", "--exact", "dot.png", "--replay", "saved", folder=command.folder)
    assert stale.code == 4


@pytest.mark.parametrize("args", [("--exact", "--compare", "gpt-4o,gpt-6-luna"), ("--record", "d"), ("--replay", "d")])
def test_flags_that_do_not_go_together_are_2(command: Command, dot: Path, args: tuple[str, ...]) -> None:
    done = command("cost", "dot.png", *args)
    assert (done.code, done.out) == (2, "")
    assert "--exact" in done.err
