"""`completion SHELL`: the scripts are static files, so that no TAB starts Python."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from visionask.core.errors import StateError, UsageError
from visionask.core.suggest import did_you_mean

SCRIPTS = {"bash": "visionask.bash", "zsh": "_visionask", "fish": "visionask.fish", "powershell": "visionask.ps1"}


def completion(
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.", show_default=False)],
) -> None:
    """Print the completion script for a shell.

    For bash, in ~/.bashrc: eval "$(visionask completion bash)"
    """
    sys.stdout.write(script(shell))


def script(shell: str) -> str:
    """Return the completion script for `shell`. Raises UsageError for one that has none."""
    if shell not in SCRIPTS:
        hint = did_you_mean(shell, SCRIPTS, otherwise=f"choose one of: {', '.join(SCRIPTS)}")
        raise UsageError(f"{shell}: no completion for this shell", hint)
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    in_wheel = os.path.join(package, "data", "completions")
    in_clone = os.path.join(os.path.dirname(package), "completions")
    for folder in (in_wheel, in_clone):
        path = os.path.join(folder, SCRIPTS[shell])
        if os.path.isfile(path):
            with open(path, encoding="utf-8", newline="") as file:
                return file.read()
    raise StateError(f"{in_wheel}: the completion scripts are missing", "install visionask again")
