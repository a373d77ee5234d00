"""Simulated minutes: workers under one Pace, a server that holds its own limits, and a clock without waiting."""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.pace import Pace


@dataclass
class Rolling:
    """Refuses what would be above the limits in the 60 s before it."""

    rpm: int
    tpm: int
    seen: deque[tuple[float, int]] = field(default_factory=deque)
    used: int = 0

    def take(self, now_s: float, tokens: int) -> float | None:
        """Return None if the request is let in, else the seconds to wait."""
        while self.seen and self.seen[0][0] <= now_s - 60:
            self.used -= self.seen.popleft()[1]
        if len(self.seen) < self.rpm and self.used + tokens <= self.tpm:
            self.seen.append((now_s, tokens))
            self.used += tokens
            return None
        return self.seen[0][0] + 60 - now_s

    def headers(self, now_s: float) -> dict[str, str]:
        reset = f"{max(0.0, self.seen[-1][0] + 60 - now_s):.3f}s" if self.seen else "0s"
        return spell(self.rpm, self.rpm - len(self.seen), reset, "requests") | spell(
            self.tpm, self.tpm - self.used, reset, "tokens"
        )


@dataclass
class Bucket:
    """Refills evenly, and holds `depth` of a minute at most."""

    rpm: int
    tpm: int
    depth: float = 1.0
    at_s: float = 0.0
    used: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def take(self, now_s: float, tokens: int) -> float | None:
        limits = (self.rpm, self.tpm)
        self.used = [
            max(0.0, used - (now_s - self.at_s) * limit / 60) for used, limit in zip(self.used, limits, strict=True)
        ]
        self.at_s = now_s
        wanted = [used + cost for used, cost in zip(self.used, (1, tokens), strict=True)]
        over = max((want - limit * self.depth) * 60 / limit for want, limit in zip(wanted, limits, strict=True))
        if over > 1e-9:
            return over
        self.used = wanted
        return None

    def headers(self, _: float) -> dict[str, str]:
        found = {}
        for name, limit, used in zip(("requests", "tokens"), (self.rpm, self.tpm), self.used, strict=True):
            found |= spell(limit, int(limit - used), f"{used * 60 / limit * 1000:.0f}ms", name)
        return found


def spell(limit: int, remaining: int, reset: str, name: str) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{name}": str(limit),
        f"x-ratelimit-remaining-{name}": str(remaining),
        f"x-ratelimit-reset-{name}": reset,
    }


@dataclass
class Log:
    """What came of a run. Times in seconds since its start."""

    started: list[tuple[float, int]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    early: int = 0
    polls: int = 0

    def used(self, from_s: float, to_s: float) -> tuple[int, int]:
        chosen = [tokens for at_s, tokens in self.started if from_s <= at_s < to_s]
        return len(chosen), sum(chosen)

    def refused_share(self, from_s: float) -> float:
        refused = sum(at_s >= from_s for at_s in self.refused)
        return refused / max(1, refused + sum(at_s >= from_s for at_s, _ in self.started))


@dataclass(kw_only=True)
class World:
    """Runs `workers` workers against a server until `end_s`; sleeps and the network take a little longer than told."""

    pace: Pace
    workers: int
    tokens: Callable[[random.Random], int]
    server: Rolling | Bucket | None = None
    tells: bool = False
    latency_s: tuple[float, float] = (0.5, 2.0)
    end_s: float = 300.0
    seed: int = 1

    def run(self) -> Log:
        self.log, self.chance = Log(), random.Random(self.seed)
        self.retry_at_s = 0.0
        events = [(0.0, number, self.work()) for number in range(self.workers)]
        for _, _, steps in events:
            next(steps)
        while events and events[0][0] < self.end_s:
            now_s, number, steps = events[0]
            heapq.heapreplace(events, (now_s + steps.send(now_s), number, steps))
        return self.log

    def work(self) -> Iterator[float]:
        now_s: float = yield 0.0
        while True:
            tokens = self.tokens(self.chance)
            ticket = self.pace.reserve(tokens)
            while (wait := self.pace.wait_s(ticket, now_s=now_s)) > 0:
                self.log.polls += 1
                now_s = yield wait + self.chance.uniform(0, 0.01)
            self.log.order.append(ticket.number)
            self.log.early += now_s < self.retry_at_s
            now_s = yield self.chance.uniform(0, 0.3)
            told = self.server.take(now_s, tokens) if self.server else None
            headers = self.server.headers(now_s) if self.server and self.tells else {}
            if told is not None:
                self.log.refused.append(now_s)
                self.retry_at_s = max(self.retry_at_s, now_s + told)
                self.pace.limited(ticket, now_s=now_s, wait_s=told)
                continue
            self.log.started.append((now_s, tokens))
            now_s = yield self.chance.uniform(*self.latency_s)
            if headers:
                self.pace.learn(headers, now_s=now_s)
            self.pace.settle(ticket, tokens=tokens)
