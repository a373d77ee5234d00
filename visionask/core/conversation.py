"""Owns what a conversation has cost so far: what was billed, and what may have been billed unseen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visionask.core.outcome import Outcome


@dataclass(slots=True, kw_only=True)
class Spent:
    """The sums over all turns, also those that failed or were stopped."""

    turns: int = 0  # that were answered
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    maybe_usd: Decimal = Decimal(0)  # for attempts that were sent and told no bill: their reservations
    is_known: bool = True  # each price was

    def add(self, outcome: Outcome, *, reserved_usd: Decimal | None) -> None:
        """Count a turn as the ledger does: what was sent and told no bill counts as what was reserved for it.

        Reserved 0.002; one attempt lost, the next one stopped: 2 x 0.002 = 0.004 maybe.
        """
        answer, error = outcome.answer, outcome.error
        usage = None if answer is None else answer.usage
        if usage is not None:
            self.input_tokens += usage.input_tokens or 0
            self.cached_tokens += usage.cached_tokens or 0
            self.output_tokens += usage.output_tokens or 0
        self.turns += error is None
        self.usd += outcome.billed_usd or Decimal(0)
        lost = error.maybe_billed if error is not None else 0 if answer is None else answer.maybe_billed
        unseen = lost + (answer is not None and outcome.billed_usd is None)
        if unseen:
            self.maybe_usd += unseen * (reserved_usd or Decimal(0))
            self.is_known = self.is_known and reserved_usd is not None
