"""The journal of batches: which image is in which file of requests, and how far each file has come.

A line is claimed before it is written, so that an image is in one unfinished file at most, and in none while it is
asked live. Each step of a file is committed before and after it is made: what dies in between is seen by the next run.

How rows of the journal of batches become values.

The rows of shards: how one begins, each step it takes, and its end when it was never asked.

What becomes of a line of a batch in the ledger: a request that has ended, answered or failed, and its money.

Money counts on the day and in the run of the submission, where it was reserved.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from visionask.core.dataclass import dataclass
from visionask.core.errors import InBatch, VisionaskError
from visionask.core.ledger import STATES, BatchInfo, BatchItem, Claimed, Counts, Line, Shard, StoredAnswer, Ticket
from visionask.core.namedtuple import NamedTuple
from visionask.store import requests
from visionask.store.owners import alone
from visionask.store.requests import check_money, fail_request, open_columns, settle_request
from visionask.store.rows import (
    day_of,
    insert,
    keepable,
    pack,
    pack_usd,
    read_moment,
    read_object,
    read_texts,
    read_usd,
    reads,
    unpack,
    unpack_usd,
)
from visionask.store.schema import pack_label, unpack_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from decimal import Decimal
    from sqlite3 import Connection, Row

    from visionask.core.ledger import Budget, Intent, Standing, State
    from visionask.core.request import Answer
    from visionask.store.database import Database


T = TypeVar("T")
_HEX = frozenset("0123456789abcdef")


PAGE = 500  # items read at once


LINES = (
    "SELECT l.*, i.data, s.batch FROM batch_lines l JOIN shards s ON s.id = l.shard "
    "LEFT JOIN batch_items i ON i.batch = s.batch AND i.label = l.label "
)


@reads("batch", "id", "batches")
def info(row: Row) -> BatchInfo:
    """Read a row of `batches`."""
    return BatchInfo(
        id=row["id"],
        scan=row["scan"],
        at=read_moment(row["at"]),
        model=row["model"],
        base_url=row["base_url"],
        question=unpack(row["question"]) or "",
        system=unpack(row["system"]),
        schema=row["schema"],
        points=row["points"],
        is_free=bool(row["is_free"]),
    )


@reads("batch", "batch", "shards")
def shard(row: Row) -> Shard:
    """Read a row of `shards`."""
    plain = ("id", "batch", "number", "at", "state", "lines", "bytes", "file_id", "batch_id", "status", "total", "done")
    names = (*plain, "failed", "output_file_id", "error_file_id", "error")
    if row["state"] not in STATES:
        raise ValueError(f"the state {row['state']}")
    return Shard(
        **{name: row[name] for name in names},
        path=unpack_label(row["path"]),
        reserved_usd=unpack_usd(row["reserved_usd"]),
        past=read_texts(row["past"]),
    )


def _read_data(text: str) -> str:
    """Return the JSON of an item of which all that is looked at later has its kind. Raises ValueError, TypeError."""
    data = json.loads(read_object(text))
    image, projected = data.get("image", {}), data.get("projected") or {}
    if not isinstance(image, dict) or not isinstance(projected, dict):
        raise TypeError("no JSON object")
    texts = [image.get(name) for name in ("sha256", "detail")]
    numbers = [projected.get(name) for name in ("input_tokens", "image_tokens")]
    if not all(isinstance(each, str | None) for each in texts) or not all(isinstance(n, int | None) for n in numbers):
        raise TypeError("data of other kinds")
    return text


@reads("batch", "batch", "batch_lines")
def line(row: Row) -> Line:
    """Read a row of `LINES`."""
    return Line(
        row["shard"], row["key"].hex(), row["state"], unpack_label(row["label"]), _read_data(row["data"] or "{}")
    )


def batch_line(db: Connection, custom_id: str, shard_id: str | None) -> Line | None:
    """Find a line by the digits that its key begins with; None for anything else."""
    if len(custom_id) != 32 or not _HEX.issuperset(custom_id):
        return None
    start = bytes.fromhex(custom_id)
    values = (start + bytes(16), start + b"\xff" * 16, shard_id)
    query = f"{LINES} WHERE l.key BETWEEN ?1 AND ?2 AND (?3 IS NULL OR l.shard = ?3) ORDER BY l.at DESC LIMIT 1"
    row = db.execute(query, values).fetchone()
    return None if row is None else line(row)


@reads("batch", "batch", "batch_items")
def batch_item(row: Row) -> BatchItem:
    """Read a row of `batch_items`."""
    return BatchItem(
        label=unpack_label(row["label"]),
        key=None if row["key"] is None else row["key"].hex(),
        data=_read_data(row["data"]),
        is_cached=bool(row["is_cached"]),
        error=None if row["error"] is None else read_object(row["error"]),
    )


def item_page(db: Connection, batch: str, last: bytes) -> list[Row]:
    """Return some items behind the label `last`, each with the state of its line in the batch; answered ones first."""
    line = (
        "FROM batch_lines l JOIN shards s ON s.id = l.shard WHERE s.batch = i.batch AND l.key = i.key "
        "ORDER BY l.state = 'answered' DESC, l.at DESC LIMIT 1"
    )
    query = (
        f"SELECT i.*, (SELECT l.state {line}) AS state, (SELECT l.at {line}) AS at "  # noqa: S608 - words of ours
        "FROM batch_items i WHERE i.batch = ? AND i.label > ? ORDER BY i.label LIMIT ?"
    )
    return db.execute(query, (batch, last, PAGE)).fetchall()


def keys_of(db: Connection, batch: str, labels: Iterable[str]) -> list[str]:
    """Return the keys that images had when they were last looked at in this batch, of those that had one."""
    query = "SELECT * FROM batch_items WHERE batch = ? AND label = ?"
    rows = [db.execute(query, (batch, pack_label(keepable(label)))).fetchone() for label in labels]
    return [key for row in rows if row is not None and (key := batch_item(row).key) is not None]


def put_items(db: Connection, noted: Iterable[tuple[str, BatchItem]]) -> None:
    """Write items; one that a line was written for stays no cached one when its answer is there."""
    rows = [
        (
            batch,
            pack_label(keepable(item.label)),
            None if item.key is None else bytes.fromhex(item.key),
            item.data,
            int(item.is_cached),
            item.error,
        )
        for batch, item in noted
    ]
    db.executemany(
        "INSERT INTO batch_items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (batch, label) DO UPDATE SET "
        "data = CASE WHEN key IS excluded.key THEN data ELSE excluded.data END, "
        "error = excluded.error, key = excluded.key, "
        "is_cached = CASE WHEN key IS excluded.key THEN min(is_cached, excluded.is_cached) ELSE excluded.is_cached END",
        rows,
    )


def begin_shard(db: Connection, batch: str, path: str, *, state: State, run: bytes, at: float) -> Shard:
    """Begin a file of requests. `path` has `{id}` and `{number}` where they stand in its name."""
    name, number = secrets.token_hex(8), next_number(db, batch)
    columns = {
        "id": name,
        "batch": batch,
        "number": number,
        "at": at,
        "run": run,
        "day": day_of(at),
        "state": state,
        "path": pack_label(path.replace("{id}", name).replace("{number}", f"{number:04}")),
    }
    insert(db, "shards", columns)
    return shard(db.execute("SELECT * FROM shards WHERE id = ?", (name,)).fetchone())


def next_number(db: Connection, batch: str) -> int:
    """Return the number of a batch's next file."""
    return 1 + int(db.execute("SELECT max(number) FROM main.shards WHERE batch = ?", (batch,)).fetchone()[0] or 0)


def move_shard(db: Connection, shard_id: str, to: State, columns: dict[str, Any], *, seen: Shard | None = None) -> bool:
    """Take a step; with `seen`, only if the shard is still in that state and of that batch at the provider."""
    if "past" in columns:
        columns = columns | {"past": json.dumps(columns["past"])}
    sets = ", ".join(f"{name} = ?" for name in ("state", *columns))
    query, values = f"UPDATE shards SET {sets} WHERE id = ?", [to, *columns.values(), shard_id]  # noqa: S608 - of ours
    if seen is not None:
        query += " AND state = ? AND batch_id IS ?"
        values += [seen.state, seen.batch_id]
    return db.execute(query, values).rowcount > 0


def discard_shard(db: Connection, shard_id: str) -> None:
    """Forget a shard with its lines."""
    db.execute("DELETE FROM batch_lines WHERE shard = ?", (shard_id,))
    db.execute("DELETE FROM shards WHERE id = ?", (shard_id,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of one line. `usd` None: not known."""

    shard: str
    intent: Intent
    result: Answer | VisionaskError
    usd: Decimal | None = None

    @property
    def answer(self) -> Answer | None:
        """What came of it, also where that is no use: it is billed."""
        return self.result.partial if isinstance(self.result, VisionaskError) else self.result


def settle_line(db: Connection, ending: Ending, *, at: float) -> bool:
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
        left = read_usd(row["total"]) - read_usd(row["reserved_usd"])
        db.execute("UPDATE shards SET reserved_usd = ? WHERE id = ?", (pack_usd(left) if left else None, ending.shard))
    return is_new


def pending_lines(db: Connection, shard_id: str, *, limit: int) -> list[Line]:
    """Return some of the lines of a shard that have no result."""
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
    columns = {"key": own, "run": row["run"], "at": at, "day": row["day"], "reserved_usd": row["reserved_usd"]}
    columns |= open_columns(ticket)
    insert(db, "requests", columns)
    if isinstance(result, VisionaskError):
        fail_request(db, ticket, result, usd=ending.usd)
    else:
        settle_request(db, ticket, result, usd=ending.usd, seconds=None, at=at)
    key = bytes.fromhex(intent.key)
    db.execute("UPDATE requests SET key = ? WHERE id = ?", (key, ticket.id))
    db.execute("UPDATE answers SET key = ? WHERE uid = ?", (key, ticket.id))
    db.execute("UPDATE items SET key = ? WHERE scan = ? AND label = ?", (key, columns["scan"], columns["label"]))
    return True


def _name(ending: Ending) -> bytes:
    """Name the request of a line alike in every ledger that fetches it, so that a merge counts its money once."""
    how = "failed" if isinstance(ending.result, VisionaskError) else "answered"
    return hashlib.sha256(f"{ending.shard} {ending.intent.key} {how}".encode()).digest()[:16]


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
            f"the same question is in the batch {row[0]}, which has not been fetched",
            f"visionask batch fetch {row[0]}, or --no-cache to ask it live too",
        )


class Batches:
    """The part of a ledger about batches. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database, now: Callable[[], float], *, claimant: Claimant) -> None:
        self._database, self._now, self._claimant = database, now, claimant
        self._noted: list[tuple[str, BatchItem]] = []
        self._mutex = threading.Lock()
        self._locks: list[Callable[[], None]] = []  # the checks of those that are held

    @contextlib.contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Be the only process that does `what`, such as "batch submit"."""
        with alone(self._database.path, what) as check:
            self._locks.append(check)
            try:
                yield
            finally:
                self._locks.remove(check)

    def _write_alone(self, job: Callable[[Connection], T]) -> T:
        """Write what comes before a request, or what another process would write too: while the locks are held."""
        for check in self._locks:
            check()
        return self._database.write(job)

    def start(self, batch: BatchInfo) -> None:
        """Note a batch; again does nothing, but that what is expected of its answers may be told anew."""
        columns = {
            "id": batch.id,
            "scan": batch.scan,
            "at": batch.at,
            "model": batch.model,
            "base_url": batch.base_url,
            "question": pack(batch.question),
            "system": pack(batch.system),
            "schema": batch.schema,
            "points": batch.points,
            "is_free": int(batch.is_free),
        }

        def note(db: Connection) -> None:
            insert(db, "batches", columns)
            db.execute("UPDATE batches SET points = ?1 WHERE id = ?2 AND points IS NOT ?1", (batch.points, batch.id))

        self._database.write(note)

    def all(self) -> list[BatchInfo]:
        """Return every batch of which something was asked or answered, newest first: without that it is none."""
        query = (
            "SELECT * FROM batches b WHERE EXISTS (SELECT 1 FROM shards WHERE batch = b.id) "
            "OR EXISTS (SELECT 1 FROM batch_items WHERE batch = b.id AND key IS NOT NULL) ORDER BY at DESC"
        )
        return self._database.read(lambda db: [info(row) for row in db.execute(query)])

    def shards(self, batch: str | None = None, states: Sequence[State] = ()) -> list[Shard]:
        """Return the shards of a batch, or of all, in their order; with `states`, only those."""
        query = (
            "SELECT * FROM shards WHERE (?1 IS NULL OR batch = ?1) "
            "AND (?2 = '[]' OR state IN (SELECT value FROM json_each(?2))) ORDER BY at, batch, number"
        )
        values = (batch, json.dumps(list(states)))
        return self._database.read(lambda db: [shard(row) for row in db.execute(query, values)])

    def open_shard(self, batch: str, path: str, *, state: State = "writing") -> Shard:
        """Begin a file of requests. `path` has `{id}` and `{number}` where they stand in its name."""
        at, run = self._now(), self._claimant.run
        return self._write_alone(lambda db: begin_shard(db, batch, path, state=state, run=run, at=at))

    def move(self, shard_id: str, to: State, **columns: Any) -> None:
        """Commit a step of a shard, with what is now known of it."""
        write = self._database.write if to == "created" else self._write_alone  # what was created is kept
        write(lambda db: move_shard(db, shard_id, to, columns))

    def step(self, seen: Shard, to: State, **columns: Any) -> bool:
        """Commit a step of a shard unless it has gone on since it was seen: then False, and nothing is changed."""
        return self._database.write(lambda db: move_shard(db, seen.id, to, columns, seen=seen))

    def discard(self, shard_id: str) -> None:
        """Forget a shard that was never asked: its lines and its money are free again."""
        self._database.write(lambda db: discard_shard(db, shard_id))

    def standing(self, key: str) -> Standing | None:
        """Return whether a line asks this key now, or the last one that did has failed."""
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
    ) -> StoredAnswer | Claimed | None:
        """Put a line into a shard and reserve its money: None. Else the answer, or who is asking it.

        Claimed with pid 0: another line does. Raises BudgetError where a budget would be passed.
        """
        at = self._now()

        def job(db: Connection) -> StoredAnswer | Claimed | None:
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

        return self._write_alone(job)

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
        """Yield the images of a batch in the order of their labels, each with the state of its line in this batch, and
        the moment (Unix time) at which it came to that; 0 where it has none."""
        last = b""
        while rows := self._database.read(lambda db, last=last: item_page(db, batch, last)):  # type: ignore[misc]
            for row in rows:
                yield batch_item(row), row["state"], row["at"] or 0.0
            last = rows[-1]["label"]

    def keys(self, batch: str, labels: Sequence[str]) -> list[str]:
        """Return the keys that these images had when they were last looked at in this batch."""
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
        return self._write_alone(lambda db: [settle_line(db, each, at=at) for each in endings])

    def pending(self, shard_id: str) -> list[Line]:
        """Return some of the lines of a shard that have no result."""
        return self._database.read(lambda db: pending_lines(db, shard_id, limit=BUFFER))

    def _taken(self, db: Connection, key: str) -> Claimed | None:
        data = bytes.fromhex(key)
        query = "SELECT 1 FROM batch_lines WHERE key = ? AND state IN ('pending', 'doubled')"
        if db.execute(query, (data,)).fetchone():
            return Claimed(pid=0)
        row = db.execute("SELECT run FROM requests WHERE key = ? AND state = 'open'", (data,)).fetchone()
        if row is None or not self._claimant.is_alive(row["run"]):
            return None
        pid = db.execute("SELECT pid FROM runs WHERE id = ?", (row["run"],)).fetchone()
        return Claimed(pid=-1 if pid is None else pid[0])

    def _reserve(self, db: Connection, shard_id: str, amount: Decimal | None) -> None:
        row = db.execute("SELECT run, day, reserved_usd FROM shards WHERE id = ?", (shard_id,)).fetchone()
        check_money(db, self._claimant.budget, amount, run=row["run"], day=row["day"])
        if amount is not None:
            total = read_usd(row["reserved_usd"] or "0") + amount
            db.execute("UPDATE shards SET reserved_usd = ? WHERE id = ?", (pack_usd(total), shard_id))
