"""Owns what a scan shows while it runs, and how it ends."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from visionask.cli.context import today
from visionask.cli.exits import Exit, exit_code
from visionask.cli.interrupts import ending_in_order
from visionask.cli.watch import confirm
from visionask.core.errors import BudgetError, StateError
from visionask.report import human, records
from visionask.report.clean import clean, one_line
from visionask.report.scan_progress import ScanProgress, summary_lines

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.outcome import Outcome
    from visionask.core.projection import Projection
    from visionask.core.request import Endpoint
    from visionask.report.console import Console
    from visionask.report.outputs import Outputs
    from visionask.run.scan import Scan, Totals
    from visionask.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How the results are to be shown and kept."""

    is_json: bool
    is_raw: bool
    is_progress_shown: bool | None
    writes_sidecars: bool
    outputs: tuple[str, ...]
    output_format: str | None


def show_plan(scan: Scan, console: Console, *, is_json: bool) -> int:
    """Price the whole set and send nothing."""
    from visionask.run.scan import project_scan

    projection, failed = project_scan(scan)
    if is_json:
        record = records.envelope("scan", "planned")
        record |= {
            "model": projection.model.name,
            "question": scan.job.question,
            "projected": records.projected_dict(projection),
            "data": {"images": projection.images, "failed": failed},
        }
        console.line(records.dumps(record))
    else:
        for line in human.table_total(projection, failed):
            console.line(line)
    return Exit.OK


def run_scan(
    scan: Scan, settings: Settings, *, shown: Shown, console: Console, local: str | None, is_yes: bool, keeps: bool
) -> int:
    """Price, confirm, run, and tell how it ended."""
    from visionask.config.settings import ledger_path
    from visionask.report.outputs import open_outputs
    from visionask.run.connect import connect
    from visionask.run.scan import project_scan
    from visionask.store.ledger import open_ledger
    from visionask.store.values import Budget

    projection, failed = project_scan(scan)
    _announce(projection, scan, console)
    if settings.confirm_above is not None and not is_yes:
        confirm(projection, settings.confirm_above)
    _check_priced(projection, settings)
    budget = Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget)
    scan = replace(scan, has_budget=budget != Budget())
    path = ledger_path(settings) if keeps else None
    progress = ScanProgress(
        console,
        expected=projection.images + failed,
        projected_usd=projection.input_usd,
        is_shown=shown.is_progress_shown,
    )
    totals: Totals | None = None
    try:
        with connect(settings, local) as endpoint, open_ledger(path, budget=budget) as ledger:
            for notice in (*ledger.notices, *([str(ledger.lost)] if ledger.lost.requests else [])):
                console.warn(notice)
            outputs = open_outputs(
                shown.outputs, shown.output_format, question=scan.job.question, schema=scan.job.schema
            )
            scan = replace(scan, makes_thumbnails=outputs.wants_thumbnails)
            watcher = ScanWatcher(console, shown, outputs=outputs, progress=progress)
            started = time.monotonic()
            try:
                totals = _run(scan, settings, watcher=watcher, endpoint=endpoint, ledger=ledger)
            except BaseException:
                progress.clear()
                outputs.abandon()
                raise
            progress.clear()
            left = max(0, projection.images + failed - totals.items)
            outputs.close({"stopped": _why_stopped(totals), "left": left, "seconds": time.monotonic() - started})
    except StateError as error:
        if totals is None:
            raise
        totals.stopped = totals.stopped or error
    return _end(totals, console, is_json=shown.is_json)


def _run(scan: Scan, settings: Settings, *, watcher: ScanWatcher, endpoint: Endpoint, ledger: Ledger) -> Totals:
    """Run it with the signals in our hands."""
    from visionask.run.crew import run
    from visionask.run.scanning import prepared

    with prepared(scan, endpoint, ledger, rpm=settings.rpm, tpm=settings.tpm, on_notice=watcher.on_notice) as context:

        def on_signal(number: int) -> None:
            context.signal = number

        with ending_in_order(on_signal):
            return run(scan, context, watcher)


def _announce(projection: Projection, scan: Scan, console: Console) -> None:
    for warning in human.model_warnings(projection, today()):
        console.warn(warning)
    levels = [scan.job.options.detail]
    requests = human.count(projection.images, "request")
    console.note(f"{human.price_line(projection, levels)} · {requests}, {scan.workers} at a time")


def _check_priced(projection: Projection, settings: Settings) -> None:
    """Refuse a budget that cannot be held: one request of unknown price would pass it unseen."""
    limited = settings.max_cost is not None or settings.daily_budget is not None
    is_priced = projection.input_rate is not None or projection.input_usd is not None
    if limited and not is_priced and projection.images:
        raise BudgetError(
            f"the price of {projection.model.name} is not known, so no budget can be held",
            "leave the budget out, or give the model prices in the config file",
        )


class ScanWatcher:
    """Writes each item as it comes to its end."""

    def __init__(self, console: Console, shown: Shown, *, outputs: Outputs, progress: ScanProgress) -> None:
        self._console, self._shown, self._outputs, self._progress = console, shown, outputs, progress
        self._notices: deque[str] = deque()
        self._is_told = False

    def on_notice(self, text: str) -> None:
        """Keep what a worker has to say: only the thread that runs the scan writes."""
        self._notices.append(text)

    def on_unkept(self, outcome: Outcome) -> None:
        self._progress.clear()
        if outcome.planned is not None and outcome.answer is not None:
            label = one_line(outcome.planned.images[0].source.label)
            self._console.warn(f"{label}: paid, but not kept: {outcome.answer.text}")

    def on_tick(self, totals: Totals) -> None:
        while self._notices:
            self._progress.clear()
            self._console.warn(self._notices.popleft())
        self._progress.show(done=totals.done, failed=totals.failed.total(), cached=totals.cached, spent_usd=totals.usd)

    def on_item(self, outcome: Outcome, thumbnail: bytes | None, totals: Totals) -> None:
        record = records.outcome_record("scan", outcome)
        self._outputs.add(record, thumbnail)
        self._progress.clear()
        if self._shown.is_json:
            self._console.line(records.dumps(record))
        elif outcome.error is None and outcome.answer is not None:
            text = outcome.answer.text if outcome.data is None else records.data_text(outcome.data)
            self._write_answer(record["images"][0]["source"], text)
        if outcome.error is not None:
            self._console.note(f"failed: {one_line(_subject(record))}{one_line(outcome.error.message)}")
        if self._shown.writes_sidecars and outcome.error is None:
            self._write_sidecar(outcome)
        self._console.out.flush()
        self.on_tick(totals)

    def _write_answer(self, label: str, text: str) -> None:
        text = text if self._shown.is_raw else clean(text)
        lines = text.rstrip("\n").split("\n")
        self._console.line("\n    ".join([f"{one_line(label)}: {lines[0]}", *lines[1:]]))

    def _write_sidecar(self, outcome: Outcome) -> None:
        from visionask.report.sidecar import sidecar_path, write_sidecar

        if outcome.planned is None or outcome.answer is None:
            return
        path = sidecar_path(outcome.planned.images[0].source)
        text = outcome.answer.text if outcome.data is None else records.data_text(outcome.data, indent=2)
        if path is not None and not write_sidecar(path, text):
            self._console.warn(f"{path}: is another's file, left as it is")


def _subject(record: records.Record) -> str:
    source, message = str(record["images"][0]["source"]), str(record["error"]["message"])
    return "" if source in message else f"{source}: "


def _why_stopped(totals: Totals) -> str | None:
    if totals.signal:
        return "interrupted"
    return None if totals.stopped is None else totals.stopped.message


def _end(totals: Totals, console: Console, *, is_json: bool) -> int:
    for line in summary_lines(
        done=totals.done, cached=totals.cached, failed=totals.failed, spent_usd=totals.usd, unpriced=totals.unpriced
    ):
        console.note(line)
    if totals.abandoned:
        console.warn(
            f"{human.count(totals.abandoned, 'request')} not waited for: they may be billed, and are asked again"
        )
    if totals.stopped is not None:
        if is_json and isinstance(totals.stopped, BudgetError | StateError):  # the others stand in an item's record
            console.line(records.dumps(records.error_record("scan", totals.stopped)))
        console.error(totals.stopped)
        return exit_code(totals.stopped)
    if totals.signal:
        console.note("interrupted: run it again to go on")
        return 128 + totals.signal
    if not totals.failed:
        return Exit.OK
    if not totals.done and all(code in INPUT_CODES for code in totals.failed):
        return Exit.INPUT
    console.note("run it again to ask about what failed; --retry-failed also asks what was refused")
    return Exit.PARTIAL


def _input_codes() -> frozenset[str]:
    from visionask.core.errors import InputError

    return frozenset({InputError.code, *(kind.code for kind in InputError.__subclasses__())})


INPUT_CODES = _input_codes()
