"""What is recommended: by hand, and over 200 simulated evals with a known truth."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from visionask.core.evaluation import Forecast, Judged, SettingResult, calibrate, compare, recommend


def setting(name: str, rights: list[bool | None], usd: str) -> SettingResult:
    judged = tuple(
        Judged(image=str(n), label={"": "yes"}, answer={"": "yes"}, is_right=right) for n, right in enumerate(rights)
    )
    return SettingResult(name=name, flags=("-m", name), judged=judged, usd=(Decimal(usd),))


def test_what_was_not_answered_is_compared_with_nothing() -> None:
    first, second = setting("a", [True, True, None, False], "1"), setting("b", [True, False, True, False], "2")
    found = compare(first, second)
    assert (found.first_only, found.second_only, found.total) == (1, 0, 3)
    assert (first.right, first.accuracy) == (2, 2 / 3)


def test_the_cheapest_that_holds_is_recommended() -> None:
    alike = [True] * 380 + [False] * 20
    cheap, dear = setting("cheap", alike, "1"), setting("dear", alike, "20")
    assert recommend([dear, cheap], margin=0.02).setting is cheap


def test_few_labels_cannot_tell_and_say_how_many_could() -> None:
    cheap, dear = setting("cheap", [True] * 20, "1"), setting("dear", [True] * 20, "20")
    found = recommend([dear, cheap], margin=0.02)
    assert found.setting is None
    assert found.labels_needed is not None
    assert found.labels_needed > 20


def test_a_worse_one_is_not_recommended_however_cheap() -> None:
    cheap, dear = setting("cheap", [True] * 300 + [False] * 100, "1"), setting("dear", [True] * 400, "20")
    assert recommend([cheap, dear], margin=0.02).setting is dear


def test_one_setting_holds_by_itself() -> None:
    alone = setting("alone", [True, False], "1")
    assert recommend([alone], margin=0.02).setting is alone


@pytest.mark.slow
@pytest.mark.parametrize("truth", [(0.90, 0.93, 0.95), (0.95, 0.95, 0.95), (0.80, 0.95, 0.93)])
def test_over_200_evals_what_is_recommended_is_within_the_margin(truth: tuple[float, ...]) -> None:
    chance, bad, told = random.Random(11), 0, 0
    cuts = [_cut(share) for share in truth]
    for _ in range(200):
        hard = [chance.random() for _ in range(400)]  # how hard each image is, for all settings alike
        results = [
            setting(str(n), [0.7 * h + 0.3 * chance.random() < cut for h in hard], str(n + 1))
            for n, cut in enumerate(cuts)
        ]
        found = recommend(results, margin=0.03).setting
        if found is not None:
            told += 1
            bad += truth[int(found.name)] < max(truth) - 0.03 - 1e-9
    assert bad <= 10  # at least 95% of 200
    assert told >= 40  # and it does tell


def _cut(share: float) -> float:
    """Return the value that 0.7 x + 0.3 y stays below in `share` of all draws of x, y from [0, 1)."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        a, b = 0.7, 0.3
        area = (middle**2 - max(0.0, middle - a) ** 2 - max(0.0, middle - b) ** 2 + max(0.0, middle - a - b) ** 2) / (
            2 * a * b
        )
        low, high = (middle, high) if area < share else (low, middle)
    return low


def test_the_threshold_is_found_on_one_half_and_told_on_the_other() -> None:
    forecasts = {f"yes{n}": Forecast(0.7 + n / 100, True, True) for n in range(20)}
    forecasts |= {f"no{n}": Forecast(0.5 + n / 100, False, True) for n in range(10)}
    found = calibrate(forecasts)
    assert found.threshold is not None
    assert (found.total, found.threshold.total, found.threshold.errors, found.threshold.errors_at_half) == (
        30,
        15,
        0,
        5,
    )
    assert 0.57 < found.threshold.value <= 0.71
    few = {name: forecasts[name] for name in ("yes0", "yes1", "yes2", "no0")}
    assert calibrate(few).threshold is None  # of what did not come only one half has any
    values = {name: each._replace(is_of_true=False) for name, each in forecasts.items()}
    assert calibrate(values).threshold is None


def test_a_threshold_found_by_chance_is_no_better_than_chance_on_the_other_half() -> None:
    chance = random.Random(7)
    errors = []
    for n in range(60):
        forecasts = {f"{n} {k}": Forecast(chance.random(), k % 2 == 0, True) for k in range(40)}
        threshold = calibrate(forecasts).threshold
        assert threshold is not None
        errors.append(threshold.errors / threshold.total)
    assert sum(errors) / len(errors) == pytest.approx(0.5, abs=0.05)
