"""Tables: by rich on a terminal, where they fit its width; plain, whole and stable in a pipe.

A name is cut in its middle and a text at its end, numbers stand at the right and are never cut. On a narrow terminal
columns go, the least needed first. A pipe gets all columns and all of each text: `grep` and `awk` read them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.table import Table
    from rich.text import Text

    from visionask.report.console import Console

GAP = 2  # columns between two cells
LEAST = {"name": 16, "text": 12, "fold": 12}  # columns that a cell needs that can be cut
SMALLEST = 6  # what such a cell is cut to where all others would not fit
WIDEST_PADDING = 60  # columns of a text in a pipe that make the others wait for it
VERDICTS = {"true": "green", "false": "red", "undecided": "magenta", "refused": "magenta", "error": "red"}


class Column(NamedTuple):
    """A column. `word` is left-aligned and never cut; `fold` is a text of several lines, which is never cut either."""

    head: str
    kind: Literal["name", "text", "fold", "word", "number"] = "word"
    width: int = 0  # at least, in a pipe
    goes: int = 0  # when a terminal is too narrow: 1 is the first to go, 0 never
    styles: Mapping[str, str] = {}  # of rich, by what a cell says


class Row(NamedTuple):
    """Cells, which are safe text, and a style of rich for all of them."""

    cells: Sequence[str]
    style: str = ""


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut_middle(text: str, room: int, *, least: int = 12) -> str:
    """Return a text of at most `room` columns, but no fewer than `least`, cut in its middle where it is longer."""
    room = max(room, least)
    if columns_of(text) <= room:
        return text
    head = _beginning(text, (room - 1) // 2)
    tail = _beginning(text[::-1], room - 1 - columns_of(head))[::-1]
    return f"{head}…{tail}"


def cut_end(text: str, room: int) -> str:
    """Return a text of at most `room` columns, cut at its end where it is longer."""
    return text if columns_of(text) <= room else f"{_beginning(text, room - 1).rstrip()}…"


def _beginning(text: str, room: int) -> str:
    for place, character in enumerate(text):
        room -= _columns_of(character)
        if room < 0:
            return text[:place]
    return text


def write_table(
    console: Console,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str] | Row],
    total: Sequence[str] = (),
    *,
    has_head: bool = True,
) -> None:
    """Write a table to standard output; `total` is its last row. Without `has_head`, a pipe gets rows alone."""
    found = [row if isinstance(row, Row) else Row(row) for row in rows]
    width = console.table_columns
    if width is None:
        for line in plain_lines(columns, [*found, *([Row(total)] if total else [])], has_head=has_head):
            console.line(line)
    else:
        _write_drawn(console, columns, found, total, width)


def plain_lines(columns: Sequence[Column], rows: Sequence[Row], *, has_head: bool = True) -> Iterator[str]:
    """Yield the lines of a plain table: each row one line, and below it the further lines of its cells."""
    every = [Row([column.head for column in columns]), *rows] if has_head else rows
    widths = []
    for place, column in enumerate(columns):
        lengths = [columns_of(line) for row in every for line in row.cells[place].split("\n")]
        if column.kind in ("text", "fold"):
            lengths = [min(length, WIDEST_PADDING) for length in lengths]
        widths.append(max(column.width, *lengths))
    for row in every:
        cells = [cell.split("\n") for cell in row.cells]
        for number in range(max(map(len, cells))):
            line = [cell[number] if number < len(cell) else "" for cell in cells]
            padded = [_padded(*each) for each in zip(line, columns, widths, strict=True)]
            yield (" " * GAP).join(padded).rstrip()


def _padded(cell: str, column: Column, width: int) -> str:
    padding = " " * (width - columns_of(cell))
    return padding + cell if column.kind == "number" else cell + padding


def _write_drawn(
    console: Console, columns: Sequence[Column], rows: Sequence[Row], total: Sequence[str], width: int
) -> None:
    """Draw a table of at most `width` columns with rich; write it plainly where it cannot fit."""
    from rich.console import Console as RichConsole

    every = [Row([column.head for column in columns]), *rows, *([Row(total)] if total else [])]
    widths = [
        max(columns_of(line) for row in every for line in row.cells[place].split("\n")) for place in range(len(columns))
    ]
    shown, widths = _fit(columns, widths, width)
    if sum(widths[place] for place in shown) + GAP * (len(shown) - 1) > width:  # the terminal breaks its lines
        kept = [Row([row.cells[place] for place in shown]) for row in every[1:]]
        for line in plain_lines([columns[place] for place in shown], kept):
            console.line(line)
        return
    encoding = (getattr(console.out, "encoding", None) or "utf-8").lower()
    table = _drawn([columns[place] for place in shown], [widths[place] for place in shown], has_total=bool(total))
    for row in rows:
        table.add_row(*(_cell(row.cells[place], columns[place], widths[place]) for place in shown), style=row.style)
    if total:
        for drawn, place in zip(table.columns, shown, strict=True):
            drawn.footer = _cell(total[place], columns[place], widths[place])
    colours: Literal["standard"] | None = None if console.is_plain or console.is_dumb else "standard"
    rich = RichConsole(file=console.out, width=width, color_system=colours, force_terminal=True, legacy_windows=False)
    with rich.capture() as captured:
        rich.print(table)
    text = "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    console.out.write(text if encoding.startswith("utf") else text.replace("…", "~"))


def _drawn(columns: Sequence[Column], widths: Sequence[int], *, has_total: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_footer=has_total,
        header_style="bold", footer_style="bold", border_style="dim",
    )  # fmt: skip
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.head), justify="right" if column.kind == "number" else "left", width=width,
            no_wrap=column.kind != "fold", overflow="fold",
        )  # fmt: skip
    return table


def _cell(cell: str, column: Column, width: int) -> Text:
    from rich.text import Text

    style = column.styles.get(cell, "")
    if column.kind == "fold":
        first, *more = cell.split("\n")
        return Text.assemble((first, style), *(("\n" + line, "dim") for line in more))
    if column.kind == "name":
        cell = cut_middle(cell, width, least=1)
    elif column.kind == "text":
        cell = cut_end(cell, width)
    return Text(cell, style)


def _fit(columns: Sequence[Column], widths: Sequence[int], room: int) -> tuple[list[int], list[int]]:
    """Return which columns are shown, and the width of each, so that all fit where that is possible."""
    shown = list(range(len(columns)))
    kinds = [column.kind for column in columns]
    least = [min(width, LEAST.get(kind, width)) for kind, width in zip(kinds, widths, strict=True)]

    def spare() -> int:
        return room - sum(least[place] for place in shown) - GAP * (len(shown) - 1)

    for place in sorted((place for place, column in enumerate(columns) if column.goes), key=lambda p: columns[p].goes):
        if spare() >= 0:
            break
        shown.remove(place)
    if spare() < 0:
        least = [width if kind not in LEAST else min(width, SMALLEST) for kind, width in zip(kinds, least, strict=True)]
    found, left = list(least), max(0, spare())
    while left and (wanting := [place for place in shown if found[place] < widths[place]]):
        share = max(1, left // len(wanting))
        for place in wanting:
            more = min(share, widths[place] - found[place], left)
            found[place] += more
            left -= more
    return shown, found
