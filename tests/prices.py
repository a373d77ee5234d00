"""The prices of the provider files, held against genai-prices (MIT), a table that is used in development only.

`python -m tests.prices` writes the rows anew whose source is genai-prices, with its version and today's date. Prices of
an hour of the day or of a later day are written by hand: they stand in `hours` and `periods` of a row.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from tests.providers import FOLDER, provider_files

SOURCE = re.compile(r"genai-prices [0-9.]+ \(([^/]+)/(.+)\)")
KINDS = {
    "input": "input_mtok",
    "cached_input": "cache_read_mtok",
    "output": "output_mtok",
}


def listed(source: str, moment: datetime) -> dict[str, Any] | None:
    """Return what genai-prices lists for the model that a row's source names; None for another source."""
    from genai_prices.data import providers

    found = SOURCE.match(source)
    if found is None:
        return None
    provider = next(each for each in providers if each.id == found[1])
    model = next(each for each in provider.models if each.id == found[2])
    prices = model.get_prices(moment)
    base: dict[str, str] = {}
    long: dict[str, str] = {}
    above = None
    for kind, name in KINDS.items():
        price: Any = getattr(prices, name)
        if price is None:
            continue
        base[kind] = _text(getattr(price, "base", price))
        for tier in getattr(price, "tiers", ()):
            long[kind], above = _text(tier.price), tier.start
    if not long:
        return {"standard": base}
    return {"standard": base, "long_context": base | long, "long_context_above_tokens": above}


def _text(price: Decimal) -> str:
    return f"{Decimal(price).normalize():f}"


def spelled(value: Any, depth: int = 0) -> str:
    """Return JSON as the provider files have it: what fits a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(line) + depth <= 118:
        return line
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, list):
        return "[\n" + ",\n".join(pad + spelled(each, depth + 1) for each in value) + f"\n{end}]"
    rows = (f"{pad}{json.dumps(key)}: {spelled(each, depth + 1)}" for key, each in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{end}}}"


def main() -> None:
    """Write the rows anew, and say which have changed."""
    now = datetime.now(UTC)
    for provider, table in provider_files().items():
        for name, model in (table["models"] | table.get("routes", {})).items():
            row = model.get("prices") or {}
            found = listed(row.get("source", ""), now)
            if found is None:
                continue
            if any(row.get(key) != value for key, value in found.items()):
                print(f"{provider} {name}: {found}")
            row |= found | {"checked": now.date().isoformat()}
            row["source"] = re.sub(r"genai-prices [0-9.]+", f"genai-prices {version('genai-prices')}", row["source"])
        (FOLDER / f"{provider}.json").write_text(spelled(table) + "\n", "utf-8")


if __name__ == "__main__":
    main()
