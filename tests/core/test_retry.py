"""The table of retried statuses, waits and the forms of Retry-After."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.core.retry import (
    Backoff,
    Waits,
    backoff_s,
    is_passing,
    parse_duration_s,
    told_wait_s,
    wait_s,
)

NOW_S = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        *((status, None, True) for status in (408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529)),
        *((status, None, False) for status in (200, 307, 400, 401, 403, 404, 413, 422, 501, 505, 600, 999)),
        pytest.param(503, "false", False, id="the server says no"),
        pytest.param(400, " True ", True, id="the server says yes"),
        pytest.param(503, "perhaps", True, id="nonsense decides nothing"),
    ],
)
def test_passing_statuses(status: int, header: str | None, expected: bool) -> None:
    assert is_passing(status, header) is expected


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        pytest.param({}, 429, None, id="nothing"),
        pytest.param({"retry-after": "20"}, 429, 20.0, id="seconds"),
        pytest.param({"retry-after": " 1.5 "}, 503, 1.5, id="fraction"),
        pytest.param({"retry-after": "0"}, 429, 0.0, id="zero"),
        pytest.param({"retry-after": "-1"}, 429, None, id="negative"),
        pytest.param({"retry-after": "soon"}, 429, None, id="word"),
        pytest.param({"retry-after": "nan"}, 429, None, id="nan"),
        pytest.param({"retry-after": "inf"}, 429, None, id="infinity"),
        pytest.param({"retry-after": "1e400"}, 429, None, id="overflow"),
        pytest.param({"retry-after": ""}, 429, None, id="blank"),
        pytest.param({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 429, 30.0, id="date"),
        pytest.param({"retry-after": "Wednesday, 21-Oct-15 07:28:30 GMT"}, 429, 30.0, id="date of RFC 850"),
        pytest.param({"retry-after": "Wed Oct 21 07:28:30 2015"}, 429, 30.0, id="date of asctime"),
        pytest.param({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, 429, None, id="past date"),
        pytest.param({"retry-after": "Wed, 99 Oct 2015 07:27:00 GMT"}, 429, None, id="no such date"),
        pytest.param(
            {"retry-after": "Wed, 21 Oct 2015 09:00:10 GMT", "date": "Wed, 21 Oct 2015 09:00:00 GMT"},
            429,
            10.0,
            id="the server's clock counts",
        ),
        pytest.param({"retry-after-ms": "250"}, 429, 0.25, id="milliseconds"),
        pytest.param({"retry-after-ms": "250", "retry-after": "1"}, 429, 1.0, id="the longer of both"),
        pytest.param({"retry-after-ms": "x", "retry-after": "1"}, 429, 1.0, id="one is nonsense"),
        pytest.param({"x-ratelimit-reset-requests": "6m0s"}, 429, 360.0, id="reset"),
        pytest.param({"x-ratelimit-reset-requests": "6m0s"}, 503, None, id="reset means nothing on a 503"),
        pytest.param(
            {"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "2s"}, 429, 2.0, id="longer reset"
        ),
        pytest.param(
            {
                "x-ratelimit-reset-requests": "8h",
                "x-ratelimit-remaining-requests": "90",
                "x-ratelimit-reset-tokens": "2s",
                "x-ratelimit-remaining-tokens": "0",
            },
            429,
            2.0,
            id="only the empty bucket",
        ),
        pytest.param({"retry-after": "1", "x-ratelimit-reset-requests": "6m"}, 429, 1.0, id="Retry-After first"),
    ],
)
def test_told_waits(headers: dict[str, str], status: int, expected: float | None) -> None:
    assert told_wait_s(headers, status=status, now_s=NOW_S) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1s", 1.0),
        ("120ms", 0.12),
        ("1h2m3.5s", 3723.5),
        ("1d", 86400.0),
        ("7", 7.0),
        ("", None),
        ("1x", None),
        ("s", None),
        ("-1s", None),
        ("1s later", None),
    ],
)
def test_durations_are_read(text: str, expected: float | None) -> None:
    assert parse_duration_s(text) == expected


@pytest.mark.parametrize(
    ("attempt", "fraction", "expected"),
    [(1, 0.5, 0.25), (2, 0.5, 0.5), (3, 0.25, 0.5), (7, 1.0, 32.0), (8, 1.0, 60.0), (10_000, 1.0, 60.0), (4, 0.0, 0.0)],
)
def test_the_backoff_doubles_to_its_cap(attempt: int, fraction: float, expected: float) -> None:
    assert backoff_s(Backoff(), attempt, fraction=fraction) == expected


def test_a_told_wait_is_spread_but_never_cut() -> None:
    assert wait_s(Backoff(), 1, told_s=2.0, fraction=0.5) == 2.1
    assert wait_s(Backoff(), 1, told_s=100.0, fraction=0.5) == 100.5
    assert wait_s(Backoff(), 5, told_s=0.0, fraction=0.5) == 4.0


@settings(deadline=None)
@given(
    told_s=st.floats(0, 1e6),
    attempt=st.integers(1, 100),
    fraction=st.floats(0, 1, exclude_max=True),
    base_s=st.floats(0.001, 10),
)
def test_no_wait_undercuts_what_the_server_says(told_s: float, attempt: int, fraction: float, base_s: float) -> None:
    backoff = Backoff(base_s=base_s)
    wait = wait_s(backoff, attempt, told_s=told_s, fraction=fraction)
    assert told_s <= wait <= max(told_s + 1, 60)


@settings(deadline=None)
@given(value=st.text(max_size=40), name=st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens"]))
def test_no_header_breaks_the_reading(value: str, name: str) -> None:
    told = told_wait_s({name: value, "date": value}, status=429, now_s=NOW_S)
    assert told is None or told >= 0


def _elsewhere(waits: Waits, reason: str, until_s: float, *, now_s: float) -> None:
    thread = threading.Thread(target=lambda: waits.begin(reason, until_s, now_s=now_s))
    thread.start()
    thread.join()


def test_a_wait_is_told_once_after_three_seconds_and_again_when_it_is_another() -> None:
    waits = Waits()
    waits.begin("rate limited", 12.4, now_s=0.0)
    _elsewhere(waits, "rate limited", 12.0, now_s=0.5)
    told = [waits.due(now_s=now_s) for now_s in (2.9, 3.0, 3.5)]
    assert told == ["", "rate limited: waiting 12 s, 2 requests", ""]
    assert waits.line(now_s=3.5) == "rate limited: waiting 9 s, 2 requests"
    waits.end()
    waits.begin("server failed", 20.0, now_s=12.4)  # nothing got through: the same wait
    assert (waits.due(now_s=13.0), waits.line(now_s=13.0)) == ("", "server failed: waiting 7 s, 2 requests")
    waits.passed()
    waits.begin("server failed", 30.0, now_s=20.0)
    assert [waits.due(now_s=now_s) for now_s in (21.0, 23.0)] == ["", "server failed: waiting 10 s, 2 requests"]


def test_the_limit_of_a_minute_is_told_once() -> None:
    waits, told = Waits(), list[str]()
    for began_s in (0.0, 20.0):
        waits.begin("rate limited", began_s + 20.0, now_s=began_s)
        told.append(waits.due(now_s=began_s + 4.0, is_pace=True))
        waits.end()
        waits.passed()
    assert told == ["rate limited: waiting 20 s, 1 request", ""]
