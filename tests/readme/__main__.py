"""The making of the README's pictures: real commands in a real terminal, on pictures drawn here.

`python -m tests.readme` writes `.github/*.svg`, and the table of costs in the guide. The answers are the practice
model's; nothing is edited afterwards. The fonts are the reader's own: an SVG that loads one from elsewhere would tell
somebody else who reads the README.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pexpect
import pyte
from PIL import Image, ImageDraw
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.readme.costs import GUIDE, renewed

FOLDER = Path(__file__).parents[2] / ".github"
COLUMNS, ROWS = 80, 60
REPORT, WIDTH_PX, HEIGHT_PX = "report", 1200, 900  # of the page; the picture has twice the density
QUESTION = "What color is the background?"
SESSIONS = {
    "cost": [
        "visionask cost photo.jpg shot.png shapes/",
        "visionask cost photo.jpg --compare gpt-6-luna,claude-haiku-5-5,gpt-5.4-mini",
    ],
    "scan": [
        f'visionask scan "{QUESTION}" shapes/ --local practice',
        'visionask check "the background is red" shapes/[12].png --local practice',
    ],
}
SVG = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def draw(folder: Path) -> None:
    """Draw what the commands are asked about."""
    (folder / "shapes").mkdir()
    for number, colour in enumerate(("red", "blue", "green", "yellow", "red", "black"), 1):
        picture = Image.new("RGB", (320, 240), colour)
        ImageDraw.Draw(picture).ellipse((110, 70, 210, 170), fill="white")
        picture.save(folder / "shapes" / f"{number}.png")
    (folder / "shapes" / "notes.png").write_text("these are notes\n")
    (folder / "shapes.png").write_bytes((folder / "shapes" / "2.png").read_bytes())
    Image.linear_gradient("L").resize((3000, 4000)).convert("RGB").save(folder / "photo.jpg")
    Image.new("RGB", (1920, 1080), "white").save(folder / "shot.png")


def run(commands: list[str], folder: Path) -> list[Text]:
    """Run commands in a terminal and return its lines as they look at the end."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    home = folder / "home"
    env = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(home), "TERM": "xterm-256color"}
    for command in commands:
        stream.feed(f"\x1b[1m$ {command}\x1b[0m\r\n".encode())
        child = pexpect.spawn("/bin/sh", ["-c", command], cwd=folder, env=env, dimensions=(ROWS, COLUMNS), timeout=120)
        child.expect(pexpect.EOF)
        stream.feed(child.before)
    lines = [_line(screen.buffer[row]) for row in range(ROWS)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def _line(row: dict[int, pyte.screens.Char]) -> Text:
    text = Text()
    for column in range(COLUMNS):
        cell = row[column]
        style = Style(color=_colour(cell.fg), bold=cell.bold, italic=cell.italics, underline=cell.underscore)
        text.append(cell.data, style)
    text.rstrip()
    return text


def _colour(name: str) -> str | None:
    """Translate a colour of pyte's into rich's words."""
    if name == "default":
        return None
    if name.startswith("bright"):
        return f"bright_{name.removeprefix('bright').replace('brown', 'yellow')}"
    return f"#{name}" if len(name) == 6 and set(name) <= set("0123456789abcdef") else name.replace("brown", "yellow")


def photograph(folder: Path) -> None:
    """Scan, and take the picture of the report."""
    run([f'visionask scan "{QUESTION}" shapes/ --local practice -o colours.html'], folder)
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size = ["--force-device-scale-factor=2", f"--window-size={WIDTH_PX},{HEIGHT_PX}"]
    picture = folder / "report.png"
    page = (folder / "colours.html").as_uri()
    subprocess.run([*chromium, *size, f"--screenshot={picture}", page], check=True, capture_output=True, timeout=120)
    with Image.open(picture) as shown:
        shown.convert("RGB").quantize(256).save(FOLDER / f"{REPORT}.png", optimize=True)


def main() -> None:
    """Make all pictures, or those that are named."""
    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or ["costs", *SESSIONS, REPORT]:
        if name == "costs":
            GUIDE.write_text(renewed(), "utf-8")
            continue
        if name == REPORT:
            with tempfile.TemporaryDirectory() as place:
                draw(Path(place))
                photograph(Path(place))
            continue
        with tempfile.TemporaryDirectory() as place:
            draw(Path(place))
            lines = run(SESSIONS[name], Path(place))
        lines.append(Text(""))  # room for the last line's descenders
        console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
        for line in lines:
            console.print(line, highlight=False)
        svg = console.export_svg(title="visionask", code_format=SVG, unique_id=name)
        temporary = FOLDER / f".{name}.svg"
        temporary.write_text(svg)
        os.replace(temporary, FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
