"""The reading of what the user says next: an edited line on a terminal, a plain one, or a line of a pipe.

A line that ends in a backslash goes on in the next one. What is pasted is one message, however many lines it has.

The words of a conversation's slash commands, for `/help` and for TAB.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


PROMPT, MORE = "> ", "... "


MAX_LINE_BYTES = 1_000_000


PASTE_S = 0.05  # a terminal that is fed by a program has its next line by then; nobody types one


class Lines(Protocol):
    """A source of messages, one after the other. Raises EOFError at the end, KeyboardInterrupt for Ctrl-C."""

    def read(self) -> str: ...


def open_lines(history_path: str | None) -> Lines:
    """Choose how to read. `history_path` None: what is typed is remembered for this conversation only."""
    if sys.stdin is None or not sys.stdin.isatty():
        return Piped()
    try:
        return Edited(history_path)
    except ImportError:
        return Typed()


def begun_with(question: str | None, lines: Lines) -> Lines:
    """Make a template's question the first message; None: there is none."""
    return lines if question is None else Begun(question, lines)


class Begun:
    """One message that is there already, then what the user says."""

    def __init__(self, question: str, lines: Lines) -> None:
        self._question: str | None = f"/{question}" if question.startswith("/") else question
        self._lines = lines

    def read(self) -> str:
        question, self._question = self._question, None
        return self._lines.read() if question is None else question


class Piped:
    """Lines of standard input, for scripts. Bytes that are not UTF-8 are replaced; a line without an end ends it."""

    def __init__(self) -> None:
        self._is_over = False

    def read(self) -> str:
        return _joined(self._line)

    def _line(self, _prompt: str) -> str:
        data = b"" if sys.stdin is None or self._is_over else sys.stdin.buffer.readline(MAX_LINE_BYTES + 1)
        if not data:
            raise EOFError
        if len(data) > MAX_LINE_BYTES:
            self._is_over = True
            raise UsageError(
                "a line of standard input is over 1 MB", "one line is one question: what follows is not read"
            )
        return data.decode("utf-8", "replace").rstrip("\r\n")


class Typed:
    """A terminal with what Python brings along: readline, GNU's or another, or none.

    What is pasted comes as lines like any others where the terminal does not mark it; all that is there at once is one
    message, as each would be paid.
    """

    def __init__(self) -> None:
        with contextlib.suppress(ImportError):
            import readline

            readline.parse_and_bind("set enable-bracketed-paste on")
            readline.parse_and_bind(r'"\e\C-m": "\C-v\C-j"')  # Alt-Enter: a line break into the message

        self._is_over = False

    def read(self) -> str:
        if self._is_over:
            raise EOFError
        text = _joined(self._line)
        while more := _waiting():
            more, ctrl_d, _ = more.partition("\x04")
            text = f"{text}\n{more}".removesuffix("\n")
            if ctrl_d or more.endswith("\n"):
                self._is_over = bool(ctrl_d)
                break
            begun = MORE + text.rpartition("\n")[2]  # the user may go on with the last line
            with contextlib.suppress(EOFError):
                text += _joined(self._line, first=begun)
        return text

    def _line(self, prompt: str) -> str:
        if sys.stdout.isatty():
            line = input(prompt)
        else:
            sys.stderr.write(prompt)  # input() would write it among the answers
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                raise EOFError
            line = line.rstrip("\n")
        return f"{line[:-1]}\\" if line.endswith("\x1b") else line  # Alt-Enter where there is no readline


def _waiting() -> str:
    """Take what the terminal has already got, down to the begin of a line that has no end; "" where there is nothing.

    The system hands out whole lines only, as long as it is not told otherwise.
    """
    try:
        import select
        import termios
        import tty
    except ImportError:  # Windows
        return ""
    terminal, data = sys.stdin.fileno(), b""
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        while len(data) < MAX_LINE_BYTES and select.select([terminal], [], [], PASTE_S)[0]:
            piece = os.read(terminal, 65536)
            data += piece
            if not piece or b"\x04" in piece:  # Ctrl-D: nothing follows
                break
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)
    return data.decode("utf-8", "replace").replace("\r", "\n")


class Edited:
    """A terminal with prompt_toolkit: history, search, several lines."""

    def __init__(self, history_path: str | None) -> None:
        """Raises ImportError where it is not installed."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.output.defaults import create_output

        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            multiline=True,  # Enter is bound below
            prompt_continuation=MORE,
            key_bindings=_keys(),
            history=_history(history_path),
            enable_history_search=False,
            completer=completer(),
            complete_while_typing=False,
            output=create_output(sys.stdout if sys.stdout.isatty() else sys.stderr),
        )

    def read(self) -> str:
        text: str = self._session.prompt(handle_sigint=False)
        return text


def _joined(line: Callable[[str], str], *, first: str = PROMPT) -> str:
    """Read until a line does not end in a backslash; the end of input ends it too."""
    text = line(first)
    while text.endswith("\\"):
        try:
            text = f"{text[:-1]}\n{line(MORE)}"
        except EOFError:
            return text[:-1]
    return text


def _keys() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        """Send, or begin a new line after a backslash."""
        buffer = event.current_buffer
        if buffer.document.char_before_cursor == "\\" and buffer.document.is_cursor_at_the_end:
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        """Begin a new line (Alt-Enter)."""
        event.current_buffer.insert_text("\n")

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        """Empty the line; on an empty one, be told how to leave."""
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=KeyboardInterrupt())

    return keys


def _history(path: str | None) -> History:
    """Open the history: a file that only the user can read. Where that fails, it lasts for this conversation."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    class Kept(FileHistory):
        def store_string(self, string: str) -> None:
            with contextlib.suppress(OSError):  # a full disk ends no conversation
                super().store_string(string)

    if path is None:
        return InMemoryHistory()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
    except OSError:
        return InMemoryHistory()
    return Kept(path)


COMMANDS = {
    "image": ("/image FILE|URL", "one more image, from the next question on"),
    "detail": ("/detail LEVEL", "low, high, auto or original, for all images"),
    "model": ("/model NAME", "another model, from the next question on"),
    "cost": ("/cost", "what was spent, and what the next turn is projected at"),
    "undo": ("/undo", "take back the last question and its answer"),
    "save": ("/save FILE", "write the conversation as .md or .json"),
    "help": ("/help", "this list"),
    "quit": ("/quit", "leave, as Ctrl-D does"),
}


WITH_FILE = ("image", "save")


NOTES = (
    "Alt-Enter, or a backslash at the end, begins a new line; // at the beginning sends a /; "
    "Ctrl-C stops an answer, and Ctrl-D leaves"
)


def completer() -> Completer:
    """Complete slash commands, and the names of files behind those that take one."""
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    class Slash(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            text = document.text
            name, space, rest = text[1:].partition(" ")
            if not text.startswith("/") or document.cursor_position < len(text):
                return
            if not space:
                yield from (Completion(each, start_position=-len(name)) for each in COMMANDS if each.startswith(name))
            elif name in WITH_FILE:
                yield from PathCompleter(expanduser=True).get_completions(Document(rest), complete_event)

    return Slash()
