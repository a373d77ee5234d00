"""Owns the wording of a scan's totals for reports: a few figures, each with its name and a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from visionask.report.human import count, usd

if TYPE_CHECKING:
    from visionask.report.outputs import Summary
    from visionask.report.totals import Totals


class Tile(NamedTuple):
    """One figure of the totals."""

    name: str
    figure: str
    note: str = ""


def tiles(totals: Totals, summary: Summary) -> list[Tile]:
    """Word the totals; figures that are 0 and say nothing are left out."""
    seconds = summary.get("seconds")
    found = [
        Tile("images", f"{totals.items:,}", "" if seconds is None else f"in {duration(seconds)}"),
        Tile("answered", f"{totals.answered + totals.cached:,}", _share(totals.answered + totals.cached, totals.items)),
    ]
    if totals.cached:
        saved = f"not paid again, saving {usd(totals.saved_usd)}" if totals.saved_usd else "not paid again"
        found.append(Tile("from the ledger", f"{totals.cached:,}", saved))
    if totals.failed:
        found.append(Tile("failed", f"{totals.failed:,}", _share(totals.failed, totals.items)))
    if totals.billed_tokens:
        found.append(Tile("tokens in", f"{totals.billed_tokens:,}", _drift(totals)))
    elif totals.image_tokens:
        found.append(Tile("image tokens", f"{totals.image_tokens:,}", "projected"))
    if totals.output_tokens:
        found.append(Tile("tokens out", f"{totals.output_tokens:,}"))
    return [*found, _bill(totals)]


def duration(seconds: float) -> str:
    """Write a time: "4.2 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def stop_note(summary: Summary) -> str:
    """Say that the scan ended early, and how much it left; empty where it did not."""
    left, stopped = summary.get("left") or 0, summary.get("stopped")
    rest = f"{count(left, 'image')} left; run the same command again to go on" if left else ""
    return "; ".join(part for part in (f"stopped early: {stopped}" if stopped else "", rest) if part)


def _share(part: int, whole: int) -> str:
    if not whole or part == whole:
        return "all of them" if whole else ""
    percent = 100 * part / whole
    return f"{percent:.0f}%" if 1 <= percent <= 99 else f"{percent:.1f}%"


def _drift(totals: Totals) -> str:
    if not totals.projected_tokens:
        return ""
    projected = f"{totals.projected_tokens:,} projected"
    if totals.billed_tokens == totals.projected_tokens:
        return f"{projected}, to the token"
    more = totals.billed_tokens - totals.projected_tokens
    drift = 100 * more / totals.projected_tokens
    return f"{projected}, {drift:+.1f}%" if abs(drift) >= 0.1 else f"{projected}, {more:+,}"


def _bill(totals: Totals) -> Tile:
    projected = f"{usd(totals.projected_usd)} projected for the input" if totals.projected_usd else ""
    unknown = f"price unknown for {totals.unpriced:,}" if totals.unpriced else ""
    if totals.unpriced and not totals.billed_usd and not totals.projected_usd:
        return Tile("billed", "unknown", "no price known")
    return Tile("billed", usd(totals.billed_usd), ", ".join(part for part in (projected, unknown) if part))
