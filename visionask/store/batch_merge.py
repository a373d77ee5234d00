"""Owns taking over the journal of batches of another ledger, so that what it has submitted is fetched here.

A shard is known by its id, drawn at random, and the one that has come further counts: so a merge done again, or one of
an old copy, changes nothing. What another machine has not created yet is its own to send (`ELSEWHERE`), but its lines
are claimed here all the same: nobody asks them a second time. A line whose key waits in another shard too is `doubled`.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.store.batch_shards import next_number
from visionask.store.batch_values import ELSEWHERE, OPEN
from visionask.store.rows import insert, pack_label, pack_usd

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

_RANK = {state: rank for rank, state in enumerate(("exported", *OPEN, "fetched"))}
_STEP = (  # what changes while a shard goes on
    "state",
    "lines",
    "bytes",
    "file_id",
    "batch_id",
    "past",
    "status",
    "total",
    "done",
    "failed",
    "output_file_id",
    "error_file_id",
    "error",
)
_BATCHES = (
    "INSERT OR IGNORE INTO batches (id, scan, at, model, base_url, question, system, schema, is_free) "
    "SELECT b.id, here.id, b.at, b.model, b.base_url, b.question, b.system, b.schema, b.is_free "
    "FROM other.batches b JOIN other.scans s ON s.id = b.scan JOIN scans here ON here.key = s.key"
)
# Two machines may have given one name to two pictures: the second gets the name of its ledger, and none is lost.
_ITEMS = (
    "INSERT INTO batch_items (batch, label, key, data, is_cached, error) SELECT i.batch, "
    "CASE WHEN m.key IS NOT NULL AND i.key IS NOT NULL AND m.key != i.key "
    "THEN CAST(i.label || :more AS BLOB) ELSE i.label END, i.key, i.data, i.is_cached, i.error "
    "FROM other.batch_items i JOIN main.batches b ON b.id = i.batch "
    "LEFT JOIN main.batch_items m ON m.batch = i.batch AND m.label = i.label WHERE true "
    "ON CONFLICT (batch, label) DO UPDATE SET key = excluded.key, data = excluded.data, error = excluded.error, "
    "is_cached = excluded.is_cached WHERE key IS NULL AND excluded.key IS NOT NULL"
)
_LINES = (
    "INSERT INTO batch_lines (shard, key, state, label, reserved_usd, at) SELECT l.shard, l.key, "
    "CASE WHEN l.state = 'pending' AND EXISTS (SELECT 1 FROM main.batch_lines m "
    "WHERE m.key = l.key AND m.state = 'pending' AND m.shard != l.shard) THEN 'doubled' ELSE l.state END, "
    "CASE WHEN EXISTS (SELECT 1 FROM main.batch_items i WHERE i.batch = :batch AND i.key = l.key "
    "AND i.label = CAST(l.label || :more AS BLOB)) THEN CAST(l.label || :more AS BLOB) ELSE l.label END, "
    "l.reserved_usd, l.at FROM other.batch_lines l WHERE l.shard = :shard "
    "ON CONFLICT (shard, key) DO UPDATE SET state = excluded.state, reserved_usd = excluded.reserved_usd, "
    "at = excluded.at WHERE CASE excluded.state WHEN 'answered' THEN 3 WHEN 'failed' THEN 2 ELSE 1 END "
    "> CASE state WHEN 'answered' THEN 3 WHEN 'failed' THEN 2 ELSE 1 END"
)


def merge_batches(db: Connection, name: str) -> None:
    """Take over the batches of the database `other`; `name` tells its pictures from ours. Its scans are here already.

    A shard that is still being written is left out: its file was never complete.
    """
    more = pack_label(f" ({name})")
    db.execute(_BATCHES)
    db.execute(_ITEMS, {"more": more})
    query = (
        "SELECT s.* FROM other.shards s JOIN main.batches b ON b.id = s.batch "
        "WHERE s.state != 'writing' ORDER BY s.at, s.number"
    )
    for theirs in db.execute(query).fetchall():
        ours = db.execute("SELECT * FROM main.shards WHERE id = ?", (theirs["id"],)).fetchone()
        if ours is None:
            _take(db, theirs)
        elif _progress(theirs) > _progress(ours):
            sets = ", ".join(f"{column} = ?" for column in _STEP)
            values = [*(theirs[column] for column in _STEP), theirs["id"]]
            db.execute(f"UPDATE main.shards SET {sets} WHERE id = ?", values)  # noqa: S608 - names of ours
        db.execute(_LINES, {"batch": theirs["batch"], "shard": theirs["id"], "more": more})
        _hold(db, theirs["id"])


def _progress(shard: Row) -> tuple[int, int]:
    """Tell how far a shard is: one that the provider had no room for begins another round."""
    return len(json.loads(shard["past"])), _RANK[shard["state"]]


def _take(db: Connection, theirs: Row) -> None:
    own = {"number": next_number(db, theirs["batch"]), "path": pack_label(ELSEWHERE), "reserved_usd": None}
    insert(db, "shards", {name: theirs[name] for name in theirs.keys()} | own)  # noqa: SIM118 - a Row is no dict


def _hold(db: Connection, shard: str) -> None:
    """Let a shard hold the money of the lines that it still waits for."""
    rows = db.execute(
        "SELECT reserved_usd FROM main.batch_lines WHERE shard = ? AND reserved_usd IS NOT NULL", (shard,)
    )
    held = sum((Decimal(usd) for (usd,) in rows), Decimal(0))
    db.execute("UPDATE main.shards SET reserved_usd = ? WHERE id = ?", (pack_usd(held) if held else None, shard))
