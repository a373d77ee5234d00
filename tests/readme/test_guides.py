"""The README and the guides: each block of commands is run, but those that are marked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import Image, ImageDraw

from tests.cli.command import clean_environment
from tests.cli.servers import AnswerServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HELP = ROOT / "visionask" / "data" / "help"
TOPICS = ("costs", "folders", "ci", "batch", "servers", "python", "security", "exit-codes", "agents")
PAGES = [ROOT / "README.md", *(HELP / f"{name}.md" for name in TOPICS)]
BLOCK = re.compile(r"(?:^<!-- (?P<mark>.+?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
TIMEOUT_S = 240
pytestmark = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra `local` is not installed")


class Block(NamedTuple):
    """A fenced block, and the mark above it: why it is not run, or the name by which .ci/run finds it."""

    kind: str
    text: str
    mark: str


def blocks(page: Path) -> list[Block]:
    return [
        Block(found["kind"], found["text"], found["mark"] or "")
        for found in BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


def runnable(kind: str) -> list[object]:
    return [
        pytest.param(block.text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, block in enumerate(blocks(page))
        if block.kind == kind and not block.mark
    ]


@pytest.fixture(scope="module")
def answers() -> Iterator[AnswerServer]:
    with AnswerServer() as server:
        yield server


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with the pictures that the pages name."""
    shutil.copy(HELP.parent / "practice" / "example.png", tmp_path / "shapes.png")
    Image.linear_gradient("L").resize((3000, 4000)).convert("RGB").save(tmp_path / "photo.jpg")
    Image.new("RGB", (1920, 1080), "white").save(tmp_path / "shot.png")
    (tmp_path / "photos").mkdir()
    for name, colour in (("bill.jpg", "white"), ("photos/a.jpg", "red"), ("photos/b.jpg", "green")):
        picture = Image.new("RGB", (640, 480), colour)
        ImageDraw.Draw(picture).ellipse((100, 100, 300, 300), fill="black")
        picture.save(tmp_path / name)
    return tmp_path


def environment(place: Path, base_url: str) -> dict[str, str]:
    env = clean_environment(place / "home")
    path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    return env | {"PATH": path, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": "sk-test"}


def run(words: list[str], place: Path, base_url: str) -> subprocess.CompletedProcess[str]:
    env = environment(place, base_url)
    return subprocess.run(
        words,
        check=False,
        cwd=place,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


@pytest.mark.parametrize("text", runnable("sh"))
def test_each_command_works(text: str, place: Path, answers: AnswerServer) -> None:
    done = run(["bash", "-euo", "pipefail", "-c", text], place, answers.says("Yes."))
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize("text", runnable("python"))
def test_python_works(text: str, place: Path, answers: AnswerServer) -> None:
    done = run([sys.executable, "-c", text], place, answers.says("Yes."))
    assert done.returncode == 0, done.stderr
    assert "yellow" in done.stdout


def test_the_session_is_a_real_one(place: Path) -> None:
    (session,) = [block.text for block in blocks(PAGES[0]) if block.kind == "console"]
    shown = ""
    for line in session.splitlines():
        if line.startswith("$ "):
            shown += f"{line}\n{run(['bash', '-c', line[2:]], place, '').stdout}"
    assert shown == session


@pytest.mark.parametrize("text", runnable("toml"))
def test_settings_are_toml(text: str) -> None:
    assert tomllib.loads(text)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_lines_of_a_guide_fit_a_terminal_and_so_can_be_copied_from_it(topic: str) -> None:
    texts = [each.text for each in blocks(HELP / f"{topic}.md") if each.kind in ("sh", "python", "toml")]
    assert [line for text in texts for line in text.splitlines() if len(line) > 78] == []


def test_the_readme_is_for_somebody_in_a_hurry_and_names_each_guide() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert sorted(path.stem for path in HELP.glob("*.md")) == sorted(TOPICS)
    assert [name for name in TOPICS if f"(visionask/data/help/{name}.md)" not in text] == []
    kinds = {block.kind for page in PAGES for block in blocks(page)}
    assert kinds <= {"sh", "console", "python", "toml", "yaml", "text"}  # YAML is run by test_ci_recipes.py
