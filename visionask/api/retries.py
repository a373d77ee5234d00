"""The loop that makes an attempt again until there is an answer or a reason to give up, the same for every call.

What the attempts at one request add up to; waits between them, which a rate limit imposes on all threads of a client.
"""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from visionask.api.refusals import Failure
from visionask.api.words import mask
from visionask.core.dataclass import dataclass
from visionask.core.errors import ApiError, RateLimited
from visionask.core.format import duration
from visionask.core.request import Attempt
from visionask.core.retry import LOST_ASKS, Backoff, Waits, wait_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.errors import VisionaskError
    from visionask.core.request import Endpoint


T = TypeVar("T")
_AT_ONCE_MAX = 2  # dead connections in a row that are replaced without a wait


@dataclass(slots=True, kw_only=True)
class Trail:
    """The attempts so far at one request."""

    attempts: int = 0
    maybe_billed: int = 0
    lost: int = 0  # whose replies were cut or lost
    at_once: int = 0

    def next_attempt(self, failure: Failure | None) -> Attempt:
        """Describe the attempt that comes now; `failure` is of the one before it."""
        if failure is None:
            return Attempt(number=self.attempts + 1)
        is_maybe_billed = failure.is_maybe_billed or failure.is_lost
        return Attempt(number=self.attempts + 1, after=failure.error, is_maybe_billed=is_maybe_billed)


class Retries:
    """The loop of one client. A set `stop` ends a wait between attempts: the failure so far is raised."""

    def __init__(
        self,
        endpoint: Endpoint,
        on_notice: Callable[[str], None],
        *,
        backoff: Backoff | None = None,
        stop: threading.Event | None = None,
        waits: Waits | None = None,
    ) -> None:
        self._endpoint, self._on_notice = endpoint, on_notice
        self._backoff = backoff or Backoff()
        self._stop = stop or threading.Event()
        self._waits = waits or Waits()
        self._lock = threading.Lock()
        self._not_before = 0.0  # monotonic; a rate limit that one thread met holds for all

    def run(
        self,
        make: Callable[[], T | Failure],
        *,
        trail: Trail,
        on_attempt: Callable[[Attempt], None] | None = None,
        mend: Callable[[Failure], T | bool] = lambda _: False,
    ) -> T:
        """Return what an attempt brings, else raise why none does.

        `mend` returns True where another attempt makes sense at once, or what a lost attempt has returned after all.
        """
        failure: Failure | None = None
        while True:
            reason = RateLimited if failure is None else type(failure.error)
            if not self._wait(self._not_before - time.monotonic(), reason) and failure is not None:
                raise self.finish(failure.error, trail)
            if on_attempt is not None:
                on_attempt(trail.next_attempt(failure))
            trail.attempts += 1
            made = make()
            if not isinstance(made, Failure):
                self._waits.passed()
                return made
            failure = made
            if not failure.is_passing:
                self._waits.passed()
            self._hide_key(failure.error)
            trail.maybe_billed += failure.is_maybe_billed
            trail.lost += failure.is_lost
            mended = mend(failure)
            if not isinstance(mended, bool):
                return mended
            if not (mended or self._may_repeat(failure, trail)):
                raise self.finish(failure.error, trail) from failure.error.__cause__
            trail.maybe_billed += failure.is_lost and not failure.is_maybe_billed

    def finish(self, error: VisionaskError, trail: Trail) -> VisionaskError:
        """Complete an error with what the attempts add up to, and without the key."""
        error.attempts, error.maybe_billed = trail.attempts, trail.maybe_billed
        self._hide_key(error)
        if isinstance(error, ApiError) and trail.attempts > 1:
            error.message += f" (after {trail.attempts} attempts)"
        error.args = (error.message,)
        return error

    def _may_repeat(self, failure: Failure, trail: Trail) -> bool:
        """Wait as long as it takes until the next attempt; False if there is none to make."""
        if not failure.is_passing or trail.attempts > self._endpoint.retries:
            return False
        if failure.is_lost and trail.lost > LOST_ASKS:
            return False
        if failure.is_at_once and trail.at_once < _AT_ONCE_MAX:
            trail.at_once += 1
            return not self._stop.is_set()
        wait = wait_s(self._backoff, trail.attempts, told_s=failure.told_s, fraction=random.random())  # noqa: S311 - jitter
        if wait > self._backoff.max_wait_s and failure.told_s is not None:
            asked = duration(failure.told_s)
            failure.error.hint = f"retry in {asked}: the server asks for it, and that is too long to wait here"
            return False
        if failure.status == 429:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + wait)
        return self._wait(wait, type(failure.error))

    def _wait(self, seconds: float, reason: type[VisionaskError]) -> bool:
        """Wait; False if told to stop. `time.monotonic` decides, because a wait may end a little early."""
        if seconds <= 0:
            return not self._stop.is_set()
        now = time.monotonic()
        until = now + seconds
        self._waits.begin(reason.code.replace("_", " "), until, now_s=now)
        try:
            while (left := until - now) > 0 and not self._stop.wait(min(left, 0.5)):
                now = time.monotonic()
                if line := self._waits.due(now_s=now):
                    self._on_notice(line)
                if line := self._waits.line(now_s=now):
                    self._waits.on_wait(line)
            return not self._stop.is_set()
        finally:
            self._waits.end()

    def _hide_key(self, error: VisionaskError) -> None:
        error.message, error.hint = (mask(text, self._endpoint.api_key) for text in (error.message, error.hint))
