"""The command tree and the one place where errors become lines, records and exit codes.

The groups of commands: one that is named alone, or with flags alone, does what it mostly does.
"""

from __future__ import annotations

import errno
import sys
from collections import UserDict
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

import typer
import typer.core

from visionask.cli.exits import Exit, exit_code
from visionask.core.errors import StateError, UsageError, VisionaskError

COMMANDS = {  # modules of this room, each with the line that --help shows of it: the first sentence of its docstring
    "ask": "Ask one question about one or several images.",
    "scan": "Ask one question about each image of many.",
    "check": "Check whether a statement is true of images: exit 0 true, 1 false.",
    "batch": "The same scan through the provider's Batch API, at half price.",
    "chat": "Talk about images: each turn sends them again, and shows what that costs.",
    "cost": "Show tokens and price of images, folders, quoted globs or links.",
    "prep": "Write exactly the picture bytes that would be sent, and say what was done.",
    "models": "List the models that can be priced, or show all about one: token rule, prices, dates, source.",
    "config": "What is set and where it comes from; profiles and templates.",
    "completion": "Print the completion script for a shell.",
    "local": "A model on this machine, no key.",
    "logs": "What was asked, answered and spent.",
    "diff": "Show what changed between two runs of the same question.",
    "doctor": "Tell what is configured, reachable and installed; made to be put into a bug report.",
}


class Loading(UserDict[str, Any]):
    """The commands by name, each loaded when it is looked up: the options of all of them would double the start."""

    def __getitem__(self, name: str) -> Any:
        if name not in self.data:
            raise KeyError(name)
        module = import_module(f"visionask.cli.{name}")
        tree = getattr(module, "app", None)
        if tree is None:
            tree = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            tree.command(name)(getattr(module, name))
        command = typer.main.get_command(tree)
        command.name = name
        _lay_out_help(command)
        return command


def _lay_out_help(command: Any) -> None:
    """Let `cli/help.py` write the help of a command and of all below it, whatever class each has of its own."""
    command.format_help = partial(_write_help, command)
    for below in getattr(command, "commands", {}).values():
        _lay_out_help(below)


def _write_help(command: Any, ctx: Any, formatter: Any) -> None:
    from visionask.cli.help import write_help

    write_help(command, ctx, formatter)


class Commands(typer.core.TyperGroup):
    """Every command runs through here, so that every error ends in one line and the contract's exit code."""

    lines = COMMANDS

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Loading(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _write_help(self, ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except VisionaskError as error:
            return fail(error)


app = typer.Typer(
    cls=Commands,
    name="visionask",
    help="Ask questions about images. The price is shown first; the smallest picture that the model would see is sent.",
    epilog="Exit codes: 0 ok, 1 false (check), 2 usage, 3 image, 4 config or key, 5 budget, 6 API, 7 partial, "
    "8 rejected, 9 state.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help", "--help-all"]},
)


def _print_version(value: bool) -> None:
    if value:
        from visionask import __version__

        sys.stdout.write(f"visionask {__version__}\n")
        raise typer.Exit


@app.callback()
def visionask(
    _version: bool = typer.Option(
        False, "-V", "--version", is_eager=True, callback=_print_version, help="Show the version."
    ),
) -> None:
    """Shared by all commands."""


def fail(error: VisionaskError) -> Exit:
    """Tell of an error that ended a command early: a line, or a record where one was asked for."""
    from visionask.report.console import Console

    words = sys.argv[1:]
    if "--json" in words[: words.index("--") if "--" in words else None]:
        from visionask.report.records import dumps, error_record

        sys.stdout.write(dumps(error_record(words[0] if words else "", error)) + "\n")
    plain = "--no-color" in words or _no_color()
    Console(out=sys.stdout, err=sys.stderr, is_plain=plain, is_debug="--debug" in words).error(error)
    return exit_code(error)


def _no_color() -> bool:
    from visionask.config.settings import refuses_colour

    return refuses_colour()


def run(args: list[str]) -> int:
    """Run one command line and return its exit code."""
    from visionask.report.console import make_safe_streams

    make_safe_streams()
    try:
        code = _run(args)
        sys.stdout.flush()
    except OSError as error:
        if not _is_of_a_stream(error):
            return _bug(error)
        return _lose_output(error)
    return code


def _run(args: list[str]) -> int:
    try:
        code = typer.main.get_command(app).main(args, prog_name="visionask", standalone_mode=False)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemExit as end:
        if end.code != 1:
            raise
        return _lose_output(BrokenPipeError())  # 1 is how click ends when nobody reads
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  the last line of defence: a usage error of the parser, or a bug
        show = getattr(error, "format_message", None)
        if show is None:
            return _bug(error)
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(show() + "\n")
            return Exit.USAGE
        ctx = getattr(error, "ctx", None)
        command = "visionask" if ctx is None else ctx.command_path
        return fail(UsageError(show().rstrip("."), f"{command} --help"))
    return int(code or 0)


def _is_of_a_stream(error: OSError) -> bool:
    """Tell whether standard output cannot be written: full, closed, unread. An error about a file names it."""
    kinds = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
    return error.filename is None and error.errno in kinds


def _lose_output(error: OSError) -> Exit:
    """Send what is still buffered to nowhere, so that the way out says nothing about it; tell, unless nobody reads."""
    from visionask.report.console import discard

    discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return Exit.PIPE_CLOSED
    lost = StateError(
        f"standard output cannot be written ({error.strerror})", "free some space, or send the output elsewhere"
    )
    return fail(lost)


def _bug(error: Exception) -> Exit:
    import traceback

    traceback.print_exception(error)
    sys.stderr.write("error: this is a bug in visionask: please report it with the lines above\n")
    return Exit.BUG


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
