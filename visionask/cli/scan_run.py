"""The order of a scan on the command line: its price, the question whether to send, the run, and how it ended.

What a scan shows while it runs, and the files that it writes beside the images.

What `--shard` means for a command: its share of the images, and of every limit.
"""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import OCR_REMARK, answers_from, remark, today
from visionask.cli.show import confirm, ending_in_order
from visionask.core.dataclass import dataclass
from visionask.core.errors import INPUT_CODES, BudgetError, Bug, NoRecording, StateError
from visionask.core.format import count, usd
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answered
from visionask.core.share import Share, read_share
from visionask.report import human, records
from visionask.report.clean import clean, one_line
from visionask.report.console import FailedItems
from visionask.report.human import Warned
from visionask.report.progress import UNREADABLE_HINT, DriftSum, Progress, scan_line, spent, summary_lines, waiting_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from visionask.config.settings import Settings
    from visionask.core.projection import Projection
    from visionask.core.request import Ended, Endpoint
    from visionask.report.console import Console
    from visionask.report.output import Outputs
    from visionask.run.options import Prepared
    from visionask.run.pool import Item
    from visionask.run.scan import Context, Foreseen, Scan, Totals
    from visionask.store.ledger import Ledger


class Named(NamedTuple):
    """Which names alone are written: those for which it is true, or false; and what ends each."""

    is_true: bool
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the results are to be shown and kept."""

    is_json: bool
    is_raw: bool
    is_progress_shown: bool | None
    writes_sidecars: bool
    outputs: tuple[str, ...]
    output_format: str | None
    named: Named | None = None


class ScanWatcher:
    """Writes each item as it comes to its end."""

    def __init__(
        self,
        console: Console,
        shown: Shown,
        *,
        outputs: Outputs,
        progress: Progress,
        expected: int,
        projected_usd: Decimal | None,
        question: str,
        is_ours: Callable[[str], bool],
    ) -> None:
        """`is_ours` tells whether the text of a file beside an image is an answer of ours, and may be replaced."""
        self._console, self._shown, self._outputs, self._progress = console, shown, outputs, progress
        self._expected, self._projected_usd, self._started = expected, projected_usd, time.monotonic()
        self._question, self._is_ours = question, is_ours
        self._notices: deque[str] = deque()
        self.context: Context | None = None  # once requests are sent
        self.is_sampled = False  # not every header was read before: what it shows is told at the end
        self.warned, self.drift, self.failed = Warned(), DriftSum(), FailedItems(console)

    def on_notice(self, text: str) -> None:
        """Keep what a worker has to say: only the thread that runs the scan writes."""
        self._notices.append(text)

    def on_not_saved(self, outcome: Ended) -> None:
        """Report it, quiet or not, where a reader of standard output who has gone away cannot lose it."""
        self._progress.clear()
        if outcome.planned is not None and outcome.answer is not None:
            label = one_line(outcome.planned.images[0].source.label)
            self._console.error(StateError(f"{label}: paid, but not kept: {outcome.answer.text}"))
        if self._shown.is_json:
            self._console.line(records.dumps(records.outcome_record("scan", outcome)))

    def on_tick(self, totals: Totals) -> None:
        """Show what nobody saw yet: nothing more comes for a moment."""
        self._outputs.flush()
        self._console.out.flush()
        self._show(totals)

    def _show(self, totals: Totals) -> None:
        while self._notices:
            self._progress.clear()
            self._console.warn(self._notices.popleft())
        if self._progress.is_due():
            self._progress.write(self._line(totals))

    def _line(self, totals: Totals) -> str:
        now = time.monotonic()
        done, failed = totals.done, totals.failed.total()
        money = spent(totals.usd, totals.unpriced, self._projected_usd)
        waiting = "" if self.context is None else self.context.session.waits.line(now_s=now)
        if waiting:
            return waiting_line(self._expected, waiting, items=done + failed, failed=failed, money=money)
        seconds = now - self._started
        figures: dict[str, Any] = {"done": done, "failed": failed, "cached": totals.cached, "money": money}
        return scan_line(self._expected, **figures, seconds=seconds, columns=self._progress.columns)

    def on_item(self, item: Item, totals: Totals) -> None:
        """Write it where it belongs. One that is in the ledger already may wait for others, or for a tick."""
        outcome, thumbnail = item.outcome, item.thumbnail
        self.warned.add_prepared(outcome)
        if self.is_sampled and outcome.planned is not None:
            for plan in outcome.planned.images:
                self.warned.add(
                    plan.source.label, (each for each in plan.sizing.warnings if each not in plan.sizing.limits)
                )
        self.drift.add(outcome)
        if self._outputs or self._shown.is_json:
            record = records.outcome_record("scan", outcome)
            record["question"] = self._question
            self._outputs.add(record, thumbnail, place=item.place)
        self._progress.clear()
        if self._shown.is_json:
            self._console.line(records.dumps(record))
        elif "-" in self._shown.outputs:  # it has standard output
            pass
        elif self._shown.named is not None:
            self._write_name(item, self._shown.named)
        elif isinstance(outcome, Answered) and item.verdict is not None:
            from visionask.run.verdicts import shown

            self._write_answer(_label(outcome), shown(item.verdict))
        elif isinstance(outcome, Answered):
            text = outcome.answer.shown if outcome.data is None else records.data_text(outcome.data)
            self._write_answer(_label(outcome), text)
        if outcome.error is not None:
            self.failed.add_error(_label(outcome), outcome.error)
        if self._shown.writes_sidecars and isinstance(outcome, Answered):
            self._write_sidecar(outcome)
        if not outcome.is_cached:
            self._console.out.flush()
        self._show(totals)

    def _write_name(self, item: Item, named: Named) -> None:
        """Write a name as the system has it, for the next program; to a terminal without what could steer it."""
        if item.verdict is None or item.verdict.is_true is not named.is_true:
            return
        label, out = _label(item.outcome), self._console.out
        if out.isatty() and not self._shown.is_raw:
            label = one_line(label)
        out.flush()
        out.buffer.write(os.fsencode(label) + named.end.encode())
        out.buffer.flush()

    def _write_answer(self, label: str, text: str) -> None:
        text = text if self._shown.is_raw else clean(text)
        lines = text.rstrip("\n").split("\n")
        self._console.line("\n    ".join([f"{one_line(label)}: {lines[0]}", *lines[1:]]))

    def _write_sidecar(self, outcome: Answered) -> None:
        from visionask.report.output import is_name_too_long, sidecar_path, write_sidecar

        path = sidecar_path(outcome.planned.images[0].source)
        text = outcome.answer.shown if outcome.data is None else records.data_text(outcome.data, indent=2)
        if path is not None and is_name_too_long(path):
            self._console.warn(f"{one_line(path)}: no file can have so long a name, so none was written")
        elif path is not None and not write_sidecar(path, text, is_ours=self._is_ours):
            self._console.warn(f"{one_line(path)}: holds no answer that is in the ledger, so it is left as it is")


def _label(outcome: Ended) -> str:
    return outcome.failed[0].label if outcome.planned is None else outcome.planned.images[0].source.label


def show_plan(scan: Scan, console: Console, *, ledger: str | None, is_json: bool) -> int:
    """Price the whole set and send nothing; what `ledger` has answered costs nothing."""
    from visionask.run.scan import foresee

    named = FailedItems(console)
    foreseen = foresee(scan, ledger, on_failed=lambda each: named.add_error(each.label, each.error))
    named.end()
    for warning in (*human.model_warnings(foreseen.whole, today()), *human.limit_warnings(foreseen.whole)):
        console.warn(warning)
    code = write_planned("scan", foreseen, scan, console, is_json=is_json)
    for warning in foreseen.warnings:
        console.warn(warning)
    return code


def write_planned(command: str, foreseen: Foreseen, scan: Scan, console: Console, *, is_json: bool, **more: Any) -> int:
    """Write what a dry run found, or its record, whose data have `more`; return its exit code."""
    if is_json:
        data = {
            "images": foreseen.whole.images,
            "answered": foreseen.answered,
            "refused": foreseen.refused,
            "to_ask": foreseen.asking.images,
            "failed": foreseen.failed,
            "second_look": None if foreseen.second is None else records.projected_dict(foreseen.second),
        }
        record = records.envelope(command, "planned") | {
            "model": scan.job.model.name,
            "question": scan.question,
            "projected": records.projected_dict(foreseen.asking),
            "data": data | more,
        }
        console.line(records.dumps(record))
    else:
        for line in filter(None, (line_of_answered(foreseen), *human.table_total(foreseen.asking, foreseen.failed))):
            console.prose(line)
        if foreseen.second is not None and foreseen.second.images:
            console.prose(f"at most, with a second look at each: {human.price_line(foreseen.second, [])}")
    if not foreseen.failed:
        return Exit.OK
    return Exit.PARTIAL if foreseen.whole.images else Exit.INPUT


def line_of_answered(foreseen: Foreseen) -> str:
    """Return how much of a scan is answered; empty where nothing is."""
    if not foreseen.answered and not foreseen.refused:
        return ""
    return human.answered_line(
        foreseen.asking,
        foreseen.whole.images,
        answered=foreseen.answered,
        refused=foreseen.refused,
        is_about=foreseen.is_about,
    )


def run_scan(scan: Scan, prepared: Prepared, *, shown: Shown, console: Console) -> int:
    """Price, confirm, run, and tell how it ended."""
    from visionask.core.projection import check_priced
    from visionask.run.options import read_budget
    from visionask.store.ledger import open_ledger

    settings, path, showing = prepared.settings, prepared.ledger, _Showing(console, shown)
    try:
        with (
            open_ledger(path, budget=read_budget(settings)) as ledger,
            _opened(shown, scan) as outputs,  # before the survey, which takes a while: nobody waits for a refusal
        ):
            asks_before = settings.confirm_above if not prepared.sending.yes else None
            asking = _price(scan, showing, prepared, is_hasty=asks_before is None)
            if asks_before is not None:
                confirm(asking, asks_before)
            if scan.has_budget:
                check_priced(asking)
            if outputs.wants_thumbnails:
                from visionask.report.html_report import KeptThumbnails

                scan = replace(scan, makes_thumbnails=True, kept_thumbnail=KeptThumbnails(shown.outputs).find)
            with prepared.connect() as endpoint:
                for notice in ledger.notices:
                    console.warn(notice)
                totals = _run(scan, settings, showing, outputs=outputs, endpoint=endpoint, ledger=ledger)
    except StateError as error:
        if showing.totals is None:
            raise
        totals = showing.totals
        totals.stopped = totals.stopped or error
    return _end(totals, console, is_json=shown.is_json, answers_from=answers_from(prepared.recording))


@contextmanager
def _opened(shown: Shown, scan: Scan) -> Iterator[Outputs]:
    """Open the outputs, and give them up where the scan does not come to its end. Raises StateError, UsageError."""
    from visionask.report.output import open_outputs

    schema = scan.job.schema if scan.judging is None else None  # of verdicts a column each, as they come
    outputs = open_outputs(shown.outputs, shown.output_format, question=scan.question, schema=schema)
    try:
        yield outputs
    except BaseException:
        outputs.abandon()
        raise


def _price(scan: Scan, showing: _Showing, prepared: Prepared, *, is_hasty: bool) -> Projection:
    """Survey the images, and return what the scan may cost, second looks and all; what is answered costs nothing."""
    from visionask.core.projection import total
    from visionask.run.scan import foresee

    foreseen = foresee(scan, prepared.ledger, is_hasty=is_hasty)
    _announce(foreseen, scan, showing.console)
    if said := remark(prepared.recording) or (OCR_REMARK if prepared.sending.local == "ocr" else ""):
        showing.console.note(said)
    showing.expected = foreseen.whole.images + foreseen.failed
    showing.is_sampled = foreseen.sampled is not None
    showing.projected_usd = foreseen.asking.input_usd
    return foreseen.asking if foreseen.second is None else total([foreseen.asking, foreseen.second])


@dataclass(slots=True)
class _Showing:
    """Where the results of a scan go. `totals` are there once it has ended, whatever then becomes of the outputs."""

    console: Console
    shown: Shown
    expected: int = 0  # items
    is_sampled: bool = False  # and not every one of them was looked at
    projected_usd: Decimal | None = None
    totals: Totals | None = None


def _run(
    scan: Scan, settings: Settings, showing: _Showing, *, outputs: Outputs, endpoint: Endpoint, ledger: Ledger
) -> Totals:
    """Run it, and complete the outputs."""
    from visionask.run.scan import OwnTexts

    console, shown = showing.console, showing.shown
    progress = Progress(console, is_shown=shown.is_progress_shown)
    watcher = ScanWatcher(
        console,
        shown,
        outputs=outputs,
        progress=progress,
        expected=showing.expected,
        projected_usd=showing.projected_usd,
        question=scan.question,
        is_ours=OwnTexts(ledger),
    )
    watcher.is_sampled = showing.is_sampled
    started = time.monotonic()
    try:
        totals = _ask(scan, settings, watcher=watcher, endpoint=endpoint, ledger=ledger)
    finally:
        progress.clear()
        watcher.failed.end()
    for warning in watcher.warned.lines:
        console.warn(warning)
    if watcher.drift.line is not None:
        console.note(watcher.drift.line)
    showing.totals = totals
    left = max(0, showing.expected - totals.items)
    outputs.close({"stopped": _why_stopped(totals), "left": left, "seconds": time.monotonic() - started})
    return totals


def _ask(scan: Scan, settings: Settings, *, watcher: ScanWatcher, endpoint: Endpoint, ledger: Ledger) -> Totals:
    """Ask, with the signals in our hands."""
    from visionask.run.scan import prepared
    from visionask.run.scan_pool import run

    with prepared(scan, endpoint, ledger, rpm=settings.rpm, tpm=settings.tpm, on_notice=watcher.on_notice) as context:

        def on_signal(number: int) -> None:
            context.session.signal = number
            watcher.on_notice("stopping: waiting for answers that are already paid for; a second Ctrl-C stops at once")

        watcher.context = context
        with ending_in_order(on_signal):
            totals = run(scan, context, watcher)
        totals.stopped = totals.stopped or context.session.unsaved
        return totals


def _announce(foreseen: Foreseen, scan: Scan, console: Console) -> None:
    projection, about = foreseen.whole, "" if foreseen.sampled is None else "about "
    limits = (f"{about}{line}" for line in human.limit_warnings(projection))
    for warning in (*human.model_warnings(projection, today()), *limits):
        console.warn(warning)
    console.note(line_of_answered(foreseen) or human.price_line(projection, [scan.job.options.detail]))
    for warning in foreseen.warnings:
        console.warn(warning)
    if foreseen.second is not None and foreseen.second.images:
        console.note(f"second look, at most: {human.price_line(foreseen.second, [])}")
    if foreseen.sampled is not None:
        console.detail(f"about: {count(foreseen.sampled, 'image')} stand for all; -n reads every header")
    for note in (*human.price_notes(foreseen.asking), f"{count(scan.workers, 'request')} at a time"):
        console.detail(note)


def _why_stopped(totals: Totals) -> str | None:
    if totals.signal:
        return "interrupted"
    return None if totals.stopped is None else totals.stopped.message


def _end(totals: Totals, console: Console, *, is_json: bool, answers_from: str) -> int:
    from visionask.run.pool import Outage, Unusable

    for line in summary_lines(
        done=totals.done,
        cached=totals.cached,
        failed=totals.failed,
        spent_usd=totals.usd,
        unpriced=totals.unpriced,
        cached_in=answers_from,
    ):
        console.note(line)
    if totals.looked_again:
        console.note(
            f"{count(totals.looked_again, 'image')} looked at again for {usd(totals.second_usd)}: "
            f"{totals.decided:,} decided now"
        )
    if totals.abandoned:
        console.warn(f"{count(totals.abandoned, 'request')} not waited for: they may be billed, and are asked again")
    if totals.stopped is not None:
        if is_json and isinstance(
            totals.stopped, BudgetError | StateError | Outage | Unusable
        ):  # others: an item's own record
            console.line(records.dumps(records.error_record("scan", totals.stopped)))
        console.error(totals.stopped)
        return exit_code(totals.stopped)
    if totals.signal:
        console.note("interrupted: run it again to go on")
        return 128 + totals.signal
    return _end_of_all(totals, console)


def _end_of_all(totals: Totals, console: Console) -> int:
    """Return the exit code of a scan that looked at every image."""
    if not totals.failed:
        return Exit.OK
    if Bug.code in totals.failed:
        return Exit.BUG
    if NoRecording.code in totals.failed:
        console.note("run the same once with --record in place of --replay")
        return Exit.CONFIG
    if not totals.done and all(code in INPUT_CODES for code in totals.failed):
        return Exit.INPUT
    if all(code in INPUT_CODES for code in totals.failed):
        console.note(UNREADABLE_HINT)
    else:
        console.note("run it again to ask about what failed; --retry-failed also asks what was refused")
    return Exit.PARTIAL


def share_of(text: str | None, settings: Settings, console: Console) -> tuple[Share | None, Settings]:
    """Read `--shard`, divide the limits, and say so in one line. Raises UsageError."""
    if text is None:
        return None, settings
    share = read_share(text)
    divided = settings._replace(
        max_cost=share.of_usd(settings.max_cost),
        confirm_above=share.of_usd(settings.confirm_above),
        daily_budget=share.of_usd(settings.daily_budget),
        rpm=share.of_rate(settings.rpm, "--rpm"),
        tpm=share.of_rate(settings.tpm, "--tpm"),
    )
    console.note(f"shard {share.number} of {share.total}{_limits(divided)}")
    return share, divided


def _limits(settings: Settings) -> str:
    money = {"max cost": settings.max_cost, "a day": settings.daily_budget, "ask above": settings.confirm_above}
    rates = {"requests a minute": settings.rpm, "tokens a minute": settings.tpm}
    told = [f"{name} {usd(amount)}" for name, amount in money.items() if amount is not None]
    told += [f"{rate:,} {name}" for name, rate in rates.items() if rate is not None]
    return f" · its share of the limits: {', '.join(told)}" if told else ""
