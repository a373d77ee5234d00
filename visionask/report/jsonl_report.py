"""Owns the file of records that `-o results.jsonl` appends to, one line for each outcome.

Readers follow it while it grows. A line that a crash has torn is cut when the file is opened again. A line that tells
what the file already told, for the same picture, question and model, is not written twice; an item that failed and is
now answered gets a second line, so the last line of an item is the one that holds.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.report.records import Record, dumps
from visionask.report.target import Appended, open_target, writing

if TYPE_CHECKING:
    from visionask.report.outputs import Summary

_START = b'{"schema": "visionask/'
_OUTCOME = ("status", "model", "question", "answer", "data", "finish_reason")
_PICTURE = ("source", "sha256", "sent_width_px", "sent_height_px", "detail")


class JsonlReport:
    """Appends records. Of the lines that the file already holds, 8 bytes each are kept in memory."""

    wants_thumbnails = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._target = open_target(path, appends=True)
        self._told = array("q")
        if isinstance(self._target, Appended):
            with writing(path):
                self._told = self._read(self._target)

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        told = _digest(record)
        at = bisect_left(self._told, told)
        if self._told[at : at + 1] != array("q", [told]):
            self._target.write(dumps(record).encode() + b"\n")

    def close(self, summary: Summary) -> None:  # noqa: ARG002 every Output takes one
        self._target.finish()

    def abandon(self) -> None:
        self._target.abandon()

    def _read(self, target: Appended) -> array[int]:
        """Learn what the file tells, and mend its end. A file that holds something else is left alone."""
        told, end, last = [], 0, b""
        with target.reader() as file:
            start = file.read(len(_START))
            if not _START.startswith(start):
                target.finish()
                raise StateError(f"{self._path}: holds something else than records", "name another file with -o")
            file.seek(0)
            for last in file:
                record = _parse(last)
                if record is not None:
                    told.append(_digest(record))
                elif not last.endswith(b"\n"):
                    break
                end += len(last)
            else:
                if last and not last.endswith(b"\n"):
                    target.write(b"\n")
                return array("q", sorted(told))
        target.cut(end)
        return array("q", sorted(told))


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("images"), list) else None


def _digest(record: Record) -> int:
    """Fold what a record tells into 8 bytes, for this process; what it cost and how long it took differ by run."""
    pictures = [[image.get(key) for key in _PICTURE] for image in record["images"] if isinstance(image, dict)]
    code = (record.get("error") or {}).get("code")
    return hash(repr((pictures, [record.get(key) for key in _OUTCOME], code)))
