"""The rows about a whole `ask` against a server on this machine: targets 8 and 9."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.bench.measure import Row, pair
from tests.bench.pictures import photograph
from tests.bench.startup import SCRIPT, python
from tests.faults.server import FaultServer

if TYPE_CHECKING:
    from pathlib import Path

FLOOR = "import typer, openai, PIL.Image; openai.OpenAI(api_key='x').chat.completions"


def rows(folder: Path, rounds: int) -> list[Row]:
    """Measure whole processes; the server answers at once."""
    photo = folder / "asked.jpg"
    photograph((4000, 3000)).save(photo, "JPEG", quality=90)
    words = ["What is this?", str(photo)]
    with FaultServer() as server:
        url = server.base_url("bench~ok")
        env = {"OPENAI_API_KEY": "x", "OPENAI_BASE_URL": url, "LLM_USER_PATH": str(folder)}
        ask = [SCRIPT, "ask", "-m", "local", *words]  # as `llm` is told: without, the server is asked what it has
        found = [
            Row("8", f"ask, 12 MP / its imports, {how}", limit, pair(ask, python(FLOOR), rounds, by=by, env=env))
            for how, by, limit in (("wall", "wall_s", 0.9), ("CPU", "cpu_s", None))
        ]  # fmt: skip
        if llm := shutil.which("llm"):
            (folder / "extra-openai-models.yaml").write_text(
                f"- model_id: local\n  model_name: local\n  api_base: {url}\n  vision: true\n", encoding="utf-8"
            )
            theirs = [llm, "-m", "local", "-n", "--no-stream", words[0], "-a", str(photo), "--key", "x"]
            found.append(Row("9", "ask, 12 MP / llm -a, wall", 0.70, pair(ask, theirs, rounds, by="wall_s", env=env)))
        else:
            found.append(Row("9", "ask, 12 MP / llm -a, wall", 0.70, None, "llm is not installed"))
    return found
