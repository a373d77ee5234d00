"""Writing the pages that a browser opens in tests, and what is read from them: names shown, least contrast."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from visionask.report.output import open_output

if TYPE_CHECKING:
    from pathlib import Path

NAMES = """[...document.querySelectorAll('#items h2')]
  .filter((name) => name.checkVisibility()).map((name) => name.textContent)"""
CONTRAST = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => { for (; node; node = node.parentElement) {
    const color = rgb(getComputedStyle(node).backgroundColor); if (color.length < 4 || color[3] > 0) return color; } };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || node.closest("script, option, [hidden]")) continue;
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    found.push([(a + 0.05) / (b + 0.05), walk.currentNode.data.trim()]);
  }
  return found.sort((x, y) => x[0] - y[0])[0];
})()"""


def thumbnail(size: tuple[int, int] = (160, 120)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return out.getvalue()


def write(path: Path, records: list[dict[str, Any]], question: str = "What is it?") -> Path:
    output = open_output(str(path), question=question)
    for record in records:
        output.add(record, thumbnail() if record["status"] == "ok" else None)
    output.close({"seconds": 3.0})
    return path
