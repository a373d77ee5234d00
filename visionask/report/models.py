"""How a model of the catalog is shown: a row, a page, a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.core.format import count, size
from visionask.core.tokens import LEVELS, has_level
from visionask.report.clean import one_line
from visionask.report.table import Column, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from visionask.core.catalog import Model, Server
    from visionask.core.prices import Rates
    from visionask.core.tokens import Level, Rule
    from visionask.report.console import Console

_MODELS = (
    Column("model", "name", width=22),
    Column("input", "number", width=8),
    Column("output", "number", width=8),
    Column("image tokens", "text", width=36),
    Column("shut down", goes=1),
)
_LOCAL = (
    Column("model", "name", width=16),
    Column("here", styles={"yes": "green"}),
    Column("size", "number", width=9),
    Column("about", "fold"),
)


def write_models(console: Console, models: Sequence[Model]) -> None:
    """Write a row for each model: prices are USD for 1,000,000 tokens."""
    write_table(console, _MODELS, map(_model_cells, models))


def _model_cells(model: Model) -> tuple[str, ...]:
    rates = None if model.prices is None else model.prices.standard
    rule = "unknown" if model.rule is None else _rule_brief(model.rule)
    if model.rule is not None and not model.is_sure:
        rule = f"~{rule}"
    prices = (_rate(None if rates is None else rates.input), _rate(None if rates is None else rates.output))
    return (one_line(model.name), *prices, rule, model.shutdown or "")


def _rate(rate: Decimal | None) -> str:
    return "unknown" if rate is None else f"${rate.normalize():f}"


def _rule_brief(rule: Rule) -> str:
    """Return a rule in a few words: what is counted, and by how much."""
    numbers = rule.levels["high"]
    kind = numbers["kind"]
    if kind == "grid":
        factor = "" if str(numbers.get("multiplier", "1")) == "1" else f"{numbers['multiplier']} x "
        return f"{factor}{numbers['cell']} px patches" + (f" + {numbers['extra']}" if numbers.get("extra") else "")
    if kind == "tiles":
        return f"{numbers['base']:,} + {numbers['tile_tokens']:,} x {numbers['tile']} px tiles"
    if kind == "fixed":
        return f"{numbers['tokens']:,} a picture"
    return f"1 for each {numbers['px_per_token']} px" if kind == "area" else f"a table of {len(numbers['rows'])} sizes"


def model_lines(model: Model, today: str, limits: Mapping[str, Any] | None, server: Server | None = None) -> list[str]:
    """Write all that is known about one model. `limits` and `server` are its provider's."""
    head, limit_lines = _head_lines(model, today), _limit_lines(model, limits, server)
    return [*head, *_rule_lines(model), *_price_lines(model), *limit_lines]


def _head_lines(model: Model, today: str) -> list[str]:
    lines = [one_line(model.name) + (f" (entry {model.entry})" if model.entry not in (model.name, None) else "")]
    if model.shutdown is not None:
        left = model.days_left(today) or 0
        note = f" ({model.shutdown_note})" if model.shutdown_note else ""
        if left > 0:
            lines.append(f"  will be shut down on {model.shutdown}{note}, in {count(left, 'day')}")
        else:
            lines.append(f"  was shut down on {model.shutdown}{note}")
    return lines


def _rule_lines(model: Model) -> list[str]:
    lines = []
    if model.rule is None:
        lines.append(f"  image tokens: unknown{f' ({model.rule_note})' if model.rule_note else ''}")
    else:
        lines.append(f"  image tokens: {_rule_brief(model.rule)}, {model.basis}")
        if model.rule_note:
            lines.append(f"    about: {one_line(model.rule_note)}")
        lines += [f"    {level}: {_level(model.rule, level)}" for level in LEVELS if has_level(model.rule, level)]
        lines.append(f"    without detail the provider takes {model.rule.auto}; visionask decides it here")
        lines.append(f"    source: {one_line(model.rule_source or 'config file')}, checked {model.rule_checked or '-'}")
    return lines


def _price_lines(model: Model) -> list[str]:
    prices = model.prices
    if prices is None and model.is_free:
        return ["  prices: none, on this machine"]
    if prices is None:
        return ["  prices: unknown" + (f" ({one_line(model.price_note)})" if model.price_note else "")]
    lines = ["  prices, USD for 1,000,000 tokens"]
    lines.append(f"    standard: {_rates(prices.standard)}")
    if prices.batch is not None:
        lines.append(f"    batch and flex: {_rates(prices.batch)}")
    if prices.long_context is not None:
        lines.append(f"    above {prices.long_context_above_tokens:,} input tokens: {_rates(prices.long_context)}")
    lines += [f"    above {above:,} input tokens: {_rates(rates)}" for above, rates in prices.steps]
    if prices.priority_multiplier is not None:
        lines.append(f"    priority: {prices.priority_multiplier} x standard")
    if prices.decisions is not None:
        lines.append(f"    typed questions (check): {_rates(prices.decisions)}")
    if prices.regional_multiplier is not None:
        lines.append(f"    at regional hosts: {prices.regional_multiplier} x each")
    if prices.until is not None:
        lines.append(f"    said to hold until {prices.until}")
    if prices.note:
        lines.append(f"    note: {one_line(prices.note)}")
    lines.append(f"    source: {one_line(prices.source)}, checked {prices.checked or '-'}")
    return lines


def _limit_lines(model: Model, limits: Mapping[str, Any] | None, server: Server | None) -> list[str]:
    """Return what one request to the model's provider may hold, and how the answer's limit is spelled."""
    if not model.answers_questions:
        return []
    if limits is None:
        return ["  what a request may hold is not known"]
    most = []
    if limits["max_images_per_request"] is not None:
        most.append(f"{limits['max_images_per_request']:,} images")
    if limits["max_request_bytes"] is not None:
        most.append(size(limits["max_request_bytes"]))
    if model.takes_decisions:
        most.append(f"{limits['max_questions_per_decision']:,} typed questions (check)")
    field = "max_completion_tokens" if model.is_reasoning else "max_tokens"
    if server is not None and server.token_field is not None:
        field = server.token_field
    taken = f"takes at most {', '.join(most)}" if most else "has no limit that is known"
    lines = [f"  a request {taken}; --max-tokens is sent as {field}"]
    if server is not None:
        lines.append(f"  asked at {server.base_url} ({server.about}), with the key in {server.api_key_env}")
        lines += [f"  note: {one_line(server.note)}"] if server.note else []
    if not model.is_askable:
        lines.append("  answered by the Responses API alone: it can be priced, and cannot be asked here")
    return [*lines, f"    source: {one_line(limits['source'])}, checked {limits['checked']}"]


def _level(rule: Rule, level: Level) -> str:
    """Return what holds at a level: how far a picture is shrunk, and what is refused."""
    numbers = rule.levels[level]
    if numbers["kind"] == "fixed":
        return f"{numbers['tokens']:,} tokens, whatever the size"
    words = {"side": "longest side {:,} px", "box": "fits {:,} px", "short_side": "shorter side {} px"}
    words |= {"max_cells": "at most {:,} patches", "max_px": "at most {:,} px", "max_tokens": "at most {:,} tokens"}
    words |= {"max": "at most {} tiles", "max_patches": "at most {:,} patches of 14 px"}
    told = [text.format(numbers[key]) for key, text in words.items() if numbers.get(key)]
    if numbers.get("refuse_above") and not numbers.get("max_cells"):
        told.append(f"refused above {numbers['refuse_above']:,}")
    return ", ".join(told) or "as it is"


def _rates(rates: Rates) -> str:
    return ", ".join(
        f"{kind.replace('_', ' ')} {_rate(rate)}" for kind, rate in rates._asdict().items() if rate is not None
    )


def model_dict(model: Model) -> dict[str, Any]:
    """Describe a model for a record; money as text."""
    return {
        "name": model.name,
        "entry": model.entry,
        "provider": model.provider or None,
        "basis": model.basis,
        "rule": _plain(model.rule),
        "rule_note": model.rule_note or None,
        "rule_source": model.rule_source or None,
        "rule_checked": model.rule_checked or None,
        "prices": _plain(model.prices),
        "encoding": model.encoding,
        "context_tokens": model.context_tokens,
        "is_askable": model.is_askable,
        "takes_decisions": model.takes_decisions,
        "is_reasoning": model.is_reasoning,
        "shutdown": model.shutdown,
        "shutdown_note": model.shutdown_note or None,
    }


def _plain(value: Any) -> Any:
    """Turn values into what JSON has; money as text."""
    from decimal import Decimal

    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def write_record(console: Console, data: dict[str, Any]) -> None:
    """Write a record that only carries data."""
    from visionask.report.records import dumps, envelope

    console.line(dumps(envelope("models", "ok") | {"data": data}))


def write_local_models(models: list[dict[str, Any]], console: Console, *, as_json: bool) -> None:
    """Write the models for this machine as a table or a record."""
    if as_json:
        write_record(console, {"models": models})
        return
    rows = []
    for model in models:
        room = "?" if model["size_bytes"] is None else size(model["size_bytes"])
        about = "; ".join(part for part in (model["about"], model["licence"]) if part)
        about += "" if model["is_tested"] else "; not tested here"
        rows.append((one_line(model["name"]), "yes" if model["is_here"] else "no", room, one_line(about)))
    write_table(console, _LOCAL, rows)
    console.note("a model that is not here: visionask local pull NAME")
