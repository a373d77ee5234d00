"""The writing of an answer while it arrives: as it is into a pipe or a file, as Markdown on a terminal.

Markdown is drawn by rich, a block at a time: a paragraph, an item of a list, a table, a piece of code. What is written
is text, colour and line breaks, in the order of reading: the cursor is never moved, so nothing can be taken back. A
block is drawn when the next one has begun; of a paragraph, the words before its first mark are shown as they come.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Protocol

from visionask.core.namedtuple import NamedTuple
from visionask.report.clean import StreamFilter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from rich.segment import Segment
    from rich.syntax import SyntaxTheme

    from visionask.report.console import Console


_STYLES = {  # in place of rich's, whose black grounds are boxes on a light terminal, and whose blue is dark on black
    "markdown.code": "bold",
    "markdown.code_block": "none",
    "markdown.link": "underline",
    "markdown.link_url": "underline",
}


class Writer(Protocol):
    """Takes the text of an answer as it comes."""

    def feed(self, text: str) -> None: ...

    def close(self) -> None: ...


class PlainWriter:
    """Write text as it is (cleaned unless raw), and end it with a line break."""

    def __init__(self, console: Console, *, is_raw: bool) -> None:
        self._out = console.out
        self._filter = None if is_raw else StreamFilter()
        self._last = "\n"

    def feed(self, text: str) -> None:
        self._write(text if self._filter is None else self._filter.feed(text))
        self._out.flush()

    def close(self) -> None:
        if self._filter is not None:
            self._write(self._filter.close())
        if self._last != "\n":
            self._write("\n")
        self._out.flush()

    def _write(self, text: str) -> None:
        if text:
            self._out.write(text)
            self._last = text[-1]


class Block(NamedTuple):
    """Where a block begins, and what it is."""

    line: int
    is_item: bool  # of a list; its sub-items belong to it
    is_paragraph: bool  # an empty line ends it


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text; all but the last are what they are, whatever follows."""
    found = []
    for token in _parser().parse(text):
        is_item = token.type == "list_item_open" and token.level == 1
        is_other = token.level == 0 and token.nesting >= 0 and not token.type.endswith("list_open")
        if token.map is not None and (is_item or is_other):
            found.append(Block(token.map[0], is_item, token.type == "paragraph_open" and not is_item))
    return found


_WORDS = re.compile(r"[^\W\d_][^\n\\`*_~\[\]|]*(?=[ \t])")  # of a paragraph: no mark, and whole


def is_due(new: int, seen: int) -> bool:
    """Return whether to look again: a long block in longer steps, so that the time grows not with its square."""
    return new > seen * seen // 200_000


class MarkdownWriter:
    """Draw an answer as it comes."""

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole
        from rich.theme import Theme

        self._rich = RichConsole(
            file=console.out,
            markup=False,
            emoji=False,
            highlight=False,
            no_color=console.is_plain or None,
            theme=Theme(_STYLES),
        )
        self._width = self._rich.width  # of the block under way: a window that is resized must not wrap it anew
        self._filter = StreamFilter()
        self._source = ""  # of the blocks that are not drawn
        self._last_line: list[str] = []  # what has come of a line that is not whole: joining each would take n * n
        self._waiting = 0  # characters that have come since the source was parsed, or the words shown
        self._seen = 0  # characters of it then
        self._shown = ""  # of the block under way, as it is on the screen
        self._is_item: bool | None = None  # the last block that was begun; None: nothing was
        self._is_apart = False  # an empty line stands before the block under way

    def feed(self, text: str) -> None:
        self._take(self._filter.feed(text))

    def close(self) -> None:
        self._take(self._filter.close() + "\n")
        self._draw_blocks(is_end=True)

    def _take(self, text: str) -> None:
        whole, line_end, rest = text.rpartition("\n")
        self._waiting += len(text)
        if line_end:
            self._source += "".join(self._last_line) + whole + "\n"
            self._last_line = []
            if is_due(self._waiting, self._seen):
                self._draw_blocks(is_end=False)
        self._last_line.append(rest)
        if not self._source and is_due(self._waiting, self._seen):
            self._show_words("".join(self._last_line))

    def _draw_blocks(self, *, is_end: bool) -> None:
        """Draw the blocks that have ended, and keep the rest."""
        lines, found = self._source.splitlines(keepends=True), blocks(self._source)
        starts = [block.line for block in found]
        is_end = is_end or (bool(found) and found[-1].is_paragraph and not lines[-1].strip())
        ends = [*starts[1:], *([len(lines)] if is_end else [])]
        self._is_apart |= bool(found) and found[0].line > 0
        done = 0
        for block, end in zip(found, ends, strict=False):
            self._draw(block, "".join(lines[block.line : end]))
            self._is_apart = not lines[end - 1].strip()
            done = end
        self._source = "".join(lines[done:]) if found else ""
        self._is_apart |= not found and bool(lines)
        self._waiting, self._seen = 0, len(self._source)

    def _draw(self, block: Block, text: str) -> None:
        """Write what of a block is not on the screen yet, and end it."""
        from rich.segment import Segment

        segments = self._lines(text)
        drawn = "".join(segment.text for segment in segments)
        if not drawn:
            segments, drawn = [Segment(text.rstrip())], text.rstrip()  # only marks, such as a fence without code
        if not drawn.startswith(self._shown):  # its end gave its begin another look: it stays as it came
            segments = [Segment(" " + text.rstrip()[len(" ".join(self._shown.split())) :].lstrip())]
        else:
            segments = _after(segments, len(self._shown))
        if not self._shown:
            self._part(block.is_item)
        self._print([*segments, Segment("\n")])
        self._shown = ""
        self._width = self._rich.width

    def _show_words(self, line: str) -> None:
        """Write the begin of a paragraph whose first line is under way, as far as nothing that follows changes it."""
        words = _WORDS.match(line)
        self._waiting, self._seen = 0, len(line)
        if words is None:
            return
        segments = self._lines(words[0])
        drawn = "".join(segment.text for segment in segments)
        if not self._shown:
            self._part(is_item=False)
        self._print(_after(segments, len(self._shown)))
        self._shown = drawn

    def _part(self, is_item: bool) -> None:
        """Leave an empty line before a block, but not between the items of a list that has none."""
        if self._is_item is not None and (self._is_apart or not (self._is_item and is_item)):
            self._rich.file.write("\n")
        self._is_item, self._is_apart = is_item, False

    def _lines(self, text: str) -> list[Segment]:
        """Render a block without the empty lines and the spaces that rich pads it with."""
        from rich.markdown import Markdown
        from rich.segment import Segment

        markdown = Markdown("", hyperlinks=False, code_theme=_code_theme())  # type: ignore[arg-type]  # taken as it is
        markdown.parsed = _parser().parse(text)
        options = self._rich.options.update(width=max(1, self._width))
        lines = [_stripped(line) for line in self._rich.render_lines(markdown, options, pad=False)]
        texts = ["".join(segment.text for segment in line).strip() for line in lines]
        full = [at for at, shown in enumerate(texts) if shown]
        lines = lines[full[0] : full[-1] + 1] if full else []
        return [part for at, line in enumerate(lines) for part in ([Segment.line()] * bool(at) + line)]

    def _print(self, segments: list[Segment]) -> None:
        from rich.segment import Segments

        self._rich.print(Segments(segments), end="", crop=False, soft_wrap=True)
        self._rich.file.flush()


@cache
def _code_theme() -> SyntaxTheme:
    """Return the look of code without a ground and without colours: for a light terminal as for a dark one."""
    from pygments.token import Comment, Keyword  # type: ignore[import-untyped]
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme

    return ANSISyntaxTheme({Comment: Style(dim=True), Keyword: Style(bold=True)})


@cache
def _parser() -> MarkdownIt:
    """Return a parser that loses nothing of a text and changes nothing of its meaning.

    Rich drops HTML, reference definitions and the addresses of pictures: they stay text. So do entities: `&#x202e;`
    would become, after the filter, a character that the filter keeps away from the terminal. A line of dashes below a
    paragraph is a line across: as the mark of a heading it would come when the paragraph is on the screen.
    """
    from markdown_it import MarkdownIt  # what rich parses with

    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    return parser.disable(["entity", "reference", "image", "lheading"])


def _stripped(line: list[Segment]) -> list[Segment]:
    """Return a line without the spaces that only fill it: those that carry a colour of their own stay."""
    from rich.segment import Segment

    line = list(line)
    while line and not (line[-1].style and line[-1].style.bgcolor):
        text, style, _ = line.pop()
        if text.rstrip():
            line.append(Segment(text.rstrip(), style))
            break
    return line


def _after(segments: list[Segment], size: int) -> list[Segment]:
    """Return the segments without their first `size` characters."""
    from rich.segment import Segment

    kept = []
    for text, style, _ in segments:
        if size < len(text):
            kept.append(Segment(text[size:], style))
        size = max(0, size - len(text))
    return kept
