"""The loading of the catalog: `data/models.json`, and the user's own models over it.

The data is JSON and not TOML because it is read at every start: tomllib costs 4 ms to import and 10 ms to parse this
file, `json` under 1 ms. The user's `config.toml` takes the same keys:

    [models."my-model"]
    rule = "patch-5.4"                  # a rule by name, or like = "gpt-5.4" to start from a known model
    prices.standard = { input = "0.40", output = "1.60" }

    [rules."my-rule"]
    kind = "tile"
    base_tokens = 85
    tile_tokens = 170

The loading of `data/servers.json`: built-in profiles, and the limits of the servers behind them.

The loading of `data/batch_limits.json`: what one file of a provider's Batch API may hold.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from visionask.core.catalog import Catalog, Framing, Model, Server
from visionask.core.url import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.batch import Limits
    from visionask.core.plan import Sight
    from visionask.core.prices import Prices, Rates
    from visionask.core.tokens import Rule


Table = dict[str, Any]


DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data")


@cache
def shipped() -> Table:
    """Read the catalog that visionask ships."""
    import json

    with open(os.path.join(DATA, "models.json"), "rb") as file:
        table: Table = json.loads(file.read())
    return table


def load_sight() -> Sight:
    """Build the limits of what models see: they are the same for all."""
    from visionask.core.plan import Sight

    table = shipped()["sight"]
    return Sight(**{name: table[name] for name in Sight._fields})


def load_catalog(config: Mapping[str, Any] | None = None, *, origin: str = "config.toml") -> Catalog:
    """Build the catalog, with the `[models]` and `[rules]` of a config file over the shipped ones.

    Raises ConfigError that names the first bad key.
    """
    table = shipped()
    models, rules, aliases = table["models"], table["rules"], table["aliases"]
    if config and ("models" in config or "rules" in config):
        from visionask.config.own_models import Known, check_model, check_rule

        rules = rules | {
            name: check_rule(name, value, origin=origin) for name, value in _tables(config, "rules", origin).items()
        }
        own = _tables(config, "models", origin)
        models = dict(models)
        known = Known(models=models, aliases=aliases, rules=rules, framings=table["framings"])
        for name, value in own.items():  # one by one: a model may be like one above it
            models[name] = check_model(name, value, known=known, origin=origin)
        aliases = {alias: entry for alias, entry in aliases.items() if alias not in own}

    def load(name: str, entry: str) -> Model:
        return _model(name, entry, models[entry], rules, table["framings"])

    return Catalog(names=tuple(models), aliases=aliases, load=load, sight=load_sight())


def _tables(config: Mapping[str, Any], key: str, origin: str) -> Table:
    from visionask.core.errors import ConfigError

    value = config.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}: [{key}] must be a table", f'write [{key}."NAME"]')
    return value


def _model(name: str, entry: str, data: Table, rules: Table, framings: Table) -> Model:
    rule = rules[data["rule"]] if data.get("rule") else None
    framing = framings[data["framing"]] if data.get("framing") else None
    return Model(
        name=name,
        entry=entry,
        rule=None if rule is None else _rule(data["rule"], rule),
        basis=data.get("basis", "documented" if rule else "unknown"),
        rule_note=data.get("rule_note", ""),
        rule_source="" if rule is None else rule.get("source", ""),
        rule_checked="" if rule is None else rule.get("checked", ""),
        prices=_prices(data["prices"]) if data.get("prices") else None,
        encoding=data.get("encoding", "o200k_base"),
        framing=None
        if framing is None
        else Framing(message_tokens=framing["message_tokens"], reply_tokens=framing["reply_tokens"]),
        is_reasoning=data.get("reasoning", False),
        answers_questions=data.get("answers_questions", True),
        takes_decisions="decisions" in data,
        sight=load_sight(),
        shutdown=data.get("shutdown"),
        shutdown_note=data.get("shutdown_note", ""),
    )


def _rule(name: str, data: Table) -> Rule:
    from visionask.core.tokens import PatchLevel, PatchRule, TileRule

    if data["kind"] == "tile":
        return TileRule(
            name=name,
            **{
                key: data[key]
                for key in ("base_tokens", "tile_tokens", "box_px", "short_side_px", "tile_px", "auto")
                if key in data
            },
        )
    whole, _, part = str(data["multiplier"]).partition(".")
    levels = {
        level: PatchLevel(box_px=limits["box_px"], budget_patches=limits.get("budget_patches"))
        for level, limits in data["levels"].items()
    }
    return PatchRule(
        name=name,
        multiplier=(int(whole + part), 10 ** len(part)),
        levels=levels,
        auto=data["auto"],
        patch_px=data.get("patch_px", 32),
        reject_above_patches=data.get("reject_above_patches"),
    )


def _prices(data: Table) -> Prices:
    from decimal import Decimal

    from visionask.core.prices import Prices

    multiplier = data.get("priority_multiplier")
    return Prices(
        standard=_rates(data["standard"]),
        batch=_rates(data["batch"]) if "batch" in data else None,
        long_context=_rates(data["long_context"]) if "long_context" in data else None,
        long_context_above_tokens=data.get("long_context_above_tokens"),
        priority_multiplier=None if multiplier is None else Decimal(str(multiplier)),
        source=data.get("source", ""),
        checked=data.get("checked", ""),
        note=data.get("note", ""),
    )


def _rates(data: Table) -> Rates:
    from decimal import Decimal

    from visionask.core.prices import Rates

    return Rates(**{kind: Decimal(str(price)) for kind, price in data.items()})


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@cache
def _table() -> dict[str, Any]:
    import json

    with open(os.path.join(DATA, "servers.json"), "rb") as file:
        servers: dict[str, Any] = json.loads(file.read())["servers"]
    return servers


def server_names() -> tuple[str, ...]:
    """Name the profiles that are built in."""
    return tuple(_table())


def server_named(name: str) -> Server | None:
    """Find the server of a profile that is built in."""
    entry = _table().get(name)
    if entry is None:
        return None
    lists = {key: tuple(entry[key]) for key in ("omits", "models")}
    return Server(name=name, **{key: value for key, value in entry.items() if key != "hosts"} | lists)


def server_at(base_url: str) -> Server | None:
    """Find the server that a base URL leads to, by its host and port. `127.0.0.1:1234` is LM Studio's."""
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    there = f"{'localhost' if host in _THIS_MACHINE else host}:{port}"
    for name, entry in _table().items():
        if any(there == known or (known[0] == "." and host.endswith(known)) for known in entry["hosts"]):
            return server_named(name)
    return None


def batch_limits(base_url: str | None) -> Limits:
    """Find the limits of the provider behind a base URL; None is OpenAI."""
    from visionask.core.batch import Limits

    with open(os.path.join(DATA, "batch_limits.json"), "rb") as file:
        providers = json.loads(file.read())["providers"]
    host = host_of(base_url or "")
    entry = next(each for each in providers if not each["hosts"] or host in each["hosts"])
    return Limits(requests=entry["requests"], bytes=entry["bytes"], source=entry["source"], checked=entry["checked"])
