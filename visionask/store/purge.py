"""Owns forgetting: answers, and with them their questions and items, are overwritten on the disk.

Sums of money by day and the tokens of each request are kept: they hold no text, and the daily budget needs them.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visionask.store.search import drop_index

if TYPE_CHECKING:
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Which answers to forget: older than a moment (Unix time), of a model; both None: everything."""

    before: float | None = None
    model: str | None = None

    @property
    def is_all(self) -> bool:
        return self.before is None and self.model is None


def purge(db: Connection, which: Purge) -> int:
    """Delete in one transaction; requests under way stay. Return the number of answers."""
    db.execute("PRAGMA secure_delete = ON")
    drop_index(db)
    chosen = (which.before, which.before, which.model, which.model)
    where = "(? IS NULL OR at < ?) AND (? IS NULL OR model = ?)"
    count = db.execute(f"DELETE FROM answers WHERE {where}", chosen).rowcount  # noqa: S608 - constants
    db.execute(
        f"UPDATE requests SET key = x'', label = NULL, scan = NULL, error_message = NULL, hint = NULL "  # noqa: S608
        f"WHERE state != 'open' AND {where}",
        chosen,
    )
    asking = "status != 'asking'"
    db.execute(
        f"DELETE FROM items WHERE {asking} AND (? IS NULL OR at < ?) "  # noqa: S608
        "AND (? IS NULL OR scan IN (SELECT id FROM scans WHERE model = ?))",
        chosen,
    )
    _purge_batches(db, chosen, where)
    db.execute("DELETE FROM scans WHERE id NOT IN (SELECT scan FROM items UNION SELECT scan FROM batches)")
    for table in ("conversations", "partials"):
        db.execute(f"DELETE FROM {table} WHERE {where}", chosen)  # noqa: S608
    db.execute("DELETE FROM turns WHERE conversation NOT IN (SELECT id FROM conversations)")
    db.execute(
        "DELETE FROM texts WHERE id NOT IN "
        "(SELECT question FROM answers UNION SELECT system FROM answers WHERE system IS NOT NULL)"
    )
    return count


def _purge_batches(db: Connection, chosen: tuple[object, ...], where: str) -> None:
    """Forget batches of which nothing is under way any more."""
    db.execute(
        f"DELETE FROM batches WHERE {where} "  # noqa: S608 - constants
        "AND id NOT IN (SELECT batch FROM shards WHERE state NOT IN ('fetched', 'exported'))",
        chosen,
    )
    gone = "NOT IN (SELECT id FROM batches)"
    db.execute(f"DELETE FROM batch_lines WHERE shard IN (SELECT id FROM shards WHERE batch {gone})")  # noqa: S608
    db.execute(f"DELETE FROM shards WHERE batch {gone}")  # noqa: S608
    db.execute(f"DELETE FROM batch_items WHERE batch {gone}")  # noqa: S608


def compact(db: Connection) -> None:
    """Give the freed pages back, and empty the write-ahead log, which still holds old pages.

    Where another process is reading, that waits for the next purge: what was deleted is overwritten all the same.
    """
    import sqlite3

    with contextlib.suppress(sqlite3.OperationalError):
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.execute("PRAGMA secure_delete = OFF")
