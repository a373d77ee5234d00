"""When a request is sent again: which statuses are passing faults, and how long to wait before the next try; which
headers only a proxy writes.

Who waits for a rate limit or an outage to pass, and the one line that says so.
"""

from __future__ import annotations

import math
import re
import threading
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.format import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOST_ASKS = 2  # times more that a request is sent whose reply was cut or lost on its way: each may be billed

_PASSING = frozenset({408, 409, 425, 429})
_LASTING_5XX = frozenset({501, 505})  # the server says that it will never do this
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s|d)")
_UNIT_S = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_BUCKETS = ("requests", "tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait where the server does not say, and how long at most where it does. All in seconds."""

    base_s: float = 0.5
    cap_s: float = 60.0
    max_wait_s: float = 120.0  # a longer wait that the server asks for ends the request instead


def is_passing(status: int, should_retry: str | None = None) -> bool:
    """Return whether a status is worth another try. `should_retry` is the header `x-should-retry`, which decides."""
    if should_retry is not None and should_retry.strip().lower() in {"true", "false"}:
        return should_retry.strip().lower() == "true"
    return status in _PASSING or (500 <= status < 600 and status not in _LASTING_5XX)


_PROXYS_OWN = ("x-squid-error", "proxy-authenticate", "proxy-status")
_PROXY_SOFTWARE = re.compile(
    r"squid|tinyproxy|privoxy|polipo|zscaler|blue ?coat|websense|forcepoint|ironport|sophos|fortinet|fortiproxy"
    r"|mcafee|skyhigh|barracuda|netskope|umbrella|mitmproxy|traffic ?server|3proxy|ccproxy|wingate",
    re.IGNORECASE,
)


def is_of_proxy(headers: Mapping[str, str]) -> bool:
    """Return whether headers (names in lower case) say that a proxy wrote the reply. `Via` is added to every one."""
    return any(name in headers for name in _PROXYS_OWN) or bool(_PROXY_SOFTWARE.search(headers.get("server", "")))


def backoff_s(backoff: Backoff, attempt: int, *, fraction: float) -> float:
    """Full jitter: `fraction * min(cap, base * 2^(attempt - 1))`, with `fraction` drawn from [0, 1).

    Third attempt, base 0.5 s, fraction 0.25: 0.25 * min(60, 0.5 * 4) = 0.5 s.
    """
    exponent = min(max(attempt, 1) - 1, 60)
    return fraction * min(backoff.cap_s, backoff.base_s * 2.0**exponent)


def wait_s(backoff: Backoff, attempt: int, *, told_s: float | None, fraction: float) -> float:
    """Return the wait in seconds after the `attempt`-th failure: never shorter than `told_s`, nor than the backoff.

    `max(told + fraction * min(1, told / 10), backoff)`; the addition spreads clients that were told the same moment.
    Told 2 s on the first attempt, fraction 0.5: max(2 + 0.5 * 0.2, 0.25) = 2.1 s.
    """
    own_s = backoff_s(backoff, attempt, fraction=fraction)
    if told_s is None:
        return own_s
    return max(told_s + fraction * min(1.0, told_s / 10), own_s)


_LONGEST_CHARS = 60  # of a duration


def told_wait_s(headers: Mapping[str, str], *, status: int, now_s: float) -> float | None:
    """Return the longest wait that the headers ask for, in seconds, or None where they say nothing usable.

    Reads `retry-after-ms`, `retry-after` (seconds, or a date in any of HTTP's three forms, which is counted from the
    server's own `Date`: the two clocks need not agree), and on a 429 without either, `x-ratelimit-reset-requests`
    and `-tokens` ("6m0s", "120ms", "1.5"). A negative, past or meaningless value is no value.
    `headers` has lower-case names; `now_s` is the Unix time, used where the server sends no `Date`.
    """
    waits = [_number(headers.get("retry-after-ms"), scale=1e-3), _retry_after(headers, now_s=now_s)]
    told = [wait for wait in waits if wait is not None]
    if not told and status == 429:
        told = _resets(headers)
    return max(told, default=None)


def parse_duration_s(text: str) -> float | None:
    """Read "1h2m3.5s", "120ms" or plain seconds; None if it is none of them, or too long to be one."""
    if len(text) > _LONGEST_CHARS:  # a search from every digit of 60,000 takes minutes
        return None
    plain = _number(text)
    if plain is not None:
        return plain
    parts = _DURATION.findall(text.strip().lower())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip().lower():
        return None
    return sum(float(number) * _UNIT_S[unit] for number, unit in parts)


def _number(text: str | None, scale: float = 1.0) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.strip()) * scale
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _retry_after(headers: Mapping[str, str], *, now_s: float) -> float | None:
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    moment_s = _date(text)
    if moment_s is None:
        return None
    server_now_s = _date(headers.get("date", ""))
    wait = moment_s - (now_s if server_now_s is None else server_now_s)
    return wait if wait > 0 else None


def _date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _resets(headers: Mapping[str, str]) -> list[float]:
    """Return the reset times of the buckets that are empty, or of all of them if none says that it is."""
    waits = {bucket: parse_duration_s(headers.get(f"x-ratelimit-reset-{bucket}", "")) for bucket in _BUCKETS}
    empty = [bucket for bucket in _BUCKETS if _number(headers.get(f"x-ratelimit-remaining-{bucket}")) == 0]
    chosen = [bucket for bucket in empty if waits[bucket] is not None] or list(_BUCKETS)
    return [wait for bucket in chosen if (wait := waits[bucket]) is not None]


TOLD_AFTER_S = 3.0  # a shorter wait is not told


class Waits:
    """The threads that wait for a rate limit or an outage to pass, one request each. Told once a wait, not a request.

    A wait lasts, over all its tries, until a request gets through; `now_s` and `until_s` are monotonic time. That of a
    limit a minute, which every few requests meet, is told once (`is_pace`).
    """

    def __init__(self) -> None:
        self._waiting: dict[int, tuple[str, float, float]] = {}  # by thread: why, since when, until when
        self._began_s: float | None = None
        self.on_wait: Callable[[str], None] = lambda _: None  # shows the line, which changes while it is waited
        self._is_told = self._is_pace_told = False
        self._lock = threading.Lock()

    def begin(self, reason: str, until_s: float, *, now_s: float) -> None:
        """Note that this thread waits."""
        with self._lock:
            self._began_s = now_s if self._began_s is None else self._began_s
            self._waiting[threading.get_ident()] = reason, now_s, until_s

    def end(self) -> None:
        """Note that this thread waits no longer."""
        with self._lock:
            self._waiting.pop(threading.get_ident(), None)

    def passed(self) -> None:
        """Note that a request got through: what is waited for after it is another wait."""
        with self._lock:
            self._began_s, self._is_told = None, False

    def due(self, *, now_s: float, is_pace: bool = False) -> str:
        """Return the line that is to be written now; empty where there is none, or another thread has got it.

        It names the whole of the longest wait, from its beginning.
        """
        with self._lock:
            if self._is_told or (is_pace and self._is_pace_told) or not self._is_long(now_s):
                return ""
            self._is_told, self._is_pace_told = True, self._is_pace_told or is_pace
            return self._line(lambda since_s, until_s: math.floor(until_s - since_s))

    def line(self, *, now_s: float) -> str:
        """Return what is waited for, with the seconds that are left; empty for the first three seconds."""
        with self._lock:
            return self._line(lambda _, until_s: math.ceil(until_s - now_s)) if self._is_long(now_s) else ""

    def _is_long(self, now_s: float) -> bool:
        return bool(self._waiting) and self._began_s is not None and now_s - self._began_s >= TOLD_AFTER_S

    def _line(self, length_s: Callable[[float, float], int]) -> str:
        reason, since_s, until_s = max(self._waiting.values(), key=lambda each: each[2])
        wait = duration(max(1, length_s(since_s, until_s)))
        return f"{reason}: waiting {wait}, {count(len(self._waiting), 'request')}"
