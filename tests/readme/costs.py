"""The table of `visionask help costs`: one photo and one screenshot over all providers, from the data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from visionask.config.catalog import load_catalog
from visionask.core.plan import PictureOptions, Planner
from visionask.core.prices import cost_usd

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.catalog import Model

GUIDE = Path(__file__).parents[2] / "visionask" / "data" / "help" / "costs.md"
BLOCK = re.compile(r"```text\nprovider .*?\n```\n", re.DOTALL)
MOMENT = "2026-11-28T12:00"  # whose prices are shown, outside of all peak hours
PHOTO, SCREENSHOT = (3024, 4032), (1920, 1080)
MOST = 3  # models of a provider


def costs_table() -> str:
    """Return the table: of each provider the models whose photo is cheapest, the cheapest provider first."""
    catalog = load_catalog(moment=MOMENT)
    found: dict[str, list[tuple[Decimal, Model]]] = {}
    for model in map(catalog.find, catalog.names):
        if model is None or model.rule is None or model.prices is None or not model.answers_questions:
            continue
        if not model.is_askable or model.is_shut_down(MOMENT[:10]):
            continue
        usd = cost_usd(Planner(model, PictureOptions()).size(PHOTO).tokens, model.prices.standard.input)
        if usd is not None:
            found.setdefault(model.provider, []).append((usd, model))
    shown = [sorted(models, key=lambda row: (row[0], row[1].name))[:MOST] for models in found.values()]
    rows = [_row(model) for models in sorted(shown, key=lambda models: models[0][0]) for _, model in models]
    head = ("provider", "model", "photo", "for 1,000", "screenshot", "for 1,000")
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in _placed(row, widths)]
        lines.append("  ".join(cells).rstrip())
    return "```text\n" + "\n".join(lines) + "\n```\n"


def _placed(row: tuple[str, ...], widths: list[int]) -> enumerate[tuple[str, int]]:
    return enumerate(zip(row, widths, strict=True))


def _row(model: Model) -> tuple[str, ...]:
    cells = []
    for size in (PHOTO, SCREENSHOT):
        sizing = Planner(model, PictureOptions()).size(size)
        about = "" if sizing.is_sure else "~"
        assert sizing.tokens is not None
        assert model.prices is not None
        usd = cost_usd(sizing.tokens * 1000, model.prices.standard.input)
        cells += [f"{about}{sizing.tokens:,}", f"{about}${usd:,.2f}"]
    return (model.provider, model.name, *cells)


def renewed() -> str:
    """Return the guide with the table of today's data."""
    text = GUIDE.read_text("utf-8")
    table = costs_table()
    return BLOCK.sub(lambda _: table, text)
