"""Owns the showing of an answer while it arrives: plain into a pipe, as rendered Markdown on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from visionask.report.clean import StreamFilter

if TYPE_CHECKING:
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


class MarkdownWriter:
    """Render Markdown block by block: a finished block is printed for good, the last one is redrawn as it grows.

    Redrawing only the last block keeps what has scrolled away untouched, which one live region over the whole cannot.
    """

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole
        from rich.live import Live
        from rich.text import Text

        self._rich: RichConsole = RichConsole(
            file=console.out, markup=False, emoji=False, highlight=False, no_color=console.is_plain or None
        )
        self._filter = StreamFilter()
        self._block = ""
        self._is_first = True
        self._live = Live(
            Text(""),
            console=self._rich,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def feed(self, text: str) -> None:
        self._take(self._filter.feed(text))

    def close(self) -> None:
        self._take(self._filter.close())
        self._live.stop()
        self._print(self._block)
        self._block = ""

    def _take(self, text: str) -> None:
        from rich.text import Text

        self._block += text
        done, self._block = split_blocks(self._block)
        if done:
            self._live.update(Text(""), refresh=True)
            self._print(done)
        tail = "\n".join(self._block.splitlines()[-max(1, self._rich.height - 2) :])
        self._live.update(Text(tail), refresh=True)

    def _print(self, block: str) -> None:
        """Print one block, one blank line after the last: rich pads some kinds of block and not others."""
        from rich.segment import Segment, Segments

        lines = self._rich.render_lines(read_markdown(block.strip("\n")), pad=False)
        while lines and _is_blank(lines[0]):
            lines.pop(0)
        while lines and _is_blank(lines[-1]):
            lines.pop()
        if not lines:
            return
        if not self._is_first:
            self._rich.print()
        self._is_first = False
        self._rich.print(Segments([segment for line in lines for segment in (*line, Segment.line())]), end="")


def read_markdown(text: str) -> Markdown:
    """Parse Markdown so that nothing of it is lost or changes its meaning.

    Rich drops HTML, reference definitions and the addresses of pictures: they stay text. So do entities: `&#x202e;`
    would become, after the filter, a character that the filter keeps away from the terminal.
    """
    from markdown_it import MarkdownIt  # what rich parses with
    from rich.markdown import Markdown

    parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
    parser.disable(["entity", "reference", "image"])
    markdown = Markdown("", hyperlinks=False)
    markdown.parsed = parser.parse(text)
    return markdown


def _is_blank(line: list[Segment]) -> bool:
    return not "".join(segment.text for segment in line).strip()


def split_blocks(text: str) -> tuple[str, str]:
    """Split Markdown before its last block: at the last blank line that is not inside a fenced code block."""
    fence, end, position = "", 0, 0
    for line in text.splitlines(keepends=True):
        mark = line.strip()
        if fence:
            if mark.startswith(fence) and not mark.strip(fence[0]):
                fence = ""
        elif mark.startswith(("```", "~~~")):
            fence = mark[0] * (len(mark) - len(mark.lstrip(mark[0])))
        elif not mark and line.endswith("\n"):
            end = position + len(line)
        position += len(line)
    return text[:end], text[end:]
