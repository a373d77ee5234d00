"""The types of the Python API, as mypy --strict sees them from outside."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

SCRIPT = """
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from visionask import Plan, Reply, Result, VisionaskError, ask, check, errors, plan, scan
from visionask.errors import RateLimited

planned: Plan = plan(Path("a.jpg"), question="What?", detail="low")
price: Decimal | None = planned.input_usd
answer: str = ask("What?", ["a.jpg", b"..."], model="gpt-6-luna", crop=(0, 0, 9, 9), max_cost=0.5).answer
assert check("a login button is visible", "shot.png", threshold=0.9)
results: Iterator[Result] = scan("What?", "photos/", jobs=4, recursive=True)

class Bill:
    @classmethod
    def model_json_schema(cls, by_alias: bool = True, mode: str = "validation") -> dict[str, object]:
        return {}

reply: Reply = ask(images=Path("bill.jpg"), template="receipt", params={"tongue": "de", "n": 2}, record=Path("saved"))
ask("And?", conversation=reply.conversation, replay="saved", schema=Bill, profile="ollama")
ask("And?", "a.jpg", conversation=reply, schema={"type": "object"}, schema_multi=Path("bill.json"), rotate=90)
try:
    kept = [result.answer for result in results if not isinstance(result.error, errors.InputError)]
except RateLimited as limited:
    print(limited.retryable)
except VisionaskError as error:
    print(error.message, error.hint)
ask("What?", "a.jpg", detail="best")  # arg-type
ask("What?", "a.jpg", maxcost=1)  # call-arg
plan("a.jpg", conversation="feed")  # call-arg
ask("What?", "a.jpg", schema=7)  # arg-type
scan("What?", "photos/", conversation="feed")  # call-arg
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
