"""What `check` tells: the exit code of every verdict, by probabilities and by votes, and what needs no request."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo
from tests.cli.recordings import replay
from tests.faults.decisions import DecisionServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.command import Argument, Command, Result
    from tests.cli.servers import AnswerServer, PictureServer

_tags = itertools.count(1)
PRACTICE = Path(__file__).parents[2] / "visionask" / "data" / "practice"
NOWHERE = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}


@pytest.fixture(scope="module")
def deciding() -> Iterator[DecisionServer]:
    with DecisionServer() as server:
        yield server
        assert server.invalid == []


class Checker:
    """`check` on a script of the server, and what the server saw."""

    def __init__(self, command: Command, server: DecisionServer, dot: Path) -> None:
        self.command, self.server, self.dot, self.script = command, server, dot, ""

    def __call__(self, *args: Argument, script: str = "tell", env: dict[str, str] | None = None) -> Result:
        self.script = f"c{next(_tags)}~{script}"
        ours = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.server.base_url(self.script)}
        return self.command("check", *args, env=ours | (env or {}))

    def decide(self, *args: Argument, script: str = "tell") -> Result:
        return self(*args, "--engine", "decisions", script=script)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.server.journal(self.script)]


@pytest.fixture
def check(command: Command, deciding: DecisionServer, dot: Path) -> Checker:
    return Checker(command, deciding, dot)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["it is red 0.97"], 0, id="true"),
        pytest.param(["it is red 0.03"], 1, id="false"),
        pytest.param(["it is red 0.5"], 0, id="at-the-threshold"),
        pytest.param(["it is red 0.49"], 1, id="below"),
        pytest.param(["it is red 0.89", "--threshold", "0.9"], 1, id="below-a-higher-threshold"),
        pytest.param(["it is red 0.9", "--threshold", "0.9"], 0, id="at-a-higher-threshold"),
        pytest.param(["refuse this"], 8, id="refused"),
        pytest.param(["it is red 0.97", "--also", "refuse this"], 8, id="one-refused"),
        pytest.param(["it is red 0.03", "--also", "refuse this"], 8, id="refused-outweighs-false"),
        pytest.param(["it is red 0.97", "--also", "refuse this", "--any"], 0, id="any-true-is-enough"),
        pytest.param(["it is red 0.03", "--also", "it is blue 0.97"], 1, id="all"),
        pytest.param(["it is red 0.03", "--also", "it is blue 0.97", "--any"], 0, id="any"),
        pytest.param(["theme?", "--choice", "light,dark", "--expect", "dark"], 0, id="choice"),
        pytest.param(["theme?", "--choice", "light,dark", "--expect", "light"], 1, id="other-choice"),
        pytest.param(
            ["theme?", "--choice", "light,dark", "--expect", "dark", "--threshold", "0.81"], 1, id="weak-choice"
        ),
        pytest.param(["sharp?", "--score", "1-5", "--expect", ">=4"], 0, id="score-0.85"),
        pytest.param(["sharp?", "--score", "1-5", "--expect", "1-3"], 1, id="score-0.15"),
        pytest.param(["sharp?", "--score", "1-5", "--expect", "4"], 1, id="score-0.05"),
    ],
)
def test_probabilities_end_in_the_verdict(check: Checker, args: list[str], code: int) -> None:
    result = check.decide(args[0], check.dot, *args[1:])
    assert result.code == code, result.err
    (body,) = check.bodies
    assert body["questions"][0]["instructions"] == args[0]
    assert body["input"][0]["content"][0]["detail"] == "low"
    assert "stream" not in body


@pytest.mark.parametrize(
    ("args", "code"),
    [
        pytest.param(["it is red 0.97"], 0, id="true"),
        pytest.param(["it is red 0.03"], 1, id="false"),
        pytest.param(["unsure of this"], 8, id="unsure"),
        pytest.param(["theme?", "--choice", "light,dark", "--expect", "dark"], 0, id="choice"),
        pytest.param(["theme?", "--choice", "light,dark", "--expect", "light"], 1, id="other-choice"),
    ],
)
def test_a_verdict_in_words(check: Checker, args: list[str], code: int) -> None:
    result = check(args[0], check.dot, *args[1:], "--json")
    assert result.code == code, result.err
    (body,) = check.bodies
    assert body["response_format"]["json_schema"]["strict"] is True
    found = result.record["data"]["checks"][0]
    assert (found["engine"], found["reason"]) == ("schema", "because of q1")
    assert (result.record["error"] or {}).get("code") == ("undecided" if code == 8 else None)


def test_votes_are_shares(check: Checker) -> None:
    result = check("it is red 0.97", check.dot, "--repeat", "3", "--threshold", "0.9", "--json", "-j", "1")
    assert (result.code, result.record["data"]["checks"][0]["votes"]) == (0, {"true": 3})
    assert len(check.bodies) == 3


def test_a_value_without_expectation_is_printed_alone(check: Checker) -> None:
    result = check.decide("Which theme?", check.dot, "--choice", "light,dark")
    assert (result.code, result.out) == (0, "dark\n")
    shares = check.decide("How sharp?", check.dot, "--score", "1-5", "--json").record["data"]["checks"][0]
    assert shares["distribution"] == {"1": 0.05, "2": 0.05, "3": 0.05, "4": 0.05, "5": 0.8}
    assert (shares["value"], shares["verdict"]) == ("5", "value")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "code"),
    [("The triangle is yellow.", 0), ("the background is blue", 1), ("there is a star", 1)],
)
def test_practice_judges_statements_about_drawings(command: Command, statement: str, code: int) -> None:
    pytest.importorskip("xllamacpp")
    result = command("check", statement, PRACTICE / "example.png", "--local", "practice", "--no-log")
    assert result.code == code, result.err
    assert "practice knows simple drawings" in result.err


def test_every_statement_is_asked_of_every_image(check: Checker, dot: Path) -> None:
    other = dot.with_name("other.png")
    other.write_bytes(encoded(photo((60, 50)), "PNG"))
    result = check.decide("one 0.9", dot, other, "--also", "two 0.8", "--json")
    assert result.code == 0, result.err
    assert [len(body["questions"]) for body in check.bodies] == [2, 2]
    found = [(each["image"], each["statement"], each["probability"]) for each in result.record["data"]["checks"]]
    names = [str(dot), str(other)]
    assert found == [(name, text, p) for name in names for text, p in (("one 0.9", 0.9), ("two 0.8", 0.8))]
    assert result.record["billed"]["input_tokens"] == 240
    assert result.record["attempts"] == 2


def test_401_questions_are_two_requests(check: Checker, command: Command) -> None:
    lines = ",\n".join(f'"line {number} 0.9"' for number in range(401))
    (command.folder / "many.toml").write_text(f'[[check]]\nimages = ["dot.png"]\nstatements = [{lines}]\n')
    result = check.decide("--file", "many.toml", "-q", "-j", "1")
    assert result.code == 0, result.err
    assert [len(body["questions"]) for body in check.bodies] == [400, 1]


def test_the_unsure_zone_is_looked_at_again_in_higher_detail(check: Checker) -> None:
    zone, large = ("--unsure", "0.4,0.6"), check.dot.with_name("large.png")
    large.write_bytes(encoded(photo((1200, 900)), "PNG"))
    again = check.decide("red 0.5", large, "-d", "low", *zone, "--json", script="tell;high=0.95")
    assert again.code == 0, again.err
    assert [body["input"][0]["content"][0]["detail"] for body in check.bodies] == ["low", "high"]
    assert again.record["data"]["checks"][0]["looks"] == 2
    still = check.decide("red 0.5", large, "-d", "low", *zone)
    assert (still.code, len(check.bodies)) == (8, 2)
    assert "unsure zone" in still.err
    assert check.decide("red 0.97", large, "-d", "low", *zone).code == 0
    assert len(check.bodies) == 1


def test_a_picture_that_a_higher_detail_shows_no_better_is_not_paid_twice(check: Checker) -> None:
    unsure = check.decide("red 0.5", check.dot, "--unsure", "0.4,0.6", script="tell;high=0.95")
    assert (unsure.code, len(check.bodies)) == (8, 1), unsure.err
    assert "looking again" not in unsure.err


def test_a_second_model_is_asked_where_the_first_is_unsure(check: Checker) -> None:
    result = check("unsure 0.9", check.dot, "--escalate", "gpt-6-sol", "--json")
    assert result.code == 8
    assert [body["model"] for body in check.bodies] == ["gpt-6-luna", "gpt-6-sol"]
    assert result.record["data"]["checks"][0]["model"] == "gpt-6-sol"


def test_a_second_look_that_fails_is_no_verdict(check: Checker) -> None:
    args = ("--unsure", "0.4,0.6", "--escalate", "gpt-6-sol", "--retries", "0")
    result = check.decide("red 0.5", check.dot, *args, script="tell,500")
    assert result.code == 6, result.err


@pytest.mark.parametrize(
    "how", ["fewer", "more", "other-name", "other-type", "above-one", "text", "true", "nan", "null"]
)
def test_a_wrong_reply_is_neither_true_nor_false(check: Checker, how: str) -> None:
    result = check.decide("red 0.97", check.dot, script=f"decide;how={how}")
    assert result.code == 8, result.err


def test_the_same_pixels_pass_without_a_request_a_key_or_money(command: Command) -> None:
    picture = photo((90, 70))
    for name in ("a.png", "b.bmp", "c.webp"):
        kind = {"a.png": "PNG", "b.bmp": "BMP", "c.webp": "WEBP"}[name]
        (command.folder / name).write_bytes(encoded(picture, kind, **({"lossless": True} if kind == "WEBP" else {})))
    args = ("--against", "b.bmp", "the layout is the same", "--json", "--max-cost", "0")
    for name in ("a.png", "c.webp"):
        result = command("check", name, *args, env=NOWHERE)
        assert result.code == 0, result.err
        found = result.record["data"]["checks"][0]
        assert (found["identical"], found["against"], found["engine"]) == (True, "b.bmp", None)
    assert result.record["billed"] is None


def test_another_picture_goes_with_its_baseline(check: Checker, dot: Path) -> None:
    other = dot.with_name("other.png")
    other.write_bytes(encoded(photo((60, 50)), "PNG"))
    result = check.decide("the layout is the same 0.9", other, "--against", dot)
    assert result.code == 0, result.err
    (body,) = check.bodies
    kinds = [part["type"] for part in body["questions"][0]["instructions"]]
    assert kinds == ["input_text", "input_image"], "the baseline is a part of the question"
    assert [len(message["content"]) for message in body["input"]] == [1]
    check.decide("the layout is the same 0.9", other, "--against", dot, "--also", "no text is cut off 0.9")
    body = check.bodies[-1]
    assert [message["role"] for message in body["input"]] == ["system", "user"], "of several it is paid once"
    assert len(body["input"][1]["content"]) == 2


def test_one_bad_image_stops_all_where_that_is_wanted(check: Checker, dot: Path) -> None:
    cut = dot.with_name("cut.png")
    cut.write_bytes(dot.read_bytes()[:60])
    for bad in (cut, dot.with_name("missing.png")):
        result = check.decide("red 0.97", dot, bad, "--fail-fast")
        assert (result.code, check.bodies) == (3, []), result.err


def test_an_answer_is_recalled_only_with_cache(check: Checker) -> None:
    assert check.decide("red 0.03", check.dot).code == 1
    again = check("red 0.03", check.dot, "--engine", "decisions", "--cache", "--json", env=None)
    assert again.code == 1
    address = check.server.base_url(check.script)
    kept = check.command("check", "red 0.03", check.dot, "--engine", "decisions", "--cache", "--json",
                         env={"OPENAI_API_KEY": "", "OPENAI_BASE_URL": address})  # fmt: skip
    assert (kept.code, kept.record["cached"], len(check.bodies)) == (1, True, 1), kept.err
    votes = check("red 0.03", check.dot, "--repeat", "2", "--cache", "-j", "1")
    assert (votes.code, len(check.bodies)) == (1, 2), "votes are requests of their own"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "extra", "files"),
    [("decisions", (), 1), ("schema", ("--repeat", "3", "-j", "1"), 3)],
    ids=["one", "votes"],
)
@pytest.mark.parametrize(("statement", "code"), [("red 0.97", 0), ("red 0.03", 1)], ids=["true", "false"])
def test_a_saved_verdict_needs_no_key_and_no_network(
    check: Checker, statement: str, code: int, engine: str, extra: tuple[str, ...], files: int
) -> None:
    args = (statement, check.dot, "--engine", engine, *extra, "--json")
    live = check(*args, "--record", "saved")
    folder = check.command.folder / "saved"
    assert (live.code, len(list(folder.iterdir()))) == (code, files), live.err
    again = replay(folder.parent / "nobody", "check", *args, "--replay", "saved", folder=folder.parent)
    assert (again.code, again.record["data"]["verdict"]) == (code, live.record["data"]["verdict"])
    assert (again.record["cached"], again.record["billed"]) == (True, None)
    other = replay(folder.parent / "nobody", "check", "blue 0.97", *args[1:], "--replay", "saved", folder=folder.parent)
    assert (other.code, other.record["error"]["code"]) == (4, "no_recording")


def test_money_comes_first(check: Checker) -> None:
    priced = check.decide("red 0.97", check.dot, "-n", "--json")
    assert (priced.code, check.bodies, priced.record["status"]) == (0, [], "planned")
    projected = priced.record["projected"]
    assert projected["image_tokens"] == 5
    assert projected["text_tokens"] > 5
    stopped = check.decide("red 0.97", check.dot, "--max-cost", "0.0000001")
    assert (stopped.code, check.bodies) == (5, [])


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["dot.png"],
        ["dot.png", "misspelled.png"],
        ["red"],
        ["red", "dot.png", "--expect", "x"],
        ["red", "dot.png", "--choice", "a"],
        ["red", "dot.png", "--choice", "a,b", "--score", "1-5"],
        ["red", "dot.png", "--score", "5-1"],
        ["red", "dot.png", "--score", "1-5", "--expect", "9"],
        ["red", "dot.png", "--threshold", "1.5"],
        ["red", "dot.png", "--unsure", "0.6,0.4"],
        ["red", "dot.png", "--unsure", "0.4,0.6", "--threshold", "0.9"],
        ["red", "dot.png", "--engine", "other"],
        ["red", "dot.png", "--engine", "decisions", "--repeat", "3"],
        ["red", "dot.png", "-f", "xlsx"],
        ["red", "dot.png", "--file", "x.toml"],
        ["--file", "missing.toml"],
    ],
)
def test_bad_arguments_are_no_verdict(check: Checker, args: list[str]) -> None:
    result = check.command("check", *args, env=NOWHERE)
    assert result.code == 2, result.err
    assert result.err.startswith("error: ")


def test_a_link_is_handed_on_and_a_second_look_hands_it_on_too(
    check: Checker, links: PictureServer, dot_bytes: bytes
) -> None:
    link = links.put("handed.png", dot_bytes)
    args = (link, "--pass-url", "--allow-private-urls", "--unsure", "0.4,0.6", "--escalate", "gpt-6-sol")
    assert check.decide("red 0.5", *args, script="tell").code == 8
    handed = [part["image_url"] for body in check.bodies for part in body["input"][0]["content"]]
    assert handed == [link, link]


def test_a_link_that_a_server_does_not_take_is_fetched_here(
    check: Checker, command: Command, answers: AnswerServer, links: PictureServer
) -> None:
    link, verdict = (
        links.put("checked.png", encoded(photo((70, 50)), "PNG")),
        '{"q1": {"reason": "seen", "value": "false"}}',
    )
    base_url = answers.says(verdict, takes_links=False)
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    result = command(
        "check", "red", link, check.dot, "--pass-url", "--allow-private-urls", "--json", "-j", "1", env=env
    )
    assert result.code == 1, result.err
    sent = [json.dumps(body) for body in answers.arrived(base_url)]
    assert [link in body for body in sent] == [True, False, False]
    assert "fetched here" in result.err
    assert [found["verdict"] for found in result.record["data"]["checks"]] == ["false", "false"]


def test_a_refused_link_that_cannot_be_fetched_either_is_no_verdict(command: Command, answers: AnswerServer) -> None:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": answers.says("{}", takes_links=False)}
    result = command("check", "red", "http://127.0.0.1:1/x.png", "--pass-url", "--allow-private-urls", env=env)
    assert result.code == 3, result.err


def test_a_server_without_decisions_names_the_other_engine(check: Checker) -> None:
    result = check.decide("red 0.97", check.dot, script="no-decisions")
    assert (result.code, "--engine schema" in result.error_lines[1]) == (8, True), result.err


def test_an_amount_is_told_as_people_write_it(check: Checker) -> None:
    result = check("red 0.9", check.dot, "--confirm-above", "0.0000001")
    assert (result.code, "$0.0000001," in result.error_lines[0], check.bodies) == (5, True, []), result.err
