"""Markdown on a terminal while it arrives: each word is shown once, as soon as nothing can change its look."""

from __future__ import annotations

import io
import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visionask.report.answer import MarkdownWriter
from visionask.report.console import Console

PIECES = ["word ", "tail", "**", "*", "_", "`", "```", "~~", "\n", "\n\n", "- ", "1. ", "9) ", "> ", "| ", "# ", "    "]
markdown = st.lists(st.sampled_from([*PIECES, "[", "](x)", "\\", "---", "<b>", "日本"]), max_size=30).map("".join)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


class Screen:
    """A writer, and what it has written."""

    def __init__(self) -> None:
        self._out = io.StringIO()
        self.writer = MarkdownWriter(Console(out=self._out, err=io.StringIO()))

    def shows(self, text: str, *, by: int = 1) -> str:
        for at in range(0, len(text), by):
            self.writer.feed(text[at : at + by])
        return self._out.getvalue()

    def ends(self) -> str:
        self.writer.close()
        return self._out.getvalue()


def shown(text: str, *, by: int) -> str:
    screen = Screen()
    screen.shows(text, by=by)
    return screen.ends()


@settings(deadline=None, max_examples=60)
@given(markdown, st.integers(min_value=1, max_value=9))
def test_each_word_is_shown_once_and_nothing_moves_the_cursor(text: str, by: int) -> None:
    written = shown(text, by=by)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", written)
    if "```" not in text:  # what stands behind a fence names a language, and is not shown
        assert Counter(re.findall("word|tail|日本", written)) == Counter(re.findall("word|tail|日本", text))


ANSWER = """\
# Title

Some **bold** text that is *long enough* to be wrapped on eighty columns, with `code`, [a link](http://x.y) and 2 * 3.
It goes on, with a snake_case_name and in
2024. Then a list follows:
- one
- two **bold
  over a line** and enough words to reach the end of the line, where it must be wrapped below its own begin
  - nested
    1. deep
- three

1. **First**

   Its second paragraph.

   ```py
   x = 1

   y = 2
   ```
2. Second

> quoted
> twice

| a | b |
|---|---|
| 1 | 2 |

above
---
below

    indented

日本語 👩‍👩‍👧 é end"""
WRITTEN = """\
                                     Title

Some bold text that is long enough to be wrapped on eighty columns, with code, a
link (http://x.y) and 2 * 3. It goes on, with a snake_case_name and in 2024.
Then a list follows:

 • one
 • two bold over a line and enough words to reach the end of the line, where it
   must be wrapped below its own begin
    • nested
       1 deep
 • three

 1 First
   Its second paragraph.

    x = 1

    y = 2
 2 Second

▌ quoted twice

 a  b
 ────
 1  2

above

--------------------------------------------------------------------------------

below

 indented

日本語 👩‍👩‍👧 é end
"""


@pytest.mark.parametrize("by", [1, 7, 10_000])
def test_an_answer_looks_the_same_however_it_is_cut(by: int) -> None:
    assert [line.rstrip() for line in shown(ANSWER, by=by).splitlines()] == WRITTEN.splitlines()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("> | a | b |\n> |---|---|\n> | 1 | 2 |", ["▌", "▌  a  b", "▌  ────", "▌  1  2", "▌"]),
        ("1. ```py\n   x = 1\n\n   y = 2\n   ```\n2. two", [" 1", "    x = 1", "", "    y = 2", " 2 two"]),
        ("see\n===\n-\n___ ~~~\nend", ["see === - ___ ~~~ end"]),
        ("9) *** | x", ["  9 *** | x"]),
    ],
)
@pytest.mark.parametrize("by", [1, 10_000])
def test_what_its_end_makes_something_else_is_not_shown_before(text: str, written: list[str], by: int) -> None:
    assert [line.rstrip() for line in shown(text, by=by).splitlines()] == written


def test_a_heading_in_an_item_is_placed_once() -> None:
    assert shown("- # Its title\n- two", by=1) == shown("- # Its title\n- two", by=10_000)


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("Some words come", "Some words"),
        ("Some words come ", "Some words come"),
        ("a **bold ", "a"),
        ("a **bold** b ", "a"),
        ("a **bold** b\n\n", "a bold b"),
        ("one\n\ntwo thr", "one\n\ntwo"),
        ("- one two", ""),
        ("- one\n  more\n- two\n", " • one more"),
        ("```\ncode\n```\n", ""),
        ("```\ncode\n```\nand\n", " code"),
        ("| a | b |\n|---|", ""),
        ("# Ti tle", ""),
        ("> quoted words", ""),
    ],
)
def test_words_are_shown_as_they_come_and_what_may_change_is_not(text: str, begun: str) -> None:
    assert Screen().shows(text).strip("\n").rstrip() == begun


def test_what_gets_another_look_by_its_end_is_left_as_it_is() -> None:
    assert shown("a | b\n--|--\n1 | 2", by=1) == "a | b\n--|--\n1 | 2\n"


@pytest.mark.parametrize("text", ["word " * 20_000, "x" * 100_000, "**a " * 2_000, "e" + "\u0301" * 2_000])
def test_a_long_block_takes_no_long_time(text: str) -> None:
    started = time.monotonic()
    shown(text, by=4)
    assert time.monotonic() - started < 30


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
    written = shown(text, by=1)
    for word in text.replace("![", " ").replace("](", " ").rstrip(")").split():
        assert word in written
    assert "\u202e" not in written
