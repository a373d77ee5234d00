"""The table of costs in the guide: that it is the one of today's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.readme.costs import GUIDE, renewed

if TYPE_CHECKING:
    from tests.cli.command import Command


def test_the_table_of_costs_is_that_of_the_data() -> None:
    assert GUIDE.read_text("utf-8") == renewed(), "run: python -m tests.readme costs"


def test_help_shows_the_table_of_costs(command: Command) -> None:
    run = command("help", "costs")
    assert run.code == 0
    assert "claude-haiku-5-5" in run.out
    assert "4,740" in run.out
    assert "2,691" in run.out
