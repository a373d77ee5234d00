"""Owns how the figures of the log are shown: money by day and model, what was not paid again, drift of projections."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from visionask.report.clean import one_line
from visionask.report.human import count, usd
from visionask.report.records import money

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SPEND_HEAD = f"{'day (UTC)':<10}  {'requests':>9}  {'billed':>13}  {'maybe billed':>13}  model"
DRIFT_HEAD = f"{'input':>8}  {'image':>8}  {'requests':>9}  {'detail':<8}  model   (billed / projected tokens)"


class Spend(Protocol):
    """Money of one day and model."""

    @property
    def day(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def usd(self) -> Decimal: ...
    @property
    def maybe_usd(self) -> Decimal: ...
    @property
    def unpriced(self) -> int: ...


class Hits(Protocol):
    """Answers of one day and model that were not paid again."""

    @property
    def day(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def hits(self) -> int: ...
    @property
    def saved_usd(self) -> Decimal: ...


class Drift(Protocol):
    """Billed over projected tokens of one model and detail."""

    @property
    def model(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def mean_ratio(self) -> float: ...
    @property
    def mean_image_ratio(self) -> float | None: ...


def stats_lines(spend: Sequence[Spend], hits: Sequence[Hits], drift: Sequence[Drift]) -> list[str]:
    """Write the figures: money by day and model, what was not paid again, how far the projection was off."""
    if not (spend or hits or drift):
        return ["nothing was asked"]
    lines = [SPEND_HEAD]
    lines += [_spend_row(row.day, row.requests, row.usd, row.maybe_usd) + _spend_name(row) for row in spend]
    lines.append(
        _spend_row(
            "total",
            sum(row.requests for row in spend),
            sum((row.usd for row in spend), Decimal(0)),
            sum((row.maybe_usd for row in spend), Decimal(0)),
        ).rstrip()
    )
    lines += ["", f"not paid again: {count(sum(row.hits for row in hits), 'answer')}, {usd(_saved(hits))} saved"]
    by_model: dict[str, int] = {}
    for found in hits:
        by_model[found.model] = by_model.get(found.model, 0) + found.hits
    lines += [f"  {one_line(name)}: {number:,}" for name, number in by_model.items()]
    if drift:
        lines += ["", DRIFT_HEAD, *map(_drift_row, drift)]
    return lines


def _saved(hits: Iterable[Hits]) -> Decimal:
    return sum((row.saved_usd for row in hits), Decimal(0))


def _spend_row(day: str, requests: int, billed: Decimal, maybe: Decimal) -> str:
    return f"{day:<10}  {requests:>9,}  {usd(billed):>13}  {usd(maybe):>13}  "


def _spend_name(row: Spend) -> str:
    unpriced = f" (the price of {count(row.unpriced, 'request')} is not known)" if row.unpriced else ""
    return one_line(row.model) + unpriced


def _drift_row(row: Drift) -> str:
    return (
        f"{row.mean_ratio:>8.3f}  {_image_ratio(row):>8}  {row.requests:>9,}  "
        f"{one_line(row.detail):<8}  {one_line(row.model)}"
    )


def _image_ratio(row: Drift) -> str:
    return "-" if row.mean_image_ratio is None else f"{row.mean_image_ratio:.3f}"


def stats_dict(spend: Sequence[Spend], hits: Sequence[Hits], drift: Sequence[Drift]) -> dict[str, Any]:
    """Describe the figures for a record; money as text."""
    return {
        "spend": [
            {
                "day": row.day,
                "model": row.model,
                "requests": row.requests,
                "usd": money(row.usd),
                "maybe_usd": money(row.maybe_usd),
                "unpriced": row.unpriced,
            }
            for row in spend
        ],
        "not_paid_again": [
            {"day": row.day, "model": row.model, "answers": row.hits, "saved_usd": money(row.saved_usd)} for row in hits
        ],
        "drift": [drift_dict(row) for row in drift],
    }


def drift_dict(row: Drift) -> dict[str, Any]:
    """Describe a drift for a record: ratios of billed to projected tokens."""
    return {
        "model": row.model,
        "detail": row.detail,
        "requests": row.requests,
        "input_ratio": round(row.mean_ratio, 6),
        "image_ratio": None if row.mean_image_ratio is None else round(row.mean_image_ratio, 6),
    }


def measured_lines(drift: Iterable[Drift]) -> list[str]:
    """Write below a model what the ledger has measured of it."""
    return [
        f"  measured, detail {one_line(row.detail)}: billed {row.mean_ratio:.3f} x the projected input tokens"
        + ("" if row.mean_image_ratio is None else f", {row.mean_image_ratio:.3f} x the image tokens")
        + f" ({count(row.requests, 'request')} in the ledger)"
        for row in drift
    ]
