"""Owns the totals of a scan: counts by outcome, tokens and money, added up item by item."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from visionask.report.item import Item


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
