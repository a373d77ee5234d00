"""`completion [SHELL]`: the scripts are static files, so that no TAB starts Python."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from visionask.core.errors import StateError, UsageError
from visionask.core.suggest import did_you_mean
from visionask.report.clean import one_line

SCRIPTS = {"bash": "visionask.bash", "zsh": "_visionask", "fish": "visionask.fish", "powershell": "visionask.ps1"}


def completion(
    shell: Annotated[
        str | None,
        typer.Argument(metavar="[SHELL]", help="bash, zsh, fish or powershell.", show_default=False),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Write it where the shell finds it, after asking; SHELL may be left out.")
    ] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Print the completion script for a shell, or install it.

    For bash, in ~/.bashrc: eval "$(visionask completion bash)"
    """
    if install:
        _install(shell, is_agreed=yes)
    elif shell is None:
        raise UsageError("no shell was named", f"name one of: {', '.join(SCRIPTS)}; or --install for yours")
    elif yes:
        raise UsageError("--yes belongs to --install", "add --install, or drop --yes")
    else:
        sys.stdout.write(script(shell))


def _install(shell: str | None, *, is_agreed: bool) -> None:
    """Write the script to a file, and the line that loads it to the shell's start file; say so before, and ask.

    A start file is changed only by one line at its end, once. fish needs none: it looks in its own folder.
    """
    from visionask.cli.inputs import confirm, is_asked
    from visionask.config.editing import write
    from visionask.config.machine import completion_places, shell_at_hand

    if shell is None:
        shell = shell_at_hand()
        if shell not in SCRIPTS:
            found = f"SHELL names {one_line(shell)}, which has no script" if shell else "SHELL does not name your shell"
            raise UsageError(found, f"name one of: {', '.join(SCRIPTS)}")
    text = script(shell)
    path, start, line = completion_places(shell, SCRIPTS[shell])
    before = _read(start)
    is_loaded = start is None or line.encode() in before
    told = f"writes {one_line(path)}" + ("" if is_loaded else f", and adds one line to {one_line(start or '')}")
    if not is_agreed:
        if not is_asked():
            raise UsageError(f"--install {told}, and there is no terminal to ask on", "add --yes")
        sys.stderr.write(f"This {told}.\n")
        if not confirm("Go on?", default=True):
            sys.stderr.write("nothing was written\n")
            return
    write(path, text.encode())
    if start is not None and not is_loaded:
        end = b"" if not before or before.endswith(b"\n") else b"\n"
        write(start, before + end + line.encode() + b"\n")
    sys.stderr.write(f"{shell}: {one_line(path)}; it completes in shells that start from now on\n")


def _read(path: str | None) -> bytes:
    """Return what a start file holds; nothing where there is none. Raises StateError for one that cannot be read."""
    if path is None or not os.path.lexists(path):
        return b""
    try:
        if not os.path.isfile(path):
            raise StateError(f"{one_line(path)}: is no regular file", "add the line of `visionask completion` yourself")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise StateError(f"{one_line(path)}: cannot be read ({error.strerror})", "check its rights") from error


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
