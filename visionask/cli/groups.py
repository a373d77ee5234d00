"""Owns the groups of commands: one that is named alone, or with flags alone, does what it mostly does."""

from __future__ import annotations

from typing import Any, ClassVar

import typer
import typer.core


class Group(typer.core.TyperGroup):
    """A group that runs the command `bare` where none is named."""

    bare: ClassVar[str]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = [self.bare, *args]
        return super().parse_args(ctx, args)


class Listing(Group):
    """`logs` alone is `logs list`."""

    bare = "list"


class Showing(Group):
    """`config` alone is `config show`."""

    bare = "show"


def group(cls: type[Group], text: str) -> typer.Typer:
    """Make a group with this help."""
    return typer.Typer(cls=cls, help=text, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
