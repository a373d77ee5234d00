"""The rows about start-up: targets 1 to 6."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.bench.measure import Row, pair
from tests.bench.pictures import photograph

SCRIPT = str(Path(sys.executable).with_name("visionask"))
PLAIN_SCRIPT = [sys.executable, "-c", "from visionask.__main__ import main; main()"]  # as uv and newer pip write it


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def rows(folder: Path, rounds: int) -> list[Row]:
    """Measure whole processes."""
    photo = folder / "photo.jpg"
    photograph((4000, 3000)).save(photo, "JPEG", quality=90)
    cost, typer = [SCRIPT, "cost", str(photo)], python("import typer")
    new = {f"XDG_{each}_HOME": str(folder / "nobody") for each in ("CONFIG", "STATE")}  # a ledger would be looked into
    is_slow = "import re\n" in Path(SCRIPT).read_text(encoding="utf-8")
    found = [
        Row("1", "--version / python -c pass", 1.25, pair([*PLAIN_SCRIPT, "--version"], python("pass"), rounds)),
        Row(
            "1", "--version as installed / python -c pass", None, pair([SCRIPT, "--version"], python("pass"), rounds),
            "pip's script imports re" if is_slow else "",
        ),
        Row("2", "cost photo.jpg / import typer", 1.15, pair(cost, typer, rounds, env=new)),
        Row(
            "3", "cost photo.jpg / import typer, PIL", 0.95,
            pair(cost, python("import typer, PIL.Image"), rounds, env=new),
        ),
    ]  # fmt: skip
    if llm := shutil.which("llm"):
        found += [
            Row("4", "cost photo.jpg / llm --version", 0.12, pair(cost, [llm, "--version"], rounds, env=new)),
            Row("4", "--version / llm --version", 0.03, pair([SCRIPT, "--version"], [llm, "--version"], rounds)),
        ]
    else:
        found.append(Row("4", "cost photo.jpg / llm --version", 0.12, None, "llm is not installed"))
    for shell in ("bash", "zsh"):
        found.append(
            Row("5", f"completion {shell} / import typer", 1.25, pair([SCRIPT, "completion", shell], typer, rounds))
        )
    found.append(Row("6", "--help / import typer", 1.2, pair([SCRIPT, "--help"], typer, rounds)))
    return found
