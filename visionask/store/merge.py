"""Owns taking over what another ledger has: the shards of a scan or a batch become one. Again changes nothing.

Rows are known by ids that are drawn at random, or by their keys, so that none is taken twice; money is added only for
requests that were not here. Counts of answers that were not paid again stay where they were made.
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.store import money
from visionask.store.batch_merge import merge_batches
from visionask.store.faults import telling
from visionask.store.schema import APPLICATION_ID, VERSION

if TYPE_CHECKING:
    from sqlite3 import Connection

    from visionask.store.database import Database

_ANSWER = (
    "key, run, at, model, base_url, images, text, finish_reason, request_id, input_tokens, image_tokens, "
    "cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, has_usage, attempts, maybe_billed, notes, "
    "usd, seconds"
)
_REQUEST = (
    "id, key, state, run, at, day, model, detail, reserved_usd, usd, maybe_usd, projected_input_tokens, "
    "projected_image_tokens, input_tokens, image_tokens, attempts, maybe_billed, error_code, error_message, hint, "
    "retryable"
)
_ITEM = "label, status, key, at, is_cached, error_code, error_message, hint"
_STEPS = (
    "INSERT OR IGNORE INTO texts (digest, text) SELECT digest, text FROM other.texts",
    f"INSERT OR IGNORE INTO requests ({_REQUEST}) SELECT {_REQUEST} FROM other.requests WHERE state != 'open'",  # noqa: S608
    "INSERT OR IGNORE INTO scans (key, at, question, model) SELECT key, at, question, model FROM other.scans",
    f"INSERT INTO items (scan, {_ITEM}) SELECT here.id, "  # noqa: S608
    + ", ".join(f"i.{name}" for name in _ITEM.split(", "))
    + " FROM other.items i JOIN other.scans s ON s.id = i.scan JOIN scans here ON here.key = s.key "
    "WHERE i.status != 'asking' ON CONFLICT (scan, label) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _ITEM.split(", ")[1:])
    + " WHERE status NOT IN ('ok', 'asking') AND (excluded.status = 'ok' OR excluded.at > at)",
    "INSERT OR IGNORE INTO partials SELECT * FROM other.partials",
    "INSERT OR IGNORE INTO turns SELECT * FROM other.turns",
    "INSERT OR IGNORE INTO conversations SELECT * FROM other.conversations",
)


def merge(database: Database, path: str) -> int:
    """Merge the ledger file `path` into `database`; return the number of answers that came. Raises StateError."""
    if not os.path.isfile(path):
        raise StateError(f"the ledger {path} does not exist", "name a ledger file")
    if database.path is not None and os.path.samefile(database.path, path):
        raise StateError(f"the ledger {path} cannot be merged into itself", "name another ledger file")
    database.alone(lambda db: _attach(db, path))
    try:
        return database.write(lambda db: _merge(db, path))
    finally:
        database.alone(lambda db: db.execute("DETACH DATABASE other"))


def _attach(db: Connection, path: str) -> None:
    with telling(path):  # else it would be said of the ledger that it is merged into
        db.execute("ATTACH DATABASE ? AS other", (os.path.abspath(path),))


def _merge(db: Connection, path: str) -> int:
    with telling(path):
        ours = db.execute("PRAGMA other.application_id").fetchone()[0] == APPLICATION_ID
        version = db.execute("PRAGMA other.user_version").fetchone()[0]
    if not ours or version != VERSION:
        fact = "has another schema version" if ours else "is no ledger of visionask's"
        raise StateError(f"the ledger {path} {fact}", "open it once with this visionask: `logs list --ledger FILE`")
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
        usd = Decimal(row["usd"] or 0)
        money.charge(db, row["model"], run=row["run"], day=row["day"], usd=usd, maybe_usd=Decimal(row["maybe_usd"]))
        was_sent = row["state"] == "answered" or row["maybe_billed"] > 0
        is_unpriced = row["usd"] is None and row["reserved_usd"] is None and was_sent
        money.count(db, row["model"], day=row["day"], is_unpriced=is_unpriced)
