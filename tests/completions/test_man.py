"""The man page, rendered by the programs that people read it with."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.completions.made import FOLDER, Command, pages, read_app

if TYPE_CHECKING:
    from pathlib import Path

PAGE = FOLDER / "visionask.1"


@pytest.fixture(scope="module")
def program() -> Command:
    from visionask.cli.app import app

    return read_app(app)


def render(page: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    run = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=100n"]
    return subprocess.run(run, input=page, capture_output=True, text=True, check=True, encoding="utf-8")


def test_page_renders_without_a_warning() -> None:
    done = render(PAGE.read_text(encoding="utf-8"))
    assert done.stderr == ""
    heads = [line for line in done.stdout.splitlines() if line.isupper() and line[0] != " "]
    assert heads == [
        *("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "SHARED FLAGS", "EXIT STATUS", "ENVIRONMENT", "FILES"),
        "EXAMPLES",
    ]


def test_a_page_with_an_unknown_request_would_be_seen() -> None:
    assert "warning" in render(PAGE.read_text(encoding="utf-8") + ".XX\n").stderr


def test_page_holds_every_command_flag_and_example(program: Command) -> None:
    lines = render(PAGE.read_text(encoding="utf-8")).stdout.splitlines()
    words = set(" ".join(lines).replace(",", " ").replace(". ", " ").split())
    shown = {line.strip() for line in lines}
    for command in program.walk()[1:]:
        assert f"   visionask {command.at}" in lines
        assert set(command.option_names) - words == set()
        assert set(command.examples) - shown == set()


def test_each_command_has_the_page_that_its_declarations_make(program: Command) -> None:
    names = {f"visionask-{command.at}.1" for command in program.children}
    committed = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / "man1").iterdir()}
    assert committed.keys() == names
    assert committed == pages(program), "run: python completions/generate.py"


@pytest.mark.parametrize("path", sorted((FOLDER / "man1").glob("*.1")), ids=lambda path: path.stem)
def test_page_of_a_command_renders_and_holds_its_flags(path: Path, program: Command) -> None:
    done = render(path.read_text(encoding="utf-8"))
    assert done.stderr == ""
    command = next(command for command in program.children if path.stem == f"visionask-{command.at}")
    words = set(done.stdout.replace(",", " ").replace(". ", " ").split())
    for below in command.walk():
        assert set(below.option_names) - words == set()
        assert set(below.examples) - {line.strip() for line in done.stdout.splitlines()} == set()
    heads = [line for line in done.stdout.splitlines() if line.isupper() and line[0] != " "]
    assert ("COMMANDS" in heads) == bool(command.children)
    assert {"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"} <= set(heads)


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_the_page() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(PAGE)],
        capture_output=True, text=True, check=True, encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
    )  # fmt: skip
    assert done.stderr == ""
    assert "ask questions about images, with the price shown first" in done.stdout
