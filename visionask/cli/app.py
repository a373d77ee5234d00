"""The command tree and the one place where errors become lines, records and exit codes."""

from __future__ import annotations

import errno
import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import typer

from visionask.cli.exits import Exit, exit_code
from visionask.cli.tree import Command, Group, Line, tree
from visionask.core.errors import StateError, UsageError, VisionaskError
from visionask.core.suggest import near_names

COMMANDS = {  # modules of this room, each with the line that --help shows of it: the first sentence of its docstring
    "ask": "Ask one question about one or several images.",
    "scan": "Ask one question about each image of many.",
    "check": "Check a statement about images: exit 0 true, 1 false.",
    "batch": "The same scan through the provider's Batch API, at half price.",
    "chat": "Talk about images; each turn shows what it costs.",
    "cost": "Show tokens and price of images, folders, quoted globs or links.",
    "prep": "Write exactly the picture bytes that would be sent.",
    "models": "List the models that can be priced, or show all about one.",
    "config": "What is set and where it comes from; profiles and templates.",
    "completion": "Print the completion script for a shell, or install it.",
    "local": "A model on this machine, no key.",
    "logs": "What was asked, answered and spent.",
    "eval": "Find the cheapest setting that answers labelled images well.",
    "diff": "Show what changed between two runs of the same question.",
    "doctor": "Show what is configured, reachable and installed.",
    "help": "Show a guide: costs, folders, ci, batch, servers, python, security, exit-codes or agents.",
}
_MODULES = {"help": "guides"}  # where a command's module has another name


class Loading(UserDict[str, Any]):
    """The commands by name, each loaded when it is looked up: the options of all of them would double the start."""

    def __getitem__(self, name: str) -> Any:
        if name not in self.data:
            raise KeyError(name)
        own = _MODULES.get(name, name)
        module = import_module(f"visionask.cli.{own}")
        app = getattr(module, "app", None)
        if app is None:
            app = tree()
            app.command(name, cls=Command)(getattr(module, own))
        command = typer.main.get_command(app)
        command.name = name
        return command


class Commands(Group):
    """Every command runs through here, so that every error ends in one line and the contract's exit code."""

    lines = COMMANDS

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Loading(COMMANDS)

    def meant(self, args: list[str]) -> str:
        """Return the line with `ask` for a question or an image that stands where a command should."""
        import os
        import shlex
        from itertools import takewhile

        if args == ["version"]:
            return "visionask --version"
        words = args[:1] if " " in args[0] else list(takewhile(lambda each: not os.path.isfile(each), args))
        images = args[len(words) :][:2]
        if any(each.startswith("-") for each in (*words, *images)) or not (images or " " in args[0]):
            return ""
        question = [" ".join(words)] if words else []
        return shlex.join(["visionask", "ask", *question, *(images or ["photo.jpg"])])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except VisionaskError as error:
            return fail(error, ctx.ensure_object(Line))


app = tree(
    "Ask questions about images. The price is shown first; the smallest picture that the model would see is sent.",
    cls=Commands,
    name="visionask",
    epilog="Exit codes: 0 ok, 1 false (check), 2 usage, 3 image, 4 config or key, 5 budget, 6 API, 7 partial, "
    "8 rejected, 9 state.",
    context_settings={"help_option_names": ["-h", "--help"]},
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


def fail(error: VisionaskError, line: Line) -> Exit:
    """Write an error that ended a command early: a line, or a record where one was asked for."""
    from visionask.report.console import Console

    if line.is_json:
        from visionask.report.records import dumps, error_record

        sys.stdout.write(dumps(error_record(line.command, error)) + "\n")
    plain = line.is_plain or _no_color()
    Console(out=sys.stdout, err=sys.stderr, is_plain=plain, is_debug=line.is_debug).error(error)
    return exit_code(error)


def _no_color() -> bool:
    from visionask.config.settings import refuses_colour

    return refuses_colour()


def run(args: list[str]) -> int:
    """Run one command line and return its exit code."""
    from visionask.config.settings import forget_odd_sizes
    from visionask.report.console import make_safe_streams

    make_safe_streams()
    forget_odd_sizes()
    line = Line()
    try:
        code = _run(args, line)
        sys.stdout.flush()
    except OSError as error:
        if not _is_of_a_stream(error):
            return _bug(error)
        return _lose_output(error, line)
    return code


def _run(args: list[str], line: Line) -> int:
    try:
        code = typer.main.get_command(app).main(args, prog_name="visionask", standalone_mode=False, obj=line)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except SystemExit as end:
        if end.code != 1:
            raise
        return _lose_output(BrokenPipeError(), line)  # 1 is how click ends when nobody reads
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  the last line of defence: a usage error of the parser, or a bug
        show = getattr(error, "format_message", None)
        if show is None:
            return _bug_or_clock(error, line)
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(show() + "\n")
            return Exit.USAGE
        return fail(_usage(error), line)
    return int(code or 0)


def _usage(error: Any) -> UsageError:
    """Return an error of the parser as one of ours: what it knows of near names is our hint."""
    ctx = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if ctx is None:
        return UsageError(_worded(error.format_message()), "visionask --help")
    help_of = f"{ctx.command_path} --help"
    if option is None or not hasattr(error, "possibilities"):
        return UsageError(_worded(error.format_message()), getattr(error, "hint", help_of))
    if option in ("--api-key", "--key", "--token"):
        return UsageError(_worded(error.message), "a key is read from the environment: export OPENAI_API_KEY=...")
    known = {
        name.lstrip("-"): name for param in ctx.command.get_params(ctx) for name in (*param.opts, *param.secondary_opts)
    }
    near = [known[each] for each in near_names(option.lstrip("-"), known)]
    hint = f"did you mean {' or '.join(near)}?" if near else help_of
    return UsageError(_worded(error.message), hint)


_WORDS = (  # of the parser's messages, and ours
    (r"Invalid value for (?:'-\w' / )?'(.+?)': (.*) is not a valid int(?:eger)?", "{} must be a whole number, not {}"),
    (r"Invalid value for (?:'-\w' / )?'(.+?)': (.*) is not a valid float", "{} must be a number, not {}"),
    (r"No such option: (.+)", "there is no flag {}"),
    (r"No such command (.+)", "there is no command {}"),
    (r"Option '(.+)' requires an argument", "{} needs a value"),
    (r"Option '(.+)' does not take a value", "{} takes no value"),
    (r"Missing argument '(.+?)(?: \[.+\])?'", "{} is missing"),
    (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", "more arguments than are taken: {}"),
)


def _worded(text: str) -> str:
    """Return a message of the parser in the words of all others; one that is not known, as it is."""
    import re

    text = text.rstrip(".")
    found = ((re.fullmatch(pattern, text, re.DOTALL), words) for pattern, words in _WORDS)
    return next((words.format(*match.groups()) for match, words in found if match), text)


def _is_of_a_stream(error: OSError) -> bool:
    """Return whether standard output cannot be written: full, closed, unread. An error about a file names it."""
    kinds = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
    return error.filename is None and error.errno in kinds


def _lose_output(error: OSError, line: Line) -> Exit:
    """Send what is still buffered to nowhere, so that the way out says nothing about it; tell, unless nobody reads."""
    from visionask.report.console import discard

    discard(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return Exit.PIPE_CLOSED
    lost = StateError(
        f"standard output cannot be written ({error.strerror})", "free some space, or send the output elsewhere"
    )
    line.is_json = False  # nobody would get the record
    return fail(lost, line)


def _bug_or_clock(error: Exception, line: Line) -> Exit:
    """Blame the clock where it cannot be right: libraries, too, fail at the time then, and in their imports."""
    from visionask.config.settings import check_clock

    try:
        check_clock()
    except VisionaskError as wrong:
        return fail(wrong, line)
    return _bug(error)


def _bug(error: Exception) -> Exit:
    import traceback

    traceback.print_exception(error)
    sys.stderr.write("error: this is a bug in visionask: please report it with the lines above\n")
    return Exit.BUG
