"""Owns what the attempts at one request have added up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visionask.core.request import Attempt

if TYPE_CHECKING:
    from visionask.api.opening import Incoming
    from visionask.api.refusals import Failure
    from visionask.core.errors import VisionaskError


@dataclass(slots=True, kw_only=True)
class Trail:
    """The attempts so far, and the exchange of the last one."""

    attempts: int = 0
    maybe_billed: int = 0
    at_once: int = 0
    failures: dict[type[VisionaskError], int] = field(default_factory=dict)
    incoming: Incoming | None = None

    def count(self, error: VisionaskError) -> int:
        """Return how many attempts have ended in this kind of error, with this one."""
        self.failures[type(error)] = self.failures.get(type(error), 0) + 1
        return self.failures[type(error)]

    def next_attempt(self, failure: Failure | None) -> Attempt:
        """Describe the attempt that comes now; `failure` is of the one before it."""
        if failure is None:
            return Attempt(number=self.attempts + 1)
        return Attempt(number=self.attempts + 1, after=failure.error, is_maybe_billed=failure.is_maybe_billed)
