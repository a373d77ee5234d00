"""Owns one limit a minute, of requests or of tokens: what was let through, and when the next may start."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass

from visionask.core.rate_limits import Told, is_per_minute

MINUTE_S = 60.0
SPAN_S = MINUTE_S + 1.0  # a second more, because requests that left in order arrive late and unevenly
_RESERVE = 20  # the part of a limit, one in so many, that is left free where others use it too
_BURST_S = 1.0  # what a second allows may start at once: some servers hold a limit of a minute by the second


@dataclass(slots=True, kw_only=True)
class Start:
    """What one request takes from one limit."""

    at_s: float
    cost: int
    is_counted: bool = True


class Meter:
    """Lets at most `limit` through in any 60 s, evenly: at the limit's own rate, after a burst of one second's worth.

    A cost above the whole limit counts as the limit: the server refuses it for good, and it must not wait for ever.
    Times are seconds on one monotonic clock.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit: int | None = limit
        self._given = limit
        self._starts: deque[Start] = deque()
        self._sum = 0
        self._even_s = -math.inf  # when an even flow would have let all the starts so far through
        self._others = 0  # used by others under the same key, as far as the server tells
        self._others_until_s = -math.inf

    def ready_s(self, cost: int, now_s: float) -> float:
        """Return the earliest moment, `now_s` or later, at which a request of this cost may start."""
        if self.limit is None:
            return now_s
        self._forget(now_s)
        others = self._others if self._others_until_s > now_s else 0
        left = self.limit - min(cost, self.limit) - self._sum - others
        ready_s = max(now_s, self._even_s - _BURST_S)
        ends = ((start.at_s + SPAN_S, start.cost) for start in self._starts)
        for end_s, freed in heapq.merge(ends, [(self._others_until_s, others)] if others else ()):
            if left >= 0:
                break
            ready_s = max(ready_s, end_s)
            left += freed
        return ready_s

    def gap_s(self, cost: int) -> float:
        """Return the time between two starts of this cost in an even flow."""
        return 0.0 if self.limit is None else min(cost, self.limit) * MINUTE_S / self.limit

    def start(self, cost: int, now_s: float) -> Start:
        """Count a request that starts now."""
        start = Start(at_s=now_s, cost=cost if self.limit is None else min(cost, self.limit))
        self._starts.append(start)
        self._sum += start.cost
        self._even_s = max(self._even_s, now_s) + self.gap_s(start.cost)
        self._forget(now_s)
        return start

    def change(self, start: Start, cost: int) -> None:
        """Replace what a start was thought to cost by what it did cost; 0 if it never left."""
        self._even_s += self.gap_s(cost) - self.gap_s(start.cost)
        if start.is_counted:
            self._sum += cost - start.cost
        start.cost = cost

    def learn(self, told: Told, now_s: float) -> None:
        """Take the server's word: never above the user's own limit, and what others have used is used.

        Limit 600, 100 left, 200 ours in the last minute: others have used 300, and 30 more are left to them.
        """
        if told.limit is None or not is_per_minute(told):
            return
        self.limit = told.limit if self._given is None else min(told.limit, self._given)
        self._forget(now_s)
        if told.remaining is not None:
            others = told.limit - told.remaining - self._sum
            self._others = others + told.limit // _RESERVE if others > 0 else 0
            self._others_until_s = now_s + (MINUTE_S if told.reset_s is None else told.reset_s)

    def _forget(self, now_s: float) -> None:
        while self._starts and self._starts[0].at_s + SPAN_S <= now_s:
            start = self._starts.popleft()
            start.is_counted = False
            self._sum -= start.cost
