"""The price before anything is sent: sums, tiers, long requests, cache writes, and what is not known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from visionask.config.catalog import load_catalog, server_named
from visionask.config.settings import Settings
from visionask.core.catalog import Model
from visionask.core.geometry import Size
from visionask.core.image import PictureSpec
from visionask.core.plan import Sizing
from visionask.core.prices import TIERS, Tier
from visionask.core.projection import Projection, Tally, Terms, project
from visionask.run.options import priced_at

CATALOG = load_catalog()


def picture(tokens: int | None, full_size_tokens: int | None = None) -> Sizing:
    return Sizing(
        upright=Size(10, 10),
        level="high",
        sent=Size(10, 10),
        tokens=tokens,
        full_size_tokens=full_size_tokens,
        spec=PictureSpec(width_px=10, height_px=10),
    )


def priced(name: str, *tokens: int | None, text_tokens: int = 0, terms: Terms | None = None) -> Projection:
    model = CATALOG.find(name) or Model(name=name, entry=None)
    pictures = [picture(count) for count in tokens]
    return project(model, pictures, text_tokens=text_tokens, is_text_about=False, terms=terms or Terms())


@pytest.mark.parametrize(
    ("name", "tokens", "text_tokens", "terms", "usd", "rate"),
    [
        pytest.param("gpt-6-luna", (3000,), 14, Terms(), "0.0003014", "standard", id="one image"),
        pytest.param("gpt-6-luna", (3000, 2942, 308), 12, Terms(), "0.0006262", "standard", id="three images"),
        pytest.param("gpt-6-luna", (3000,), 14, Terms(tier="batch"), "0.0001507", "batch", id="batch is half"),
        pytest.param("gpt-6-luna", (3000,), 14, Terms(tier="flex"), "0.0001507", "flex", id="flex is half"),
        pytest.param("gpt-6-luna", (3000,), 14, Terms(tier="priority"), "0.0006028", "priority", id="priority doubles"),
        pytest.param("gpt-6-luna", (272_000,), 0, Terms(), "0.0272", "standard", id="the last short request"),
        pytest.param(
            "gpt-6-luna", (272_000,), 1, Terms(), "0.0544002", "standard, long context", id="all of a long request"
        ),
        pytest.param(
            "gpt-6-luna", (300_000,), 0, Terms(tier="flex"), "0.03", "flex, long context", id="half of the long price"
        ),
        pytest.param(
            "gpt-6-luna",
            (1000,),
            24,
            Terms(pays_cache_write=True),
            "0.000128",
            "standard, cache write",
            id="a cache write from 1,024 tokens on: 1024 x 0.125",
        ),
        pytest.param(
            "gpt-6-luna", (1000,), 23, Terms(pays_cache_write=True), "0.0001023", "standard", id="none below that"
        ),
        pytest.param(
            "gpt-6-luna",
            (300_000,),
            0,
            Terms(pays_cache_write=True),
            "0.075",
            "standard, long context, cache write",
            id="a long cache write: 300,000 x 0.25",
        ),
        pytest.param(
            "gpt-4o", (1105,), 12, Terms(pays_cache_write=True), "0.0027925", "standard", id="no charge for writing"
        ),
        pytest.param("gpt-5.4-mini", (300_000,), 0, Terms(), "0.225", "standard", id="no long-context price"),
    ],
)
def test_input_is_priced_exactly_and_names_the_rate(
    name: str, tokens: tuple[int, ...], text_tokens: int, terms: Terms, usd: str, rate: str
):
    projection = priced(name, *tokens, text_tokens=text_tokens, terms=terms)
    assert (projection.input_usd, projection.rate) == (Decimal(usd), rate)
    assert projection.images == len(tokens)
    assert projection.image_tokens == sum(tokens)
    assert projection.input_tokens == sum(tokens) + text_tokens


def test_a_one_shot_request_avoids_the_cache_write_surcharge():
    assert priced("gpt-6-luna", 3000).input_usd == Decimal("0.0003")


@pytest.mark.parametrize(
    ("tokens", "limit", "usd"),
    [(3000, 300, "0.00015"), (300_000, 300, "0.000225"), (3000, None, None)],
)
def test_the_longest_answer_is_priced_where_it_is_bounded(tokens: int, limit: int | None, usd: str | None):
    projection = priced("gpt-6-luna", tokens, terms=Terms(max_output_tokens=limit))
    assert projection.max_output_usd == (None if usd is None else Decimal(usd))


def test_one_request_for_each_image_is_never_a_long_one():
    """200 images of 3,000 tokens are 600,000, in requests of 3,014 each: 200 x 0.0003014."""
    terms = Terms(is_one_request=False, max_output_tokens=100)
    projection = priced("gpt-6-luna", *[3000] * 200, text_tokens=14, terms=terms)
    assert (projection.images, projection.input_tokens, projection.text_tokens) == (200, 602_800, 2800)
    assert (projection.input_usd, projection.rate) == (Decimal("0.06028"), "standard")
    assert projection.max_output_usd == Decimal("0.01")  # 200 x 100 x 0.50 for 1,000,000


@pytest.mark.parametrize(
    ("name", "tokens", "terms"),
    [
        pytest.param("somebody-elses", (3000,), Terms(), id="no prices"),
        pytest.param("gpt-6-luna", (3000, None), Terms(), id="one image of unknown tokens"),
        pytest.param("gpt-5.3-codex", (3000,), Terms(tier="batch"), id="no batch price"),
        pytest.param("gpt-4o", (3000,), Terms(tier="priority"), id="no priority price"),
        pytest.param("gpt-5-codex-mini", (3000,), Terms(), id="a known rule, but no price"),
    ],
)
def test_an_unknown_price_is_none_and_never_nothing(name: str, tokens: tuple[int | None, ...], terms: Terms):
    assert priced(name, *tokens, terms=terms).input_usd is None


def test_a_model_on_this_machine_costs_nothing():
    projection = priced("somebody-elses", None, terms=Terms(is_free=True, max_output_tokens=5))
    assert (projection.input_usd, projection.max_output_usd, projection.rate) == (
        Decimal(0),
        Decimal(0),
        "this machine",
    )
    assert (projection.image_tokens, projection.input_tokens) == (None, None)


@pytest.mark.parametrize(
    ("name", "is_text_about", "basis", "is_about"),
    [
        ("gpt-6-astra", False, "documented", False),
        ("gpt-6-astra", True, "documented", True),
        ("gpt-6-luna", False, "exact", False),
        ("gpt-6-sol", False, "inferred", True),
        ("somebody-elses", False, "unknown", True),
    ],
)
def test_a_guess_is_called_about(name: str, is_text_about: bool, basis: str, is_about: bool):
    model = CATALOG.find(name) or Model(name=name, entry=None)
    projection = project(model, [picture(1)], text_tokens=1, is_text_about=is_text_about, terms=Terms())
    assert (projection.basis, projection.is_about) == (basis, is_about)


def test_full_size_is_summed_unless_one_is_unknown():
    tally = Tally()
    tally.add(picture(10, 100))
    tally.add(picture(10, 200))
    assert (tally.images, tally.tokens, tally.full_size_tokens) == (2, 20, 300)
    tally.add(picture(10, None))
    tally.add(picture(None, 50))
    tally.add(picture(5, 50))
    assert (tally.images, tally.tokens, tally.full_size_tokens) == (5, None, None)


sizes = st.lists(st.integers(1, 400_000), min_size=1, max_size=12)


@settings(max_examples=200, deadline=None, database=None)
@given(
    name=st.sampled_from(["gpt-6-luna", "gpt-4o", "claude-haiku-5-5", "gpt-5.4", "gpt-5-codex-mini"]),
    tokens=sizes,
    text_tokens=st.integers(0, 2000),
    tier=st.sampled_from(TIERS),
    pays_cache_write=st.booleans(),
    longest=st.none() | st.integers(1, 5000),
)
@example("gpt-6-luna", [3000, 20, 20], 14, "standard", True, None)
def test_a_scan_costs_what_its_requests_cost_one_by_one(
    name: str, tokens: list[int], text_tokens: int, tier: Tier, pays_cache_write: bool, longest: int | None
):
    """A mean of 1,024 tokens was told as all cache writes, though only the largest pays one."""
    terms = Terms(tier=tier, pays_cache_write=pays_cache_write, max_output_tokens=longest, is_one_request=False)
    whole = priced(name, *tokens, text_tokens=text_tokens, terms=terms)
    parts = [priced(name, each, text_tokens=text_tokens, terms=terms) for each in tokens]
    for field in ("input_usd", "max_output_usd", "standard_usd"):
        amounts = [getattr(part, field) for part in parts]
        assert getattr(whole, field) == (None if None in amounts else sum(amounts))
    assert whole.input_tokens == sum(part.input_tokens or 0 for part in parts)


@pytest.mark.parametrize(("base_url", "factor"), [("https://eu.api.openai.com/v1", "1.1"), (None, "1")])
def test_a_regional_host_costs_more_for_newer_models(base_url: str | None, factor: str):
    newer, older = CATALOG.find("gpt-5.4"), CATALOG.find("gpt-4o")
    assert newer is not None
    assert older is not None
    settings_ = Settings(base_url=base_url)
    assert newer.prices is not None
    there = priced_at(newer, settings_).prices
    assert there is not None
    assert there.standard.input == Decimal("2.5") * Decimal(factor)
    assert there.batch is not None
    assert there.batch.output == Decimal("7.5") * Decimal(factor)
    assert priced_at(older, settings_) == older


@pytest.mark.parametrize(
    ("name", "base_url", "server", "is_about"),
    [
        pytest.param("gpt-4o", None, None, False, id="OpenAI"),
        pytest.param("gpt-4o", "https://gateway.example/v1", None, True, id="a server that nobody knows"),
        pytest.param("gpt-4o", "https://mine.openai.azure.com/openai/v1/", "azure", False, id="Azure has its models"),
        pytest.param("gpt-4o", "https://openrouter.ai/api/v1", "openrouter", True, id="a gateway"),
        pytest.param("claude-haiku-5-5", "https://api.anthropic.com/v1/", "anthropic", False, id="its provider"),
    ],
)
def test_a_model_that_is_asked_elsewhere_is_priced_about(
    name: str, base_url: str | None, server: str | None, is_about: bool
):
    model = CATALOG.find(name)
    assert model is not None
    found = priced_at(model, Settings(base_url=base_url, server=None if server is None else server_named(server)))
    projection = project(found, [picture(100)], text_tokens=0, is_text_about=False, terms=Terms())
    assert projection.is_about is is_about
    assert projection.input_usd is not None
