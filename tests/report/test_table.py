"""Tables: whole in a pipe, and within a terminal's width, whatever the names are."""

from __future__ import annotations

import io
import re

import pytest

from visionask.report.console import Console
from visionask.report.table import Column, Row, _fit, columns_of, cut_end, cut_middle, plain_lines, write_table

COLUMNS = (Column("image", "name"), Column("answer", "text", goes=1), Column("tokens", "number"))
LONG = "photos/2026/" + "very-" * 20 + "long.jpg"
SGR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal; the width of one that has no file is 80 columns."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def drawn(rows: list[tuple[str, ...]], *, is_plain: bool = False, total: tuple[str, ...] = ()) -> str:
    out = Terminal()
    write_table(Console(out=out, err=io.StringIO(), is_plain=is_plain), COLUMNS, rows, total)
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "room", "cut"),
    [
        ("photo.jpg", 9, "photo.jpg"),
        ("photos.jpg", 9, "phot….jpg"),
        ("日本語の写真.jpg", 9, "日本….jpg"),
        ("e\u0301" * 9, 9, "e\u0301" * 9),
    ],
)
def test_a_name_is_cut_in_its_middle_by_columns(text: str, room: int, cut: str) -> None:
    assert cut_middle(text, room, least=1) == cut
    assert columns_of(cut) <= room


@pytest.mark.parametrize(
    ("text", "cut"), [("ten letter", "ten letter"), ("eleven lett", "eleven le…"), ("日本語の写真", "日本語の…")]
)
def test_a_text_is_cut_at_its_end(text: str, cut: str) -> None:
    assert cut_end(text, 10) == cut


def test_a_pipe_gets_all_of_it() -> None:
    rows = [Row((LONG, "word " * 30 + "end", "1,234")), Row(("日本.jpg", "no", "5"))]
    head, first, second = plain_lines(COLUMNS, rows)
    assert LONG in first
    assert "word end" in first
    assert head.startswith("image" + " " * (len(LONG) - 5))
    assert second.index("no") == len(LONG) + 2 - 2  # two wide characters take four columns


def test_a_terminal_gets_what_fits_and_numbers_whole() -> None:
    text = SGR.sub("", drawn([(LONG, "word " * 30, "1,234,567"), ("b.jpg", "no", "5")], total=("2 images", "", "9")))
    lines = text.splitlines()
    assert max(map(columns_of, lines)) <= 80
    assert lines[0].split() == ["image", "answer", "tokens"]
    assert lines[2].startswith("photos/2026/")
    assert "-long.jpg" in lines[2]
    assert lines[2].endswith("1,234,567")
    assert lines[3].endswith("  5")
    assert lines[-1].split() == ["2", "images", "9"]


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        pytest.param(60, [16, 12, 12, 9], id="as much as they need"),
        pytest.param(49, [11, 11, 12, 9], id="texts shrink before a number is cut"),
        pytest.param(30, [6, 6, 12, 9], id="no number is cut: the terminal breaks the lines"),
    ],
)
def test_numbers_and_words_are_never_narrowed(room: int, widths: list[int]) -> None:
    columns = (Column("image", "name"), Column("text", "text"), Column("id"), Column("tokens", "number"))
    assert _fit(columns, [16, 12, 12, 9], room) == ([0, 1, 2, 3], widths)


def test_colour_is_for_a_terminal_that_wants_it() -> None:
    assert SGR.search(drawn([("a", "b", "1")]))
    assert not SGR.search(drawn([("a", "b", "1")], is_plain=True))


def test_markup_is_text() -> None:
    assert "[/red] [bold]" in drawn([("[/red] [bold]", ":cat:", "1")], is_plain=True)
    assert ":cat:" in drawn([("[/red]", ":cat:", "1")], is_plain=True)
