"""`chat` in a pipe: each line is a turn, the images go once and stay, the money is counted over all turns."""

from __future__ import annotations

import json
import random
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo, shape_on
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result
    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer

# 64 x 48 px at low: gpt-6-luna's projection is of no interest here, its prices are: 0.10 in, 0.01 cached, 0.50 out
USAGE = {
    "prompt_tokens": 300,
    "completion_tokens": 10,
    "total_tokens": 310,
    "prompt_tokens_details": {"cached_tokens": 200, "image_tokens": 250},
}


def talk(command: Command, base_url: str, lines: list[str], *args: Argument) -> Result:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    return command("chat", *args, env=env, stdin="".join(f"{line}\n" for line in lines).encode())


def user_texts(body: dict[str, Any]) -> list[str]:
    return [
        part["text"]
        for message in body["messages"]
        if message["role"] == "user"
        for part in message["content"]
        if part["type"] == "text"
    ]


def image_counts(body: dict[str, Any]) -> list[int]:
    """How many images each question has."""
    return [
        sum(part["type"] == "image_url" for part in message["content"])
        for message in body["messages"]
        if message["role"] == "user"
    ]


def test_each_line_is_a_turn_that_begins_with_the_bytes_of_the_last(
    command: Command, answers: AnswerServer, dot: Path
) -> None:
    base_url = answers.says("Yes", ".", usage=USAGE)
    done = talk(command, base_url, ["One?", "", "Two \\", "lines?", "//three?"], dot, "-s", "Be brief.")
    assert (done.code, done.out) == (0, "Yes.\nYes.\nYes.\n")
    bodies = answers.arrived(base_url)
    assert [user_texts(body)[-1] for body in bodies] == ["One?", "Two \nlines?", "/three?"]
    sent = [json.dumps(body["messages"]) for body in bodies]
    assert sent[1].startswith(sent[0].removesuffix("]"))
    assert sent[2].startswith(sent[1].removesuffix("]"))
    first = bodies[2]["messages"][1]["content"]
    assert [part["type"] for part in first] == ["image_url", "text"]
    assert "prompt_cache" not in json.dumps(bodies)  # OpenAI alone takes it


def test_cached_tokens_are_shown_and_priced_and_added_up(command: Command, answers: AnswerServer, dot: Path) -> None:
    done = talk(command, answers.says("Yes.", usage=USAGE), ["One?", "Two?", "/cost"], dot)
    # (100 x 0.10 + 200 x 0.01 + 10 x 0.50) / 1,000,000 = 0.000017 a turn, with the prices of gpt-6-luna
    assert "200 cached" in done.err
    assert "· so far $0.000017 in 1 turn\n" in done.err
    assert "so far: 600 tokens in (400 cached), 20 out, $0.000034 in 2 turns\n" in done.err


def test_history_is_projected_as_text(command: Command, answers: AnswerServer, dot: Path) -> None:
    base_url = answers.says("word " * 500, usage=USAGE)
    records = [json.loads(line) for line in talk(command, base_url, ["One?", "One?"], dot, "--json").out.splitlines()]
    tokens = [record["projected"]["text_tokens"] for record in records]
    assert 500 < tokens[1] - tokens[0] < 530
    assert all(record["projected"]["image_tokens"] for record in records)
    assert {record["command"] for record in records} == {"chat"}
    assert {record["status"] for record in records} == {"ok"}


def test_an_image_comes_with_the_next_question_and_stays(command: Command, answers: AnswerServer, dot: Path) -> None:
    (command.folder / "a b.jpg").write_bytes(encoded(photo((90, 70)), "JPEG"))
    base_url = answers.says("Yes.")
    lines = ["One?", "/image a b.jpg", "Two?", "/undo", "/image 'dot.png'", "Two again?", "/image gone.png"]
    done = talk(command, base_url, lines, dot)
    assert done.code == 3
    assert "a b.jpg comes with the next question\n" in done.err
    assert "error: gone.png: " in done.err
    bodies = answers.arrived(base_url)
    assert [image_counts(body) for body in bodies] == [[1], [1, 1], [1, 2]]
    assert user_texts(bodies[2]) == ["One?", "Two again?"]
    with open_ledger(f"{command.env['XDG_STATE_HOME']}/visionask/ledger.db") as ledger:
        (talk_id,) = [each.id for each in ledger.conversations.newest(5)]
        kept = [(turn.question, len(turn.images)) for turn in ledger.conversations.turns(talk_id)]
    assert kept == [("One?", 1), ("Two again?", 2)]


def test_the_same_question_is_asked_again_after_it_was_taken_back(
    command: Command, answers: AnswerServer, dot: Path
) -> None:
    base_url = answers.says("Yes.")
    assert talk(command, base_url, ["One?", "/undo", "One?"], dot).out == "Yes.\nYes.\n"
    assert [user_texts(body) for body in answers.arrived(base_url)] == [["One?"], ["One?"]]


def test_another_model_and_detail_are_taken_from_the_next_question_on(command: Command, answers: AnswerServer) -> None:
    (command.folder / "big.jpg").write_bytes(encoded(photo((1600, 1200)), "JPEG"))
    base_url = answers.says("Yes.")
    lines = ["One?", "/detail low", "/model gpt-4o", "Two?", "/detail lowest", "/model"]
    done = talk(command, base_url, lines, "big.jpg")
    assert done.code == 2
    assert done.error_lines[0].startswith("error: /detail 'lowest' is not low, high")
    one, two = answers.arrived(base_url)
    assert (one["model"], two["model"]) == ("gpt-6-luna", "gpt-4o")
    details = [body["messages"][0]["content"][0]["image_url"]["detail"] for body in (one, two)]
    assert details == ["high", "low"]


def test_an_unknown_command_is_not_sent(command: Command, answers: AnswerServer, dot: Path) -> None:
    base_url = answers.says("Yes.")
    done = talk(command, base_url, ["/imgae x", "/undo"], dot, "-q")
    assert (done.code, answers.arrived(base_url)) == (2, [])
    assert done.error_lines == [
        "error: there is no command '/imgae'",
        "hint: /help lists them; // sends a /",
        "error: there is no question to take back",
        "hint: /help lists the commands",
    ]


def test_input_without_a_line_end_is_told_once_and_ends_the_conversation(command: Command, dot: Path) -> None:
    done = command("chat", dot, "-q", env={"OPENAI_API_KEY": KEY}, stdin=b"x" * 3_000_000)
    assert (done.code, len(done.error_lines)) == (2, 2)
    assert done.error_lines[0] == "error: a line of standard input is over 1 MB"


def test_a_failed_turn_is_no_part_of_the_next_and_its_code_counts(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("500,ok")
    done = sender.command("chat", dot, "--retries", "0", env=sender.env, stdin=b"One?\nTwo?\n")
    assert done.code == 6
    assert [user_texts(body) for body in sender.bodies] == [["One?"], ["Two?"]]


def test_a_budget_holds_over_the_whole_conversation(command: Command, answers: AnswerServer, dot: Path) -> None:
    usage = USAGE | {"prompt_tokens": 9_000_000, "prompt_tokens_details": {}}
    base_url = answers.says("Yes.", usage=usage)  # dearer than anybody thought
    done = talk(command, base_url, ["One?", "Two?"], dot, "--max-cost", "0.50")
    assert (done.code, len(answers.arrived(base_url))) == (5, 1)
    assert "error: --max-cost of $0.50 would be passed: " in done.err


def test_a_conversation_is_saved_and_no_other_file_is_touched(
    command: Command, answers: AnswerServer, dot: Path
) -> None:
    (command.folder / "mine.md").write_text("mine")
    base_url = answers.says("Yes \x1b[2J", ".", usage=USAGE)
    lines = ["One?", "/save t.json", "Two?", "/save t.json", "/save t.md", "/save mine.md", "/save t.txt"]
    done = talk(command, base_url, lines, dot)
    assert done.code == 2
    data = json.loads((command.folder / "t.json").read_text())["data"]
    assert data["turns"] == [
        {"question": "One?", "answer": "Yes \x1b[2J.", "images": 1},
        {"question": "Two?", "answer": "Yes \x1b[2J.", "images": 0},
    ]
    assert data["billed"]["usd"] == "0.000034"
    told = (command.folder / "t.md").read_text()
    assert "## Question\n\nTwo?\n\n## Answer\n\nYes \\x1b[2J.\n" in told
    assert (command.folder / "mine.md").read_text() == "mine"
    assert not (command.folder / "t.txt").exists()


@pytest.mark.parametrize(
    ("args", "code"), [(["gone.png"], 3), ([], 2), (["-"], 2), (["dot.png", "--cid", "feed"], 2), (["-c"], 2)]
)
def test_what_cannot_begin_sends_nothing(
    command: Command, answers: AnswerServer, dot: Path, args: list[str], code: int
) -> None:
    base_url = answers.says("Yes.")
    done = talk(command, base_url, ["One?"], *args)
    assert (done.code, done.out, answers.arrived(base_url)) == (code, "", [])
    assert [line.partition(":")[0] for line in done.error_lines] == ["error", "hint"]


def test_links_that_a_server_does_not_take_are_fetched_here(
    command: Command, answers: AnswerServer, links: Any, dot_bytes: bytes
) -> None:
    base_url = answers.says("Yes.", takes_links=False)
    link = links.put("linked.png", dot_bytes)
    done = talk(command, base_url, ["One?", "Two?"], link, "--pass-url", "--allow-private-urls")
    assert (done.code, done.out) == (0, "Yes.\nYes.\n")
    urls = [body["messages"][0]["content"][0]["image_url"]["url"] for body in answers.arrived(base_url)]
    assert [url.partition(":")[0] for url in urls] == ["http", "data", "data"]


def test_a_recorded_conversation_is_replayed_without_a_server(
    command: Command, answers: AnswerServer, dot: Path
) -> None:
    base_url = answers.says("Yes.", usage=USAGE)
    assert talk(command, base_url, ["One?", "Two?"], dot, "--record", "saved", "-d", "high").code == 0
    done = command("chat", dot, "--replay", "saved", stdin=b"One?\nTwo?\nThree?\n")  # the server and detail are noted
    assert (done.code, done.out) == (4, "Yes.\nYes.\n")
    assert len(answers.arrived(base_url)) == 2


@pytest.mark.slow
@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra `local` is not installed")
def test_a_real_model_sees_the_picture_in_each_turn(command: Command) -> None:
    (command.folder / "a.png").write_bytes(encoded(shape_on(random.Random(3), "purple"), "PNG"))
    lines = b"How many shapes are there?\nWhat is the background color?\n"
    done = command("chat", "--local", "practice", "a.png", "-q", stdin=lines)
    assert (done.code, done.out) == (0, "1\npurple\n"), done.err
    told = command("chat", "--local", "practice", "a.png", stdin=lines)
    assert told.err.count("practice knows simple drawings") == 1
