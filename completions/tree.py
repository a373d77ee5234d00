"""The command tree, read out of the Typer app into plain values that the writers beside it need."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "visionask" / "data"
MADE = "Made by completions/generate.py: change the commands, not this file."
SAFE_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")  # nothing that any of the shells would expand
CHOICE_METAVAR = re.compile(r"\[?([a-z0-9-]+(?:\|[a-z0-9-]+)+)\]?")  # low|high, and not DSL|FILE
FILE_METAVAR = re.compile(r"\b(FILE|PATH|IMAGE|TOML|RESULTS)\b")
HELP_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What may follow an option, or stand as an argument: words, files, folders, or (none of them) anything.

    `own` names the table of the user's config file, `profiles` or `models`, whose names are words too, or `templates`
    for the folder beside it: the shell reads them when TAB is pressed.
    """

    words: tuple[str, ...] = ()
    own: str = ""
    is_file: bool = False
    is_folder: bool = False

    def __post_init__(self) -> None:
        for word in self.words:
            if not SAFE_WORD.fullmatch(word):
                raise ValueError(f"{word!r} needs quoting in some shell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    names: tuple[str, ...]  # with dashes, as typed
    help: str
    metavar: str
    value: Value | None  # None: a flag
    is_repeatable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    path: tuple[str, ...]  # () for the program itself
    help: str  # a line
    text: str  # all of it
    usage: str  # what may follow the command's name
    examples: tuple[str, ...]
    epilog: str
    options: tuple[Option, ...]
    argument: Value
    children: tuple[Command, ...]

    @property
    def at(self) -> str:
        return " ".join(self.path)

    @property
    def option_names(self) -> tuple[str, ...]:
        return tuple(name for option in self.options for name in option.names)

    @property
    def valued_options(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.value)

    @property
    def plain_words(self) -> tuple[str, ...]:
        """What may stand here without a dash, where that is known."""
        return tuple(child.path[-1] for child in self.children) or self.argument.words

    def walk(self) -> list[Command]:
        """Return this command and all below it, parents first."""
        return [self, *(below for child in self.children for below in child.walk())]


def read_app(app: Any) -> Command:
    """Return the tree of a Typer app."""
    import typer.main

    return _read(typer.main.get_command(app), (), parent=None)


def _read(command: Any, path: tuple[str, ...], *, parent: Any) -> Command:
    from visionask.cli.help import described, examples_of, usage_of
    from visionask.cli.options import flags_of

    # a context inherits from its parent what the help option is called
    context = command.context_class(command, parent=parent, **command.context_settings)
    shown = [param for param in command.get_params(context) if not getattr(param, "hidden", False)]
    flags = flags_of(command)
    options = [_option(param, flags.get(param.name), path) for param in shown if param.param_type_name == "option"]
    arguments = [param for param in shown if param.param_type_name == "argument"]
    below = getattr(command, "commands", {})
    return Command(
        path=path,
        help=_one_line(command.short_help or described(command.help)[0]),
        text=described(command.help)[0],
        usage=usage_of(command, context),
        examples=examples_of(command, " ".join(path)),
        epilog=command.epilog or "",
        options=tuple(option for option in options if "--install-completion" not in option.names),
        argument=_argument(arguments, path),
        children=tuple(
            _read(child, (*path, name), parent=context) for name, child in below.items() if not child.hidden
        ),
    )


def _option(param: Any, flag: Any, path: tuple[str, ...]) -> Option:
    is_flag = param.is_flag or param.count
    metavar = param.metavar or param.name.upper()
    # short names first: those of --help come out of a set, in another order every time
    names = tuple(sorted((*param.opts, *param.secondary_opts), key=lambda name: (name.startswith("--"), len(name))))
    return Option(
        names=names,
        help=_one_line(param.help),
        metavar=metavar,
        value=None if is_flag else _option_value(names, param, flag, metavar=metavar, path=path),
        is_repeatable=bool(param.multiple or param.count),
    )


def _option_value(names: tuple[str, ...], param: Any, flag: Any, *, metavar: str, path: tuple[str, ...]) -> Value:
    if choices := getattr(param.type, "choices", None):
        return Value(words=tuple(str(getattr(choice, "value", choice)) for choice in choices))
    if match := CHOICE_METAVAR.fullmatch(metavar):
        return Value(words=tuple(match[1].split("|")))
    if "--output" in names and path == ("prep",):
        return Value(is_folder=True)
    known = next((_known(name) for name in names if name in KNOWN), None)
    if known:
        return known
    if flag is not None and flag.choices:
        return Value(words=flag.choices)
    return _path_value(param.type, metavar)


KNOWN = ("--model", "--escalate", "--local", "--profile", "--template")


def _known(name: str) -> Value:
    """Return the values of an option whose words are data."""
    if name == "--profile":
        return Value(words=profile_names(), own="profiles")
    if name == "--local":
        return Value(words=local_names())
    if name == "--template":
        return Value(words=template_names(), own="templates", is_file=True)
    return Value(words=model_names(), own="models")


def _path_value(kind: Any, metavar: str) -> Value:
    is_folder = "DIR" in metavar or "FOLDER" in metavar or (hasattr(kind, "dir_okay") and not kind.file_okay)
    is_file = hasattr(kind, "dir_okay") or bool(FILE_METAVAR.search(metavar))
    return Value(is_folder=is_folder, is_file=is_file and not is_folder)


def _argument(arguments: list[Any], path: tuple[str, ...]) -> Value:
    if path == ("models",):
        return Value(words=model_names(), own="models")
    if path[:1] == ("local",) and arguments:
        return Value(words=local_names())
    if path[:2] == ("config", "templates") and arguments:
        return Value(words=template_names(), own="templates")
    if path == ("config", "set"):
        from visionask.config.settings import READERS

        return Value(words=tuple(READERS))
    if path == ("completion",):
        from visionask.cli.completion import SCRIPTS

        return Value(words=tuple(SCRIPTS))
    # a question is not completed, but an image may stand in its place
    return Value(is_file=any(FILE_METAVAR.search(param.metavar or param.name.upper()) for param in arguments))


def _table(file: str, key: str) -> Any:
    return json.loads((DATA / file).read_text(encoding="utf-8"))[key]


def model_names() -> tuple[str, ...]:
    names = _table("providers/index.json", "models")
    return tuple(name for name in names if SAFE_WORD.fullmatch(name))  # what needs quoting is typed whole


def profile_names() -> tuple[str, ...]:
    from visionask.config.catalog import server_names

    return server_names()


def local_names() -> tuple[str, ...]:
    return (*(model["name"] for model in _table("local_models.json", "models")), "ocr")


def template_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (DATA / "templates").glob("*.toml")))


def _one_line(text: str | None) -> str:
    first = (text or "").strip().split("\n\n")[0]
    line = " ".join("".join(char if char.isprintable() else " " for char in first).split())
    if len(line) > HELP_CHARS:
        line = line[:HELP_CHARS].rsplit(" ", 1)[0].rstrip(",;:.") + " ..."
    return line if line.endswith("..") else line.removesuffix(".")


def quoted(text: str) -> str:
    """Return `text` in single quotes, as bash and zsh read them."""
    return "'" + text.replace("'", "'\\''") + "'"
