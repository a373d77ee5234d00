"""The statistics of labelled answers: worked numbers, laws, and what the intervals cover."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.stats import (
    balanced_accuracy,
    cohen_kappa,
    difference_bound,
    labels_needed,
    mcnemar_p,
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
    [(5, 5, 100, 0.02, 1546), (10, 5, 100, 0.02, None), (0, 0, 100, 0.02, 464)],
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
