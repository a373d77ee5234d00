"""The Markdown report: totals on top, then a table. Nothing that an answer or a name holds is markup.

Rows grow in FILE.part; at the end they are copied once under the totals. Over a stream the totals come last.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from visionask.core.format import usd
from visionask.core.schema import spell
from visionask.report.clean import clean, one_line
from visionask.report.output import WholeReport, open_target
from visionask.report.records import Item, read_item
from visionask.report.totals import Totals, stop_note, tiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.report.output import Summary
    from visionask.report.records import Record

_HEAD = "| image | answer | tokens | price |\n| :--- | :--- | ---: | ---: |\n"
_MARKUP = re.compile(r"[\\`*_\[\]|~$#!]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CHUNK_BYTES = 1 << 20


class MarkdownReport(WholeReport):
    """Writes a row an item."""

    def __init__(self, path: str, *, question: str = "") -> None:
        self._target = open_target(path)
        self._totals = Totals()
        self._title = f"# {literal(one_line(' '.join(question.split())) or 'visionask scan')}\n\n"

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        item = read_item(record)
        head = "" if self._totals.items else self._title + _HEAD
        self._totals.add(item)
        self._target.write((head + _row(item)).encode())

    def close(self, summary: Summary) -> None:
        top = _totals(self._totals, summary)
        if not self._totals.items:
            self._target.write((self._title + top).encode())
        elif self._target.is_stream:
            self._target.write(f"\n{top}".encode())
        else:
            self._target.rewrite(lambda written: self._with_top(written, top))
        self._target.finish()

    def _with_top(self, written: BinaryIO, top: str) -> Iterator[bytes]:
        yield written.read(len(self._title.encode())) + top.encode() + b"\n"
        while chunk := written.read(_CHUNK_BYTES):
            yield chunk


def literal(text: str) -> str:
    """Escape a text so that Markdown, and HTML within it, shows it as it is, in a table's cell too."""
    for character, entity in _ENTITIES.items():
        text = text.replace(character, entity)
    return _MARKUP.sub(r"\\\g<0>", text)


def _cell(text: str) -> str:
    lines = [" ".join(line.split()) for line in clean(text).strip().split("\n")]
    return "<br>".join(literal(line) for line in lines)


def _row(item: Item) -> str:
    tokens = item.billed.get("input_tokens") or item.image.get("tokens")
    price = item.billed_usd if item.billed_usd is not None else item.projected_usd
    shown = f"{tokens:,}" if isinstance(tokens, int) else "unknown"
    paid = "cached" if item.is_cached else literal(usd(price)) if price is not None else "unknown"
    if item.is_failed and not item.billed:
        shown = paid = ""
    return f"| {literal(one_line(item.source))} | {_outcome(item)} | {shown} | {paid} |\n"


def _outcome(item: Item) -> str:
    fields = [f"{literal(one_line(name))}: {_cell(spell(value))}" for name, value in item.data.items()]
    answer = "<br>".join(fields) or _cell(item.answer or "")
    if not item.is_failed:
        return answer or literal(item.status)
    told = [f"**failed**: {_cell(item.failure)}"]
    told += [_cell(str(item.error["hint"]))] if item.error.get("hint") else []
    return "<br>".join([*told, *([f"so far: {answer}"] if answer else [])])


def _totals(totals: Totals, summary: Summary) -> str:
    lines = []
    stopped = stop_note(summary)
    if stopped:
        lines += [f"**{literal(one_line(stopped))}**", ""]
    for tile in tiles(totals, summary):
        note = f" ({literal(tile.note)})" if tile.note else ""
        lines.append(f"- {tile.name}: **{literal(tile.figure)}**{note}")
        if tile.name == "failed":
            lines += [_failures(totals, code, number) for code, number in totals.failures.most_common()]
    return "\n".join(lines) + "\n"


def _failures(totals: Totals, code: str, number: int) -> str:
    hint = totals.hints.get(code)
    return f"  - {literal(one_line(code))}: {number:,}" + (f" ({literal(one_line(hint))})" if hint else "")
