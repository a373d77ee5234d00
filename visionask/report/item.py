"""Owns reading a record back: one item of a scan as the reports show it, with every key that may be missing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from visionask.report.records import Record


class Item(NamedTuple):
    """What the reports show of one record. Texts are raw: each report makes them safe in its own way."""

    source: str
    status: str
    is_cached: bool
    answer: str | None
    data: dict[str, Any]
    error: dict[str, Any]
    image: dict[str, Any]
    projected: dict[str, Any]
    billed: dict[str, Any]

    @property
    def is_failed(self) -> bool:
        return self.status == "failed"

    @property
    def failure(self) -> str:
        """Say what failed, without the name, which the reports show beside it."""
        told = str(self.error.get("message") or "no reason was given")
        return told.removeprefix(f"{self.source}: ") if self.source else told

    @property
    def projected_usd(self) -> Decimal | None:
        return amount(self.projected.get("input_usd"))

    @property
    def billed_usd(self) -> Decimal | None:
        return amount(self.billed.get("usd"))


def read_item(record: Record) -> Item:
    """Read a record of one image."""
    images = record.get("images") or [{}]
    image = images[0]
    data = record.get("data")
    return Item(
        source=str(image.get("source") or ""),
        status=str(record.get("status") or ""),
        is_cached=bool(record.get("cached")),
        answer=record.get("answer"),
        data=data if isinstance(data, dict) else {},
        error=record.get("error") or image.get("error") or {},
        image=image,
        projected=record.get("projected") or {},
        billed=record.get("billed") or {},
    )


def amount(text: Any) -> Decimal | None:
    """Read money; None where there is none."""
    try:
        value = None if text is None else Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return value if value is not None and value.is_finite() else None
