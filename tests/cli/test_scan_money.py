"""Tests that a scan spends no more than it may: over retries, over processes, and over a person's word."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.cli.command import KEY, SCRIPT, TIMEOUT_S
from tests.cli.scanning import QUESTION, fill, scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer

# 12 tokens in at $0.10 a million and 60 out at $0.50 a million: one attempt costs $0.0000312 at most
CAPPED = ("-m", "gpt-6-luna", "--max-tokens", "60")
BILL = {"prompt_tokens": 12, "completion_tokens": 60, "total_tokens": 72}


@pytest.mark.parametrize(
    ("budget", "requests"),
    [
        pytest.param("0.00006", 1, id="two would pass it"),
        pytest.param("0.0000624", 2, id="two fit to the cent"),
        pytest.param("0.00009", 2, id="three would pass it"),
    ],
)
def test_a_retry_after_a_lost_reply_has_money_of_its_own(
    wire: Callable[[str], Wire], command: Command, budget: str, requests: int
) -> None:
    sender, folder = wire("reset-after,reset-after,reset-after,ok"), fill(command.folder / "p", 1)
    result = scan(sender, folder, *CAPPED, "--max-cost", budget)
    assert (result.code, len(sender.bodies)) == (5, requests), result.err
    assert "--max-cost" in result.err


def test_a_retry_of_what_was_not_billed_costs_nothing(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("503;retry-after-ms=1,503;retry-after-ms=1,ok"), fill(command.folder / "p", 1)
    assert (scan(sender, folder, *CAPPED, "--max-cost", "0.00006").code, len(sender.bodies)) == (0, 3)


def test_a_daily_budget_holds_over_scans_at_once(command: Command, answers: AnswerServer) -> None:
    config = command.folder.parent / "home" / "config" / "visionask"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('daily_budget = "0.0003"\n')
    url = answers.says("A dog.", usage=BILL)
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
    folders = [fill(command.folder / name, 10, first=first) for name, first in (("p", 0), ("q", 10))]
    both = [command.start("scan", "-q", QUESTION, *CAPPED, folder, env=env) for folder in folders]
    ends = [process.communicate(timeout=TIMEOUT_S) for process in both]
    assert [process.returncode for process in both] == [5, 5], ends
    assert len(answers.arrived(url)) == 9  # $0.0002808; the tenth would make $0.000312
    assert all(b"the daily budget" in err for _, err in ends)
    assert command("scan", "-q", QUESTION, *CAPPED, "p", "q", env=env).code == 5
    assert len(answers.arrived(url)) == 9


@pytest.mark.parametrize(
    ("typed", "code", "requests"),
    [
        pytest.param("y\n", 0, 3, id="yes"),
        pytest.param("n\n", 5, 0, id="no"),
        pytest.param("\n", 5, 0, id="nothing said"),
        pytest.param("\x04", 5, 0, id="end of file"),
        pytest.param("\x03", 130, 0, id="ctrl-c"),
    ],
)
def test_whoever_is_asked_decides(
    wire: Callable[[str], Wire], command: Command, typed: str, code: int, requests: int
) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    args = ["scan", QUESTION, str(folder), "--confirm-above", "0"]
    env = command.env | sender.env
    with pexpect.spawn(SCRIPT, args, env=env, cwd=str(command.folder), timeout=TIMEOUT_S) as terminal:
        terminal.expect_exact("[y/N]: ")
        terminal.send(typed)
        terminal.expect_exact(pexpect.EOF)
        shown = terminal.before
    assert (terminal.exitstatus, len(sender.bodies)) == (code, requests), shown
    assert b"Traceback" not in shown


def test_where_nobody_can_be_asked_the_way_out_is_told(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 3)
    result = scan(sender, folder, "--confirm-above", "0", stdin=b"y\n")
    assert (result.code, len(sender.bodies)) == (5, 0)
    assert "--yes" in result.error_lines[1]
    assert scan(sender, folder, "--confirm-above", "0", "-y").code == 0


def test_a_bill_that_is_not_the_projection_is_told(command: Command, answers: AnswerServer) -> None:
    folder, environment = fill(command.folder / "p", 3), {"OPENAI_API_KEY": KEY}

    def told(url: str, *args: str) -> tuple[list[str], int]:
        result = command("scan", QUESTION, folder, "--json", "--base-url", url, *args, env=environment)
        assert result.code == 0
        found = [line for line in result.err.splitlines() if line.startswith("billed ")]
        return found, json.loads(result.out_bytes.splitlines()[0])["projected"]["input_tokens"]

    other = answers.says("a dog")
    lines, projected = told(other)
    assert lines == [f"billed 831 tokens in against {3 * projected} projected"]
    assert told(other) == ([], projected), "nothing was billed now"
    assert told(answers.says("a cat", usage={"prompt_tokens": projected, "completion_tokens": 3}))[0] == []
