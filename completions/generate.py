"""The writer of the completion scripts and the man page beside this file: `python completions/generate.py`."""

from __future__ import annotations

from pathlib import Path

from bash import bash
from fish import fish
from man import man
from powershell import powershell
from tree import read_app
from zsh import zsh

WRITERS = {
    "visionask.bash": bash,
    "_visionask": zsh,
    "visionask.fish": fish,
    "visionask.ps1": powershell,
    "visionask.1": man,
}


def main() -> None:
    from visionask.cli.app import app

    root = read_app(app)
    for name, write in WRITERS.items():
        (Path(__file__).parent / name).write_text(write(root), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
