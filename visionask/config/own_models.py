"""The checking of a user's own models, rules and prices: each bad key is named, with what was expected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visionask.core.catalog import entry_of
from visionask.core.errors import ConfigError
from visionask.core.tokens import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


Table = dict[str, Any]


Check = tuple["Callable[[Any], bool]", str]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_date(value: Any) -> bool:
    import datetime as dt

    if isinstance(value, dt.date):
        return not isinstance(value, dt.datetime)
    try:
        # Weeks and undashed dates are ISO too, but dates are compared as text.
        return isinstance(value, str) and dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_price(value: Any) -> bool:
    from decimal import Decimal, InvalidOperation

    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return False
    return price.is_finite() and price >= 0


def _is_multiplier(value: Any) -> bool:
    # The loader counts the digits after the point: a blank or an underscore among them would move it.
    is_number = isinstance(value, str | int | float) and not isinstance(value, bool)
    return is_number and re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(value)) is not None and float(value) > 0


COUNT: Check = (_is_count, "a whole number above 0")


TEXT: Check = (lambda value: isinstance(value, str), "a text")


FLAG: Check = (lambda value: isinstance(value, bool), "true or false")


DATE: Check = (_is_date, "a date such as 2026-11-22")


PRICE: Check = (_is_price, 'USD for 1,000,000 tokens, such as "0.40"')


MULTIPLIER: Check = (_is_multiplier, 'a number such as "1.2"')


TABLE: Check = (lambda value: isinstance(value, dict), "a table")


TILE_LEVEL: Check = (lambda value: value in ("low", "high"), "low or high")


LEVEL: Check = (lambda value: value in LEVELS, "low, high or original")


_SOURCE = {"source": TEXT, "checked": DATE}


_TILE = {
    "kind": TEXT,
    "base_tokens": COUNT,
    "tile_tokens": COUNT,
    "box_px": COUNT,
    "short_side_px": COUNT,
    "tile_px": COUNT,
    "auto": TILE_LEVEL,
}


_PATCH = {
    "kind": TEXT,
    "multiplier": MULTIPLIER,
    "levels": TABLE,
    "auto": LEVEL,
    "patch_px": COUNT,
    "reject_above_patches": COUNT,
}


_LEVEL = {"box_px": COUNT, "budget_patches": COUNT}


_MODEL = {
    "like": TEXT,
    "rule": TEXT,
    "rule_note": TEXT,
    "basis": (lambda value: value in ("documented", "inferred", "unknown"), "documented, inferred or unknown"),
    "encoding": (lambda value: value in ("o200k_base", "cl100k_base"), "o200k_base or cl100k_base"),
    "framing": TEXT,
    "reasoning": FLAG,
    "answers_questions": FLAG,
    "decisions": TABLE,
    "shutdown": DATE,
    "shutdown_note": TEXT,
    "prices": TABLE,
}


_PRICES = {
    "standard": TABLE,
    "batch": TABLE,
    "long_context": TABLE,
    "long_context_above_tokens": COUNT,
    "priority_multiplier": MULTIPLIER,
    "note": TEXT,
    **_SOURCE,
}


_RATES = {"input": PRICE, "cached_input": PRICE, "cache_write": PRICE, "output": PRICE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a user's model may name: models by entry, alias or snapshot; rules; framings."""

    models: Table
    aliases: Mapping[str, str]
    rules: Table
    framings: Table

    def base(self, name: str) -> Table | None:
        """Give the data of the model that a name stands for."""
        entry = entry_of(name, self.models, aliases=self.aliases)
        return None if entry is None else self.models[entry]


def check_rule(name: str, data: Any, *, origin: str) -> Table:
    """Check one `[rules.NAME]`; returns it as the loader takes it. Raises ConfigError that names the bad key."""
    where = f'{origin}: rules."{name}"'
    _table(where, data)
    kind = data.get("kind")
    if kind not in ("tile", "patch"):
        raise ConfigError(
            f"{where}.kind must be tile or patch, not {kind!r}", "see `visionask models NAME` for examples"
        )
    if kind == "tile":
        _keys(where, data, _TILE | _SOURCE, needed=("base_tokens", "tile_tokens"))
        return {"source": "config file", **_plain(data)}
    _keys(where, data, _PATCH | _SOURCE, needed=("multiplier", "levels"))
    for level, limits in data["levels"].items():
        if level not in LEVELS:
            raise ConfigError(f"{where}.levels.{level} is no detail level", "use low, high and original")
        _table(f"{where}.levels.{level}", limits)
        _keys(f"{where}.levels.{level}", limits, _LEVEL, needed=("box_px",))
    for level in ("low", "high"):
        if level not in data["levels"]:
            raise ConfigError(f"{where}.levels.{level} is missing", "give box_px, such as { box_px = 2048 }")
    data = {"auto": "high", **data}
    if data["auto"] not in data["levels"]:
        raise ConfigError(f"{where}.auto is {data['auto']}, which levels does not have", "name one of its levels")
    return {"source": "config file", **_plain(data)}


def check_model(name: str, data: Any, *, known: Known, origin: str) -> Table:
    """Check one `[models.NAME]`, and lay it over the model that it is `like` (or the shipped one of its own name).

    Raises ConfigError that names the bad key.
    """
    where = f'{origin}: models."{name}"'
    _table(where, data)
    _keys(where, data, _MODEL, needed=())
    like = data.get("like")
    found = known.base(name if like is None else like)
    if like is not None and found is None:
        raise ConfigError(f"{where}.like names {like!r}, which is no known model", _near(like, known.models))
    if "rule" in data and data["rule"] not in known.rules:
        near = _near(data["rule"], known.rules)
        raise ConfigError(f"{where}.rule names {data['rule']!r}, which is no known rule", near)
    if "framing" in data and data["framing"] not in known.framings:
        raise ConfigError(f"{where}.framing names {data['framing']!r}", f"known: {', '.join(known.framings)}")
    base: Table = dict(found or {})
    if like is not None:
        note = f"config file: like {like}"
        base |= {"basis": "inferred", "rule_note": note, "shutdown": None, "shutdown_note": ""}
        base.pop("decisions", None)  # the provider names the models that have them
    if "rule" in data:
        base |= {"basis": "documented", "rule_note": ""}
    own = {key: value for key, value in data.items() if key != "like"}
    if "decisions" in own:
        _keys(f"{where}.decisions", own["decisions"], _SOURCE, needed=())
    if "prices" in own:
        own["prices"] = _check_prices(f"{where}.prices", own["prices"])
    return base | _plain(own)


def _check_prices(where: str, data: Table) -> Table:
    long = ("long_context", "long_context_above_tokens")
    _keys(where, data, _PRICES, needed=("standard", *(long if any(key in data for key in long) else ())))
    for kind in ("standard", "batch", "long_context"):
        if kind in data:
            _keys(f"{where}.{kind}", data[kind], _RATES, needed=("input", "output"))
    return {"source": "config file", **_plain(data)}


def _table(where: str, data: Any) -> None:
    if not isinstance(data, dict):
        raise ConfigError(f"{where} must be a table, not {data!r}", "see the README, Models of your own")


def _keys(where: str, data: Mapping[str, Any], known: Mapping[str, Check], *, needed: Iterable[str]) -> None:
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"{where}.{key} is not known", _near(key, known))
        is_right, expected = known[key]
        if not is_right(value):
            raise ConfigError(f"{where}.{key} must be {expected}, not {value!r}", "correct the value")
    for key in needed:
        if key not in data:
            raise ConfigError(f"{where}.{key} is missing", f"it must be {known[key][1]}")


def _plain(data: Mapping[str, Any]) -> Table:
    """Turn TOML dates into text, as the shipped data has them."""
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in data.items()}


def _near(name: str, known: Iterable[str]) -> str:
    from visionask.core.catalog import near_names

    found = near_names(name, known)
    return f"did you mean {' or '.join(found)}?" if found else f"known: {', '.join(list(known)[:12])}"
