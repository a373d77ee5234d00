"""The pace of many requests: when each may start, under the limits of a minute and on as many lines as hold.

    ticket = pace.reserve(tokens)                              # a place in the line; first come, first served
    while (wait := pace.wait_s(ticket, now_s=clock())) > 0:    # 0: it has started
        sleep(wait)
    ...                                                        # one attempt on the wire
    pace.settle(ticket, tokens=billed)                         # or `limited` after a 429, or `refund` if it never left

Nothing here sleeps, or knows a clock: `now_s` is monotonic time. Threads may share it.

One limit a minute, of requests or of tokens: what was let through, and when the next may start.

What a reply's `x-ratelimit-*` headers say about the limits of a minute.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections import deque
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.retry import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


BUCKETS = ("requests", "tokens")


_LONGEST_RESET_S = 61.0


_SHORTEST_SPAN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a server says of one bucket: its size, what is left of it, and when it will be full again."""

    limit: int | None
    remaining: int | None
    reset_s: float | None


def read_limits(headers: Mapping[str, str]) -> dict[str, Told]:
    """Return what is said of `requests` and `tokens`. `headers` has lower-case names; nonsense is as if not sent.

    Resets are "1s", "6m0s", "20ms", "1h2m" or plain seconds.
    """
    found = {}
    for bucket in BUCKETS:
        told = Told(
            limit=_count(headers.get(f"x-ratelimit-limit-{bucket}")) or None,
            remaining=_count(headers.get(f"x-ratelimit-remaining-{bucket}")),
            reset_s=parse_duration_s(headers.get(f"x-ratelimit-reset-{bucket}", "")),
        )
        if told != Told(limit=None, remaining=None, reset_s=None):
            found[bucket] = told
    return found


def is_per_minute(told: Told) -> bool:
    """Return whether a limit is one for a minute: some servers send one for a day, or a second, under the same name.

    A bucket that refills evenly is full again after `span * used / limit`, one of fixed spans sooner or later; so
    a reset above a minute is of a longer span, and one with `reset * limit / used` under 30 s of a shorter one.
    Limit 14,400, 14,370 left, reset 180 s: a day. Limit 60, 59 left, reset 1 s: 1 * 60 / 1 = 60 s, a minute.
    """
    if told.limit is None:
        return False
    if told.reset_s is None or told.remaining is None:
        return True
    used = told.limit - told.remaining
    is_short = used > 0 and told.reset_s * told.limit / used < _SHORTEST_SPAN_S
    return told.reset_s <= _LONGEST_RESET_S and not is_short


def _count(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


MINUTE_S = 60.0


SPAN_S = MINUTE_S + 1.0  # a second more, because requests that left in order arrive late and unevenly


_RESERVE = 20  # the part of a limit, one in so many, that is left free where others use it too


_BURST_S = 1.0  # what a second allows may start at once: some servers hold a limit of a minute by the second


_MOMENT_S = 0.05  # starts that are no further apart are remembered as one: a minute of them takes as little as a few


@dataclass(slots=True, kw_only=True)
class Moment:
    """What the starts of one moment take from one limit together; all of it is free again after the first of them."""

    at_s: float
    cost: int = 0
    is_counted: bool = True


@dataclass(slots=True, kw_only=True)
class Start:
    """What one request takes from one limit."""

    moment: Moment
    cost: int


class Meter:
    """Lets at most `limit` through in any 60 s, evenly: at the limit's own rate, after a burst of one second's worth.

    A cost above the whole limit counts as the limit: the server refuses it for good, and it must not wait for ever.
    Times are seconds on one monotonic clock.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit: int | None = limit
        self._given = limit
        self._moments: deque[Moment] = deque()
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
        ends = ((moment.at_s + SPAN_S, moment.cost) for moment in self._moments)
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
        self._forget(now_s)
        if not self._moments or now_s - self._moments[-1].at_s > _MOMENT_S:
            self._moments.append(Moment(at_s=now_s))
        start = Start(moment=self._moments[-1], cost=cost if self.limit is None else min(cost, self.limit))
        start.moment.cost += start.cost
        self._sum += start.cost
        self._even_s = max(self._even_s, now_s) + self.gap_s(start.cost)
        return start

    def change(self, start: Start, cost: int) -> None:
        """Replace what a start was thought to cost by what it did cost; 0 if it never left."""
        self._even_s += self.gap_s(cost) - self.gap_s(start.cost)
        if start.moment.is_counted:
            self._sum += cost - start.cost
            start.moment.cost += cost - start.cost
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
        while self._moments and self._moments[0].at_s + SPAN_S <= now_s:
            moment = self._moments.popleft()
            moment.is_counted = False
            self._sum -= moment.cost


_SLOT_S = 0.05  # when to ask again while too many requests are under way: nobody knows when one ends


_TURN_S = 0.005  # when to ask again while only the one in front has not asked yet


_SPREAD = 0.2  # of a common wait: about as long as it takes after it until all the jobs have started again


_LONGEST_SPREAD_S = 2.0


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the line, and then a request under way. `tokens` is what it is expected to take, images included."""

    number: int
    tokens: int


@dataclass(slots=True, kw_only=True)
class _Run:
    at_s: float
    requests: Start
    tokens: Start


class Pace:
    """Holds requests to `rpm` and `tpm` (None: no limit but what the server tells) and to `jobs` at a time.

    In any 60 s no more than `rpm` requests start, nor requests of more than `tpm` tokens together, if none takes more
    than it reserved. A 429 halves the number that may be under way, each answer adds a little again, up to `jobs`.
    `draw` gives a fraction in [0, 1) for jitter.
    """

    def __init__(self, *, jobs: int, draw: Callable[[], float], rpm: int | None = None, tpm: int | None = None) -> None:
        self._jobs = jobs
        self._draw = draw
        self._requests, self._tokens = Meter(rpm), Meter(tpm)
        self._line: deque[Ticket] = deque()
        self._runs: dict[int, _Run] = {}
        self._count = 0
        self._allowed = float(jobs)
        self._cut_s = -math.inf  # when the allowed number was last halved
        self._not_before_s = -math.inf
        self._spread_s = 0.0  # of the last common wait
        self._spread_until_s = -math.inf
        self._lock = threading.Lock()

    @property
    def allowed(self) -> int:
        """How many requests may be under way now."""
        return int(self._allowed)

    def reserve(self, tokens: int) -> Ticket:
        """Take the last place in the line. Whoever takes one asks until its turn comes, or gives it back by `refund`:
        nobody passes it."""
        with self._lock:
            self._count += 1
            ticket = Ticket(self._count, max(0, tokens))
            self._line.append(ticket)
            return ticket

    def wait_s(self, ticket: Ticket, *, now_s: float) -> float:
        """Return 0 if the request may start, and count it as started now; else the seconds until asking again helps.

        A wait ends early at most: others may give back what they took, and 429s and headers move the turn.
        Raises ValueError for a ticket that was settled or given back.
        """
        with self._lock:
            if ticket.number in self._runs:
                return 0.0
            place = self._line.index(ticket)
            wait = self._ready_s(self._line[0], now_s) - now_s
            if len(self._runs) >= self.allowed:
                wait = max(wait, _SLOT_S)
            if place > 0:
                # half of an even flow's gaps: late is lost, early is only one more question
                gap = max(self._requests.gap_s(1), self._tokens.gap_s(ticket.tokens))
                return max(wait, place * gap / 2, _TURN_S)
            if wait <= 0:
                self._start(ticket, now_s)
            return max(wait, 0.0)

    def held_s(self, *, now_s: float) -> float:
        """Return for how long the first in the line is held by a limit; 0 where it may start, or only lacks a slot."""
        with self._lock:
            return max(0.0, self._ready_s(self._line[0], now_s) - now_s) if self._line else 0.0

    def settle(self, ticket: Ticket, *, tokens: int | None = None) -> None:
        """End a request that brought anything but a 429. `tokens` is what it took; None leaves the expectation."""
        with self._lock:
            run = self._runs.pop(ticket.number, None)
            if run is None:
                return
            if tokens is not None:
                self._tokens.change(run.tokens, max(0, tokens))
            self._allowed = min(self._jobs, self._allowed + 1 / self._allowed)

    def limited(self, ticket: Ticket, *, now_s: float, wait_s: float) -> None:
        """End a request that brought a 429. `wait_s` is the wait until its next try, which holds for everybody.

        It counts as a request (providers count it), and takes no tokens. Requests that were under way together halve
        the allowed number once.
        """
        with self._lock:
            self._hold(wait_s, now_s)
            run = self._runs.pop(ticket.number, None)
            if run is None:
                return
            self._tokens.change(run.tokens, 0)
            if run.at_s >= self._cut_s:
                self._allowed = max(1.0, self._allowed / 2)
                self._cut_s = now_s

    def refund(self, ticket: Ticket) -> None:
        """Return a place in the line, or a start that never reached the wire, without a trace."""
        with self._lock:
            run = self._runs.pop(ticket.number, None)
            if run is not None:
                self._requests.change(run.requests, 0)
                self._tokens.change(run.tokens, 0)
            elif ticket in self._line:
                self._line.remove(ticket)

    def hold(self, wait_s: float, *, now_s: float) -> None:
        """Hold all starts for so long (Retry-After); then all start one after the other, at random distances."""
        with self._lock:
            self._hold(wait_s, now_s)

    def learn(self, headers: Mapping[str, str], *, now_s: float) -> None:
        """Read a reply's rate limits. Names in lower case. A limit of the user's own is only ever lowered by them."""
        with self._lock:
            for bucket, told in read_limits(headers).items():
                meter = self._requests if bucket == "requests" else self._tokens
                meter.learn(told, now_s)
                if told.limit is None and told.remaining == 0 and told.reset_s is not None:
                    self._hold(told.reset_s, now_s)

    def _hold(self, wait_s: float, now_s: float) -> None:
        end_s = now_s + wait_s
        if end_s > self._not_before_s:
            self._spread_s = min(wait_s * _SPREAD, _LONGEST_SPREAD_S)
            self._spread_until_s = end_s + self._spread_s
            self._not_before_s = end_s + self._jitter_s()

    def _jitter_s(self) -> float:
        return self._draw() * self._spread_s * min(2 / self._jobs, 0.5)

    def _ready_s(self, ticket: Ticket, now_s: float) -> float:
        ready_s = max(self._requests.ready_s(1, now_s), self._tokens.ready_s(ticket.tokens, now_s))
        return max(ready_s, self._not_before_s)

    def _start(self, ticket: Ticket, now_s: float) -> None:
        self._line.popleft()
        requests, tokens = self._requests.start(1, now_s), self._tokens.start(ticket.tokens, now_s)
        self._runs[ticket.number] = _Run(at_s=now_s, requests=requests, tokens=tokens)
        if now_s < self._spread_until_s:
            self._not_before_s = max(self._not_before_s, now_s + self._jitter_s())
