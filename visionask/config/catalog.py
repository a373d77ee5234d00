"""The loading of `data/providers/`: models, rules and prices, the limits of servers and of Batch APIs.

One file holds what is known of one provider, with source and date: hosts, key variable, what its endpoint refuses,
limits, token rules, models with dated prices. A command reads `index.json`, which names the file of each model, rule
and host, and then the one file that it needs (`python -m tests.providers` writes the index).

The data is JSON and not TOML because it is read at every start: tomllib costs 4 ms to import and 10 ms to parse one of
these files, `json` under 1 ms. The user's `config.toml` takes the same keys:

    [models."my-model"]
    rule = "patch-5.4"                  # a rule by name, or like = "gpt-5.4" to start from a known model
    prices.standard = { input = "0.40", output = "1.60" }

    [rules."my-rule"]
    kind = "grid"
    fit = "largest"
    cell = 28
    side = 1568
    max_cells = 1568
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from visionask.core.catalog import Catalog, Framing, Model, Server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.batch import Limits
    from visionask.core.plan import Sight
    from visionask.core.prices import Prices, Rates


Table = dict[str, Any]
DATA = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data")
OPENAI, WEIGHTS = "openai", "open-weights"  # the files that no profile stands for


@cache
def read_data(name: str) -> Table:
    """Return the table of a data file."""
    with open(os.path.join(DATA, name), "rb") as file:
        table: Table = json.loads(file.read())
    return table


def provider_table(name: str) -> Table:
    """Return all that is known of a provider."""
    return read_data(os.path.join("providers", f"{name}.json"))


def provider_index() -> Table:
    """Return which file holds a model, an alias, a rule, a host."""
    return read_data(os.path.join("providers", "index.json"))


def openai_limits() -> Table:
    """Return what one request to OpenAI may hold."""
    limits: Table = provider_table(OPENAI)["limits"]
    return limits


def request_limits(provider: str) -> Table | None:
    """Return what one request to a provider may hold, None where that is not known, with source and date."""
    if provider in (OPENAI, ""):
        return openai_limits() if provider else None
    table = provider_table(provider)
    return {
        "max_images_per_request": table.get("images"),
        "max_request_bytes": table["body_bytes"],
        "source": table["source"],
        "checked": table["checked"],
    }


def load_sight() -> Sight:
    """Return the limits of what models see: they are the same for all."""
    from visionask.core.plan import Sight

    table = read_data("sight.json")
    return Sight(**{name: table[name] for name in Sight._fields})


def load_catalog(
    config: Mapping[str, Any] | None = None, *, origin: str = "config.toml", moment: str | None = None
) -> Catalog:
    """Return the catalog, with the `[models]` and `[rules]` of a config file over the shipped ones.

    `moment` is the time in UTC as ISO text (`2026-11-28T02:18`) whose prices hold; None is now.
    Raises ConfigError that names the first bad key.
    """
    index = provider_index()
    models: Table = {}
    rules: Table = {}
    aliases: Mapping[str, str] = index["aliases"]
    if config and ("models" in config or "rules" in config):
        from visionask.config.own_models import Known, check_model, check_rule

        rules = {name: check_rule(name, value, origin=origin) for name, value in _tables(config, "rules", origin)}
        known = Known(models, index["models"], aliases, rules, index["rules"], _framings(), shipped_model)
        for name, value in _tables(config, "models", origin):  # one by one: a model may be like one above it
            models[name] = check_model(name, value, known=known, origin=origin)
        aliases = {alias: entry for alias, entry in aliases.items() if alias not in models}

    def load(name: str, entry: str) -> Model:
        return _model(name, entry, models[entry] if entry in models else shipped_model(entry), rules, moment)

    names = (*index["models"], *(name for name in models if name not in index["models"]))
    return Catalog(names=names, aliases=aliases, load=load, providers=index["models"], sight=load_sight())


def find_provider(name: str) -> str | None:
    """Return the id of the provider whose model a name stands for; None for a model that no file has.

    A kind of local server has whatever stands behind its name: `ollama/gemma3:12b`.
    """
    from visionask.core.catalog import entry_of

    index = provider_index()
    if name.partition("/")[0] in index["engines"] and "/" in name:
        return name.partition("/")[0]
    for known in (name, name.partition("/")[2]):
        entry = entry_of(known, index["models"], aliases=index["aliases"])
        if entry is not None:
            provider: str = index["models"][entry]
            return provider if known == name or name.startswith(f"{provider}/") else None
    return None


def open_model(name: str, server: Server | None = None) -> Model | None:
    """Return an open model by the family that its name tells, with the rule of the engine that serves it.

    `server` is the one that is asked, or stands before the name (`ollama/gemma3`). Without one, a name with a tag
    (`gemma3:12b`) or of a GGUF file is taken to be llama.cpp's. None for a family that nobody knows.
    """
    import re

    home, slash, rest = name.partition("/")
    if slash and home in provider_index()["engines"]:
        server, name = server_named(home), rest
    is_prefixed = bool(slash) and name == rest
    engine = None if server is None else server.engine
    word = name.lower().rpartition("/")[2]
    if engine is None:
        engine = "llamacpp" if ":" in word or word.endswith("gguf") else "weights"
    for pattern, released, ours in provider_table(WEIGHTS)["families"]:
        if re.search(f"(?<![a-z])(?:{pattern})", word):
            rule = ours if engine == "llamacpp" else released
            return None if rule is None else _open(name, rule, engine)._replace(is_free=is_prefixed)
    return None


def _open(name: str, rule: str, engine: str) -> Model:
    basis, note = "inferred", "the processor of the weights as released; a server may have other limits"
    if engine == "llamacpp":
        basis, note = "about", "llama.cpp's own limits, read in its source and not run; --image-max-tokens moves them"
    data = {"rule": rule, "basis": basis, "rule_note": note, "provider": WEIGHTS, "text_factor": 1.0}
    return _model(name, None, data, {}, None)


def routed_model(name: str, server: Server, catalog: Catalog) -> Model | None:
    """Return a model as a server that passes requests on spells it, at that server's price; None where it is unknown.

    It is counted as its own provider counts, which holds while the route leads there: so it is about.
    """
    route = provider_table(server.name).get("routes", {}).get(name)
    model = None if route is None else catalog.find(route["model"])
    if route is None or model is None:
        return None
    note = f"counted as {route['model']} counts, which holds where the route leads to its own provider"
    return model._replace(
        name=name, provider=server.name, basis="about", rule_note=note, prices=_prices(route["prices"], None)
    )


def router_names() -> list[str]:
    """Return the providers that pass requests on to others; every provider's file is read for it."""
    return [name for name in provider_index()["hosts"] if provider_table(name).get("routes")]


def routed_models(provider: str, catalog: Catalog) -> list[Model]:
    """Return the models that a provider passes requests on to, as it spells them; none where it is no such one."""
    server = server_named(provider)
    names = () if server is None else provider_table(provider).get("routes", ())
    found = [routed_model(name, server, catalog) for name in names if server is not None]
    return [model for model in found if model is not None]


def shipped_model(entry: str) -> Table:
    """Return the data of a model that a provider file has, and the provider's id in it."""
    provider = provider_index()["models"][entry]
    data: Table = provider_table(provider)["models"][entry]
    return data | {"provider": provider}


def _framings() -> Table:
    framings: Table = provider_table(OPENAI)["framings"]
    return framings


def _tables(config: Mapping[str, Any], key: str, origin: str) -> list[tuple[str, Any]]:
    from visionask.core.errors import ConfigError

    value = config.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{origin}: [{key}] must be a table", f'write [{key}."NAME"]')
    return list(value.items())


def _rule_table(name: str, own: Table) -> Table:
    if name in own:
        table: Table = own[name]
        return table
    shipped: Table = provider_table(provider_index()["rules"][name])["rules"][name]
    return shipped


def _model(name: str, entry: str | None, data: Table, own_rules: Table, moment: str | None) -> Model:
    from visionask.core.tokens import rule_of

    rule = _rule_table(data["rule"], own_rules) if data.get("rule") else None
    doubt = data.get("doubt")
    framing = _framings()[data["framing"]] if data.get("framing") else None
    return Model(
        name=name,
        entry=entry,
        provider=data.get("provider", ""),
        rule=None if rule is None else rule_of(data["rule"], rule),
        basis=data.get("basis", "documented" if rule else "unknown"),
        doubt=None if doubt is None else rule_of(doubt, _rule_table(doubt, own_rules)),
        rule_note=data.get("rule_note", ""),
        rule_source="" if rule is None else rule.get("source", ""),
        rule_checked="" if rule is None else rule.get("checked", ""),
        prices=_prices(data["prices"], moment) if data.get("prices") else None,
        price_note=data.get("price_note", ""),
        encoding=data.get("encoding", "o200k_base"),
        text_factor=data.get("text_factor"),
        framing=None if framing is None else Framing(framing["message_tokens"], framing["reply_tokens"]),
        is_reasoning=data.get("reasoning", False),
        answers_questions=data.get("answers_questions", True),
        is_askable=not data.get("only_responses", False),
        context_tokens=data.get("context_tokens"),
        takes_decisions="decisions" in data,
        sight=load_sight(),
        shutdown=data.get("shutdown"),
        shutdown_note=data.get("shutdown_note", ""),
    )


def _prices(data: Table, moment: str | None) -> Prices:
    """Return the prices that hold at a moment: of the last period that has begun, and of the hour of the day (UTC)."""
    from decimal import Decimal

    from visionask.core.prices import Prices

    if "periods" in data or "hours" in data:
        import time

        moment = moment or time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
        held = [period for period in data.get("periods", ()) if period["from"] <= moment[:10]]
        held += [hours for hours in data.get("hours", ()) if hours["from"] <= moment[11:16] < hours["to"]]
        for each in held:
            data = data | {key: value for key, value in each.items() if key not in ("from", "to")}

    def factor(key: str) -> Decimal | None:
        return None if data.get(key) is None else Decimal(str(data[key]))

    return Prices(
        standard=_rates(data["standard"]),
        batch=_rates(data["batch"]) if "batch" in data else None,
        long_context=_rates(data["long_context"]) if "long_context" in data else None,
        decisions=_rates(data["decisions"]) if "decisions" in data else None,
        steps=tuple(
            (step["above_tokens"], _rates({key: value for key, value in step.items() if key != "above_tokens"}))
            for step in data.get("steps", ())
        ),
        long_context_above_tokens=data.get("long_context_above_tokens"),
        priority_multiplier=factor("priority_multiplier"),
        regional_multiplier=factor("regional_multiplier"),
        source=data.get("source", ""),
        checked=data.get("checked", ""),
        until=data.get("until"),
        note=data.get("note", ""),
    )


def _rates(data: Table) -> Rates:
    from decimal import Decimal

    from visionask.core.prices import Rates

    return Rates(**{kind: Decimal(str(price)) for kind, price in data.items()})


_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def server_names() -> tuple[str, ...]:
    """Return the names of the profiles that are built in: a provider or a kind of server each."""
    return tuple(name for name in provider_index()["hosts"] if name not in (OPENAI, WEIGHTS))


def engine_names() -> tuple[str, ...]:
    """Return the names of the local servers, which have every open model."""
    return tuple(provider_index()["engines"])


def server_named(name: str) -> Server | None:
    """Return the server of a profile that is built in."""
    if name not in server_names():
        return None
    table = provider_table(name)
    facts = {key: table[key] for key in Server._fields if key in table}
    lists = {key: tuple(table.get(key, ())) for key in ("omits", "examples", "formats")}
    lists |= {"many": tuple(table["many"])} if table.get("many") else {}
    return Server(name=name, **(facts | lists))


def server_at(base_url: str) -> Server | None:
    """Return the server that a base URL leads to, by its host, and by its port on this machine (1234: LM Studio)."""
    try:
        parts = urlsplit(base_url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    names = {host, f"localhost:{port}" if host in _THIS_MACHINE else host}
    for provider, hosts in provider_index()["hosts"].items():
        if any(known in names or (known[0] == "." and host.endswith(known)) for known in hosts):
            return server_named(provider)
    return None


def batch_limits(base_url: str | None) -> Limits:
    """Return the limits of the Batch API behind a base URL: the provider's own, else OpenAI's."""
    from visionask.core.batch import Limits

    server = server_at(base_url or "")
    entry = (provider_table(server.name).get("batch") if server else None) or provider_table(OPENAI)["batch"]
    return Limits(requests=entry["requests"], bytes=entry["bytes"], source=entry["source"], checked=entry["checked"])
