"""Closed questions in `scan`: verdicts as data, names as grep has them, and a second look where the first is unsure."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.cli.command import KEY
from tests.cli.scanning import tiny
from tests.faults.decisions import DecisionServer
from tests.images.picture_server import running

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.cli.command import Argument, Command, Result

_tags = itertools.count(1)


@pytest.fixture(scope="module")
def deciding() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


class Judge:
    """`scan` on a script of the server, and what the server saw."""

    def __init__(self, command: Command, server: DecisionServer) -> None:
        self.command, self.server, self.script = command, server, f"v{next(_tags)}~tell"

    def __call__(self, *args: Argument) -> Result:
        env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.base_url(self.script)}
        return self.command("scan", "-m", "gpt-6-luna", *args, env=env)

    def decide(self, *args: Argument) -> Result:
        return self(*args, "--engine", "decisions")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.server.journal(self.script)]


@pytest.fixture
def judge(command: Command, deciding: DecisionServer) -> Judge:
    for number in range(3):
        (command.folder / f"i{number}.png").write_bytes(tiny(number, side=600))
    return Judge(command, deciding)


def data(result: Result) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(result.out.splitlines()[0])
    assert record["status"] == "ok", record
    return record["data"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param(["--statement", "red 0.97"], {"verdict": "true", "probability": 0.97}, id="statement"),
        pytest.param(["--statement", "red 0.03"], {"verdict": "false", "probability": 0.03}, id="false"),
        pytest.param(
            ["--statement", "red 0.6", "--threshold", "0.7"], {"verdict": "false", "probability": 0.6}, id="threshold"
        ),
        pytest.param(
            ["--statement", "red 0.5", "--unsure", "0.2,0.8"], {"verdict": "unsure", "probability": 0.5}, id="unsure"
        ),
        pytest.param(
            ["theme?", "--choice", "light,dark"],
            {"choice": "dark", "probability": 0.8, "light": 0.2, "dark": 0.8},
            id="choice",
        ),
        pytest.param(["how sharp?", "--score", "1-3"], {"score": 3, "probability": 0.8}, id="score"),
        pytest.param(
            ["theme?", "--choice", "light,dark", "--expect", "light"],
            {"verdict": "false", "choice": "dark", "probability": 0.2, "light": 0.2, "dark": 0.8},
            id="expected",
        ),
        pytest.param(
            ["--statement", "red 0.97", "--statement", "blue 0.1"],
            {
                "red 0.97: verdict": "true",
                "red 0.97: probability": 0.97,
                "blue 0.1: verdict": "false",
                "blue 0.1: probability": 0.1,
            },
            id="several in one request",
        ),
    ],
)
def test_a_verdict_is_data(judge: Judge, args: list[str], expected: dict[str, Any]) -> None:
    told = judge.decide(*args, "i0.png", "-f", "jsonl")
    assert (told.code, data(told), len(judge.bodies)) == (0, pytest.approx(expected), 1), told.err


def test_one_vote_has_no_probability_and_a_reason(judge: Judge) -> None:
    told = judge("--statement", "red 0.97", "i0.png", "-f", "jsonl")
    assert data(told) == {"verdict": "true", "probability": None, "reason": "because of q1"}
    refused = judge("--statement", "red 0.97", "i0.png", "--threshold", "0.9")
    assert (refused.code, "no probability" in refused.err, len(judge.bodies)) == (2, True, 1)


def test_the_table_has_a_column_for_each_value(judge: Judge) -> None:
    written = judge.decide("theme?", "--choice", "light,dark", "i0.png", "-o", "o.csv")
    assert (written.code, written.out) == (0, "i0.png: dark  p=0.80\n"), written.err
    (row,) = csv.DictReader(io.StringIO((judge.command.folder / "o.csv").read_text()))
    assert {name: row[name] for name in ("answer", "choice", "probability", "light", "dark")} == {
        "answer": "dark",
        "choice": "dark",
        "probability": "0.8",
        "light": "0.2",
        "dark": "0.8",
    }


def test_names_are_written_as_grep_does(judge: Judge) -> None:
    strange = judge.command.folder / "a b\nc.png"
    strange.write_bytes(tiny(9))
    assert judge.decide("-l", "--statement", "red 0.97", "i0.png", "i1.png", "-j", "1").out == "i0.png\ni1.png\n"
    assert judge.decide("-L", "--statement", "red 0.97", "i0.png").out == ""
    told = judge.decide("-l", "-0", "--statement", "red 0.97", strange.name, "i0.png", "-j", "1")
    assert set(told.out_bytes.split(b"\0")) == {b"a b\nc.png", b"i0.png", b""}
    assert judge.decide("-L", "--statement", "red 0.03", "i2.png").out == "i2.png\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param(["-l", "what?", "i0.png"], "-l and -L list what a closed question tells", id="open"),
        pytest.param(["-l", "what?", "--choice", "a,b", "i0.png"], "add --expect VALUE", id="neither true nor false"),
        pytest.param(["-l", "-L", "--statement", "a", "i0.png"], "-l and -L exclude each other", id="both"),
        pytest.param(
            ["what?", "i0.png", "--threshold", "0.5"], "--threshold is for closed questions", id="no question"
        ),
        pytest.param(["--statement", "a", "i0.png", "--schema", "x"], "drop --schema", id="schema"),
        pytest.param(["--statement", "a", "i0.png", "--sidecar"], "--sidecar", id="sidecar"),
        pytest.param(["--statement", "a"], "no image was named", id="no image"),
    ],
)
def test_flags_that_mean_nothing_together(judge: Judge, args: list[str], words: str) -> None:
    refused = judge(*args)
    assert (refused.code, words in refused.err, judge.bodies) == (2, True, []), refused.err


def test_a_second_look_is_taken_at_the_unsure_alone(judge: Judge) -> None:
    judge.script += ";high=0.95"
    unsure = ["--statement", "red 0.5", "--unsure", "0.2,0.8", "--detail", "low", "--escalate-detail", "high"]
    told = judge.decide(*unsure, "i0.png", "i1.png", "-f", "jsonl")
    assert [json.loads(line)["data"]["verdict"] for line in told.out.splitlines()] == ["true", "true"], told.err
    assert len(judge.bodies) == 4
    assert "2 images looked at again" in told.err
    assert "second look, at most: 2 images" in told.err
    again = judge.decide(*unsure, "i0.png", "i1.png", "-f", "jsonl")
    assert [json.loads(line)["data"]["verdict"] for line in again.out.splitlines()] == ["true", "true"]
    assert len(judge.bodies) == 4, "neither look is paid again"
    sure = judge.decide("--statement", "red 0.97", *unsure[2:], "i0.png", "-f", "jsonl")
    assert (data(sure)["verdict"], len(judge.bodies)) == ("true", 5)


def test_a_second_look_is_taken_at_the_same_page(judge: Judge) -> None:
    judge.script += ";high=0.95"
    pages = [Image.new("RGB", (300 + 100 * number, 200), (90 * number, 0, 0)) for number in range(2)]
    pages[0].save(judge.command.folder / "fax.tif", save_all=True, append_images=pages[1:])
    unsure = ["--statement", "red 0.5", "--unsure", "0.2,0.8", "--detail", "low", "--escalate-detail", "high"]
    told = judge.decide(*unsure, "fax.tif", "--pages", "all", "-f", "jsonl")
    assert len(told.out.splitlines()) == 2, told.err
    sent = [re.findall(r"data:image/\w+;base64,[\w+/=]+", json.dumps(body)) for body in judge.bodies]
    assert sorted(Counter(map(tuple, sent)).values()) == [2, 2]


def test_a_second_look_fetches_no_link_again(judge: Judge) -> None:
    judge.script += ";high=0.95"
    unsure = ["--statement", "red 0.5", "--unsure", "0.2,0.8", "--detail", "low", "--escalate-detail", "high"]
    asked: list[str] = []
    picture = tiny(5, side=600)

    def handler(sock: socket.socket, request: str) -> None:
        asked.append(request)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(picture) + picture)

    with running() as server:
        told = judge.decide(*unsure, server.run("a.png", handler), "--allow-private-urls", "-f", "jsonl")
    assert (data(told)["verdict"], len(judge.bodies), len(asked)) == ("true", 2, 1), told.err


def test_another_model_looks_again_at_what_the_first_could_not_tell(judge: Judge) -> None:
    told = judge("--statement", "red 0.9 unsure", "i0.png", "--escalate", "gpt-6-astra", "-f", "jsonl")
    assert [body["model"] for body in judge.bodies] == ["gpt-6-luna", "gpt-6-astra"], told.err
    assert data(told)["verdict"] == "unsure"


def test_a_dry_run_shows_both_bounds(judge: Judge) -> None:
    planned = judge.decide(
        "-n", "--statement", "red 0.5", "--unsure", "0.2,0.8", "--escalate", "gpt-6-astra", "i0.png", "i1.png"
    )
    assert (planned.code, "at most, with a second look at each: 2 images" in planned.out) == (0, True), planned.out
    record = judge.decide(
        "-n", "--statement", "a 0.5", "--unsure", "0.2,0.8", "--escalate", "gpt-6-astra", "i0.png", "--json"
    ).record
    assert record["data"]["second_look"]["input_usd"] is not None


def test_a_file_of_checks_is_asked_of_each(judge: Judge) -> None:
    (judge.command.folder / "checks.toml").write_text(
        '[[check]]\nimages = ["none.png"]\nstatements = ["red 0.97"]\n[[check.choices]]\nquestion = "theme?"\n'
        'values = ["light", "dark"]\nexpect = "dark"\n'
    )
    told = judge.decide("--file", "checks.toml", "i0.png", "-f", "jsonl")
    found = data(told)
    assert (found["red 0.97: verdict"], found["theme?: choice"], len(judge.bodies)) == ("true", "dark", 1)


def test_what_both_looks_have_answered_costs_nothing_in_a_dry_run(judge: Judge) -> None:
    judge.script += ";high=0.95"
    unsure = ["--statement", "red 0.5", "--unsure", "0.2,0.8", "--detail", "low", "--escalate-detail", "high"]
    judge.decide(*unsure, "i0.png")
    planned = judge.decide(*unsure, "i0.png", "i1.png", "-n", "--json").record["data"]
    assert (planned["answered"], planned["to_ask"]) == (1, 1)
    second = planned["second_look"]
    assert (second["input_tokens"], second["max_output_usd"]) == (449, "0"), "of i1 alone, and decisions have no output"
    # of i1 the first look costs $0.00003 and the second at most $0.000045: both are asked about
    refused = judge.decide(*unsure, "i0.png", "i1.png", "--confirm-above", "0.00007")
    assert (refused.code, len(judge.bodies)) == (5, 2), refused.err
    done = judge.decide(*unsure, "i0.png", "-n")
    assert "second look" not in done.out
    told = judge.decide(*unsure, "i1.png", "-n")
    assert "output is free" in told.out
    assert "+ output" not in told.out


def test_a_score_of_more_levels_than_decisions_take_is_told_before_anything_is_sent(judge: Judge) -> None:
    refused = judge.decide("How red?", "--score", "0-10", "i0.png")
    assert (refused.code, "11 levels" in refused.err, judge.bodies) == (2, True, []), refused.err
    told = judge.decide("How red?", "--score", "1-10", "i0.png", "-f", "jsonl")
    assert data(told)["score"] == 10


def test_a_question_beside_a_statement_is_told_before_anything_is_paid(judge: Judge) -> None:
    (judge.command.folder / "my pictures").mkdir()
    (judge.command.folder / "my pictures" / "a b.png").write_bytes(tiny(0, side=600))
    for place in (["Is it red?"], ["Is it red?", "i0.png"], ["i0.png", "is it red or not"]):
        refused = judge.decide("--statement", "red 0.97", *place)
        assert (refused.code, judge.bodies) == (2, []), refused.err
        assert "--statement or --file takes the place of the question" in refused.err
    refused = judge.command("batch", "submit", "Is it red?", "i0.png", "--statement", "a", env={"OPENAI_API_KEY": KEY})
    assert refused.code == 2, refused.err
    places = ["my pictures", "my picture?/a b.png", "my pictures/*", "my pictures/none here", "none here.jpg"]
    told = judge.decide("--statement", "red 0.97", *places, "-f", "jsonl")
    assert told.code == 7, "names of files that are not there are no question"
    assert [line["status"] for line in map(json.loads, told.out.splitlines())].count("ok") == 3
