"""The types of the Python API, as mypy --strict sees them from outside."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

SCRIPT = """
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from visionask import Plan, Result, VisionaskError, ask, check, errors, plan, scan

planned: Plan = plan(Path("a.jpg"), question="What?", detail="low")
price: Decimal | None = planned.input_usd
answer: str = ask("What?", ["a.jpg", b"..."], model="gpt-6-luna", crop=(0, 0, 9, 9), max_cost=0.5).answer
assert check("a login button is visible", "shot.png", threshold=0.9)
results: Iterator[Result] = scan("What?", "photos/", jobs=4, recursive=True)
try:
    kept = [result.answer for result in results if not isinstance(result.error, errors.InputError)]
except VisionaskError as error:
    print(error.message, error.hint)
ask("What?", "a.jpg", detail="best")  # arg-type
ask("What?", "a.jpg", maxcost=1)  # call-arg
plan("a.jpg", schema="name")  # call-arg
price = planned.record  # assignment
"""


def test_a_script_is_held_to_what_the_functions_take_and_give(tmp_path: Path) -> None:
    from mypy import api

    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    config = tmp_path / "mypy.ini"  # without what is installed: reading the SDK takes a minute
    config.write_text(f"[mypy]\nstrict = True\nmypy_path = {REPOSITORY}\nfollow_imports = silent\n")
    cache = str(tmp_path / "cache")
    out, _, _ = api.run(["--config-file", str(config), "--no-site-packages", "--cache-dir", cache, str(script)])
    found = re.findall(r"script\.py:(\d+): error: .*\[([a-z-]+)\]", out)
    lines = SCRIPT.splitlines()
    expected = [(str(number), line.partition("  # ")[2]) for number, line in enumerate(lines, 1) if "  # " in line]
    assert found == expected, out
