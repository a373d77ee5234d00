"""Owns the beginning of a request in the ledger: what is known of its key, the claim, the reservation.

A request is open (claimed, its money reserved), then answered, failed or lost (`endings.py`). Each step is one
transaction, so that at any moment the ledger is right: a key is claimed by one run at most (a unique index says so),
and money is reserved, settled or free, never two of them.
"""

from __future__ import annotations

import os
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.store import money
from visionask.store.endings import mark_item, open_row, reap
from visionask.store.rows import (
    ANSWERS,
    PAID,
    day_of,
    insert,
    keepable,
    pack_label,
    pack_usd,
    paid_answer,
    stored_answer,
    unpack,
    unpack_usd,
)
from visionask.store.values import PaidAnswer, StoredFailure, Taken, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection

    from visionask.store.values import Budget, Intent, StoredAnswer


def find(db: Connection, key: str, *, run: bytes | None) -> StoredAnswer | None:
    """Find the newest answer for a key; with `run`, only one that this run has got.

    One that was got here comes before all that were merged in: the runs of other ledgers are not in the table of runs.
    """
    own = "EXISTS (SELECT 1 FROM runs WHERE runs.id = a.run)"
    query = f"{ANSWERS} WHERE a.key = ? AND (? IS NULL OR a.run = ?) ORDER BY {own} DESC, a.id DESC LIMIT 1"
    row = db.execute(query, (bytes.fromhex(key), run, run)).fetchone()
    return None if row is None else stored_answer(row)


def find_paid(db: Connection, keys: Sequence[str], *, run: bytes | None) -> dict[str, PaidAnswer]:
    """Find for many keys in one query what `find` finds for each; some hundreds at most."""
    marks = ", ".join("?" * len(keys))
    query = f"{PAID} WHERE key IN ({marks}) AND (? IS NULL OR run = ?)"
    found: dict[str, PaidAnswer] = {}
    for row in db.execute(query, (*map(bytes.fromhex, keys), run, run)):
        key = row[0].hex()
        if key in found:  # asked more than once: which of them counts is decided in one place
            newest = find(db, key, run=run)
            assert newest is not None
            found[key] = PaidAnswer(newest.model, newest.usd, newest.answer)
        else:
            found[key] = paid_answer(row)
    return found


def find_failure(db: Connection, key: str) -> StoredFailure | None:
    """Tell how the last request for a key failed; None where it did not."""
    row = db.execute(
        "SELECT * FROM requests WHERE key = ? AND state != 'open' ORDER BY at DESC LIMIT 1", (bytes.fromhex(key),)
    ).fetchone()
    if row is None or row["state"] == "answered":
        return None
    return StoredFailure(
        at=row["at"],
        code=row["error_code"],
        message=unpack(row["error_message"]) or "",
        hint=unpack(row["hint"]) or "",
        retryable=bool(row["retryable"]),
        attempts=row["attempts"],
        maybe_billed=row["maybe_billed"],
    )


def claim(
    db: Connection, intent: Intent, *, run: bytes, at: float, budget: Budget, is_alive: Callable[[bytes], bool]
) -> Ticket | Taken:
    """Claim the key and reserve the money, or tell who is asking it. Raises BudgetError."""
    key, day = bytes.fromhex(intent.key), day_of(at)
    row = db.execute("SELECT run FROM requests WHERE key = ? AND state = 'open'", (key,)).fetchone()
    if row is not None:
        if is_alive(row["run"]):
            return Taken(pid=_pid(db, row["run"]))
        reap(db, row["run"])
    money.check(db, budget, intent.reserved_usd, run=run, day=day)
    insert(db, "runs", {"id": run, "at": at, "pid": os.getpid()})
    ticket = Ticket(id=secrets.token_bytes(16), intent=intent)
    columns = {
        "id": ticket.id,
        "key": key,
        "state": "open",
        "run": run,
        "at": at,
        "day": day,
        "model": intent.model,
        "detail": intent.detail,
        "reserved_usd": pack_usd(intent.reserved_usd),
        "projected_input_tokens": intent.projected_input_tokens,
        "projected_image_tokens": intent.projected_image_tokens,
        "scan": None if intent.item is None else intent.item.scan,
        "label": None if intent.item is None else pack_label(keepable(intent.item.label)),
    }
    insert(db, "requests", columns)
    mark_item(db, open_row(db, ticket), status="asking")
    return ticket


def _pid(db: Connection, run: bytes) -> int:
    row = db.execute("SELECT pid FROM runs WHERE id = ?", (run,)).fetchone()
    return 0 if row is None else int(row[0])


def extend(db: Connection, ticket: Ticket, *, budget: Budget) -> None:
    """Reserve as much again: what was answered is billed, and another request is made for it. Raises BudgetError.

    An attempt that is lost afterwards is charged both, for the ledger does not know yet what the first has cost.
    """
    row = open_row(db, ticket)
    amount = ticket.intent.reserved_usd
    money.check(db, budget, amount, run=row["run"], day=row["day"])
    total = None if amount is None else amount + (unpack_usd(row["reserved_usd"]) or money.ZERO)
    db.execute(
        "UPDATE requests SET reserved_usd = ?, attempts = attempts + 1 WHERE id = ?", (pack_usd(total), ticket.id)
    )


def renew(db: Connection, ticket: Ticket, *, budget: Budget, maybe_billed: bool) -> None:
    """Reserve another attempt of the same request; the last one's money is spent-maybe, or free. Raises BudgetError."""
    row = open_row(db, ticket)
    if maybe_billed:
        reserved = unpack_usd(row["reserved_usd"])
        amount = reserved or money.ZERO
        money.charge(db, row["model"], run=row["run"], day=row["day"], usd=money.ZERO, maybe_usd=amount)
        db.execute(
            "UPDATE requests SET reserved_usd = NULL, maybe_usd = ?, maybe_billed = maybe_billed + 1 WHERE id = ?",
            (pack_usd(Decimal(row["maybe_usd"]) + amount), ticket.id),
        )
        money.check(db, budget, reserved, run=row["run"], day=row["day"])
        db.execute("UPDATE requests SET reserved_usd = ? WHERE id = ?", (row["reserved_usd"], ticket.id))
    db.execute("UPDATE requests SET attempts = attempts + 1 WHERE id = ?", (ticket.id,))
