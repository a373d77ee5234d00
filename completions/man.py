"""The man pages, in the man macros of roff: one of the program, where flags that several commands share are explained
once, and one of each command, with the commands below it, as `man git-remote` has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree import MADE

if TYPE_CHECKING:
    from tree import Command, Option

NO_BREAK = "\\%"  # no hyphenation of the word that follows
FILES = (
    ("~/.config/visionask/config.toml", "Settings, profiles and models of your own; visionask config path names it."),
    ("~/.config/visionask/templates/", "Saved questions for --template."),
    ("~/.local/state/visionask/ledger.db", "Questions, answers and what was spent; no picture and no key."),
)
VARIABLES = (
    ("OPENAI_API_KEY", "The key; --api-key-env names another variable."),
    ("OPENAI_BASE_URL", "Where requests go, unless a flag, a VISIONASK_ variable or a profile says otherwise."),
    ("VISIONASK_CONFIG", "Another config file."),
    ("NO_COLOR", "No colour."),
)


def man(root: Command) -> str:
    """Write the page. It holds no date: the same commands make the same page."""
    from visionask import __version__

    commands = root.walk()[1:]
    shared = _shared(commands)
    lines = [
        f'.\\" {MADE}',
        f'.TH VISIONASK 1 "" "visionask {__version__}" "User Commands"',
        ".SH NAME",
        "visionask \\- ask questions about images, with the price shown first",
        ".SH SYNOPSIS",
        *[line for child in root.children for line in (".B", _synopsis(child), ".br")][:-1],
        ".SH DESCRIPTION",
        _text(root.text),
        ".SH COMMANDS",
        *[line for command in commands for line in _command(command, shared)],
        ".SH SHARED FLAGS",
        *[line for option in shared for line in _option(option)],
        ".SH EXIT STATUS",
        *_exit_status(root),
        ".SH ENVIRONMENT",
        *_definitions((*VARIABLES, *_setting_variables())),
        ".SH FILES",
        *_definitions(FILES),
        ".SH EXAMPLES",
        *_examples(root.examples),
    ]
    return "\n".join(lines) + "\n"


def pages(root: Command) -> dict[str, str]:
    """Return the page of each command by its file name."""
    return {f"visionask-{child.at}.1": _page(child, root) for child in root.children}


def _page(command: Command, root: Command) -> str:
    from visionask import __version__

    below = command.walk()[1:]
    lines = [
        f'.\\" {MADE}',
        f'.TH VISIONASK\\-{command.at.upper()} 1 "" "visionask {__version__}" "User Commands"',
        ".SH NAME",
        f"visionask\\-{command.at} \\- {_text(command.help)}",
        ".SH SYNOPSIS",
        *(".nh", ".B", _synopsis(command), ".hy"),
        ".SH DESCRIPTION",
        _text(command.text),
        *([".SH COMMANDS"] if below else []),
        *[line for child in below for line in _command(child, ())],
        ".SH OPTIONS",
        *[line for option in command.options for line in _option(option)],
        *([".SH EXAMPLES", *_examples(command.examples)] if command.examples else []),
        ".SH EXIT STATUS",
        *_exit_status(root),
        ".SH SEE ALSO",
        "\\fBvisionask\\fR(1) has files, variables and the other commands; \\fBvisionask help\\fR shows the guides.",
    ]
    return "\n".join(lines) + "\n"


def _exit_status(root: Command) -> list[str]:
    return [line for code, name in _exit_codes(root.epilog) for line in (".TP", f".B {code}", _text(name))]


def _shared(commands: list[Command]) -> tuple[Option, ...]:
    """Return the options that read the same in several commands, in the order in which they come up."""
    all_of_them = [option for command in commands for option in command.options]
    return tuple(dict.fromkeys(option for option in all_of_them if all_of_them.count(option) > 1))


def _command(command: Command, shared: tuple[Option, ...]) -> list[str]:
    own = [option for option in command.options if option not in shared]
    others = [_long(option) for option in command.options if option in shared]
    lines = [f'.SS "visionask {command.at}"', ".nh", ".B", _synopsis(command), ".hy", ".PP", _text(command.text)]
    lines += [line for option in own for line in _option(option)]
    if others and not command.children:
        lines += [".PP", f"Shared flags: {', '.join(f'{NO_BREAK}{_escaped(name)}' for name in others)}."]
    return lines + (_examples(command.examples) if command.examples else [])


def _long(option: Option) -> str:
    return next((name for name in option.names if name.startswith("--")), option.names[0])


def _synopsis(command: Command) -> str:
    return _text(f"visionask {command.at} {command.usage}".strip())


def _option(option: Option) -> list[str]:
    names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in option.names)
    metavar = f" \\fI{_escaped(option.metavar)}\\fR" if option.value else ""
    return [".TP", names + metavar, _text(option.help + ".")]


def _definitions(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [line for name, text in pairs for line in (".TP", f"\\fB{_escaped(name)}\\fR", _text(text))]


def _examples(examples: tuple[str, ...]) -> list[str]:
    return [".PP", ".nf", ".RS", *[_text(line) for line in examples], ".RE", ".fi"]


def _setting_variables() -> tuple[tuple[str, str], ...]:
    from visionask.config.settings import READERS

    return tuple((f"VISIONASK_{key.upper()}", f"The setting {key} of the config file.") for key in READERS)


def _exit_codes(epilog: str) -> list[tuple[str, str]]:
    """Read `Exit codes: 0 ok, 1 false (check).` of the program's help."""
    return re.findall(r"(\d+) ([^,]+?)(?:, |\.$)", epilog)


def _text(text: str) -> str:
    """Return paragraphs of running text; no line of it can be a request."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n.PP\n".join(_at_start(_escaped(part)) for part in paragraphs)


def _at_start(line: str) -> str:
    return "\\&" + line if line.startswith((".", "'")) else line


def _escaped(text: str) -> str:
    """Spell what roff would read or turn into a typographic sign."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    plain = plain.replace('"', "\\(dq").replace("^", "\\(ha").replace("~", "\\(ti")
    return "".join(char if char.isascii() else f"\\[u{ord(char):04X}]" for char in plain)
