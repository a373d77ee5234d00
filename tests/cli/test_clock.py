"""A clock that is far off: one line that names it, and exit 4, from every command that needs the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.cli.command import KEY

if TYPE_CHECKING:
    from tests.cli.command import Command

FAR = """
def far():
    raise OverflowError("timestamp too large to convert to C _PyTime_t")
"""
COMMANDS = ("ask it a.png", "scan it a.png", "check it a.png", "cost a.png", "logs", "doctor", "batch list")
CLOCKS = {"1970": "far = lambda: 5.0", "2261": "far = lambda: 9.2e9", "9000": FAR}


@pytest.mark.parametrize(
    ("words", "year"),
    [
        *(("ask what a.png", year) for year in CLOCKS),
        *((words, "9000") for words in ("scan what a.png", "check it a.png", "cost a.png", "logs stats", "doctor")),
        ("batch list", "1970"),
    ],
)
def test_a_clock_that_cannot_be_right_is_one_line(command: Command, words: str, year: str) -> None:
    Image.new("RGB", (9, 9)).save(command.folder / "a.png")
    site = command.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(f"import time\n{CLOCKS[year]}\ntime.time = far\n")
    result = command(*words.split(), env={"OPENAI_API_KEY": KEY, "PYTHONPATH": str(site)})
    assert (result.code, result.err.splitlines()[-1]) == (4, "hint: set the clock right, then run it again")
    assert "this machine's clock says" in result.err
    assert "Traceback" not in result.err


def test_help_needs_no_clock(command: Command) -> None:
    site = command.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(f"import time\n{FAR}\ntime.time = far\n")
    assert command("ask", "--help", env={"PYTHONPATH": str(site)}).code == 0
