"""The command tree: commands are loaded by name, and the list of them in --help is told without loading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer.main

from visionask.cli.app import COMMANDS, app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.command import Command


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_of_each_command_what_its_own_help_says_first(name: str) -> None:
    command = typer.main.get_command(app).commands[name]
    assert command.get_short_help_str(limit=1000) == COMMANDS[name]


def test_help_lists_the_commands(command: Command) -> None:
    shown = command("--help")
    assert shown.code == 0
    words = " ".join(shown.out.split())
    assert [name for name, line in COMMANDS.items() if f"{name} {line}" not in words] == []


@pytest.mark.parametrize(
    "name", ["ask", "cost", "prep", "models", "completion", "local", "local pull", "logs", "logs stats"]
)
def test_every_command_shows_its_help(command: Command, name: str) -> None:
    shown = command(*name.split(), "-h")
    assert (shown.code, shown.out.splitlines()[0].startswith(f"Usage: visionask {name} ")) == (0, True)
    assert "--install-completion" not in shown.out


def test_a_misspelled_command_is_suggested(command: Command) -> None:
    result = command("csot")
    assert result.code == 2
    assert "did you mean cost?" in result.err


def test_local_alone_shows_its_commands(command: Command) -> None:
    assert {"list", "pull", "serve"} <= set(command("local").err.split())


@pytest.mark.parametrize(
    ("args", "env", "code", "hint"),
    [
        pytest.param(("csot", "dot.png"), {}, 2, "did you mean cost?", id="command"),
        pytest.param(("dot.png",), {}, 2, "visionask ask dot.png", id="image and no command"),
        pytest.param(("What is this?", "x.jpg"), {}, 2, "visionask ask 'What is this?' x.jpg", id="question"),
        pytest.param(("see", "this", "dot.png"), {}, 2, "visionask ask 'see this' dot.png", id="words and an image"),
        pytest.param(("version",), {}, 2, "visionask --version", id="version"),
        pytest.param(("ask", "--question", "q", "dot.png"), {}, 2, "visionask ask --help", id="no flag is like it"),
        pytest.param(("ask", "q", "dot.png", "--api-key", "sk-1"), {}, 2, "a key is read from the env", id="key"),
        pytest.param(("scan", "q", "dot.png", "-o"), {}, 2, "visionask scan --help", id="no value"),
        pytest.param(("ask", "--json=1", "q"), {}, 2, "visionask ask --help", id="a value too many"),
        pytest.param(("models", "luna"), {}, 4, "did you mean gpt-6-luna or ", id="part of a name"),
        pytest.param(("ask", "What", "now", "dot.png"), {}, 3, "check the spelling and the", id="no quotes"),
        pytest.param(("cost", "What?", "dot.png"), {}, 3, "a question comes first", id="question in cost"),
        pytest.param(("cost", "www.a.example/x.jpg"), {}, 3, "a link begins with https://", id="link without scheme"),
        pytest.param(("ask", "q", "dot.png", "--local", "ollama"), {}, 4, "see: visionask local list; ", id="ollama"),
        pytest.param(("logs", "serch", "x"), {}, 2, "did you mean search?", id="command of a group"),
        pytest.param(("ask", "q", "dot.png", "-m", "gpt4o"), {}, 4, "did you mean gpt-4o?", id="model that is asked"),
        pytest.param(
            ("cost", "dot.png", "--compare", "gpt-4o,claude-haiku-5.5"),
            {},
            4,
            "did you mean claude-haiku-5-5?",
            id="models compared",
        ),
        pytest.param(("cost", "dot.png", "--compare", "al"), {}, 2, "did you mean all?", id="all"),
        pytest.param(("models", "openia"), {}, 4, "did you mean openai?", id="provider in place of a model"),
        pytest.param(("diff", "dot.pn", "dot.png"), {}, 3, "did you mean dot.png?", id="file of results"),
        pytest.param(("logs", "merge", "dot.pn"), {}, 9, "did you mean dot.png?", id="ledger"),
        pytest.param(("cost", "--detial", "low", "dot.png"), {}, 2, "did you mean --detail", id="flag"),
        pytest.param(("check", "--engine", "decison", "a b", "dot.png"), {}, 2, "did you mean decisions?", id="value"),
        pytest.param(("cost", "dott.png"), {}, 3, "did you mean dot.png?", id="file"),
        pytest.param(("models", "gpt4o"), {}, 4, "did you mean gpt-4o", id="model"),
        pytest.param(("cost", "dot.png"), {"VISIONASK_MODLE": "x"}, 4, "did you mean VISIONASK_MODEL?", id="variable"),
        pytest.param(("config", "set", "modle", "x"), {}, 2, "did you mean model?", id="setting"),
        pytest.param(("config", "set", "model", "gpt-6-lunna"), {}, 0, "did you mean gpt-6-luna or ", id="set a model"),
        pytest.param(
            ("ask", "-n", "q", "dot.png", "--reasoning-effort", "hgih"), {}, 2, "did you mean high", id="effort"
        ),
        pytest.param(
            ("ask", "-n", "q", "dot.png"),
            {"VISIONASK_REASONING_EFFORT": "medum"},
            4,
            "did you mean medium?",
            id="set effort",
        ),
        pytest.param(("cost", "-d", "hihg", "dot.png"), {}, 2, "did you mean high?", id="detail"),
        pytest.param(("cost", "--compare", "all,gpt-4o", "dot.png"), {}, 2, "leave `all` out", id="all and a name"),
        pytest.param(("cost", "--profile", "antropic", "dot.png"), {}, 4, "did you mean anthropic?", id="profile"),
        pytest.param(("models", "--provider", "opnai"), {}, 2, "did you mean openai", id="provider"),
        pytest.param(("local", "serve", "practise"), {}, 4, "did you mean practice?", id="local model"),
        pytest.param(("scan", "-n", "q", ".", "-o", "out.cvs"), {}, 2, "did you mean .csv?", id="suffix"),
        pytest.param(("ask", "-p", "dot.pn", "dot.png"), {}, 2, "did you mean dot.png?", id="file of a flag"),
        pytest.param(("ask", "-n", "--schema", "n itn", "q", "dot.png"), {}, 2, "did you mean int?", id="type"),
    ],
)
def test_a_misspelled_name_is_answered_with_the_one_it_may_mean(
    command: Command, dot: Path, args: tuple[str, ...], env: dict[str, str], code: int, hint: str
) -> None:
    result = command(*args, env=env)
    assert result.code == code
    assert f"hint: {hint}" in result.err


def test_a_server_may_have_a_model_of_any_name_and_a_newer_version_is_no_slip(command: Command, dot: Path) -> None:
    elsewhere = command("cost", "dot.png", "-m", "gpt4o", "--base-url", "http://127.0.0.1:9/v1")
    newer = command("cost", "dot.png", "-m", "gpt-6.3-luna")
    assert (elsewhere.code, newer.code) == (0, 0)
    assert "did you mean gpt-4o?" in elsewhere.err
    assert "did you mean gpt-6-luna" in newer.err


def test_the_parser_speaks_in_the_words_of_all_messages(command: Command) -> None:
    for args, said in (
        (("scan", "q", ".", "-j", "x"), "--jobs must be a whole number, not 'x'"),
        (("logs", "purge", "--older-than", "1d"), "--older-than must be a number, not '1d'"),
        (("ask", "--nope"), "there is no flag --nope"),
        (("frobnicate",), "there is no command 'frobnicate'"),
        (("ask", "--model"), "--model needs a value"),
        (("config", "set", "detail"), "VALUE is missing"),
        (("models", "a", "b"), "more arguments than are taken: b"),
    ):
        result = command(*args)
        assert (result.code, result.err.splitlines()[0]) == (2, f"error: {said}")


def test_a_variable_of_another_program_is_let_be(command: Command, dot: Path) -> None:
    assert command("cost", "dot.png", env={"VISIONASK_TORTURE": "1"}).code == 0
