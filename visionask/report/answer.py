"""Owns the writing of an answer while it arrives, as it is: into a pipe or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from visionask.report.clean import StreamFilter

if TYPE_CHECKING:
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
