"""Answers against labels, and what is recommended: by hand, and over 200 simulated evals with a known truth."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.evaluation import (
    Judged,
    Kind,
    SettingResult,
    compare,
    field_of,
    is_right,
    kind_of,
    normalise,
    read_number,
    read_yes,
    recommend,
)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["yes", "No", "TRUE"], "yes_no"),
        (["1", "0"], "number"),
        (["1", "0", "yes"], "yes_no"),
        (["3", "4.5", "-2"], "number"),
        (["3", "three"], "text"),
        (["red", "yes"], "text"),
    ],
)
def test_a_column_is_what_all_its_labels_are(values: list[str], kind: Kind) -> None:
    assert kind_of(values) == kind


@pytest.mark.parametrize(
    ("answer", "label", "kind", "right"),
    [
        ("Yes, there is one.", "yes", "yes_no", True),
        ("No.", "yes", "yes_no", False),
        ("I cannot tell.", "no", "yes_no", False),
        ("true", "yes", "yes_no", True),
        ("1,250.50", "1250.5", "number", True),
        ("$3.", "3", "number", True),
        ("about three", "3", "number", False),
        (" The-Cat. ", "the cat", "text", True),
        ("a cat", "cat", "text", False),
        (None, "cat", "text", False),
    ],
)
def test_an_answer_is_held_against_its_label(answer: str | None, label: str, kind: Kind, right: bool) -> None:
    assert is_right(answer, label, kind) is right


def test_numbers_have_a_tolerance() -> None:
    assert is_right("10.4", "10", "number", tolerance=Decimal("0.4"))
    assert not is_right("10.41", "10", "number", tolerance=Decimal("0.4"))


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    read_number(text)
    read_yes(text)
    assert is_right(text, text, "text")


def test_fields_are_found_by_their_path() -> None:
    data = {"total": {"amount": 3.5}, "lines": ["a", "b"], "paid": True, "none": None}
    assert [field_of(data, path) for path in ("total.amount", "lines.1", "paid", "none", "total", "lines.9")] == [
        "3.5", "b", "true", None, None, None,
    ]  # fmt: skip


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
