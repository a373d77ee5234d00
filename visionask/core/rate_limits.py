"""Owns what a reply's `x-ratelimit-*` headers say about the limits of a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.core.retry import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """Tell whether a limit is one for a minute: some servers send one for a day, or a second, under the same name.

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
