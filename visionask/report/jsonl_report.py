"""The file of records that `-o results.jsonl` appends to, one line for each outcome.

Readers follow it while it grows. A line that a crash has torn is cut when the file is opened again. The last line of
an item (an image under its name, a question and a model) is the one that holds: what that line tells already is not
written twice, and everything else gets another line, also what an earlier line told before the image was changed, or
failed.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from visionask.core.errors import StateError
from visionask.report.output import Appended, open_target, writing
from visionask.report.records import Record, dumps

if TYPE_CHECKING:
    from visionask.report.output import Summary

_MOST_WAITING_BYTES = 1 << 16
_START = b'{"schema": "visionask/'
_PICTURE = ("source", "sha256", "format", "width_px", "height_px", "sent_width_px", "sent_height_px", "detail")
_ASKED = ("model", "question")
_ANSWERED = ("answer", "data", "finish_reason")


class JsonlReport:
    """Appends records. Of each item that the file already holds, a hash is kept in memory."""

    wants_thumbnails = False
    is_in_order = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._target = open_target(path, appends=True)
        self._told: frozenset[int] = frozenset()
        self._waiting = bytearray()
        if isinstance(self._target, Appended):
            with writing(path):
                self._told = self._read(self._target)

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        if self._told and _told(record) in self._told:
            return
        self._waiting += dumps(record).encode() + b"\n"
        if not record["cached"] or len(self._waiting) > _MOST_WAITING_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write the lines of answers that were in the ledger: a crash costs no more of them than another run gives."""
        if self._waiting:
            waiting, self._waiting = self._waiting, bytearray()
            self._target.write(bytes(waiting))

    def close(self, summary: Summary) -> None:  # noqa: ARG002 every Output takes one
        try:
            self.flush()
        finally:
            self._target.finish()

    def abandon(self) -> None:
        with contextlib.suppress(StateError):  # why it is given up matters more
            self.flush()
        self._target.abandon()

    def _read(self, target: Appended) -> frozenset[int]:
        """Return what the file tells, and mend its end. Raises StateError for a file that holds something else."""
        told, end, last = _Told(), 0, b""
        with target.reader() as file:
            start = file.read(len(_START))
            if not _START.startswith(start):
                target.finish()
                raise StateError(f"{self._path}: holds something other than records", "name another file with -o")
            file.seek(0)
            for last in file:
                record = _parse(last)
                if record is not None:
                    told.add(record)
                elif not last.endswith(b"\n"):
                    break
                end += len(last)
            else:
                if last and not last.endswith(b"\n"):
                    target.write(b"\n")
                return told.standing()
        target.cut(end)
        return told.standing()


class _Told:
    """What the lines of a file tell: of each item the last one, of each image the last place."""

    def __init__(self) -> None:
        self._count = 0
        self._items: dict[int, tuple[int, int, int]] = {}  # the place of its last line, its image, what that line tells
        self._last: dict[int, int] = {}  # of each image
        self._last_unread: dict[int, int] = {}  # of an image that could not be read, whatever was asked

    def add(self, record: Record) -> None:
        """Take the next line in."""
        image = hash(tuple(str(each.get("source")) for each in record["images"] if isinstance(each, dict)))
        asked = _values(record, _ASKED)
        if asked == [None, None]:
            self._last_unread[image] = self._count
        self._items[hash((image, repr(asked)))] = self._count, image, _told(record)
        self._last[image] = self._count
        self._count += 1

    def standing(self) -> frozenset[int]:
        """Return what the lines tell that no later one has overtaken."""
        return frozenset(
            told
            for at, image, told in self._items.values()
            if at > self._last_unread.get(image, -1) or at == self._last[image]
        )


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line.decode())  # json.loads(bytes) first guesses at the encoding
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("images"), list) else None


def _told(record: Record) -> int:
    """Return a hash of what a line tells; what it cost and how long it took differ by run."""
    error = record.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    images = [_values(image, _PICTURE) for image in record["images"] if isinstance(image, dict)]
    return hash(dumps([record.get("status"), images, _values(record, _ASKED + _ANSWERED), code]))


def _values(record: Record, names: tuple[str, ...]) -> list[Any]:
    return [record.get(name) for name in names]
