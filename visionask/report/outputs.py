"""Owns the choice of output files: which format a name asks for, and handing each record to all of them.

A file of records is appended to, so that it can be followed while the scan runs and a crash leaves every line of what
is done. CSV, HTML and Markdown have totals and columns that only the end knows: they grow as `FILE.part` and replace
FILE at the end. A scan that is run again hands over every item again, from the ledger where it is already answered, so
that those are complete, and the file of records gets only the lines that it does not hold yet.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from visionask.core.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.schema import Schema

Record = dict[str, Any]

_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
}
FORMATS = ("jsonl", "csv", "html", "md")


class Summary(TypedDict, total=False):
    """What only the scan knows when it ends; the totals are counted from the records."""

    stopped: str | None  # why it ended before all was asked, in one line
    left: int  # items that were not reached
    seconds: float  # from start to end


class Output(Protocol):
    """One file of results."""

    wants_thumbnails: bool

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:
        """Write one item; it is in the file, or in FILE.part, when this returns, or at the next one that is not from
        the ledger, `flush` or `close`. Raises StateError."""

    def flush(self) -> None:
        """Write what waits for more. Raises StateError."""

    def close(self, summary: Summary) -> None:
        """Complete the file. Raises StateError."""

    def abandon(self) -> None:
        """Give up without completing: FILE.part stays where anything was added, else nothing does."""


def report_format(path: str, chosen: str | None = None) -> str:
    """Decide a file's format: the one that is chosen, else its suffix. Raises UsageError."""
    if chosen in FORMATS:
        return chosen
    if chosen is not None:
        raise UsageError(f"a scan writes no {chosen} to a file", f"choose one of {', '.join(FORMATS)}")
    suffix = _suffix(path)
    if suffix not in _SUFFIXES:
        raise UsageError(f"{path}: its suffix names no format", "end it in .jsonl, .csv, .html or .md, or add -f")
    return _SUFFIXES[suffix]


def report_formats(paths: Sequence[str], chosen: str | None = None) -> list[str]:
    """Decide the formats of all files. Raises UsageError.

    `chosen` decides that of one file, and of several for those whose suffix names none. `jsonl`, which chooses what
    standard output is too, never takes a page or a table from a file that is named as one.
    """
    is_for_rest = len(paths) > 1 or chosen == "jsonl"
    return [report_format(path, None if is_for_rest and _suffix(path) in _SUFFIXES else chosen) for path in paths]


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def open_output(path: str, chosen: str | None = None, *, question: str = "", schema: Schema | None = None) -> Output:
    """Open one output, before anything is sent.

    `chosen` is the format where the suffix is not to decide. `question` heads a page; CSV has a column for each
    field of a `schema`, even if no item is answered. `-` is standard output. Raises UsageError for an unknown
    format, StateError where the file cannot be written.
    """
    name = report_format(path, chosen)
    if name == "jsonl":
        from visionask.report.jsonl_report import JsonlReport

        return JsonlReport(path)
    if name == "csv":
        from visionask.report.csv_report import CsvReport

        return CsvReport(path, schema=schema)
    if name == "html":
        from visionask.report.html_report import HtmlReport

        return HtmlReport(path, question=question)
    from visionask.report.markdown_report import MarkdownReport

    return MarkdownReport(path, question=question)


class Outputs:
    """All outputs of one scan, as one."""

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = tuple(outputs)
        self._is_over = False
        self.wants_thumbnails = any(output.wants_thumbnails for output in outputs)

    def __bool__(self) -> bool:
        return bool(self._outputs)

    def flush(self) -> None:
        """Write what waits for more, in every output. Raises StateError."""
        for output in self._outputs:
            output.flush()

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:
        """Hand one item to every output. Raises StateError."""
        for output in self._outputs:
            output.add(record, thumbnail)

    def close(self, summary: Summary) -> None:
        """Complete every output, also behind one that cannot be; the first failure is raised."""
        self._is_over = True
        failures = []
        for output in self._outputs:
            try:
                output.close(summary)
            except StateError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def abandon(self) -> None:
        """Give up every output; nothing where they are completed already."""
        if not self._is_over:
            self._is_over = True
            for output in self._outputs:
                output.abandon()


def open_outputs(
    paths: Sequence[str],
    chosen: str | None = None,
    *,
    question: str = "",
    schema: Schema | None = None,
) -> Outputs:
    """Open all or none, as `open_output` does; `chosen` holds as in `report_formats`."""
    opened: list[Output] = []
    formats = report_formats(paths, chosen)
    try:
        for path, name in zip(paths, formats, strict=True):
            opened.append(open_output(path, name, question=question, schema=schema))
    except StateError:
        Outputs(opened).abandon()
        raise
    return Outputs(opened)
