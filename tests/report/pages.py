"""Owns writing the pages that a browser opens in tests, and reading the names that it shows."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from visionask.report.outputs import open_output

if TYPE_CHECKING:
    from pathlib import Path

NAMES = """[...document.querySelectorAll('#items h2')]
  .filter((name) => name.checkVisibility()).map((name) => name.textContent)"""


def thumbnail() -> bytes:
    out = BytesIO()
    Image.new("RGB", (160, 120), "teal").save(out, "JPEG")
    return out.getvalue()


def write(path: Path, records: list[dict[str, Any]], question: str = "What is it?") -> Path:
    output = open_output(str(path), question=question)
    for record in records:
        output.add(record, thumbnail() if record["status"] == "ok" else None)
    output.close({"seconds": 3.0})
    return path
