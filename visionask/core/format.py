"""How figures are written for people: money, sizes, durations, moments, counts. Records keep the bare numbers."""

from __future__ import annotations

import math
import time
from decimal import ROUND_HALF_UP, Decimal


def usd(amount: Decimal | None) -> str:
    """Return money with enough digits not to read $0: two decimals from $1, else two significant digits."""
    if amount is None:
        return "price unknown"
    if amount == 0:
        return "$0"
    leading = Decimal(f"{amount:.1e}").adjusted()  # after rounding: 0.0995 reads 0.10
    places = 2 if amount >= 1 else max(2, 1 - leading)
    return f"${amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):,f}"


def billed(amount: Decimal, answers: int, unpriced: int) -> str:
    """Return what was billed for answers, of which some have no known price: that is `?`, never $0."""
    return " + ".join([usd(amount)] * (unpriced < answers or amount > 0 or not answers) + ["?"] * (unpriced > 0))


def size(count_bytes: float) -> str:
    """Return a size with a unit in which it does not read 0: "9 bytes", "1.2 kB", "8.7 MB"."""
    if count_bytes < 1000:
        return f"{count_bytes:.0f} bytes"
    figure, unit = (count_bytes / 1e6, "MB") if count_bytes >= 1e6 else (count_bytes / 1e3, "kB")
    return f"{figure:,.1f}".removesuffix(".0") + f" {unit}"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 image", "3 images", "2 batches"."""
    plural = f"{noun}es" if noun.endswith(("ch", "sh", "s", "x")) else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def duration(seconds: float) -> str:
    """Return a time in the units that matter, rounded up: "4.2 s", "119 s", "2 min 30 s", "2 h 5 min", "3 days"."""
    seconds = min(seconds, 1e12)
    if seconds < 10:
        return f"{math.ceil(round(seconds * 10, 6)) / 10:g} s"
    total = math.ceil(seconds)
    if total < 120:
        return f"{total} s"
    minutes, left_s = divmod(total, 60)
    if minutes < 60:
        return f"{minutes} min" + (f" {left_s} s" if left_s else "")
    hours, left_min = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h" + (f" {left_min} min" if left_min else "")
    return f"{hours // 24} days"


def moment(at: float) -> str:
    """Return a moment of Unix time in UTC: 2026-11-22 18:45."""
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at))


def day(at: float) -> str:
    """Return the day of a moment of Unix time in UTC: 2026-11-22."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))
