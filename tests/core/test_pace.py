"""The laws of the pace: never above a limit, nearly all of it used, first come first served."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.pace_server import Bucket, Rolling, World, spell
from visionask.core.pace import Pace, Told, is_per_minute, read_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.pace import Ticket


def make(jobs: int = 64, **limits: int) -> Pace:
    return Pace(jobs=jobs, draw=random.Random(7).random, **limits)


def go(pace: Pace, now_s: float, tokens: int = 0) -> Ticket:
    """Start a request that may start at once."""
    ticket = pace.reserve(tokens)
    assert pace.wait_s(ticket, now_s=now_s) == 0
    return ticket


def wait(pace: Pace, now_s: float, tokens: int = 0) -> float:
    """Return how long a request would wait, without a trace."""
    ticket = pace.reserve(tokens)
    found = pace.wait_s(ticket, now_s=now_s)
    pace.refund(ticket)
    return found


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["reserve", "reserve", "poll", "poll", "settle", "settle", "later", "limited", "leave", "refund"]
        ),
        st.integers(0, 60),
        st.floats(0, 20),
    ),
    max_size=120,
)


@settings(deadline=None, database=None, max_examples=300)
@given(STEPS, st.integers(1, 6), st.integers(60, 150))
def test_no_minute_holds_more_than_the_limits_whatever_happens(
    steps: list[tuple[str, int, float]], rpm: int, tpm: int
) -> None:
    pace, now_s = make(jobs=8, rpm=rpm, tpm=tpm), 0.0
    line: list[Ticket] = []
    running: dict[Ticket, float] = {}
    took: list[tuple[float, int]] = []
    order = []
    for action, number, seconds in steps:
        now_s += seconds if action == "later" else 0
        ended = list(running)[number % len(running)] if running else None
        if action == "reserve":
            line.append(pace.reserve(number))
        elif action == "poll":
            for ticket in list(line):
                if pace.wait_s(ticket, now_s=now_s) == 0:
                    running[ticket] = now_s
                    order.append(ticket.number)
                    line.remove(ticket)
        elif action == "leave" and line:
            pace.refund(line.pop(number % len(line)))
        elif action == "settle" and ended:
            pace.settle(ended, tokens=ended.tokens // 2)
            took.append((running.pop(ended), ended.tokens // 2))
        elif action == "limited" and ended:
            pace.limited(ended, now_s=now_s, wait_s=seconds / 10)
            took.append((running.pop(ended), 0))
        elif action == "refund" and ended:
            pace.refund(ended)
            del running[ended]
    took += [(at_s, ticket.tokens) for ticket, at_s in running.items()]
    for start_s, _ in took:
        within = [tokens for at_s, tokens in took if start_s <= at_s < start_s + 60]
        assert len(within) <= rpm
        assert sum(within) <= tpm
    assert order == sorted(order)


@settings(deadline=None, database=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 100), st.floats(0, 15)), max_size=60),
    st.integers(60, 200),
    st.data(),
)
def test_no_minute_holds_more_tokens_than_the_limit(
    items: list[tuple[int, int, float]], tpm: int, data: st.DataObject
) -> None:
    """Whatever was settled below its reservation is free at once; what others took in between never adds up to more."""
    pace, now_s = make(tpm=tpm), 0.0
    took: list[tuple[float, int]] = []
    for tokens, percent, pause_s in items:
        ticket = pace.reserve(tokens)
        while (left_s := pace.wait_s(ticket, now_s=now_s)) > 0:
            now_s += left_s
        actual = tokens * percent // 100
        took.append((now_s, actual))
        pace.settle(ticket, tokens=actual)
        now_s += pause_s
    for start_s, _ in took:
        assert sum(tokens for at_s, tokens in took if start_s <= at_s < start_s + 60) <= tpm


@pytest.mark.parametrize(
    ("rpm", "tpm", "tokens"),
    [
        pytest.param(600, None, (3000, 3000), id="600 requests"),
        pytest.param(None, 200_000, (3000, 3000), id="200,000 tokens"),
        pytest.param(600, 200_000, (100, 3000), id="both"),
        pytest.param(13, None, (1, 1), id="13 requests"),
        pytest.param(3, None, (1, 1), id="3 requests"),
        pytest.param(None, 10_000, (900, 900), id="tokens in lumps"),
    ],
)
def test_under_load_nearly_the_whole_limit_is_used(rpm: int | None, tpm: int | None, tokens: tuple[int, int]) -> None:
    pace = Pace(jobs=64, draw=random.Random(7).random, rpm=rpm, tpm=tpm)
    log = World(pace=pace, workers=64, tokens=lambda chance: chance.randint(*tokens), latency_s=(0.5, 3.0)).run()
    requests, taken = log.used(60, 300)
    assert max(requests / 4 / (rpm or 1e9), taken / 4 / (tpm or 1e9)) >= 0.9
    assert log.order == list(range(1, len(log.order) + 1))
    assert log.polls < 40 * len(log.order)


@pytest.mark.slow
@pytest.mark.parametrize("latency_s", [(0.01, 0.05), (1.0, 6.0)])
@pytest.mark.parametrize(
    "server",
    [
        pytest.param(lambda: Rolling(600, 200_000), id="rolling"),
        pytest.param(lambda: Bucket(600, 200_000), id="bucket"),
        pytest.param(lambda: Bucket(600, 200_000, depth=0.1), id="shallow bucket"),
    ],
)
@pytest.mark.parametrize("tokens", [100, 3000])
@pytest.mark.parametrize("is_told", [False, True])
def test_servers_that_hold_the_same_limits_seldom_refuse(
    server: Callable[[], Rolling | Bucket], tokens: int, is_told: bool, latency_s: tuple[float, float]
) -> None:
    pace = make() if is_told else make(rpm=600, tpm=200_000)
    world = World(pace=pace, workers=64, tokens=lambda _: tokens, server=server(), tells=is_told, end_s=180)
    world.latency_s = latency_s
    log = world.run()
    requests, taken = log.used(60, 180)
    assert log.refused_share(60) <= 0.02
    assert log.early == 0
    assert max(requests / 2 / 600, taken / 2 / 200_000) >= 0.9


def test_the_use_of_others_is_left_to_them() -> None:
    """Another machine takes half of a bucket's rate. Only the headers tell of it: unread, 14 % are refused."""

    class Shared(Bucket):
        next_s = 0.0

        def take(self, now_s: float, tokens: int) -> float | None:
            while self.next_s < now_s:
                super().take(self.next_s, 100)
                self.next_s += 0.2
            return super().take(now_s, tokens)

    server = Shared(600, 10**9)
    pace = make(jobs=16, rpm=600)
    log = World(pace=pace, workers=16, tokens=lambda _: 100, server=server, tells=True, latency_s=(0.05, 0.1)).run()
    assert log.refused_share(60) <= 0.01
    assert log.used(60, 300)[0] / 4 >= 0.45 * 600


def test_starts_are_spread_over_the_minute() -> None:
    log = World(pace=make(rpm=60), workers=64, tokens=lambda _: 1, end_s=50).run()
    times = [at_s for at_s, _ in log.started]
    assert max(sum(start <= at_s < start + 5 for at_s in times) for start in times) <= 8


def test_a_request_above_the_whole_limit_waits_for_an_empty_minute_not_for_ever() -> None:
    pace = make(tpm=1000)
    first = go(pace, 0.0, 10)
    ticket = pace.reserve(5000)
    assert pace.wait_s(ticket, now_s=1.0) == pytest.approx(60.0)
    assert pace.wait_s(ticket, now_s=61.0) == 0
    pace.settle(first)


def test_what_was_reserved_too_much_is_free_again() -> None:
    pace = make(tpm=1000)
    ticket = go(pace, 0.0, 1000)
    assert wait(pace, 30.0, 500) == pytest.approx(31.0)
    pace.settle(ticket, tokens=400)
    assert wait(pace, 30.0, 500) == 0
    assert wait(pace, 30.0, 601) == pytest.approx(31.0)


def test_what_was_reserved_too_little_is_counted() -> None:
    pace = make(tpm=1000)
    pace.settle(go(pace, 0.0, 100), tokens=900)
    assert wait(pace, 59.0, 101) == pytest.approx(2.0)


def test_a_request_that_ends_after_its_minute_changes_nothing_in_a_later_one() -> None:
    pace = make(tpm=1000)
    slow = go(pace, 0.0, 400)
    go(pace, 70.0, 600)
    pace.settle(slow, tokens=0)
    assert wait(pace, 80.0, 500) == pytest.approx(51.0)


def test_a_429_took_no_tokens_but_was_a_request() -> None:
    pace = make(rpm=2, tpm=1000)
    pace.limited(go(pace, 0.0, 1000), now_s=1.0, wait_s=0.0)
    go(pace, 35.0, 900)
    assert wait(pace, 55.0, 100) > 5.9


def test_a_refund_leaves_no_trace() -> None:
    pace = make(jobs=1, rpm=1)
    pace.refund(go(pace, 0.0))
    second = go(pace, 0.0)
    pace.refund(second)
    pace.refund(second)
    pace.settle(second)
    assert wait(pace, 0.0) == 0
    with pytest.raises(ValueError, match="not in"):
        pace.wait_s(second, now_s=0.0)


def test_nobody_passes_the_one_in_front() -> None:
    pace = make(tpm=1000)
    go(pace, 0.0, 800)
    large, small = pace.reserve(900), pace.reserve(1)
    assert pace.wait_s(small, now_s=55.0) >= 6.0
    assert pace.wait_s(small, now_s=61.0) > 0
    assert pace.wait_s(large, now_s=61.0) == 0
    pace.refund(large)
    assert pace.wait_s(small, now_s=61.0) == 0


def test_a_place_that_is_given_back_lets_the_next_one_come_forward() -> None:
    pace = make(tpm=1000)
    go(pace, 0.0, 800)
    large, small = pace.reserve(900), pace.reserve(1)
    pace.refund(large)
    assert pace.wait_s(small, now_s=55.0) == 0


def test_jobs_bound_what_is_under_way() -> None:
    pace = make(jobs=2)
    first, _ = go(pace, 0.0), go(pace, 0.0)
    assert 0 < wait(pace, 0.0) < 1
    pace.settle(first)
    assert wait(pace, 0.0) == 0


def test_429s_halve_the_number_under_way_once_and_answers_raise_it_by_one_a_round() -> None:
    pace = make(jobs=8)
    first, rest = go(pace, 0.0), [go(pace, 0.0) for _ in range(7)]
    assert pace.allowed == 8
    pace.limited(first, now_s=1.0, wait_s=0.0)
    pace.limited(rest.pop(), now_s=1.1, wait_s=0.0)  # was under way when the first was refused
    assert pace.allowed == 4
    for ticket in rest:
        pace.settle(ticket)
    assert pace.allowed == 5  # 4, then a quarter, and a little less with each: the 4th answer misses 5 by a little
    for now_s in range(100, 400, 10):
        pace.settle(go(pace, float(now_s)))
    assert pace.allowed == 8
    for now_s in range(1000, 1100, 10):
        pace.limited(go(pace, float(now_s)), now_s=float(now_s) + 1, wait_s=0.0)
    assert pace.allowed == 1


def test_a_told_wait_holds_for_all_and_they_do_not_start_together() -> None:
    pace = make(jobs=16)
    pace.limited(go(pace, 0.0), now_s=1.0, wait_s=5.0)
    pace.hold(3.0, now_s=1.0)  # a shorter one changes nothing
    now_s, times = 1.0, []
    for _ in range(8):
        ticket = pace.reserve(0)
        while (left_s := pace.wait_s(ticket, now_s=now_s)) > 0:
            now_s += left_s
        times.append(now_s)
    assert 6.0 <= times[0] < 6.5
    assert len(set(times)) == 8
    assert 0.2 < times[-1] - times[0] < 2.0


def test_an_empty_bucket_without_a_limit_is_waited_for() -> None:
    pace = make()
    pace.learn({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, now_s=10.0)
    assert 360.0 <= wait(pace, 10.0) < 360.1


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (spell(60, 59, "1s", "requests"), Told(limit=60, remaining=59, reset_s=1.0)),
        (spell(60, 0, "6m0s", "requests"), Told(limit=60, remaining=0, reset_s=360.0)),
        (spell(60, 0, "1h2m", "requests"), Told(limit=60, remaining=0, reset_s=3720.0)),
        (spell(60, 0, "20ms", "requests"), Told(limit=60, remaining=0, reset_s=0.02)),
        ({"x-ratelimit-limit-requests": "0"}, None),
        ({"x-ratelimit-limit-requests": "-5", "x-ratelimit-remaining-requests": "many"}, None),
        ({"x-ratelimit-limit-requests": "9" * 400, "x-ratelimit-reset-requests": "soon"}, None),
        ({"x-ratelimit-limit-requests": "²"}, None),
        ({}, None),
    ],
)
def test_headers_are_read(headers: dict[str, str], told: Told | None) -> None:
    assert read_limits(headers).get("requests") == told


@pytest.mark.parametrize(
    ("limit", "remaining", "reset_s", "expected"),
    [
        pytest.param(60, 59, 1.0, True, id="one of a minute's bucket"),
        pytest.param(200_000, 150_000, 15.0, True, id="tokens"),
        pytest.param(14_400, 14_370, 179.56, False, id="a day"),
        pytest.param(200, 199, 432.0, False, id="a day, one used"),
        pytest.param(5, 4, 1.0, False, id="a second"),
        pytest.param(500, 499, 50.0, True, id="a fixed minute"),
        pytest.param(500, 500, 0.0, True, id="unused"),
        pytest.param(500, None, None, True, id="only a limit"),
        pytest.param(None, 5, 1.0, False, id="no limit"),
    ],
)
def test_limits_of_other_spans_are_told_apart(
    limit: int | None, remaining: int | None, reset_s: float | None, expected: bool
) -> None:
    assert is_per_minute(Told(limit=limit, remaining=remaining, reset_s=reset_s)) is expected


def test_headers_only_lower_the_limit_that_the_user_set() -> None:
    pace = make(rpm=2)
    pace.learn(spell(600, 600, "0s", "requests"), now_s=0.0)
    go(pace, 0.0), go(pace, 30.0)
    assert wait(pace, 40.0) == pytest.approx(21.0)
    pace.learn(spell(1, 0, "60s", "requests"), now_s=40.0)
    assert wait(pace, 61.0) == pytest.approx(30.0)


def test_what_others_have_used_is_left_out_until_the_reset() -> None:
    """Limit 20, 5 left, 2 of ours: others have 13, one more is left to them, and 4 are ours: every 3 s from 10 s on."""
    pace = make()
    go(pace, 0.0), go(pace, 3.0)
    pace.learn(spell(20, 5, "50s", "requests"), now_s=10.0)
    for now_s in (10.0, 13.0, 16.0, 19.0):
        go(pace, now_s)
    assert wait(pace, 22.0) == pytest.approx(38.0)


def test_threads_share_it() -> None:
    pace = make(jobs=3)
    under_way, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal under_way, most
        for _ in range(50):
            ticket = pace.reserve(1)
            while pace.wait_s(ticket, now_s=0.0) > 0:
                pass
            with lock:
                under_way += 1
                most = max(most, under_way)
            with lock:
                under_way -= 1
            pace.settle(ticket)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 3
    assert under_way == 0
