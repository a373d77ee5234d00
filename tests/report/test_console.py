"""Tests of how lines are broken on a terminal."""

from __future__ import annotations

import pytest

from visionask.report.console import wrapped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a" * 20, "a" * 20, id="as wide as it"),
        pytest.param("rate limited: waiting 12 s", "rate limited:\n  waiting 12 s", id="between words"),
        pytest.param("a no-such-thing to break", "a no-such-thing to\n  break", id="no word at its hyphen"),
        pytest.param("  low: longest side 512", "  low: longest side\n    512", id="under an indent"),
        pytest.param("read: " + "p" * 40, "read: " + "p" * 40, id="a path is left whole"),
    ],
)
def test_a_line_breaks_between_words(text: str, expected: str) -> None:
    assert wrapped(text, 20) == expected
