"""Money: every listed price, the rates of tiers and long requests, and bills worked by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.prices import TIERS, Prices, Rates, Tier, billed_usd, cost_usd
from visionask.core.request import Usage

OBSERVED: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "prices.json").read_text("utf-8"), parse_float=str, parse_int=str
)["models"]
LISTED = {name: listed for name, listed in OBSERVED.items() if "alias_of" not in listed}
CATALOG = load_catalog()
OPENAI = {name for name in CATALOG.names if CATALOG.providers[name] == "openai"}
NEWER = {"gpt-6.2-astra", "gpt-6.2-sol"}  # than the list of observed prices
UNLISTED = {  # no price is known: makers of pictures, and names whose last price nobody recorded
    *("gpt-image-1", "gpt-image-1.5", "gpt-image-1-mini", "gpt-image-2", "gpt-image-2.5-sunburst"),
    *("gpt-image-2.5-flare", "gpt-5-codex-mini", "codex-mini-latest", "chatgpt-4o-latest"),
}
PRIORITY = {  # from the pricing page: 2x standard for GPT-5.4 and newer, 2.5x for gpt-5.5
    "gpt-5.5": Decimal("2.5"),
    **dict.fromkeys(("gpt-6-astra", "gpt-6-sol", "gpt-6-luna", "gpt-6.1-sol", "gpt-6.1-terra"), Decimal(2)),
    **dict.fromkeys(("gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna", "gpt-5.6-cyber"), Decimal(2)),
    **dict.fromkeys(("gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano", "gpt-5.4-pro"), Decimal(2)),
}


def prices_of(name: str) -> Prices:
    model = CATALOG.find(name)
    assert model is not None
    assert model.prices is not None
    return model.prices


def usd(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_every_listed_price_is_carried(name: str):
    listed, prices = LISTED[name], prices_of(name)
    assert prices.standard == Rates(
        input=usd(listed["input"]),
        cached_input=usd(listed.get("cached_input")),
        cache_write=usd(listed.get("cache_write")),
        output=usd(listed["output"]),
    )
    batch = prices.batch or Rates()
    assert (batch.input, batch.cached_input, batch.output) == (
        usd(listed.get("batch_input")),
        usd(listed.get("batch_cached_input")),
        usd(listed.get("batch_output")),
    )
    long, expected = prices.long_context or Rates(), listed.get("long_context") or {}
    assert (long.input, long.cached_input, long.output) == (
        usd(expected.get("input")),
        usd(expected.get("cached_input")),
        usd(expected.get("output")),
    )
    threshold = expected.get("threshold_input_tokens")
    assert prices.long_context_above_tokens == (None if threshold is None else int(threshold))
    assert prices.priority_multiplier == PRIORITY.get(name)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_every_shutdown_is_carried(name: str):
    model = CATALOG.find(name)
    assert model is not None
    listed = LISTED[name]["shutdown"]
    assert (model.shutdown or "") == (listed or "")[:10]


@pytest.mark.parametrize("name", sorted(set(OBSERVED) - set(LISTED)))
def test_an_alias_costs_what_its_model_costs(name: str):
    assert prices_of(name) == prices_of(OBSERVED[name]["alias_of"])


def test_models_without_a_listed_price_have_none():
    unpriced = {name for name in OPENAI if (model := CATALOG.find(name)) and model.prices is None}
    assert unpriced == UNLISTED == OPENAI - set(LISTED) - NEWER


@pytest.mark.parametrize("name", sorted(OPENAI - UNLISTED))
def test_a_price_names_its_source_and_day(name: str):
    prices = prices_of(name)
    assert prices.source
    assert datetime.fromisoformat(prices.checked).date().isoformat() == prices.checked


# genai-prices 0.2.3 agrees with every price but these, for the reason given.
DIFFERS = {
    "gpt-5.6-cyber": "carries no long-context price; the pricing page does (input 25, output 112.5)",
}


@pytest.mark.parametrize("name", sorted(OPENAI - UNLISTED - NEWER))
@pytest.mark.parametrize("tokens", [272_000, 272_001])
def test_prices_agree_with_genai_prices(name: str, tokens: int):
    from genai_prices.data import providers

    found = next(provider for provider in providers if provider.id == "openai").find_model(name)
    assert found is not None
    theirs = found.get_prices(datetime(2026, 11, 22, tzinfo=UTC))

    def at(price: Any) -> Decimal | None:
        for tier in getattr(price, "tiers", ()):
            if tokens > tier.start:
                return tier.price
        return getattr(price, "base", price)

    ours = prices_of(name).rates("standard", tokens)
    assert ours is not None
    agrees = (ours.input, ours.cached_input, ours.cache_write, ours.output) == (
        at(theirs.input_mtok),
        at(theirs.cache_read_mtok),
        at(theirs.cache_write_mtok),
        at(theirs.output_mtok),
    )
    assert agrees != (name in DIFFERS and tokens > 272_000)


@pytest.mark.parametrize(
    ("name", "tier", "tokens", "expected"),
    [
        pytest.param("gpt-6-luna", "standard", 272_000, ("0.1", "0.01", "0.125", "0.5"), id="the last short request"),
        pytest.param("gpt-6-luna", "standard", 272_001, ("0.2", "0.02", "0.25", "0.75"), id="the first long one"),
        pytest.param("gpt-6-luna", "batch", 1000, ("0.05", "0.005", "0.0625", "0.25"), id="batch"),
        pytest.param("gpt-6-luna", "flex", 1000, ("0.05", "0.005", "0.0625", "0.25"), id="flex costs the same"),
        pytest.param("gpt-6-luna", "batch", 300_000, ("0.1", "0.01", "0.125", "0.375"), id="long batch: half of long"),
        pytest.param("gpt-6-luna", "priority", 1000, ("0.2", "0.02", "0.25", "1"), id="priority doubles"),
        pytest.param("gpt-5.5", "priority", 1000, ("12.5", "1.25", None, "75"), id="priority x 2.5"),
        pytest.param("gpt-5.4-mini", "standard", 300_000, ("0.75", "0.075", None, "4.5"), id="no long-context price"),
        pytest.param("gpt-4o", "batch", 1000, ("1.25", None, None, "5"), id="batch without a cached price"),
        pytest.param("gpt-4o", "priority", 1000, None, id="no priority price"),
        pytest.param("gpt-5.3-codex", "batch", 1000, None, id="no batch price"),
        pytest.param("gpt-5.6-cyber", "flex", 300_000, None, id="no flex price for a long request either"),
    ],
)
def test_rates_of_a_request(name: str, tier: Tier, tokens: int, expected: tuple[str | None, ...] | None):
    rates = prices_of(name).rates(tier, tokens)
    if expected is None:
        assert rates is None
    else:
        assert rates is not None
        assert (rates.input, rates.cached_input, rates.cache_write, rates.output) == tuple(map(usd, expected))


def test_a_threshold_without_long_context_prices_changes_nothing():
    prices = Prices(standard=Rates(input=Decimal(1), output=Decimal(2)), long_context_above_tokens=100)
    assert not prices.is_long(101)
    assert prices.rates("standard", 101) == prices.standard


@pytest.mark.parametrize(
    ("tokens", "rate", "expected"),
    [
        (3014, "0.10", "0.0003014"),
        (1, "0.05", "0.00000005"),
        (0, "10", "0"),
        (36_000, "10", "0.36"),
        (999_999_999, "12.345", "12344.999987655"),
        (None, "1", None),
        (1, None, None),
    ],
)
def test_money_is_exact(tokens: int | None, rate: str | None, expected: str | None):
    assert cost_usd(tokens, usd(rate)) == usd(expected)


def test_no_amount_passes_through_a_float():
    """A sum of 100,000 images has no rounding error: 0.1 + 0.2 is 0.3."""
    price = prices_of("gpt-6-luna").standard.input
    each = cost_usd(3001, price)
    assert each is not None
    assert sum([each] * 100_000) == Decimal("30.01")
    for name in OPENAI - UNLISTED:
        for tier in TIERS:
            rates = prices_of(name).rates(tier, 300_000) or Rates()
            for rate in (rates.input, rates.cached_input, rates.cache_write, rates.output):
                assert rate is None or (isinstance(rate, Decimal) and len(rate.normalize().as_tuple().digits) <= 6)


@pytest.mark.parametrize(
    ("name", "tier", "usage", "expected"),
    [
        pytest.param("gpt-6-luna", "standard", (3016, 0, 0, 35), "0.0003191", id="3016 x 0.1 + 35 x 0.5"),
        pytest.param("gpt-6-luna", "standard", (3016, 1024, 0, 35), "0.00022694", id="1024 of them cached, x 0.01"),
        pytest.param("gpt-6-luna", "standard", (3016, 0, 2000, 0), "0.0003516", id="2000 of them written, x 0.125"),
        pytest.param(
            "gpt-6-luna", "standard", (3016, 1000, 2000, 0), "0.0002616", id="16 plain, 1000 read, 2000 written"
        ),
        pytest.param("gpt-6-luna", "batch", (3016, 0, 0, 35), "0.00015955", id="batch is half"),
        pytest.param(
            "gpt-6-luna", "standard", (272_001, 0, 0, 1000), "0.0551502", id="long: all of it at 0.2 and 0.75"
        ),
        pytest.param("gpt-6-luna", "standard", (300_000, 0, 100_000, 0), "0.065", id="long write: 100,000 x 0.25"),
        pytest.param(
            "gpt-5.5-pro", "standard", (1000, 500, 0, 0), "0.03", id="cached costs input where no price is listed"
        ),
        pytest.param("gpt-4o", "standard", (1105, 0, 0, 0), "0.0027625", id="1105 x 2.5"),
        pytest.param("gpt-4o", "priority", (1105, 0, 0, 0), None, id="no such tier"),
        pytest.param("gpt-4o", "standard", (None, 0, 0, 5), None, id="the server did not say"),
        pytest.param("gpt-4o", "standard", (5, None, None, 5), "0.0000625", id="no word of a cache"),
        pytest.param("gpt-4o", "standard", (5, None, None, None), None, id="no word of the output"),
    ],
)
def test_bills_are_worked_out_from_usage(
    name: str, tier: Tier, usage: tuple[int | None, int | None, int | None, int | None], expected: str | None
):
    said = Usage(input_tokens=usage[0], cached_tokens=usage[1], cache_write_tokens=usage[2], output_tokens=usage[3])
    assert billed_usd(prices_of(name), said, tier=tier) == usd(expected)


def test_decisions_have_a_price_for_what_is_cached() -> None:
    """Of 1,000 tokens 400 cached: 600 x 1 + 400 x 0.1, and the output is free."""
    rates = Rates(input=Decimal(1), cached_input=Decimal("0.1"), cache_write=Decimal(1), output=Decimal(0))
    prices = prices_of("gpt-6-luna")._replace(decisions=rates).for_decisions()
    said = Usage(input_tokens=1000, cached_tokens=400, cache_write_tokens=0, output_tokens=7)
    assert billed_usd(prices, said, tier="standard") == Decimal("0.00064")
    listed = prices_of("gpt-6-luna").decisions
    assert listed is not None
    assert (listed.cached_input, listed.output) == (Decimal("0.1"), Decimal(0))
