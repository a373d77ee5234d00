"""`-q` is quiet, not mute: what failed is named on standard error, ten by name and the rest as a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

TRUE = '{"q1": {"reason": "", "value": "true"}}'
COMMANDS = [
    pytest.param(("scan", "-q", "what?", "{all}"), id="scan"),
    pytest.param(("scan", "-q", "-n", "what?", "{all}"), id="scan -n"),
    pytest.param(("cost", "-q", "{all}"), id="cost"),
    pytest.param(("cost", "-q", "--json", "{all}"), id="cost --json"),
    pytest.param(("eval", "-q", "labels.csv", "what?"), id="eval"),
    pytest.param(("batch", "export", "-q", "what?", "{all}", "--to", "out"), id="batch export"),
    pytest.param(("prep", "-q", "{all}", "-o", "out"), id="prep"),
    pytest.param(("check", "-q", "it is red", "{all}"), id="check"),
]


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("number", [2, 10, 13])
def test_what_failed_is_named(
    command: Command, answers: AnswerServer, dot: Path, words: tuple[str, ...], number: int
) -> None:
    names = [f"bad{at:02}.png" for at in range(number)]
    for name in names:
        (command.folder / name).write_text("no picture")
    lines = [f"{name},yes\n" for name in [dot.name, *names]]
    (command.folder / "labels.csv").write_text("".join(["image,label\n", *lines]))
    args = [arg for word in words for arg in ([dot, *names] if word == "{all}" else [word])]
    result = command(*args, env={"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": answers.says(TRUE)})
    assert result.code in (3, 7)
    told = [line for line in result.err.splitlines() if line.startswith("failed: ")]
    assert [sum(name in line for line in told) for name in names] == [1] * min(10, number) + [0] * max(0, number - 10)
    assert told[10:] == (["failed: 3 more"] if number == 13 else [])


def test_ask_names_what_it_cannot_send(command: Command) -> None:
    names = [f"bad{at:02}.png" for at in range(13)]
    for name in names:
        (command.folder / name).write_text("no picture")
    lines = command("ask", "-q", "what?", *names, env={"OPENAI_API_KEY": KEY}).err.splitlines()
    assert [sum(name in line for line in lines) for name in names] == [1] * 11 + [0] * 2
    assert "failed: 2 more" in lines
