"""The file of records that `-o results.jsonl` appends to, one line for each outcome.

Readers follow it while it grows. A line that a crash has torn is cut when the file is opened again. The last line of
an item (an image under its name, a question and a model) is the one that holds: what that line tells already is not
written twice, and everything else gets another line, also what an earlier line told before the image was changed, or
failed.
"""

from __future__ import annotations

import contextlib
import json
from array import array
from bisect import bisect_left
from json.encoder import encode_basestring_ascii
from operator import eq
from typing import TYPE_CHECKING, Any

from visionask.core.errors import StateError
from visionask.report.output import Appended, open_target, writing
from visionask.report.records import Record, dumps

if TYPE_CHECKING:
    from visionask.report.output import Summary

_MOST_WAITING_BYTES = 1 << 16
_START = b'{"schema": "visionask/'
_PICTURE = ("source", "sha256", "format", "width_px", "height_px", "sent_width_px", "sent_height_px")
_ASKED = ("model", "question", "answer", "data", "finish_reason")
_OF_ALL = b'"model": null, "question": null'  # in the line of an image that could not be read, whatever was asked


class JsonlReport:
    """Appends records. Of each item that the file already holds, 8 bytes are kept in memory."""

    wants_thumbnails = False

    def __init__(self, path: str) -> None:
        self._path = path
        self._target = open_target(path, appends=True)
        self._told = array("q")
        self._waiting = bytearray()
        if isinstance(self._target, Appended):
            with writing(path):
                self._told = self._read(self._target)

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        if self._told:
            told = hash(_told(record))
            at = bisect_left(self._told, told)
            if at < len(self._told) and self._told[at] == told:
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

    def _read(self, target: Appended) -> array[int]:
        """Learn what the file tells, and mend its end. A file that holds something else is left alone."""
        told, end, last = _Told(), 0, b""
        with target.reader() as file:
            start = file.read(len(_START))
            if not _START.startswith(start):
                target.finish()
                raise StateError(f"{self._path}: holds something else than records", "name another file with -o")
            file.seek(0)
            for last in file:
                parts = _parts(last)
                if parts is not None:
                    told.append(parts)
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
    """What the lines of a file tell, each folded into 8 bytes for this process, and of which images and items."""

    def __init__(self) -> None:
        self._lines, self._images, self._items = array("q"), array("q"), array("q")

    def append(self, parts: tuple[bytes, ...]) -> None:
        """Take the next line."""
        image = hash(b"".join([part[: part.find(b', "sha256": ')] for part in parts[1:-2:2]]))
        asked = parts[-2][: parts[-2].find(b', "answer": ')]
        self._lines.append(hash(parts))
        self._images.append(image)
        self._items.append(image if asked == _OF_ALL else hash((image, asked)))

    def standing(self) -> array[int]:
        """Give what the lines tell that no later one has overtaken, sorted."""
        ordered = sorted(self._images)
        if not any(map(eq, ordered, ordered[1:])):  # the usual file: one line an image
            return array("q", sorted(self._lines))
        images, items, standing = _Last(self._images), _Last(self._items), array("q")
        for at, (line, image, item) in enumerate(zip(self._lines, self._images, self._items, strict=True)):
            if images.of(image) == at if item == image else items.of(item) == at > items.of(image):
                standing.append(line)
        return array("q", sorted(standing))


class _Last:
    """Tells where each value of a list comes last; in arrays, as a dict of 100,000 takes ten times the memory."""

    def __init__(self, values: array[int]) -> None:
        self._values = array("q", sorted(values))
        self._at = array("q", [-1]) * len(values)
        for at, value in enumerate(values):
            self._at[bisect_left(self._values, value)] = at

    def of(self, value: int) -> int:
        """Give the place; -1 where the value is nowhere."""
        at = bisect_left(self._values, value)
        return self._at[at] if at < len(self._values) and self._values[at] == value else -1


def _parts(line: bytes) -> tuple[bytes, ...] | None:
    """Take what a line tells; what it cost and how long it took differ by run. None for what is no record."""
    parts = _cut_out(line)
    if parts is not None:
        return parts
    record = _parse(line)
    return None if record is None else _told(record)


def _cut_out(line: bytes) -> tuple[bytes, ...] | None:
    """Find what a line about one picture tells without parsing it, which takes ten times as long for 100,000 lines.

    A quote within a text has a backslash before it, so that a mark with bare quotes is found nowhere else: before
    `data`, whose names are anybody's, the first one is meant, and after it the last. None for a line spelled otherwise.
    """
    status, images = line.find(b', "status": '), line.find(b', "images": [{')
    format_, detail = line.find(b', "sent_format": ', images), line.find(b', "detail": ', images)
    tokens, model = line.find(b', "tokens": ', detail), line.find(b'}], "model": ', detail)
    answered, error = line.rfind(b', "request_id": '), line.rfind(b', "error": ')
    is_in_order = -1 < status < images < format_ < detail < tokens < model < answered < error
    is_whole = line.isascii() and line.startswith(_START) and line.endswith(b"}\n") and line.count(_START) == 1
    if not is_in_order or not is_whole or line.count(b'{"source": ', images, model) != 1:
        return None
    code = line[error + len(b', "error": ') :].partition(b', "message": ')[0]
    picture, asked = line[images + len(b', "images": [{') : format_], line[model + len(b"}], ") : answered]
    return line[status + len(b', "status": ') : images], picture, line[detail:tokens], asked, code


def _parse(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and isinstance(record.get("images"), list) else None


def _told(record: Record) -> tuple[bytes, ...]:
    """Give what `_cut_out` gives, also where there are several pictures, or the line is spelled otherwise."""
    told = [dumps(record.get("status"))]
    for image in record["images"]:
        if isinstance(image, dict):
            told += [_pairs(image, _PICTURE), f', "detail": {dumps(image.get("detail"))}']
    error = record.get("error")
    code = f'{{"code": {dumps(error.get("code"))}' if isinstance(error, dict) else "null}\n"
    return tuple(part.encode() for part in (*told, _pairs(record, _ASKED), code))


def _pairs(record: Record, names: tuple[str, ...]) -> str:
    return ", ".join([f'"{name}": {_spell(record.get(name))}' for name in names])


def _spell(value: Any) -> str:
    """Write a value as `dumps` does; texts and what is missing in a tenth of its time."""
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    return encode_basestring_ascii(value) if type(value) is str else dumps(value)
