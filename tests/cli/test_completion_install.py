"""`completion --install`: what it writes, what it leaves, and that real shells complete after it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.command import Command


def _home(command: Command) -> Path:
    return Path(command.env["HOME"])


def test_it_tells_what_it_writes_and_a_no_writes_nothing(command: Command) -> None:
    (_home(command) / ".bashrc").write_bytes(b"alias ll='ls -l'")
    shown = command.on_terminal(
        "completion", "--install", env={"SHELL": "/usr/bin/bash"}, size=(200, 24), replies={b"Go on?": b"n\n"}
    )
    assert shown.code == 0
    assert "/visionask/completions/visionask.bash, and adds one line to " in shown.out
    assert "nothing was written" in shown.out
    assert (_home(command) / ".bashrc").read_bytes() == b"alias ll='ls -l'"
    assert [path.name for path in _home(command).iterdir()] == [".bashrc"]


@pytest.mark.parametrize(
    ("shell", "asks"),
    [("bash", "complete -p visionask"), ("zsh", "print $_comps[visionask]"), ("fish", "complete -C 'visionask as'")],
)
def test_a_shell_completes_after_it_and_a_second_time_changes_nothing(command: Command, shell: str, asks: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    start = _home(command) / f".{shell}rc"
    start.write_bytes(b"alias ll='ls -l'")  # without a line end
    for _ in range(2):
        assert command("completion", "--install", "--yes", env={"SHELL": f"/bin/{shell}"}).code == 0
    lines = start.read_bytes().splitlines()
    assert lines[0] == b"alias ll='ls -l'"
    assert len(lines) == (1 if shell == "fish" else 2)
    done = subprocess.run([shell, "-ic", asks], env=command.env, capture_output=True, check=False, timeout=60)
    assert b"ask" in done.stdout, done.stderr
    told = command("doctor", "--offline", env={"SHELL": f"/bin/{shell}"}).out
    assert f"completion: {shell}: " in told


def test_what_cannot_be_installed_is_refused_in_one_line(command: Command) -> None:
    for args, told in [
        (("completion", "--install", "--yes"), "error: SHELL names tcsh, which has no script"),
        (("completion", "bsh", "--install"), "error: bsh: no completion for this shell"),
        (("completion", "bash", "--install"), "no terminal to ask on"),
        (("completion", "bash", "--yes"), "error: --yes belongs to --install"),
        (("completion",), "error: no shell was named"),
    ]:
        refused = command(*args, env={"SHELL": "/bin/tcsh"})
        assert refused.code == 2, args
        assert told in refused.error_lines[0]
    assert not list(_home(command).iterdir())
