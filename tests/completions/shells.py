"""The asking of shells what they complete: by their functions, or by TAB in a terminal."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import pexpect

needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")


def complete_bash(script: Path, words: list[str], *, before: str = "") -> list[str]:
    listed = " ".join(f"'{word}'" for word in ["visionask", *words])
    typed = f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}"
    run = f"{before}. '{script}'; {typed}; _visionask; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "--noprofile", "-c", run], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return sorted(line for line in done.stdout.split("\n") if line)


def press_tab(shell: pexpect.spawn, line: str) -> str:
    """Type a line, press TAB, then Enter, and return the arguments that the program got, each in <>."""
    shell.send(f"{line}\t\n")
    shell.expect(r"\n\r?((?:<[^\r\n]*>)+)\r?\n")
    assert shell.match
    return str(shell.match[1])


def complete_fish(scripts: Path, folder: Path, line: str) -> list[tuple[str, str]]:
    run = f"source '{scripts}/visionask.fish'; complete -C '{line}'"
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(scripts.parent), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["fish", "--no-config", "-c", run], capture_output=True, text=True, check=True, cwd=folder, env=settings
    )
    assert done.stderr == ""
    return [(word, text) for word, _, text in (row.partition("\t") for row in done.stdout.splitlines())]
