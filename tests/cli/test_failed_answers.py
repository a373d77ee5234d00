"""Tests that what came and was no answer can be looked at: it was paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.scanning import fill, scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.command import Command
    from tests.cli.conftest import Wire


def test_an_answer_that_was_cut_is_listed_and_shown(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("length,ok"), fill(command.folder / "p", 2)
    assert scan(sender, folder, "-j", "1").code == 7
    (listed,) = command("logs", "list", "--failed", "--json").record["data"]["answers"]
    assert listed["error"]["code"] == "length"
    assert listed["images"][0]["source"].endswith("i0.png")
    assert len(command("logs", "list", "--json").record["data"]["answers"]) == 1
    row = command("logs", "list", "--failed").out
    assert f"failed (length): {listed['answer'][:20]}" in row
    shown = command("logs", "show", row.splitlines()[1].split()[0])
    assert shown.code == 0
    assert "failed    length: " in shown.out
    assert shown.out.rstrip().endswith(listed["answer"].rstrip())


def test_data_that_do_not_match_twice_are_kept_and_observed_once(wire: Callable[[str], Wire], command: Command) -> None:
    sender, folder = wire("ok"), fill(command.folder / "p", 1)  # the server answers in words
    assert scan(sender, folder, "--schema", "name").code == 7
    assert len(sender.bodies) == 2
    (listed,) = command("logs", "list", "--failed", "--json").record["data"]["answers"]
    (drift,) = command("logs", "stats", "--json").record["data"]["drift"]
    assert drift["requests"] == 1
    assert listed["error"]["code"] == "schema_mismatch"
    assert listed["billed"]["image_tokens"] % 2 == 0
    assert drift["image_ratio"] == 0.5 * listed["billed"]["image_tokens"] / projected(command, folder)


def projected(command: Command, folder: object) -> int:
    tokens: int = command("cost", folder, "--json").record["projected"]["image_tokens"]
    return tokens
