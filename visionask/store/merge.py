"""Taking over what another ledger has: the shards of a scan or a batch become one. Again changes nothing.

Rows are known by ids that are drawn at random, or by their keys, so that none is taken twice; money is added only for
requests that were not here. Counts of answers that were not paid again stay where they were made.

Taking over the journal of batches of another ledger, so that what it has submitted is fetched here.

A shard is known by its id, drawn at random, and the one that has come further counts: so a merge done again, or one of
an old copy, changes nothing. What another machine has not created yet is its own to send (`ELSEWHERE`), but its lines
are claimed here all the same: nobody asks them a second time. A line whose key waits in another shard too is `doubled`.
"""

from __future__ import annotations

import hashlib
import json
import os
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.core.ledger import ELSEWHERE, OPEN
from visionask.store.batches import batch_item, info, next_number, shard
from visionask.store.conversations import read_conversation, read_turn
from visionask.store.database import database_errors
from visionask.store.requests import charge_money, partial
from visionask.store.rows import (
    ANSWERS,
    insert,
    pack_usd,
    read_moment,
    read_usd,
    reads,
    stored_answer,
    unpack,
    unpack_usd,
)
from visionask.store.scans import item
from visionask.store.schema import APPLICATION_ID, VERSION, pack_label, unpack_label

if TYPE_CHECKING:
    from collections.abc import Callable
    from sqlite3 import Connection, Row

    from visionask.store.database import Database


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
    "INSERT OR IGNORE INTO batches (id, scan, at, model, base_url, question, system, schema, is_free, points) "
    "SELECT b.id, here.id, b.at, b.model, b.base_url, b.question, b.system, b.schema, b.is_free, b.points "
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
    """Return how far a shard is: one that the provider had no room for begins another round."""
    return len(json.loads(shard["past"])), _RANK[shard["state"]]


def _take(db: Connection, theirs: Row) -> None:
    own = {"number": next_number(db, theirs["batch"]), "path": pack_label(ELSEWHERE), "reserved_usd": None}
    insert(db, "shards", {name: theirs[name] for name in theirs.keys()} | own)  # noqa: SIM118 - a Row is no dict


def _hold(db: Connection, shard: str) -> None:
    """Reserve for a shard the money of the lines that it still waits for."""
    rows = db.execute(
        "SELECT reserved_usd FROM main.batch_lines WHERE shard = ? AND reserved_usd IS NOT NULL", (shard,)
    )
    held = sum((read_usd(usd) for (usd,) in rows), Decimal(0))
    db.execute("UPDATE main.shards SET reserved_usd = ? WHERE id = ?", (pack_usd(held) if held else None, shard))


_ANSWER = (
    "key, run, at, model, base_url, images, text, finish_reason, request_id, input_tokens, image_tokens, "
    "cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, has_usage, attempts, maybe_billed, notes, "
    "usd, seconds, thumbnail"
)


_REQUEST = (
    "id, key, state, run, at, day, model, detail, reserved_usd, usd, maybe_usd, projected_input_tokens, "
    "projected_image_tokens, input_tokens, image_tokens, attempts, maybe_billed, error_code, error_message, hint, "
    "retryable, http_status, answered_by, cause"
)


_ITEM = "label, status, key, at, is_cached, error_code, error_message, hint"


_STEPS = (
    (
        "INSERT OR IGNORE INTO texts (digest, text) SELECT digest, text FROM other.texts WHERE id IN "
        "(SELECT question FROM other.answers UNION SELECT system FROM other.answers)"
    ),
    f"INSERT OR IGNORE INTO requests ({_REQUEST}) SELECT {_REQUEST} FROM other.requests WHERE state != 'open'",  # noqa: S608
    "INSERT OR IGNORE INTO scans (key, at, question, model) SELECT key, at, question, model FROM other.scans",
    f"INSERT INTO items (scan, {_ITEM}) SELECT here.id, "  # noqa: S608
    + ", ".join(f"i.{name}" for name in _ITEM.split(", "))
    + " FROM other.items i JOIN other.scans s ON s.id = i.scan JOIN scans here ON here.key = s.key "
    "WHERE i.status != 'asking' ON CONFLICT (scan, label) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _ITEM.split(", ")[1:])
    + " WHERE status NOT IN ('ok', 'asking') AND (excluded.status = 'ok' OR excluded.at > at)",
    "INSERT OR IGNORE INTO partials SELECT * FROM other.partials",
    (
        "INSERT OR IGNORE INTO thumbnails SELECT * FROM other.thumbnails WHERE name IN "
        "(SELECT thumbnail FROM other.answers) AND typeof(jpeg) = 'blob'"
    ),
    "INSERT OR IGNORE INTO turns SELECT * FROM other.turns",
    "INSERT OR IGNORE INTO conversations SELECT * FROM other.conversations",
)


def merge(database: Database, path: str) -> int:
    """Merge the ledger file `path` into `database`; return the number of answers that came. Raises StateError.

    Each of its rows is read first: one that cannot be read is named, and nothing is taken.
    """
    if not os.path.exists(path):
        raise StateError(f"the ledger {path} does not exist", "name a ledger file")
    if not os.path.isfile(path):
        raise StateError(f"the ledger {path} is not a file", "name a ledger file")
    if database.path is not None and os.path.samefile(database.path, path):
        raise StateError(f"the ledger {path} cannot be merged into itself", "name another ledger file")
    check(path)
    database.alone(lambda db: _attach(db, path))
    try:
        return database.write(lambda db: _merge(db, path))
    finally:
        database.alone(lambda db: db.execute("DETACH DATABASE other"))


def check(path: str) -> None:
    """Read every row that a merge takes. Raises StateError that names the file, the row and what mends it."""
    import sqlite3
    from contextlib import closing

    with database_errors(path), closing(sqlite3.connect(os.path.abspath(path))) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA trusted_schema = OFF")
        _check_version(db, path, "main")
        if db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StateError(f"{path} is not merged: it is damaged", "rescue it with `sqlite3 FILE .recover` first")
        try:
            for query, read in _READERS:
                for row in db.execute(query):
                    read(row)
        except StateError as error:
            hint = f"{error.hint} --ledger {path}" if error.hint.startswith("visionask logs purge") else error.hint
            raise StateError(f"{path} is not merged: {error.message}", hint) from error


@reads("request", "id", "requests")
def _check_request(row: Row) -> None:
    """Raise StateError where a request has a value that is none."""
    for name in ("reserved_usd", "usd", "maybe_usd"):
        unpack_usd(row[name])
    read_moment(row["at"])
    unpack(row["error_message"]), unpack(row["hint"])


@reads("batch", "batch", "batch_lines")
def _check_line(row: Row) -> None:
    """Raise StateError where a line of a batch has a value that is none."""
    unpack_label(row["label"])
    unpack_usd(row["reserved_usd"])


@reads("scan", "scan_name", "scans")
def _check_scan(row: Row) -> None:
    """Raise StateError where a scan has a value that is none."""
    unpack(row["question"])


@reads("answer", "uid", "texts")
def _check_text(row: Row) -> None:
    """Raise StateError where a question or a system text is not the one that its digest says."""
    if row["digest"] != hashlib.sha256(pack_label(unpack(row["text"]) or "")).digest():
        raise ValueError("a text that is not what its digest says")


_READERS: tuple[tuple[str, Callable[[Row], object]], ...] = (
    (ANSWERS, stored_answer),
    ("SELECT * FROM requests", _check_request),
    ("SELECT p.*, r.key, r.usd, r.error_code, r.error_message FROM partials p JOIN requests r ON r.id = p.id", partial),
    ("SELECT * FROM conversations", read_conversation),
    ("SELECT * FROM turns", read_turn),
    ("SELECT *, 'scan-' || id AS scan_name FROM scans", _check_scan),
    ("SELECT *, 'scan-' || scan AS scan_name FROM items", item),
    ("SELECT t.*, a.uid FROM texts t JOIN answers a ON t.id IN (a.question, a.system) GROUP BY t.id", _check_text),
    ("SELECT * FROM batches", info),
    ("SELECT * FROM shards", shard),
    ("SELECT * FROM batch_items", batch_item),
    ("SELECT l.*, s.batch FROM batch_lines l JOIN shards s ON s.id = l.shard", _check_line),
)


def _check_version(db: Connection, path: str, schema: str) -> None:
    ours = db.execute(f"PRAGMA {schema}.application_id").fetchone()[0] == APPLICATION_ID
    version = db.execute(f"PRAGMA {schema}.user_version").fetchone()[0]
    if not ours or version != VERSION:
        fact = "has another schema version" if ours else "is no ledger of visionask's"
        raise StateError(f"the ledger {path} {fact}", "open it once with this visionask: `logs list --ledger FILE`")


def _attach(db: Connection, path: str) -> None:
    with database_errors(path):  # else it would be said of the ledger that it is merged into
        db.execute("ATTACH DATABASE ? AS other", (os.path.abspath(path),))


def _merge(db: Connection, path: str) -> int:
    with database_errors(path):
        _check_version(db, path, "other")
    _add_money(db)
    for step in _STEPS:
        db.execute(step)
    merge_batches(db, os.path.basename(path))
    columns = ", ".join(f"a.{name}" for name in _ANSWER.split(", "))
    return db.execute(
        f"INSERT OR IGNORE INTO answers (uid, question, system, {_ANSWER}) "  # noqa: S608
        f"SELECT a.uid, q.id, s.id, {columns} FROM other.answers a "
        "JOIN other.texts oq ON oq.id = a.question JOIN texts q ON q.digest = oq.digest "
        "LEFT JOIN other.texts os ON os.id = a.system LEFT JOIN texts s ON s.digest = os.digest ORDER BY a.id"
    ).rowcount


def _add_money(db: Connection) -> None:
    rows = db.execute(
        "SELECT * FROM other.requests WHERE state != 'open' AND id NOT IN (SELECT id FROM main.requests)"
    ).fetchall()
    for row in rows:
        usd = read_usd(row["usd"] or "0")
        was_sent = row["state"] == "answered" or row["maybe_billed"] > 0
        is_unpriced = row["usd"] is None and row["reserved_usd"] is None and was_sent
        maybe_usd = read_usd(row["maybe_usd"])
        charge_money(db, row, usd=usd, maybe_usd=maybe_usd, ended=1, unpriced=int(is_unpriced))
