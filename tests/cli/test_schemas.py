"""Tests of `--schema`: what is sent, checked, repaired, printed, kept, and what it costs."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import threading
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.scanning import asked, fill, records, scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command, Result
    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer

FACTS = "question, parameters"  # the fault server's answers hold them; `parameters` is an object, no string
PROSE = "content-list"  # the fault server says: The sky is blue.
IMAGES = json.dumps(
    {
        "type": "object",
        "properties": {
            "question": {"type": "string"},
            "roles": {"type": "array", "items": {"type": "string"}},
            "parameters": {"type": "object", "properties": {"max_tokens": {"type": "integer"}}},
        },
        "required": ["question", "roles"],
    }
)


def rows(command: Command, query: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(Path(command.env["XDG_STATE_HOME"]) / "visionask" / "ledger.db")
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def spent(command: Command) -> tuple[Decimal, Decimal]:
    ((usd, maybe),) = rows(command, "SELECT usd, maybe_usd FROM spend")
    return Decimal(usd), Decimal(maybe)


def test_data_that_match_are_printed_as_json(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    result = sender.ask("why?", dot, "--schema", "question")
    assert result.code == 0, result.err
    data = json.loads(result.out)
    assert data["question"] == "why?"
    assert result.out == json.dumps(data, indent=2) + "\n"
    (body,) = sender.bodies
    wanted = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
    assert body["response_format"]["json_schema"]["schema"] == {**wanted, "additionalProperties": False}
    assert body["messages"][-1]["content"][0]["text"] == "why?"
    told = sender.ask("why?", dot, "--schema", "question", "--json").record
    assert told["data"] == json.loads(told["answer"])
    assert sender.ask("why?", dot, "--json").record["data"] is None


@pytest.mark.parametrize("args", [(), ("--raw",), ("--stream",)])
def test_a_fenced_answer_is_data_and_no_character_of_it_is_lost(
    command: Command, answers: AnswerServer, dot: Path, args: tuple[str, ...]
) -> None:
    said = 'Sure!\n```json\n{"a": 3, "b": "caf\u00e9 \u202e\\u001b[31m\U000e0041"}\n```\n'
    env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": answers.says(said[:20], said[20:])}
    result = command("ask", "why?", dot, "--schema", "a int, b", *args, env=env)
    assert result.code == 0, result.err
    assert json.loads(result.out) == {"a": 3, "b": "caf\u00e9 \u202e\x1b[31m\U000e0041"}
    assert "caf\u00e9" in result.out
    assert not set(result.out) & {"\u202e", "\x1b", "\U000e0041"}


def test_a_terminal_shows_the_data_as_they_are(command: Command, answers: AnswerServer, dot: Path) -> None:
    env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": answers.says('{"a": "*x*', ' [b]"}')}
    result = command.on_terminal("ask", "-q", "why?", dot, "--schema", "a", env=env)
    assert (result.code, result.out.replace("\r\n", "\n")) == (0, '{\n  "a": "*x* [b]"\n}\n')


def test_words_are_repaired_once_and_both_are_paid(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire(f"{PROSE},ok")
    result = sender.ask("why?", dot, "--schema", "question", "--json")
    assert result.code == 0, result.err
    record = result.record
    assert record["data"]["question"].startswith("why?\n\nYour last answer was refused: the answer is not JSON")
    assert (record["attempts"], record["question"]) == (2, "why?")
    assert record["billed"]["input_tokens"] == 2028
    assert record["billed"]["usd"] == "0.0002378"  # 2,028 in at $0.10 and 70 out at $0.50 for a million
    assert result.err.count("asked again, with the schema in words") == 1
    first, second = sender.bodies
    assert second["messages"][-1]["content"][1:] == first["messages"][-1]["content"][1:], "the picture is seen again"
    assert spent(sender.command) == (Decimal("0.0002378"), 0)


@pytest.mark.parametrize("step", [PROSE, "ok"])
def test_what_never_matches_is_rejected_and_its_money_is_kept(
    wire: Callable[[str], Wire], dot: Path, step: str
) -> None:
    sender = wire(step)
    result = sender.ask("why?", dot, "--schema", FACTS)
    assert (result.code, result.out) == (8, "")
    assert "(asked twice)" in result.error_lines[0]
    assert "the answer was: " in result.err
    assert len(sender.bodies) == 2
    # a request is observed with the tokens of the one that was projected; what came has those of both
    both = "json_extract(p.usage, '$.input_tokens')"
    query = f"SELECT r.state, error_code, r.usd, r.input_tokens, {both}, r.attempts FROM requests r, partials p"
    assert rows(sender.command, query) == [("failed", "schema_mismatch", "0.0002378", 1014, 2028, 2)]
    assert spent(sender.command) == (Decimal("0.0002378"), 0)
    record = sender.ask("why?", dot, "--schema", FACTS, "--json").record
    assert (record["status"], record["data"], record["error"]["code"]) == ("failed", None, "schema_mismatch")
    assert (record["answer"] is None, record["billed"]["usd"]) == (False, "0.0002378")


@pytest.mark.parametrize(("step", "code"), [("refusal", "refused"), ("length", "length"), ("400", "bad_request")])
def test_other_failures_stay_what_they_are(wire: Callable[[str], Wire], dot: Path, step: str, code: str) -> None:
    sender = wire(step)
    result = sender.ask("why?", dot, "--schema", "question", "--json")
    assert (result.code, result.record["error"]["code"], len(sender.bodies)) == (8, code, 1)
    assert sender.ask("why?", dot, "--schema", "question").out == ""


@pytest.mark.parametrize("step", ["refusal", "length", "400", "stream-cut", "500"])
def test_a_repair_that_fails_tells_both_faults_and_the_first_bill(
    wire: Callable[[str], Wire], dot: Path, step: str
) -> None:
    sender = wire(f"{PROSE},{step}")
    result = sender.ask("why?", dot, "--schema", "question", "--json", "--retries", "0", "--stream")
    assert (result.code, len(sender.bodies)) == (8, 2)
    error = result.record["error"]
    assert (error["code"], "; asking once more failed: " in error["message"]) == ("schema_mismatch", True)
    assert sum(spent(sender.command)) > 0


def test_a_server_without_response_format_is_asked_in_words(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("400;kind=param:response_format,ok")
    result = sender.ask("why?", dot, "--schema", "question", "--json")
    assert (result.code, result.record["data"]["roles"]) == (0, ["system", "user"])
    assert "does not enforce it" in result.err
    assert ["response_format" in body for body in sender.bodies] == [True, False]
    sender = wire(f"400;kind=words:response_format,{PROSE},ok")
    result = sender.ask("why?", dot, "--schema", "question", "--json")
    assert (result.code, result.record["attempts"]) == (0, 3)
    assert ["response_format" in body for body in sender.bodies] == [True, False, False]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--schema", "name blob"], "unknown type"),
        (["--schema", ""], "no field"),
        (["--schema", '{"type": "obj'], "not JSON"),
        (["--schema", '{"type": "string"}'], "not a plain object"),
        (["--schema", "nowhere.json"], "nowhere.json: no such file"),
        (["--schema", "long.json"], "over 1 MB"),
        (["--schema", "nul.json"], "NUL"),
        (["--schema", "latin.json"], "not UTF-8"),
        (["--schema-multi", "name blob"], "unknown type"),
        (["--schema", "a", "--schema-multi", "b"], "exclude each other"),
    ],
)
def test_a_bad_schema_is_told_before_anything_is_sent(
    wire: Callable[[str], Wire], dot: Path, args: list[str], told: str
) -> None:
    dot.with_name("long.json").write_bytes(b"{" + b" " * 1_000_000)
    dot.with_name("nul.json").write_bytes(b"{\0}")
    dot.with_name("latin.json").write_bytes(b'{"title": "\xe9"}')
    sender, name = wire("ok"), "scan" if told == "unknown type" else "ask"
    result = sender.command(name, "why?", dot, *args, env=sender.env)
    assert (result.code, result.out, sender.bodies) == (2, "", [])
    assert told in result.error_lines[0]


def test_a_schema_comes_from_a_file_or_a_pipe(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok")
    dot.with_name("s.json").write_text('\ufeff{"title": "A thing!", "properties": {"question": {"type": "string"}}}')
    dot.with_name("fields").write_text("question\nroles: all of them\n")
    assert sender.ask("why?", dot, "--schema", "s.json").code == 0
    assert sender.bodies[0]["response_format"]["json_schema"]["name"] == "A_thing"
    assert sender.ask("why?", dot, "--schema", "fields").code == 8
    os.mkfifo(dot.with_name("pipe"))
    threading.Thread(target=dot.with_name("pipe").write_text, args=("question",), daemon=True).start()
    assert sender.ask("why?", dot, "--schema", "pipe").code == 0
    dot.with_name("question").mkdir()
    assert sender.ask("why?", dot, "--schema", "question").code == 0


def test_many_objects_are_asked_for_as_a_list(command: Command, answers: AnswerServer, dot: Path) -> None:
    url = answers.says('{"items": [{"a": 1}, {"a": 2}]}')
    env = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": url}
    result = command("ask", "why?", dot, "--schema-multi", "a int", "--json", env=env)
    assert result.record["data"] == {"items": [{"a": 1}, {"a": 2}]}
    schema = answers.arrived(url)[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["items"]["items"]["properties"] == {"a": {"type": "integer"}}


def test_another_schema_is_another_question_and_the_same_is_recalled_with_its_data(
    wire: Callable[[str], Wire], dot: Path
) -> None:
    sender = wire("ok")
    first = sender.ask("why?", dot, "--cache", "--json", "--schema", "question").record
    again = sender.ask("why?", dot, "--cache", "--json", "--schema", "question").record
    assert (again["cached"], again["data"], len(sender.bodies)) == (True, first["data"], 1)
    shown = sender.ask("why?", dot, "--cache", "--schema", "question")
    assert (json.loads(shown.out), len(sender.bodies)) == (first["data"], 1)
    for number, args in enumerate(([], ["--schema", "question: the question"], ["--schema", IMAGES]), 2):
        record = sender.ask("why?", dot, "--cache", "--json", *args).record
        assert (record["cached"], len(sender.bodies)) == (False, number)


def test_the_schema_is_in_the_price_and_the_repair_in_the_budget(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire(PROSE)
    plain = sender.ask("why?", dot, "-n", "--json").record["projected"]
    with_it = sender.ask("why?", dot, "-n", "--json", "--schema", "question").record["projected"]
    assert 20 <= with_it["text_tokens"] - plain["text_tokens"] <= 60
    assert "~$" in sender.ask("why?", dot, "-n", "--schema", "question", "-m", "gpt-4o").out
    # at most 300 out at $0.50: $0.00015 an answer, $0.00030 with a repair
    args = ("why?", dot, "--schema", "question", "--max-tokens", "300", "--max-cost")
    stopped = sender.ask(*args, "0.0003")
    assert (stopped.code, len(sender.bodies)) == (8, 1)
    assert "--max-cost of $0.0003 would be passed" in stopped.err
    assert sender.ask(*args, "0.0005").code == 8
    assert len(sender.bodies) == 3


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(result: Result) -> list[tuple[str, str | None, bool]]:
    found = [
        (record["status"], (record["error"] or {}).get("code"), bool(record["data"])) for record in records(result)
    ]
    return sorted(found, key=str)


def test_a_scan_keeps_data_and_asks_again_only_when_told_to(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire(f"ok,refusal,{PROSE},{PROSE},{PROSE},ok,ok"), fill(command.folder / "p", 5)
    args = (folder, "-j", "1", "-m", "gpt-4o", "--max-tokens", "40", "--schema", IMAGES)
    first = scan(sender, *args, "--json", "-o", "r.csv", "-o", "r.html", "-o", "r.md", "--sidecar")
    assert first.code == 7
    good, lost = ("ok", None, True), ("failed", "schema_mismatch", False)
    assert told(first) == sorted([good, good, good, lost, ("failed", "refused", False)], key=str)
    assert sorted(asked(sender).values()) == [1, 1, 1, 2, 2]
    lines = table(command.folder / "r.csv")
    assert list(lines[0])[-4:] == ["seconds", "question", "roles", "parameters.max_tokens"]
    cells = sorted((line["status"], line["roles"], line["parameters.max_tokens"]) for line in lines)
    assert cells == [
        ("failed", "", ""),
        ("failed", "", ""),
        ("ok", "user", "40"),
        ("ok", "user", "40"),
        ("ok", "user", "40"),
    ]
    assert (command.folder / "r.html").read_text().count("<dt>roles</dt><dd>user</dd>") == 3
    assert (command.folder / "r.md").read_text().count("roles: user<br>") == 3
    data = [json.loads(path.read_text()) for path in folder.glob("*.txt")]
    assert [each["parameters"]["max_tokens"] for each in data] == [40] * 3
    before = asked(sender)
    again = scan(sender, *args, "--json")
    assert (again.code, told(again).count(good), asked(sender)) == (7, 3, before), "it was asked twice already"
    again = scan(sender, *args, "--json", "--retry-failed")
    assert (again.code, told(again).count(good)) == (0, 5)


def test_a_rerun_of_a_scan_sends_nothing(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 6)
    first = scan(sender, folder, "--schema", "question", "--json")
    again = scan(sender, folder, "--schema", "question", "--json", "-o", "r.csv")
    assert (first.code, again.code, asked(sender).total()) == (0, 0, 6)
    assert sorted(map(repr, (record["data"] for record in records(again)))) == sorted(
        map(repr, (record["data"] for record in records(first)))
    )
    plain = scan(sender, folder, "--schema", "question")
    assert all(json.loads(line.partition(".png: ")[2])["question"] for line in plain.out.splitlines())
    assert asked(sender).total() == 6
    assert scan(sender, folder).code == 0
    assert asked(sender).total() == 12
