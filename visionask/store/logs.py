"""What `logs` reads and does: list, runs, show, search, figures, purge, merge.

The search of the log: every word must stand in the question or in the answer, at the beginning of a word.

The index (FTS5) is brought up to date when somebody searches, so that keeping an answer costs nothing for it, and a
Python without FTS5 shares the ledger with one that has it. Without an index, and for scripts that put no spaces between
words, the texts themselves are read: there a word may stand anywhere.

The figures of the log: spend by day and model, answers that were not paid again, drift of the projection.

Forgetting: answers, and with them their questions and items, are overwritten on the disk.

Sums of money by day and the tokens of each request are kept: they hold no text, and the daily budget needs them.
"""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.errors import StateError, UsageError
from visionask.core.ledger import Drift, Hits, ImageRef, Run, Spend, StoredAnswer
from visionask.core.request import Answer
from visionask.store.merge import merge
from visionask.store.requests import partials
from visionask.store.rows import ANSWERS, pack_usd, read_usd, reads, stored_answer, unpack, unpack_usd, unreadable
from visionask.store.schema import unpack_label

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection, Row

    from visionask.store.database import Database


_HEX = frozenset("0123456789abcdef")
_INDEXES = (("found_answers", "answers"), ("found_texts", "texts"))


_UNSPACED_FROM = "\u0e00"  # Thai, Khmer, Chinese, Japanese, Korean ... begin here


def index(db: Connection) -> bool:
    """Bring the index up to date; False where SQLite has no FTS5."""
    options = {name for (name,) in db.execute("PRAGMA compile_options")}
    if "ENABLE_FTS5" not in options:
        return False
    for name, table in _INDEXES:
        db.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5 (text, content='{table}', content_rowid='id')"
        )
        db.execute(f"CREATE TABLE IF NOT EXISTS {name}_upto (id INTEGER PRIMARY KEY)")
        last = db.execute(f"SELECT coalesce(max(id), 0) FROM {name}_upto").fetchone()[0]  # noqa: S608 - two names
        newest = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608
        if newest == last:
            continue
        db.execute(
            f"INSERT INTO {name} (rowid, text) SELECT id, CAST(text AS TEXT) FROM {table} WHERE id > ?",  # noqa: S608
            (last,),
        )
        db.execute(f"DELETE FROM {name}_upto")  # noqa: S608
        db.execute(f"INSERT INTO {name}_upto VALUES (?)", (newest,))  # noqa: S608
    return True


def drop_index(db: Connection) -> None:
    """Remove the index, which holds the words of what is purged; the next search builds it again."""
    for name, _ in _INDEXES:
        db.execute(f"DROP TABLE IF EXISTS {name}")
        db.execute(f"DROP TABLE IF EXISTS {name}_upto")


def search(db: Connection, text: str, *, limit: int, is_indexed: bool) -> list[StoredAnswer]:
    """Find the newest answers in which every word of `text` stands."""
    conditions: list[str] = []
    values: list[str | int] = []
    for word in text.split():
        if is_indexed and max(word) < _UNSPACED_FROM and any(char.isalnum() for char in word):
            conditions.append(
                "(a.id IN (SELECT rowid FROM found_answers WHERE found_answers MATCH ?) "
                "OR a.question IN (SELECT rowid FROM found_texts WHERE found_texts MATCH ?))"
            )
            phrase = '"' + word.replace('"', '""') + '"*'
            values += [phrase, phrase]
        else:
            conditions.append("(a.text LIKE ? ESCAPE '\\' OR q.text LIKE ? ESCAPE '\\')")
            pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            values += [pattern, pattern]
    where = " AND ".join(conditions) or "1"
    query = f"{ANSWERS} WHERE {where} ORDER BY a.id DESC LIMIT ?"
    return [stored_answer(row) for row in db.execute(query, (*values, limit))]


def spend(db: Connection, since: str) -> tuple[Spend, ...]:
    """Return the spend of each day (from `since`, 2026-11-22) and model, oldest first."""
    rows = db.execute("SELECT * FROM spend WHERE day >= ? ORDER BY day, model", (since,))
    return tuple(map(_spend, rows))


@reads("spend of the day", "day", "spend")
def _spend(row: Row) -> Spend:
    return Spend(
        day=row["day"],
        model=row["model"],
        requests=row["requests"],
        usd=read_usd(row["usd"]),
        maybe_usd=read_usd(row["maybe_usd"]),
        unpriced=row["unpriced"],
    )


def hits(db: Connection, since: str) -> tuple[Hits, ...]:
    """Return the answers of each day and model that were not paid again, oldest first."""
    rows = db.execute("SELECT * FROM hits WHERE day >= ? ORDER BY day, model", (since,))
    return tuple(map(_hits, rows))


@reads("day", "day", "hits")
def _hits(row: Row) -> Hits:
    return Hits(day=row["day"], model=row["model"], hits=row["hits"], saved_usd=read_usd(row["saved_usd"]))


def add_hits(db: Connection, day: str, counted: dict[str, tuple[int, Decimal]]) -> None:
    """Add answers that were not paid again: for each model how many, and what they had cost."""
    for model, (count, saved) in counted.items():
        row = db.execute("SELECT hits, saved_usd FROM hits WHERE day = ? AND model = ?", (day, model)).fetchone()
        before = (0, Decimal(0)) if row is None else (int(row[0]), read_usd(row[1]))
        total = (day, model, before[0] + count, pack_usd(before[1] + saved))
        db.execute("INSERT OR REPLACE INTO hits VALUES (?, ?, ?, ?)", total)


_MEASURED = "input_tokens", "image_tokens", "projected_input_tokens", "projected_image_tokens"
_IS_ODD = "typeof(model) != 'text' OR typeof(detail) != 'text' OR " + " OR ".join(
    f"typeof({name}) NOT IN ('integer', 'null')" for name in _MEASURED
)


def drift(db: Connection) -> tuple[Drift, ...]:
    """Return billed over projected tokens for each model and detail: the mean of the requests' ratios."""
    for row in db.execute(f"SELECT id FROM requests WHERE {_IS_ODD} LIMIT 1"):  # noqa: S608 - constants
        raise unreadable("request", row["id"], TypeError("a value of another kind"))
    rows = db.execute(
        "SELECT model, detail, count(*), avg(1.0 * input_tokens / projected_input_tokens), "
        "avg(1.0 * image_tokens / nullif(projected_image_tokens, 0)) FROM requests "
        "WHERE input_tokens > 0 AND projected_input_tokens > 0 GROUP BY model, detail ORDER BY model, detail"
    )
    return tuple(
        Drift(model=row[0], detail=row[1], requests=row[2], mean_ratio=row[3], mean_image_ratio=row[4]) for row in rows
    )


_UNUSED_THUMBNAILS = (
    "DELETE FROM thumbnails WHERE name NOT IN (SELECT thumbnail FROM answers WHERE thumbnail IS NOT NULL)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Which answers to forget: older than a moment (Unix time), of a model; both None: everything."""

    before: float | None = None
    model: str | None = None


def purge(db: Connection, which: Purge) -> int:
    """Delete in one transaction; requests under way stay. Return the number of answers."""
    db.execute("PRAGMA secure_delete = ON")
    drop_index(db)
    chosen = (which.before, which.before, which.model, which.model)
    where = "(? IS NULL OR at < ?) AND (? IS NULL OR model = ?)"
    count = db.execute(f"DELETE FROM answers WHERE {where}", chosen).rowcount  # noqa: S608 - constants
    db.execute(_UNUSED_THUMBNAILS)
    db.execute(
        f"UPDATE requests SET key = x'', label = NULL, scan = NULL, error_message = NULL, hint = NULL "  # noqa: S608
        f"WHERE state != 'open' AND {where}",
        chosen,
    )
    asking = "status != 'asking'"
    db.execute(
        f"DELETE FROM items WHERE {asking} AND (? IS NULL OR at < ?) "  # noqa: S608
        "AND (? IS NULL OR scan IN (SELECT id FROM scans WHERE model = ?))",
        chosen,
    )
    _purge_batches(db, chosen, where)
    db.execute("DELETE FROM scans WHERE id NOT IN (SELECT scan FROM items UNION SELECT scan FROM batches)")
    for table in ("conversations", "partials"):
        db.execute(f"DELETE FROM {table} WHERE {where}", chosen)  # noqa: S608
    db.execute("DELETE FROM turns WHERE conversation NOT IN (SELECT id FROM conversations)")
    db.execute(
        "DELETE FROM texts WHERE id NOT IN "
        "(SELECT question FROM answers UNION SELECT system FROM answers WHERE system IS NOT NULL)"
    )
    return count


def _purge_batches(db: Connection, chosen: tuple[object, ...], where: str) -> None:
    """Forget batches of which nothing is under way any more."""
    db.execute(
        f"DELETE FROM batches WHERE {where} "  # noqa: S608 - constants
        "AND id NOT IN (SELECT batch FROM shards WHERE state NOT IN ('fetched', 'exported'))",
        chosen,
    )
    gone = "NOT IN (SELECT id FROM batches)"
    db.execute(f"DELETE FROM batch_lines WHERE shard IN (SELECT id FROM shards WHERE batch {gone})")  # noqa: S608
    db.execute(f"DELETE FROM shards WHERE batch {gone}")  # noqa: S608
    db.execute(f"DELETE FROM batch_items WHERE batch {gone}")  # noqa: S608


_FORGOTTEN = (  # by the first digits of an id, in hexadecimal; texts that nobody needs go with the next purge
    "DELETE FROM answers WHERE lower(hex(uid)) LIKE :prefix",
    "DELETE FROM partials WHERE lower(hex(id)) LIKE :prefix",
    (
        "UPDATE requests SET key = x'', label = NULL, scan = NULL, error_code = NULL, error_message = NULL, "
        "hint = NULL, usd = NULL, reserved_usd = NULL, maybe_usd = '0', attempts = 0, maybe_billed = 0, "
        "http_status = NULL, answered_by = NULL, cause = NULL, retryable = NULL, input_tokens = NULL, "
        "image_tokens = NULL, projected_input_tokens = NULL, projected_image_tokens = NULL, "
        "at = CASE WHEN at >= 0 AND at < 253402300800 THEN at ELSE 0 END, run = CAST(run AS BLOB), "
        "day = CAST(day AS TEXT), model = CAST(model AS TEXT), detail = CAST(detail AS TEXT) "
        "WHERE state != 'open' AND key != x'' AND lower(hex(id)) LIKE :prefix"
    ),
    "DELETE FROM turns WHERE conversation LIKE :prefix",
    "DELETE FROM conversations WHERE id LIKE :prefix",
    "DELETE FROM batch_items WHERE batch LIKE :prefix",
    "DELETE FROM batch_lines WHERE shard IN (SELECT id FROM shards WHERE batch LIKE :prefix)",
    "DELETE FROM shards WHERE batch LIKE :prefix",
    "DELETE FROM batches WHERE id LIKE :prefix",
    "DELETE FROM items WHERE 'scan-' || scan = :name",
)
LEAST_DIGITS = 6


def forget(db: Connection, name: str) -> int:
    """Delete one answer, failure, conversation, batch or the items of a scan by its id, whatever its values are.

    Returns the number of rows. Nothing is read of them: so a row that cannot be read can be forgotten.
    """
    db.execute("PRAGMA secure_delete = ON")
    drop_index(db)
    values = {"prefix": f"{name.lower()}%", "name": name.lower()}
    count = sum(db.execute(step, values).rowcount for step in _FORGOTTEN)
    db.execute(_UNUSED_THUMBNAILS)
    return count


def compact(db: Connection) -> None:
    """Return the freed pages back, and empty the write-ahead log, which still holds old pages.

    Where another process is reading, that waits for the next purge: what was deleted is overwritten all the same.
    """
    import sqlite3

    with contextlib.suppress(sqlite3.OperationalError):
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    db.execute("PRAGMA secure_delete = OFF")


def runs(db: Connection, limit: int) -> tuple[Run, ...]:
    """Return the newest runs that have answers, newest first."""
    found = db.execute(
        "SELECT run, min(at) AS at, count(*) AS answers FROM answers GROUP BY run ORDER BY at DESC, run LIMIT ?",
        (limit,),
    ).fetchall()
    return tuple(_run(db, *row) for row in found)


def _run(db: Connection, run: bytes, at: float, answers: int) -> Run:
    rows = db.execute("SELECT usd FROM answers WHERE run = ? AND usd IS NOT NULL", (run,))
    bills = [read_usd(row[0]) for row in rows]
    failed = db.execute("SELECT count(*) FROM requests WHERE run = ? AND state = 'failed'", (run,)).fetchone()[0]
    models = db.execute("SELECT model FROM answers WHERE run = ? GROUP BY model ORDER BY min(id)", (run,))
    questions = db.execute(
        "SELECT q.text FROM answers a JOIN texts q ON q.id = a.question WHERE run = ? GROUP BY q.id ORDER BY min(a.id)",
        (run,),
    )
    return Run(
        id=run.hex(),
        at=at,
        answers=answers,
        failed=failed,
        usd=sum(bills, Decimal(0)),
        unpriced=answers - len(bills),
        models=tuple(row[0] for row in models),
        questions=tuple(unpack(row[0]) or "" for row in questions),
    )


_FAILED = (  # what was answered by the same run in the end has an answer of its own
    "SELECT r.id, r.key, r.at, r.model, r.label, r.usd, r.error_code, r.error_message, s.question FROM requests r "
    "LEFT JOIN scans s ON s.id = r.scan WHERE r.state = 'failed' AND r.label IS NOT NULL AND "
)


@reads("request", "id")
def _failed(row: Row) -> StoredAnswer:
    """Return a failed request as an answer without text, with its error. Raises StateError."""
    return StoredAnswer(
        id=row["id"].hex(),
        key=row["key"].hex(),
        at=row["at"],
        model=row["model"],
        base_url="",
        question=unpack(row["question"]) or "",
        system=None,
        images=(ImageRef(unpack_label(row["label"])),),
        answer=Answer(text="", finish_reason=None),
        usd=unpack_usd(row["usd"]),
        seconds=None,
        error=(str(row["error_code"] or "failed"), unpack(row["error_message"]) or ""),
    )


PAGE = 100


class Logs:
    """The part of a ledger about what was asked. Each method raises StateError where the ledger fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def answers(self, *, model: str | None = None) -> Iterator[StoredAnswer]:
        """Yield the answers, newest first, some at a time."""
        last = 2**63 - 1
        while rows := self._page(model, last):
            yield from (stored_answer(row) for row in rows)
            last = rows[-1]["id"]

    def show(self, prefix: str) -> tuple[StoredAnswer, ...]:
        """Return the answers whose id begins with `prefix` (hexadecimal digits): two at most, which tells of doubt.

        What came and was no answer is among them, with its error.
        """
        if not prefix or not all(char in "0123456789abcdef" for char in prefix.lower()):
            return ()
        query = f"{ANSWERS} WHERE lower(hex(a.uid)) LIKE ? LIMIT 2"
        rows = self._database.read(lambda db: db.execute(query, (prefix.lower() + "%",)).fetchall())
        found = tuple(stored_answer(row) for row in rows)
        return (*found, *self._database.read(lambda db: partials(db, prefix=prefix, limit=2)))[:2]

    def failures(self, *, limit: int, model: str | None = None) -> tuple[StoredAnswer, ...]:
        """Return what came and was no answer (refused, cut, not the schema), newest first."""
        return self._database.read(lambda db: partials(db, limit=limit, model=model))

    def runs(self, *, limit: int) -> tuple[Run, ...]:
        """Return the runs that have answers, newest first."""
        return self._database.read(lambda db: runs(db, limit))

    def runs_of(self, prefix: str) -> set[str]:
        """Return the ids of the runs whose id begins with `prefix`, else of those that have such an answer."""
        pattern = (prefix.lower() + "%",)

        def job(db: Connection) -> set[str]:
            rows = db.execute("SELECT DISTINCT run FROM answers WHERE lower(hex(run)) LIKE ?", pattern).fetchall()
            rows = (
                rows or db.execute("SELECT DISTINCT run FROM answers WHERE lower(hex(uid)) LIKE ?", pattern).fetchall()
            )
            return {row[0].hex() for row in rows}

        return self._database.read(job)

    def results(self, *, run: str | None = None, since: float = 0, until: float = 0) -> list[StoredAnswer]:
        """Return the answers and failures of a run, or from one moment to before another, oldest first."""
        chosen: tuple[object, ...] = (since, until) if run is None else (bytes.fromhex(run),)
        where = "{0}.at >= ? AND {0}.at < ?" if run is None else "{0}.run = ?"

        def job(db: Connection) -> list[StoredAnswer]:
            answers = map(stored_answer, db.execute(f"{ANSWERS} WHERE {where.format('a')}", chosen))
            failed = map(_failed, db.execute(_FAILED + where.format("r"), chosen))
            return sorted((*failed, *answers), key=lambda each: each.at)

        return self._database.read(job)

    def search(self, text: str, *, limit: int = 100) -> list[StoredAnswer]:
        """Find the newest answers in which every word of `text` begins a word of the question or the answer."""
        try:
            is_indexed = self._database.write(index)
        except StateError:
            is_indexed = False  # nothing can be written: the texts are read instead
        return self._database.read(lambda db: search(db, text, limit=limit, is_indexed=is_indexed))

    def spend(self, since: str = "") -> tuple[Spend, ...]:
        """Return the spend by day and model, from the day `since` (2026-11-22)."""
        return self._database.read(lambda db: spend(db, since))

    def hits(self, since: str = "") -> tuple[Hits, ...]:
        """Return the answers that were not paid again, by day and model."""
        return self._database.read(lambda db: hits(db, since))

    def add_hits(self, day: str, counted: dict[str, tuple[int, Decimal]]) -> None:
        """Add answers that were not paid again."""
        self._database.write(lambda db: add_hits(db, day, counted))

    def drift(self) -> tuple[Drift, ...]:
        """Return billed over projected tokens by model and detail."""
        return self._database.read(drift)

    def purge(self, which: Purge) -> int:
        """Forget answers, overwriting them on the disk; return how many. Sums of money and tokens are kept."""
        count = self._database.write(lambda db: purge(db, which))
        self._database.alone(compact)
        return count

    def forget(self, name: str) -> int:
        """Forget what has an id that begins with `name`, readable or not; return the number of rows.

        Raises UsageError for what can be no id.
        """
        digits = name.lower().removeprefix("scan-")
        is_scan = name.lower().startswith("scan-") and digits.isascii() and digits.isdigit()
        if not is_scan and (len(digits) < LEAST_DIGITS or not _HEX.issuperset(digits)):
            raise UsageError(
                f"{name!r} is not an id", f"give {LEAST_DIGITS} or more of its digits: visionask logs list"
            )
        count = self._database.write(lambda db: forget(db, name))
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
