"""The table for spreadsheets: RFC 4180, a row an item, a column a fact, and no cell that could be a formula.

Columns have fixed names, then one for each field of the schema, `a.b` for those of an object in an object. Data of
which no schema is known have a column for each field, in the order in which they are first met. A field that is met
after the first row makes the file be copied once, at the end, under a longer head. Over a stream, where that cannot
be, only the fields of the first item have a column.
"""

from __future__ import annotations

import csv
import io
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from visionask.core.schema import columns, spell, values
from visionask.report.clean import clean, one_line
from visionask.report.output import WholeReport, open_target
from visionask.report.records import Item, read_item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.schema import Schema
    from visionask.report.output import Summary
    from visionask.report.records import Record

# ASVS 1.2.10 and CWE-1236; the wide forms are formulas to a spreadsheet in Japanese or Chinese.
_FORMULA_STARTS = frozenset("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20")
_END = b"\r\n"
_IMAGE = ("width_px", "height_px", "sent_width_px", "sent_height_px", "detail", "tokens")
COLUMNS = (
    *("source", "status", "answer", "error_code", "error_message", *_IMAGE),
    *("projected_usd", "billed_usd", "billed_input_tokens", "billed_output_tokens"),
    *("model", "finish_reason", "cached", "seconds"),
)


class CsvReport(WholeReport):
    """Writes a row an item. In memory are the names of the columns only."""

    def __init__(self, path: str, *, schema: Schema | None = None) -> None:
        self._target = open_target(path)
        self._schema = schema
        self._fields: dict[str, None] = {}
        self._head_bytes = self._bytes = 0
        self._steps: list[tuple[int, int]] = []  # (offset in bytes, columns that a row has from there on)

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        item = read_item(record)
        if self._schema is None and not (self._head_bytes and self._target.is_stream):
            self._fields |= dict.fromkeys(item.data)
        if not self._head_bytes:
            self._write_head()
        if self._steps[-1][1] < self._width:
            self._steps.append((self._bytes, self._width))
        row = csv_row([*_cells(record, item), *(csv_cell(value) for value in self._data(item))])
        self._target.write(row)
        self._bytes += len(row)

    def close(self, summary: Summary) -> None:  # noqa: ARG002 every Output takes one
        if not self._head_bytes:
            self._write_head()
        if self._steps[0][1] < self._width:
            self._target.rewrite(self._widen)
        self._target.finish()

    @property
    def _names(self) -> list[str]:
        return list(self._fields) if self._schema is None else columns(self._schema)

    def _data(self, item: Item) -> list[Any]:
        if self._schema is not None:
            return values(item.data, self._schema)
        return [item.data.get(name) for name in self._fields]

    @property
    def _width(self) -> int:
        return len(COLUMNS) + len(self._names)

    def _write_head(self) -> None:
        head = self._head()
        self._target.write(head)
        self._head_bytes = self._bytes = len(head)
        self._steps.append((self._bytes, self._width))

    def _head(self) -> bytes:
        names = [f"data.{name}" if name in COLUMNS else name for name in self._names]
        return csv_row([*COLUMNS, *(_safe(name, one_line(name)) for name in names)])

    def _widen(self, written: BinaryIO) -> Iterator[bytes]:
        """Copy the rows under a head with all fields, and fill up those that came before their fields.

        Only a row's end is CR LF: within a cell, cleaning has left no CR.
        """
        yield self._head()
        at, steps, missing = 0, [*self._steps, (-1, 0)], 0
        step = iter(steps)
        start, width = next(step)
        for line in written:
            if at == start:
                missing = self._width - width
                start, width = next(step)
            at += len(line)
            if at > self._head_bytes:
                yield line.removesuffix(_END) + b"," * missing + _END if line.endswith(_END) else line


def facts(record: Record, item: Item) -> list[Any]:
    """Return the values of `COLUMNS`."""
    return [
        one_line(item.source),
        *(item.status, item.answer, item.error.get("code"), item.error.get("message")),
        *(item.image.get(key) for key in _IMAGE),
        *(item.projected_usd, item.billed_usd, item.billed.get("input_tokens"), item.billed.get("output_tokens")),
        *(record.get(key) for key in ("model", "finish_reason", "cached", "seconds")),
    ]


def _cells(record: Record, item: Item) -> list[str]:
    return [_safe(item.source, one_line(item.source)), *map(csv_cell, facts(record, item)[1:])]


def csv_cell(value: Any) -> str:
    """Write one value: a number stays a number, whatever is text cannot become a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    text = spell(value)
    return _safe(text, clean(text))


def _safe(raw: str, cleaned: str) -> str:
    """Quote a text for spreadsheets by its first character as it came, and as it is written."""
    return f"'{cleaned}" if raw[:1] in _FORMULA_STARTS or cleaned[:1] in _FORMULA_STARTS else cleaned


def csv_row(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()
