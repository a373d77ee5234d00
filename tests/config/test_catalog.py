"""The catalog with a user's own models, rules and prices over it, written as they are written: in TOML."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.providers import provider_files
from visionask.config.catalog import load_catalog, provider_index, shipped_model
from visionask.core.errors import ConfigError
from visionask.core.geometry import Size
from visionask.core.prices import Rates
from visionask.core.tokens import exact, image_tokens

if TYPE_CHECKING:
    from visionask.core.catalog import Catalog, Model


def catalog(toml: str) -> Catalog:
    return load_catalog(tomllib.loads(toml), origin="/home/me/config.toml")


def find(toml: str, name: str) -> Model:
    model = catalog(toml).find(name)
    assert model is not None
    return model


def test_no_config_gives_the_shipped_catalog():
    assert load_catalog().names == load_catalog({}).names == load_catalog({"profiles": {}}).names
    assert load_catalog().names == tuple(provider_index()["models"])


def test_a_new_tile_model():
    model = find(
        """
        [rules.mine]
        kind = "tile"
        base_tokens = 100
        tile_tokens = 200
        [models."my-model"]
        rule = "mine"
        encoding = "cl100k_base"
        framing = "chat-4-3"
        prices.standard = { input = "0.40", output = 1.6 }
        """,
        "my-model",
    )
    assert model.rule is not None
    high = model.rule.levels["high"]
    assert (high["base"], high["tile_tokens"], high["box"], high["short_side"]) == (100, 200, 2048, 768)
    assert image_tokens(model.rule, Size(1024, 1024), "low") == 100
    assert image_tokens(model.rule, Size(1024, 1024), "high") == 900  # 100 + 4 x 200
    assert model.prices is not None
    assert model.prices.standard == Rates(input=Decimal("0.40"), output=Decimal("1.6"))
    assert (model.prices.source, model.basis, model.encoding) == ("config file", "documented", "cl100k_base")
    assert model.framing is not None
    assert not model.is_reasoning


def test_a_new_patch_model():
    model = find(
        """
        [rules.qwen]
        kind = "patch"
        multiplier = 1.25
        patch_px = 28
        reject_above_patches = 16384
        auto = "low"
        source = "https://example.com/vision"
        checked = 2026-11-01
        levels.low = { box_px = 512 }
        levels.high = { box_px = 4096, budget_patches = 4000 }
        [models.qwen-vl]
        rule = "qwen"
        """,
        "qwen-vl",
    )
    assert model.rule is not None
    low, high = model.rule.levels["low"], model.rule.levels["high"]
    assert (low["side"], low.get("max_cells"), high["side"], high["max_cells"]) == (512, None, 4096, 4000)
    assert (exact(high["multiplier"]), high["cell"], high["refuse_above"]) == ((125, 100), 28, 16384)
    assert (model.rule.name, model.rule.auto) == ("qwen", "low")
    assert image_tokens(model.rule, Size(280, 280), "high") == 125  # 100 patches x 1.25
    assert (model.rule_source, model.rule_checked) == ("https://example.com/vision", "2026-11-01")
    assert model.prices is None


def test_a_rule_of_the_users_own_is_not_called_the_providers():
    toml = """
    [rules."patch-6"]
    kind = "tile"
    base_tokens = 1
    tile_tokens = 2
    """
    model = find(toml, "gpt-6-luna")
    assert model.rule is not None
    assert (model.rule.name, model.rule.levels["high"]["tile_tokens"]) == ("patch-6", 2)
    assert model.rule_source == "config file"


def test_like_starts_from_a_known_model_and_says_so():
    model = find('[models.mine]\nlike = "gpt-4o"', "mine")
    theirs = load_catalog().find("gpt-4o")
    assert theirs is not None
    assert (model.rule, model.prices, model.encoding) == (theirs.rule, theirs.prices, theirs.encoding)
    assert (model.basis, model.rule_note) == ("inferred", "config file: like gpt-4o")
    assert (model.shutdown, model.shutdown_note) == (None, "")


@pytest.mark.parametrize("name", ["gpt-5.6", "gpt-5.6-sol-2026-07-01", "gpt-5.6-2026-07-01"])
def test_like_takes_every_name_that_the_command_line_takes(name: str):
    model = find(f'[models.mine]\nlike = "{name}"', "mine")
    theirs = load_catalog().find("gpt-5.6-sol")
    assert theirs is not None
    assert (model.rule, model.prices) == (theirs.rule, theirs.prices)


def test_like_takes_a_model_of_the_same_file():
    toml = """
    [models.first]
    rule = "tile-85-170"
    [models.second]
    like = "first"
    """
    assert find(toml, "second").rule == find(toml, "first").rule is not None


def test_new_prices_leave_the_rule_alone():
    toml = '[models."gpt-4o".prices]\nstandard = { input = "1", output = "2" }'
    model, theirs = find(toml, "gpt-4o"), load_catalog().find("gpt-4o")
    assert theirs is not None
    assert model.prices is not None
    assert (model.rule, model.basis, model.shutdown) == (theirs.rule, "documented", theirs.shutdown)
    assert (model.prices.standard.input, model.prices.batch) == (Decimal(1), None)
    assert load_catalog().find("gpt-4o") == theirs, "the shipped catalog is not changed"


def test_new_prices_of_an_alias_leave_its_rule_alone():
    toml = '[models."gpt-5.6".prices]\nstandard = { input = "1", output = "2" }'
    theirs = load_catalog().find("gpt-5.6-sol")
    assert theirs is not None
    assert find(toml, "gpt-5.6").rule == theirs.rule
    assert find(toml, "gpt-5.6-sol").prices == theirs.prices


def test_new_prices_of_a_snapshot_leave_its_rule_alone():
    toml = '[models."gpt-4o-2024-08-06".prices]\nstandard = { input = "1", output = "2" }'
    theirs = load_catalog().find("gpt-4o")
    assert theirs is not None
    assert find(toml, "gpt-4o-2024-08-06").rule == theirs.rule
    assert find(toml, "gpt-4o-2024-11-20").prices == theirs.prices


def test_prices_are_exact_however_they_are_written():
    model = find(
        """
        [models.mine.prices]
        standard = { input = 0.1, cached_input = "0.010", output = 3 }
        batch = { input = 0.05, output = 1.5 }
        long_context = { input = 0.2, output = 4.5 }
        long_context_above_tokens = 1000
        priority_multiplier = 1.1
        checked = 2026-11-22
        note = "ours"
        """,
        "mine",
    )
    prices = model.prices
    assert prices is not None
    assert prices.standard == Rates(input=Decimal("0.1"), cached_input=Decimal("0.01"), output=Decimal(3))
    assert prices.priority_multiplier == Decimal("1.1")
    priority = prices.rates("priority", 1)
    assert priority is not None
    assert priority.input == Decimal("0.11")
    assert prices.is_long(1001)
    # As text, since records are JSON.
    assert json.dumps([prices.checked, prices.note]) == '["2026-11-22", "ours"]'


def test_dates_are_text():
    model = find("[models.mine]\nshutdown = 2027-01-01", "mine")
    assert model.shutdown == "2027-01-01"
    assert model.is_shut_down("2027-01-01")


def test_a_model_with_a_price_but_no_rule_has_no_tokens():
    model = find('[models.mine]\nprices.standard = { input = "1", output = "2" }', "mine")
    assert (model.rule, model.basis, model.framing) == (None, "unknown", None)


def test_every_shipped_rule_and_model_may_be_copied_into_a_config_file():
    rules = {f"my-{name}": rule for table in provider_files().values() for name, rule in table["rules"].items()}
    models = {
        f"my-{name}": {
            key: value for key, value in shipped_model(name).items() if value is not None and key != "provider"
        }
        for name in provider_index()["models"]
    }
    mine, theirs = load_catalog({"rules": rules, "models": models}), load_catalog()
    for name in provider_index()["models"]:
        copy, model = mine.find(f"my-{name}"), theirs.find(name)
        assert copy is not None
        assert model is not None
        assert (copy.rule, copy.prices, copy.shutdown) == (model.rule, model.prices, model.shutdown)


def test_near_names_include_the_users_own():
    assert catalog('[models."our-vision"]\nlike = "gpt-4o"').near("our-visoin") == ["our-vision"]


@pytest.mark.parametrize(
    ("toml", "key"), [("models = 3", "models"), ('rules = "x"', "rules"), ("models = []", "models")]
)
def test_a_table_that_is_none_is_named(toml: str, key: str):
    with pytest.raises(ConfigError, match=rf"^/home/me/config.toml: \[{key}\] must be a table$"):
        catalog(toml)


@pytest.mark.parametrize("rule", ["kind = {}", "kind = []", 'kind = "tile"\nauto = []', 'kind = "patch"\nlevels = 1'])
def test_a_rule_with_a_value_of_another_kind_is_refused(rule: str):
    with pytest.raises(ConfigError, match=r'rules."r"'):
        catalog(f"[rules.r]\n{rule}")


def test_loading_the_catalog_loads_no_more_than_it_needs():
    """`cost` and completions read it at every start: no TOML parser, no Decimal until a model has prices to give."""
    code = """
import sys
import visionask.config.catalog as catalog
catalog.load_catalog()
print(sorted({"decimal", "tomllib", "datetime", "difflib"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_decisions_are_had_by_the_model_that_the_provider_names_and_by_whom_the_user_says():
    assert [name for name in load_catalog().names if find("", name).takes_decisions] == ["gpt-6-luna"]
    assert not find('[models.mine]\nlike = "gpt-6-luna"', "mine").takes_decisions
    assert find("[models.mine]\ndecisions = { source = 'seen', checked = 2026-11-22 }", "mine").takes_decisions
