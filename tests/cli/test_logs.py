"""What `logs` shows and forgets, and what is measured: on real ledgers, filled by hand."""

from __future__ import annotations

import io
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_streams import CONTROLS, SGR
from tests.store.cases import NOON, USD, answer, intent, key
from visionask.core.ledger import ImageRef, Spend
from visionask.report.console import Console
from visionask.report.logs import answer_text, write_stats
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

DAY_S = 86_400
HOSTILE = "a\x1b[31mred\x07\u202e"


@pytest.fixture
def kept(command: Command) -> dict[str, str]:
    """Keep three answers of two days and two models, one twice asked; return their ids by name."""
    now, ids = [NOON], {}
    with open_ledger(str(path_of(command)), now=lambda: now[0]) as ledger:
        for name, text, changes in (
            ("old", "A dog.", {"model": "gpt-4o", "detail": "low"}),
            ("new", f"A {HOSTILE} cat.\nOn a mat.", {"system": "Be brief.", "question": f"What {HOSTILE}?"}),
            ("last", "A bird.", {"images": (ImageRef(f"{HOSTILE}.jpg"), ImageRef("b.jpg", key("b")))}),
        ):
            changes |= {"projected_input_tokens": 1508, "projected_image_tokens": 1500}  # 3,016 and 3,000 are billed
            ledger.settle(ledger.begin(intent(name, **changes)), answer(text), usd=USD, seconds=1.25)
            found = ledger.find(key(name))
            assert found is not None
            ids[name] = found.id
            now[0] += DAY_S
        ledger.hit(found)
    return ids


def path_of(command: Command) -> Path:
    return Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db"


def data(command: Command, *args: str) -> Any:
    result = command(*args, "--json")
    assert result.code == 0, result.err
    return result.record["data"]


@pytest.mark.parametrize("args", [(), ("list", "--json"), ("search", "x"), ("stats",), ("purge", "--all", "--yes")])
def test_a_missing_ledger_is_an_empty_one_and_is_not_made(command: Command, args: tuple[str, ...]) -> None:
    result = command("logs", *args)
    assert (result.code, "rror" in result.err) == (0, False)
    assert not path_of(command).exists()


def test_a_ledger_that_cannot_be_looked_for_is_not_an_empty_one(command: Command) -> None:
    for args in (("logs",), ("batch", "list")):
        result = command(*args, "--ledger", "x" * 300 + "/ledger.db")
        assert (result.code, "cannot be opened" in result.err) == (9, True), result.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_ledger_that_cannot_be_written_is_shown_as_it_is(command: Command, kept: dict[str, str]) -> None:
    path = path_of(command)
    path.parent.chmod(0o500)
    path.chmod(0o400)
    try:
        result, purged = command("logs"), command("logs", "purge", "--all", "--yes")
    finally:
        path.parent.chmod(0o700)
    assert (result.code, "shown as it is" in result.err) == (0, True), result.err
    assert result.out
    assert purged.code == 9


def test_a_damaged_ledger_is_told_and_hides_no_model(command: Command) -> None:
    (command.folder / "bad.db").write_text("no database " * 100)
    for name in ("list", "stats"):
        result = command("logs", name, "--ledger", "bad.db")
        assert (result.code, len(result.error_lines)) == (9, 2)
    shown = command("models", "gpt-4o", "--ledger", "bad.db")
    assert shown.code == 0
    assert "is no ledger" in shown.err


def test_the_list_is_newest_first_and_logs_alone_is_the_list(command: Command, kept: dict[str, str]) -> None:
    listed = command("logs")
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == [
        kept[name][:12] for name in ("last", "new", "old")
    ]
    assert command("logs", "list").out == listed.out
    assert "2026-11-22 12:00" in listed.out.splitlines()[-1]
    assert not CONTROLS.search(listed.out)
    assert r"\x1b[31mred\x07\u202e.jpg and 1 more" in listed.out
    assert [each["id"] for each in data(command, "logs", "--limit", "1")["answers"]] == [kept["last"]]
    (one,) = data(command, "logs", "-m", "gpt-4o")["answers"]
    assert (one["id"], one["answer"], one["billed"]["usd"]) == (kept["old"], "A dog.", "0.0003191")


def test_one_answer_is_shown_whole_by_the_beginning_of_its_id(command: Command, kept: dict[str, str]) -> None:
    shown = command("logs", "show", kept["new"][:10])
    for part in ("Be brief.", r"What a\x1b[31mred\x07\u202e?", "new.jpg", "3,016 tokens in (3,000 image)", "On a mat."):
        assert part in shown.out
    assert "$0.00032" in shown.out
    assert not CONTROLS.search(shown.out)
    assert HOSTILE in command("logs", "show", "--raw", kept["new"]).out
    found = data(command, "logs", "show", kept["new"])
    assert (found["system"], found["seconds"], found["question"]) == ("Be brief.", 1.25, f"What {HOSTILE}?")


def test_an_id_of_nothing_or_of_two_is_told(command: Command) -> None:
    with open_ledger(str(path_of(command))) as ledger:
        for number in range(17):  # more answers than first digits
            ledger.settle(ledger.begin(intent(number)), answer(), usd=USD)
        firsts = [each.id[0] for each in ledger.logs.answers()]
    doubled = max(firsts, key=firsts.count)
    for wanted, fact in (("0" * 32, "no answer"), ("what?", "no answer"), (doubled, "more than one answer")):
        result = command("logs", "show", wanted)
        assert (result.code, len(result.error_lines)) == (2, 2)
        assert fact in result.err


def test_an_answer_of_brackets_is_listed() -> None:
    for deep in ('{"a":' * 5000, '{"a":' + "[" * 5000):
        assert answer_text(deep) == deep


def test_search_finds_words_of_question_and_answer(command: Command, kept: dict[str, str]) -> None:
    assert [each["id"] for each in data(command, "logs", "search", "what", "bir")["answers"]] == [kept["last"]]
    assert "no answers" in command("logs", "search", "unicorn").err


def test_the_figures_are_those_of_the_ledger(command: Command, kept: dict[str, str]) -> None:
    found = data(command, "logs", "stats")
    assert [(row["day"], row["model"], row["requests"], row["usd"]) for row in found["spend"]] == [
        ("2026-11-22", "gpt-4o", 1, "0.0003191"),
        ("2026-11-23", "gpt-6-luna", 1, "0.0003191"),
        ("2026-11-24", "gpt-6-luna", 1, "0.0003191"),
    ]
    assert [(row["answers"], row["saved_usd"]) for row in found["not_paid_again"]] == [(1, "0.0003191")]
    assert [(row["model"], row["detail"], row["input_ratio"], row["image_ratio"]) for row in found["drift"]] == [
        ("gpt-4o", "low", 2.0, 2.0),
        ("gpt-6-luna", "high", 2.0, 2.0),
    ]
    assert [row["day"] for row in data(command, "logs", "stats", "--since", "2026-11-24")["spend"]] == ["2026-11-24"]
    shown = command("logs", "stats").out
    assert "total               3       $0.00096" in shown
    assert "not paid again: 1 answer, $0.00032 saved" in shown
    assert command("logs", "stats", "--since", "yesterday").code == 2


def test_a_price_that_is_not_known_is_no_zero() -> None:
    def row(model: str, requests: int, usd: str, unpriced: int) -> Spend:
        return Spend(
            day="2026-11-24", model=model, requests=requests, usd=Decimal(usd), maybe_usd=Decimal(0), unpriced=unpriced
        )

    out = io.StringIO()
    write_stats(Console(out=out, err=io.StringIO()), [row("mine", 2, "0", 2), row("gpt-4o", 3, "0.5", 0)], [], [])
    cells = [line.split(None, 2)[2].split("  ")[0].strip() for line in out.getvalue().splitlines()[1:4]]
    assert cells == ["?", "$0.50", "$0.50 + ?"]


def test_money_that_may_have_been_billed_is_told(command: Command) -> None:
    with open_ledger(str(path_of(command)), now=lambda: NOON) as ledger:
        ledger.begin(intent("lost"))  # ends with the run, never settled
    (row,) = data(command, "logs", "stats")["spend"]
    assert (row["usd"], Decimal(row["maybe_usd"])) == ("0", Decimal("0.00045"))


@pytest.mark.parametrize("args", [(), ("--all", "-m", "x"), ("--older-than", "-1", "--yes"), ("--all",)])
def test_purge_forgets_nothing_that_it_was_not_told_to(
    command: Command, kept: dict[str, str], args: tuple[str, ...]
) -> None:
    result = command("logs", "purge", *args)
    assert (result.code, len(result.error_lines)) == (2, 2)
    assert len(data(command, "logs")["answers"]) == 3


def test_purge_asks_on_a_terminal(command: Command, kept: dict[str, str]) -> None:
    question = b"Forget 1 answer for good? [y/N]: "
    args = ("logs", "purge", "-m", "gpt-4o")
    assert b"nothing was forgotten" in command.on_terminal(*args, replies={question: b"\n"}).out_bytes
    assert len(data(command, "logs")["answers"]) == 3
    assert b"forgotten: 1 answer" in command.on_terminal(*args, replies={question: b"y\n"}).out_bytes
    assert kept["old"] not in [each["id"] for each in data(command, "logs")["answers"]]


def test_purge_says_how_many_and_keeps_the_sums(command: Command, kept: dict[str, str]) -> None:
    assert data(command, "logs", "purge", "--older-than", "100000", "--yes") == {"forgotten": 0}
    assert command("logs", "purge", "--all", "--yes").out == "forgotten: 3 answers\n"
    assert data(command, "logs")["answers"] == []
    assert len(data(command, "logs", "stats")["spend"]) == 3


def test_what_was_measured_stands_beside_the_model(command: Command, kept: dict[str, str]) -> None:
    lines = command("models", "gpt-4o").out.splitlines()
    assert lines[-1] == (
        "  measured, detail low: billed 2.000 x the projected input tokens, 2.000 x the image tokens "
        "(1 request in the ledger)"
    )
    assert data(command, "models", "gpt-4o")["model"]["measured"][0]["requests"] == 1
    assert "measured" not in command("models", "gpt-5").out


def test_a_calibrated_price_is_inferred_and_says_so(command: Command, kept: dict[str, str], dot: Path) -> None:
    args = ("cost", str(dot), "-m", "gpt-4o", "-d", "low")
    plain, result = command(*args, "--json"), command(*args, "--calibrated", "--json")
    assert plain.record["projected"]["image_tokens"] == 85
    assert plain.record["projected"]["basis"] == "documented"
    assert result.record["projected"]["image_tokens"] == 170
    assert result.record["projected"]["basis"] == "inferred"
    assert result.record["images"][0]["tokens"] == 170
    assert result.record["data"] == {"calibrated": {"gpt-4o": [{"detail": "low", "ratio": 2.0, "requests": 1}]}}
    assert "calibrated by what the ledger has measured: low x 2.000 (1 request)" in result.err
    assert "~170" in command(*args, "--calibrated").out
    (row,) = data(command, *args, "--calibrated", "--compare", "gpt-4o")["compare"]
    assert row["projected"]["image_tokens"] == 170


@pytest.mark.parametrize(("model", "detail"), [("gpt-5.4", "low"), ("gpt-4o", "high")])
def test_what_was_not_measured_is_as_projected(
    command: Command, kept: dict[str, str], dot: Path, *, model: str, detail: str
) -> None:
    args = ("cost", str(dot), "-m", model, "-d", detail, "--json")
    plain, result = command(*args).record, command(*args, "--calibrated")
    assert result.record["projected"]["image_tokens"] == plain["projected"]["image_tokens"]
    said = (
        "the ledger has no observations of gpt-5.4" if model == "gpt-5.4" else "what was not measured is as projected"
    )
    assert said in result.err


def test_calibrating_without_a_ledger_says_so_and_makes_none(command: Command, dot: Path) -> None:
    plain, result = command("cost", "dot.png", "--json"), command("cost", "dot.png", "--json", "--calibrated")
    assert result.code == 0
    assert "nothing is calibrated: the ledger has no observations of gpt-6-luna" in result.err
    assert json.dumps(result.record["projected"]) == json.dumps(plain.record["projected"])
    assert not path_of(command).exists()


def test_a_choice_is_listed_by_its_value_and_two_runs_differ_by_it(
    command: Command, dot: Path, answers: AnswerServer
) -> None:
    runs = []
    for number, value in enumerate(("dark", "light")):
        url = answers.says(f'{{"q1": {{"reason": "So it looks, {number}.", "choice": "{value}"}}}}')
        env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-test", "VISIONASK_MODEL": ""}
        args = ("check", "which theme?", dot.name, "--choice", "light,dark", "--engine", "schema")
        assert command(*args, env=env).code == 0
        newest = command("logs", "runs", "--json").record["data"]["runs"][0]
        assert (newest["usd"], newest["unpriced"]) == ("0", 1)  # of a server of nobody
        runs.append(newest["id"])
    rows = command("logs").out.splitlines()[1:]
    assert [f"  {value}: So it looks" in row for value, row in zip(("light", "dark"), rows, strict=True)] == [
        True,
        True,
    ]
    assert "dot.png  dark -> light" in command("diff", *runs).out


def test_a_check_is_listed_by_its_statement_and_shown_with_its_picture(
    command: Command, dot: Path, answers: AnswerServer
) -> None:
    url = answers.says('{"q1": {"reason": "It is red.", "value": "true"}}')
    env = {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-test"}
    assert command("check", "the dot is red", dot.name, env=env).code == 0
    (head, row) = command("logs").out.splitlines()
    assert head.split()[:4] == ["id", "image", "question", "answer"]
    assert "  dot.png  the dot is red  true: It is red.  " in row
    shown = command("logs", "show", row.split()[0]).out
    assert f"\n  path    {dot}\n" in shown
    assert "\nquestion:\nthe dot is red\n" in shown
    assert command("logs", "search", "dot", "red").out.splitlines()[1] == row


@pytest.mark.parametrize("columns", [50, 80])
def test_the_lists_fit_a_terminal(command: Command, kept: dict[str, str], columns: int) -> None:
    for args in ((), ("stats",), ("search", "a"), ("conversations",)):
        shown = command.on_terminal("logs", *args, size=(columns, 24))
        lines = SGR.sub(b"", shown.out_bytes).decode().splitlines()
        assert max(map(len, lines)) <= columns
        assert not CONTROLS.search("".join(lines))
