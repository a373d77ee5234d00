"""Figures as people read them: money never reads $0, sizes never 0 MB, durations in the units that matter."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.core.format import billed, count, duration, moment, size, usd

amounts = st.decimals(min_value=Decimal("1e-12"), max_value=Decimal("1e9"), allow_nan=False, allow_infinity=False)


@given(amounts)
def test_money_never_reads_0_and_is_within_5_percent(amount: Decimal) -> None:
    text = usd(amount)
    assert text.startswith("$")
    assert "E" not in text.upper()
    read = Decimal(text.removeprefix("$").replace(",", ""))
    assert read > 0
    assert abs(read - amount) <= amount * Decimal("0.05")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "price unknown"),
        ("0", "$0"),
        ("0.0006531", "$0.00065"),
        ("0.00015", "$0.00015"),
        ("0.0000001", "$0.00000010"),
        ("0.00996", "$0.010"),
        ("0.0995", "$0.10"),
        ("0.994", "$0.99"),
        ("0.999", "$1.00"),
        ("1.005", "$1.01"),
        ("12345.678", "$12,345.68"),
    ],
)
def test_money_has_two_digits_that_count(amount: str | None, text: str) -> None:
    found = usd(None if amount is None else Decimal(amount))
    assert found == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.2, "0.2 s"),
        (4.21, "4.3 s"),
        (9.95, "10 s"),
        (10.1, "11 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (150.0, "2 min 30 s"),
        (7500.0, "2 h 5 min"),
        (3600.0 * 48, "2 days"),
        (float("inf"), "11574074 days"),
    ],
)
def test_durations_are_spelled(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1249, "1.2 kB"),
        (999_999, "1,000 kB"),
        (1_000_000, "1 MB"),
        (8_700_000_000, "8,700 MB"),
    ],
)
def test_sizes_never_read_0(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [(0, "image", "0 images"), (1, "batch", "1 batch"), (2, "batch", "2 batches"), (1234, "image", "1,234 images")],
)
def test_a_count_has_its_noun_in_the_plural(number: int, noun: str, text: str) -> None:
    assert count(number, noun) == text


@pytest.mark.parametrize(
    ("usd", "answers", "unpriced", "text"),
    [("0", 2, 2, "?"), ("0", 2, 0, "$0"), ("0.5", 3, 1, "$0.50 + ?"), ("0", 0, 0, "$0"), ("0", 2, 1, "$0 + ?")],
)
def test_what_has_no_known_price_is_never_0(usd: str, answers: int, unpriced: int, text: str) -> None:
    assert billed(Decimal(usd), answers, unpriced) == text


def test_a_moment_is_told_in_utc() -> None:
    assert moment(1_700_000_000.0) == "2023-11-14 22:13"
