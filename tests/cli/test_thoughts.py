"""The thoughts that a local model writes before its answer, as commands show them: never, but with -v."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Argument, Command, Result
    from tests.cli.servers import AnswerServer

PIECES = ("\n<thi", "nk>A dog?", " No.</thi", "nk>\n", "\nA cat", ".")


def run(command: Command, base_url: str, *args: Argument, stdin: bytes | None = None) -> Result:
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url}
    return command(*args, env=env, **({} if stdin is None else {"stdin": stdin}))


@pytest.mark.parametrize("flag", ["--stream", "--no-stream"])
def test_ask_shows_the_answer_alone_and_with_verbose_all(
    command: Command, answers: AnswerServer, dot: Path, flag: str
) -> None:
    base_url = answers.says(*PIECES)
    assert run(command, base_url, "ask", "what?", dot, flag).out == "A cat.\n"
    assert "A dog?" in run(command, base_url, "ask", "what?", dot, flag, "-v").out
    assert json.loads(run(command, base_url, "ask", "what?", dot, "--json").out)["answer"] == "A cat."


@pytest.mark.parametrize("flag", ["--stream", "--no-stream"])
def test_thoughts_that_the_prompt_began_are_hidden_too(
    command: Command, answers: AnswerServer, dot: Path, flag: str
) -> None:
    base_url = answers.says("A dog? ", "No.\n</thi", "nk>\n", "\nA cat", ".")
    for model in ("qwen3-vl:4b", "nobodys", "QwQ-32B"):
        assert run(command, base_url, "ask", "what?", dot, flag, "-m", model).out == "A cat.\n"
    assert run(command, base_url, "ask", "what?", dot, flag, "-m", "nobodys", "-v").out.startswith("A dog? No.")
    assert run(command, base_url, "chat", dot, flag, "-m", "nobodys", stdin=b"what?\n").out == "A cat.\n"


def test_chat_and_scan_show_the_answer_alone(command: Command, answers: AnswerServer, dot: Path) -> None:
    base_url = answers.says(*PIECES)
    assert run(command, base_url, "chat", dot, stdin=b"what?\nand?\n").out == "A cat.\nA cat.\n"
    assert run(command, base_url, "scan", "what?", dot).out == f"{dot}: A cat.\n"


def test_thoughts_alone_are_no_answer(command: Command, answers: AnswerServer, dot: Path) -> None:
    result = run(command, answers.says("<think>A dog?"), "ask", "what?", dot)
    assert (result.code, result.out) == (8, "")
    assert "thoughts" in result.err
