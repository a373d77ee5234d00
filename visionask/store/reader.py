"""What an existing ledger knows, read before anything is asked: the usual output of a model, and what is answered.

Nothing is written, made or migrated, and no run is noted: a dry run and a price leave the ledger as it is. One that is
not there, damaged or of a newer visionask knows nothing: whoever sends opens it, and meets what is wrong with it then.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from visionask.core.errors import StateError
from visionask.core.projection import Usual, usual_of
from visionask.store.database import database_errors
from visionask.store.schema import pack_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence, Sized
    from sqlite3 import Connection

    from visionask.core.ledger import StoredFailure

WAIT_S = 2.0  # for another process that writes
MOST_LOOKED_AT = 20_000  # answers, the newest: what is usual is told by these
MOST_COUNTED = 1_000


@contextmanager
def open_reader(path: str | None) -> Iterator[Reader | None]:
    """Yield a reader of the ledger; None where there is none, or none that can be read."""
    if path is None or not os.path.isfile(path):
        yield None
        return
    import sqlite3

    from visionask.store.schema import version_of

    with contextlib.ExitStack() as stack:
        reader = None
        with contextlib.suppress(StateError), database_errors(path):
            db = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=rw", uri=True, timeout=WAIT_S)
            stack.callback(db.close)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA query_only = ON")
            reader = Reader(db, path) if version_of(db, path) else None  # older ones have what is read here too
        yield reader


class Reader:
    """An open ledger that is only read. All raise StateError for what cannot be read, but `usual_output`."""

    def __init__(self, db: Connection, path: str) -> None:
        self._db, self._path = db, path

    def usual_output(self, model: str, question: str | None) -> Usual | None:
        """Return the usual output of answers to this question by this model, else of this model to any."""
        with contextlib.suppress(StateError):
            query = (
                "SELECT output_tokens FROM answers WHERE id > (SELECT max(id) FROM answers) - ? AND model = ? "
                "AND output_tokens > 0 AND typeof(output_tokens) = 'integer'"
            )
            values, end = (MOST_LOOKED_AT, model), "ORDER BY id DESC LIMIT ?"
            number = None if question is None else self._text(question)
            if number is not None:
                rows = self._rows(f"{query} AND question = ? {end}", *values, number, MOST_COUNTED)
                if found := usual_of([row[0] for row in rows], "question"):
                    return found
            return usual_of([row[0] for row in self._rows(f"{query} {end}", *values, MOST_COUNTED)], "model")
        return None

    def has_answers(self, model: str, question: str) -> bool:
        """Return whether any answer to this question by this model is here."""
        number = self._text(question)
        query = "SELECT 1 FROM answers WHERE question = ? AND model = ? LIMIT 1"
        return number is not None and bool(self._rows(query, number, model))

    def answered(self, keys: Sequence[str]) -> set[str]:
        """Return those of some hundreds of keys for which there is an answer."""
        query = "SELECT key FROM answers WHERE key IN "
        return {row[0].hex() for row in self._rows(query + _marks(keys), *map(bytes.fromhex, keys))}

    def failure(self, key: str) -> StoredFailure | None:
        """Return how the last request for a key failed; None where it did not."""
        from visionask.store.requests import find_failure

        with database_errors(self._path):
            return find_failure(self._db, key)

    def answered_names(self, scan_key: str, names: Sequence[str]) -> set[str]:
        """Return those of some hundreds of names of images that were answered in an earlier run of this scan."""
        packed = {pack_label(name): name for name in names}
        scan = self._rows("SELECT id FROM scans WHERE key = ?", bytes.fromhex(scan_key))
        if not scan:
            return set()
        query = "SELECT label FROM items WHERE scan = ? AND status = 'ok' AND label IN "
        return {packed[row[0]] for row in self._rows(query + _marks(packed), scan[0][0], *packed)}

    def _text(self, text: str) -> int | None:
        rows = self._rows("SELECT id FROM texts WHERE digest = ?", hashlib.sha256(pack_label(text)).digest())
        return rows[0][0] if rows and isinstance(rows[0][0], int) else None

    def _rows(self, query: str, *values: object) -> list[Any]:
        with database_errors(self._path):
            return self._db.execute(query, values).fetchall()


def _marks(values: Sized) -> str:
    return f"({', '.join('?' * len(values))})"
