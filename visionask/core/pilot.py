"""The result of a pilot: what one model billed for few of many images, and what all of them are projected to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from visionask.core.projection import Projection
    from visionask.core.stats import Total


class PilotResult(NamedTuple):
    """Totals are of all images; None where no bill told the figure."""

    whole: Projection  # of all images, from headers alone
    asked: int  # images that came to an end
    answered: int
    cached: int  # of those, before
    failed: Mapping[str, int]  # by error code
    jobs: int  # requests at a time that the clock counts with
    billed_usd: Decimal  # for the pilot itself
    input_tokens: Total | None
    output_tokens: Total | None
    usd: Total | None
    seconds: Total | None  # by the clock, within the limits a minute
