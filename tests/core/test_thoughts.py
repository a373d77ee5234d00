"""The block of thoughts before an answer: dropped whole and in a stream, wherever the chunks are cut."""

from __future__ import annotations

import pytest

from visionask.core.thoughts import ThoughtFilter, without_thoughts

TEXTS = [
    pytest.param("<think>A cat?</think>\n\nA cat.", "A cat.", id="thoughts"),
    pytest.param("\n\n<think>\nno\n</think>\nA cat.\n", "A cat.\n", id="blank lines before"),
    pytest.param("\ufeff<think></think>A cat.", "A cat.", id="no thoughts, and a byte order mark"),
    pytest.param("<think>A cat?", "", id="no end"),
    pytest.param("<think>A </thin", "", id="half an end"),
    pytest.param("<THINK>x</Think>A cat.", "A cat.", id="capitals"),
    pytest.param("<thinking>x</thinking>A cat.", "A cat.", id="another spelling"),
    pytest.param("[THINK]x[/THINK]A cat.", "A cat.", id="of Magistral"),
    pytest.param("◁think▷x◁/think▷A cat.", "A cat.", id="of Kimi-VL"),
    pytest.param("<think>a</think><think>b</think>A cat.", "A cat.", id="two blocks"),
    pytest.param("A <think>tag</think> is shown.", "A <think>tag</think> is shown.", id="inside an answer"),
    pytest.param("<thin", "<thin", id="an answer that begins like a tag"),
    pytest.param("  <b>x</b>", "  <b>x</b>", id="other markup"),
    pytest.param("", "", id="nothing"),
]


@pytest.mark.parametrize(("text", "answer"), TEXTS)
def test_thoughts_are_no_part_of_the_answer(text: str, answer: str) -> None:
    assert without_thoughts(text) == answer


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(("text", "answer"), TEXTS)
def test_a_stream_drops_the_same(text: str, answer: str, size: int) -> None:
    shown = ThoughtFilter()
    pieces = [shown.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join([*pieces, shown.close()]) == answer


def test_only_the_end_of_thoughts_that_the_prompt_opened_is_dropped_with_them() -> None:
    text = "A cat, I think.\n</think>\n\nA cat."
    shown = ThoughtFilter()
    assert without_thoughts(text) == shown.feed(text) + shown.close() == "A cat."


HELD = [
    pytest.param("A dog?\n</think>\n\nA cat.", "A cat.", id="thoughts"),
    pytest.param("x < y?</think>A cat.", "x < y?</think>A cat.", id="a sign in it"),
    pytest.param("</THINK> A cat.", "A cat.", id="no thoughts"),
    pytest.param("hm[/THINK]A [1].", "A [1].", id="of Magistral"),
    pytest.param("A cat.", "A cat.", id="an answer alone"),
    pytest.param('{"a": "</think>"}', '{"a": "</think>"}', id="JSON"),
    pytest.param("Use </b", "Use </b", id="other markup"),
]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(("text", "answer"), HELD)
def test_a_stream_that_is_held_drops_an_end_alone(text: str, answer: str, size: int) -> None:
    shown = ThoughtFilter(holds=True)
    pieces = [shown.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join([*pieces, shown.close()]) == answer == without_thoughts(text)


def test_what_is_no_thought_is_shown_at_once() -> None:
    shown = ThoughtFilter()
    assert [shown.feed("A"), shown.feed(" <think>"), shown.close()] == ["A", " <think>", ""]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("text", "has_shown"),
    [
        ("A dog? No.\n</think>\n\nA cat.", True),
        ("A dog [1]. No.\n[/THINK]A cat.", True),
        ("Write `</think>` last.", False),
        ("x < y </think>", False),
        ("A cat.", False),
        ("<think>A dog?</think>A cat.</think>", False),
    ],
)
def test_thoughts_that_were_shown_are_noticed_when_they_end(text: str, has_shown: bool, size: int) -> None:
    if size > len(text) and has_shown:
        return  # in one piece they are dropped
    shown = ThoughtFilter()
    for at in range(0, len(text), size):
        shown.feed(text[at : at + size])
    shown.close()
    assert shown.has_shown_thoughts is has_shown
