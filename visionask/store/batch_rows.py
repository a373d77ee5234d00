"""Owns how rows of the journal of batches become values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from visionask.store.batch_values import BatchInfo, BatchItem, Line, Shard
from visionask.store.rows import keepable, pack_label, unpack, unpack_label, unpack_usd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection, Row

_HEX = frozenset("0123456789abcdef")
PAGE = 500  # items read at once
LINES = (
    "SELECT l.*, i.data FROM batch_lines l JOIN shards s ON s.id = l.shard "
    "LEFT JOIN batch_items i ON i.batch = s.batch AND i.label = l.label "
)


def info(row: Row) -> BatchInfo:
    """Read a row of `batches`."""
    return BatchInfo(
        id=row["id"],
        scan=row["scan"],
        at=row["at"],
        model=row["model"],
        base_url=row["base_url"],
        question=unpack(row["question"]) or "",
        system=unpack(row["system"]),
        schema=row["schema"],
        is_free=bool(row["is_free"]),
    )


def shard(row: Row) -> Shard:
    """Read a row of `shards`."""
    plain = ("id", "batch", "number", "at", "state", "lines", "bytes", "file_id", "batch_id", "status", "total", "done")
    names = (*plain, "failed", "output_file_id", "error_file_id", "error")
    return Shard(
        **{name: row[name] for name in names},
        path=unpack_label(row["path"]),
        reserved_usd=unpack_usd(row["reserved_usd"]),
        past=tuple(json.loads(row["past"])),
    )


def line(row: Row) -> Line:
    """Read a row of `LINES`."""
    return Line(row["shard"], row["key"].hex(), row["state"], unpack_label(row["label"]), row["data"] or "{}")


def batch_line(db: Connection, custom_id: str, shard_id: str | None) -> Line | None:
    """Find a line by the digits that its key begins with; None for anything else."""
    if len(custom_id) != 32 or not _HEX.issuperset(custom_id):
        return None
    start = bytes.fromhex(custom_id)
    values = (start + bytes(16), start + b"\xff" * 16, shard_id)
    query = f"{LINES} WHERE l.key BETWEEN ?1 AND ?2 AND (?3 IS NULL OR l.shard = ?3) ORDER BY l.at DESC LIMIT 1"
    row = db.execute(query, values).fetchone()
    return None if row is None else line(row)


def batch_item(row: Row) -> BatchItem:
    """Read a row of `batch_items`."""
    return BatchItem(
        label=unpack_label(row["label"]),
        key=None if row["key"] is None else row["key"].hex(),
        data=row["data"],
        is_cached=bool(row["is_cached"]),
        error=row["error"],
    )


def item_page(db: Connection, batch: str, last: bytes) -> list[Row]:
    """Give some items behind the label `last`, each with the state of its line in the batch; an answered one first."""
    line = (
        "FROM batch_lines l JOIN shards s ON s.id = l.shard WHERE s.batch = i.batch AND l.key = i.key "
        "ORDER BY l.state = 'answered' DESC, l.at DESC LIMIT 1"
    )
    query = (
        f"SELECT i.*, (SELECT l.state {line}) AS state, (SELECT l.at {line}) AS at "  # noqa: S608 - words of ours
        "FROM batch_items i WHERE i.batch = ? AND i.label > ? ORDER BY i.label LIMIT ?"
    )
    return db.execute(query, (batch, last, PAGE)).fetchall()


def keys_of(db: Connection, batch: str, labels: Iterable[str]) -> list[str]:
    """Give the keys that images had when they were last looked at in this batch, of those that had one."""
    query = "SELECT key FROM batch_items WHERE batch = ? AND label = ?"
    rows = [db.execute(query, (batch, pack_label(keepable(label)))).fetchone() for label in labels]
    return [row["key"].hex() for row in rows if row is not None and row["key"] is not None]


def put_items(db: Connection, noted: Iterable[tuple[str, BatchItem]]) -> None:
    """Write items; one that a line was written for stays no cached one when its answer is there."""
    rows = [
        (
            batch,
            pack_label(keepable(item.label)),
            None if item.key is None else bytes.fromhex(item.key),
            item.data,
            int(item.is_cached),
            item.error,
        )
        for batch, item in noted
    ]
    db.executemany(
        "INSERT INTO batch_items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (batch, label) DO UPDATE SET "
        "data = CASE WHEN key IS excluded.key THEN data ELSE excluded.data END, "
        "error = excluded.error, key = excluded.key, "
        "is_cached = CASE WHEN key IS excluded.key THEN min(is_cached, excluded.is_cached) ELSE excluded.is_cached END",
        rows,
    )
