"""`chat` on a terminal, with the keys that a user presses."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from visionask.store.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.cli.conftest import Wire
    from tests.cli.servers import AnswerServer

ENTER, ALT_ENTER, CTRL_C, CTRL_D, UP = "\r", "\x1b\r", "\x03", "\x04", "\x1b[A"
READY = r"\x1b\[\?2004h"  # bracketed paste is switched on where keys are waited for


class Terminal:
    """A chat on a terminal: what is typed, what is shown, what the server saw."""

    def __init__(self, sender: Wire, *args: str, env: dict[str, str] | None = None) -> None:
        self.sender = sender
        env = {"PROMPT_TOOLKIT_NO_CPR": "1"} | sender.env | (env or {})
        self.child = sender.command.typed("chat", "dot.png", "--no-color", *args, env=env)

    def say(self, keys: str, shown: str) -> str:
        """Press keys at the prompt and wait until something is shown; return all that was shown until then."""
        self.child.expect(READY)
        return self.press(keys, shown)

    def press(self, keys: str, shown: str) -> str:
        self.child.send(keys)
        self.child.expect(shown)
        return str(self.child.before) + str(self.child.after)

    def leave(self) -> int:
        self.child.expect(READY)
        self.child.send(CTRL_D)
        return self.child.leave()

    def questions(self) -> list[str]:
        """The question of each request, in order."""
        return [
            next(part["text"] for part in body["messages"][-1]["content"] if part["type"] == "text")
            for body in self.sender.bodies
        ]


@pytest.fixture
def talk(wire: Callable[[str], Wire], dot: Path) -> Iterator[Callable[..., Terminal]]:
    begun: list[Terminal] = []

    def begin(script: str, *args: str, env: dict[str, str] | None = None) -> Terminal:
        begun.append(Terminal(wire(script), *args, env=env))
        return begun[-1]

    yield begin
    for each in begun:
        each.child.close()


def test_ctrl_c_stops_the_answer_and_not_the_conversation(talk: Callable[..., Terminal]) -> None:
    chat = talk("stream-stall,ok")
    chat.say("First?" + ENTER, "The ")
    shown = chat.press(CTRL_C, "no part of the conversation")
    assert "Traceback" not in shown
    chat.say("Second?" + ENTER, "billed")
    assert "unconfirmed" in chat.say("/cost" + ENTER, "next turn")
    assert chat.leave() == 0
    second = chat.sender.bodies[1]
    assert [message["role"] for message in second["messages"]] == ["user"]
    assert chat.questions() == ["First?", "Second?"]
    with open_ledger(os.path.join(chat.sender.command.env["XDG_STATE_HOME"], "visionask", "ledger.db")) as ledger:
        (spend,) = ledger.logs.spend()
    assert (spend.requests, spend.usd > 0, spend.maybe_usd > 0) == (2, True, True)


def test_a_byte_of_another_encoding_ends_no_conversation(talk: Callable[..., Terminal]) -> None:
    chat = talk("ok")
    chat.child.expect(READY)
    os.write(chat.child.child_fd, b"caf\xe9?\r")
    chat.child.expect("not UTF-8 text")
    chat.say("Second?" + ENTER, "billed")
    assert chat.leave() == 0
    assert chat.questions() == ["Second?"]


def test_ctrl_c_on_an_empty_prompt_tells_how_to_leave_and_else_empties_it(talk: Callable[..., Terminal]) -> None:
    chat = talk("ok")
    chat.say(CTRL_C, "Ctrl-D or /quit leaves")
    chat.say("wrong" + CTRL_C + "Right?" + ENTER, "billed")
    assert chat.leave() == 0
    assert chat.questions() == ["Right?"]


def test_several_lines_are_one_message(talk: Callable[..., Terminal]) -> None:
    chat = talk("ok")
    chat.say("\x1b[200~one\rtwo\x1b[201~" + ENTER, "billed")
    chat.say("three" + ALT_ENTER + "four" + ENTER, "billed")
    chat.say("five\\" + ENTER + "six" + ENTER, "billed")
    assert chat.leave() == 0
    assert chat.questions() == ["one\ntwo", "three\nfour", "five\nsix"]


def test_what_was_typed_is_remembered_by_the_user_alone(talk: Callable[..., Terminal]) -> None:
    chat = talk("ok")
    chat.say("Remember me?" + ENTER, "billed")
    assert chat.leave() == 0
    path = os.path.join(chat.sender.command.env["XDG_STATE_HOME"], "visionask", "chat_history")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    again = talk("ok")
    again.say(UP + ENTER, "billed")
    assert again.leave() == 0
    assert again.questions() == ["Remember me?"]


def test_nothing_typed_is_kept_without_a_ledger(talk: Callable[..., Terminal]) -> None:
    chat = talk("ok", "--no-log")
    chat.say("Secret?" + ENTER, "billed")
    assert chat.leave() == 0
    state = chat.sender.command.env["XDG_STATE_HOME"]
    assert [name for _, _, names in os.walk(state) for name in names] == []


def test_a_plain_terminal_does_without_the_extra(talk: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "prompt_toolkit.py").write_text("raise ImportError('as if it were not installed')\n")
    chat = talk("stream-stall,ok", env={"PYTHONPATH": str(tmp_path)})
    chat.say("First?" + ENTER, "The ")
    chat.press(CTRL_C, "no part of the conversation")
    chat.say(CTRL_C, "Ctrl-D or /quit leaves")
    chat.say("Sec\\" + ENTER + "ond?" + ENTER, "billed")
    assert chat.leave() == 0
    assert chat.questions() == ["First?", "Sec\nond?"]


@pytest.mark.parametrize("has_readline", [True, False])
def test_a_plain_terminal_takes_several_lines_as_one_message(
    talk: Callable[..., Terminal], tmp_path: Path, has_readline: bool
) -> None:
    missing = "raise ImportError('as if it were not installed')\n"
    (tmp_path / "prompt_toolkit.py").write_text(missing)
    if not has_readline:
        (tmp_path / "readline.py").write_text(missing)
    chat = talk("ok", env={"PYTHONPATH": str(tmp_path)})
    chat.child.expect("> ")
    chat.press("three" + ALT_ENTER + "four" + ENTER, "billed.*> ")
    chat.press("pasted\rwith\rits end" + ENTER, "billed.*> ")  # as a terminal gives it that does not mark a paste
    chat.press("pasted\rwithout\rits", r"\.\.\. its")
    chat.press(" end" + ENTER, "billed.*> ")
    chat.child.send(CTRL_D)
    assert chat.child.leave() == 0
    assert chat.questions() == ["three\nfour", "pasted\nwith\nits end", "pasted\nwithout\nits end"]


def test_tab_completes_commands_and_names_of_files(talk: Callable[..., Terminal], dot: Path) -> None:
    home = Path(talk_home := str(dot.parent / "home of mine"))
    home.mkdir()
    (home / "a picture (1).png").write_bytes(dot.read_bytes())
    chat = talk("ok", env={"HOME": talk_home})
    chat.say("/im\t", "age")
    chat.press(" ~/a p\t", r"icture \(1\)\.png")
    chat.press(ENTER, r"a picture \(1\)\.png comes with the next question")
    assert chat.leave() == 0


def test_an_answer_cannot_steer_the_terminal(talk: Callable[..., Terminal], answers: AnswerServer) -> None:
    base_url = answers.says("owned \x1b]0;", "title\x07 \x1b[2J by ", "\u202enobody")
    chat = talk("ok", env={"OPENAI_BASE_URL": base_url})
    shown = chat.say("Who?" + ENTER, "billed")
    assert "\x1b]0;" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\\x1b]0;title\\x07" in shown
    assert chat.leave() == 0
