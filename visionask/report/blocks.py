"""Owns the cutting of Markdown into blocks while it arrives, and how far a block that is not whole can be shown.

A block is what is drawn in one piece: a paragraph, a list's item without its sub-items, a quote, a heading, a line
across, a table, a piece of code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
