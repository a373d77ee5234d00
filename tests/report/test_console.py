"""Tests of how lines are broken on a terminal."""

from __future__ import annotations

import pytest

from visionask.core.errors import CorruptImage, NotFound
from visionask.report.console import failure, wrapped


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


def test_the_next_step_of_a_wrong_name_is_told_once() -> None:
    assert failure(NotFound("a.jp: no such file", "did you mean a.jpg?")) == "a.jp: no such file (did you mean a.jpg?)"
    assert failure(NotFound("p: only folders: add -r", "add -r")) == "p: only folders: add -r"
    assert failure(CorruptImage("b.jpg: cut", "copy it again")) == "b.jpg: cut"
