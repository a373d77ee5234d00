"""A small app whose help texts hold every character that a shell would expand."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from visionask.cli.options import with_flags
from visionask.core.flags import DETAILS, Flag

NASTY = """Half's [price]: "$HOME" `id` $(id) \\ {a,b} *.md; {} | & % # ~ !! <x>"""
CHOICE = "low, high, auto or original [default: auto]."


class Level(StrEnum):
    LOW = "low"
    LATE = "late"


def small_app() -> typer.Typer:
    names = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=names)
    local = typer.Typer(help="Models here.")
    app.add_typer(local, name="local")

    @app.callback()
    def root(version: Annotated[bool, typer.Option("--version", help="Show it.")] = False) -> None:
        pass

    @app.command(help=NASTY)
    @with_flags()
    def ask(  # noqa: PLR0917
        words: Annotated[list[str], typer.Argument(metavar="QUESTION IMAGE...")],
        detail: Annotated[str, Flag("-d --detail", CHOICE, "LEVEL", choices=DETAILS)] = "auto",
        level: Annotated[Level, typer.Option("--level", help="An enum.")] = Level.LOW,
        shape: Annotated[str, typer.Option("--shape", metavar="round|square", help="A metavar.")] = "round",
        model: Annotated[str, typer.Option("-m", "--model", metavar="NAME:[x]", help=NASTY)] = "",
        image: Annotated[list[str] | None, typer.Option("-i", "--image", metavar="IMAGE")] = None,
        stream: Annotated[bool, typer.Option("--stream/--no-stream")] = False,
        secret: Annotated[bool, typer.Option("--secret", hidden=True)] = False,
    ) -> None:
        pass

    @app.command()
    def prep(
        images: Annotated[list[str], typer.Argument(metavar="IMAGE...")],
        output: Annotated[str, typer.Option("-o", "--output", metavar="DIR")] = "",
    ) -> None:
        pass

    @app.command()
    def completion(shell: str) -> None:
        pass

    @app.command(hidden=True)
    def inner() -> None:
        pass

    @local.command("list", help="What is here.")
    def list_() -> None:
        pass

    @local.command(help="Fetch one.")
    def pull(name: str) -> None:
        pass

    return app
