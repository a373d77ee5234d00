"""The options that are made of groups of flags are those that Typer would make of the same declarations."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import pytest
import typer.main

from visionask.cli.options import with_flags
from visionask.cli.tree import Command, tree
from visionask.core import flags

GROUPS = (
    flags.SendingFlags, flags.PictureFlags, flags.SchemaFlags, flags.FilesFlags, flags.PaceFlags, flags.WritingFlags,
    flags.ResultFlags, flags.ConversationFlags, flags.CheckFlags, flags.ConsoleFlags,
)  # fmt: skip


def command_of(function: Any) -> Any:
    app = tree()
    app.command("it", cls=Command)(function)
    return typer.main.get_command(app)


def written_out(group: Any) -> Any:
    """Return a function with the flags of a group as Typer's own parameters."""

    def it(**values: Any) -> None: ...

    own = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=group._field_defaults[name],
            annotation=Annotated[
                kind, typer.Option(*flag.names.split(), metavar=flag.metavar, help=flag.help, show_default=False)
            ],
        )
        for name, kind, flag in flags.declared(group)
    ]
    it.__signature__ = inspect.Signature(own)  # type: ignore[attr-defined]
    return it


@pytest.mark.parametrize("group", [pytest.param(group, id=group.__name__) for group in GROUPS])
def test_options_are_those_that_typer_makes(group: Any) -> None:
    def ours(*, it: Any) -> None: ...

    ours.__annotations__["it"] = group
    made, expected = command_of(with_flags()(ours)).params, command_of(written_out(group)).params
    assert [seen(param) for param in made] == [seen(param) for param in expected]


def seen(param: Any) -> dict[str, Any]:
    """Return what is known of an option; that of a variable is of no use without one."""
    return {**vars(param), "type": type(param.type), "show_envvar": None}


def test_lists_and_switches_reach_the_group() -> None:
    found = []

    @with_flags(without="limit", recursive=True)
    def it(*, files: flags.FilesFlags) -> None:
        found.append(files)

    command = command_of(it)
    command.main([], standalone_mode=False)
    command.main(["--include", "a", "--include", "b", "-0", "--sample", "3"], standalone_mode=False)
    assert found == [
        flags.FilesFlags(recursive=True),
        flags.FilesFlags(recursive=True, include=["a", "b"], null=True, sample=3),
    ]
