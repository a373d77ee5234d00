"""Owns the Outcome: what became of one request, as reports and records tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.errors import VisionaskError
    from visionask.core.image import EncodedImage, Failed
    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Projection
    from visionask.core.request import Answer

Status = Literal["ok", "failed", "skipped", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request before it is sent. `failed` images stop it: nothing is sent unless every image can be."""

    question: str
    system: str | None
    images: tuple[ImagePlan, ...]
    projection: Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one request. `answer` may stand beside `error`: an answer that was cut."""

    status: Status
    planned: PlannedRequest | None = None
    encoded: tuple[EncodedImage | None, ...] = ()  # None: a link handed on
    digests: tuple[str | None, ...] = ()  # SHA-256 of the sources' bytes, where they were read but nothing was encoded
    failed: tuple[Failed, ...] = ()
    answer: Answer | None = None
    data: dict[str, Any] | None = None  # of the answer, with a schema
    billed_usd: Decimal | None = None
    error: VisionaskError | None = None
    attempts: int = 0
    seconds: float | None = None
    conversation: str | None = None  # in which it is kept
    is_cached: bool = False  # from the ledger: paid before, or by the same picture under another name
