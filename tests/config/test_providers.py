"""The provider files: that they are whole, and that the index names what is in them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prices import SOURCE, listed, spelled
from tests.providers import INDEX, build_index, provider_files
from visionask.config.catalog import load_catalog, server_at, server_named
from visionask.core.catalog import BASES

DATA = Path(__file__).parent.parent / "data"
FILES = provider_files()
MODELS = [(provider, name) for provider, table in FILES.items() for name in table["models"]]
DAY = re.compile(r"20\d\d-[01]\d-[0-3]\d")


def test_the_index_is_that_of_the_files() -> None:
    assert INDEX.read_text("utf-8") == build_index(), "run: python -m tests.providers"


@pytest.mark.parametrize("provider", FILES)
def test_a_provider_has_an_address_a_key_a_source_and_a_date(provider: str) -> None:
    table = FILES[provider]
    assert table["source"]
    assert DAY.fullmatch(table["checked"])
    if provider == "open-weights":
        return
    assert table["base_url"].startswith("http")
    assert table["examples"]
    assert not table["needs_key"] or table["api_key_env"].isidentifier()


@pytest.mark.parametrize(("provider", "name"), MODELS)
def test_a_model_has_a_rule_or_is_unknown_and_a_price_has_a_source(provider: str, name: str) -> None:
    model = load_catalog(moment="2026-11-28T12:00").find(name)
    assert model is not None
    assert model.provider == provider
    assert model.basis in BASES
    assert (model.rule is None) == (model.basis == "unknown")
    assert model.rule is not None or model.rule_note, "why it is not known"
    assert model.rule is None or (model.rule_source and DAY.fullmatch(model.rule_checked))
    if model.prices is not None:
        assert model.prices.source
        assert DAY.fullmatch(model.prices.checked)
        assert model.prices.standard.input is not None
        assert model.prices.standard.output is not None


def test_a_model_is_found_by_name_by_provider_and_by_snapshot() -> None:
    catalog = load_catalog()
    for name in ("claude-haiku-5-5", "anthropic/claude-haiku-5-5", "claude-haiku-5-5-20261001"):
        model = catalog.find(name)
        assert model is not None
        assert (model.entry, model.provider, model.basis) == ("claude-haiku-5-5", "anthropic", "exact")
    for name in ("openai/claude-haiku-5-5", "nobody/gpt-4o", "claude-haiku-5-5-2026100", "claude-haiku-5-5-2026-1001"):
        assert catalog.find(name) is None


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("https://api.anthropic.com/v1/", "anthropic"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1", "alibaba"),
        ("https://api.deepseek.com", "deepseek"),
        ("https://api.openai.com/v1", None),
        ("https://api.anthropic.com.evil.example/v1", None),
    ],
)
def test_a_host_stands_for_its_provider(base_url: str, provider: str | None) -> None:
    found = server_at(base_url)
    assert (None if found is None else found.name) == provider
    assert found is None or found == server_named(found.name)


@pytest.mark.parametrize(
    ("moment", "usd"),
    [
        ("2026-11-28T00:59", "0.15"),
        ("2026-11-28T01:00", "0.3"),
        ("2026-11-28T03:59", "0.3"),
        ("2026-11-28T04:00", "0.15"),
        ("2026-11-28T09:59", "0.3"),
        ("2026-11-28T10:00", "0.15"),
    ],
)
def test_prices_follow_the_hour_of_the_day(moment: str, usd: str) -> None:
    model = load_catalog(moment=moment).find("deepseek-flash")
    assert model is not None
    assert model.prices is not None
    assert model.prices.standard.input == Decimal(usd)


@pytest.mark.parametrize(("moment", "usd"), [("2026-12-31T23:59", "0.75"), ("2027-01-01T00:00", "1.5")])
def test_prices_follow_the_day(moment: str, usd: str) -> None:
    model = load_catalog(moment=moment).find("gemini-3.8-flash")
    assert model is not None
    assert model.prices is not None
    assert model.prices.standard.input == Decimal(usd)


def test_one_model_costs_the_reading_of_one_provider_file() -> None:
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from visionask.config.catalog import load_catalog
load_catalog().find(sys.argv[1])
print(sorted(name.rpartition("/")[2] for name in opened if "/data/" in name))
"""
    for name, files in (
        ("gpt-6-luna", ["index.json", "openai.json", "sight.json"]),
        ("claude-haiku-5-5", ["anthropic.json", "index.json", "sight.json"]),
    ):
        done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(files)


LISTED = [
    pytest.param(row, id=name)
    for table in FILES.values()
    for name, model in table["models"].items()
    if (row := model.get("prices") or {}) and SOURCE.match(row["source"])
]


@pytest.mark.parametrize("row", LISTED)
def test_prices_agree_with_genai_prices(row: dict[str, Any]) -> None:
    found = listed(row["source"], datetime(2026, 11, 27, 22, tzinfo=UTC))
    assert found is not None
    assert {key: row.get(key) for key in found} == found


def test_the_files_are_spelled_as_the_tools_write_them() -> None:
    for name, table in FILES.items():
        assert (INDEX.parent / f"{name}.json").read_text("utf-8") == spelled(table) + "\n"


LITELLM: dict[str, dict[str, str]] = json.loads((DATA / "litellm.json").read_text("utf-8"))["models"]
LITELLM_DIFFERS = {
    "deepseek-flash": "it lists the price of the peak hours",
    "pixtral-large-latest": "it alone lists a price of cached input",
}


@pytest.mark.parametrize("name", sorted(set(LITELLM) - set(LITELLM_DIFFERS)))
def test_prices_agree_with_litellm(name: str) -> None:
    model = load_catalog(moment="2026-11-28T12:00").find(name)
    assert model is not None
    assert model.prices is not None
    rates = model.prices.standard._asdict()
    theirs = {kind: Decimal(price) for kind, price in LITELLM[name].items() if kind != "entry"}
    assert {kind: rates[kind] for kind in theirs} == theirs


@pytest.mark.parametrize(("provider", "name"), MODELS)
def test_a_model_without_a_price_says_why(provider: str, name: str) -> None:
    model = FILES[provider]["models"][name]
    assert model.get("prices") or model.get("price_note") or model.get("answers_questions") is False


@pytest.mark.parametrize(("tokens", "usd"), [(32_000, "0.2"), (32_001, "0.3"), (128_000, "0.3"), (128_001, "0.6")])
def test_prices_rise_in_steps_with_the_length_of_the_prompt(tokens: int, usd: str) -> None:
    model = load_catalog().find("qwen3-vl-plus")
    assert model is not None
    assert model.prices is not None
    rates = model.prices.rates("standard", tokens)
    assert rates is not None
    assert rates.input == Decimal(usd)


ROUTES = FILES["openrouter"]["routes"]


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_has_a_known_model_and_the_price_of_genai_prices(name: str) -> None:
    row = ROUTES[name]["prices"]
    found = listed(row["source"], datetime(2026, 11, 27, 22, tzinfo=UTC))
    assert found is not None
    assert {key: row.get(key) for key in found} == found
    model = load_catalog().find(ROUTES[name]["model"])
    assert model is not None
    assert model.entry == ROUTES[name]["model"]
