"""A file of results for SQL: one table, `results`, one row an item, in the order in which the items are added.

It is written beside FILE and renamed over it at the end, as other reports are, and follows the umask. A column appears
when an item first has it. Money is text, as floats would round it; true and false are 1 and 0; lists and objects are
JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.store.database import database_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "results"
_TOGETHER = 500  # rows in one transaction


class ResultTable:
    """A table that is being written. Raises StateError where the file cannot be written."""

    def __init__(self, path: str) -> None:
        import sqlite3

        self._path, self._part = path, f"{os.path.realpath(path)}.part"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._part)
            os.close(os.open(self._part, flags, 0o666))
        except OSError as error:
            raise StateError(f"{path} cannot be written ({error.strerror})", "name another file with -o") from error
        with database_errors(path):
            self._db = sqlite3.connect(self._part, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = OFF")  # nobody reads it before it is whole
            self._db.execute(f"CREATE TABLE {TABLE} (item INTEGER PRIMARY KEY)")
        self._columns: dict[str, str] = {"item": "item"}  # by name in small letters, as SQLite compares them
        self._rows = 0

    def add(self, row: Mapping[str, object]) -> None:
        """Add an item: its values by the names of their columns."""
        with database_errors(self._path):
            if self._rows % _TOGETHER == 0:
                self.flush()
                self._db.execute("BEGIN")
            names = [self._column(name) for name in row]
            marks = ", ".join("?" * len(names))
            values = [_value(each) for each in row.values()]
            self._db.execute(f"INSERT INTO {TABLE} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608 - quoted
            self._rows += 1

    def flush(self) -> None:
        """Put what was added into the file."""
        with database_errors(self._path):
            if self._db.in_transaction:
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Complete the file: from now on it has its name."""
        self.flush()
        with database_errors(self._path):
            self._db.close()
        try:
            os.replace(self._part, os.path.realpath(self._path))
        except OSError as error:
            raise StateError(f"{self._path} cannot be written ({error.strerror})", "name another file") from error

    def abandon(self) -> None:
        """Stop: FILE.part stays where anything was added."""
        with contextlib.suppress(StateError):
            self.flush()
        self._db.close()
        if not self._rows:
            with contextlib.suppress(OSError):
                os.unlink(self._part)

    def _column(self, name: str) -> str:
        """Return a column's name as SQL has it, and make the column where it is new."""
        quoted = '"' + name.replace("\0", " ").encode("utf-8", "replace").decode().replace('"', '""') + '"'
        if name.lower() not in self._columns:
            self._db.execute(f"ALTER TABLE {TABLE} ADD COLUMN {quoted}")
            self._columns[name.lower()] = quoted
        return self._columns[name.lower()]


def _value(value: object) -> str | int | float | None:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()
