"""The scripts in real shells, over a small app whose help texts hold every character that a shell would expand."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pexpect
import pytest
import typer

FOLDER = Path(__file__).parents[2] / "completions"
sys.path.insert(0, str(FOLDER))

from generate import WRITERS  # noqa: E402
from tree import Command, Value, read_app  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# pexpect forks a terminal, and pytest-xdist has threads: Python 3.12 and newer warn of that
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*forkpty:DeprecationWarning")

NASTY = """Half's [price]: "$HOME" `id` $(id) \\ {a,b} *.md; {} | & % # ~ !! <x>"""


class Level(StrEnum):
    LOW = "low"
    LATE = "late"


def small_app() -> typer.Typer:
    names = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=names)
    local = typer.Typer(help="Models here.")
    app.add_typer(local, name="local")

    @app.callback()
    def root(version: Annotated[bool, typer.Option("--version", help="Show it.")] = False) -> None:
        pass

    @app.command(help=NASTY)
    def ask(  # noqa: PLR0917
        words: Annotated[list[str], typer.Argument(metavar="QUESTION IMAGE...")],
        detail: Annotated[str, typer.Option("-d", "--detail", metavar="LEVEL", help=NASTY)] = "auto",
        level: Annotated[Level, typer.Option("--level", help="An enum.")] = Level.LOW,
        shape: Annotated[str, typer.Option("--shape", metavar="round|square", help="A metavar.")] = "round",
        model: Annotated[str, typer.Option("-m", "--model", metavar="NAME:[x]")] = "",
        image: Annotated[list[str] | None, typer.Option("-i", "--image", metavar="IMAGE")] = None,
        stream: Annotated[bool, typer.Option("--stream/--no-stream")] = False,
        secret: Annotated[bool, typer.Option("--secret", hidden=True)] = False,
    ) -> None:
        pass

    @app.command()
    def prep(
        images: Annotated[list[str], typer.Argument(metavar="IMAGE...")],
        output: Annotated[str, typer.Option("-o", "--output", metavar="DIR")] = "",
    ) -> None:
        pass

    @app.command()
    def completion(shell: str) -> None:
        pass

    @app.command(hidden=True)
    def inner() -> None:
        pass

    @local.command("list", help="What is here.")
    def list_() -> None:
        pass

    @local.command(help="Fetch one.")
    def pull(name: str) -> None:
        pass

    return app


@pytest.fixture(scope="module")
def root() -> Command:
    return read_app(small_app())


@pytest.fixture
def scripts(root: Command, tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    for name, write in WRITERS.items():
        (folder / name).write_text(write(root), encoding="utf-8")
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "out dir").mkdir(parents=True)
    (folder / "out.jpg").write_bytes(b"")  # not offered where a folder is wanted
    (folder / "my photo.jpg").write_bytes(b"")
    return folder


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


def complete_bash(script: Path, words: list[str], *, before: str = "") -> list[str]:
    listed = " ".join(f"'{word}'" for word in ["visionask", *words])
    typed = f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}"
    run = f"{before}. '{script}'; {typed}; _visionask; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "--noprofile", "-c", run], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return sorted(line for line in done.stdout.split("\n") if line)


@pytest.mark.parametrize(("words", "expected"), CASES)
def test_bash_offers(scripts: Path, words: list[str], expected: list[str]) -> None:
    assert complete_bash(scripts / "visionask.bash", words) == expected


def test_bash_takes_an_equals_sign(scripts: Path) -> None:
    script = scripts / "visionask.bash"
    assert complete_bash(script, ["ask", "--detail", "=", "lo"]) == ["low"]
    assert complete_bash(script, ["ask", "--detail", "="]) == ["auto", "high", "low", "original"]


def test_bash_works_under_strict_settings(scripts: Path) -> None:
    assert complete_bash(scripts / "visionask.bash", ["ask", "--det"], before="set -eu; ") == ["--detail"]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., pexpect.spawn]]:
    """Start an interactive shell in a terminal; every line that it is sent is echoed back with what it completed."""
    started: list[pexpect.spawn] = []

    def start(program: str, arguments: list[str], *, setup: str, folder: Path) -> pexpect.spawn:
        settings = {"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
        shell = pexpect.spawn(
            program, arguments, cwd=folder, env=settings, encoding="utf-8", timeout=20, dimensions=(60, 200)
        )
        started.append(shell)
        shell.sendline(f"visionask() {{ printf '<%s>' \"$@\"; echo; }}; {setup}; echo rea''dy")
        shell.expect("ready\r?\n")
        return shell

    yield start
    for shell in started:
        shell.close(force=True)


def press_tab(shell: pexpect.spawn, line: str) -> str:
    """Type a line, press TAB, then Enter, and return the arguments that the program got, each in <>."""
    shell.send(f"{line}\t\n")
    shell.expect(r"\n\r?((?:<[^\r\n]*>)+)\r?\n")
    assert shell.match
    return str(shell.match[1])


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


needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")


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
    assert ("--detail", NASTY) in complete_fish(scripts, tmp_path, "visionask ask --det")


@needs_fish
def test_fish_completes_files_and_folders(scripts: Path, pictures: Path) -> None:
    assert [word for word, _ in complete_fish(scripts, pictures, "visionask ask question my")] == ["my photo.jpg"]
    assert [word for word, _ in complete_fish(scripts, pictures, "visionask prep x -o ou")] == ["out dir/"]


def complete_fish(scripts: Path, folder: Path, line: str) -> list[tuple[str, str]]:
    run = f"source '{scripts}/visionask.fish'; complete -C '{line}'"
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(scripts.parent), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", run], capture_output=True, text=True, check=True, cwd=folder, env=settings
    )
    assert done.stderr == ""
    return [(word, text) for word, _, text in (row.partition("\t") for row in done.stdout.splitlines())]


def test_powershell_script_quotes_and_stays_ascii(scripts: Path) -> None:
    script = (scripts / "visionask.ps1").read_text(encoding="utf-8")
    assert script.isascii()
    assert f"'--detail {NASTY.replace(chr(39), chr(39) * 2)}'" in script
    outside = re.sub(r"'(?:[^']|'')*'", "", script)
    assert "'" not in outside, "a quote is left open"
    assert outside.count("(") == outside.count(")")
    assert outside.count("{") == outside.count("}")


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
