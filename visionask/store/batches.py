"""Owns the journal of batches: which image is in which file of requests, and how far each file has come.

A line is claimed before it is written, so that an image is in one unfinished file at most, and in none while it is
asked live. Each step of a file is committed before and after it is made: what dies in between is seen by the next run.
"""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.core.errors import InBatch
from visionask.store import batch_results, batch_shards, money, requests
from visionask.store.batch_rows import batch_item, batch_line, info, item_page, keys_of, put_items, shard
from visionask.store.batch_values import Counts
from visionask.store.owners import alone
from visionask.store.rows import insert, keepable, pack, pack_label, pack_usd
from visionask.store.values import StoredAnswer, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from sqlite3 import Connection

    from visionask.store.batch_results import Ending
    from visionask.store.batch_values import BatchInfo, BatchItem, Line, Shard, Standing, State
    from visionask.store.database import Database
    from visionask.store.values import Budget

BUFFER = 200  # items in one transaction


class Claimant(NamedTuple):
    """Who claims lines: a run, with its budget, and how it knows that another run is alive."""

    run: bytes
    budget: Budget
    is_alive: Callable[[bytes], bool]


def refuse_pending(db: Connection, key: str) -> None:
    """Raise InBatch where a batch that has not been fetched asks this key."""
    row = db.execute(
        "SELECT s.batch FROM batch_lines l JOIN shards s ON s.id = l.shard "
        "WHERE l.key = ? AND l.state IN ('pending', 'doubled')",
        (bytes.fromhex(key),),
    ).fetchone()
    if row is not None:
        raise InBatch(
            f"it is asked in the batch {row[0]}, which has not been fetched",
            f"visionask batch fetch {row[0]}, or --no-cache to ask it live too",
        )


class Batches:
    """The part of a ledger about batches. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database, now: Callable[[], float], *, claimant: Claimant) -> None:
        self._database, self._now, self._claimant = database, now, claimant
        self._noted: list[tuple[str, BatchItem]] = []
        self._mutex = threading.Lock()

    def alone(self, what: str) -> AbstractContextManager[None]:
        """Be the only process that does `what`, such as "batch submit"."""
        return alone(self._database.path, what)

    def start(self, batch: BatchInfo) -> None:
        """Note a batch; again does nothing."""
        columns = {
            "id": batch.id,
            "scan": batch.scan,
            "at": batch.at,
            "model": batch.model,
            "base_url": batch.base_url,
            "question": pack(batch.question),
            "system": pack(batch.system),
            "schema": batch.schema,
            "is_free": int(batch.is_free),
        }
        self._database.write(lambda db: insert(db, "batches", columns))

    def all(self) -> list[BatchInfo]:
        """Give every batch of which there is something, newest first: one that a budget stopped at once is none."""
        query = (
            "SELECT * FROM batches b WHERE EXISTS (SELECT 1 FROM shards WHERE batch = b.id) "
            "OR EXISTS (SELECT 1 FROM batch_items WHERE batch = b.id) ORDER BY at DESC"
        )
        return self._database.read(lambda db: [info(row) for row in db.execute(query)])

    def shards(self, batch: str | None = None, states: Sequence[State] = ()) -> list[Shard]:
        """Give the shards of a batch, or of all, in their order; with `states`, only those."""
        query = (
            "SELECT * FROM shards WHERE (?1 IS NULL OR batch = ?1) "
            "AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2))) ORDER BY at, batch, number"
        )
        values = (batch, json.dumps(list(states)))
        return self._database.read(lambda db: [shard(row) for row in db.execute(query, values)])

    def open_shard(self, batch: str, path: str, *, state: State = "writing") -> Shard:
        """Begin a file of requests. `path` has `{id}` and `{number}` where they stand in its name."""
        at, run = self._now(), self._claimant.run
        return self._database.write(lambda db: batch_shards.begin(db, batch, path, state=state, run=run, at=at))

    def move(self, shard_id: str, to: State, **columns: Any) -> None:
        """Commit a step of a shard, with what is now known of it."""
        self._database.write(lambda db: batch_shards.move(db, shard_id, to, columns))

    def step(self, seen: Shard, to: State, **columns: Any) -> bool:
        """Commit a step of a shard unless it has gone on since it was seen: then False, and nothing is changed."""
        return self._database.write(lambda db: batch_shards.move(db, seen.id, to, columns, seen=seen))

    def discard(self, shard_id: str) -> None:
        """Forget a shard that was never asked: its lines and its money are free again."""
        self._database.write(lambda db: batch_shards.discard(db, shard_id))

    def standing(self, key: str) -> Standing | None:
        """Tell whether a line asks this key now, or the last one that did has failed."""
        row = self._database.read(
            lambda db: db.execute(
                "SELECT state FROM batch_lines WHERE key = ? AND state != 'exported' "
                "ORDER BY state IN ('pending', 'doubled') DESC, at DESC LIMIT 1",
                (bytes.fromhex(key),),
            ).fetchone()
        )
        if row is None or row[0] == "answered":
            return None
        return "failed" if row[0] == "failed" else "pending"

    def refuse(self, key: str) -> None:
        """Raise InBatch where a batch that has not been fetched asks this key."""
        self._database.read(lambda db: refuse_pending(db, key))

    def claim(
        self, shard_id: str, key: str, *, label: str, reserved_usd: Decimal | None, is_exported: bool = False
    ) -> StoredAnswer | Taken | None:
        """Put a line into a shard and reserve its money: None. Else the answer, or who is asking it.

        Taken with pid 0: another line does. Raises BudgetError where a budget would be passed.
        """
        at = self._now()

        def job(db: Connection) -> StoredAnswer | Taken | None:
            found = requests.find(db, key, run=None) or self._taken(db, key)
            if found is not None:
                return found
            columns = {"shard": shard_id, "key": bytes.fromhex(key), "at": at, "label": pack_label(keepable(label))}
            if is_exported:
                insert(db, "batch_lines", columns | {"state": "exported"})
                return None
            self._reserve(db, shard_id, reserved_usd)
            insert(db, "batch_lines", columns | {"state": "pending", "reserved_usd": pack_usd(reserved_usd)})
            return None

        return self._database.write(job)

    def note(self, batch: str, item: BatchItem) -> None:
        """Note an image under its name; written with others, at the latest by `flush`."""
        with self._mutex:
            self._noted.append((batch, item))
            is_full = len(self._noted) >= BUFFER
        if is_full:
            self.flush()

    def flush(self) -> None:
        """Write what is noted."""
        with self._mutex:
            noted, self._noted = self._noted, []
        if noted:
            self._database.write(lambda db: put_items(db, noted))

    def items(self, batch: str) -> Iterator[tuple[BatchItem, str | None, float]]:
        """Give the images of a batch in the order of their labels, each with the state of its line in this batch, and
        the moment (Unix time) at which it came to that; 0 where it has none."""
        last = b""
        while rows := self._database.read(lambda db, last=last: item_page(db, batch, last)):  # type: ignore[misc]
            for row in rows:
                yield batch_item(row), row["state"], row["at"] or 0.0
            last = rows[-1]["label"]

    def keys(self, batch: str, labels: Sequence[str]) -> list[str]:
        """Give the keys that these images had when they were last looked at in this batch."""
        return self._database.read(lambda db: keys_of(db, batch, labels))

    def line(self, custom_id: str, shard_id: str | None = None) -> Line | None:
        """Find a request by its name in results: in one shard, or the newest in any."""
        return self._database.read(lambda db: batch_line(db, custom_id, shard_id))

    def counts(self, batch: str) -> Counts:
        """Count the lines of a batch by state."""
        query = (
            "SELECT l.state, count(*) FROM batch_lines l JOIN shards s ON s.id = l.shard "
            "WHERE s.batch = ? GROUP BY l.state"
        )
        found = self._database.read(lambda db: dict(db.execute(query, (batch,)).fetchall()))
        waiting = sum(found.get(state, 0) for state in ("pending", "doubled", "exported"))
        return Counts(pending=waiting, answered=found.get("answered", 0), failed=found.get("failed", 0))

    def settle(self, endings: Sequence[Ending]) -> list[bool]:
        """Keep what became of some lines, in one transaction; tell of each whether it was new."""
        at = self._now()
        return self._database.write(lambda db: [batch_results.settle(db, each, at=at) for each in endings])

    def pending(self, shard_id: str) -> list[Line]:
        """Give some of the lines of a shard that have no result."""
        return self._database.read(lambda db: batch_results.pending(db, shard_id, limit=BUFFER))

    def _taken(self, db: Connection, key: str) -> Taken | None:
        data = bytes.fromhex(key)
        query = "SELECT 1 FROM batch_lines WHERE key = ? AND state IN ('pending', 'doubled')"
        if db.execute(query, (data,)).fetchone():
            return Taken(pid=0)
        row = db.execute("SELECT run FROM requests WHERE key = ? AND state = 'open'", (data,)).fetchone()
        if row is None or not self._claimant.is_alive(row["run"]):
            return None
        pid = db.execute("SELECT pid FROM runs WHERE id = ?", (row["run"],)).fetchone()
        return Taken(pid=-1 if pid is None else pid[0])

    def _reserve(self, db: Connection, shard_id: str, amount: Decimal | None) -> None:
        row = db.execute("SELECT run, day, reserved_usd FROM shards WHERE id = ?", (shard_id,)).fetchone()
        money.check(db, self._claimant.budget, amount, run=row["run"], day=row["day"])
        if amount is not None:
            total = Decimal(row["reserved_usd"] or 0) + amount
            db.execute("UPDATE shards SET reserved_usd = ? WHERE id = ?", (pack_usd(total), shard_id))
