"""What --help shows: flags by panel in the order of their use, on one screen, and examples that run.

A command with too many flags for a screen explains those that most people need and names the others; `--help-all`
explains them all. A flag that no panel lists is the command's own: it stands first, explained.

The examples that --help and the man page show, beside the one in each command's own help.
"""

from __future__ import annotations

import inspect
import os
import re
import signal
import sys
from bisect import bisect_left
from functools import cache
from typing import Any

from visionask.cli.options import flags_of
from visionask.cli.tree import EXPLAINS_ALL
from visionask.core.flags import OUTPUT, PANELS
from visionask.core.namedtuple import NamedTuple

SCREEN_LINES = 40


OWN = "Options"


LATER, ALL = 98, 99  # a rank; the rank below which flags are explained


_BOLD, _CYAN, _RESET = "\x1b[1m", "\x1b[36m", "\x1b[0m"
_FLAG = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")


PANELS_FROM = 15  # flags: fewer need no headings


class Shown(NamedTuple):
    """A flag as it is shown: `-q, --quiet`, what it does, and its place among those of its panel to be explained."""

    spelling: str
    text: str
    rank: float


Panels = list[tuple[str, list[Shown]]]  # by title


def write_help(command: Any, ctx: Any, formatter: Any) -> None:
    """Write the help of a command or a group: all of it where it fits on a screen, or where --help-all asks."""
    found = panels(command, ctx)
    ranks = sorted({flag.rank for _, flags in found for flag in flags}, reverse=True)
    if sum(len(flags) for _, flags in found) <= SCREEN_LINES:  # else without writing it first
        ranks = [ALL, *ranks]
    if EXPLAINS_ALL in ctx.meta:
        ranks = [ALL]

    @cache
    def written(rank: float) -> str:
        draft = type(formatter)(width=formatter.width)
        _write(command, ctx, draft, found, explained=rank)
        return str(draft.getvalue()).rstrip("\n") + "\n"

    # the fewer flags are explained, the shorter it is: the longest that fits, else the shortest
    place = bisect_left(ranks[:-1], True, key=lambda rank: written(rank).count("\n") <= SCREEN_LINES)
    formatter.write(written(ranks[place]))


def show_page(text: str) -> None:
    """Write a help to standard output; in colour on a terminal, and in a pager where it is longer than the terminal."""
    from visionask.config.settings import is_dumb, pager, refuses_colour

    if not sys.stdout.isatty() or is_dumb():
        sys.stdout.write(f"{text}\n")
        return
    page = f"{text if refuses_colour() else coloured(text)}\n"
    is_long = page.count("\n") >= os.get_terminal_size(sys.stdout.fileno()).lines > 0
    if not is_long or not _is_paged(page, *pager()):
        sys.stdout.write(page)


def _is_paged(page: str, words: list[str], environment: dict[str, str]) -> bool:
    """Return whether a pager was there to show it."""
    import subprocess

    if not words:
        return False
    sys.stdout.flush()
    try:
        with subprocess.Popen(words, stdin=subprocess.PIPE, env=environment) as process:  # noqa: S603  their own pager
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pager's, as in `git log`
            try:
                process.communicate(page.encode("utf-8", "replace"))
            finally:
                signal.signal(signal.SIGINT, before)
    except OSError:
        return False
    return process.returncode not in (126, 127)


def coloured(text: str) -> str:
    """Return a help with its headings bold and its flags in cyan."""
    return "\n".join(map(_coloured_line, text.split("\n")))


def _coloured_line(line: str) -> str:
    if line.startswith("Usage: ") or (line.endswith(":") and line[:1].isalpha()):
        head, colon, rest = line.partition(":")
        return f"{_BOLD}{head}{colon}{_RESET}{rest}"
    return line if line.startswith("  visionask ") else _FLAG.sub(rf"{_CYAN}\g<0>{_RESET}", line)


def panels(command: Any, ctx: Any) -> Panels:
    """Return the flags of a command by panel; the command's own first, a group's only ones in the panel Options."""
    declared = flags_of(command)
    shown: list[tuple[str, bool, tuple[str, str]]] = []  # panel, whether it is explained first, what is shown
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx) if param.param_type_name == "option" else None
        if record is None or "--help-all" in param.opts:
            continue
        if "--help" in param.opts:  # its names come out of a set, in another order every time
            shown.append((OUTPUT, False, ("-h, --help", record[1])))
        else:
            flag = declared.get(param.name)
            shown.append((flag.panel if flag else "", bool(flag and flag.is_main), record))
    if len(shown) < PANELS_FROM:
        shown = [("", True, record) for _, _, record in shown]
    found = []
    for title in ("", *PANELS):
        main = [record for panel, is_main, record in shown if panel == title and (is_main or not title)]
        later = [record for panel, is_main, record in shown if panel == title and title and not is_main]
        place = PANELS.index(title) / 100 if title else 0  # of two panels, the later one gives way first
        flags = [Shown(*record, rank + place) for rank, record in enumerate(main)]
        flags += [Shown(*record, LATER) for record in later]
        if not title:
            flags = [flag._replace(rank=0) for flag in flags]
        if flags:
            found.append((title or OWN, flags))
    return found


def lines_of(command: Any) -> dict[str, str]:
    """Return the commands of a group, each with its first sentence; the program knows them without loading any."""
    known: dict[str, str] | None = getattr(command, "lines", None)
    below = getattr(command, "commands", {})
    return known or {name: each.get_short_help_str(limit=1000) for name, each in below.items() if not each.hidden}


def described(text: str | None) -> tuple[str, tuple[str, ...]]:
    """Take the examples, paragraphs that begin with the program's name, out of a help text."""
    parts = inspect.cleandoc(text or "").split("\n\n")
    examples = [line.strip() for part in parts if part.startswith("visionask ") for line in part.splitlines()]
    return "\n\n".join(part for part in parts if not part.startswith("visionask ")), tuple(examples)


def usage_of(command: Any, ctx: Any) -> str:
    """Write what may follow a command's name, as man pages do: typer puts what is needed into braces."""
    return " ".join(command.collect_usage_pieces(ctx)).replace("{", "").replace("}", "")


def examples_of(command: Any, path: str) -> tuple[str, ...]:
    """Return the examples of a command: its own help's, then those of `cli/help.py`."""

    return (*described(command.help)[1], *EXAMPLES.get(path, ()))


def _write(command: Any, ctx: Any, draft: Any, found: Panels, *, explained: float) -> None:
    draft.write_usage(ctx.command_path, usage_of(command, ctx))
    draft.write_paragraph()
    with draft.indentation():
        draft.write_text(described(command.help)[0])
    arguments = [p.get_help_record(ctx) for p in command.get_params(ctx) if p.param_type_name == "argument" and p.help]
    if arguments:
        with draft.section("Arguments"):
            draft.write_dl(arguments)
    if commands := lines_of(command):
        with draft.section("Commands"):
            draft.write_dl(list(commands.items()))
    _write_panels(found, draft, explained=explained)
    path = ctx.command_path.removeprefix("visionask").strip()
    _write_end(draft, examples_of(command, path), command.epilog)
    if explained < ALL:
        draft.write(f"\nEvery flag explained: {ctx.command_path} --help-all\n")


def _write_panels(found: Panels, draft: Any, *, explained: float) -> None:
    widest = max((len(flag.spelling) for _, flags in found for flag in flags if flag.rank < explained), default=0)
    if explained < ALL:
        draft.write_paragraph()
    for title, flags in found:
        if explained == ALL:
            draft.write_paragraph()
        draft.write_heading(title)
        with draft.indentation():
            rows = [(flag.spelling.ljust(min(widest, 28)), flag.text) for flag in flags if flag.rank < explained]
            if rows:
                draft.write_dl(rows)
            _write_names([flag.spelling for flag in flags if flag.rank >= explained], draft)


def _write_names(spellings: list[str], draft: Any) -> None:
    """Write flags side by side; none is broken over two lines."""
    indent = " " * draft.current_indent
    line = ""
    for spelling in spellings:
        name = spelling.replace(", ", "/").replace(" / ", "/").partition(" ")[0]  # what it takes stands in --help-all
        longer = f"{line}, {name}" if line else f"{indent}{name}"
        if len(longer) >= draft.width:
            draft.write(f"{line},\n")
            longer = f"{indent}{name}"
        line = longer
    if line:
        draft.write(f"{line}\n")


def _write_end(draft: Any, examples: tuple[str, ...], epilog: str | None) -> None:
    if examples:
        draft.write("\nExamples:\n")
        draft.write("".join(f"  {line}\n" for line in examples))  # never wrapped: they are there to be copied
    if epilog:
        draft.write_paragraph()
        draft.write_text(epilog)


EXAMPLES = {
    "": (
        'visionask ask "What is in this image?" photo.jpg',
        "visionask cost photos/",
        'visionask scan "Is there a person?" photos/ -o results.html',
        'visionask check "a login button is visible" shot.png',
    ),
    "ask": (
        'visionask ask "What changed?" before.png after.png --max-cost 0.01',
        'visionask ask "Read the receipt." bill.jpg --schema "shop, total float" --json',
        'visionask ask --local practice "What colour is it?" square.png',
    ),
    "scan": (
        'visionask scan "Is there a person?" photos/ -r --dry-run',
        'visionask scan "One line of alt text." "shots/*.png" -o alt.csv --max-cost 2',
    ),
    "check": (
        'visionask check "the layout is the same" new.png --against old.png',
        "visionask check --file checks.toml --junit report.xml",
    ),
    "batch": ('visionask batch submit "Is there a person?" photos/', "visionask batch fetch -o results.jsonl"),
    "batch submit": ('visionask batch submit "Is there a person?" photos/ --dry-run',),
    "batch list": ("visionask batch list --json",),
    "batch status": ("visionask batch status --watch",),
    "batch fetch": ("visionask batch fetch -o results.csv",),
    "batch cancel": ("visionask batch cancel batch_123",),
    "batch import": ("visionask batch import results.jsonl -o results.html",),
    "cost": ('visionask cost --question "What is it?" photo.jpg --json',),
    "prep": ("visionask prep scan.png -o prepared/ --crop 0,0,800,600",),
    "models": ("visionask models", "visionask models gpt-6-luna", "visionask models --local"),
    "config": ("visionask config", "visionask config set model gpt-6-luna"),
    "config show": ("visionask config show --profile ollama",),
    "config set": ("visionask config set profiles.mine.base_url http://127.0.0.1:8080/v1",),
    "config path": ("visionask config path",),
    "config edit": ("visionask config edit",),
    "config templates": ("visionask config templates", "visionask config templates show receipt"),
    "config templates list": ("visionask config templates list --json",),
    "config templates show": ("visionask config templates show receipt",),
    "config templates path": ("visionask config templates path",),
    "config templates edit": ("visionask config templates edit receipt",),
    "completion": (
        "visionask completion --install",
        "visionask completion fish > ~/.config/fish/completions/visionask.fish",
    ),
    "local": ("visionask local list", "visionask local serve practice"),
    "local list": ("visionask local list",),
    "local pull": ("visionask local pull ggml-org/gemma-3-4b-it-GGUF",),
    "local serve": ("visionask local serve practice",),
    "logs": ("visionask logs", "visionask logs search invoice", "visionask logs stats --since 2026-11-01"),
    "logs list": ("visionask logs list --limit 5",),
    "logs runs": ("visionask logs runs",),
    "logs conversations": ("visionask logs conversations",),
    "logs show": ("visionask logs show 01k",),
    "logs search": ("visionask logs search red car",),
    "logs stats": ("visionask logs stats --since 2026-11-01",),
    "logs purge": ("visionask logs purge --older-than 30",),
    "eval": (
        'visionask eval labels.csv "Is it damaged?" -m gpt-6-luna,gpt-4o -n',
        'visionask eval labels.csv "Is it damaged?" -d low,high --max-cost 2 --batch',
    ),
    "diff": (
        "visionask diff monday.jsonl tuesday.jsonl -o diff.md",
        "visionask diff 2026-11-20 2026-11-28 --fail-above 2%",
        "visionask diff monday.jsonl tuesday.jsonl --judge gpt-6-luna --max-cost 1",
    ),
    "help": ("visionask help",),
    "doctor": ("visionask doctor", "visionask doctor --offline --json"),
}
