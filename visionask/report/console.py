"""The two streams: standard output carries the answer or the record, standard error everything else."""

import os
import sys
from typing import TextIO

from visionask.core.errors import Bug, NotFound, VisionaskError
from visionask.core.namedtuple import NamedTuple
from visionask.report.clean import clean, one_line

_RED, _DIM, _RESET = "\x1b[31m", "\x1b[2m", "\x1b[0m"
_MAGENTA = "\x1b[35m"  # of warnings, as compilers have it: yellow is 1.7 to 1 on white in xterm's colours
_COLOURS = {"red": _RED, "magenta": _MAGENTA, "green": "\x1b[32m"}


_MOST_FAILED = 10  # items that are named one by one where little is to be said


def failure(error: VisionaskError) -> str:
    """Return why an item failed; with the next step where it is its name that is wrong."""
    is_told = error.hint in error.message  # also where there is none
    return error.message if is_told or not isinstance(error, NotFound) else f"{error.message} ({error.hint})"


class FailedItems:
    """The lines that name what failed: all of them, and where it is quiet the first few and how many more."""

    def __init__(self, console: "Console") -> None:
        self._console, self._count = console, 0

    def add(self, label: str, message: str) -> None:
        """Name one, and why."""
        self._count += 1
        if self._count <= _MOST_FAILED or not self._console.is_quiet:
            self._console.urgent(f"failed: {'' if label in message else f'{one_line(label)}: '}{one_line(message)}")

    def add_error(self, label: str, error: VisionaskError, *, before: str = "") -> None:
        """Name one, and why; of a fault of ours also the error, which with --debug tells where it came from."""
        if isinstance(error, Bug) and (self._count < _MOST_FAILED or not self._console.is_quiet):
            self._console.error(error)
        self.add(label, f"{before}{failure(error)}")

    def end(self) -> None:
        """Say how many were not named."""
        if self._console.is_quiet and self._count > _MOST_FAILED:
            self._console.urgent(f"failed: {self._count - _MOST_FAILED:,} more")


class Console(NamedTuple):
    """Where a command writes. Colour is decoration on a terminal and never carries meaning."""

    out: TextIO
    err: TextIO
    is_quiet: bool = False
    is_verbose: bool = False
    is_plain: bool = False  # NO_COLOR, --no-color
    is_debug: bool = False
    is_dumb: bool = False  # nothing can be written over

    def line(self, text: str) -> None:
        """Write a line to standard output at once: a pipe's reader need not wait."""
        self.out.write(text + "\n")

    def prose(self, text: str, *, hang: int = 2, styled: tuple[str, str] | None = None) -> None:
        """Write a line for people to standard output; on a terminal it breaks between words. The text is safe.

        Further lines begin `hang` columns after the first. `styled`: a word of the first line, and its colour.
        """
        text = wrapped(text, _columns(self.out), hang=hang) if self.out.isatty() else text
        self.line(text if styled is None else text.replace(styled[0], self.styled(*styled), 1))

    def styled(self, text: str, colour: str) -> str:
        """Return a text for standard output, in this colour where that is a terminal which wants colour."""
        return text if self.is_plain or not self.out.isatty() else f"{_COLOURS[colour]}{text}{_RESET}"

    def note(self, text: str) -> None:
        """Write a line of talk to standard error, unless quiet. The text is already safe."""
        if not self.is_quiet:
            self._talk(text)

    def urgent(self, text: str) -> None:
        """Write a line to standard error, quiet or not. The text is already safe."""
        self._talk(text)

    def detail(self, text: str) -> None:
        """Write a line that only `--verbose` shows."""
        if self.is_verbose:
            self._talk(text)

    def warn(self, text: str) -> None:
        """Write a warning, unless quiet."""
        if not self.is_quiet:
            self._talk(one_line(text), label="warning:", style=_MAGENTA)

    def error(self, error: VisionaskError) -> None:
        """Write what is wrong and what to do next: a line each, quiet or not. With --debug, where it came from."""
        if self.is_debug:
            import traceback

            self._say(clean("".join(traceback.format_exception(error))))
        self._talk(one_line(error.message), label="error:", style=_RED)
        if error.hint:
            self._talk(f"hint: {one_line(error.hint)}")

    def redraw(self, text: str) -> None:
        """Write a line over the last one, on a terminal; no wider than that, as only one line can be written over."""
        from rich.cells import cell_len, set_cell_size

        room = _columns(self.err) - 1
        if cell_len(text) > room:
            text = set_cell_size(text, room)
        self._say(f"\r{text}\x1b[K")

    @property
    def table_columns(self) -> int | None:
        """How wide a table on standard output may be; None where it is no terminal."""
        return _columns(self.out) if self.out.isatty() else None

    @property
    def talk_columns(self) -> int:
        """How wide standard error is."""
        return _columns(self.err)

    def end_redrawn(self) -> None:
        """Go on below the line that was redrawn."""
        self._say("\n")

    def _talk(self, text: str, *, label: str = "", style: str = _DIM) -> None:
        """Write a line to standard error; of one with a label the label alone has its colour.

        The text has the terminal's own colour, which can be read on every ground.
        """
        text = f"{label} {text}" if label else text
        if self.err.isatty():
            text = wrapped(text, _columns(self.err))
            if not self.is_plain:
                text = f"{style}{text[: len(label)]}{_RESET}{text[len(label) :]}" if label else f"{style}{text}{_RESET}"
        self.out.flush()
        self._say(text + "\n")

    def _say(self, text: str) -> None:
        try:
            self.err.write(text)
            self.err.flush()
        except OSError:  # nobody can be told: the answer on standard output still counts
            discard(self.err)


def wrapped(text: str, columns: int, *, hang: int = 2) -> str:
    """Break a line that is wider than the terminal between words.

    One with a word that is wider itself, such as a long path, is left to the terminal: it can be copied whole then.
    """
    if len(text) <= columns or max(map(len, text.split())) > columns - 2:
        return text
    import textwrap

    indent = " " * (len(text) - len(text.lstrip(" ")) + hang)
    lines = textwrap.wrap(text, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def make_safe_streams() -> None:
    """Make sure that no character raises while printing, whatever the locale, nor a stream that is closed."""
    if sys.stdout is None:  # opened for reading: whoever writes an answer there learns that it is lost
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def discard(stream: TextIO) -> None:
    """Send what a stream still holds, and all that follows, to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
