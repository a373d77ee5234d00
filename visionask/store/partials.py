"""Owns what came and was no answer: refused, cut, not the schema. It was paid for, so that it can be looked at.

It is never found for a key, and asked again as any failure is; the error stands with its request.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from visionask.core.request import Answer, Usage
from visionask.store.rows import insert, pack, pack_images, unpack, unpack_images, unpack_usd
from visionask.store.values import StoredAnswer

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

    from visionask.store.values import Ticket

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
        "base_url": intent.base_url,
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
    """Give the newest whose id begins with `prefix`, hexadecimal digits."""
    return tuple(map(_partial, db.execute(_PARTIALS, (f"{prefix.lower()}%", model, model, limit))))


def _partial(row: Row) -> StoredAnswer:
    answer = Answer(
        text=unpack(row["text"]) or "",
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        usage=None if row["usage"] is None else Usage(**json.loads(row["usage"])),
        attempts=row["attempts"],
        maybe_billed=row["maybe_billed"],
    )
    return StoredAnswer(
        id=row["id"].hex(),
        key=row["key"].hex(),
        at=row["at"],
        model=row["model"],
        base_url=row["base_url"],
        question=unpack(row["question"]) or "",
        system=unpack(row["system"]),
        images=unpack_images(row["images"]),
        answer=answer,
        usd=unpack_usd(row["usd"]),
        seconds=None,
        error=(row["error_code"] or "", unpack(row["error_message"]) or ""),
    )
