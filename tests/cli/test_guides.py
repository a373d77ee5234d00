"""`visionask help`: each guide is listed, shown as it is in a pipe, and a wrong name is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import visionask
from tests.cli.test_cost_tables import SGR

if TYPE_CHECKING:
    from tests.cli.command import Command

FOLDER = Path(visionask.__file__).parent / "data" / "help"
TOPICS = {"costs", "folders", "ci", "batch", "servers", "python", "security", "exit-codes", "agents"}


def test_every_guide_is_listed_and_shown_as_it_is(command: Command) -> None:
    listed = command("help")
    assert listed.code == 0
    assert {line.split()[2] for line in listed.out.splitlines()} == TOPICS
    for topic in TOPICS:
        shown = command("help", topic)
        assert (shown.code, shown.err) == (0, "")
        assert shown.out.strip() == (FOLDER / f"{topic}.md").read_text().strip()


def test_a_wrong_topic_is_told_with_the_near_one(command: Command) -> None:
    result = command("help", "cost")
    assert result.code == 2
    assert "did you mean costs?" in result.err
    assert "did you mean exit-codes?" in command("help", "exit").err
    assert "hint: its flags: visionask scan --help" in command("help", "scan").err


def test_a_terminal_shows_no_mark_of_the_tests(command: Command) -> None:
    drawn = command.on_terminal("help", "costs", env={"PAGER": "cat"}).out_bytes.decode()
    assert "eval labels.csv" in SGR.sub("", drawn)
    assert "<!--" not in drawn
    assert "\x1b[48" not in drawn  # no ground of its own, which is a dark box on a light terminal
