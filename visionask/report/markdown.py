"""Owns the drawing of Markdown on a terminal: what is written is text, colour and line breaks, in the order of reading.

The cursor is never moved, so nothing can be taken back: of a block under way only what nothing can change is shown.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from visionask.report.blocks import STREAMED, Blocks, steady
from visionask.report.clean import StreamFilter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from rich.console import Console as RichConsole
    from rich.markdown import Markdown
    from rich.segment import Segment

    from visionask.report.blocks import Block
    from visionask.report.console import Console

REDRAWN = 200_000  # a long block is drawn in longer steps, so that the time grows with its length and not its square


class MarkdownWriter:
    """Render an answer as it comes: paragraphs, lists and quotes word by word, other blocks when they are whole."""

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole

        self._rich: RichConsole = RichConsole(
            file=console.out, markup=False, emoji=False, highlight=False, no_color=console.is_plain or None
        )
        self._filter = StreamFilter()
        self._blocks = Blocks()
        self._kind = ""  # of the last block
        self._source = 0  # characters of the block under way that are on the screen
        self._shown = ""  # as what
        self._is_source = False  # the rest of it is left as it is
        self._seen = 0  # characters of it when it was last looked at
        self._waiting = 0  # and since
        self._width = self._rich.width

    def feed(self, text: str) -> None:
        self._take(self._filter.feed(text))

    def close(self) -> None:
        self._take(self._filter.close())
        for block in self._blocks.close():
            self._end(block)

    def _take(self, text: str) -> None:
        for block in self._blocks.feed(text):
            self._end(block)
        now = self._blocks.now
        if now is None or now.kind not in STREAMED:
            return
        self._waiting += len(text)
        if self._waiting > self._seen * self._seen // REDRAWN:
            source = self._blocks.text
            self._waiting, self._seen = 0, len(source)
            begun = steady(source)
            if len(begun) > self._source:
                self._draw(now, begun)

    def _end(self, block: Block) -> None:
        text = block.text.rstrip("\n")
        self._draw(block, text)
        if not self._shown:  # what is only marks, such as a fence without code
            self._is_source = True
            self._source = 0
            self._draw(block, text)
        if self._shown:
            self._rich.out("", highlight=False)
        self._source, self._shown, self._is_source = 0, "", False
        self._seen = self._waiting = 0
        self._width = self._rich.width  # a window that changes its size in the middle of a block must not wrap it anew

    def _draw(self, block: Block, text: str) -> None:
        """Write what of a block is not on the screen yet."""
        segments = [] if self._is_source else self._lines(block, text)
        drawn = "".join(segment.text for segment in segments)
        if self._is_source or not drawn.startswith(self._shown):  # its end gives its begin another look: left as it is
            self._is_source, segments = True, _plain(text[self._source :])
            drawn = self._shown + text[self._source :]
        else:
            segments = _after(segments, len(self._shown))
        self._source = len(text)
        if drawn and not self._shown:
            self._part(block)
        self._shown = drawn
        self._print(segments)

    def _part(self, block: Block) -> None:
        """Leave an empty line before a block, but not between the items of a list that has none."""
        if self._kind and (block.is_apart or not self._kind == block.kind == "item"):
            self._rich.out("", highlight=False)
        self._kind = block.kind

    def _lines(self, block: Block, text: str) -> list[Segment]:
        """Render a block: rich pads some kinds of block, with empty lines and spaces, and others not."""
        from rich.segment import Segment

        indent = min(block.indent, max(0, self._width - 20))
        options = self._rich.options.update(width=max(1, self._width - indent))
        lines = [_stripped(line) for line in self._rich.render_lines(read_markdown(text), options, pad=False)]
        while lines and not _text_of(lines[0]).strip():
            lines.pop(0)
        while lines and not _text_of(lines[-1]).strip():
            lines.pop()
        margin = [Segment(" " * indent)] if indent else []
        return [part for at, line in enumerate(lines) for part in ([Segment.line()] * bool(at) + margin + line)]

    def _print(self, segments: list[Segment]) -> None:
        from rich.segment import Segments

        if segments:
            self._rich.print(Segments(segments), end="", crop=False, soft_wrap=True)
        self._rich.file.flush()


def read_markdown(text: str) -> Markdown:
    """Parse Markdown so that nothing of it is lost or changes its meaning.

    Rich drops HTML, reference definitions and the addresses of pictures: they stay text. So do entities: `&#x202e;`
    would become, after the filter, a character that the filter keeps away from the terminal. A line of dashes below a
    paragraph is a line across: as the mark of a heading it would come when the paragraph is on the screen.
    """
    from rich.markdown import Markdown

    markdown = Markdown("", hyperlinks=False)
    markdown.parsed = _parser().parse(text)
    return markdown


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # what rich parses with

    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    return parser.disable(["entity", "reference", "image", "lheading"])


def _text_of(line: list[Segment]) -> str:
    return "".join(segment.text for segment in line)


def _stripped(line: list[Segment]) -> list[Segment]:
    """Take the spaces off a line's end that only fill it, not those that carry a colour of their own."""
    from rich.segment import Segment

    line = list(line)
    while line and not (line[-1].style and line[-1].style.bgcolor):
        text, style, _ = line.pop()
        if text.rstrip():
            line.append(Segment(text.rstrip(), style))
            break
    return line


def _plain(text: str) -> list[Segment]:
    from rich.segment import Segment

    return [Segment(text)] if text else []


def _after(segments: list[Segment], size: int) -> list[Segment]:
    """Drop the first `size` characters."""
    from rich.segment import Segment

    kept = []
    for text, style, _ in segments:
        if size < len(text):
            kept.append(Segment(text[size:], style))
        size = max(0, size - len(text))
    return kept
