"""The beginning of a request in the ledger: what is known of its key, the claim, the reservation.

A request is open (claimed, its money reserved), then answered, failed or lost (`endings.py`). Each step is one
transaction, so that at any moment the ledger is right: a key is claimed by one run at most (a unique index says so),
and money is reserved, settled or free, never two of them.

The money in the ledger: what is spent and reserved, and whether one more request fits the budgets.

A request counts on the day (UTC) and in the run of its intent: what is reserved before midnight never moves to the
next day. Worked: a limit of 1.00, settled 0.70, reserved 0.20: 0.10 fits (1.00 <= 1.00) and 0.11 does not.

The end of a request in the ledger: answered, failed or lost; what it cost, and what became of its item.

What came and was no answer: refused, cut, not the schema. It was paid for, so that it can be looked at.

It is never found for a key, and asked again as any failure is; the error stands with its request.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.errors import BudgetError, StateError
from visionask.core.ledger import Claimed, Lost, MoneyHeld, PaidAnswer, StoredAnswer, StoredFailure, Ticket
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answer, Usage
from visionask.store.rows import (
    ANSWERS,
    PAID,
    USAGE,
    day_of,
    insert,
    keepable,
    keepable_base_url,
    pack,
    pack_images,
    pack_usd,
    paid_answer,
    read_moment,
    read_object,
    read_usd,
    reads,
    stored_answer,
    text_id,
    unpack,
    unpack_images,
    unpack_usd,
)
from visionask.store.schema import pack_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from sqlite3 import Connection, Row

    from visionask.core.errors import VisionaskError
    from visionask.core.ledger import Budget, Intent


ZERO = Decimal(0)


def check_money(db: Connection, budget: Budget, amount: Decimal | None, *, run: bytes, day: str) -> None:
    """Raise BudgetError unless `amount` fits both budgets; MoneyHeld where what is under way may still make room."""
    limits = (
        (budget.run_usd, "--max-cost", "SELECT usd FROM runs WHERE id = ?", "run", run),
        (budget.day_usd, "the daily budget", "SELECT usd, maybe_usd FROM spend WHERE day = ?", "day", day),
    )
    for limit, name, query, column, value in limits:
        if limit is None:
            continue
        if amount is None:
            raise BudgetError(
                f"{name} cannot be enforced: what the request may cost is not known",
                "set --max-tokens, give the model a price in the config file, or lift the limit",
            )
        spent = sum((read_usd(text) for row in db.execute(query, (value,)) for text in row), ZERO)
        spent += in_batches(db, column, value)  # for hours: nobody waits for it
        held = reserved(db, column, value)
        if spent + held + amount <= limit:
            continue
        text = f"{name} of ${limit:f} would be passed: ${spent:f} spent"
        if held and spent + amount <= limit:
            raise MoneyHeld(f"{text}, ${held:f} reserved, ${amount:f} more", "wait for the requests under way")
        raise BudgetError(
            f"{text}" + (f", ${held:f} reserved" if held else "") + f", ${amount:f} at most for the next request",
            "raise the limit, or run the same again later: what is answered is not paid again",
        )


def reserved(db: Connection, column: str, value: str | bytes) -> Decimal:
    """Sum what open requests hold, of a `day` or a `run`."""
    rows = db.execute(
        f"SELECT reserved_usd FROM requests WHERE state = 'open' AND {column} = ?",  # noqa: S608 - one of two names
        (value,),
    )
    return sum((read_usd(text) for (text,) in rows if text is not None), ZERO)


def in_batches(db: Connection, column: str, value: str | bytes) -> Decimal:
    """Sum what files of batches hold, of a `day` or a `run`."""
    rows = db.execute(
        f"SELECT reserved_usd FROM shards WHERE reserved_usd IS NOT NULL AND {column} = ?",  # noqa: S608 - as above
        (value,),
    )
    return sum((read_usd(text) for (text,) in rows), ZERO)


def charge_money(
    db: Connection, request: Row, *, usd: Decimal, maybe_usd: Decimal, ended: int = 0, unpriced: int = 0
) -> None:
    """Add money to the sums of a request's day, model and run, and count requests that have ended."""
    day, model, run = request["day"], request["model"], request["run"]
    row = db.execute("SELECT usd, maybe_usd FROM spend WHERE day = ? AND model = ?", (day, model)).fetchone()
    sums = (usd, maybe_usd) if row is None else (read_usd(row[0]) + usd, read_usd(row[1]) + maybe_usd)
    db.execute(
        "INSERT INTO spend (day, model, requests, usd, maybe_usd, unpriced) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (day, model) DO UPDATE SET usd = excluded.usd, maybe_usd = excluded.maybe_usd, "
        "requests = requests + excluded.requests, unpriced = unpriced + excluded.unpriced",
        (day, model, ended, pack_usd(sums[0]), pack_usd(sums[1]), unpriced),
    )
    if not usd and not maybe_usd:
        return
    found = db.execute("SELECT usd FROM runs WHERE id = ?", (run,)).fetchone()
    if found is not None:
        total = read_usd(found[0]) + usd + maybe_usd
        db.execute("UPDATE runs SET usd = ? WHERE id = ?", (pack_usd(total), run))


_PARTIALS = (
    "SELECT p.*, r.key, r.usd, r.error_code, r.error_message FROM partials p JOIN requests r ON r.id = p.id "
    "WHERE lower(hex(p.id)) LIKE ? AND (? IS NULL OR p.model = ?) ORDER BY p.at DESC LIMIT ?"
)


def keep_partial(db: Connection, ticket: Ticket, partial: Answer, *, model: str, at: float) -> None:
    """Keep what came for a request that failed."""
    intent = ticket.intent
    columns = {
        "id": ticket.id,
        "at": at,
        "model": model,
        "base_url": keepable_base_url(intent.base_url),
        "question": pack(intent.question),
        "system": pack(intent.system),
        "images": pack_images(intent.images),
        "text": pack(partial.text),
        "finish_reason": pack(partial.finish_reason),
        "request_id": pack(partial.request_id),
        "attempts": partial.attempts,
        "maybe_billed": partial.maybe_billed,
        "usage": None if partial.usage is None else json.dumps(asdict(partial.usage)),
    }
    insert(db, "partials", columns)


def partials(db: Connection, *, prefix: str = "", model: str | None = None, limit: int) -> tuple[StoredAnswer, ...]:
    """Return the newest whose id begins with `prefix`, hexadecimal digits."""
    return tuple(map(partial, db.execute(_PARTIALS, (f"{prefix.lower()}%", model, model, limit))))


@reads("answer", "id", "partials", "requests")
def partial(row: Row) -> StoredAnswer:
    """Return one row of the table. Raises StateError."""
    answer = Answer(
        text=unpack(row["text"]) or "",
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        usage=None if row["usage"] is None else _read_usage(row["usage"]),
        attempts=row["attempts"],
        maybe_billed=row["maybe_billed"],
    )
    return StoredAnswer(
        id=row["id"].hex(),
        key=row["key"].hex(),
        at=read_moment(row["at"]),
        model=row["model"],
        base_url=row["base_url"],
        question=unpack(row["question"]) or "",
        system=unpack(row["system"]),
        images=unpack_images(row["images"]),
        answer=answer,
        usd=unpack_usd(row["usd"]),
        seconds=None,
        error=(str(row["error_code"] or ""), unpack(row["error_message"]) or ""),
    )


def _read_usage(text: str) -> Usage:
    usage = Usage(**json.loads(read_object(text)))
    if not all(tokens is None or isinstance(tokens, int) for tokens in asdict(usage).values()):
        raise TypeError("tokens that are no numbers")
    return usage


def open_row(db: Connection, ticket: Ticket) -> Row:
    """Read a request that is under way. Raises StateError where it has ended already."""
    row: Row | None = db.execute("SELECT * FROM requests WHERE id = ? AND state = 'open'", (ticket.id,)).fetchone()
    if row is None:
        raise StateError("a request was settled twice in the ledger", "report this: it is a bug in visionask")
    return row


def settle_request(
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
        "base_url": keepable_base_url(intent.base_url),
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
        columns |= {name: getattr(usage, name) for name in USAGE}
    if intent.thumbnail is not None:
        columns["thumbnail"] = intent.thumbnail.name
        db.execute("INSERT OR IGNORE INTO thumbnails (name, jpeg) VALUES (?, ?)", intent.thumbnail)
    insert(db, "answers", columns)
    unseen = answer.maybe_billed - row["maybe_billed"] + int(usd is None)
    tries = _Tries(answer.attempts, answer.maybe_billed, unseen)
    _end(db, row, tries, state="answered", usd=usd, usage=answer.observed)
    mark_item(db, row, status="ok")


def find_thumbnails(db: Connection, names: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return those of some hundreds of thumbnails that are here, by name."""
    marks = ", ".join("?" * len(names))
    rows = db.execute(f"SELECT name, jpeg FROM thumbnails WHERE name IN ({marks})", names)  # noqa: S608 - marks
    return {name: jpeg for name, jpeg in rows if isinstance(jpeg, bytes)}


def fail_request(db: Connection, ticket: Ticket, error: VisionaskError, *, usd: Decimal | None) -> None:
    """Keep why there is no answer and what came, and charge what may have been billed."""
    row = open_row(db, ticket)
    partial = error.partial
    if partial is not None:
        keep_partial(db, ticket, partial, model=row["model"], at=row["at"])
    unseen = error.maybe_billed - row["maybe_billed"] + int(partial is not None and usd is None)
    tries = _Tries(error.attempts, error.maybe_billed, unseen)
    _end(db, row, tries, state="failed", usd=usd, usage=None if partial is None else partial.observed)
    db.execute(
        "UPDATE requests SET error_code = ?, error_message = ?, hint = ?, retryable = ?, http_status = ?, "
        "answered_by = ?, cause = ? WHERE id = ?",
        (
            error.code,
            pack(error.message),
            pack(error.hint),
            int(error.retryable),
            error.status,
            error.answered_by,
            error.cause,
            row["id"],
        ),
    )
    mark_item(db, row, status="failed", code=error.code, message=error.message, hint=error.hint)


def reopen(db: Connection, keys: Sequence[str]) -> None:
    """Mark failed requests to be asked again by a rerun: what they met was none of their own."""
    for key in keys:
        db.execute("UPDATE requests SET retryable = 1 WHERE key = ? AND state = 'failed'", (bytes.fromhex(key),))


def reap_requests(db: Connection, run: bytes) -> Lost:
    """End the open requests of a run that is no more: lost, and maybe billed."""
    rows = db.execute("SELECT * FROM requests WHERE state = 'open' AND run = ?", (run,)).fetchall()
    total: Decimal | None = ZERO
    for row in rows:
        reserved = unpack_usd(row["reserved_usd"])
        total = None if total is None or reserved is None else total + reserved
        tries = _Tries(row["attempts"] + 1, row["maybe_billed"] + 1, unseen=1)
        _end(db, row, tries, state="lost", usd=None, usage=None)
        message = "its run ended while it was under way: it may have been billed"
        db.execute(
            "UPDATE requests SET error_code = 'lost', error_message = ?, hint = '', retryable = 1 WHERE id = ?",
            (message, row["id"]),
        )
        mark_item(db, row, status="lost", code="lost", message=message)
    return Lost(requests=len(rows), reserved_usd=total)


class _Tries(NamedTuple):
    """The attempts at a request, which may be more than the ledger was told of while they were made."""

    attempts: int
    maybe_billed: int
    unseen: int  # that may have been billed without our knowing: each is charged its reservation


def _end(db: Connection, row: Row, tries: _Tries, *, state: str, usd: Decimal | None, usage: Usage | None) -> None:
    """Close a request."""
    reserved = unpack_usd(row["reserved_usd"])
    maybe = max(0, tries.unseen) * (reserved or ZERO)
    db.execute(
        "UPDATE requests SET state = ?, usd = ?, maybe_usd = ?, input_tokens = ?, image_tokens = ?, "
        "attempts = max(attempts, ?), maybe_billed = max(maybe_billed, ?) WHERE id = ?",
        (
            state,
            pack_usd(usd),
            pack_usd(read_usd(row["maybe_usd"]) + maybe),
            None if usage is None else usage.input_tokens,
            None if usage is None else usage.image_tokens,
            tries.attempts,
            tries.maybe_billed,
            row["id"],
        ),
    )
    is_unpriced = usd is None and reserved is None and (state == "answered" or tries.unseen > 0)
    charge_money(db, row, usd=usd or ZERO, maybe_usd=maybe, ended=1, unpriced=int(is_unpriced))


def mark_item(
    db: Connection,
    row: Row | dict[str, Any],
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
        # asked more than once: which of them counts is decided in one place
        newest = find(db, key, run=run) if key in found else None
        found[key] = (
            paid_answer(row) if newest is None else PaidAnswer(newest.model, newest.usd, newest.answer, newest.seconds)
        )
    return found


def find_failure(db: Connection, key: str) -> StoredFailure | None:
    """Return how the last request for a key failed; None where it did not."""
    row = db.execute(
        "SELECT * FROM requests WHERE key = ? AND state != 'open' ORDER BY at DESC LIMIT 1", (bytes.fromhex(key),)
    ).fetchone()
    if row is None or row["state"] == "answered":
        return None
    return _failure(row)


@reads("request", "id", "requests")
def _failure(row: Row) -> StoredFailure:
    return StoredFailure(
        at=read_moment(row["at"]),
        code=row["error_code"],
        message=unpack(row["error_message"]) or "",
        hint=unpack(row["hint"]) or "",
        retryable=bool(row["retryable"]),
        attempts=row["attempts"],
        maybe_billed=row["maybe_billed"],
        status=row["http_status"],
        answered_by=row["answered_by"],
        cause=row["cause"],
    )


def find_new(db: Connection, keys: Sequence[str]) -> set[str]:
    """Return the keys for which nothing stands in the ledger: of those no more has to be looked up."""
    numbers = ", ".join(f"?{n}" for n in range(1, len(keys) + 1))
    tables = ("answers", "requests", "batch_lines")
    query = " UNION ALL ".join(f"SELECT key FROM {table} WHERE key IN ({numbers})" for table in tables)  # noqa: S608
    known = {row[0].hex() for row in db.execute(query, tuple(map(bytes.fromhex, keys)))} if keys else set()
    return {key for key in keys if key not in known}


def claimed_elsewhere(db: Connection, key: str, *, is_alive: Callable[[bytes], bool]) -> Claimed | None:
    """Return who is asking a key; where their run is no more, its requests end here."""
    row = db.execute("SELECT run FROM requests WHERE key = ? AND state = 'open'", (bytes.fromhex(key),)).fetchone()
    if row is None:
        return None
    if is_alive(row["run"]):
        return Claimed(pid=_pid(db, row["run"]))
    reap_requests(db, row["run"])
    return None


def claim(db: Connection, intent: Intent, *, run: bytes, at: float, budget: Budget) -> Ticket:
    """Claim a key that nobody is asking, and reserve the money. Raises BudgetError."""
    key, day = bytes.fromhex(intent.key), day_of(at)
    check_money(db, budget, intent.reserved_usd, run=run, day=day)
    insert(db, "runs", {"id": run, "at": at, "pid": os.getpid()})
    ticket = Ticket(id=secrets.token_bytes(16), intent=intent)
    columns = {"key": key, "run": run, "at": at, "day": day, "reserved_usd": pack_usd(intent.reserved_usd)}
    columns |= open_columns(ticket)
    if not insert(db, "requests", columns):
        raise StateError("a request was claimed twice in the ledger", "report this: it is a bug in visionask")
    mark_item(db, columns, status="asking")
    return ticket


def open_columns(ticket: Ticket) -> dict[str, Any]:
    """Return what a row of `requests` has of the intent, while it is under way."""
    intent = ticket.intent
    return {
        "id": ticket.id,
        "state": "open",
        "model": intent.model,
        "detail": intent.detail,
        "projected_input_tokens": intent.projected_input_tokens,
        "projected_image_tokens": intent.projected_image_tokens,
        "scan": None if intent.item is None else intent.item.scan,
        "label": None if intent.item is None else pack_label(keepable(intent.item.label)),
    }


def _pid(db: Connection, run: bytes) -> int:
    row = db.execute("SELECT pid FROM runs WHERE id = ?", (run,)).fetchone()
    return 0 if row is None else int(row[0])


def extend(db: Connection, ticket: Ticket, *, budget: Budget) -> None:
    """Reserve as much again: what was answered is billed, and another request is made for it. Raises BudgetError.

    An attempt that is lost afterwards is charged both, for the ledger does not know yet what the first has cost.
    """
    row = open_row(db, ticket)
    amount = ticket.intent.reserved_usd
    check_money(db, budget, amount, run=row["run"], day=row["day"])
    total = None if amount is None else amount + (unpack_usd(row["reserved_usd"]) or ZERO)
    db.execute(
        "UPDATE requests SET reserved_usd = ?, attempts = attempts + 1 WHERE id = ?", (pack_usd(total), ticket.id)
    )


def renew(db: Connection, ticket: Ticket, *, budget: Budget, maybe_billed: bool) -> None:
    """Reserve another attempt of the same request; the last one's money is spent-maybe, or free. Raises BudgetError."""
    row = open_row(db, ticket)
    if maybe_billed:
        reserved = unpack_usd(row["reserved_usd"])
        amount = reserved or ZERO
        charge_money(db, row, usd=ZERO, maybe_usd=amount)
        db.execute(
            "UPDATE requests SET reserved_usd = NULL, maybe_usd = ?, maybe_billed = maybe_billed + 1 WHERE id = ?",
            (pack_usd(read_usd(row["maybe_usd"]) + amount), ticket.id),
        )
        check_money(db, budget, reserved, run=row["run"], day=row["day"])
        db.execute("UPDATE requests SET reserved_usd = ? WHERE id = ?", (row["reserved_usd"], ticket.id))
    db.execute("UPDATE requests SET attempts = attempts + 1 WHERE id = ?", (ticket.id,))
