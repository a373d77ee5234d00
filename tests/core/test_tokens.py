"""Image tokens: the sizing table of the guide, every known vector, and the sizes that are sent."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.errors import TooLarge, UsageError
from visionask.core.geometry import Size
from visionask.core.tokens import (
    LEVELS,
    Level,
    Rule,
    decide_level,
    exact,
    has_level,
    image_tokens,
    is_above_limit,
    sent_size,
)

from . import reference
from .reference import Patch, Tile

DATA = Path(__file__).parent.parent / "data"
VECTORS: list[dict[str, Any]] = json.loads((DATA / "token_vectors.json").read_text("utf-8"))["vectors"]
CATALOG = load_catalog()
KNOWN = {name: rule for name, rule in reference.RULES.items() if rule is not None}


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
    assert {name for name in CATALOG.names if CATALOG.providers[name] == "openai"} == set(reference.RULES)


@pytest.mark.parametrize("name", sorted(name for name, rule in KNOWN.items() if isinstance(rule, Patch)))
def test_patch_models_have_the_numbers_of_the_guide(name: str):
    expected, rule = KNOWN[name], rule_of(name)
    assert isinstance(expected, Patch)
    for level, numbers in rule.levels.items():
        assert Fraction(*exact(numbers["multiplier"])) == Fraction(expected.multiplier)
        assert (numbers["side"], numbers.get("max_cells")) == getattr(expected, level)
        assert (numbers["kind"], numbers["fit"], numbers["cell"]) == ("grid", "budget", 32)
        assert numbers["refuse_above"] == 30_000
    assert set(rule.levels) == set(reference.levels(expected))
    assert rule.auto == expected.auto


@pytest.mark.parametrize("name", sorted(name for name, rule in KNOWN.items() if isinstance(rule, Tile)))
def test_tile_models_have_the_numbers_of_the_guide(name: str):
    expected, rule = KNOWN[name], rule_of(name)
    assert isinstance(expected, Tile)
    low, high = rule.levels["low"], rule.levels["high"]
    assert (low["kind"], low["tokens"]) == ("fixed", expected.base)
    assert (high["kind"], high["choose"], high["tile"]) == ("tiles", "cover", 512)
    assert (high["base"], high["tile_tokens"]) == (expected.base, expected.per_tile)
    assert (high["box"], high["short_side"], rule.auto) == (2048, expected.short_side, "high")


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


def sent(
    name: str, size: tuple[int, int], level: Level, *, max_side_px: int | None = None, max_tokens: int | None = None
) -> Size:
    return sent_size(rule_of(name), Size(*size), level, max_side_px=max_side_px, max_tokens=max_tokens)


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
