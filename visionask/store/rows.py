"""Owns how values become columns and rows become values again, without loss and without what must not be kept."""

from __future__ import annotations

import hashlib
import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.request import Answer, Usage
from visionask.store.values import ImageRef, StoredAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection, Row

ANSWERS = (
    "SELECT a.*, q.text AS question_text, s.text AS system_text FROM answers a "
    "JOIN texts q ON q.id = a.question LEFT JOIN texts s ON s.id = a.system "
)


def day_of(at: float) -> str:
    """Name the UTC day of a moment in Unix time: 2026-11-22."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))


def pack(text: str | None) -> str | bytes | None:
    """Make a text storable: as bytes where it holds lone surrogates."""
    if text is None:
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return pack_label(text)
    return text


def unpack(value: str | bytes | None) -> str | None:
    """Undo `pack`."""
    return unpack_label(value) if isinstance(value, bytes) else value


def pack_label(label: str) -> bytes:
    """Make any str of Python's storable, without loss."""
    return label.encode("utf-8", "surrogatepass")


def unpack_label(value: bytes) -> str:
    """Undo `pack_label`."""
    return value.decode("utf-8", "surrogatepass")


def keepable(label: str) -> str:
    """Take out of a label what a ledger never holds: the data of a `data:` URL, the password of a link."""
    if label[:5].lower() == "data:" and "," in label:
        return label.partition(",")[0]
    scheme, mark, rest = label.partition("://")
    if mark and "@" in rest and scheme.lower() in ("http", "https"):
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return label


def pack_images(images: Iterable[ImageRef]) -> str:
    """Write images as JSON with ASCII escapes, which keep lone surrogates too."""
    return json.dumps([[keepable(image.label), image.sha256] for image in images], separators=(",", ":"))


def unpack_images(text: str) -> tuple[ImageRef, ...]:
    """Undo `pack_images`."""
    return tuple(ImageRef(label, sha256) for label, sha256 in json.loads(text))


def pack_usd(amount: Decimal | None) -> str | None:
    """Write an amount exactly."""
    return None if amount is None else f"{amount:f}"


def unpack_usd(text: str | None) -> Decimal | None:
    """Undo `pack_usd`."""
    return None if text is None else Decimal(text)


def text_id(db: Connection, text: str) -> int:
    """Store a text that many rows share, once, and return its number."""
    digest = hashlib.sha256(pack_label(text)).digest()
    row = db.execute("SELECT id FROM texts WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return int(db.execute("INSERT INTO texts (digest, text) VALUES (?, ?)", (digest, pack(text))).lastrowid or 0)
    return int(row[0])


def insert(db: Connection, table: str, columns: dict[str, Any]) -> None:
    """Insert a row unless it is there. Names are ours, values are parameters."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    db.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(columns.values()))  # noqa: S608


def stored_answer(row: Row) -> StoredAnswer:
    """Read one row of `ANSWERS`."""
    usage = None
    if row["has_usage"]:
        usage = Usage(
            input_tokens=row["input_tokens"],
            image_tokens=row["image_tokens"],
            cached_tokens=row["cached_tokens"],
            cache_write_tokens=row["cache_write_tokens"],
            output_tokens=row["output_tokens"],
            reasoning_tokens=row["reasoning_tokens"],
        )
    return StoredAnswer(
        id=row["uid"].hex(),
        key=row["key"].hex(),
        at=row["at"],
        model=row["model"],
        base_url=row["base_url"],
        question=unpack(row["question_text"]) or "",
        system=unpack(row["system_text"]),
        images=unpack_images(row["images"]),
        answer=Answer(
            text=unpack(row["text"]) or "",
            finish_reason=row["finish_reason"],
            request_id=row["request_id"],
            usage=usage,
            attempts=row["attempts"],
            maybe_billed=row["maybe_billed"],
            notes=tuple(json.loads(row["notes"])),
        ),
        usd=unpack_usd(row["usd"]),
        seconds=row["seconds"],
    )
