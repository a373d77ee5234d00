"""Owns what `batch submit` and `batch export` show and how they end."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from visionask.cli.batch_plan import make_batching, need_folder, read_scan
from visionask.cli.batch_sending import Watcher
from visionask.cli.context import open_console, today
from visionask.cli.exits import Exit, exit_code
from visionask.cli.interrupts import ending_in_order
from visionask.cli.template import with_question_first
from visionask.cli.watch import confirm
from visionask.core.errors import BudgetError
from visionask.report import batches as shown
from visionask.report import human, records
from visionask.run.batch.queue import is_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.core.projection import Projection
    from visionask.report.console import Console
    from visionask.run.batch.write import Written
    from visionask.run.scan.plan import Scan
    from visionask.store.ledger import Ledger

Flags = dict[str, Any]


def submit(flags: Flags) -> int:
    """Price, confirm, take up what was begun, write, upload, create."""
    from visionask.api.batches import BatchApi
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.connect import connect
    from visionask.run.scan.plan import project_scan
    from visionask.store.ledger import open_ledger
    from visionask.store.values import Budget

    flags = with_question_first(flags)
    console, settings = _console(flags), load_settings(flags)
    scan = read_scan(flags, settings, console)
    projection, failed = project_scan(scan)
    _announce(projection, scan, console)
    if flags["dry_run"]:
        return _show_plan(projection, failed, scan, console, is_json=flags["as_json"])
    if settings.confirm_above is not None and not flags["yes"]:
        confirm(projection, settings.confirm_above)
    _check_priced(projection, settings)
    path = ledger_path(settings)
    folder = need_folder(flags["spool"] or os.path.join(os.path.dirname(path), "batches"), "--spool")
    stop, signals = threading.Event(), [0]
    budget = Budget(run_usd=settings.max_cost, day_usd=settings.daily_budget)
    with connect(settings, None) as endpoint, open_ledger(path, budget=budget) as ledger:
        _tell_notices(ledger, console)
        api = BatchApi(endpoint, console.warn, stop=stop)
        batching = make_batching(flags, scan, ledger, folder=folder, stop=stop, console=console)
        watcher = Watcher(console, batching, api=api, expected=projection.images + failed)

        def on_signal(number: int) -> None:
            signals[0] = number
            stop.set()

        try:
            with ledger.batches.alone("batch submit"), ending_in_order(on_signal):
                written = watcher.run()
        finally:
            watcher.clear()
            api.close()
        return _end(written, watcher, console, signal=signals[0], flags=flags)


def export(flags: Flags) -> int:
    """Write the files of requests, and the list of what is in them."""
    from visionask.config.settings import ledger_path, load_settings
    from visionask.run.batch.export import begin_export, write_manifest
    from visionask.run.batch.write import write_shards
    from visionask.run.scan.plan import project_scan
    from visionask.store.ledger import open_ledger

    flags = with_question_first(flags | {"max_cost": None, "confirm_above": None, "spool": None})
    console, settings = _console(flags), load_settings(flags)
    scan = read_scan(flags, settings, console)
    projection, failed = project_scan(scan)
    _announce(projection, scan, console)
    folder, stop, signals = need_folder(flags["to"], "--to"), threading.Event(), [0]
    with open_ledger(ledger_path(settings)) as ledger:
        _tell_notices(ledger, console)
        batching = make_batching(flags, scan, ledger, folder=folder, stop=stop, console=console, is_exported=True)
        watcher = Watcher(console, batching, api=None, expected=projection.images + failed)

        def on_signal(number: int) -> None:
            signals[0] = number
            stop.set()

        with ledger.batches.alone("batch export"), ending_in_order(on_signal):
            begin_export(batching)
            written = write_shards(batching, watcher, pattern="visionask-{number}.jsonl")
            write_manifest(batching)
        watcher.clear()
        return _end(written, watcher, console, signal=signals[0], flags=flags)


def _console(flags: Mapping[str, Any]) -> Console:
    return open_console(
        quiet=flags["quiet"], verbose=flags["verbose"], no_color=flags["no_color"], debug=flags["debug"]
    )


def _announce(projection: Projection, scan: Scan, console: Console) -> None:
    for warning in (*human.model_warnings(projection, today()), *human.limit_warnings(projection)):
        console.warn(warning)
    line = human.price_line(projection, [scan.job.options.detail])
    console.note(f"{line}{shown.standard_price(projection, scan.job.terms)}")


def _show_plan(projection: Projection, failed: int, scan: Scan, console: Console, *, is_json: bool) -> int:
    if not is_json:
        for line in human.table_total(projection, failed):
            console.line(line)
        return Exit.OK
    record = records.envelope("batch", "planned")
    standard = shown.standard_usd(projection, scan.job.terms)
    console.line(
        records.dumps(
            record
            | {
                "model": projection.model.name,
                "question": scan.job.question,
                "projected": records.projected_dict(projection),
                "data": {"images": projection.images, "failed": failed, "standard_usd": records.money(standard)},
            }
        )
    )
    return Exit.OK


def _check_priced(projection: Projection, settings: Settings) -> None:
    limited = settings.max_cost is not None or settings.daily_budget is not None
    if limited and projection.input_rate is None and projection.images:
        raise BudgetError(
            f"the batch price of {projection.model.name} is not known, so no budget can be held",
            "leave the budget out, or give the model prices in the config file",
        )


def _tell_notices(ledger: Ledger, console: Console) -> None:
    for notice in (*ledger.notices, *([str(ledger.lost)] if ledger.lost.requests else [])):
        console.warn(notice)


def _end(written: Written, watcher: Watcher, console: Console, *, signal: int, flags: Flags) -> int:
    batch, shards = watcher.batch, watcher.shards()
    for line in shown.submit_lines(written, created=watcher.created, batch=batch.id, is_export="to" in flags):
        console.note(line)
    if waiting := sum(map(is_waiting, shards)):
        console.note(shown.waiting_line(waiting))
    if flags["as_json"]:
        record = records.envelope("batch", "ok" if written.stopped is None and not signal else "failed")
        data = shown.submit_data(written, created=watcher.created, batch=batch.id) | {"waiting": waiting}
        console.line(records.dumps(record | {"model": batch.model, "data": data}))
    elif "to" not in flags and (shards or written.images):  # else there is no batch: a budget let nothing in
        console.line(batch.id)
    if written.stopped is not None:
        console.error(written.stopped)
        return exit_code(written.stopped)
    if signal:
        console.note("interrupted: run it again to go on")
        return 128 + signal
    if not written.failed:
        return Exit.OK
    return Exit.PARTIAL if written.lines or written.settled else Exit.INPUT
