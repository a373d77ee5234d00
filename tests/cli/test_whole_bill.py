"""What a price counts: the output too, and nothing that is answered already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.cli.scanning import QUESTION, fill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command, Result
    from tests.cli.servers import AnswerServer

BILL = {"prompt_tokens": 12, "completion_tokens": 40, "total_tokens": 52}


@pytest.fixture
def sender(command: Command, answers: AnswerServer) -> Callable[..., Result]:
    """Run a command with a key and a server that bills 40 tokens of output for each answer."""
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": answers.says("A dog.", usage=BILL)}
    return lambda *args: command(*args, env=env)


@pytest.fixture
def folder(command: Command) -> Path:
    return fill(command.folder / "p", 24)


@pytest.mark.parametrize(
    "words",
    [("scan", "-n", QUESTION), ("batch", "submit", "-n", QUESTION), ("cost",), ("cost", "--compare", "gpt-6-luna")],
)
def test_the_output_is_a_bound_a_usual_one_or_only_named(
    sender: Callable[..., Result], folder: Path, words: tuple[str, ...]
) -> None:
    def shown(*flags: str) -> str:
        result = sender(*words, folder, *flags)
        return result.out + result.err

    assert "+ output" in shown()
    assert "<=$" in shown("--max-tokens", "5000")
    sender("scan", QUESTION, folder, "--limit", "19")
    assert "+ output" in shown("--no-cache" if words[0] == "scan" else "--limit=24")
    sender("scan", "Another?", folder, "--limit", "1")
    assert "~$" in shown()
    assert "<=$" in shown("--max-tokens", "5000")


def test_the_record_carries_the_usual_output(sender: Callable[..., Result], folder: Path) -> None:
    sender("scan", QUESTION, folder, "--limit", "20")
    one = ("cost", folder / "i0.png", "--json")
    of_question = sender(*one, "--question", QUESTION).record["projected"]["usual_output"]
    assert (of_question["of"], of_question["median_tokens"], of_question["answers"]) == ("question", 40, 20)
    assert of_question["usd"] == "0.00002"  # 40 tokens at $0.50 a million
    assert sender(*one, "--question", "Else?").record["projected"]["usual_output"]["of"] == "model"
    assert sender(*one, "-m", "gpt-4o").record["projected"]["usual_output"] is None


def test_a_dry_run_and_a_price_make_no_ledger_and_mind_no_damaged_one(
    sender: Callable[..., Result], folder: Path, command: Command
) -> None:
    state = command.folder.parent / "home" / "state"
    for words in (("cost", folder), ("scan", "-n", QUESTION, folder), ("ask", "-n", QUESTION, folder / "i0.png")):
        assert sender(*words).code == 0
    assert not state.exists()
    ledger = command.folder / "ledger.db"
    ledger.write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    for words in (("scan", "-n", QUESTION, folder), ("ask", "-n", QUESTION, folder / "i0.png")):
        assert sender(*words, "--ledger", ledger).code == 0


def test_what_is_answered_costs_nothing(sender: Callable[..., Result], folder: Path) -> None:
    sender("scan", QUESTION, folder, "--limit", "20")
    plan = sender("scan", "-n", QUESTION, folder)
    assert plan.out.startswith("20 of 24 answered before; 4 to ask · ~$")
    record = sender("scan", "-n", "--json", QUESTION, folder).record
    assert (record["data"]["answered"], record["data"]["to_ask"]) == (20, 4)
    assert "20 of 24 answered before; 4 to ask" in sender("batch", "submit", "-n", QUESTION, folder).out
    assert "answered" not in sender("scan", "-n", "--no-cache", QUESTION, folder).out
    assert "answered" not in sender("cost", folder).out
    stopped = sender("scan", QUESTION, folder, "--confirm-above", "0.000001")
    assert (stopped.code, "20 of 24 answered before" in stopped.err) == (5, True)
    assert sender("scan", QUESTION, folder).code == 0
    again = sender("scan", QUESTION, folder, "--confirm-above", "0.000001", "--max-cost", "0")
    assert (again.code, "24 of 24 answered before; nothing to ask · $0" in again.err) == (0, True)


def test_a_finished_scan_of_no_known_price_is_not_stopped_by_a_budget(
    sender: Callable[..., Result], folder: Path
) -> None:
    assert sender("scan", "-m", "nobodys", QUESTION, folder).code == 0
    assert sender("scan", "-m", "nobodys", QUESTION, folder, "--max-cost", "1", "--confirm-above", "0.01").code == 0


def test_an_answer_that_ask_would_recall_costs_nothing(sender: Callable[..., Result], folder: Path) -> None:
    picture = folder / "i0.png"
    sender("ask", "--no-stream", QUESTION, picture)
    plan = sender("ask", "-n", "--cache", QUESTION, picture, "--max-cost", "0")
    assert (plan.code, "answered before: nothing to ask" in plan.err) == (0, True)
    assert "answered before" not in sender("ask", "-n", QUESTION, picture).err


def test_max_cost_holds_for_input_and_bound(sender: Callable[..., Result], folder: Path) -> None:
    flags = ("ask", QUESTION, folder / "i0.png", "--max-tokens", "100000")
    result = sender(*flags, "--max-cost", "0.04")
    assert (result.code, json.dumps(0.04) in result.err) == (5, True)


def test_a_bill_without_its_output_is_not_sorted_as_cheaper(sender: Callable[..., Result], folder: Path) -> None:
    sender("scan", QUESTION, folder, "--limit", "20")  # the usual output of gpt-6-luna, and of no other
    compare = ("cost", folder / "i0.png", "--compare", "gpt-4o-mini,gpt-6-luna,claude-haiku-5-5,step-3.7")
    result = sender(*compare)
    assert "sorted by the input alone: the usual output is known of gpt-6-luna only" in result.err
    data = sender(*compare, "--json").record["data"]
    rows = data["compare"]
    inputs = [row["projected"]["input_usd"] for row in rows]
    assert inputs[:3] == sorted(inputs[:3], key=float)
    assert [row["usd"] for row in rows] == inputs
    assert (inputs[3], data["counts_output"]) == (None, False)
    bounded = sender(*compare, "--max-tokens", "5", "--json").record["data"]
    assert bounded["counts_output"]
    assert [row["usd"] for row in bounded["compare"]] != [row["projected"]["input_usd"] for row in bounded["compare"]]


@pytest.mark.parametrize("more", ["", ",nobody-knows-it"], ids=["all known", "one unknown"])
def test_models_are_sorted_by_input_and_output_and_an_unknown_one_is_last(
    sender: Callable[..., Result], folder: Path, more: str
) -> None:
    names = f"gpt-4o-mini,gpt-6-luna,gpt-5-mini,gemini-3.5-flash-lite,gpt-4.1-nano{more}"
    result = sender("cost", folder / "i0.png", "--max-tokens", "5000", "--compare", names, "--json")
    rows = result.record["data"]["compare"]
    priced = [float(row["usd"]) for row in rows if row["usd"] is not None]
    assert len(priced) == 5
    assert priced == sorted(priced)
    inputs = [float(row["projected"]["input_usd"]) for row in rows if row["usd"] is not None]
    assert inputs != sorted(inputs), "another order than by the input alone"
    assert [row["model"] for row in rows if row["usd"] is None] == [name for name in [more.removeprefix(",")] if name]
    assert rows[-1]["usd"] is None or not more


def test_pictures_that_differ_in_their_metadata_alone_are_asked_once(command: Command, answers: AnswerServer) -> None:
    url = answers.says("A dog.", usage=BILL)
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url}
    picture = encoded(photo((64, 48)), "JPEG")
    folder = command.folder / "p"
    folder.mkdir()
    for number in range(4):  # a comment of the camera behind the start of the file
        comment = b"\xff\xfe\x00\x06 n." + b"%d" % number
        (folder / f"i{number}.jpg").write_bytes(picture[:2] + comment + picture[2:])
    result = command("scan", QUESTION, folder, "-j", "3", "-f", "jsonl", env=env)
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert (result.code, len(answers.arrived(url))) == (0, 1), result.err
    assert [row["answer"] for row in rows] == ["A dog."] * 4
    assert sorted(row["cached"] for row in rows) == [False, True, True, True]
    assert sorted(float(row["billed"]["usd"]) for row in rows) == pytest.approx([0, 0, 0, 0.0000212])
    again = command("scan", "-n", QUESTION, folder, env=env)
    assert "4 of 4 answered before" in again.out + again.err
    other = command("scan", "Another?", folder, "-f", "jsonl", "--no-log", env=env)
    assert (other.code, len(answers.arrived(url))) == (0, 2)
