"""The conversation with the user: what is sent, what is a slash command, and how it ends.

What a conversation shows of each turn: its price beside what was spent so far, the answer, what was billed.

What Ctrl-C does while an answer is on its way: it breaks in where it may, and else waits until it may.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
from collections.abc import Iterator
from dataclasses import field
from types import FrameType
from typing import TYPE_CHECKING

from visionask.cli.exits import Exit, exit_code
from visionask.cli.lines import COMMANDS, NOTES
from visionask.cli.show import Watcher
from visionask.core.dataclass import dataclass
from visionask.core.errors import UsageError, VisionaskError
from visionask.core.request import Spent

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.cli.lines import Lines
    from visionask.core.request import Ended, PlannedRequest
    from visionask.report.console import Console
    from visionask.run.chat import Chat
    from visionask.run.job import Job


class _Left(Exception):
    """The user leaves."""


@dataclass(slots=True)
class Session:
    """One conversation, from its first line to its last. `rejob` reads the job again with another model or detail."""

    chat: Chat
    lines: Lines
    watcher: ChatWatcher
    interrupts: Interrupts | NoInterrupts
    rejob: Callable[[dict[str, str]], Job]
    is_terminal: bool
    code: int = Exit.OK
    chosen: dict[str, str] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)

    @property
    def console(self) -> Console:
        return self.watcher.console

    def run(self) -> int:
        """Talk until the user leaves. On a terminal that is no failure; in a script the last failure's code counts."""
        while True:
            try:
                self._step()
            except (_Left, EOFError):
                break
            except VisionaskError as error:
                self._fail(error)
            except KeyboardInterrupt:
                if not self.is_terminal:
                    raise
        return Exit.OK if self.is_terminal else self.code

    def _step(self) -> None:
        try:
            text = self.lines.read()
        except KeyboardInterrupt:
            if not self.is_terminal:
                raise
            self._say("Ctrl-D or /quit leaves")
            return
        if text.startswith("/") and not text.startswith("//"):
            with self.interrupts.handled():
                self._command(text)
        elif text.strip():
            self._ask(text[1:] if text.startswith("//") else text)

    def _ask(self, text: str) -> None:
        with self.interrupts.handled():
            try:
                outcome = self.chat.ask(text)
            except KeyboardInterrupt:
                if not self.is_terminal:
                    raise
                self._say("stopped: nothing was sent")
                return
            self.code = self.watcher.report(outcome) or self.code

    def _command(self, text: str) -> None:
        """Do what a slash command says. Raises UsageError, and what the command meets."""
        name, _, rest = text[1:].partition(" ")
        if name == "exit":
            name = "quit"
        if name not in COMMANDS:
            raise UsageError(f"there is no command {text.split(maxsplit=1)[0]!r}", "/help lists them; // sends a /")
        getattr(self, f"_do_{name}")(rest.strip())

    def _do_image(self, rest: str) -> None:
        for arg in _paths(rest, "/image photo.jpg"):
            for image in self.chat.add_image(arg):
                self._say(f"{_safe(image.source.label)} comes with the next question")

    def _do_detail(self, rest: str) -> None:
        self._change("detail", rest, "/detail high")

    def _do_model(self, rest: str) -> None:
        self._change("model", rest, "/model gpt-6-sol")

    def _change(self, name: str, value: str, example: str) -> None:
        if not value:
            raise UsageError(f"/{name} needs a value", f"such as {example}")
        chosen = self.chosen | {name: value}
        self.chat.change(self.rejob(chosen))
        self.chosen = chosen
        self._say(self._next_price())

    def _do_cost(self, _rest: str) -> None:
        from visionask.report.chat import cost_lines

        for line in cost_lines(self.chat.spent, self.chat.next_projection(), price_line=self._next_price()):
            self._say(line)

    def _do_undo(self, _rest: str) -> None:
        last = self.chat.undo()
        if last is None:
            raise UsageError("there is no question to take back", "/help lists the commands")
        self._say(f"taken back: {_safe(last.question)}")

    def _do_save(self, rest: str) -> None:
        from visionask.report.chat import SUFFIXES, document
        from visionask.report.output import open_target

        (path,) = _paths(rest, "/save talk.md")[:1]
        if not path.lower().endswith(SUFFIXES):
            raise UsageError(f"{path}: the name must end in {' or '.join(SUFFIXES)}", "such as /save talk.md")
        if os.path.lexists(path) and os.path.abspath(path) not in self.saved:
            raise UsageError(f"{path}: there is a file of this name", "choose another name")
        labels = [image.source.label for image in self.chat.images]
        job = self.chat.job
        data = document(
            path, self.chat.history, model=job.model.name, system=job.system, images=labels, spent=self.chat.spent
        )
        target = open_target(path)
        target.write(data)
        target.finish()
        self.saved.add(os.path.abspath(path))
        self._say(f"saved: {_safe(path)}")

    def _do_help(self, _rest: str) -> None:
        for usage, about in COMMANDS.values():
            self._say(f"{usage:<16}  {about}", hang=18)
        self._say(NOTES)

    def _do_quit(self, _rest: str) -> None:
        raise _Left

    def _next_price(self) -> str:
        from visionask.report.human import price_line

        return price_line(self.chat.next_projection(), [image.sizing.level for image in self.chat.images])

    def _fail(self, error: VisionaskError) -> None:
        if self.watcher.is_json:
            from visionask.report.records import dumps, error_record

            self.console.line(dumps(error_record("chat", error)))
            self.console.out.flush()
        self.console.error(error)
        self.code = exit_code(error)

    def _say(self, text: str, *, hang: int = 2) -> None:
        """Write what was asked for, quiet or not: beside the answers, not among them."""
        from visionask.report.console import wrapped

        if self.console.err.isatty():
            text = "\n".join(wrapped(line, self.console.talk_columns, hang=hang) for line in text.split("\n"))
        self.console.out.flush()
        self.console.err.write(text + "\n")
        self.console.err.flush()


def _safe(text: str) -> str:
    from visionask.report.clean import one_line

    return one_line(text)


def _paths(rest: str, example: str) -> list[str]:
    """Read names as they are typed, or as a terminal writes files that are dropped on it. Raises UsageError."""
    name = os.path.expanduser(rest)
    if os.path.lexists(name):
        return [name]
    try:
        names = [os.path.expanduser(word) for word in shlex.split(rest, posix=os.name != "nt")]
    except ValueError:
        names = [name]
    if not names:
        raise UsageError(f"{example.split(maxsplit=1)[0]} needs a name", f"such as {example}")
    return names


@dataclass(slots=True)
class ChatWatcher(Watcher):
    """A watcher of many turns, which warns of the same thing once."""

    spent: Spent = field(default_factory=Spent)
    told: set[str] = field(default_factory=set)

    def price_line(self, planned: PlannedRequest, *more: str) -> str:
        from visionask.report.chat import spent_text

        if not (self.spent.turns or self.spent.maybe_usd) or planned.projection.rate == "this machine":
            return Watcher.price_line(self, planned, *more)
        return Watcher.price_line(self, planned, *more, f"so far {spent_text(self.spent, is_free=False)}")

    def warnings(self, planned: PlannedRequest) -> list[str]:
        return self._new(Watcher.warnings(self, planned))

    def report(self, outcome: Ended) -> int:
        """Write what became of a turn, and give the exit code that it would have alone."""
        from visionask.report import human
        from visionask.report.records import dumps, outcome_record

        console = self.console
        if self.is_json:
            with self.losing():
                console.line(dumps(outcome_record("chat", outcome)))
                console.out.flush()
        elif outcome.answer is not None and self.is_unseen and outcome.answer.text:
            self.show(outcome.answer.text if console.is_verbose else outcome.answer.shown)
        self.close()
        self.writer = None
        for picture in outcome.encoded:
            for warning in self._new([] if picture is None else [*picture.warnings]):
                console.warn(warning)
        if outcome.error is not None:
            console.error(outcome.error)
        line = human.usage_line(outcome, always=False)
        if line is not None:
            console.note(line)
        if self.lost is not None:  # no more is asked
            if outcome.answer is not None:
                console.note(f"hint: {self.tell_lost(outcome)}")
            raise self.lost
        return Exit.OK if outcome.error is None else exit_code(outcome.error)

    def _new(self, texts: list[str]) -> list[str]:
        fresh = [text for text in texts if text not in self.told]
        self.told.update(fresh)
        return fresh


class Interrupts:
    """Ctrl-C for one turn after the other. Used from the main thread."""

    def __init__(self) -> None:
        self._is_allowed, self._is_pending, self._depth = True, False, 0

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Take Ctrl-C over for one turn; one that is ignored (nohup) stays so."""
        self._is_allowed, self._is_pending, self._depth = True, False, 0
        before = signal.getsignal(signal.SIGINT)
        if before is signal.SIG_IGN:
            yield
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextlib.contextmanager
    def allowed(self, is_allowed: bool, /) -> Iterator[None]:
        """Allow Ctrl-C to raise KeyboardInterrupt in the block, or not. What came after the last one is forgotten."""
        before, self._is_allowed = self._is_allowed, is_allowed
        self._depth += 1
        try:
            self._break_in()
            yield
        finally:
            self._is_allowed = before
            self._depth -= 1
            if not self._depth:
                self._is_pending = False
        self._break_in()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self._is_pending = True
        self._break_in()

    def _break_in(self) -> None:
        if self._is_allowed and self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt


class NoInterrupts:
    """Ctrl-C ends the command, as in any other: there is no terminal to go on with."""

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        yield

    @contextlib.contextmanager
    def allowed(self, _is_allowed: bool, /) -> Iterator[None]:
        yield
