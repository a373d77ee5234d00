"""Reports of a pilot: a table of what all images are projected to take, and its record."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.format import count, duration, usd
from visionask.core.stats import Z_90, wilson_interval
from visionask.report.clean import one_line
from visionask.report.records import money, projected_dict
from visionask.report.table import Column, write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visionask.core.stats import PilotResult, Total
    from visionask.report.console import Console

CONFIDENCE = 0.9
METHOD = "linear prediction from the projected input tokens, Student's t"

_COLUMNS = (
    Column("model", "name"),
    Column("of all images", "word"),
    Column("projected", "number"),
    Column("90% from", "number"),
    Column("to", "number"),
)


def write_pilot(console: Console, images: int, results: Sequence[PilotResult]) -> None:
    """Write a row for each figure of each model, the cheapest model first, and a line on what it is made from."""
    rows = []
    for result in results:
        name = one_line(result.whole.model.name)
        for figure, total, shown in (
            ("input tokens", result.input_tokens, _number),
            ("output tokens", result.output_tokens, _number),
            ("price", result.usd, lambda value: usd(_usd(value))),
            (f"time at -j {result.jobs}", result.seconds, duration),
        ):
            rows.append((name, figure, *_cells(total, shown)))
    write_table(console, _COLUMNS, rows)
    for result in results:
        console.note(_line(images, result))
    if any(result.answered for result in results):
        console.note("what was asked is in the ledger: a scan with the same question does not pay it again")


def _cells(total: Total | None, shown: Callable[[float], str]) -> tuple[str, str, str]:
    if total is None:
        return "?", "?", "?"
    low, high = ("?", "?") if total.interval is None else map(shown, total.interval)
    return shown(total.value), low, high


def _number(value: float) -> str:
    return f"{round(value):,}"


def _usd(value: float) -> Decimal:
    return Decimal(str(round(value, 10)))


def _line(images: int, result: PilotResult) -> str:
    """Return what was asked, and how many failed."""
    facts = [f"{result.asked:,} of {count(images, 'image')} asked"]
    facts += [f"{result.cached:,} of them answered before"] if result.cached else []
    if failed := sum(result.failed.values()):
        low, high = (round(share * 100) for share in wilson_interval(failed, result.asked, Z_90))
        facts.append(f"{failed:,} failed (of all 90% sure {low}% to {high}%)")
    return f"{one_line(result.whole.model.name)}: {', '.join(facts)}; {usd(result.billed_usd)} billed now"


def pilot_dict(images: int, results: Sequence[PilotResult]) -> dict[str, Any]:
    """Describe a pilot: for each model what it told, the cheapest first."""
    return {
        "images": images,
        "confidence": CONFIDENCE,
        "method": METHOD,
        "models": [_model_dict(result) for result in results],
    }


def _model_dict(result: PilotResult) -> dict[str, Any]:
    failed = sum(result.failed.values())
    return {
        "model": result.whole.model.name,
        "provider": result.whole.model.provider or None,
        "asked": result.asked,
        "answered": result.answered,
        "cached": result.cached,
        "failed": failed,
        "failures": dict(result.failed),
        "failed_share": list(wilson_interval(failed, result.asked, Z_90)) if result.asked else None,
        "billed_usd": money(result.billed_usd),
        "input_tokens": _total_dict(result.input_tokens, round),
        "output_tokens": _total_dict(result.output_tokens, round),
        "usd": _total_dict(result.usd, lambda value: money(_usd(value))),
        "seconds": _total_dict(result.seconds, lambda value: round(value, 3)),
        "jobs": result.jobs,
        "projected": projected_dict(result.whole),
    }


def _total_dict(total: Total | None, shown: Callable[[float], Any]) -> dict[str, Any] | None:
    """Describe a total; null where it is not known, and `low` and `high` where there is no interval."""
    if total is None:
        return None
    low, high = (None, None) if total.interval is None else map(shown, total.interval)
    return {"value": shown(total.value), "low": low, "high": high}
