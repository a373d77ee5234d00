"""The scans of the ledger and what became of each of their items."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from visionask.core.ledger import Item, ItemName
from visionask.store.rows import keepable, pack, reads, unpack
from visionask.store.schema import pack_label, unpack_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection, Row

    from visionask.core.ledger import ItemStatus
    from visionask.store.database import Database

BUFFER = 2000  # noted items in one transaction, 1 MB at most: each one waits for the disk
PAGE = 500  # items read at once: the connection is free between pages


class Scans:
    """The part of a ledger about scans."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now
        self._noted: list[tuple[Item, float]] = []
        self._mutex = threading.Lock()

    def start(self, key: str, *, question: str, model: str) -> int:
        """Return the number of the scan with this key: the same one whenever it is run again. Raises StateError."""

        def job(db: Connection) -> int:
            row = (bytes.fromhex(key), self._now(), pack(question), model)
            db.execute("INSERT OR IGNORE INTO scans (key, at, question, model) VALUES (?, ?, ?, ?)", row)
            return int(db.execute("SELECT id FROM scans WHERE key = ?", row[:1]).fetchone()[0])

        return self._database.write(job)

    def note(self, item: Item) -> None:
        """Note an item for which nothing is sent: found in the ledger, skipped, no image.

        Written with others, at the latest by `flush`, `items` or `close`: a crash before costs nothing but the note,
        which the next run makes again. Items that are sent are written with their request. Raises StateError.
        """
        with self._mutex:
            self._noted.append((item, self._now()))
            is_full = len(self._noted) >= BUFFER
        if is_full:
            self.flush()

    def flush(self) -> None:
        """Write what is noted. Raises StateError; what could not be written stays noted."""
        with self._mutex:
            noted, self._noted = self._noted, []
        if not noted:
            return
        try:
            self._database.write(lambda db: _put(db, noted))
        except BaseException:
            with self._mutex:
                self._noted[:0] = noted
            raise

    def items(self, scan: int, status: ItemStatus | None = None) -> Iterator[Item]:
        """Yield the items of a scan in the order of their labels, some at a time. Raises StateError."""
        self.flush()
        last = b""
        while rows := self._database.read(lambda db, last=last: _page(db, scan, status, last)):  # type: ignore[misc]
            for row in rows:
                yield item(row)
            last = rows[-1]["label"]

    def counts(self, scan: int) -> dict[str, int]:
        """Count the items of a scan by status. Raises StateError."""
        self.flush()
        query = "SELECT status, count(*) FROM items WHERE scan = ? GROUP BY status"
        return self._database.read(lambda db: {row[0]: row[1] for row in db.execute(query, (scan,))})


_PUT = (  # a row that tells the same already is left alone: running a finished scan again writes nothing
    "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scan, label) DO UPDATE SET "
    "status = excluded.status, key = excluded.key, at = excluded.at, is_cached = excluded.is_cached, "
    "error_code = excluded.error_code, error_message = excluded.error_message, hint = excluded.hint "
    "WHERE (status, key, error_code, error_message, hint) IS NOT "
    "(excluded.status, excluded.key, excluded.error_code, excluded.error_message, excluded.hint)"
)


def _put(db: Connection, noted: list[tuple[Item, float]]) -> None:
    rows = [
        (
            item.name.scan,
            pack_label(keepable(item.name.label)),
            item.status,
            None if item.key is None else bytes.fromhex(item.key),
            at,
            int(item.is_cached),
            item.error_code,
            pack(item.error_message),
            pack(item.hint),
        )
        for item, at in noted
    ]
    db.executemany(_PUT, rows)


def _page(db: Connection, scan: int, status: str | None, last: bytes) -> list[Row]:
    query = (
        "SELECT *, 'scan-' || scan AS scan_name FROM items "
        "WHERE scan = ? AND label > ? AND (? IS NULL OR status = ?) ORDER BY label LIMIT ?"
    )
    return db.execute(query, (scan, last, status, status, PAGE)).fetchall()


@reads("scan", "scan_name", "items")
def item(row: Row) -> Item:
    """Return one row of the table. Raises StateError."""
    return Item(
        name=ItemName(row["scan"], unpack_label(row["label"])),
        status=row["status"],
        key=None if row["key"] is None else row["key"].hex(),
        is_cached=bool(row["is_cached"]),
        error_code=row["error_code"],
        error_message=unpack(row["error_message"]),
        hint=unpack(row["hint"]),
    )
