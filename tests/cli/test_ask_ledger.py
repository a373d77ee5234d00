"""What `ask` keeps: nothing is paid twice, whatever ends a run, and a ledger that fails is told of before it costs."""

from __future__ import annotations

import os
import select
import shutil
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command, Process
    from tests.cli.conftest import Wire

AGAIN = ": without --cache it is asked again"
LATE = "ok;read-late=1"  # the server has seen the request, and takes its time


def ledger_of(command: Command) -> Path:
    return Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db"


def start(sender: Wire, *args: str | Path) -> Process:
    """Start an ask, and return when its request has reached the server."""
    process = sender.command.start("ask", *args, env=sender.env)
    until = time.monotonic() + TIMEOUT_S
    while not sender.server.journal(sender.script):
        assert time.monotonic() < until
        select.select([], [], [], 0.02)
    return process


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def test_an_answer_that_is_paid_for_needs_no_key_no_money_and_no_request(
    wire: Callable[[str], Wire], dot: Path
) -> None:
    sender = wire("ok")
    first = sender.ask("why?", dot, "--json")
    assert (first.code, first.record["cached"]) == (0, False)
    shutil.copy(dot, dot.with_name("other name.png"))
    again = sender.ask("why?", "other name.png", "--cache", "--json", "--max-cost", "0", env={"OPENAI_API_KEY": ""})
    assert again.code == 0, again.err
    assert again.record["cached"] is True
    for name in ("answer", "billed", "finish_reason", "request_id", "projected"):
        assert again.record[name] == first.record[name]
    assert again.record["images"][0]["sha256"] == first.record["images"][0]["sha256"]
    assert AGAIN in again.err
    shown = sender.ask("why?", dot, "--cache")
    assert shown.out.strip() == first.record["answer"]
    assert shown.err.count("\n") == 1, "the note alone: no price line, as nothing is sent"
    assert len(sender.bodies) == 1


def test_another_question_is_asked(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    asked = [
        ("why?",),
        ("Why?",),
        ("why?", "-s", "Be brief."),
        ("why?", "--temperature", "0"),
        ("why?", "--max-tokens", "50"),
        ("why?", "-m", "gpt-5.4"),
        ("why?", "-i", str(dot)),
    ]
    for args in asked:
        result = sender.ask(*args, dot, "--cache")
        assert (result.code, AGAIN in result.err) == (0, False), result.err
    assert len(sender.bodies) == len(asked)
    assert len(rows(ledger_of(sender.command), "SELECT id FROM answers")) == len(asked)


def test_only_cache_recalls_and_every_new_answer_is_kept(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    for flags in ((), (), ("--no-cache",), ("--cache",)):
        assert sender.ask("why?", dot, *flags).code == 0
    assert len(sender.bodies) == 3
    assert len(rows(ledger_of(sender.command), "SELECT id FROM answers")) == 3


def test_no_log_and_a_dry_run_leave_no_ledger_and_a_named_one_is_used(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    for flags in (("--no-log",), ("--no-log",), ("-n",)):
        assert sender.ask("why?", dot, *flags).code == 0
    assert len(sender.bodies) == 2
    assert not ledger_of(sender.command).exists()
    for _ in range(2):
        assert sender.ask("why?", dot, "--cache", "--ledger", "mine.db").code == 0
    assert len(sender.bodies) == 3
    assert not ledger_of(sender.command).exists()


def test_the_daily_budget_counts_every_run(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    config = Path(sender.command.env["XDG_CONFIG_HOME"]) / "visionask" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('daily_budget = "0.0002"\n')
    assert sender.ask("why?", dot).code == 0  # 1,014 tokens in at $0.10 for a million: over $0.0001
    dear = sender.ask("Why then?", dot, "--max-tokens", "300")  # at most 300 out at $0.50: $0.00015
    assert dear.code == 5
    assert "the daily budget" in dear.err
    assert len(sender.bodies) == 1
    assert sender.ask("Why then?", dot, "--max-tokens", "300", "--ledger", "fresh.db").code == 0
    assert "sees this request alone" in sender.ask("Why?", dot, "--max-tokens", "300", "--no-log").err


def test_a_ledger_that_cannot_be_used_costs_nothing(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    broken = sender.command.folder / "broken.db"
    broken.write_text("no database " * 100)
    result = sender.ask("why?", dot, "--json", "--ledger", broken)
    assert (result.code, result.record["error"]["code"]) == (9, "state")
    assert "--no-log" in result.record["error"]["hint"]
    assert sender.bodies == []
    assert broken.read_text() == "no database " * 100
    assert sender.ask("why?", dot, "--ledger", broken, "--no-log").code == 0
    gone = sender.ask("why?", "gone.png", "--ledger", broken)
    assert gone.code == 3, "a missing picture is told first"


def test_an_answer_that_cannot_be_kept_is_shown_and_told(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire(LATE)
    process = start(sender, "-q", "why?", dot, "--no-stream")
    rows(ledger_of(sender.command), "DROP TABLE answers")
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 9
    assert b'"question": "why?"' in out
    assert err.startswith(b"error: the answer is paid for and shown, but could not be kept: ")
    assert err.count(b"\n") == 2


def test_a_request_that_was_killed_is_told_of_once(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("stall,ok")
    process = start(sender, "why?", dot)
    process.kill()
    process.communicate(timeout=TIMEOUT_S)
    told = "1 request was under way when an earlier run ended, and may have been billed"
    after = sender.ask("why?", dot)
    assert (after.code, after.err.count(told)) == (0, 1)
    assert told not in sender.ask("why?", dot).err
    (spent,) = rows(ledger_of(sender.command), "SELECT state, maybe_billed FROM requests WHERE state != 'answered'")
    assert spent == ("lost", 1)


def test_two_who_ask_the_same_at_once_pay_once(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire(LATE)
    process = start(sender, "-q", "why?", dot, "--cache")
    second = sender.ask("why?", dot, "--cache")
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, second.code) == (0, 0)
    assert second.out_bytes == out
    assert len(sender.bodies) == 1


def test_two_who_want_answers_of_their_own_wait_for_nobody(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("stall,ok")
    first = start(sender, "why?", dot)
    assert sender.ask("why?", dot).code == 0
    first.kill()
    first.communicate(timeout=TIMEOUT_S)
    assert len(sender.bodies) == 2


def test_who_waits_for_another_asks_when_that_one_dies(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("stall,ok")
    first = start(sender, "why?", dot, "--cache")
    with sender.command.start("ask", "why?", dot, "--cache", env=sender.env) as second:
        assert second.stderr is not None
        lines = [second.stderr.readline(), second.stderr.readline()]
        assert f"process {first.pid} is asking the same: waiting for its answer" in lines[1].decode()
        assert len(sender.bodies) == 1
        first.kill()
        first.communicate(timeout=TIMEOUT_S)
        out, _ = second.communicate(timeout=TIMEOUT_S)
    assert second.returncode == 0
    assert b'"question": "why?"' in out
    assert len(sender.bodies) == 2


def test_an_answer_whose_reader_went_away_is_kept(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    ours, theirs = os.pipe()
    os.close(ours)
    with sender.command.start("ask", "-q", "why?", dot, env=sender.env, stdout=theirs) as process:
        os.close(theirs)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 141
    assert AGAIN in sender.ask("why?", dot, "--cache").err
    assert len(sender.bodies) == 1


@pytest.mark.parametrize(
    ("script", "code", "attempts", "is_paid"),
    [
        pytest.param("refusal", "refused", 1, True, id="refused"),
        pytest.param("length", "length", 1, True, id="cut"),
        pytest.param("503;retry-after-ms=1", "server_error", 2, False, id="server-error"),
    ],
)
def test_a_failure_is_kept_with_what_it_cost_and_asked_again(
    wire: Callable[[str], Wire], dot: Path, *, script: str, code: str, attempts: int, is_paid: bool
) -> None:
    sender = wire(f"{script},{script},ok")
    assert sender.ask("why?", dot, "--retries", "1", "--no-stream").code != 0
    query = "SELECT state, error_code, attempts, usd IS NOT NULL FROM requests"
    assert rows(ledger_of(sender.command), query) == [("failed", code, attempts, int(is_paid))]
    seen = len(sender.bodies)
    sender.ask("why?", dot, "--retries", "1", "--no-stream")
    assert len(sender.bodies) > seen
