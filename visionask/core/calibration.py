"""Owns the correction of a projection by what was billed before: never silent, never taken for the provider's rule."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from visionask.core.catalog import Model
from visionask.core.plan import PictureOptions, Planner, Sizing


class Measured(NamedTuple):
    """Billed over projected tokens of pictures of one detail: the mean over so many requests."""

    detail: str
    ratio: float
    requests: int


class CalibratedPlanner(Planner):
    """Size pictures as a Planner does, and multiply their tokens by what was measured for their detail.

    Worked: 3,000 projected tokens at a ratio of 1.02 are 3,060. A detail that was never measured is left as it is, and
    full size, which was not measured either, is not known.
    """

    def __init__(self, model: Model, options: PictureOptions, measured: tuple[Measured, ...]) -> None:
        super().__init__(model, options)
        self._ratios = {each.detail: Decimal(str(each.ratio)) for each in measured}
        self._scaled: dict[tuple[int, int], Sizing] = {}

    def size(self, upright: tuple[int, int]) -> Sizing:
        """Decide what is sent of a picture of this upright size, and what it is likely to be billed."""
        found = self._scaled.get(upright)
        if found is None:
            found = self._scaled[upright] = self._scale(super().size(upright))
        return found

    def _scale(self, sizing: Sizing) -> Sizing:
        if not self._ratios:
            return sizing
        ratio = self._ratios.get(sizing.level)
        if sizing.tokens is None or ratio is None:
            return sizing._replace(full_size_tokens=None)
        scaled = (sizing.tokens * ratio).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return sizing._replace(tokens=int(scaled), full_size_tokens=None)


def calibrated_model(model: Model, measured: tuple[Measured, ...]) -> Model:
    """Say in the model itself that its tokens are now inferred, and from what."""
    if not measured or model.rule is None:
        return model
    ratios = ", ".join(
        f"{each.detail} x {each.ratio:.3f} ({each.requests:,} request{'' if each.requests == 1 else 's'})"
        for each in measured
    )
    note = f"calibrated by what the ledger has measured: {ratios}; what was not measured is as projected"
    return model._replace(basis="inferred", rule_note=f"{note}; {model.rule_note}" if model.rule_note else note)
