"""Owns the rows of shards: how one begins, each step it takes, and its end when it was never asked."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from visionask.store.batch_rows import shard
from visionask.store.rows import day_of, insert, pack_label

if TYPE_CHECKING:
    from sqlite3 import Connection

    from visionask.store.batch_values import Shard, State


def begin(db: Connection, batch: str, path: str, *, state: State, run: bytes, at: float) -> Shard:
    """Begin a file of requests. `path` has `{id}` and `{number}` where they stand in its name."""
    name, number = secrets.token_hex(8), next_number(db, batch)
    columns = {
        "id": name,
        "batch": batch,
        "number": number,
        "at": at,
        "run": run,
        "day": day_of(at),
        "state": state,
        "path": pack_label(path.replace("{id}", name).replace("{number}", f"{number:04}")),
    }
    insert(db, "shards", columns)
    return shard(db.execute("SELECT * FROM shards WHERE id = ?", (name,)).fetchone())


def next_number(db: Connection, batch: str) -> int:
    """Give the number of a batch's next file."""
    return 1 + int(db.execute("SELECT max(number) FROM main.shards WHERE batch = ?", (batch,)).fetchone()[0] or 0)


def move(db: Connection, shard_id: str, to: State, columns: dict[str, Any], *, seen: Shard | None = None) -> bool:
    """Take a step; with `seen`, only if the shard is still in that state and of that batch at the provider."""
    if "past" in columns:
        columns = columns | {"past": json.dumps(columns["past"])}
    sets = ", ".join(f"{name} = ?" for name in ("state", *columns))
    query, values = f"UPDATE shards SET {sets} WHERE id = ?", [to, *columns.values(), shard_id]  # noqa: S608 - of ours
    if seen is not None:
        query += " AND state = ? AND batch_id IS ?"
        values += [seen.state, seen.batch_id]
    return db.execute(query, values).rowcount > 0


def discard(db: Connection, shard_id: str) -> None:
    """Forget a shard with its lines."""
    db.execute("DELETE FROM batch_lines WHERE shard = ?", (shard_id,))
    db.execute("DELETE FROM shards WHERE id = ?", (shard_id,))
