"""Owns the cutting of Markdown into blocks while it arrives: nothing is lost, and no block is cut inside."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visionask.report.answer import MarkdownWriter, PlainWriter, split_blocks
from visionask.report.console import Console

markdown = st.lists(
    st.sampled_from(["a", "# t", "- i", "", "", "```", "```py", "~~~", "````", "   ", "\t", "> q", "| a | b |"]),
    max_size=12,
).map("\n".join)


@given(markdown | st.text())
def test_the_blocks_join_back_to_the_text(text: str) -> None:
    done, rest = split_blocks(text)
    assert done + rest == text
    assert split_blocks(done) == (done, "")


@given(markdown, st.text(st.sampled_from("a`~ \n"), max_size=20))
def test_what_is_done_stays_done(text: str, more: str) -> None:
    done, _ = split_blocks(text)
    assert split_blocks(text + more)[0].startswith(done)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("a", ""),
        ("a\n", ""),
        ("a\n\n", "a\n\n"),
        ("a\n\nb", "a\n\n"),
        ("a\n ", ""),
        ("a\n \nb", "a\n \n"),
        ("```\na\n\nb", ""),
        ("```\na\n\nb\n```\n\nc", "```\na\n\nb\n```\n\n"),
        ("````\n```\n\nb", ""),
        ("~~~\n```\n\nb", ""),
    ],
)
def test_a_block_ends_at_a_blank_line_outside_code(text: str, done: str) -> None:
    assert split_blocks(text) == (done, text[len(done) :])


@pytest.mark.parametrize(
    ("pieces", "written"),
    [(["a"], "a\n"), (["a\n"], "a\n"), (["a", "\n", "\n"], "a\n\n"), (["a\r"], "a\\r\n"), ([], "")],
)
def test_a_plain_answer_ends_with_one_line_break(pieces: list[str], written: str) -> None:
    out = io.StringIO()
    writer = PlainWriter(Console(out=out, err=io.StringIO()), is_raw=False)
    for piece in pieces:
        writer.feed(piece)
    writer.close()
    assert out.getvalue() == written


@pytest.mark.parametrize(
    "text",
    [
        "<div>inside</div>",
        "<!-- remark -->",
        "[name]: http://example.org/page",
        "![photo](http://example.org/a.png)",
        "&lt;tag&gt; &amp; &copy; &#x202e;",
        "a <b>c</b> d",
        "[/etc] [bold]x[/bold] :smile:",
        "<script>alert(1)</script>",
    ],
)
def test_no_word_of_an_answer_is_lost(text: str) -> None:
    out = io.StringIO()
    writer = MarkdownWriter(Console(out=out, err=io.StringIO()))
    for character in text:
        writer.feed(character)
    writer.close()
    shown = out.getvalue()
    for word in text.replace("![", " ").replace("](", " ").rstrip(")").split():
        assert word in shown
    assert "\u202e" not in shown
