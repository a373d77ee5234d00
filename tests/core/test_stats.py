"""The statistics of labelled answers: worked numbers, laws, and what the intervals cover."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.stats import (
    balanced_accuracy,
    best_threshold,
    brier_score,
    cohen_kappa,
    difference_bound,
    labels_needed,
    mcnemar_p,
    project_total,
    reliability,
    t_quantile,
    threshold_errors,
    wilson_interval,
)

COUNTS = st.integers(0, 400)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        pytest.param(8, 10, 0.4902, 0.9433, id="8 of 10"),
        pytest.param(0, 10, 0.0, 0.2775, id="none"),
        pytest.param(10, 10, 0.7225, 1.0, id="all"),
        pytest.param(0, 0, 0.0, 1.0, id="nothing counted"),
    ],
)
def test_the_score_interval_is_wilsons(right: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(right, total) == pytest.approx((low, high), abs=5e-5)


@given(COUNTS, COUNTS)
def test_an_interval_holds_its_share_and_mirrors(right: int, wrong: int) -> None:
    low, high = wilson_interval(right, right + wrong)
    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low - 1e-9 <= right / (right + wrong) <= high + 1e-9
    mirrored = wilson_interval(wrong, right + wrong)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9])
def test_the_score_interval_covers_what_it_says_on_average(share: float) -> None:
    n = 60
    covered = sum(
        math.comb(n, k) * share**k * (1 - share) ** (n - k)
        for k in range(n + 1)
        if wilson_interval(k, n).low <= share <= wilson_interval(k, n).high
    )
    assert covered > 0.93


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [(1, 9, 22 / 1024), (0, 0, 1.0), (5, 5, 1.0), (0, 6, 2 / 64)],
)
def test_mcnemar_is_exact(first: int, second: int, p: float) -> None:
    assert mcnemar_p(first, second) == pytest.approx(p)


@given(COUNTS, COUNTS)
def test_mcnemar_is_symmetric(first: int, second: int) -> None:
    assert mcnemar_p(first, second) == mcnemar_p(second, first)
    assert 0 < mcnemar_p(first, second) <= 1


def test_the_bound_of_two_that_never_differ_has_a_closed_form() -> None:
    z2 = 1.6448536269514722**2
    assert difference_bound(0, 0, 100) == pytest.approx(z2 / (100 + z2), abs=1e-9)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 300))
def test_the_bound_lies_above_what_was_seen_and_falls_with_more_labels(first: int, second: int, alike: int) -> None:
    total = first + second + alike
    if not total:
        return
    bound = difference_bound(first, second, total)
    assert (first - second) / total - 1e-9 <= bound <= 1
    assert difference_bound(4 * first, 4 * second, 4 * total) <= bound + 1e-9


@pytest.mark.parametrize(("first", "second"), [(0.06, 0.04), (0.10, 0.05), (0.02, 0.02), (0.30, 0.25)])
def test_the_bound_holds_in_19_of_20(first: float, second: float) -> None:
    chance, n, held = random.Random(7), 150, 0
    for _ in range(1000):
        drawn = [chance.random() for _ in range(n)]
        b = sum(x < first for x in drawn)
        c = sum(first <= x < first + second for x in drawn)
        held += difference_bound(b, c, n) >= first - second
    assert held >= 930


@pytest.mark.parametrize(
    ("first", "second", "total", "margin", "needed"),
    [(5, 5, 100, 0.02, 1546), (10, 5, 100, 0.02, None), (0, 0, 100, 0.02, 464), (0, 0, 1, 0.02, 15457)],
)
def test_labels_needed_is_worked_by_hand(
    first: int, second: int, total: int, margin: float, needed: int | None
) -> None:
    assert labels_needed(first, second, total, margin) == needed


def test_kappa_is_cohens() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa([("yes", "yes")] * 3) is None
    assert cohen_kappa([]) is None


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=40), st.randoms())
def test_kappa_is_symmetric_and_knows_no_order(pairs: list[tuple[str, str]], chance: random.Random) -> None:
    shuffled = chance.sample(pairs, len(pairs))
    assert cohen_kappa(pairs) == cohen_kappa(shuffled) == cohen_kappa([(b, a) for a, b in pairs])


def test_balanced_accuracy_weighs_labels_alike() -> None:
    answers = [("a", True)] * 9 + [("a", False)] + [("b", True), ("b", False)]
    assert balanced_accuracy(answers) == pytest.approx(0.7)
    assert balanced_accuracy([]) is None


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [
        pytest.param(1, 6.314, id="1"),
        pytest.param(2, 2.920, id="2"),
        pytest.param(9, 1.833, id="9"),
        pytest.param(30, 1.697, id="30"),
        pytest.param(10_000, 1.645, id="many"),
    ],
)
def test_students_t_is_that_of_the_tables(freedom: int, expected: float) -> None:
    assert t_quantile(freedom, 0.95) == pytest.approx(expected, abs=5e-4)


def test_a_total_is_on_the_line_of_what_was_measured() -> None:
    total = project_total([(1, 1), (2, 2), (3, 4)], 1, 2.0)
    assert total is not None
    assert total.interval is not None
    assert total.value == pytest.approx(7 + 7 / 3)
    assert total.interval == pytest.approx((7.0, 9.3333 + 2.9766), abs=1e-3)  # never below what was measured


def test_a_total_needs_two_measured_for_an_interval_and_none_where_nothing_is_left() -> None:
    assert project_total([], 5, 10.0) is None
    assert project_total([(1, 4.0)], 9, 9.0) == (40.0, None)
    assert project_total([(1, 4.0), (1, 6.0)], 0, 0.0) == (10.0, (10.0, 10.0))


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(0, 2000)), min_size=2, max_size=40),
    st.lists(st.integers(1, 4000), min_size=1, max_size=40),
)
def test_an_interval_holds_its_total_and_is_never_below_what_was_measured(
    pairs: list[tuple[int, int]], others: list[int]
) -> None:
    total = project_total(pairs, len(others), float(sum(others)))
    assert total is not None
    assert total.interval is not None
    low, high = total.interval
    assert sum(y for _, y in pairs) - 1e-6 <= low <= total.value + 1e-6
    assert total.value <= high + 1e-6


@pytest.mark.parametrize("asked", [4, 12, 40])
def test_nine_of_ten_intervals_hold_the_true_total(asked: int) -> None:
    draw = random.Random(7)
    rounds = 600
    held = 0
    for _ in range(rounds):
        tokens = sorted(draw.choice((85, 765, 1105, 2942)) + draw.randrange(50) for _ in range(200))
        prices = [0.4 * each + draw.gauss(300, 60) for each in tokens]
        chosen = {draw.randrange(200 * i // asked, 200 * (i + 1) // asked) for i in range(asked)}
        rest = sum(tokens[i] for i in range(200) if i not in chosen)
        total = project_total([(tokens[i], prices[i]) for i in chosen], 200 - asked, rest)
        assert total is not None
        assert total.interval is not None
        held += total.interval.low <= sum(prices) <= total.interval.high
    assert 0.865 < held / rounds < 0.935


FORECASTS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def test_probabilities_are_measured_as_the_worked_numbers_say() -> None:
    assert brier_score([(0.9, True), (0.3, False)]) == pytest.approx(0.05)
    assert brier_score([]) is None
    (top,) = reliability([(0.91, True), (0.97, False)])
    assert top == pytest.approx((0.9, 1.0, 2, 0.94, 0.5))
    assert [(each.low, each.total) for each in reliability([(0.3, True), (1.0, True), (0.0, False)])] == [
        (0.0, 1),
        (0.3, 1),
        (0.9, 1),
    ]
    assert best_threshold([(0.2, False), (0.6, False), (0.8, True)]) == pytest.approx(0.7)
    assert best_threshold([]) is None
    assert best_threshold([(0.1, True), (0.3, True)]) == pytest.approx(0.1)  # all are true
    assert best_threshold([(0.7, False), (0.9, False)]) == pytest.approx(0.95)  # none is


@given(FORECASTS, st.floats(0.001, 1))
def test_no_threshold_makes_fewer_errors_than_the_best(forecasts: list[tuple[float, bool]], other: float) -> None:
    best = best_threshold(forecasts)
    assert best is not None
    assert 0 < best <= 1
    assert threshold_errors(forecasts, best) <= threshold_errors(forecasts, other)
    assert best == best_threshold(forecasts[::-1])
    assert sum(each.total for each in reliability(forecasts)) == len(forecasts)
    score = brier_score(forecasts)
    assert score is not None
    assert 0 <= score <= 1


def test_the_table_of_probabilities_that_come_true_as_told_is_a_diagonal() -> None:
    chance = random.Random(5)
    told = [chance.random() for _ in range(20_000)]
    for each in reliability([(p, chance.random() < p) for p in told]):
        assert each.share == pytest.approx(each.mean, abs=0.04)
