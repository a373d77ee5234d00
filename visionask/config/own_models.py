"""The checking of a user's own models, rules and prices: each bad key is named, with what was expected.

A rule takes the schema of the provider files (`core/tokens.py`, `core/fits.py`); a file cannot add a fit. The two kinds
of the first versions, `tile` and `patch`, are read as what they are: tiles that cover, and cells in a budget.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from visionask.config.tables import Check, check_table, check_values, nearest
from visionask.core.catalog import BASES, entry_of
from visionask.core.errors import ConfigError
from visionask.core.fits import CHOICES, FITS
from visionask.core.namedtuple import NamedTuple
from visionask.core.tokens import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping


Table = dict[str, Any]
MOST_TILES = 64  # of a rule of the user's own: the choices try every grid


def _whole(least: int, most: int | None = None) -> Check:
    told = f"a whole number {'above 0' if least else 'from 0'}" + ("" if most is None else f", at most {most}")

    def is_right(value: Any) -> bool:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return is_number and value >= least and (most is None or value <= most)

    return Check(is_right, told)


def _one_of(words: Iterable[Any]) -> Check:
    known = list(words)
    told = [str(word).lower() if isinstance(word, bool) else word for word in known]
    return Check(lambda value: value in known, " or ".join((", ".join(told[:-1]), told[-1])) if told[1:] else told[0])


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


def _are_rows(length: int) -> Callable[[Any], bool]:
    def is_right(value: Any) -> bool:
        return bool(isinstance(value, list) and value) and all(
            isinstance(row, list) and len(row) == length and all(COUNT.is_right(number) for number in row)
            for row in value
        )

    return is_right


COUNT, WHOLE = _whole(1), _whole(0)
TEXT = Check(lambda value: isinstance(value, str), "a text")
FLAG = Check(lambda value: isinstance(value, bool), "true or false")
DATE = Check(_is_date, "a date such as 2026-11-22")
TIME = Check(lambda value: isinstance(value, str) and re.fullmatch(r"[0-2]\d:[0-5]\d", value) is not None, "HH:MM")
PRICE = Check(_is_price, 'USD for 1,000,000 tokens, such as "0.40"')
MULTIPLIER = Check(_is_multiplier, 'a number such as "1.2"')
TABLE = Check(lambda value: isinstance(value, dict), "a table")
ROWS = Check(lambda value: isinstance(value, list) and all(map(TABLE.is_right, value)), "a list of tables")
LEVEL = _one_of(LEVELS)

_SOURCE = {"source": TEXT, "checked": DATE}
_RULE = {"kind": TEXT, "auto": LEVEL, "levels": TABLE, "worked": _whole(0), "tolerance": WHOLE, "basis": _one_of(BASES)}
_RULE["worked"] = Check(lambda value: _are_rows(3)([value]), "[width, height, tokens]")
_KINDS: Mapping[str, tuple[dict[str, Check], tuple[str, ...]]] = {  # of each kind: its keys, and those that it needs
    "grid": (
        {
            "fit": _one_of(FITS),
            "cell": COUNT,
            "multiplier": MULTIPLIER,
            "per_row": WHOLE,
            "extra": WHOLE,
            "refuse_above": COUNT,
        },
        ("fit", "cell"),
    ),
    "tiles": (
        {
            "choose": _one_of(CHOICES),
            "tile": COUNT,
            "base": WHOLE,
            "tile_tokens": COUNT,
            "single": COUNT,
            "max_counted": COUNT,
            "between_columns": WHOLE,
            "after_row": WHOLE,
        },
        ("choose", "tile", "base", "tile_tokens"),
    ),
    "fixed": ({"tokens": WHOLE}, ("tokens",)),
    "area": ({"px_per_token": MULTIPLIER, "round": _one_of(("floor", "ceil")), "extra": WHOLE}, ("px_per_token",)),
    "table": ({"rows": Check(_are_rows(3), "a list of [width, height, tokens]")}, ("rows",)),
}
_NUMBERS = {  # of the fits and choices, where they are no whole number above 0
    "cells": _one_of(("cover", "nearest")),
    "round": _one_of(("even", "up")),
    "grow_to_cell": FLAG,
    "tie": _one_of(("narrow", "wide")),
    "pinpoints": Check(_are_rows(2), "a list of [rows, columns]"),
    "max": _whole(1, MOST_TILES),
}
_FIRST = {  # the kinds of the first versions: their keys, and what those are called now
    "tile": {
        "base_tokens": (WHOLE, "base"),
        "tile_tokens": (COUNT, "tile_tokens"),
        "box_px": (COUNT, "box"),
        "short_side_px": (COUNT, "short_side"),
        "tile_px": (COUNT, "tile"),
        "auto": (_one_of(("low", "high")), "auto"),
    },
    "patch": {
        "multiplier": (MULTIPLIER, "multiplier"),
        "levels": (TABLE, "levels"),
        "auto": (LEVEL, "auto"),
        "patch_px": (COUNT, "cell"),
        "reject_above_patches": (COUNT, "refuse_above"),
        "box_px": (COUNT, "side"),
        "budget_patches": (COUNT, "max_cells"),
    },
}
_MODEL = {
    "like": TEXT,
    "rule": Check(lambda value: isinstance(value, str), "the name of a rule: write the rule itself as [rules.NAME]"),
    "rule_note": TEXT,
    "basis": _one_of(BASES),
    "doubt": TEXT,
    "encoding": _one_of(("o200k_base", "cl100k_base")),
    "text_factor": Check(lambda value: isinstance(value, int | float) and 0.1 <= value <= 10, "a number such as 1.3"),
    "framing": TEXT,
    "reasoning": FLAG,
    "answers_questions": FLAG,
    "only_responses": FLAG,
    "context_tokens": COUNT,
    "decisions": TABLE,
    "shutdown": DATE,
    "shutdown_note": TEXT,
    "price_note": TEXT,
    "prices": TABLE,
}
_RATES = {"input": PRICE, "cached_input": PRICE, "cache_write": PRICE, "output": PRICE}
_TIERS = ("standard", "batch", "long_context", "decisions")
_PRICES = {
    **dict.fromkeys(_TIERS, TABLE),
    "periods": ROWS,
    "hours": ROWS,
    "steps": ROWS,
    "long_context_above_tokens": COUNT,
    "priority_multiplier": MULTIPLIER,
    "regional_multiplier": MULTIPLIER,
    "until": DATE,
    "note": TEXT,
    **_SOURCE,
}


class Known(NamedTuple):
    """What a user's model may name: models by entry, alias or snapshot; rules; framings."""

    own: Table
    models: Collection[str]  # that are shipped
    aliases: Mapping[str, str]
    own_rules: Table
    rules: Collection[str]
    framings: Table
    load: Callable[[str], Table]

    def base(self, name: str) -> Table | None:
        """Return the data of the model that a name stands for."""
        entry = entry_of(name, {*self.models, *self.own}, aliases=self.aliases)
        if entry is None:
            return None
        own: Table | None = self.own.get(entry)
        return self.load(entry) if own is None else own


def check_rule(name: str, data: Any, *, origin: str) -> Table:
    """Check one `[rules.NAME]`; return it as the loader takes it. Raises ConfigError that names the bad key."""
    where = f'{origin}: rules."{name}"'
    check_table(where, data)
    kind = data.get("kind")
    if isinstance(kind, str) and kind in _FIRST:
        data = _modern(where, data, kind)
    elif not isinstance(kind, str) or kind not in _KINDS:
        hint = "see `visionask models NAME` for examples"
        raise ConfigError(f"{where}.kind must be {', '.join(_KINDS)}, not {kind!r}", hint)
    data = {"auto": "high", **_plain(data)}
    shared = {key: value for key, value in data.items() if key not in ("levels", "auto")}
    if not isinstance(data["auto"], str):
        raise ConfigError(
            f"{where}.auto must be the name of a level, not {data['auto']!r}", "name low, high or original"
        )
    if "levels" not in data:
        _check_numbers(where, shared, {})
        return {"source": "config file", **data}
    check_table(f"{where}.levels", data["levels"])
    for level, own in data["levels"].items():
        if level not in LEVELS:
            raise ConfigError(f"{where}.levels.{level} is no detail level", "use low, high and original")
        check_table(f"{where}.levels.{level}", own)
        _check_numbers(where, shared, own, inner=f"{where}.levels.{level}")
    for level in ("low", "high"):
        if level not in data["levels"]:
            raise ConfigError(f"{where}.levels.{level} is missing", "give what differs there, or an empty table")
    if data["auto"] not in data["levels"]:
        raise ConfigError(f"{where}.auto is {data['auto']}, which levels does not have", "name one of its levels")
    return {"source": "config file", **data}


def _check_numbers(where: str, shared: Table, own: Table, inner: str = "") -> None:
    """Check the numbers of a rule, as they hold at one level, or of a rule without levels."""
    table = shared | own
    kind = str(table.get("kind"))
    if kind not in _KINDS:
        raise ConfigError(f"{inner or where}.kind must be {', '.join(_KINDS)}, not {kind!r}", f"change kind in {where}")
    known, needed = _KINDS[kind]
    known = known | _RULE | _SOURCE
    way = FITS.get(str(table.get("fit"))) if kind == "grid" else CHOICES.get(str(table.get("choose")))
    if kind in ("grid", "tiles") and way is not None:
        known = {**dict.fromkeys((*way.needs, *way.takes), COUNT), **known}
        known |= {key: check for key, check in _NUMBERS.items() if key in (*way.needs, *way.takes)}
        needed = (*needed, *way.needs)
    if own:
        check_values(inner, own, known)
        known = known | {key: Check(lambda _: True, "") for key in shared}  # what another kind has, stands above
    check_values(where, shared, known)
    for key in needed:
        if key not in table:
            raise ConfigError(f"{inner or where}.{key} is missing", f"it must be {known[key].told}")


def _modern(where: str, data: Table, kind: str) -> Table:
    """Return a rule of the first versions as one of today, its keys checked under their own names."""
    keys = _FIRST[kind]
    checks = {"kind": TEXT, **_SOURCE, **{key: check for key, (check, _) in keys.items()}}

    def renamed(table: Table) -> Table:
        return {keys[key][1] if key in keys else key: value for key, value in table.items()}

    if kind == "tile":
        check_values(where, data, checks, needed=("base_tokens", "tile_tokens"))
        fixed = {"kind": "fixed", "tokens": data["base_tokens"]} if data["base_tokens"] else {}
        tiles = {"tile": 512, "choose": "cover", "box": 2048, "short_side": 768, **renamed(data), "kind": "tiles"}
        return {**tiles, "levels": {"low": fixed, "high": {}}}  # without a base, low is a picture like any other
    level = {key: checks.pop(key) for key in ("box_px", "budget_patches")}
    check_values(where, data, checks, needed=("multiplier", "levels"))
    for name, limits in data["levels"].items():
        check_table(f"{where}.levels.{name}", limits)
        if name in LEVELS:
            check_values(f"{where}.levels.{name}", limits, level, needed=("box_px",))
    levels = {name: renamed(limits) for name, limits in data["levels"].items()}
    return {"cell": 32, "fit": "budget", **renamed(data), "kind": "grid", "levels": levels}


def check_model(name: str, data: Any, *, known: Known, origin: str) -> Table:
    """Check one `[models.NAME]`, and lay it over the model that it is `like` (or the shipped one of its own name).

    Raises ConfigError that names the bad key.
    """
    where = f'{origin}: models."{name}"'
    check_table(where, data)
    check_values(where, data, _MODEL)
    like = data.get("like")
    found = known.base(name if like is None else like)
    if like is not None and found is None:
        hint = nearest(like, (*known.models, *known.own))
        raise ConfigError(f"{where}.like names {like!r}, which is no known model", hint)
    for key in ("rule", "doubt"):
        if key in data and data[key] not in known.own_rules and data[key] not in known.rules:
            hint = nearest(data[key], (*known.own_rules, *known.rules))
            raise ConfigError(f"{where}.{key} names {data[key]!r}, which is no known rule", hint)
    if "framing" in data and data["framing"] not in known.framings:
        raise ConfigError(f"{where}.framing names {data['framing']!r}", f"known: {', '.join(known.framings)}")
    base: Table = dict(found or {})
    if like is not None:
        note = f"config file: like {like}"
        base |= {"basis": "inferred", "rule_note": note, "shutdown": None, "shutdown_note": "", "provider": ""}
        base.pop("decisions", None)  # the provider names the models that have them
    if "rule" in data:
        base |= {"basis": "documented", "rule_note": "", "doubt": None}
    own = {key: value for key, value in data.items() if key != "like"}
    if "decisions" in own:
        check_values(f"{where}.decisions", own["decisions"], _SOURCE)
    if "prices" in own:
        own["prices"] = _check_prices(f"{where}.prices", own["prices"])
    return base | _plain(own)


def _check_prices(where: str, data: Table) -> Table:
    long = ("long_context", "long_context_above_tokens")
    check_values(where, data, _PRICES, needed=("standard", *(long if any(key in data for key in long) else ())))
    _check_tiers(where, data)
    for place, row in enumerate(data.get("steps", ()), 1):
        known = {**_RATES, "above_tokens": COUNT}
        check_values(f"{where}.steps {place}", row, known, needed=("input", "output", "above_tokens"))
    for key, sides in (("periods", {"from": DATE}), ("hours", {"from": TIME, "to": TIME})):
        for place, row in enumerate(data.get(key, ()), 1):
            spot = f"{where}.{key} {place}"
            check_values(spot, row, {**_PRICES, **sides}, needed=tuple(sides))
            _check_tiers(spot, row)
    return {"source": "config file", **_plain(data)}


def _check_tiers(where: str, data: Table) -> None:
    for tier in _TIERS:
        if tier in data:
            check_values(f"{where}.{tier}", data[tier], _RATES, needed=("input", "output"))


def _plain(data: Mapping[str, Any]) -> Table:
    """Return TOML dates as text, as the shipped data has them."""
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in data.items()}
