"""Owns what a call of the Python API does at each step of a request: it prints nothing, and asks nobody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.core.errors import BudgetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.outcome import PlannedRequest
    from visionask.core.projection import Projection
    from visionask.run.library.call import Call


def confirm(projection: Projection, call: Call) -> None:
    """Stop above a price that wants to be confirmed, as nobody can be asked. Raises BudgetError."""
    from visionask.core.projection import may_exceed

    above = call.settings.confirm_above
    if above is not None and may_exceed(projection, above) and not call.flags.get("yes", False):
        raise BudgetError(f"it may cost more than confirm_above ${above:f}, and nobody is asked here", "add yes=True")


class Teller:
    """Hands text on. What the receiver raises loses no answer: it is paid for, and kept first."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.raised: Exception | None = None

    def __call__(self, text: str) -> None:
        if self.raised is None:
            try:
                self._on_text(text)
            except Exception as error:  # noqa: BLE001  raised again when the answer is kept
                self.raised = error


@dataclass(frozen=True, slots=True)
class QuietWatcher:
    """What a call does at each step: hold the limits, and hand on text and notices."""

    call: Call
    teller: Teller | None = None

    def on_plan(self, planned: PlannedRequest) -> None:
        from visionask.core.projection import check_budget
        from visionask.report import human

        warnings = human.image_warnings(planned.images)
        for warning in (*warnings, *human.model_warnings(planned.projection, time.strftime("%Y-%m-%d"))):
            self.call.on_notice(warning)
        check_budget(planned.projection, self.call.settings.max_cost)
        confirm(planned.projection, self.call)

    def on_notice(self, text: str) -> None:
        self.call.on_notice(text)

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None:
        """Say nothing: the result tells that it is cached."""

    @property
    def on_text(self) -> Callable[[str], None] | None:
        return self.teller
