"""Owns what becomes of a line of a batch in the ledger: a request that has ended, answered or failed, and its money.

Money counts on the day and in the run of the submission, where it was reserved.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.errors import VisionaskError
from visionask.store import endings
from visionask.store.batch_rows import LINES, line
from visionask.store.rows import insert, keepable, pack_label, pack_usd
from visionask.store.values import Ticket

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

    from visionask.core.request import Answer, Usage
    from visionask.store.batch_values import Line
    from visionask.store.values import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of one line. `usd` None: not known."""

    shard: str
    intent: Intent
    result: Answer | VisionaskError
    usd: Decimal | None = None
    usage: Usage | None = None  # of a failure that was billed


def settle(db: Connection, ending: Ending, *, at: float) -> bool:
    """Keep it, unless the line has its answer: then False."""
    key = bytes.fromhex(ending.intent.key)
    query = "SELECT l.*, s.run, s.day, s.reserved_usd AS total FROM batch_lines l JOIN shards s ON s.id = l.shard "
    row = db.execute(f"{query} WHERE l.shard = ? AND l.key = ?", (ending.shard, key)).fetchone()
    is_answer = not isinstance(ending.result, VisionaskError)
    if row is None or row["state"] == "answered" or (row["state"] == "failed" and not is_answer):
        return False
    is_new = _request(db, ending, row, at=at)
    state = "answered" if is_answer else "failed"
    db.execute("UPDATE batch_lines SET state = ?, reserved_usd = NULL, at = ? WHERE shard = ? AND key = ?",
               (state, at, ending.shard, key))  # fmt: skip
    if row["reserved_usd"] is not None and row["total"] is not None:
        left = Decimal(row["total"]) - Decimal(row["reserved_usd"])
        db.execute("UPDATE shards SET reserved_usd = ? WHERE id = ?", (pack_usd(left) if left else None, ending.shard))
    return is_new


def pending(db: Connection, shard_id: str, *, limit: int) -> list[Line]:
    """Give some of the lines of a shard that have no result."""
    rows = db.execute(f"{LINES} WHERE l.shard = ? AND l.state IN ('pending', 'doubled') LIMIT ?", (shard_id, limit))
    return [line(row) for row in rows]


def _request(db: Connection, ending: Ending, row: Row, *, at: float) -> bool:
    """Write the request with its end; False where it is there, from another ledger that has fetched the same line.

    Under a key of its own meanwhile: somebody may be asking the same live.
    """
    intent, result = ending.intent, ending.result
    ticket = Ticket(id=_name(ending), intent=intent)
    own = hashlib.sha256(ticket.id).digest()
    if db.execute("SELECT 1 FROM requests WHERE id = ?", (ticket.id,)).fetchone():
        return False
    insert(db, "runs", {"id": row["run"], "at": at, "pid": os.getpid()})
    columns = {
        "id": ticket.id,
        "key": own,
        "state": "open",
        "run": row["run"],
        "at": at,
        "day": row["day"],
        "model": intent.model,
        "detail": intent.detail,
        "reserved_usd": row["reserved_usd"],
        "projected_input_tokens": intent.projected_input_tokens,
        "projected_image_tokens": intent.projected_image_tokens,
        "scan": None if intent.item is None else intent.item.scan,
        "label": None if intent.item is None else pack_label(keepable(intent.item.label)),
    }
    insert(db, "requests", columns)
    if isinstance(result, VisionaskError):
        endings.fail(db, ticket, result, usd=ending.usd, usage=ending.usage)
    else:
        endings.settle(db, ticket, result, usd=ending.usd, seconds=None, at=at)
    key = bytes.fromhex(intent.key)
    db.execute("UPDATE requests SET key = ? WHERE id = ?", (key, ticket.id))
    db.execute("UPDATE answers SET key = ? WHERE uid = ?", (key, ticket.id))
    db.execute("UPDATE items SET key = ? WHERE scan = ? AND label = ?", (key, columns["scan"], columns["label"]))
    return True


def _name(ending: Ending) -> bytes:
    """Name the request of a line alike in every ledger that fetches it, so that a merge counts its money once."""
    how = "failed" if isinstance(ending.result, VisionaskError) else "answered"
    return hashlib.sha256(f"{ending.shard} {ending.intent.key} {how}".encode()).digest()[:16]
