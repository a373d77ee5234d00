"""Image tokens: the sizing table of the guide, every known vector, and the laws that make the projection hold."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from visionask.config.catalog import load_catalog
from visionask.core.errors import TooLarge, UsageError
from visionask.core.geometry import Size
from visionask.core.tokens import (
    LEVELS,
    Level,
    PatchRule,
    Rule,
    decide_level,
    has_level,
    image_tokens,
    is_above_limit,
    provider_size,
    sent_size,
)

from . import reference
from .reference import Patch, Tile

DATA = Path(__file__).parent.parent / "data"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "token_vectors.json").read_text("utf-8"))["vectors"]
CATALOG = load_catalog()
KNOWN = {name: rule for name, rule in reference.RULES.items() if rule is not None}
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


def rule_of(name: str) -> Rule:
    model = CATALOG.find(name)
    assert model is not None
    assert model.rule is not None
    return model.rule


def billed(name: str, size: tuple[int, int], level: Level) -> int | None:
    try:
        return image_tokens(rule_of(name), Size(*size), level)
    except TooLarge:
        return None


def test_the_catalog_and_the_table_name_the_same_models():
    assert set(CATALOG.names) == set(reference.RULES)


@pytest.mark.parametrize("name", sorted(name for name, rule in KNOWN.items() if isinstance(rule, Patch)))
def test_patch_models_have_the_numbers_of_the_guide(name: str):
    expected, rule = KNOWN[name], rule_of(name)
    assert isinstance(expected, Patch)
    assert isinstance(rule, PatchRule)
    assert Fraction(*rule.multiplier) == Fraction(expected.multiplier)
    assert {level: (at.box_px, at.budget_patches) for level, at in rule.levels.items()} == {
        level: getattr(expected, level) for level in reference.levels(expected)
    }
    assert (rule.auto, rule.patch_px, rule.reject_above_patches) == (expected.auto, 32, 30_000)


@pytest.mark.parametrize("name", sorted(name for name, rule in KNOWN.items() if isinstance(rule, Tile)))
def test_tile_models_have_the_numbers_of_the_guide(name: str):
    expected, rule = KNOWN[name], rule_of(name)
    assert isinstance(expected, Tile)
    assert not isinstance(rule, PatchRule)
    assert (rule.base_tokens, rule.tile_tokens) == (expected.base, expected.per_tile)
    assert (rule.box_px, rule.short_side_px, rule.tile_px, rule.auto) == (2048, expected.short_side, 512, "high")


@pytest.mark.parametrize("name", sorted(name for name, rule in reference.RULES.items() if rule is None))
def test_models_without_a_known_rule_have_none(name: str):
    model = CATALOG.find(name)
    assert model is not None
    assert (model.rule, model.basis) == (None, "unknown")
    assert model.rule_note


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: f"{row['id']}-{row['model']}")
def test_every_vector_is_reproduced(row: dict[str, Any]):
    rule = rule_of(row["model"])
    # gpt-image-1 at low fidelity is its tile rule; its high fidelity has no rule here.
    detail = {"auto": rule.auto, "input_fidelity=low": "high"}.get(row["detail"], row["detail"])
    tokens = billed(row["model"], (row["width"], row["height"]), detail)
    if row.get("rejected"):
        assert tokens is None
    else:
        assert tokens is not None
        # The tolerance is the distance allowed from a bill; from the rule, which `tokens` states, there is none.
        assert tokens == row["tokens"]
        assert abs(tokens - row.get("measured", tokens)) <= row.get("tolerance", 0)


def test_the_vectors_are_all_there():
    assert len(VECTORS) == 254
    assert {row["model"] for row in VECTORS} <= set(CATALOG.names)
    assert sum(bool(row.get("rejected")) for row in VECTORS) == 3


@pytest.mark.parametrize(
    ("name", "size", "level", "tokens"),
    [
        pytest.param("gpt-6-astra", (2048, 2048), "high", 3000, id="4096 patches to 2500, x 1.2"),
        pytest.param("gpt-6-astra", (4096, 512), "high", 2458, id="2048 patches x 1.2 = 2457.6"),
        pytest.param("gpt-5.6-sol", (4096, 512), "high", 615, id="box 2048: 512 patches x 1.2 = 614.4"),
        pytest.param("gpt-5.6-sol", (4000, 2500), "original", 11_850, id="9875 patches x 1.2"),
        pytest.param("o4-mini", (1800, 2400), "high", 2498, id="1452 patches x 1.72 = 2497.44"),
        pytest.param("gpt-5.4", (2048, 2048), "low", 4916, id="low is dearer than high: 4096 patches"),
        pytest.param("gpt-5.4", (2048, 2048), "high", 3000, id="2500 patches"),
        pytest.param("gpt-5.2", (2048, 2048), "low", 4916, id="low saves nothing"),
        pytest.param("gpt-4.1-mini", (2048, 2048), "high", 6636, id="4096 x 1.62 = 6635.52"),
        pytest.param("gpt-4.1-nano", (32, 32), "high", 3, id="1 x 2.46"),
        pytest.param("gpt-5-nano", (1024, 1024), "high", 1536, id="1024 x 1.5"),
        pytest.param("gpt-6-luna", (512, 512), "low", 308, id="256 x 1.2 = 307.2"),
        pytest.param("gpt-6-luna", (5120, 5120), "low", 308, id="the box of low"),
        pytest.param("gpt-6-luna", (160, 32), "high", 6, id="5 x 1.2 is 6 exactly, no float above it"),
        pytest.param("gpt-4o", (128, 64), "high", 255, id="never enlarged: 1 tile"),
        pytest.param("gpt-4o", (1024, 512), "high", 425, id="2 tiles, short side under 768"),
        pytest.param("gpt-4o", (2049, 513), "high", 1445, id="2048 x 513: 4 x 2 tiles"),
        pytest.param("gpt-4o", (2050, 513), "high", 765, id="2048 x 512: 4 tiles"),
        pytest.param("gpt-4o", (1366, 1024), "high", 765, id="1024.5 rounds down: 2 x 2 tiles"),
        pytest.param("gpt-4o", (2048, 768), "high", 1445, id="the most: 8 tiles"),
        pytest.param("gpt-4o-mini", (768, 2048), "high", 48_169, id="the most: 2833 + 8 x 5667"),
        pytest.param("gpt-4o-mini", (9999, 9999), "low", 2833, id="low is the base"),
        pytest.param("gpt-5.1", (2048, 2048), "high", 630, id="70 + 4 x 140"),
        pytest.param("o3", (128, 64), "low", 75, id="base"),
        pytest.param("gpt-image-1", (1024, 1025), "high", 194, id="short side 512: 1 tile"),
        *(
            pytest.param("gpt-6-astra", (side, side), "high", 3000, id=f"doubles would give 2,882 at {side}")
            for side in (1659, 1708, 1874)
        ),
    ],
)
def test_worked_examples(name: str, size: tuple[int, int], level: Level, tokens: int):
    assert billed(name, size, level) == tokens


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        pytest.param((6400, 4800), 36_000, id="200 x 150 = 30,000 patches"),
        pytest.param((6368, 4800), 35_820, id="one column less"),
        pytest.param((6401, 4800), None, id="one px more: 30,150 patches"),
        pytest.param((10_000, 10_000), None, id="97,969 patches"),
    ],
)
def test_more_than_30000_patches_are_refused(size: tuple[int, int], tokens: int | None):
    assert billed("gpt-5.6-sol", size, "original") == tokens


def test_the_refusal_names_patches_and_limit():
    with pytest.raises(TooLarge) as caught:
        image_tokens(rule_of("gpt-5.6-sol"), Size(6000, 6000), "original")
    assert (
        caught.value.message == "6000 x 6000 px needs 35,344 patches at original detail, and the provider takes 30,000"
    )
    assert "--no-resize" in caught.value.hint


@pytest.mark.parametrize(
    ("size", "level"),
    [((512, 512), "low"), ((513, 1), "high"), ((1, 513), "high"), ((512, 511), "low"), ((1, 1), "low")],
)
def test_auto_is_low_within_512_px(size: tuple[int, int], level: str):
    assert decide_level(Size(*size)) == level


def test_original_is_taken_only_where_the_guide_lists_it():
    taking = {name for name in KNOWN if has_level(rule_of(name), "original")}
    assert taking == {name for name in KNOWN if name.startswith(("gpt-6", "gpt-5.6", "gpt-5.5", "gpt-5.4"))}
    assert all(has_level(rule_of(name), level) for name in KNOWN for level in ("low", "high"))
    assert get_args(Level) == LEVELS


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


def sent(
    name: str, size: tuple[int, int], level: Level, *, max_side_px: int | None = None, max_tokens: int | None = None
) -> Size:
    return sent_size(rule_of(name), Size(*size), level, max_side_px=max_side_px, max_tokens=max_tokens)


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


@pytest.mark.parametrize(
    ("name", "level", "hint"),
    [("gpt-4o", "high", "--detail low"), ("gpt-4o", "low", "allow more tokens"), ("gpt-6-luna", "low", "allow more")],
)
def test_a_limit_that_no_size_meets_is_a_usage_error(name: str, level: Level, hint: str):
    with pytest.raises(UsageError) as caught:
        sent(name, (3000, 2000), level, max_tokens=1)
    assert hint in caught.value.hint
    assert ("--detail low" in caught.value.hint) == (level != "low")


@pytest.mark.parametrize(
    ("name", "size", "level", "expected"),
    [
        pytest.param("gpt-6-luna", (4000, 3000), "high", (1824, 1368), id="57 x 43 = 2451 patches"),
        pytest.param("gpt-5.6-luna", (4000, 3000), "high", (1824, 1368), id="2048 x 1536 first, then the same"),
        pytest.param("gpt-6-luna", (4000, 3000), "low", (512, 384), id="low is made here"),
        pytest.param("gpt-5.4", (4000, 3000), "low", (512, 384), id="also where the provider's low is 2048 px"),
        pytest.param("gpt-4o", (4000, 3000), "low", (512, 384), id="and where low costs the base anyway"),
        pytest.param("gpt-4o", (4000, 3000), "high", (1024, 768), id="short side 768"),
        pytest.param("gpt-5.6-luna", (10_000, 1), "original", (10_000, 2), id="1 px becomes 2"),
        pytest.param("gpt-5.6-sol", (10_000, 10_000), "original", (5536, 5536), id="173 x 173 = 29,929 patches"),
    ],
)
def test_the_size_that_is_sent(name: str, size: tuple[int, int], level: Level, expected: tuple[int, int]):
    assert sent(name, size, level) == expected


@pytest.mark.parametrize(
    ("name", "size", "level", "is_above"),
    [
        ("gpt-5.6-sol", (6400, 4800), "original", False),
        ("gpt-5.6-sol", (6401, 4800), "original", True),
        ("gpt-5.6-sol", (9999, 9999), "high", False),
        ("gpt-5.5", (9999, 9999), "original", False),
        ("gpt-4o", (9999, 9999), "high", False),
    ],
)
def test_only_what_the_provider_would_refuse_is_above_the_limit(
    name: str, size: tuple[int, int], level: Level, is_above: bool
):
    assert is_above_limit(rule_of(name), Size(*size), level) is is_above
    assert not is_above_limit(None, Size(*size), level)
