"""Images behind links: fetched here by default, handed on with --pass-url, private addresses only on demand."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.faults.plain import PlainServer, Said, answer, refusal

if TYPE_CHECKING:
    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer, PictureServer


def sent(body: dict[str, Any]) -> list[str]:
    return [part["image_url"]["url"] for part in body["messages"][-1]["content"] if part["type"] == "image_url"]


def test_a_link_is_fetched_here_and_only_where_allowed(
    command: Command, links: PictureServer, dot_bytes: bytes
) -> None:
    link = links.put("dot.png", dot_bytes)
    refused = command("cost", link)
    assert refused.code == 3
    assert refused.err.count("hint: ") == 1
    record = command("cost", link, "--allow-private-urls", "--json").record
    assert (record["images"][0]["source"], record["images"][0]["width_px"]) == (link, 64)


def test_a_link_that_is_not_there_is_3(command: Command, links: PictureServer) -> None:
    result = command("ask", "why?", f"{links.root}/gone.png", "--allow-private-urls", "--json")
    assert result.code == 3
    assert result.record["images"][0]["error"]["code"] == "not_found"


def test_pass_url_hands_the_link_on(
    command: Command, answers: AnswerServer, links: PictureServer, dot: Path, dot_bytes: bytes
) -> None:
    link, base_url = links.put("dot.png", dot_bytes), answers.says("seen")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    result = command("ask", "why?", dot, link, "--pass-url", "--allow-private-urls", "-q", env=env)
    assert (result.code, result.out) == (0, "seen\n")
    (body,) = answers.arrived(base_url)
    local, handed_on = sent(body)
    assert local.startswith("data:image/png;base64,")
    assert handed_on == link


@pytest.mark.parametrize("words", [("--redact", "0,0,9,9"), ("--crop", "0,0,9,9"), ("--rotate", "90")])
def test_a_link_is_never_handed_on_where_its_picture_was_to_be_changed(
    command: Command, answers: AnswerServer, words: tuple[str, str]
) -> None:
    base_url = answers.says("seen")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    result = command("ask", "why?", "https://example.com/a.png", "--pass-url", *words, env=env)
    assert (result.code, result.out, answers.arrived(base_url)) == (2, "", [])
    assert f"--pass-url hands links on as they are, so {words[0]} cannot hold" in result.err


def test_pass_url_is_repaired_where_the_server_takes_no_links(
    command: Command, answers: AnswerServer, links: PictureServer, dot_bytes: bytes
) -> None:
    link, base_url = links.put("dot.png", dot_bytes), answers.says("seen", takes_links=False)
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    result = command("ask", "why?", link, "--pass-url", "--allow-private-urls", "--json", env=env)
    assert result.code == 0, result.err
    first, second = answers.arrived(base_url)
    assert sent(first) == [link]
    (repaired,) = sent(second)
    assert base64.b64decode(repaired.partition(",")[2]).startswith(b"\x89PNG")
    assert "warning: " in result.err
    assert result.record["attempts"] == 2


@pytest.mark.parametrize(
    "said",
    [
        refusal(400, "Unable to download the file."),
        Said(500, b"Internal Server Error", {"content-type": "text/plain"}),
        Said(500, {"error": {}}),
        Said(400, b""),
    ],
)
def test_a_server_that_fails_on_a_link_is_sent_the_picture(
    command: Command, links: PictureServer, dot_bytes: bytes, said: Said
) -> None:
    link = links.put("dot.png", dot_bytes)
    args = ("ask", "why?", link, "--pass-url", "--allow-private-urls", "--retries", "0", "--no-stream")
    with PlainServer(said, answer("seen")) as server:
        result = command(*args, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url})
    assert (result.code, result.out) == (0, "seen\n"), result.err
    assert "the server did not take the link" in result.err


@pytest.mark.parametrize(
    "said",
    [
        refusal(503, "could not fetch an upstream worker"),
        refusal(500, "could not fetch an upstream worker"),
        refusal(502, "image_url: bad gateway"),
        refusal(400, "temperature must be below 2"),
        refusal(401, "no such key: see the url"),
    ],
)
def test_a_fault_that_is_not_of_the_link_is_told_as_what_it_is(
    command: Command, links: PictureServer, dot_bytes: bytes, said: Said
) -> None:
    link = links.put("dot.png", dot_bytes)
    args = ("ask", "why?", link, "--pass-url", "--allow-private-urls", "--retries", "0", "--no-stream")
    with PlainServer(said, answer("seen")) as server:
        result = command(*args, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url})
    assert result.code in (4, 6, 8)
    assert "link" not in result.err
    assert len(server.heard) == 1


def test_the_secret_of_a_link_is_used_and_never_kept_or_shown(
    command: Command, answers: AnswerServer, links: PictureServer, dot_bytes: bytes
) -> None:
    link, base_url = links.put("dot.png", dot_bytes), answers.says("seen")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    flags = ("--pass-url", "--allow-private-urls", "--json", "--cache", "-v")
    first = command("ask", "why?", f"{link}?key=hunter2-one&v=1", *flags, env=env)
    again = command("ask", "why?", f"{link}?key=hunter2-two&v=1", *flags, env=env)
    assert (first.code, again.code, again.record["cached"]) == (0, 0, True), again.err
    (body,) = answers.arrived(base_url)
    assert sent(body) == [f"{link}?key=hunter2-one&v=1"]
    log = command("logs", "list", "--json")
    assert first.record["images"][0]["source"] == f"{link}?key=***&v=1"
    assert "hunter2" not in first.out + first.err + again.out + again.err + log.out
    ledger = Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db"
    assert b"hunter2" not in b"".join(file.read_bytes() for file in ledger.parent.iterdir() if file.is_file())


def test_the_secret_of_a_link_that_fails_is_not_shown(command: Command, links: PictureServer) -> None:
    result = command("ask", "why?", f"{links.root}/gone.png?token=hunter2", "--allow-private-urls", "--json")
    assert result.code == 3
    assert "/gone.png?token=***" in result.err
    assert "hunter2" not in result.out + result.err


def test_the_login_of_a_base_url_is_used_and_never_kept_or_shown(
    command: Command, answers: AnswerServer, dot: Path
) -> None:
    base_url = answers.says("seen")
    urls = [base_url.replace("://", f"://me:hunter2-{number}@") for number in (1, 2)]
    first, again = (
        command("ask", "why?", dot, "--json", "--cache", "-v", env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url})
        for url in urls
    )
    assert (first.code, again.code, again.record["cached"]) == (0, 0, True), first.err + again.err
    log = command("logs", "list", "--json")
    assert base_url in log.out
    assert "hunter2" not in first.out + first.err + again.out + again.err + log.out
    ledger = Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db"
    assert b"hunter2" not in b"".join(file.read_bytes() for file in ledger.parent.iterdir() if file.is_file())


def test_a_link_whose_server_stays_busy_is_6_and_one_failed_item_of_a_scan(
    command: Command, answers: AnswerServer, links: PictureServer, dot_bytes: bytes
) -> None:
    fine, base_url = links.put("dot.png", dot_bytes), answers.says("seen")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    with PlainServer(*[Said(429, b"", {"retry-after": "99"})] * 3) as busy:
        link = f"http://127.0.0.1:{busy.base_url.split(':')[2].partition('/')[0]}/a.png"
        alone = command("cost", link, "--allow-private-urls", "--json")
        assert (alone.code, alone.record["images"][0]["error"]["code"]) == (6, "rate_limited")
        asked = command("ask", "why?", link, "--allow-private-urls", env=env)
        assert (asked.code, "asks to wait 99 s" in asked.err) == (6, True)
        scanned = command("scan", "why?", link, fine, "--allow-private-urls", "--format", "jsonl", env=env)
    assert (scanned.code, scanned.out.count('"status": "ok"')) == (7, 1), scanned.err
