"""`ask -c` and `--cid`: each answer begins a conversation, which goes on with its own pictures or not at all."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.command import KEY, TIMEOUT_S
from tests.cli.pictures import encoded, photo
from tests.images.object_store import ObjectStore
from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer, PictureServer


def ledger_path(command: Command) -> str:
    return os.path.join(command.env["XDG_STATE_HOME"], "visionask", "ledger.db")


def conversations(command: Command) -> list[str]:
    with open_ledger(ledger_path(command)) as ledger:
        return [each.id for each in ledger.conversations.newest(10)]


def turns(command: Command) -> list[tuple[str, str]]:
    """The questions and answers of the last conversation."""
    with open_ledger(ledger_path(command)) as ledger:
        last = ledger.conversations.find()
        assert last is not None
        return [(turn.question, turn.answer) for turn in ledger.conversations.turns(last.id)]


class Asking:
    """`ask` at a server that says "Yes."."""

    def __init__(self, command: Command, answers: AnswerServer) -> None:
        self.command, self.answers, self.base_url = command, answers, answers.says("Yes.")
        self.env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.base_url}

    def __call__(self, *args: str, **how: Any) -> Any:
        return self.command("ask", *args, env=self.env | how.pop("env", {}), **how)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return self.answers.arrived(self.base_url)


@pytest.fixture
def ask(command: Command, answers: AnswerServer, dot: Path) -> Asking:
    return Asking(command, answers)


def test_a_question_goes_on_with_the_image_and_words_before_it(ask: Asking, tmp_path: Path) -> None:
    assert ask("One?", "dot.png", "-s", "Be brief.", "-m", "gpt-4o").code == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "more.png").write_bytes(encoded(photo((30, 20)), "PNG"))
    away = Asking.__new__(Asking)
    away.__dict__ |= ask.__dict__ | {"command": type(ask.command)(env=ask.command.env, folder=elsewhere)}
    assert away("-c", "Two?", "more.png").code == 0
    assert away("-c", "Three?").code == 0
    one, two, three = ask.bodies
    assert {body["model"] for body in (one, two, three)} == {"gpt-4o"}
    assert two["messages"][:2] == one["messages"]
    assert three["messages"][:4] == two["messages"]
    assert three["messages"][0] == {"role": "system", "content": "Be brief."}
    assert [message["role"] for message in three["messages"]] == ["system", *["user", "assistant"] * 2, "user"]
    assert [len(message["content"]) for message in three["messages"][1::2]] == [2, 2, 1]
    assert turns(ask.command) == [("One?", "Yes."), ("Two?", "Yes."), ("Three?", "Yes.")]


def test_half_a_character_in_an_answer_ends_no_conversation(ask: Asking, answers: AnswerServer) -> None:
    url = answers.says("half \ud83d end")
    assert ask("One?", "dot.png", env={"OPENAI_BASE_URL": url}).code == 0
    result = ask("-c", "Two?", env={"OPENAI_BASE_URL": url})
    assert result.code == 0, result.err
    assert answers.arrived(url)[-1]["messages"][1]["content"] == "half ? end"


def test_a_conversation_is_named_by_the_beginning_of_its_id(ask: Asking) -> None:
    ask("One?", "dot.png")
    ask("Other?", "dot.png")
    newest, oldest = conversations(ask.command)
    assert ask("--cid", oldest[:8], "Two?").code == 0
    assert [message["content"] for message in ask.bodies[-1]["messages"] if message["role"] == "assistant"] == ["Yes."]
    assert ask.bodies[-1]["messages"][0]["content"][0]["text"] == "One?"
    assert turns(ask.command) == [("One?", "Yes."), ("Two?", "Yes.")]  # it is now the last one
    assert newest != oldest


def test_what_was_blacked_out_stays_so(ask: Asking) -> None:
    ask("One?", "dot.png", "--redact", "10,10,20,20", "--crop", "0,0,40,40")
    ask("-c", "Two?")
    one, two = ask.bodies
    assert two["messages"][0] == one["messages"][0]


def test_an_image_that_is_another_now_stops_it_and_the_same_one_helps(ask: Asking, dot: Path, dot_bytes: bytes) -> None:
    ask("One?", "dot.png")
    dot.write_bytes(encoded(photo((64, 48)), "PNG") + b"more")
    done = ask("-c", "Two?")
    assert done.code == 3
    assert done.error_lines == [
        f"error: {dot}: is no longer the image of the conversation",
        "hint: name a file that is, or begin a new conversation",
    ]
    dot.unlink()
    assert ask("-c", "Two?").code == 3
    assert len(ask.bodies) == 1
    (ask.command.folder / "moved.png").write_bytes(dot_bytes)
    assert ask("-c", "Two?", "moved.png").code == 0
    one, two = ask.bodies
    assert two["messages"][0] == one["messages"][0]
    assert len(two["messages"][2]["content"]) == 1  # it stands in for the lost one, and is not one more


def test_an_image_of_a_pipe_is_to_be_named_again(ask: Asking, dot_bytes: bytes) -> None:
    assert ask("One?", "-", stdin=dot_bytes).code == 0
    done = ask("-c", "Two?", stdin=b"")
    assert done.code == 3
    assert done.error_lines[0] == "error: standard input: was not kept with the conversation"
    assert ask("-c", "Two?", "dot.png").code == 0
    assert ask.bodies[1]["messages"][0] == ask.bodies[0]["messages"][0]


def test_a_link_is_fetched_again_and_must_be_the_same(ask: Asking, links: PictureServer, dot_bytes: bytes) -> None:
    link = links.put("again.png", dot_bytes)
    ask("One?", link, "--allow-private-urls")
    assert ask("-c", "Two?", "--allow-private-urls").code == 0
    assert ask.bodies[1]["messages"][0] == ask.bodies[0]["messages"][0]
    links.put("again.png", encoded(photo((30, 20)), "PNG"))
    assert ask("-c", "Three?", "--allow-private-urls").code == 3


def test_an_object_is_read_again_and_must_be_the_same(ask: Asking, dot_bytes: bytes) -> None:
    with ObjectStore() as store:
        bucket = store.bucket({"a b.png": dot_bytes})
        for args in (("One?", f"s3://{bucket}/a b.png"), ("-c", "Two?")):
            assert ask(*args, env=store.env).code == 0
        done = ask.command("chat", "-c", "-q", env=ask.env | store.env, stdin=b"Three?\n")
        assert (done.code, done.out) == (0, "Yes.\n"), done.err
        parts = [part for body in ask.bodies for part in body["messages"][0]["content"]]
        sent = [part["image_url"] for part in parts if part["type"] == "image_url"]
        assert len(sent) == 3
        assert sent[0] == sent[1] == sent[2]
        store.put(bucket, "a b.png", encoded(photo((30, 20)), "PNG"))
        done = ask("-c", "Four?", env=store.env)
        assert done.code == 3
        assert done.error_lines[0] == f"error: s3://{bucket}/a b.png: is no longer the image of the conversation"
    assert len(ask.bodies) == 3


def test_an_object_that_was_handed_on_is_handed_on_again(ask: Asking, dot_bytes: bytes) -> None:
    with ObjectStore() as store:
        bucket = store.bucket({"a.png": dot_bytes})
        for args in (("One?", f"s3://{bucket}/a.png", "--pass-url"), ("-c", "Two?", "--pass-url")):
            assert ask(*args, env=store.env).code == 0
    for body in ask.bodies:
        link = body["messages"][0]["content"][1]["image_url"]["url"]
        assert link.startswith(f"{store.endpoint}/{bucket}/a.png?X-Amz-")


def test_what_was_turned_stays_so_and_turns_nothing_else(ask: Asking) -> None:
    """What is blacked out is told in the picture as it was turned."""
    ask("One?", "dot.png", "--rotate", "90", "--redact", "0,0,20,40")
    for more in ((), ("--rotate", "180")):
        assert ask("-c", "More?", *more).code == 0
        assert ask.bodies[-1]["messages"][0] == ask.bodies[0]["messages"][0]


def test_a_default_that_nobody_named_has_no_price_when_it_goes_on_either(ask: Asking) -> None:
    env = {"VISIONASK_MODEL": ""}
    first, again = ask("q", "dot.png", env=env), ask("-c", "why", env=env)
    named = ask("-c", "why", "-m", "gpt-5.4", env=env)
    goes_on = ask("-c", "and", env=env)
    assert [" · $?" in each.err for each in (first, again, named)] == [True, True, False]
    assert "gpt-5.4 high" in goes_on.err or "gpt-5.4 low" in goes_on.err
    assert "$?" not in goes_on.err


def test_images_go_to_no_other_server_unless_somebody_says_so(ask: Asking, answers: AnswerServer) -> None:
    ask("One?", "dot.png")
    other = answers.says("No.")
    done = ask("-c", "Two?", env={"OPENAI_BASE_URL": other})
    assert (done.code, answers.arrived(other)) == (2, [])
    assert done.error_lines[0] == f"error: the conversation was held at {ask.base_url}, and would now go to {other}"
    assert ask("-c", "Two?", "--base-url", other).code == 0
    assert len(answers.arrived(other)) == 1


@pytest.mark.parametrize(
    ("args", "fact"),
    [
        (["-c", "Two?"], "there is no conversation to continue"),
        (["--cid", "feed", "Two?"], "no conversation has the id 'feed'"),
        (["--cid", "%", "Two?"], "no conversation has the id '%'"),
        (["-c", "Two?", "--no-log"], "no conversation can go on"),
    ],
)
def test_no_conversation_is_a_wrong_argument(ask: Asking, args: list[str], fact: str) -> None:
    done = ask(*args)
    assert (done.code, ask.bodies) == (2, [])
    assert fact in done.error_lines[0]


def test_what_failed_and_what_is_not_logged_is_no_turn(ask: Asking, wire: Callable[[str], Wire]) -> None:
    ask("One?", "dot.png")
    assert wire("length").ask("Two?", "dot.png").code == 8
    ask("Three?", "dot.png", "--no-log")
    assert turns(ask.command) == [("One?", "Yes.")]


def test_nothing_is_forgotten_when_a_chat_is_killed(wire: Callable[[str], Wire], dot: Path) -> None:
    sender = wire("ok,stall,ok")
    ours, theirs = os.pipe()
    process = sender.command.start("chat", dot, "--json", env=sender.env, stdin=ours)
    os.close(ours)
    os.write(theirs, b"One?\nTwo?\n")
    until = time.monotonic() + TIMEOUT_S
    while len(sender.bodies) < 2 and time.monotonic() < until:
        select.select([], [], [], 0.02)
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    os.close(theirs)
    (told,) = [json.loads(line) for line in out.splitlines()]
    done = sender.ask("-c", "Three?")
    assert done.code == 0, done.err
    assert "1 request was under way when an earlier run ended" in done.err
    asked = sender.bodies[2]["messages"]
    assert [message["role"] for message in asked] == ["user", "assistant", "user"]
    assert asked[1]["content"] == told["answer"]
    assert [question for question, _ in turns(sender.command)] == ["One?", "Three?"]


def test_an_answer_in_a_conversation_answers_no_question_outside_of_it(ask: Asking) -> None:
    ask("One?", "dot.png")
    ask("-c", "Two?")
    assert ask("--cache", "Two?", "dot.png").code == 0
    assert len(ask.bodies) == 3


def test_conversations_are_listed_the_last_first(ask: Asking) -> None:
    assert ask.command("logs", "conversations").err == "no conversations\n"
    ask("One?", "dot.png")
    ask("Other\x1b[2J?", "dot.png")
    ask("-c", "Two?")
    last, first = conversations(ask.command)
    rows = ask.command("logs", "conversations").out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == [last, first]
    assert ("Other\\x1b[2J?" in rows[0], "One?" in rows[1]) == (True, True)
    (talk,) = ask.command("logs", "conversations", "--limit", "1", "--json").record["data"]["conversations"]
    assert [turn["question"] for turn in talk["turns"]] == ["Other\x1b[2J?", "Two?"]
    assert talk["turns"][0]["images"][0]["source"] == str(ask.command.folder / "dot.png")


def test_chat_and_ask_go_on_with_each_other(ask: Asking) -> None:
    ask("One?", "dot.png")
    done = ask.command("chat", "-c", "-q", env=ask.env, stdin=b"Two?\n")
    assert (done.code, done.out) == (0, "Yes.\n"), done.err
    assert ask("-c", "Three?").code == 0
    asked = [message["content"] for message in ask.bodies[2]["messages"] if message["role"] == "user"]
    assert [part["text"] for content in asked for part in content if part["type"] == "text"] == [
        "One?",
        "Two?",
        "Three?",
    ]
    assert [len(content) for content in asked] == [2, 1, 1]
    assert turns(ask.command) == [("One?", "Yes."), ("Two?", "Yes."), ("Three?", "Yes.")]


@pytest.mark.parametrize("begins_with", ["chat", "ask"])
def test_what_goes_on_repeats_the_turns_before_it_byte_for_byte(ask: Asking, begins_with: str) -> None:
    """Whoever began it, and whoever goes on: a provider's cache reads what begins with the same bytes."""

    def chat(question: str, *args: str) -> int:
        end = ask.command("chat", *args, "--no-stream", "-m", "gpt-4o", env=ask.env, stdin=f"{question}\n".encode())
        return int(end.code)

    def once(question: str, *args: str) -> int:
        return int(ask(question, *args, "--no-stream", "-m", "gpt-4o").code)

    first, second = (chat, once) if begins_with == "chat" else (once, chat)
    assert first("One?", "dot.png") == 0
    assert second("Two?", "-c") == 0
    assert first("Three?", "-c") == 0
    one, two, three = (body["messages"] for body in ask.bodies)
    for shorter, longer in ((one, two), (two, three)):
        assert json.dumps(longer[: len(shorter)]) == json.dumps(shorter)
    kinds = [part["type"] for part in three[0]["content"]]
    assert kinds == (["image_url", "text"] if begins_with == "chat" else ["text", "image_url"])
