"""The fixtures of the completions' tests: the scripts for a small app, a folder of files, shells in terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.completions.made import WRITERS, Command, read_app
from tests.completions.small_app import small_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAKE = """visionask() { printf '<%s>' "$@"; echo; }"""
FAKES = {"fish": "function visionask; printf '<%s>' $argv; echo; end"}


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
        shell.sendline(f"{FAKES.get(program, FAKE)}; {setup}; echo rea''dy")
        shell.expect("ready\r?\n")
        return shell

    yield start
    for shell in started:
        shell.close(force=True)
