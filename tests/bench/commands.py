"""Rows about whole commands that go over the network little or not: replay, the page of a finished scan, practice."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tests.bench.measure import Row, pair, run
from tests.bench.pictures import noisy, photograph
from tests.bench.server import answering
from tests.bench.startup import SCRIPT, python

if TYPE_CHECKING:
    from pathlib import Path

PHOTOGRAPHS = 20  # of 12 MP
CHECKED = '{"q1": {"reason": "Green below, blue above.", "value": "true"}}'


def rows(folder: Path, rounds: int) -> list[Row]:
    """Measure whole processes against a server on this machine that answers at once."""
    photo, env = folder / "photo.jpg", {"OPENAI_API_KEY": "x"}
    photograph((800, 600)).save(photo, "JPEG", quality=90)
    typer = python("import typer, PIL.Image")
    found = [
        Row("21", "scan --help / import typer", 1.2, pair([SCRIPT, "scan", "--help"], python("import typer"), rounds))
    ]
    with answering(text=CHECKED) as url:
        check = [SCRIPT, "check", "it shows a field", str(photo), "--base-url", url, "--no-log"]
        subprocess.run(
            [*check, "--record", str(folder / "tape")], env=os.environ | env, check=True, capture_output=True
        )
        replay = [*check, "--replay", str(folder / "tape")]
        found.append(Row("22", "check --replay / import typer, PIL", 4.0, pair(replay, typer, rounds, env=env)))
    with answering() as url:
        for count, what in ((PHOTOGRAPHS, "12 MP"), (500, "90 kB, untouched")):
            found += _pages(folder / what[:5], count, what, url, min(rounds, 5))
    if find_spec("xllamacpp"):
        practice = [SCRIPT, "ask", "What is this?", str(photo), "--local", "practice", "--no-log"]
        found.append(Row("24", "ask --local practice / import typer, PIL", None, pair(practice, typer, min(rounds, 5))))
    return found


def _pages(folder: Path, count: int, what: str, url: str, rounds: int) -> list[Row]:
    """Compare the page of a finished scan with the same scan run again without a page: the first, and written again."""
    folder.mkdir()
    photo = noisy((4000, 3000) if what == "12 MP" else (2400, 1800))
    for i in range(count):
        name, left = folder / f"{i}.jpg", i * 7
        part = photo if what == "12 MP" else photo.crop((left, left, left + 800, left + 600))
        if what == "12 MP" and i:
            shutil.copy(folder / "0.jpg", name)
            with name.open("ab") as file:
                file.write(bytes([i]))  # behind the end: another digest
        else:
            part.save(name, "JPEG", quality=88)
    again = [SCRIPT, "scan", "What?", str(folder), "--no-progress", "--base-url", url, "--ledger", f"{folder}.db"]
    env = {"OPENAI_API_KEY": "x"}
    subprocess.run(again, env=os.environ | env, check=True, capture_output=True)
    whole, found = f"of a finished scan of {count}, {what}", []
    pages = [[*again, "-o", f"{folder}-{number}.html"] for number in range(rounds + 1)]
    first = [run(page, env).cpu_s / run(again, env).cpu_s for page in pages][1:]
    found.append(Row("23", f"first page {whole} / without", 1.3, statistics.median(first)))
    found.append(Row("23", f"page {whole}, written again / without", 1.3, pair(pages[0], again, rounds, env=env)))
    return found
