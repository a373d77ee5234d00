"""The row about what light commands load: target 7, which needs no clock (tests/cli/test_startup.py holds it)."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.bench.measure import Row

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"openai", "httpx2", "pydantic", "rich", "PIL", "asyncio"}
CODE = """
import sys
from visionask.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def rows(folder: Path, _rounds: int) -> list[Row]:
    """Count the heavy modules at the end of each command."""
    from tests.bench.pictures import photograph

    photo = folder / "photo.png"
    photograph((64, 48)).save(photo)
    found = []
    for args in (["cost", str(photo)], ["--help"], ["no-such-command"], ["completion", "bash"], ["completion", "zsh"]):
        done = subprocess.run([sys.executable, "-c", CODE, *args], capture_output=True, text=True, check=False)
        names = set(done.stderr.split())
        assert "visionask.cli.app" in names
        found.append(
            Row("7", f"heavy modules after {' '.join(args[:2])}".replace(str(photo), "FILE"), 0, len(names & HEAVY))
        )
    return found
