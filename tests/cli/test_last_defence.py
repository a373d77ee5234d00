"""A fault that nobody expected, about one image of many: that image fails, the others go on, the end is exit 70."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.command import KEY
from tests.cli.pictures import encoded, photo

if TYPE_CHECKING:
    from tests.cli.command import Command
    from tests.cli.servers import AnswerServer

SITE = """
import builtins, io, os

class Trouble(Exception):
    pass

def failing(real):
    def call(path, *args, **kwargs):
        if isinstance(path, str) and path.endswith("bad.png"):
            raise Trouble("the driver of the disk broke")
        return real(path, *args, **kwargs)
    return call

builtins.open = io.open = failing(open)
os.open = failing(os.open)
"""
NAMES = ["a.png", "bad.png", "c.png"]
COMMANDS = {
    "scan": (["scan", "what?", *NAMES], 2),
    "check": (["check", "it is red", *NAMES], 2),
    "batch export": (["batch", "export", "what?", *NAMES, "--to", "out"], 0),
    "eval": (["eval", "labels.csv", "what?"], 0),
    "prep": (["prep", *NAMES, "-o", "out"], 0),
    "cost": (["cost", *NAMES], 0),
    "ask": (["ask", "what?", *NAMES], 0),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_fault_about_one_image_ends_no_other(command: Command, answers: AnswerServer, name: str) -> None:
    words, asked = COMMANDS[name]
    for number, each in enumerate(NAMES):
        (command.folder / each).write_bytes(encoded(photo((40, 30 + number)), "PNG"))
    (command.folder / "labels.csv").write_text("image,label\n" + "".join(f"{each},yes\n" for each in NAMES))
    (command.folder / "sitecustomize.py").write_text(SITE)
    url = answers.says('{"q1": {"reason": "it is", "value": "true"}}' if name == "check" else "yes")
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url, "PYTHONPATH": str(command.folder)}
    result = command(*words, env=env)
    assert result.code == 70, result.err
    assert "bad.png: a fault in visionask (Trouble: the driver of the disk broke)" in result.err
    assert "Traceback" not in result.err
    assert len(answers.arrived(url)) == asked
    if name in ("batch export", "prep"):
        assert list((command.folder / "out").iterdir())
    shown = command(*words, "--debug", env=env)
    assert shown.code == 70
    assert "in call\n" in shown.err
