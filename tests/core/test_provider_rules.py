"""Image tokens of every provider: each known vector, and the laws of what is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers import provider_files
from visionask.core.errors import TooLarge, UsageError
from visionask.core.fits import CHOICES, FITS
from visionask.core.geometry import Size
from visionask.core.tokens import Rule, image_tokens, provider_size, rule_of, sent_size

DATA = Path(__file__).parent.parent / "data"
GROUPS: list[dict[str, Any]] = json.loads((DATA / "provider_vectors.json").read_text("utf-8"))["groups"]
TABLES = {name: table for file in provider_files().values() for name, table in file["rules"].items()}
RULES = {name: rule_of(name, table) for name, table in TABLES.items()}
ABROAD = {name: rule for name, rule in RULES.items() if not name.startswith(("patch-", "tile-"))}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group['rule']}-{group['kind']}")
def test_every_vector_is_reproduced(group: dict[str, Any]) -> None:
    for width, height, tokens in group["sizes"]:
        found = image_tokens(RULES[group["rule"]], Size(width, height), "high")
        assert abs(found - tokens) <= group["tolerance"], (width, height)


def test_the_vectors_are_all_there() -> None:
    assert sum(len(group["sizes"]) for group in GROUPS) == 922
    assert {group["rule"] for group in GROUPS} <= set(RULES)


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_has_a_source_a_date_and_a_worked_number(name: str) -> None:
    table = TABLES[name]
    assert table["source"]
    assert table["checked"].startswith("2026-")
    width, height, tokens = table["worked"]
    assert image_tokens(RULES[name], Size(width, height), "high") == tokens


def test_every_fit_and_choice_is_used() -> None:
    numbers = [level for rule in RULES.values() for level in rule.levels.values()]
    assert {each["fit"] for each in numbers if each["kind"] == "grid"} == set(FITS)
    assert {each["choose"] for each in numbers if each["kind"] == "tiles"} == set(CHOICES)


@pytest.mark.parametrize(
    ("name", "size", "tokens"),
    [
        pytest.param("claude-high", (1920, 1080), 2691, id="69 x 39"),
        pytest.param("claude-high", (3840, 2160), 4784, id="2576 x 1449: 92 x 52"),
        pytest.param("claude-high", (4032, 3024), 4740, id="2212 x 1659: 79 x 60"),
        pytest.param("claude-standard", (1920, 1080), 1560, id="1456 x 819: 52 x 30"),
        pytest.param("claude-standard", (1075, 1520), 1551, id="924 x 1307: 33 x 47"),
        pytest.param("claude-standard", (1092, 1092), 1521, id="w x h / 750 would be 1,590"),
        pytest.param("gemini3", (64, 64), 1089, id="enlarged: 33 x 33"),
        pytest.param("gemini3", (1024, 1024), 1089, id="the same shape"),
        pytest.param("gemini3", (1600, 900), 1100, id="44 x 25"),
        pytest.param("gemini3", (400, 100), 1056, id="66 x 16"),
        pytest.param("dashscope-32", (3024, 4032), 2496, id="43 x 58 + 2"),
        pytest.param("qwen3-vl", (1920, 1080), 2042, id="60 x 34 + 2"),
        pytest.param("mistral-1540", (1920, 1080), 1736, id="(55 + 1) x 31"),
        pytest.param("mistral-1540", (100, 2000), 220, id="tall"),
        pytest.param("mistral-1540", (2000, 100), 168, id="wide"),
        pytest.param("kimi-k2.5", (3024, 4032), 4144, id="56 x 74"),
        pytest.param("kimi-k3", (3024, 4032), 15_552, id="108 x 144"),
        pytest.param("glm-5-next", (3024, 4032), 7933, id="7,931 + 2"),
        pytest.param("deepseek-v4.1", (512, 512), 184, id="below the least"),
        pytest.param("deepseek-v4.1", (4000, 3000), 1001, id="solved for"),
        pytest.param("grok-4.5-measured", (768, 336), 268, id="24 x 11 + 4"),
        pytest.param("internvl", (640, 480), 3330, id="4 x 3 and a thumbnail: 13 x 256 + 2"),
        pytest.param("smolvlm-512", (512, 512), 1127, id="enlarged to 4 x 4 tiles"),
        pytest.param("perplexity", (1024, 768), 1048, id="px / 750"),
    ],
)
def test_worked_examples(name: str, size: tuple[int, int], tokens: int) -> None:
    assert image_tokens(RULES[name], Size(*size), "high") == tokens


@pytest.mark.parametrize(
    ("name", "size", "sent"),
    [
        pytest.param("claude-high", (4032, 3024), (2212, 1659), id="largest"),
        pytest.param("claude-high", (1920, 1080), (1920, 1080), id="as it is"),
        pytest.param("mistral-1540", (1920, 1080), (1540, 866), id="box"),
        pytest.param("dashscope-32", (3024, 4032), (1376, 1856), id="smart: 43 x 58 cells of 32"),
        pytest.param("deepseek-v4.1", (4000, 3000), (1512, 1134), id="solve"),
        pytest.param("gemini3", (64, 64), (64, 64), id="never enlarged"),
        pytest.param("smolvlm-512", (512, 512), (512, 512), id="nor here"),
        pytest.param("grok-4.5-measured", (9000, 9000), (9000, 9000), id="no limit is known"),
    ],
)
def test_the_size_that_is_sent(name: str, size: tuple[int, int], sent: tuple[int, int]) -> None:
    assert provider_size(RULES[name], Size(*size), "high") == sent


def test_a_picture_that_is_too_thin_for_the_provider_is_refused() -> None:
    with pytest.raises(TooLarge, match="longer than 200 times"):
        image_tokens(RULES["qwen3-vl"], Size(1, 2000), "high")


rules = st.sampled_from(sorted(ABROAD.values(), key=lambda rule: rule.name))
sides = st.one_of(st.integers(2, 6000), st.sampled_from([28, 32, 448, 512, 1024, 1540, 2576]))
laws = settings(max_examples=200, deadline=None, database=None)


def counted(rule: Rule, size: Size) -> int | None:
    try:
        return image_tokens(rule, size, "high")
    except TooLarge:
        return None


@pytest.mark.parametrize("size", [(1, 1_000_000), (2**31 - 1, 1), (1000, 2**31 - 1)])
def test_the_longest_strips_that_a_header_can_state_are_counted_or_refused(size: tuple[int, int]) -> None:
    for rule in RULES.values():
        assert counted(rule, Size(*size)) != 0
    assert counted(RULES["nemotron-omni"], Size(1, 1_000_000)) == 3330  # its most: 13,312 patches / 4, and 2


@laws
@given(rule=rules, width=sides, height=sides)
def test_the_sent_size_costs_the_same_and_is_never_larger(rule: Rule, width: int, height: int) -> None:
    tokens = counted(rule, Size(width, height))
    if tokens is None:
        return
    sent = provider_size(rule, Size(width, height), "high")
    assert sent[0] <= width
    assert sent[1] <= height
    assert counted(rule, sent) == tokens


@laws
@given(rule=rules, width=sides, height=sides, share=st.floats(0.01, 1.2))
def test_a_token_limit_is_never_exceeded(rule: Rule, width: int, height: int, share: float) -> None:
    """Also where a smaller picture may cost more: 1024 x 768 costs less than 512 x 512 on SmolVLM."""
    tokens = counted(rule, Size(width, height))
    most = max(1, int((tokens or 1) * share))
    if tokens is None:
        return
    try:
        sent = sent_size(rule, Size(width, height), "high", max_side_px=None, max_tokens=most)
    except UsageError as error:
        told = error.message
        assert told.startswith(f"--image-tokens {most} ")
        return
    assert (counted(rule, sent) or 0) <= most
    if most >= tokens:
        assert counted(rule, sent) == tokens


@pytest.mark.parametrize("name", ["smolvlm-512", "internvl", "llama4", "gemini3"])
def test_a_limit_is_found_where_size_does_not_matter_or_more_px_cost_less(name: str) -> None:
    size = Size(1200, 900)
    tokens = image_tokens(RULES[name], size, "high")
    assert sent_size(RULES[name], size, "high", max_side_px=None, max_tokens=tokens) == provider_size(
        RULES[name], size, "high"
    )
