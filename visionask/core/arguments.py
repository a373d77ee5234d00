"""The checks of single values that a user gives, on the command line or in Python: a range, a word, a box."""

import re
from collections.abc import Sequence
from math import isfinite
from operator import index

from visionask.core.errors import UsageError
from visionask.core.geometry import Box
from visionask.core.image import Pages


def read_box(box: str | Sequence[int], flag: str) -> Box:
    """Read X,Y,WIDTH,HEIGHT in px, as text or as four numbers. Raises UsageError."""
    try:
        x, y, width, height = (int(part) if isinstance(part, str) else index(part) for part in _parts(box))
    except (TypeError, ValueError):
        x = y = width = height = -1
    if min(x, y) < 0 or min(width, height) < 1:
        raise UsageError(f"{flag} {box!r} is not X,Y,WIDTH,HEIGHT", f"such as {flag} 100,50,640,480")
    return Box(x, y, width, height)


def _parts(box: str | Sequence[int]) -> Sequence[str | int]:
    return box.split(",") if isinstance(box, str) else box


def read_pages(text: str | None) -> Pages | None:
    """Read `all`, or pages and ranges such as `1-3,7` or `5-`. Raises UsageError."""
    if text is None:
        return None
    if text.strip().lower() == "all":
        return Pages(((1, None),))
    ranges: list[tuple[int, int | None]] = []
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,9})\s*(?:(-)\s*(\d{1,9})?)?\s*", part, re.ASCII)
        first, last = (int(found[1]), int(found[3] or found[1])) if found else (0, 0)
        if not found or not 1 <= first <= last:
            raise UsageError(f"--pages {text!r} is no list of pages", "such as --pages all, or --pages 1-3,7")
        ranges.append((first, None if found[2] and not found[3] else last))
    return Pages(tuple(ranges))


def need_range(value: int | None, flag: str, *, least: int, most: int | None = None) -> int | None:
    """Check a number that was given. Raises UsageError."""
    if value is not None and not isinstance(value, int):
        raise UsageError(f"{flag} must be a whole number, not {value!r}", f"such as {flag} {max(least, 1)}")
    if value is not None and (value < least or (most is not None and value > most)):
        limit = f"from {least} to {most}" if most is not None else f"at least {least}"
        raise UsageError(f"{flag} must be {limit}, not {value}", f"such as {flag} {max(least, 1)}")
    return value


def need_finite(value: float | None, flag: str) -> float | None:
    """Check that JSON can say the number that was given: it has no nan and no inf. Raises UsageError."""
    if value is not None and not (isinstance(value, int | float) and isfinite(value)):
        raise UsageError(f"{flag} must be a finite number, not {value}", f"such as {flag} 0.2")
    return value


def need_one_of(value: str | None, flag: str, known: tuple[str, ...]) -> str | None:
    """Check a word that was given. Raises UsageError."""
    if value is not None and value not in known:
        from visionask.core.suggest import did_you_mean

        hint = did_you_mean(value, known, otherwise=f"such as {flag} {known[0]}")
        raise UsageError(f"{flag} must be one of {', '.join(known)}, not {value!r}", hint)
    return value


def need_text(value: str | None, what: str) -> str | None:
    """Check that UTF-8 can say the text that was given: an argument may hold any bytes. Raises UsageError."""
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{what} must be a text, not {type(value).__name__}", "hand over a string")
    if value is not None and not value.isascii() and value.encode("utf-8", "ignore").decode() != value:
        raise UsageError(f"{what} is not UTF-8 text: {value!r:.60}", "write it in UTF-8, or in a file: --prompt-file")
    return value


def need_proportion(text: str, flag: str) -> float:
    """Return a share of 0 to 1, given as 2% or 0.02. Raises UsageError."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise UsageError(f"{flag} must be a share such as 2% or 0.02, not {text!r}", f"{flag} 2%")
    return share
