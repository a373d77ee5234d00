"""`cost --pilot`: a question asked of a few of the images, and what all of them are projected to take by that."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import choose, read_schema_flags, remark
from visionask.cli.show import approve, run_settings
from visionask.core.errors import InputError
from visionask.core.format import count
from visionask.core.namedtuple import NamedTuple
from visionask.core.prices import sum_usd
from visionask.core.projection import bill_usd, check_priced
from visionask.report import human, records
from visionask.report.console import FailedItems
from visionask.report.pilot import pilot_dict, write_pilot
from visionask.run.eval import Setting
from visionask.run.options import prepare, read_scan
from visionask.run.pilot import Chosen, Pilot, scan_of
from visionask.run.pilot import choose as choose_images
from visionask.run.scan import foresee

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.config.settings import Settings
    from visionask.core.errors import VisionaskError
    from visionask.core.flags import FilesFlags, PaceFlags
    from visionask.report.console import Console
    from visionask.run.options import Filled, Prepared


class PilotFlags(NamedTuple):
    """What the flags say: what is asked, of which images, of which models, and how."""

    size: int
    args: list[str]
    names: Sequence[str | None]  # of --compare; empty: the model that is set
    filled: Filled  # with the question
    pace: PaceFlags
    files: FilesFlags


def run_pilot(flags: PilotFlags, console: Console, *, as_json: bool) -> int:
    """Choose the images, show the price, ask, and write what all of them are projected to take."""
    sending = flags.filled.sending
    settings, last = _settings(flags, console)
    loaded, ledger = last.settings, last.ledger
    named = FailedItems(console)
    chosen = choose_images(settings, flags.size, on_failed=lambda each: named.add_error(each.label, each.error))
    named.end()
    if not chosen.labels:
        raise InputError("none of the images can be sent", "visionask cost with the same images says why")
    total = _price(settings, chosen, ledger, console, limited=loaded)
    if sending.dry_run:
        if as_json:
            data = {"images": chosen.wholes[0].images, "to_ask": len(chosen.labels), "usd": records.money(total)}
            record = _record(flags, "planned", data | {"models": []}, None)
            console.line(records.dumps(record))
        return Exit.PARTIAL if chosen.failed else Exit.OK
    approve("the pilot is", total, loaded, is_yes=sending.yes, instead="ask fewer images with --pilot, or ")
    pilot = Pilot(settings=settings, chosen=chosen)
    run_settings(pilot, len(chosen.labels), last, console)
    error = _error(pilot)
    results = pilot.results()
    if as_json:
        status = "failed" if error is not None else "ok"
        console.line(records.dumps(_record(flags, status, pilot_dict(chosen.wholes[0].images, results), error)))
    elif any(result.input_tokens or result.usd for result in results):
        write_pilot(console, chosen.wholes[0].images, results)
    if error is not None:
        console.error(error)
        return exit_code(error)
    if pilot.signal:
        return 128 + pilot.signal
    return Exit.PARTIAL if chosen.failed or any(each.failed for each in pilot.totals) else Exit.OK


def _settings(flags: PilotFlags, console: Console) -> tuple[list[Setting], Prepared]:
    """Return how each model is asked, and how the last is: its limits and ledger are those of all.

    Raises UsageError, ConfigError.
    """
    found, choosing = [], None
    filled = flags.filled
    for name in flags.names or [filled.sending.model]:
        sending = filled.sending._replace(model=name, cache=True)
        prepared = prepare(filled._replace(sending=sending), flags.pace)
        loaded = prepared.settings
        choosing = choosing or choose(
            flags.args,
            flags.files,
            filled.picture,
            console.warn,
            fetches_whole=True,
            is_offline=sending.replay is not None,
        )
        scan = read_scan(
            prepared,
            question=filled.question or "",
            choosing=choosing,
            on_notice=console.warn,
            schema=read_schema_flags(filled.schema),
        )
        model = scan.job.model.name
        found.append(Setting(name=model, flags=(), scan=scan, connect=prepared.connect, rpm=loaded.rpm, tpm=loaded.tpm))
    if said := remark(prepared.recording):
        console.note(said)
    return found, prepared


def _price(
    settings: Sequence[Setting], chosen: Chosen, ledger: str | None, console: Console, *, limited: Settings
) -> Decimal | None:
    """Show what the pilot is projected to cost on each model, and return the sum; None where one has no price.

    What is answered costs nothing. Raises BudgetError where a budget holds and a price is not known.
    """
    whole = count(chosen.wholes[0].images, "image")
    console.note(f"pilot: {len(chosen.labels):,} of {whole}, spread over the sizes")
    bills = []
    for setting in settings:
        foreseen = foresee(scan_of(setting, chosen), ledger)
        console.note(human.price_line(foreseen.asking, [setting.scan.job.options.detail]))
        if foreseen.answered:
            console.note(f"{setting.name}: {foreseen.answered:,} of {len(chosen.labels):,} answered before")
        if limited.has_budget:
            check_priced(foreseen.asking)
        bills.append(bill_usd(foreseen.asking) if foreseen.asking.images else Decimal(0))
    return sum_usd(bills)


def _error(pilot: Pilot) -> VisionaskError | None:
    """Return what ended a scan early, or where nothing at all was answered, the first failure."""
    stopped = next((each.stopped for each in pilot.totals if each.stopped is not None), None)
    if stopped is not None or any(each.done for each in pilot.totals):
        return stopped
    errors = (each.error for outcomes in pilot.outcomes for each in outcomes.values())
    return next((error for error in errors if error is not None), None)


def _record(flags: PilotFlags, status: str, pilot: dict[str, Any], error: VisionaskError | None) -> dict[str, Any]:
    record = records.envelope("cost", status)
    models = [flags.filled.sending.model] if not flags.names else flags.names
    return record | {
        "model": models[0] if len(models) == 1 else None,
        "question": flags.filled.question,
        "data": {"pilot": pilot},
        "error": None if error is None else records.error_dict(error),
    }
