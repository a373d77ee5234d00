"""Owns the pace of many requests: when each may start, under the limits of a minute and on as many lines as hold.

    ticket = pace.reserve(tokens)                              # a place in the line; first come, first served
    while (wait := pace.wait_s(ticket, now_s=clock())) > 0:    # 0: it has started
        sleep(wait)
    ...                                                        # one attempt on the wire
    pace.settle(ticket, tokens=billed)                         # or `limited` after a 429, or `refund` if it never left

Nothing here sleeps, or knows a clock: `now_s` is monotonic time. Threads may share it.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.core.meter import Meter
from visionask.core.rate_limits import read_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.core.meter import Start

_SLOT_S = 0.05  # when to ask again while too many requests are under way: nobody knows when one ends
_TURN_S = 0.005  # when to ask again while only the one in front has not asked yet
_SPREAD_S = 2.0  # after a common wait, about as long as it takes until all the jobs have started again


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
        """Give back a place in the line, or a start that never reached the wire, without a trace."""
        with self._lock:
            run = self._runs.pop(ticket.number, None)
            if run is not None:
                self._requests.change(run.requests, 0)
                self._tokens.change(run.tokens, 0)
            elif ticket in self._line:
                self._line.remove(ticket)

    def hold(self, wait_s: float, *, now_s: float) -> None:
        """Let nobody start for so long (Retry-After); then all start one after the other, at random distances."""
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
            self._spread_until_s = end_s + _SPREAD_S
            self._not_before_s = end_s + self._jitter_s()

    def _jitter_s(self) -> float:
        return 2 * self._draw() * _SPREAD_S / self._jobs

    def _ready_s(self, ticket: Ticket, now_s: float) -> float:
        ready_s = max(self._requests.ready_s(1, now_s), self._tokens.ready_s(ticket.tokens, now_s))
        return max(ready_s, self._not_before_s)

    def _start(self, ticket: Ticket, now_s: float) -> None:
        self._line.popleft()
        requests, tokens = self._requests.start(1, now_s), self._tokens.start(ticket.tokens, now_s)
        self._runs[ticket.number] = _Run(at_s=now_s, requests=requests, tokens=tokens)
        if now_s < self._spread_until_s:
            self._not_before_s = max(self._not_before_s, now_s + self._jitter_s())
