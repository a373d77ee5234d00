"""Owns the end of a request in the ledger: answered, failed or lost; what it cost, and what became of its item."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.errors import RejectedError, StateError
from visionask.store import money
from visionask.store.partials import keep_partial
from visionask.store.rows import insert, pack, pack_images, pack_usd, text_id, unpack_usd
from visionask.store.values import Lost

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

    from visionask.core.errors import VisionaskError
    from visionask.core.request import Answer, Usage
    from visionask.store.values import Ticket

_USAGE = (
    "input_tokens",
    "image_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
)


def open_row(db: Connection, ticket: Ticket) -> Row:
    """Read a request that is under way. Raises StateError where it has ended already."""
    row: Row | None = db.execute("SELECT * FROM requests WHERE id = ? AND state = 'open'", (ticket.id,)).fetchone()
    if row is None:
        raise StateError("a request was settled twice in the ledger", "report this: it is a mistake in visionask")
    return row


def settle(
    db: Connection, ticket: Ticket, answer: Answer, *, usd: Decimal | None, seconds: float | None, at: float
) -> None:
    """Put the answer in, with what it cost; release the reservation."""
    row, intent, usage = open_row(db, ticket), ticket.intent, answer.usage
    columns: dict[str, Any] = {
        "uid": ticket.id,
        "key": row["key"],
        "run": row["run"],
        "at": at,
        "model": intent.model,
        "base_url": intent.base_url,
        "question": text_id(db, intent.question),
        "system": None if intent.system is None else text_id(db, intent.system),
        "images": pack_images(intent.images),
        "text": pack(answer.text),
        "finish_reason": pack(answer.finish_reason),
        "request_id": pack(answer.request_id),
        "has_usage": int(usage is not None),
        "attempts": answer.attempts,
        "maybe_billed": answer.maybe_billed,
        "notes": json.dumps(answer.notes),
        "usd": pack_usd(usd),
        "seconds": seconds,
    }
    if usage is not None:
        columns |= {name: getattr(usage, name) for name in _USAGE}
    insert(db, "answers", columns)
    unseen = answer.maybe_billed - row["maybe_billed"] + int(usd is None)
    _end(db, row, state="answered", usd=usd, usage=answer.observed, unseen=unseen)
    _count_attempts(db, row, attempts=answer.attempts, maybe_billed=answer.maybe_billed)
    mark_item(db, row, status="ok")


def fail(
    db: Connection, ticket: Ticket, error: VisionaskError, *, usd: Decimal | None, usage: Usage | None = None
) -> None:
    """Keep why there is no answer and what came, and charge what may have been billed. `usage`: where nothing came."""
    row = open_row(db, ticket)
    partial = error.partial if isinstance(error, RejectedError) else None
    if partial is not None:
        usage = partial.observed
        keep_partial(db, ticket, partial, model=row["model"], at=row["at"])
    unseen = error.maybe_billed - row["maybe_billed"] + int(partial is not None and usd is None)
    _end(db, row, state="failed", usd=usd, usage=usage, unseen=unseen)
    _count_attempts(db, row, attempts=error.attempts, maybe_billed=error.maybe_billed)
    db.execute(
        "UPDATE requests SET error_code = ?, error_message = ?, hint = ?, retryable = ? WHERE id = ?",
        (error.code, pack(error.message), pack(error.hint), int(error.retryable), row["id"]),
    )
    mark_item(db, row, status="failed", code=error.code, message=error.message, hint=error.hint)


def reap(db: Connection, run: bytes) -> Lost:
    """End the open requests of a run that is no more: lost, and maybe billed."""
    rows = db.execute("SELECT * FROM requests WHERE state = 'open' AND run = ?", (run,)).fetchall()
    total: Decimal | None = money.ZERO
    for row in rows:
        reserved = unpack_usd(row["reserved_usd"])
        total = None if total is None or reserved is None else total + reserved
        _end(db, row, state="lost", usd=None, usage=None, unseen=1)
        _count_attempts(db, row, attempts=row["attempts"] + 1, maybe_billed=row["maybe_billed"] + 1)
        message = "its run ended while it was under way: it may have been billed"
        db.execute(
            "UPDATE requests SET error_code = 'lost', error_message = ?, hint = '', retryable = 1 WHERE id = ?",
            (message, row["id"]),
        )
        mark_item(db, row, status="lost", code="lost", message=message)
    return Lost(requests=len(rows), reserved_usd=total)


def _end(db: Connection, row: Row, *, state: str, usd: Decimal | None, usage: Usage | None, unseen: int) -> None:
    """Close a request. `unseen` attempts may have been billed without our knowing: each is charged its reservation."""
    reserved = unpack_usd(row["reserved_usd"])
    maybe = max(0, unseen) * (reserved or money.ZERO)
    db.execute(
        "UPDATE requests SET state = ?, usd = ?, maybe_usd = ?, input_tokens = ?, image_tokens = ? WHERE id = ?",
        (
            state,
            pack_usd(usd),
            pack_usd(Decimal(row["maybe_usd"]) + maybe),
            None if usage is None else usage.input_tokens,
            None if usage is None else usage.image_tokens,
            row["id"],
        ),
    )
    money.charge(db, row["model"], run=row["run"], day=row["day"], usd=usd or money.ZERO, maybe_usd=maybe)
    is_unpriced = usd is None and reserved is None and (state == "answered" or unseen > 0)
    money.count(db, row["model"], day=row["day"], is_unpriced=is_unpriced)


def _count_attempts(db: Connection, row: Row, *, attempts: int, maybe_billed: int) -> None:
    db.execute(
        "UPDATE requests SET attempts = max(attempts, ?), maybe_billed = max(maybe_billed, ?) WHERE id = ?",
        (attempts, maybe_billed, row["id"]),
    )


def mark_item(
    db: Connection,
    row: Row,
    *,
    status: str,
    code: str | None = None,
    message: str | None = None,
    hint: str | None = None,
) -> None:
    """Write what became of the item that a request was for, if it was for one."""
    if row["scan"] is None:
        return
    columns = (row["scan"], row["label"], status, row["key"], row["at"], code, pack(message), pack(hint))
    db.execute(
        "INSERT OR REPLACE INTO items (scan, label, status, key, at, is_cached, error_code, error_message, hint) "
        "VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)",
        columns,
    )
