"""Wrong keys and values in a user's models, rules and prices: each is named, with what was expected."""

from __future__ import annotations

import tomllib

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.errors import ConfigError
from visionask.core.tokens import exact

TILE = '[rules.r]\nkind = "tile"\nbase_tokens = 85\ntile_tokens = 170\n'
PATCH = '[rules.r]\nkind = "patch"\nmultiplier = "1.2"\nlevels.low.box_px = 512\nlevels.high.box_px = 2048\n'
PRICES = '[models.m.prices]\nstandard = { input = "1", output = "2" }\n'


def refusal(toml: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_catalog(tomllib.loads(toml), origin="c.toml")
    assert "\n" not in caught.value.message + caught.value.hint
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        pytest.param("[rules]\nr = 1", 'c.toml: rules."r" must be a table, not 1', id="rule is a number"),
        pytest.param(
            "[rules.r]", 'c.toml: rules."r".kind must be grid, tiles, fixed, area, table, not None', id="no kind"
        ),
        pytest.param(
            '[rules.r]\nkind = "hex"',
            """c.toml: rules."r".kind must be grid, tiles, fixed, area, table, not 'hex'""",
            id="other kind",
        ),
        pytest.param(
            '[rules.r]\nkind = "tile"\nbase_tokens = 1', 'c.toml: rules."r".tile_tokens is missing', id="half a tile"
        ),
        pytest.param(TILE + "tile_pixel = 3", 'c.toml: rules."r".tile_pixel is not known', id="unknown key of a rule"),
        pytest.param(
            TILE + "box_px = 0", 'c.toml: rules."r".box_px must be a whole number above 0, not 0', id="nothing"
        ),
        pytest.param(
            TILE + "box_px = -5", 'c.toml: rules."r".box_px must be a whole number above 0, not -5', id="negative"
        ),
        pytest.param(
            TILE + "box_px = 2.5", 'c.toml: rules."r".box_px must be a whole number above 0, not 2.5', id="fraction"
        ),
        pytest.param(
            TILE + "box_px = true", 'c.toml: rules."r".box_px must be a whole number above 0, not True', id="flag"
        ),
        pytest.param(
            TILE + 'auto = "original"',
            """c.toml: rules."r".auto must be low or high, not 'original'""",
            id="a tile model has no original",
        ),
        pytest.param(
            TILE + "checked = 20261122",
            'c.toml: rules."r".checked must be a date such as 2026-11-22, not 20261122',
            id="a number that looks like a date",
        ),
        pytest.param(
            TILE + 'checked = "2026-W47-1"',
            """c.toml: rules."r".checked must be a date such as 2026-11-22, not '2026-W47-1'""",
            id="a week, which does not sort as text",
        ),
        pytest.param(
            TILE + "checked = 2026-11-22T10:00:00",
            'c.toml: rules."r".checked must be a date such as 2026-11-22, not datetime.datetime(2026, 11, 22, 10, 0)',
            id="a time",
        ),
        pytest.param(
            TILE + 'checked = "2026-02-30"',
            """c.toml: rules."r".checked must be a date such as 2026-11-22, not '2026-02-30'""",
            id="no such day",
        ),
        pytest.param(
            '[rules.r]\nkind = "patch"\nlevels = {}', 'c.toml: rules."r".multiplier is missing', id="no multiplier"
        ),
        pytest.param(
            '[rules.r]\nkind = "patch"\nmultiplier = 1\nlevels = {}',
            'c.toml: rules."r".levels.low is missing',
            id="no levels",
        ),
        pytest.param(
            PATCH + "levels.medium.box_px = 9", 'c.toml: rules."r".levels.medium is no detail level', id="odd level"
        ),
        pytest.param(
            PATCH + "levels.odd = 9", 'c.toml: rules."r".levels.odd must be a table, not 9', id="odd flat level"
        ),
        pytest.param(
            PATCH + "levels.original = 9", 'c.toml: rules."r".levels.original must be a table, not 9', id="flat level"
        ),
        pytest.param(
            PATCH + "levels.original.budget_patches = 9",
            'c.toml: rules."r".levels.original.box_px is missing',
            id="level without a box",
        ),
        pytest.param(
            PATCH + "levels.high.budget = 9", 'c.toml: rules."r".levels.high.budget is not known', id="key of a level"
        ),
        pytest.param(
            PATCH + 'auto = "original"',
            'c.toml: rules."r".auto is original, which levels does not have',
            id="auto names a level that is not there",
        ),
        pytest.param("[models]\nm = 1", 'c.toml: models."m" must be a table, not 1', id="model is a number"),
        pytest.param("[models.m]\nrul = 1", 'c.toml: models."m".rul is not known', id="unknown key of a model"),
        pytest.param(
            '[models.m]\nrule = "patch-9"',
            """c.toml: models."m".rule names 'patch-9', which is no known rule""",
            id="unknown rule",
        ),
        pytest.param(
            '[models.m]\nlike = "gpt-6-lunar"',
            """c.toml: models."m".like names 'gpt-6-lunar', which is no known model""",
            id="unknown model",
        ),
        pytest.param('[models.m]\nframing = "x"', """c.toml: models."m".framing names 'x'""", id="unknown framing"),
        pytest.param(
            '[models.m]\nencoding = "p50k_base"',
            """c.toml: models."m".encoding must be o200k_base or cl100k_base, not 'p50k_base'""",
            id="unknown encoding",
        ),
        pytest.param(
            '[models.m]\nreasoning = "yes"',
            """c.toml: models."m".reasoning must be true or false, not 'yes'""",
            id="flag as text",
        ),
        pytest.param(
            '[models.m]\nbasis = "sure"',
            """c.toml: models."m".basis must be exact, documented, inferred, about or unknown, not 'sure'""",
            id="unknown basis",
        ),
        pytest.param(
            "[models.m]\nshutdown = 20270101",
            'c.toml: models."m".shutdown must be a date such as 2026-11-22, not 20270101',
            id="shutdown as a number",
        ),
        pytest.param("[models.m]\nprices = 1", 'c.toml: models."m".prices must be a table, not 1', id="flat prices"),
        pytest.param("[models.m.prices]", 'c.toml: models."m".prices.standard is missing', id="no standard"),
        pytest.param(
            '[models.m.prices]\nstandard = { input = "1" }',
            'c.toml: models."m".prices.standard.output is missing',
            id="no output price",
        ),
        pytest.param(PRICES + "bulk = {}", 'c.toml: models."m".prices.bulk is not known', id="unknown tier"),
        pytest.param(
            PRICES + "batch = { input = 1, outptu = 2 }",
            'c.toml: models."m".prices.batch.outptu is not known',
            id="misspelt price",
        ),
        pytest.param(
            PRICES + "long_context_above_tokens = 272000",
            'c.toml: models."m".prices.long_context is missing',
            id="a threshold without prices",
        ),
        pytest.param(
            PRICES + "long_context = { input = 1, output = 2 }",
            'c.toml: models."m".prices.long_context_above_tokens is missing',
            id="prices without a threshold",
        ),
        pytest.param(
            PRICES + "priority_multiplier = 0",
            'c.toml: models."m".prices.priority_multiplier must be a number such as "1.2", not 0',
            id="times nothing",
        ),
    ],
)
def test_the_bad_key_is_named(toml: str, message: str):
    assert refusal(toml).message == message


@pytest.mark.parametrize("value", ["-1", '"-0.1"', '"free"', '""', "nan", "inf", "true", '"NaN"', "[]", '"1,5"'])
def test_a_price_must_be_one(value: str):
    message = refusal(f'[models.m.prices]\nstandard = {{ input = {value}, output = "2" }}').message
    assert message.startswith('c.toml: models."m".prices.standard.input must be USD for 1,000,000 tokens')


@pytest.mark.parametrize("value", ["0", "-1.2", '"1.2x"', '"1e3"', '"1.2 "', '"1.2_5"', '" 1.2"', "nan", "true", '""'])
def test_a_multiplier_must_be_a_plain_number(value: str):
    """A trailing blank once read as 0.12: the digits after the point are counted."""
    toml = PATCH.replace('"1.2"', value)
    assert refusal(toml).message.startswith('c.toml: rules."r".multiplier must be a number such as "1.2", not ')


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", (1, 1)), ("2.46", (246, 100)), ('"1.20"', (120, 100)), ('"0.5"', (5, 10)), ("1.0", (10, 10))],
)
def test_a_multiplier_is_kept_as_an_exact_fraction(value: str, expected: tuple[int, int]):
    toml = PATCH.replace('"1.2"', value) + '[models.m]\nrule = "r"'
    model = load_catalog(tomllib.loads(toml)).find("m")
    assert model is not None
    assert model.rule is not None
    assert exact(model.rule.levels["high"]["multiplier"]) == expected


@pytest.mark.parametrize("value", ["0", '"0"', "0.0"])
def test_a_price_may_be_nothing(value: str):
    toml = f"[models.m.prices]\nstandard = {{ input = {value}, output = 0 }}"
    assert load_catalog(tomllib.loads(toml)).find("m") is not None


@pytest.mark.parametrize(
    ("toml", "hint"),
    [
        ('[models.m]\nlike = "gpt-6-lunar"', "did you mean gpt-6-luna"),
        ('[models.m]\nrule = "patch-61"', "did you mean patch-6"),
        ("[models.m]\nrul = 1", "did you mean rule"),
        (TILE + "base_token = 1", "did you mean base_tokens"),
        ("[models.m]\nzzz = 1", "known: like, rule, "),
    ],
)
def test_a_misspelt_key_is_answered_with_the_nearest(toml: str, hint: str):
    assert refusal(toml).hint.startswith(hint)
