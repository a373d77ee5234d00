"""The writing of an answer while it arrives, as it is: into a pipe or a file.

The drawing of Markdown on a terminal: what is written is text, colour and line breaks, in the order of reading.

The cursor is never moved, so nothing can be taken back: of a block under way only what nothing can change is shown.

The cutting of Markdown into blocks while it arrives, and how far a block that is not whole can be shown.

A block is what is drawn in one piece: a paragraph, a list's item without its sub-items, a quote, a heading, a line
across, a table, a piece of code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Protocol

from visionask.report.clean import StreamFilter

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from rich.console import Console as RichConsole
    from rich.markdown import Markdown
    from rich.segment import Segment

    from visionask.report.console import Console


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


STREAMED = ("text", "item", "quote")  # shown word by word; of the others the end decides how the beginning looks


_ITEM = re.compile(r"([-*+]|(\d{1,9})[.)])[ \t]+(?=\S)")


_OPENING = re.compile(rf">|{_ITEM.pattern}")


_RULE = re.compile(r"([-*_])([ \t]*\1){2,}[ \t]*")


_HEADING = re.compile(r"#{1,6}([ \t]|$)")


_FENCE = re.compile(r"`{3,}[^`]*$|~{3,}")


_UNDECIDED = re.compile(r"[-*_+#> \t]*|\d{1,9}[.)]?[ \t]*|`{3,}.*|`+|~+")  # the begin of a line that may be anything


@dataclass(slots=True)
class Block:
    """The source of one block, as far as its lines are whole. `indent` is in cells, `is_apart`: after an empty line."""

    kind: str
    text: str
    indent: int
    is_apart: bool


@dataclass(slots=True)
class _Item:
    """A list's item that later lines may belong to: the column of its mark in the source, of its text on the screen."""

    column: int
    indent: int


@dataclass(slots=True)
class Blocks:
    """Cuts text into blocks. `now` is the block that is under way."""

    now: Block | None = None
    _pieces: list[str] = field(default_factory=list)  # of the line that is not whole: joining each would take n * n
    _is_placed: bool = False
    _is_after_blank: bool = True
    _fence: str = ""
    _dedent: int = 0
    _items: list[_Item] = field(default_factory=list)

    def feed(self, text: str) -> list[Block]:
        """Take text in; return the blocks that have ended."""
        done: list[Block] = []
        for piece in text.splitlines(keepends=True) if "\n" in text else [text]:
            self._pieces.append(piece.removesuffix("\n"))
            is_whole = piece.endswith("\n")
            if not self._is_placed:
                line = "".join(self._pieces)
                if is_whole or not _UNDECIDED.fullmatch(_inner(line)):
                    self._place(line, done)
            if is_whole:
                self._end_line("".join(self._pieces), done)
        return done

    @property
    def text(self) -> str:
        """The source of the block under way, with what has come of its last line."""
        if self.now is None:
            return ""
        return self.now.text + (self._dedented("".join(self._pieces)) if self._is_placed else "")

    def close(self) -> list[Block]:
        """Return what is left."""
        done = self.feed("\n") if self._pieces else []
        self._end_block(done)
        return done

    def _place(self, line: str, done: list[Block]) -> None:
        """Let a line go on with the block under way, or begin another."""
        self._is_placed = True
        mark = line.strip(" \t")
        if self._fence:
            return
        if not mark:
            self._end_block(done)
            self._is_after_blank = True
        elif self.now is None or not self._goes_on(self.now, mark, _column(line)):
            self._end_block(done)
            self._begin(mark, _column(line))

    def _goes_on(self, now: Block, mark: str, column: int) -> bool:
        kind = _kind_of(mark)
        if now.kind in ("quote", "table"):
            return kind == now.kind
        if now.kind == "code":
            return column >= self._dedent + 4
        if kind == "item" and now.kind == "text":  # a number that only begins a line is no list: "in\n2024. Then"
            return mark[0].isdigit() and not mark.startswith(("1.", "1)"))
        return kind == "text"

    def _begin(self, mark: str, column: int) -> None:
        kind = _kind_of(mark)
        while self._items and column < self._items[-1].column + 2:
            self._items.pop()
        indent = self._items[-1].indent if self._items else 0
        if kind == "item":
            self._dedent = column
            self._items.append(_Item(column=column, indent=indent + _mark_cells(mark)))
        elif self._items:
            self._dedent = min(column, self._items[-1].column + 4)
        else:
            self._dedent = column if column < 4 else 0
        if kind == "text" and column - self._dedent >= 4:
            kind = "code"
        first = _inner(mark) if kind == "item" else mark
        if _FENCE.match(first):
            self._fence = first[: len(first) - len(first.lstrip(first[0]))]
        self.now = Block(kind, "", indent, self._is_after_blank)
        self._is_after_blank = False

    def _end_line(self, line: str, done: list[Block]) -> None:
        self._pieces, self._is_placed = [], False
        if self.now is None:
            return
        is_first = not self.now.text
        self.now.text += self._dedented(line) + "\n"
        mark = line.strip(" \t")
        is_fence_end = self._fence and mark.startswith(self._fence) and not mark.strip(self._fence[0])
        if (is_fence_end and not is_first) or self.now.kind in ("heading", "rule"):
            self._end_block(done)

    def _end_block(self, done: list[Block]) -> None:
        if self.now is not None:
            done.append(self.now)
        self.now, self._fence = None, ""

    def _dedented(self, line: str) -> str:
        return " " * max(0, _column(line) - self._dedent) + line.lstrip(" \t")


def _column(line: str) -> int:
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4))


def _kind_of(mark: str) -> str:
    """Tell what a line begins, from the line without its indentation."""
    kinds = {"rule": _RULE.fullmatch, "item": _ITEM.match, "heading": _HEADING.match, "fence": _FENCE.match}
    for kind, match in kinds.items():
        if match(mark):
            return kind
    return {">": "quote", "|": "table"}.get(mark[0], "text")


def _mark_cells(mark: str) -> int:
    """Say how wide the mark of a list's item is when drawn."""
    found = _ITEM.match(mark)
    assert found is not None
    return 3 if found[2] is None else len(str(int(found[2]) + 1)) + 2


def steady(text: str) -> str:
    """Return the begin of a block that nothing that follows can change: whole words, and no mark that is still open."""
    text = _whole_words(text)
    while text:
        if (place := _open_mark(text)) is not None:
            text = _whole_words(text[: place + 1])
        elif _is_open_line(text[text.rfind("\n") + 1 :]):
            text = text[: text.rfind("\n") + 1].rstrip()
        else:
            break
    return text


def _is_open_line(line: str) -> bool:
    """Tell whether its own end, or the line below it, decides what the line is: a line across, a heading, a table."""
    line = _inner(line)
    return bool("|" in line or _UNDECIDED.fullmatch(line) or _HEADING.match(line))


def _inner(line: str) -> str:
    """Give what stands behind the marks of the items and quotes that the line begins."""
    line = line.lstrip(" \t")
    while (found := _OPENING.match(line)) and not _RULE.fullmatch(line):
        line = line[found.end() :].lstrip(" \t")
    return line


def _whole_words(text: str) -> str:
    cut = max(text.rfind(" "), text.rfind("\n"), text.rfind("\t"))
    return text[: cut + 1].rstrip()


_MARK = re.compile(r"\\.|`+|\*+|_+|~~+|\[|\\$", re.DOTALL)


def _open_mark(text: str) -> int | None:
    """Find the first mark of inline Markdown that has no end yet."""
    at = 0
    while found := _MARK.search(text, at):
        end = _end_of(text, found)
        if end is None:
            return found.start()
        at = end
    return None


def _end_of(text: str, mark: re.Match[str]) -> int | None:
    """Give the place after what a mark opens, or after the mark where it opens nothing."""
    sign, after = mark[0], text[mark.end() : mark.end() + 1]
    if sign[0] == "\\":
        return mark.end() if len(sign) == 2 else None
    if sign == "[":
        closed = re.compile(r"[^]]*\](\([^)]*\)|(?!\())").match(text, mark.end())
        return closed and closed.end()
    if sign[0] != "`":
        if not after or after.isspace():
            return mark.end()
        if sign[0] == "_" and text[mark.start() - 1 : mark.start()].isalnum():
            return mark.end()
    same = re.escape(sign[0])
    closed = re.compile(rf"(?<!{same}){re.escape(sign)}(?!{same})").search(text, mark.end())
    return closed and closed.end()


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
