"""Money: the prices of a model, and what tokens cost. Exact `Decimal` throughout; nothing rounds here.

Prices are USD for 1,000,000 tokens. A price that is not listed is None, and so is every amount made from it:
an unknown price is never 0 and never another model's.

Each price's own source and date stand in `data/providers/`.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.request import Usage

Tier = Literal["standard", "flex", "batch", "priority"]
TIERS: tuple[Tier, ...] = ("standard", "flex", "batch", "priority")
SERVED_TIERS: dict[str, Tier] = {  # as replies name them; `auto` and `scale` are billed as what was asked for
    "default": "standard",
    "flex": "flex",
    "priority": "priority",
    "fast": "priority",
}
PER = Decimal(1_000_000)
OLD_DAYS = 60  # after which prices are said to be old


class Rates(NamedTuple):
    """USD for 1,000,000 tokens of each kind; None where no price is listed."""

    input: Decimal | None = None
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None


class Prices(NamedTuple):
    """The rates of one model, with the source and the date on which they were checked."""

    standard: Rates
    batch: Rates | None = None  # flex costs the same
    long_context: Rates | None = None
    decisions: Rates | None = None  # of typed questions, in the standard tier
    long_context_above_tokens: int | None = None
    steps: tuple[tuple[int, Rates], ...] = ()  # further ones: above so many tokens, in rising order
    priority_multiplier: Decimal | None = None
    regional_multiplier: Decimal | None = None  # at the provider's regional hosts
    source: str = ""
    checked: str = ""
    until: str | None = None  # ISO date after which nothing says that they hold
    note: str = ""

    def is_old(self, today: str) -> bool:
        """Return whether nobody has checked them for more than 60 days; a row without a date is the user's own."""
        import datetime as dt

        if not self.checked:
            return False
        age = dt.date.fromisoformat(today) - dt.date.fromisoformat(self.checked)
        return age.days > OLD_DAYS

    def is_past(self, today: str) -> bool:
        """Return whether the day is over until which the prices were said to hold."""
        return self.until is not None and self.until < today

    def at_region(self) -> "Prices":
        """Return the prices at a regional host: 2.50 for gpt-5.4 is 2.75 there, and gpt-4o costs the same."""
        factor = self.regional_multiplier
        if factor is None:
            return self

        def scaled(rates: Rates | None) -> Rates | None:
            return None if rates is None else _scale(rates, factor)

        return self._replace(
            standard=_scale(self.standard, factor),
            batch=scaled(self.batch),
            long_context=scaled(self.long_context),
            steps=tuple((above, _scale(rates, factor)) for above, rates in self.steps),
            decisions=scaled(self.decisions),
            regional_multiplier=None,
        )

    def for_decisions(self) -> "Prices":
        """Return the prices of typed questions, where the model lists them."""
        if self.decisions is None:
            return self
        return self._replace(standard=self.decisions, batch=None, long_context=None, steps=(), priority_multiplier=None)

    def is_long(self, input_tokens: int) -> bool:
        """Return whether the whole request is billed at long-context rates."""
        above = self.long_context_above_tokens
        return self.long_context is not None and above is not None and input_tokens > above

    def rates(self, tier: Tier, input_tokens: int) -> Rates | None:
        """Return the rates of a request; None when this tier has no listed price.

        A long batch request costs the long-context rate times the batch discount (inferred: no table lists it).
        """
        base = self.long_context if self.long_context is not None and self.is_long(input_tokens) else self.standard
        base = next((rates for above, rates in reversed(self.steps) if input_tokens > above), base)
        base = self._with_cache_write(base)
        if tier == "standard":
            return base
        if tier == "priority":
            return None if self.priority_multiplier is None else _scale(base, self.priority_multiplier)
        if self.batch is None or not self.is_long(input_tokens):
            return None if self.batch is None else self._with_cache_write(self.batch)
        if self.batch.input is None or not self.standard.input:
            return None
        return _scale(base, self.batch.input / self.standard.input)

    def _with_cache_write(self, rates: Rates) -> Rates:
        """Return the rates with a cache write, the same multiple of the input price as in the standard rates.

        gpt-6-luna, long context: 0.20 x 0.125 / 0.10 = 0.25. Source: genai-prices 0.2.3 (long context); batch inferred.
        """
        if rates.cache_write is not None or rates.input is None:
            return rates
        if self.standard.cache_write is None or not self.standard.input:
            return rates
        return rates._replace(cache_write=rates.input * self.standard.cache_write / self.standard.input)


def _scale(rates: Rates, factor: Decimal) -> Rates:
    def times(price: Decimal | None) -> Decimal | None:
        return None if price is None else price * factor

    return Rates(
        input=times(rates.input),
        cached_input=times(rates.cached_input),
        cache_write=times(rates.cache_write),
        output=times(rates.output),
    )


def cost_usd(tokens: int | None, rate: Decimal | None) -> Decimal | None:
    """Return the price of `tokens` at a rate for 1,000,000: 3,014 at 0.10 is 0.0003014."""
    if tokens is None or rate is None:
        return None
    return tokens * rate / PER


def sum_usd(amounts: "Sequence[Decimal | None]") -> Decimal | None:
    """Return the sum; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def billed_usd(prices: Prices, usage: "Usage", *, tier: Tier) -> Decimal | None:
    """Return the price of what the server says it billed; None where it said too little.

    Cached and written tokens are part of the input tokens; where a model lists no price of their own, they cost input.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    rates = prices.rates(tier, usage.input_tokens)
    if rates is None or rates.input is None or rates.output is None:
        return None
    cached, written = usage.cached_tokens or 0, usage.cache_write_tokens or 0
    plain = max(0, usage.input_tokens - cached - written)
    cached_rate = rates.input if rates.cached_input is None else rates.cached_input
    written_rate = rates.input if rates.cache_write is None else rates.cache_write
    total = plain * rates.input + cached * cached_rate + written * written_rate + usage.output_tokens * rates.output
    return total / PER
