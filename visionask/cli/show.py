"""What a sending command shows: the price line, the question whether to send, the answer, and how it ended.

What signals do to a command that has answers under way: the first ends it in order, the second at once.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import field
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import confirm as asked_yes
from visionask.cli.inputs import is_asked, today
from visionask.core.dataclass import dataclass
from visionask.core.errors import BudgetError, StateError
from visionask.core.thoughts import ThoughtFilter, is_named_thinking
from visionask.report.console import FailedItems

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.config.settings import Settings
    from visionask.core.projection import Projection
    from visionask.core.request import Outcome, Planned, PlannedRequest
    from visionask.report.answer import Writer
    from visionask.report.console import Console
    from visionask.run.eval import SettingScans
    from visionask.run.options import Prepared
    from visionask.run.scan import Totals


_THOUGHTS = "the text before the closing tag was the model's thinking, not its answer"


@dataclass(slots=True)
class Watcher:
    """Shows the price line, asks when it is high, and writes the answer as it comes."""

    console: Console
    settings: Settings
    is_yes: bool
    is_raw: bool
    is_json: bool
    streams: bool
    remark: str = ""  # said below the price line
    is_structured: bool = False  # standard output gets data that match the schema, or nothing
    writer: Writer | None = field(default=None)
    is_of_many: bool = False  # requests: what is cached is not told of each
    is_kept: bool = True  # answers go into the ledger
    is_answered: Callable[[PlannedRequest], bool] | None = None  # in a dry run, whether it would be recalled
    clear: Callable[[], None] = lambda: None  # takes a line of progress off the screen
    lost: OSError | None = field(default=None)  # why standard output can no longer be written
    is_local_model: bool = False  # no provider's, as far as is known
    is_thinking: bool = False  # the model was seen to think before it answers
    thoughts: ThoughtFilter | None = field(default=None)  # of the answer that comes; None: nothing has come of it

    def on_plan(self, planned: PlannedRequest) -> None:
        self.is_local_model = planned.projection.model.provider in ("", "open-weights")
        from visionask.core.projection import check_budget
        from visionask.report.human import price_notes

        self._warn_of(planned)
        if self.is_answered is not None and self.is_answered(planned):
            self.console.note("answered before: nothing to ask · $0")
            return
        self.console.note(self.price_line(planned))
        for note in price_notes(planned.projection):
            self.console.detail(note)
        if self.remark:
            self.console.note(self.remark)
        check_budget(planned.projection, self.settings.max_cost)
        if self.settings.confirm_above is not None and not self.is_yes:
            confirm(planned.projection, self.settings.confirm_above)

    def price_line(self, planned: PlannedRequest, *more: str) -> str:
        """Return the line that stands before the request is sent."""
        from visionask.report.human import price_line

        return price_line(planned.projection, [image.sizing.level for image in planned.images], *more)

    def warnings(self, planned: PlannedRequest) -> list[str]:
        """Return what is to be warned of before the request is sent."""
        from visionask.report import human

        return [*human.image_warnings(planned.images), *human.model_warnings(planned.projection, today())]

    def _warn_of(self, planned: PlannedRequest) -> None:
        for warning in self.warnings(planned):
            self.console.warn(warning)

    def on_notice(self, text: str) -> None:
        self.clear()
        self.console.warn(text)

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None:
        if self.is_of_many:
            return
        from visionask.core.format import day

        self._warn_of(planned)
        self.console.note(f"cached, answered on {day(at)}: without --cache it is asked again")

    @property
    def is_unseen(self) -> bool:
        """Whether nothing of the answer was handed to `show`."""
        return self.writer is None and self.thoughts is None

    @property
    def on_text(self) -> Callable[[str], None] | None:
        return self.show if self.streams and not self.is_json else None

    def show(self, text: str) -> None:
        """Show what came of the answer; the thoughts before it only with -v."""
        if not self.console.is_verbose:
            self.thoughts = self.thoughts or ThoughtFilter(holds=self._holds_thoughts())
            text = self.thoughts.feed(text)
        self._write(text)

    def _holds_thoughts(self) -> bool:
        """Return whether the answer may begin with thoughts whose opening tag was in the prompt, as of local models.

        A person at a terminal sees the answer as it comes, unless the model's name says that it thinks, or an earlier
        answer of this conversation did. Else the thoughts are on the screen when their end comes, and that is said.
        """
        if self.is_thinking:
            return True
        if self.settings.is_openai or is_named_thinking(self.settings.model):
            return not self.settings.is_openai
        return self.is_local_model and not self.console.out.isatty()

    def _write(self, text: str) -> None:
        if not text:
            return
        with self.losing():
            if self.writer is None:
                self.writer = self._open_writer()
            self.writer.feed(text)

    def close(self) -> None:
        has_shown_thoughts = False
        if self.thoughts is not None:
            self._write(self.thoughts.close())
            has_shown_thoughts = self.thoughts.has_shown_thoughts
            self.thoughts = None
        with self.losing():
            if self.writer is not None:
                self.writer.close()
            self.console.out.flush()
        if has_shown_thoughts:
            self.is_thinking = True
            self.console.note(_THOUGHTS)

    @contextlib.contextmanager
    def losing(self) -> Iterator[None]:
        """Go on without standard output where it cannot be written: the answer is paid, and is to be kept first."""
        from visionask.report.console import discard

        try:
            yield
        except OSError as error:
            self.lost = self.lost or error
            discard(self.console.out)

    def tell_lost(self, outcome: Outcome) -> str:
        """Return the hint to an answer that could not be written; one that is nowhere else goes to standard error."""
        from visionask.report.clean import clean

        if self.is_kept and outcome.error is None:
            ledger = "" if self.settings.ledger is None else f" --ledger {self.settings.ledger}"
            return (
                f"the answer is kept: `visionask logs list{ledger}` names it, `visionask logs show{ledger} ID` has it"
            )
        is_read = not isinstance(self.lost, BrokenPipeError)  # who leaves has often read enough, as head does
        if outcome.answer is not None and (is_read or not self.console.is_quiet):
            self.console.err.write(clean(outcome.answer.text).rstrip("\n") + "\n")
        return "the answer is not kept: it is above" if outcome.answer is not None else ""

    def _open_writer(self) -> Writer:
        if self.console.out.isatty() and not self.is_raw:
            from visionask.report.answer import MarkdownWriter

            return MarkdownWriter(self.console)
        from visionask.report.answer import PlainWriter

        return PlainWriter(self.console, is_raw=self.is_raw)


def confirm(projection: Projection, above: Decimal) -> None:
    """Ask before spending more than `above`; without a terminal to ask on, stop. Raises BudgetError."""
    from visionask.core.projection import may_exceed, worst_usd

    if may_exceed(projection, above):
        _confirm("what would be sent is", worst_usd(projection), above)


def approve(what: str, total: Decimal | None, settings: Settings, *, is_yes: bool, instead: str = "") -> None:
    """Stop before spending more than is allowed, or above what nobody has approved. Raises BudgetError.

    `what` costs `total` (None: nobody knows) and is a subject with its verb; `instead` begins the hint to what costs
    less.
    """
    from visionask.core.format import usd

    most, above = settings.max_cost, settings.confirm_above
    if most is not None and total is not None and total > most:
        fact = f"{what} projected at {usd(total)}, above --max-cost ${most:f}; nothing was sent"
        raise BudgetError(fact, f"{instead}raise --max-cost")
    if above is not None and not is_yes and (total is None or total > above):
        _confirm(what, total, above)


def _confirm(what: str, price: Decimal | None, above: Decimal) -> None:
    from visionask.core.format import usd

    if not is_asked():
        told = "an unknown price" if price is None else usd(price)
        raise BudgetError(
            f"{what} projected at {told}, above --confirm-above ${above:f}, and no terminal to ask on",
            "add --yes to send it, or raise --confirm-above",
        )
    if not asked_yes("Send it?"):
        raise BudgetError("not sent: you answered no", "nothing was spent")


def report(outcome: Outcome, watcher: Watcher, *, shows_usage: bool) -> int:
    """Write what became of the request, and give the exit code."""
    from visionask.report import human

    console = watcher.console
    with watcher.losing():
        _write(outcome, watcher)
    watcher.close()
    warned = human.Warned()
    warned.add_prepared(outcome)
    for warning in warned.lines:
        console.warn(warning)
    named = FailedItems(console)
    for failed in outcome.failed:
        if failed.error is not outcome.error:
            named.add_error(failed.label, failed.error) if console.is_quiet else console.error(failed.error)
    named.end()
    if outcome.error is not None:
        console.error(outcome.error)
    line = human.usage_line(outcome, always=shows_usage)
    if line is not None and (shows_usage or not outcome.is_cached):
        console.note(line)
    if watcher.lost is not None:
        _end_lost(outcome, watcher, watcher.lost)
    return Exit.OK if outcome.error is None else exit_code(outcome.error)


def _write(outcome: Outcome, watcher: Watcher) -> None:
    """Write what goes to standard output, but for what was shown as it came."""
    from visionask.core.request import Planned
    from visionask.report.clean import one_line
    from visionask.report.records import data_text, dumps, outcome_record

    console = watcher.console
    if watcher.is_json:
        console.line(dumps(outcome_record("ask", outcome)))
    elif isinstance(outcome, Planned):
        write_plan(outcome, console)
    elif outcome.data is not None:
        console.line(data_text(outcome.data, indent=2))
    elif outcome.answer is not None and watcher.is_structured:
        console.note(f"the answer was: {one_line(outcome.answer.text)}")
    elif outcome.answer is not None and watcher.is_unseen and outcome.answer.text:
        watcher.show(outcome.answer.text if console.is_verbose else outcome.answer.shown)


def _end_lost(outcome: Outcome, watcher: Watcher, lost: OSError) -> NoReturn:
    """Say where the answer is. Raises StateError, or the BrokenPipeError of a reader that left."""
    if outcome.answer is None:
        raise lost
    hint = watcher.tell_lost(outcome)
    if isinstance(lost, BrokenPipeError):
        watcher.console.note(f"hint: {hint}")
        raise lost
    raise StateError(f"standard output cannot be written ({lost.strerror})", hint) from lost


def write_plan(outcome: Planned, console: Console) -> None:
    """Write the table of a dry run, as `cost` does."""
    from collections import Counter

    from visionask.core.plan import kind_of
    from visionask.report import human

    projection, images = outcome.planned.projection, outcome.planned.images
    table = human.ImageTable(projection.input_rate)
    for image in images:
        table.add(image)
    table.write(console, projection, Counter(map(kind_of, images)), len(outcome.failed))


def run_settings(scans: SettingScans, images: int, prepared: Prepared, console: Console) -> list[Totals]:
    """Ask so many images under each setting, with the signals in our hands, and name what failed."""
    from visionask.report.progress import Rounds
    from visionask.run.options import read_budget
    from visionask.store.ledger import open_ledger

    progress = Rounds(console, images * len(scans.settings))

    def on_tick(done: int) -> None:
        progress.show(done, None if scans.context is None else scans.context.session.waits)

    budget = read_budget(prepared.settings)
    with open_ledger(prepared.ledger, budget=budget) as ledger, ending_in_order(scans.stop):
        totals = list(scans.run(ledger, on_notice=progress.warn, on_tick=on_tick))
    progress.clear()
    named = FailedItems(console)
    for setting, outcomes in zip(scans.settings, scans.outcomes, strict=False):
        model = f"{setting.name}: " if len(scans.settings) > 1 else ""
        for label, outcome in outcomes.items():
            if outcome.error is not None:
                named.add_error(label, outcome.error, before=model)
    named.end()
    return totals


NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stop(threading.Event):
    """What ends a command in order: set by the first signal, whose number it has then."""

    signal = 0

    def on_signal(self, number: int) -> None:
        self.signal = number
        self.set()


@contextlib.contextmanager
def ending_in_order(on_first: Callable[[int], None]) -> Iterator[None]:
    """Hand the first signal's number to `on_first`, and end at the second: by KeyboardInterrupt, or SystemExit.

    `on_first` runs between any two steps of the main thread, so it may take no lock and print nothing. A signal that
    is ignored (nohup, a background job of a script) stays so.
    """
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) == 1:
            on_first(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            sys.exit(128 + number)

    before = {}
    for name in NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
