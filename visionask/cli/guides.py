"""`visionask help [TOPIC]`: the guides of `data/help/`, drawn on a terminal, as they are in a pipe."""

from __future__ import annotations

import os
import re
from typing import Annotated

import typer

from visionask.cli.inputs import open_console
from visionask.cli.options import with_flags
from visionask.core.errors import UsageError
from visionask.core.flags import ConsoleFlags

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "help")


@with_flags(without="as_json quiet verbose debug")
def guides(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", show_default=False)] = None,
    *,
    said: ConsoleFlags,
) -> None:
    """Show a guide: costs, folders, ci, batch, servers, python, security, exit-codes or agents.

    visionask help costs
    """
    from visionask.cli.app import COMMANDS
    from visionask.core.suggest import did_you_mean
    from visionask.report.answer import MarkdownWriter, PlainWriter

    console = open_console(said)
    topics = sorted(name.removesuffix(".md") for name in os.listdir(FOLDER) if name.endswith(".md"))
    if topic is None:
        for name in topics:
            console.line(f"visionask help {name:<12} {_title(name)}")
        return
    if topic not in topics:
        flags = f"its flags: visionask {topic} --help" if topic in COMMANDS else ""
        parts = [name for name in topics if len(topic) > 1 and topic.lower() in name]
        near = f"did you mean {' or '.join(parts)}?" if parts else did_you_mean(topic, topics)
        hint = " ".join(filter(None, [near, flags])) or f"one of: {', '.join(topics)}"
        raise UsageError(f"there is no guide named {topic}", hint)
    is_drawn = console.out.isatty()
    writer = MarkdownWriter(console) if is_drawn else PlainWriter(console, is_raw=False)
    writer.feed(re.sub(r"<!--.*?-->\n*", "", _text(topic), flags=re.DOTALL) if is_drawn else _text(topic))
    writer.close()


def _title(name: str) -> str:
    """Return the title of a guide: its first heading."""
    return next((line[2:] for line in _text(name).splitlines() if line.startswith("# ")), "")


def _text(name: str) -> str:
    with open(os.path.join(FOLDER, f"{name}.md"), encoding="utf-8") as file:
        return file.read()
