"""What a user sees when the provider fails: the exit code, one clear line, a hint, and never the key."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.conftest import Wire

# script, further arguments, exit code, (code in the record, requests on the wire)
FAILURES = [
    pytest.param("403", (), 4, ("key_refused", 1), id="403"),
    pytest.param("400;kind=image", (), 8, ("bad_request", 1), id="400"),
    pytest.param("429;retry-after-ms=1", ("--retries", "2"), 6, ("rate_limited", 3), id="429"),
    pytest.param("429;kind=quota", (), 6, ("quota_exhausted", 1), id="quota"),
    pytest.param("503;retry-after-ms=1", ("--retries", "1"), 6, ("server_error", 2), id="503"),
    pytest.param("stall", ("--timeout", "0.6", "--retries", "0"), 6, ("timeout", 1), id="timeout"),
    pytest.param("html", (), 8, ("bad_reply", 1), id="html-with-200"),
    pytest.param("empty", (), 8, ("bad_reply", 1), id="empty-body"),
    pytest.param("refusal", (), 8, ("refused", 1), id="refusal"),
    pytest.param("filter", (), 8, ("refused", 1), id="content-filter"),
    pytest.param("no-finish", (), 8, ("incomplete", 3), id="no-finish-reason"),
]


@pytest.mark.parametrize(("script", "args", "code", "told"), FAILURES)
def test_a_failure_is_one_line_a_hint_and_a_code(
    wire: Callable[[str], Wire], dot: Path, script: str, args: tuple[str, ...], code: int, told: tuple[str, int]
) -> None:
    name, requests = told
    sender = wire(script)
    result = sender.ask("why?", dot, "--json", *args)
    assert result.code == code, result.err
    record = result.record
    assert (record["status"], record["error"]["code"]) == ("failed", name)
    assert record["error"]["message"]
    assert record["error"]["hint"]
    assert [line.partition(":")[0] for line in result.error_lines] == ["error", "hint"]
    assert len(sender.bodies) == record["attempts"] == requests


@pytest.mark.parametrize("script", ["stream-cut", "stream-length", "stream-error"])
def test_a_cut_stream_shows_what_came_and_fails(wire: Callable[[str], Wire], dot: Path, script: str) -> None:
    result = wire(script).ask("why?", dot, "--retries", "0")
    assert result.code == 8, result.err
    assert result.out == "The sky \n"
    assert len(result.error_lines) == 2


def test_a_cut_answer_stands_in_the_record_beside_its_error(wire: Callable[[str], Wire], dot: Path) -> None:
    record = wire("length").ask("why?", dot, "--json").record
    assert (record["answer"], record["finish_reason"], record["status"]) == ("The sky is", "length", "failed")
    assert record["error"]["code"] == "length"
    assert record["billed"]["input_tokens"] == 1014


def test_debug_shows_the_traceback_and_still_no_key(wire: Callable[[str], Wire], dot: Path) -> None:
    result = wire("401;kind=key").ask("why?", dot, "--debug")
    assert result.code == 4
    assert len(result.error_lines) == 2
    assert "Traceback" in result.err  # and `checked` has looked for the key in it


def test_a_refused_connection_is_unreachable(command: Command, dot: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take it
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"http://127.0.0.1:{taken.getsockname()[1]}/v1"}
        result = command("ask", "why?", dot, "--retries", "0", "--debug", env=env)
    assert result.code == 6
    assert result.error_lines[0].startswith("error: ")


def test_an_answer_after_a_wait_is_an_answer(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("429;retry-after-ms=1,503;retry-after-ms=1,ok")
    result = sender.ask("why?", dot, "--json")
    assert result.code == 0
    assert result.record["attempts"] == len(sender.bodies) == 3


def test_an_unsent_parameter_is_repaired_and_told(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("400;kind=param:temperature,ok")
    result = sender.ask("why?", dot, "--temperature", "0.5")
    assert result.code == 0
    assert ["temperature" in body for body in sender.bodies] == [True, False]
    assert "temperature" in result.err
