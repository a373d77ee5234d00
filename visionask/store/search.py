"""Owns the search of the log: every word must stand in the question or in the answer, at the beginning of a word.

The index (FTS5) is brought up to date when somebody searches, so that keeping an answer costs nothing for it, and a
Python without FTS5 shares the ledger with one that has it. Without an index, and for scripts that put no spaces between
words, the texts themselves are read: there a word may stand anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.store.rows import ANSWERS, stored_answer

if TYPE_CHECKING:
    from sqlite3 import Connection

    from visionask.store.values import StoredAnswer

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
