"""Owns reading the command tree out of the Typer app into plain values that the shells' writers need."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "visionask" / "data"
MADE = "Made by completions/generate.py: change the commands, not this file."
SHELLS = ("bash", "zsh", "fish", "powershell")
SAFE_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")  # nothing that any of the shells would expand
CHOICE_METAVAR = re.compile(r"\[?([a-z0-9-]+(?:\|[a-z0-9-]+)+)\]?")  # low|high, and not DSL|FILE
HELP_CHARS = 100
WORDS = {
    "--detail": ("low", "high", "auto", "original"),
    "--service-tier": ("auto", "default", "flex", "priority"),
    "--reasoning-effort": ("none", "minimal", "low", "medium", "high", "xhigh", "max"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What may follow an option, or stand as an argument: words, files, folders, or (neither) anything."""

    words: tuple[str, ...] = ()
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
    help: str
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
    # a context inherits from its parent what the help option is called
    context = command.context_class(command, parent=parent, **command.context_settings)
    shown = [param for param in command.get_params(context) if not getattr(param, "hidden", False)]
    options = [_option(param, path) for param in shown if param.param_type_name == "option"]
    arguments = [param for param in shown if param.param_type_name == "argument"]
    below = getattr(command, "commands", {})
    return Command(
        path=path,
        help=_one_line(command.short_help or command.help),
        options=tuple(option for option in options if "--install-completion" not in option.names),
        argument=_argument(arguments, path),
        children=tuple(
            _read(child, (*path, name), parent=context) for name, child in below.items() if not child.hidden
        ),
    )


def _option(param: Any, path: tuple[str, ...]) -> Option:
    is_flag = param.is_flag or param.count
    metavar = param.metavar or param.name.upper()
    # short names first: those of --help come out of a set, in another order every time
    names = tuple(sorted((*param.opts, *param.secondary_opts), key=lambda name: name.startswith("--")))
    return Option(
        names=names,
        help=_one_line(param.help),
        metavar=metavar,
        value=None if is_flag else _option_value(names, param, metavar=metavar, path=path),
        is_repeatable=bool(param.multiple or param.count),
    )


def _option_value(names: tuple[str, ...], param: Any, *, metavar: str, path: tuple[str, ...]) -> Value:
    if choices := getattr(param.type, "choices", None):
        return Value(words=tuple(str(getattr(choice, "value", choice)) for choice in choices))
    if match := CHOICE_METAVAR.fullmatch(metavar):
        return Value(words=tuple(match[1].split("|")))
    if "--output" in names and path == ("prep",):
        return Value(is_folder=True)
    words = next((found for name in names if (found := _words_of(name))), ())
    return Value(words=words) if words else _path_value(param.type, metavar)


def _words_of(name: str) -> tuple[str, ...]:
    if name == "--model":
        return model_names()
    if name == "--local":
        return local_names()
    return WORDS.get(name, ())


def _path_value(kind: Any, metavar: str) -> Value:
    is_folder = "DIR" in metavar or "FOLDER" in metavar or (hasattr(kind, "dir_okay") and not kind.file_okay)
    is_file = hasattr(kind, "dir_okay") or metavar in {"FILE", "PATH", "IMAGE"}
    return Value(is_folder=is_folder, is_file=is_file and not is_folder)


def _argument(arguments: list[Any], path: tuple[str, ...]) -> Value:
    if path == ("models",):
        return Value(words=model_names())
    if path[:1] == ("local",) and arguments:
        return Value(words=local_names())
    if path == ("completion",):
        return Value(words=SHELLS)
    return Value(is_file=bool(arguments))  # a question is not completed, but an image may stand in its place


def model_names() -> tuple[str, ...]:
    return tuple(json.loads((DATA / "models.json").read_text(encoding="utf-8"))["models"])


def local_names() -> tuple[str, ...]:
    known = json.loads((DATA / "local_models.json").read_text(encoding="utf-8"))["models"]
    return tuple(model["name"] for model in known)


def _one_line(text: str | None) -> str:
    first = (text or "").strip().split("\n\n")[0]
    line = " ".join("".join(char if char.isprintable() else " " for char in first).split())
    if len(line) > HELP_CHARS:
        line = line[:HELP_CHARS].rsplit(" ", 1)[0].rstrip(",;:.") + " ..."
    return line if line.endswith("..") else line.removesuffix(".")


def quoted(text: str) -> str:
    """Return `text` in single quotes, as bash and zsh read them."""
    return "'" + text.replace("'", "'\\''") + "'"
