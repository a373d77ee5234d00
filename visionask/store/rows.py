"""Values as columns and rows as values, without loss and without what must not be kept.

A row may hold anything: it was damaged, or merged in from a ledger that somebody else has written. One that cannot be
read is a StateError that names it and says what mends it, whatever its value is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from decimal import Decimal
from functools import cache, lru_cache, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from visionask.core.errors import StateError
from visionask.core.ledger import ImageRef, PaidAnswer, StoredAnswer
from visionask.core.request import Answer, Usage
from visionask.core.url import normal_base_url, public_url
from visionask.store.schema import MIGRATIONS, pack_label, unpack_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from sqlite3 import Connection, Row

T = TypeVar("T")
USAGE = "input_tokens", "image_tokens", "cached_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"
ANSWERS = (  # in the order of `stored_answer`: by place a row is read in two thirds of the time that names take
    "SELECT a.uid, a.key, a.at, a.model, a.base_url, q.text, s.text, a.images, a.usd, a.seconds, "
    "a.text, a.finish_reason, a.request_id, a.attempts, a.maybe_billed, a.notes, a.has_usage, "
    "a.input_tokens, a.image_tokens, a.cached_tokens, a.cache_write_tokens, a.output_tokens, a.reasoning_tokens, a.id "
    "FROM answers a JOIN texts q ON q.id = a.question LEFT JOIN texts s ON s.id = a.system "
)
PAID = (  # in the order of `paid_answer`
    "SELECT key, model, usd, text, finish_reason, request_id, attempts, maybe_billed, notes, has_usage, "
    "input_tokens, image_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, seconds, uid "
    "FROM answers "
)


_MOST_AT = 253_402_300_800  # the year 10000, in Unix time
_MOST_USD = 10**12
_NONE = type(None)
_RESCUE = "take what can be read into a new ledger: visionask logs merge OLD.db --ledger NEW.db"
_KINDS: dict[str, tuple[type, ...]] = {  # capitals: NULL too
    "b": (bytes,),
    "i": (int,),
    "I": (int, _NONE),
    "r": (int, float),
    "R": (int, float, _NONE),
    "t": (str,),
    "T": (str, _NONE),
    "x": (str, bytes),
    "X": (str, bytes, _NONE),  # x: as `pack` has it
}
_ANSWER_KINDS = "bbrttxXtTRxXXiitiIIIIIIi"  # of the columns of `ANSWERS`
_PAID_KINDS = "btTxXXiitiIIIIIIRb"  # of the columns of `PAID`
_DECLARED: dict[str, tuple[type, ...]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (int, float), "BLOB": (bytes,)}
_BAD = (ValueError, TypeError, AttributeError, ArithmeticError, LookupError, RecursionError, StateError)


def reads(what: str, column: str | int, *tables: str) -> Callable[[Callable[[Row], T]], Callable[[Row], T]]:
    """Make a reader of rows tell which one it could not read: `column` has the id by which `logs purge` knows it.

    Each column of `tables` that the row has must hold what they say of it.
    """

    def wrapped(read: Callable[[Row], T]) -> Callable[[Row], T]:
        @wraps(read)
        def reader(row: Row) -> T:
            try:
                for table in tables:
                    _check_columns(row, table)
                return read(row)
            except _BAD as error:
                raise unreadable(what, row[column], error) from error

        return reader

    return wrapped


def unreadable(what: str, found: object, error: Exception) -> StateError:
    """Return the error of a row that cannot be read."""
    name = found.hex() if isinstance(found, bytes) else str(found)
    hint = f"visionask logs purge --id {name}" if _is_id(name) else _RESCUE
    return StateError(f"the {what} {name[:80]} in the ledger cannot be read ({str(error)[:100]})", hint)


def _is_id(name: str) -> bool:
    is_scan = name.startswith("scan-") and name[5:].isdecimal()
    return is_scan or (len(name) >= 6 and set(name) <= set("0123456789abcdef"))


def _check_columns(row: Row, table: str) -> None:
    kinds = _kinds(table)
    for name, value in zip(row.keys(), row, strict=True):
        if name in kinds and type(value) not in kinds[name]:
            raise TypeError(f"column {name} has {type(value).__name__}")


@cache
def _kinds(table: str) -> dict[str, tuple[type, ...]]:
    """Return what each column of a table may hold, as the schema says: a text may be bytes where no kind is said."""
    import sqlite3

    with contextlib.closing(sqlite3.connect(":memory:")) as db:
        for script in MIGRATIONS:
            db.executescript(script)
        columns = db.execute(f"PRAGMA table_info({table})").fetchall()
    return {
        name: _DECLARED.get(kind, (str, bytes)) + (() if is_needed or is_key else (_NONE,))
        for _, name, kind, is_needed, _, is_key in columns
    }


def _check_kinds(row: Row, kinds: str) -> None:
    for place, (value, kind) in enumerate(zip(row, kinds, strict=True)):
        if type(value) not in _KINDS[kind]:
            raise TypeError(f"column {row.keys()[place]} has {type(value).__name__}")


def read_moment(at: float) -> float:
    """Return a moment in Unix time that has a day. Raises ValueError."""
    if not 0 <= at < _MOST_AT:
        raise ValueError(f"the moment {at}")
    return at


def read_object(text: str) -> str:
    """Return a text that is a JSON object. Raises ValueError, TypeError."""
    if not isinstance(json.loads(text), dict):
        raise TypeError("no JSON object")
    return text


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


def keepable(label: str) -> str:
    """Take out of a label what a ledger never holds: the data of a `data:` URL, the secrets of a link."""
    if label[:5].lower() == "data:" and "," in label:
        return label.partition(",")[0]
    return public_url(label)


@lru_cache(maxsize=16)
def keepable_base_url(url: str) -> str:
    """Return a base URL as a ledger holds it, without secrets; "" is OpenAI's own."""
    return normal_base_url(url) if url else ""


def pack_images(images: Iterable[ImageRef]) -> str:
    """Write images as JSON with ASCII escapes, which keep lone surrogates too."""
    rows = [
        [keepable(image.label), image.sha256, *([] if image.path is None else [keepable(image.path)])]
        for image in images
    ]
    return json.dumps(rows, separators=(",", ":"))


def unpack_images(text: str) -> tuple[ImageRef, ...]:
    """Undo `pack_images`. Raises ValueError, TypeError."""
    images = tuple(ImageRef(*row) for row in read_list(text))
    if not all(
        isinstance(label, str) and isinstance(sha256, str | None) and isinstance(path, str | None)
        for label, sha256, path in images
    ):
        raise TypeError("images without a name")
    return images


def pack_usd(amount: Decimal | None) -> str | None:
    """Write an amount exactly."""
    return None if amount is None else f"{amount:f}"


def unpack_usd(text: str | None) -> Decimal | None:
    """Undo `pack_usd`. Raises StateError."""
    return None if text is None else read_usd(text)


def read_usd(text: str) -> Decimal:
    """Return an amount of US dollars. Raises StateError for what is none."""
    try:
        amount = Decimal(text)
        if amount.is_finite() and abs(amount) < _MOST_USD:
            return amount
    except (ArithmeticError, TypeError, ValueError):
        pass
    raise StateError(
        f"the ledger has an amount that cannot be read: {str(text)[:40]!r}",
        "take its answers into a new one: visionask logs merge OLD.db --ledger NEW.db",
    )


def text_id(db: Connection, text: str) -> int:
    """Store a text that many rows share, once, and return its number."""
    digest = hashlib.sha256(pack_label(text)).digest()
    row = db.execute("SELECT id FROM texts WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return int(db.execute("INSERT INTO texts (digest, text) VALUES (?, ?)", (digest, pack(text))).lastrowid or 0)
    return int(row[0])


def insert(db: Connection, table: str, columns: dict[str, Any]) -> bool:
    """Insert a row unless it is there; return whether it was not. Names are ours, values are parameters."""
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    query = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    return db.execute(query, tuple(columns.values())).rowcount == 1


@reads("answer", 0)
def stored_answer(row: Row) -> StoredAnswer:
    """Return one row of `ANSWERS`. Raises StateError."""
    _check_kinds(row, _ANSWER_KINDS)
    uid, key, at, model, base_url, question, system, images, usd, seconds, *said = row
    return StoredAnswer(
        id=uid.hex(),
        key=key.hex(),
        at=read_moment(at),
        model=model,
        base_url=base_url,
        question=unpack(question) or "",
        system=unpack(system),
        images=unpack_images(images),
        answer=_answer(*said[:-1]),
        usd=unpack_usd(usd),
        seconds=seconds,
    )


@reads("answer", 17)
def paid_answer(row: Row) -> PaidAnswer:
    """Return one row of `PAID`. Raises StateError."""
    _check_kinds(row, _PAID_KINDS)
    _, model, usd, *said, seconds, _ = row
    return PaidAnswer(model, unpack_usd(usd), _answer(*said), seconds)


def _answer(*said: Any) -> Answer:
    text, finish_reason, request_id, attempts, maybe_billed, notes, has_usage, *tokens = said
    return Answer(
        text=unpack(text) or "",
        finish_reason=unpack(finish_reason),
        request_id=unpack(request_id),
        usage=_usage(*tokens) if has_usage else None,
        attempts=attempts,
        maybe_billed=maybe_billed,
        notes=() if notes == "[]" else read_texts(notes),
    )


def read_texts(text: str) -> tuple[str, ...]:
    """Return a JSON array of texts. Raises ValueError, TypeError."""
    texts = read_list(text)
    if not all(isinstance(each, str) for each in texts):
        raise TypeError("no array of texts")
    return tuple(texts)


def read_list(text: str) -> list[Any]:
    """Return a JSON array. Raises ValueError, TypeError."""
    value = json.loads(text)
    if not isinstance(value, list):
        raise TypeError("no JSON array")
    return value


@lru_cache(maxsize=1024)  # the pictures of a folder, and the answers to one question, have few lengths
def _usage(*tokens: int | None) -> Usage:
    return Usage(**dict(zip(USAGE, tokens, strict=True)))
