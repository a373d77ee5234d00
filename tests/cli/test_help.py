"""What --help shows: a screen of it, every flag, and examples that the commands understand."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from tests.cli.test_streams import SGR
from visionask.cli.app import app
from visionask.cli.help import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.command import Command

SCREEN = 40  # lines, at 80 columns
PAID_FOR = ("ask", "scan", "check")


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


ROOT = typer.main.get_command(app)
COMMANDS = dict(walk(ROOT))


def context(path: str) -> Any:
    found = ROOT.context_class(ROOT, info_name="visionask", **ROOT.context_settings)
    for name in path.split():
        found = found.command.context_class(found.command.commands[name], parent=found, info_name=name)
    return found


def spellings(command: Any) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts) if name[:2] == "--"}


@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_a_screen_and_names_every_flag(path: str) -> None:
    shown = context(path)
    text = shown.command.get_help(shown)
    lines = text.splitlines()
    assert len(lines) <= SCREEN
    assert [line for line in lines if len(line) > 80 and not line.startswith("  visionask ")] == []
    words = set(text.replace(",", " ").replace("/", " ").split())
    assert spellings(shown.command) - words == set()


@pytest.mark.parametrize("path", COMMANDS)
def test_help_of_every_command_ends_with_examples_of_it(path: str) -> None:
    shown = context(path)
    lines = shown.command.get_help(shown).partition("\nExamples:\n")[2].splitlines()
    examples = [line.strip() for line in lines[: lines.index("") if "" in lines else None]]
    assert examples
    assert [line for line in examples if not line.startswith(f"visionask {path}".rstrip())] == []
    assert len(set(examples)) == len(examples)
    for line in examples:
        parse(shlex.split(line.partition(" > ")[0])[1:])


def parse(words: list[str]) -> None:
    """Read a command line as the program does, down to its last flag, and run nothing. A wrong one raises."""
    found = ROOT.make_context("visionask", list(words))
    while hasattr(found.command, "commands"):
        name, command, rest = found.command.resolve_command(found, [*found._protected_args, *found.args])
        found = command.make_context(name, rest, parent=found)


def test_a_flag_that_does_not_exist_would_be_seen_in_an_example() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["logs", "stats", "--such"])


def test_examples_are_short_and_of_commands_that_exist() -> None:
    assert set(EXAMPLES) - set(COMMANDS) == set()
    assert [line for lines in EXAMPLES.values() for line in lines if len(line) > 78] == []


@pytest.mark.parametrize(
    "line", [line for name in PAID_FOR for line in EXAMPLES[name] if "--file" not in line], ids=lambda line: line[:40]
)
def test_examples_of_paid_commands_plan_what_they_say(command: Command, dot_bytes: bytes, line: str) -> None:
    for folder in ("photos", "shots"):
        (command.folder / folder).mkdir()
    for name in ("before", "after", "bill", "square", "new", "old", "photos/a", "shots/a"):
        for suffix in (".png", ".jpg"):
            (command.folder / (name + suffix)).write_bytes(dot_bytes)
    done = command(*shlex.split(line)[1:], "--dry-run")
    assert (done.code, done.error_lines) == (0, [])


def test_help_all_explains_each_flag_on_a_line_of_its_own(command: Command) -> None:
    short, whole = command("check", "--help").out, command("check", "--help-all").out
    assert "Every flag explained: visionask check --help-all" in short
    assert "JPEG quality" not in short
    assert re.search(r"^  --quality 1-100 +JPEG quality \[default: 85\]\.$", whole, re.MULTILINE)
    assert "Every flag explained" not in whole


def test_panels_stand_in_the_order_of_use(command: Command) -> None:
    titles = [line for line in command("check", "-h").out.splitlines() if line.endswith(":") and line[0] != " "]
    expected = ["Options", "Doubt", "Baseline", "Where", "Question", "Picture", "Files", "Money", "Ledger", "Output"]
    expected.append("Examples")
    assert titles == [f"{title}:" for title in expected]


def test_what_a_command_needs_stands_in_its_usage_without_braces(command: Command) -> None:
    assert command("logs", "show", "--help").out.startswith("Usage: visionask logs show [OPTIONS] ID\n")
    assert command("config", "set", "--help").out.startswith("Usage: visionask config set [OPTIONS] KEY VALUE\n")


def test_a_group_shows_the_first_sentence_of_each_command_uncut(command: Command) -> None:
    shown = command("logs", "--help").out
    assert "usage, price.\n" in shown
    assert "..." not in shown.partition("Commands:")[2].partition("Options:")[0]


def test_a_terminal_has_colour_and_a_pager_where_the_help_is_longer(command: Command) -> None:
    whole = command("ask", "--help").out
    wide = command.on_terminal("ask", "--help", size=(80, 60)).out_bytes
    assert b"\x1b[36m--model\x1b[0m" in wide
    assert SGR.sub(b"", wide).decode().replace("\r\n", "\n") == whole
    for flag in ("-h", "--help-all"):
        paged = command.on_terminal("ask", flag, env={"PAGER": "sed 's/^/> /'"}, size=(80, 24))
        lines = SGR.sub(b"", paged.out_bytes).decode().splitlines()
        assert (paged.code, lines[0][:20]) == (0, "> Usage: visionask a")
    missing = command.on_terminal("ask", "-h", env={"PAGER": "no-such-pager"}, size=(80, 24))
    assert SGR.sub(b"", missing.out_bytes).decode().replace("\r\n", "\n") == whole


@pytest.mark.parametrize("env", [{"NO_COLOR": "1", "PAGER": "cat"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_a_terminal_that_wants_no_colour_gets_none(command: Command, env: dict[str, str]) -> None:
    assert b"\x1b" not in command.on_terminal("ask", "--help", env=env, size=(80, 24)).out_bytes


@pytest.mark.parametrize("columns", ["\u00b2", "9" * 5000])
def test_a_width_that_is_no_number_is_ignored(command: Command, columns: str) -> None:
    for words in (["help", "costs"], ["models", "gpt-4.1"]):
        result = command.on_terminal(*words, env={"COLUMNS": columns, "LINES": columns, "PAGER": "cat"})
        assert result.code == 0, result.out_bytes
