"""The writer of the completion scripts and man pages beside this file: `python completions/generate.py`."""

from __future__ import annotations

from pathlib import Path

from bash import bash
from fish import fish
from man import man, pages
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
    folder = Path(__file__).parent
    for old in (folder / "man1").glob("*.1"):  # of a command that is no more
        old.unlink()
    (folder / "man1").mkdir(exist_ok=True)
    texts = {name: write(root) for name, write in WRITERS.items()}
    texts |= {f"man1/{name}": text for name, text in pages(root).items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
