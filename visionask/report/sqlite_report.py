"""The SQLite file of results: one table, `results`, a row an item, with the columns of the CSV file.
Findings of a check, and what each setting of an eval answered, are such a table too.

It is made anew beside FILE and renamed over it, as every file that is written whole. Only a file of this kind is
replaced, which its application id tells: never the ledger, nor another program's database or text.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.errors import StateError, UsageError
from visionask.core.schema import columns, spell, values
from visionask.report.clean import clean, one_line
from visionask.report.csv_report import COLUMNS, facts
from visionask.report.output import RESULTS_ID, WholeReport, is_results, open_target, part_of, writing
from visionask.report.records import read_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from visionask.core.schema import Schema
    from visionask.report.output import Summary
    from visionask.report.records import Record

_NUMBERS = frozenset(
    {
        *(name for name in COLUMNS if name.endswith(("_px", "_usd", "tokens", "seconds")) or name == "cached"),
        *("usd", "input_tokens", "probability", "threshold", "difference", "right", "unsure"),
    }
)


class SqliteReport(WholeReport):
    """Writes a row an item. In memory are the names of the columns only."""

    def __init__(self, path: str, *, schema: Schema | None = None) -> None:
        """Raises UsageError for a stream, StateError for a file that is another's or cannot be written."""
        import sqlite3

        with writing(path):
            refuse_other(path)
        self._target = open_target(path)
        if self._target.is_stream:
            self._target.abandon()
            raise UsageError("a database cannot be written to a stream", "name a file: -o results.db")
        self._path, self._schema = path, schema
        self._names: dict[str, str] = {}  # of the columns, by field
        with self._writing():
            self._db = sqlite3.connect(part_of(path), isolation_level=None)
            self._db.execute("PRAGMA journal_mode = OFF")
            self._db.execute("PRAGMA synchronous = OFF")
            self._db.execute(f"PRAGMA application_id = {RESULTS_ID}")
            self._db.execute("BEGIN")
            of_types = (f"{_quoted(name)} {'NUMERIC' if name in _NUMBERS else 'TEXT'}" for name in COLUMNS)
            self._db.execute(f"CREATE TABLE results ({', '.join(of_types)})")
            for name in () if schema is None else columns(schema):
                self._add_column(name)
        self._items = 0

    def add(self, record: Record, thumbnail: bytes | None = None) -> None:  # noqa: ARG002 every Output takes one
        item = read_item(record)
        data = item.data
        if self._schema is not None:
            data = dict(zip(columns(self._schema), values(item.data, self._schema), strict=True))
        with self._writing():
            for name in data:
                if name not in self._names:
                    self._add_column(name)
            row = dict(zip(COLUMNS, facts(record, item), strict=True))
            row |= {self._names[name]: value for name, value in data.items()}
            names, marks = ", ".join(map(_quoted, row)), ", ".join("?" * len(row))
            self._db.execute(f"INSERT INTO results ({names}) VALUES ({marks})", [*map(_value, row.values())])  # noqa: S608
        self._items += 1

    def close(self, summary: Summary) -> None:  # noqa: ARG002 every Output takes one
        with self._writing():
            self._db.execute("COMMIT")
            self._db.close()
        self._target.finish()

    def abandon(self) -> None:
        with self._writing():
            self._db.execute("COMMIT" if self._items else "ROLLBACK")
            self._db.close()
        self._target.abandon()

    def _add_column(self, field: str) -> None:
        """Add the column of a field under a name that no other has; SQLite does not tell cases apart."""
        name, taken = one_line(field) or "_", {each.lower() for each in (*COLUMNS, *self._names.values())}
        name = f"data.{name}" if name.lower() in taken else name
        while name.lower() in taken:
            name += "_"
        self._names[field] = name
        self._db.execute(f"ALTER TABLE results ADD COLUMN {_quoted(name)}")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        import sqlite3

        with writing(self._path):
            try:
                yield
            except sqlite3.Error as error:
                raise StateError(
                    f"{self._path}: cannot be written ({error})", "free some space, then run it again"
                ) from error


def database(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return such a file of rows that are in memory; of each, the columns that are named."""
    import sqlite3

    of_types = (f"{_quoted(name)} {'NUMERIC' if name in _NUMBERS else 'TEXT'}" for name in columns)
    marks = ", ".join("?" * len(columns))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(f"PRAGMA application_id = {RESULTS_ID}")
        db.execute(f"CREATE TABLE results ({', '.join(of_types)})")
        cells = ([_value(row[name]) for name in columns] for row in rows)
        db.executemany(f"INSERT INTO results VALUES ({marks})", cells)  # noqa: S608 - marks alone
        return db.serialize()


def refuse_other(path: str) -> None:
    """Raise StateError for a file that is there and was not written here."""
    if os.path.isfile(path) and os.path.getsize(path) and not is_results(path):
        raise StateError(f"{path}: is no database of results, so it is left as it is", "name another file")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"  # a number in a column of numbers
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return value
    return clean(spell(value))
