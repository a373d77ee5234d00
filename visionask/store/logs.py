"""Owns what `logs` reads and does: list, show, search, figures, purge, merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.store import stats
from visionask.store.merge import merge
from visionask.store.partials import partials
from visionask.store.purge import Purge, compact, purge
from visionask.store.rows import ANSWERS, stored_answer
from visionask.store.search import index, search

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from sqlite3 import Connection, Row

    from visionask.store.database import Database
    from visionask.store.values import Drift, Hits, Spend, StoredAnswer

PAGE = 100


class Logs:
    """The part of a ledger about what was asked. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answers(self, *, model: str | None = None) -> Iterator[StoredAnswer]:
        """Give the answers, newest first, some at a time."""
        last = 2**63 - 1
        while rows := self._page(model, last):
            yield from (stored_answer(row) for row in rows)
            last = rows[-1]["id"]

    def show(self, prefix: str) -> tuple[StoredAnswer, ...]:
        """Give the answers whose id begins with `prefix` (hexadecimal digits): two at most, which tells of doubt.

        What came and was no answer is among them, with its error.
        """
        if not prefix or not all(char in "0123456789abcdef" for char in prefix.lower()):
            return ()
        query = f"{ANSWERS} WHERE lower(hex(a.uid)) LIKE ? LIMIT 2"
        rows = self._database.read(lambda db: db.execute(query, (prefix.lower() + "%",)).fetchall())
        found = tuple(stored_answer(row) for row in rows)
        return (*found, *self._database.read(lambda db: partials(db, prefix=prefix, limit=2)))[:2]

    def failures(self, *, limit: int, model: str | None = None) -> tuple[StoredAnswer, ...]:
        """Give what came and was no answer (refused, cut, not the schema), newest first."""
        return self._database.read(lambda db: partials(db, limit=limit, model=model))

    def search(self, text: str, *, limit: int = 100) -> list[StoredAnswer]:
        """Find the newest answers in which every word of `text` begins a word of the question or the answer."""
        try:
            is_indexed = self._database.write(index)
        except StateError:
            is_indexed = False  # nothing can be written: the texts are read instead
        return self._database.read(lambda db: search(db, text, limit=limit, is_indexed=is_indexed))

    def spend(self, since: str = "") -> tuple[Spend, ...]:
        """Give the spend by day and model, from the day `since` (2026-11-22)."""
        return self._database.read(lambda db: stats.spend(db, since))

    def hits(self, since: str = "") -> tuple[Hits, ...]:
        """Give the answers that were not paid again, by day and model."""
        return self._database.read(lambda db: stats.hits(db, since))

    def add_hits(self, day: str, counted: dict[str, tuple[int, Decimal]]) -> None:
        """Add answers that were not paid again."""
        self._database.write(lambda db: stats.add_hits(db, day, counted))

    def drift(self) -> tuple[Drift, ...]:
        """Give billed over projected tokens by model and detail."""
        return self._database.read(stats.drift)

    def purge(self, which: Purge) -> int:
        """Forget answers, overwriting them on the disk; return how many. Sums of money and tokens are kept."""
        count = self._database.write(lambda db: purge(db, which))
        self._database.alone(compact)
        return count

    def merge(self, path: str) -> int:
        """Take over what another ledger has and this one has not; return how many answers. Again changes nothing.

        The other is only read. Raises StateError also where it is of another schema version: open it once first.
        """
        return merge(self._database, path)

    def _page(self, model: str | None, last: int) -> list[Row]:
        query = f"{ANSWERS} WHERE a.id < ? AND (? IS NULL OR a.model = ?) ORDER BY a.id DESC LIMIT ?"

        def job(db: Connection) -> list[Row]:
            return db.execute(query, (last, model, model, PAGE)).fetchall()

        return self._database.read(job)
