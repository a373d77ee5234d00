"""The totals of a scan: counts by outcome, tokens and money, added up item by item.

The wording of a scan's totals for reports: a few figures, each with its name and a note.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.dataclass import dataclass
from visionask.core.format import count, duration, usd
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from visionask.report.output import Summary
    from visionask.report.records import Item


@dataclass(slots=True, kw_only=True)
class Totals:
    """Sums over the items added. What an answer from the ledger once cost is not in this scan's bill."""

    items: int = 0
    answered: int = 0  # asked in this scan
    cached: int = 0
    failed: int = 0
    failures: Counter[str] = field(default_factory=Counter)  # by error code
    hints: dict[str, str] = field(default_factory=dict)  # the first hint of each error code
    image_tokens: int = 0  # projected
    projected_tokens: int = 0  # of the items below, so that the two can be compared
    billed_tokens: int = 0
    output_tokens: int = 0
    projected_usd: Decimal = Decimal(0)  # input only: what comes out is not known before
    billed_usd: Decimal = Decimal(0)
    saved_usd: Decimal = Decimal(0)  # what the cached answers had cost
    unpriced: int = 0  # asked, and nobody knows at what price

    def add(self, item: Item) -> None:
        """Count one item."""
        self.items += 1
        if item.is_failed:
            self.failed += 1
            code = str(item.error.get("code") or "unknown")
            self.failures[code] += 1
            self.hints.setdefault(code, str(item.error.get("hint") or ""))
        if item.is_cached:
            self.cached += 1
            self.saved_usd += item.billed_usd or 0
            return
        self.answered += item.status == "ok"
        self._spend(item)

    def _spend(self, item: Item) -> None:
        self.image_tokens += _whole(item.projected.get("image_tokens"))
        if item.billed:
            billed = _whole(item.billed.get("input_tokens"))
            self.billed_tokens += billed
            self.output_tokens += _whole(item.billed.get("output_tokens"))
            if billed:
                self.projected_tokens += _whole(item.projected.get("input_tokens"))
            self.billed_usd += item.billed_usd or 0
        if item.billed or item.status in ("ok", "planned"):
            self.projected_usd += item.projected_usd or 0
            is_known = item.billed_usd if item.status == "ok" else item.projected_usd
            self.unpriced += is_known is None

    @property
    def asked(self) -> int:
        """Items for which a request was made in this scan."""
        return self.items - self.cached


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


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
        found.append(Tile("cached", f"{totals.cached:,}", saved))
    if totals.failed:
        found.append(Tile("failed", f"{totals.failed:,}", _share(totals.failed, totals.items)))
    if totals.billed_tokens:
        found.append(Tile("tokens in", f"{totals.billed_tokens:,}", _drift(totals)))
    elif totals.image_tokens:
        found.append(Tile("image tokens", f"{totals.image_tokens:,}", "projected"))
    if totals.output_tokens:
        found.append(Tile("tokens out", f"{totals.output_tokens:,}"))
    return [*found, _bill(totals)]


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
