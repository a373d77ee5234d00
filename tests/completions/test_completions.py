"""The scripts in real shells, over a small app whose help texts hold every character that a shell would expand."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.completions.made import FOLDER, WRITERS, Command, Value, read_app
from tests.completions.shells import complete_bash, complete_fish, needs_fish, needs_zsh, press_tab
from tests.completions.small_app import NASTY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pexpect

# pexpect forks a terminal, and pytest-xdist has threads: Python 3.12 and newer warn of that
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*forkpty:DeprecationWarning")

CASES = [
    pytest.param(["as"], ["ask"], id="command"),
    pytest.param([""], ["ask", "completion", "local", "prep"], id="commands, not the hidden one"),
    pytest.param(["local", ""], ["list", "pull"], id="sub-command"),
    pytest.param(["local", "pull", "prac"], ["practice"], id="local model"),
    pytest.param(["ask", "--det"], ["--detail"], id="option"),
    pytest.param(["local", "pull", "--h"], ["--help"], id="help option"),
    pytest.param(["ask", "--secr"], [], id="hidden option"),
    pytest.param(["ask", "--detail", ""], ["auto", "high", "low", "original"], id="words"),
    pytest.param(["ask", "-d", "o"], ["original"], id="words after a short option"),
    pytest.param(["ask", "--level", "la"], ["late"], id="enum"),
    pytest.param(["ask", "--shape", ""], ["round", "square"], id="metavar"),
    pytest.param(["ask", "--model", "gpt-6-lu"], ["gpt-6-luna"], id="model"),
    pytest.param(["ask", "local", "--no-st"], ["--no-stream"], id="a question that is a command's name"),
    pytest.param(["ask", "-d", "low", "--str"], ["--stream"], id="after a value"),
    pytest.param(["completion", "z"], ["zsh"], id="shell"),
]


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_bash_offers(scripts: Path, words: list[str], expected: list[str]) -> None:
    assert complete_bash(scripts / "visionask.bash", words) == expected


def test_bash_takes_an_equals_sign(scripts: Path) -> None:
    script = scripts / "visionask.bash"
    assert complete_bash(script, ["ask", "--detail", "=", "lo"]) == ["low"]
    assert complete_bash(script, ["ask", "--detail", "="]) == ["auto", "high", "low", "original"]


def test_bash_works_under_strict_settings(scripts: Path) -> None:
    assert complete_bash(scripts / "visionask.bash", ["ask", "--det"], before="set -eu; ") == ["--detail"]


def test_bash_terminal_completes_words_and_files(
    scripts: Path, pictures: Path, terminal: Callable[..., pexpect.spawn]
) -> None:
    shell = terminal(
        "bash",
        ["--norc", "--noprofile"],
        setup=f". '{scripts}/visionask.bash'; bind 'set bell-style none'",
        folder=pictures,
    )
    assert press_tab(shell, "visionask ask --det") == "<ask><--detail>"
    assert press_tab(shell, "visionask ask question my") == "<ask><question><my photo.jpg>"
    assert press_tab(shell, "visionask prep x -o ou") == "<prep><x><-o><out dir/>"


@needs_zsh
@pytest.mark.parametrize("way", ["fpath", "eval"])
def test_zsh_terminal_completes_words_and_files(
    scripts: Path, pictures: Path, terminal: Callable[..., pexpect.spawn], way: str
) -> None:
    start = "autoload -U compinit; compinit -u -D"
    setup = (
        f"fpath=('{scripts}' $fpath); {start}" if way == "fpath" else f"{start}; eval \"$(cat '{scripts}/_visionask')\""
    )
    shell = terminal("zsh", ["-f", "-i"], setup=f"unsetopt zle_bracketed_paste beep; {setup}", folder=pictures)
    assert press_tab(shell, "visionask as") == "<ask>"
    assert press_tab(shell, "visionask local pu") == "<local><pull>"
    assert press_tab(shell, "visionask local pull prac") == "<local><pull><practice>"
    assert press_tab(shell, "visionask ask --det") in {"<ask><--detail>", "<ask><--detail=>"}
    assert press_tab(shell, "visionask ask --detail=or") == "<ask><--detail=original>"
    assert press_tab(shell, "visionask ask -d or") == "<ask><-d><original>"
    assert press_tab(shell, "visionask ask local --no-st") == "<ask><local><--no-stream>"
    assert press_tab(shell, "visionask ask -m gpt-6-lu") == "<ask><-m><gpt-6-luna>"
    assert press_tab(shell, "visionask ask question my") == "<ask><question><my photo.jpg>"
    assert press_tab(shell, "visionask prep x -o ou") == "<prep><x><-o><out dir>"


@needs_zsh
def test_zsh_shows_help_texts_as_they_are(
    scripts: Path, pictures: Path, terminal: Callable[..., pexpect.spawn]
) -> None:
    setup = f"unsetopt beep; fpath=('{scripts}' $fpath); autoload -U compinit; compinit -u -D"
    shell = terminal("zsh", ["-f", "-i"], setup=setup, folder=pictures)
    shell.send("visionask ask -\t\t")
    shell.expect_exact(f"-- {NASTY}")
    shell.sendintr()


@needs_fish
@pytest.mark.parametrize(("words", "expected"), CASES)
def test_fish_offers(scripts: Path, tmp_path: Path, words: list[str], expected: list[str]) -> None:
    line = " ".join(["visionask", *words])
    offered = complete_fish(scripts, tmp_path, line)
    assert sorted(word for word, _ in offered) == expected


@needs_fish
def test_fish_shows_help_texts_as_they_are(scripts: Path, tmp_path: Path) -> None:
    assert ("--model", NASTY) in complete_fish(scripts, tmp_path, "visionask ask --mod")


@needs_fish
def test_fish_completes_files_and_folders(scripts: Path, pictures: Path) -> None:
    assert [word for word, _ in complete_fish(scripts, pictures, "visionask ask question my")] == ["my photo.jpg"]
    assert [word for word, _ in complete_fish(scripts, pictures, "visionask prep x -o ou")] == ["out dir/"]


def test_help_option_has_its_names_everywhere(root: Command) -> None:
    assert all(command.options[-1].names == ("-h", "--help") for command in root.walk())


def test_word_that_a_shell_would_expand_is_refused() -> None:
    with pytest.raises(ValueError, match="needs quoting"):
        Value(words=("low", "$(id)"))


@pytest.mark.parametrize("name", list(WRITERS))
def test_committed_script_is_what_the_app_makes(name: str) -> None:
    from visionask.cli.app import app

    made = WRITERS[name](read_app(app))
    assert (FOLDER / name).read_text(encoding="utf-8") == made, "run: python completions/generate.py"


@pytest.mark.parametrize(
    ("shell", "first"),
    [("bash", "# bash"), ("zsh", "#compdef visionask"), ("fish", "# fish"), ("powershell", "# PowerShell")],
)
def test_program_prints_the_script(shell: str, first: str) -> None:
    run = [sys.executable, "-m", "visionask", "completion", shell]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(first)
    assert done.stderr == ""
