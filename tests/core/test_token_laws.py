"""Image tokens: the laws that make a projection hold, for every rule, level and size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from visionask.core.errors import UsageError
from visionask.core.geometry import Size
from visionask.core.tokens import is_above_limit, provider_size

from . import reference
from .reference import Tile
from .test_tokens import KNOWN, billed, rule_of, sent

if TYPE_CHECKING:
    from visionask.core.tokens import Level

# One model for each distinct rule and level: the laws are about rules, and 54 models share 14 of them.
CASES = sorted(
    {(rule, level): (name, level) for name, rule in KNOWN.items() for level in reference.levels(rule)}.values()
)

# Borders of patches, tiles, boxes and budgets, and the traps of floating point, come up as often as all other sizes.
sides = st.one_of(
    st.integers(1, 10_000),
    st.sampled_from([1, 2, 31, 32, 33, 511, 512, 513, 767, 768, 769, 1600, 1601, 1659, 1708, 1874, 2047, 2048, 2049]),
    st.sampled_from([3200, 3201, 4000, 4096, 5543, 5544, 5999, 6000, 6001, 8192, 9600, 9999, 10_000]),
)
sizes = st.tuples(sides, sides)
cases = st.sampled_from(CASES)
laws = settings(max_examples=250, deadline=None, database=None)


@laws
@given(case=cases, size=sizes)
@example(case=("gpt-6-astra", "high"), size=(1659, 1659))
@example(case=("gpt-5-mini", "high"), size=(1348, 2022))
def test_tokens_follow_the_documented_text(case: tuple[str, Level], size: tuple[int, int]):
    name, level = case
    assert billed(name, size, level) == reference.tokens(KNOWN[name], size, level)


@laws
@given(case=cases, size=sizes)
def test_width_and_height_may_be_swapped(case: tuple[str, Level], size: tuple[int, int]):
    name, level = case
    assert billed(name, size, level) == billed(name, size[::-1], level)
    lying, upright = sent(name, size, level), sent(name, size[::-1], level)
    assert lying == upright[::-1]


@laws
@given(case=cases, size=sizes, max_side_px=st.none() | st.integers(2, 10_000))
@example(case=("gpt-5.6-sol", "original"), size=(10_000, 10_000), max_side_px=None)
@example(case=("gpt-4o", "high"), size=(2049, 513), max_side_px=None)
def test_what_is_sent_is_never_enlarged_nor_shrunk_again(
    case: tuple[str, Level], size: tuple[int, int], max_side_px: int | None
):
    name, level = case
    chosen = sent(name, size, level, max_side_px=max_side_px)
    assert 2 <= chosen.width_px <= max(2, size[0])
    assert 2 <= chosen.height_px <= max(2, size[1])
    assert max(chosen) <= (10_000 if max_side_px is None else max_side_px)
    assert level != "low" or max(chosen) <= 512
    # The provider's rule, in its second reading, leaves the size alone: nobody resamples it again.
    if level != "low":
        assert reference.counted(KNOWN[name], chosen, level) == chosen
    assert not is_above_limit(rule_of(name), chosen, level)
    assert reference.tokens(KNOWN[name], chosen, level) == billed(name, chosen, level) is not None
    assert sent(name, chosen, level, max_side_px=max_side_px) == chosen


@laws
@given(case=cases, size=sizes)
def test_resizing_here_saves_nothing_and_costs_nothing(case: tuple[str, Level], size: tuple[int, int]):
    """Where visionask adds no limit of its own, the bill for the resized picture is the bill for the full one."""
    name, level = case
    full = billed(name, size, level)
    assume(full is not None and level != "low")
    assert billed(name, sent(name, size, level), level) == full


@laws
@given(case=cases, size=sizes)
def test_no_budget_is_exceeded(case: tuple[str, Level], size: tuple[int, int]):
    name, level = case
    rule = KNOWN[name]
    counted = provider_size(rule_of(name), Size(*size), level)
    if isinstance(rule, Tile):
        tiles = -(-counted[0] // 512) * -(-counted[1] // 512)
        assert level == "low" or tiles <= (4 if rule.short_side == 512 else 8)
        return
    box, budget = getattr(rule, level)
    assert max(counted) <= box
    assert reference.patches(counted) <= (budget or 97_969)
    assert reference.patches(sent(name, size, level)) <= min(budget or 30_000, 30_000)


@laws
@given(
    case=st.sampled_from([("gpt-6-astra", "original"), ("gpt-5.6-luna", "original"), ("gpt-5.2", "high")]),
    size=sizes,
    more=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
)
def test_more_pixels_never_cost_less_where_nothing_is_shrunk(
    case: tuple[str, Level], size: tuple[int, int], more: tuple[int, int]
):
    """Budgets and tiles are not monotone (2048 x 768 is 8 tiles, 2048 x 2048 only 4): plain patches are."""
    name, level = case
    limit = 2048 if name == "gpt-5.2" else 10_000
    small = min(size[0], limit), min(size[1], limit)
    large = min(small[0] + more[0], limit), min(small[1] + more[1], limit)
    refused = 10**9
    assert (billed(name, small, level) or refused) <= (billed(name, large, level) or refused)


@laws
@given(case=cases, size=sizes, side_px=st.integers(2, 10_000), less=st.integers(0, 500))
def test_a_smaller_max_side_never_costs_more(case: tuple[str, Level], size: tuple[int, int], side_px: int, less: int):
    name, level = case
    large = billed(name, sent(name, size, level, max_side_px=side_px), level)
    small = billed(name, sent(name, size, level, max_side_px=max(2, side_px - less)), level)
    assert large is not None
    assert small is not None
    assert small <= large


@laws
@given(case=cases, size=sizes, max_tokens=st.one_of(st.integers(1, 40_000), st.integers(1, 3000)))
@example(case=("gpt-4o", "high"), size=(3000, 2000), max_tokens=254)
@example(case=("gpt-4o", "high"), size=(3000, 2000), max_tokens=255)
@example(case=("gpt-6-luna", "high"), size=(3000, 2000), max_tokens=1)
@example(case=("gpt-6-luna", "high"), size=(3000, 2000), max_tokens=2)
@example(case=("gpt-5.6-luna", "original"), size=(9000, 7000), max_tokens=20_000)
def test_a_token_limit_gives_the_largest_size_within_it(
    case: tuple[str, Level], size: tuple[int, int], max_tokens: int
):
    name, level = case
    rule = KNOWN[name]
    unlimited = sent(name, size, level)
    least = reference.tokens(rule, (1, 1), level)
    assert least is not None
    if max_tokens < least:
        with pytest.raises(UsageError, match=f"--image-tokens {max_tokens} .* the least is {least}"):
            sent(name, size, level, max_tokens=max_tokens)
        return
    chosen = sent(name, size, level, max_tokens=max_tokens)
    tokens = reference.tokens(rule, chosen, level)
    assert tokens is not None
    assert tokens <= max_tokens
    if chosen != unlimited:
        larger = reference.boxed(unlimited, max(chosen) + 1)
        assert (reference.tokens(rule, larger, level) or 0) > max_tokens
        assert max(chosen) < max(unlimited)
