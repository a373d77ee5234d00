"""The lines that people read: money that never reads $0, and the price line in the contract's shape."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from visionask.config.catalog import load_catalog
from visionask.core.catalog import Model
from visionask.core.plan import PictureOptions, Planner
from visionask.core.projection import Terms, project
from visionask.core.request import Spent
from visionask.report.chat import spent_text
from visionask.report.human import price_line, saving_percent

if TYPE_CHECKING:
    from visionask.core.prices import Tier


@pytest.mark.parametrize(
    ("sent", "full", "percent"),
    [(None, 10, 0), (10, None, 0), (10, 10, 0), (11, 10, 0), (9, 10, 10), (999, 1000, 0), (1, 1000, 99), (0, 0, 0)],
)
def test_a_saving_is_rounded_down(sent: int | None, full: int | None, percent: int) -> None:
    assert saving_percent(sent, full) == percent


def line(
    name: str, sizes: list[tuple[int, int]], *, detail: str = "auto", max_output: int | None = None,
    tier: Tier = "standard", text_tokens: int = 14,
) -> str:  # fmt: skip
    model = load_catalog(None, origin="").find(name) or Model(name=name, entry=None)
    planner = Planner(model, PictureOptions(detail=detail))
    sizings = [planner.size(size) for size in sizes]
    terms = Terms(tier=tier, max_output_tokens=max_output)
    projection = project(model, sizings, text_tokens=text_tokens, is_text_about=False, terms=terms)
    return price_line(projection, [sizing.level for sizing in sizings])


def test_the_price_line_by_hand() -> None:
    # gpt-4o high, 2048 x 1024 -> 768 on the shorter side: 1536 x 768, 3 x 2 tiles of 512: 85 + 6 x 170 = 1,105 tokens.
    # (3 x 1,105 + 14) x $2.50 / 1,000,000 = $0.0083225; 100 tokens out x $10 / 1,000,000 = $0.001
    assert line("gpt-4o", [(2048, 1024)] * 3, max_output=100) == (
        "3 images · gpt-4o high · 3,329 tokens · $0.0083 + <=$0.0010 out"
    )


def test_one_image_is_singular_and_levels_are_named_once() -> None:
    # gpt-4o low is 85 tokens: (85 + 14) x $2.50 / 1,000,000 = $0.0002475; high would be one tile more, 255
    assert line("gpt-4o", [(100, 100)]) == "1 image · gpt-4o low · 99 tokens · $0.00025 + output · 66% saved"
    assert line("gpt-4o", [(100, 100), (2048, 1024), (90, 90)]).startswith("3 images · gpt-4o high/low · 1,289 tokens")


def test_an_unknown_model_has_no_price() -> None:
    assert line("mystery", [(100, 100)]) == "1 image · mystery low · ? tokens · $?"


def test_an_inferred_figure_has_a_mark_and_its_reason_stands_elsewhere() -> None:
    found = line("gpt-6-sol", [(100, 100)])
    assert found.startswith("1 image · gpt-6-sol low · ~")
    assert " tokens · ~$0.0" in found
    assert "rule of" not in found


def test_the_line_has_80_columns_at_most_whatever_the_model_is_called() -> None:
    name = f"accounts/{'very-' * 20}long/models/its-end"
    found = line(name, [(2048, 1024)] * 1234)
    assert len(found) == 80
    assert found.startswith("1,234 images · accounts/very-")
    assert "…" in found
    assert "models/its-end high · ? tokens" in found


def test_another_rate_is_named() -> None:
    assert " · flex rate" in line("gpt-5-mini", [(100, 100)], tier="flex")


@pytest.mark.parametrize(
    ("known", "text"),
    [("0", "$? in 2 turns"), ("0.0012", "$0.0012 + $? in 2 turns")],
)
def test_a_conversation_with_a_model_without_a_price_still_tells_what_is_known(known: str, text: str) -> None:
    assert spent_text(Spent(turns=2, usd=Decimal(known), is_known=False), is_free=False) == text
