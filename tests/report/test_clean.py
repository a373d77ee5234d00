"""The law of the filter: whatever arrives and however it is cut, nothing that steers a terminal gets through."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.report.clean import StreamFilter, clean, one_line

HARMFUL = "\x00\x07\x08\x0b\r\x0e\x1b\x7f\x85\x90\x9b\x9d"
HARMFUL += "\u061c\u200e\u200f\u202a\u202e\u2066\u2069\u2028\ud800\udcff\U000e0041"
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
texts = st.text(st.one_of(st.sampled_from(HARMFUL + "\n\t\r\n[]\\;"), st.characters()))


def cut(text: str, places: list[int]) -> list[str]:
    ends = [*sorted({place % (len(text) + 1) for place in places}), len(text)]
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def filtered(pieces: list[str]) -> str:
    stream = StreamFilter()
    return "".join(map(stream.feed, pieces)) + stream.close()


def steers(character: str) -> bool:
    """Judge by Unicode's own tables, not by the filter's."""
    if character in "\n\t":
        return False
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(character) in BIDI


@given(texts, st.lists(st.integers(min_value=0), max_size=8))
def test_cutting_changes_nothing(text: str, places: list[int]) -> None:
    pieces = cut(text, places)
    assert "".join(pieces) == text
    assert filtered(pieces) == filtered([text]) == clean(text)


@given(texts)
def test_nothing_that_steers_gets_through(text: str) -> None:
    shown = filtered(list(text))
    assert not [character for character in shown if steers(character)]
    shown.encode()  # no lone surrogate is left
    line = one_line(text)
    assert not [character for character in line if steers(character) or character in "\n\t"]


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_plain_text_is_left_alone(text: str) -> None:
    assert filtered([text]) == one_line(text) == text


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["a\r", "\nb"], "a\nb"),
        (["a\r", "b"], r"a\rb"),
        (["a\r"], r"a\r"),
        (["\r", "\r", "\n"], "\\r\n"),
        (["\x1b", "[31m"], r"\x1b[31m"),
        (["\x9b"], r"\x9b"),
        (["\udcff"], r"\xff"),
        (["\ud83d"], r"\ud83d"),
        (["\u202e"], r"\u202e"),
        (["\U000e0041"], r"\U000e0041"),
        (["", "a", ""], "a"),
        (["日本語 é עברית 👩 1\n\t2"], "日本語 é עברית 👩 1\n\t2"),
    ],
)
def test_each_kind_is_made_visible(pieces: list[str], shown: str) -> None:
    assert filtered(pieces) == shown


def test_a_long_answer_takes_no_time() -> None:
    assert len(filtered(["\x1b" * 1_000_000])) == 4_000_000
