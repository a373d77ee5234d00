"""The man page, rendered by the programs that people read it with."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.completions.made import FOLDER, Command, read_app

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


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_the_page() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(PAGE)],
        capture_output=True, text=True, check=True, encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
    )  # fmt: skip
    assert done.stderr == ""
    assert "ask questions about images, with the price shown first" in done.stdout
