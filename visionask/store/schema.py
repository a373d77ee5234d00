"""The tables of the ledger and the steps from each version of them to the next.

Money is the text of a Decimal, and is summed in Python: SQLite would make floats of it. Digests are bytes. Texts that
many rows share (questions, system texts) are stored once. Moments are Unix times, labels only; days are UTC.
A text is a BLOB where it holds what UTF-8 cannot (lone surrogates of file names and of models' JSON).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.errors import StateError

if TYPE_CHECKING:
    from sqlite3 import Connection

# In the header of the file: by it `file ledger.db`, and visionask, know a ledger from other databases.
APPLICATION_ID = 0x76736B61  # "vska"
UNRELEASED_ID = 0x76736B31  # "vsk1": of versions before the first release, which had other tables

_V1 = """
CREATE TABLE runs (id BLOB PRIMARY KEY, at REAL NOT NULL, pid INTEGER NOT NULL, usd TEXT NOT NULL DEFAULT '0')
    WITHOUT ROWID;
CREATE TABLE texts (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, text NOT NULL);
CREATE TABLE requests (
    id BLOB PRIMARY KEY, key BLOB NOT NULL, state TEXT NOT NULL, run BLOB NOT NULL, at REAL NOT NULL, day TEXT NOT NULL,
    model TEXT NOT NULL, detail TEXT NOT NULL, reserved_usd TEXT, usd TEXT, maybe_usd TEXT NOT NULL DEFAULT '0',
    projected_input_tokens INTEGER, projected_image_tokens INTEGER, input_tokens INTEGER, image_tokens INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0, maybe_billed INTEGER NOT NULL DEFAULT 0, scan INTEGER, label BLOB,
    error_code TEXT, error_message, hint, retryable INTEGER, http_status INTEGER, answered_by TEXT, cause TEXT
) WITHOUT ROWID;
CREATE INDEX requests_by_key ON requests (key);
CREATE UNIQUE INDEX claims ON requests (key) WHERE state = 'open';
CREATE INDEX requests_open ON requests (run) WHERE state = 'open';
CREATE TABLE answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, uid BLOB NOT NULL UNIQUE, key BLOB NOT NULL, run BLOB NOT NULL,
    at REAL NOT NULL, model TEXT NOT NULL, base_url TEXT NOT NULL, question INTEGER NOT NULL REFERENCES texts,
    system INTEGER REFERENCES texts, images TEXT NOT NULL, text NOT NULL, finish_reason TEXT, request_id TEXT,
    input_tokens INTEGER, image_tokens INTEGER, cached_tokens INTEGER, cache_write_tokens INTEGER,
    output_tokens INTEGER, reasoning_tokens INTEGER, has_usage INTEGER NOT NULL, attempts INTEGER NOT NULL,
    maybe_billed INTEGER NOT NULL, notes TEXT NOT NULL, usd TEXT, seconds REAL
);
CREATE INDEX answers_by_key ON answers (key);
CREATE TABLE spend (
    day TEXT NOT NULL, model TEXT NOT NULL, requests INTEGER NOT NULL, usd TEXT NOT NULL, maybe_usd TEXT NOT NULL,
    unpriced INTEGER NOT NULL, PRIMARY KEY (day, model)
) WITHOUT ROWID;
CREATE TABLE scans (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, at REAL NOT NULL, question NOT NULL,
    model TEXT NOT NULL);
CREATE TABLE items (
    scan INTEGER NOT NULL REFERENCES scans, label BLOB NOT NULL, status TEXT NOT NULL, key BLOB, at REAL NOT NULL,
    is_cached INTEGER NOT NULL, error_code TEXT, error_message, hint, PRIMARY KEY (scan, label)
) WITHOUT ROWID;
CREATE TABLE hits (day TEXT NOT NULL, model TEXT NOT NULL, hits INTEGER NOT NULL, saved_usd TEXT NOT NULL,
    PRIMARY KEY (day, model)) WITHOUT ROWID;
CREATE TABLE conversations (id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, system,
    base_url TEXT NOT NULL DEFAULT '', images_first INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations, n INTEGER NOT NULL, question NOT NULL, answer NOT NULL,
    images TEXT NOT NULL, PRIMARY KEY (conversation, n)
) WITHOUT ROWID;
CREATE TABLE batches (
    id TEXT PRIMARY KEY, scan INTEGER NOT NULL, at REAL NOT NULL, model TEXT NOT NULL, base_url TEXT NOT NULL,
    question NOT NULL, system, schema TEXT, is_free INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE shards (
    id TEXT PRIMARY KEY, batch TEXT NOT NULL REFERENCES batches, number INTEGER NOT NULL, at REAL NOT NULL,
    run BLOB NOT NULL, day TEXT NOT NULL, state TEXT NOT NULL, path BLOB NOT NULL, lines INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0, reserved_usd TEXT, file_id TEXT, batch_id TEXT, past TEXT NOT NULL DEFAULT '[]',
    status TEXT, total INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
    output_file_id TEXT, error_file_id TEXT, error TEXT
) WITHOUT ROWID;
CREATE INDEX shards_by_batch ON shards (batch, number);
CREATE TABLE batch_lines (
    shard TEXT NOT NULL REFERENCES shards, key BLOB NOT NULL, state TEXT NOT NULL, label BLOB NOT NULL,
    reserved_usd TEXT, at REAL NOT NULL, PRIMARY KEY (shard, key)
) WITHOUT ROWID;
CREATE INDEX batch_lines_by_key ON batch_lines (key);
CREATE UNIQUE INDEX batch_claims ON batch_lines (key) WHERE state = 'pending';
CREATE TABLE batch_items (
    batch TEXT NOT NULL REFERENCES batches, label BLOB NOT NULL, key BLOB, data TEXT NOT NULL,
    is_cached INTEGER NOT NULL, error TEXT, PRIMARY KEY (batch, label)
) WITHOUT ROWID;
CREATE TABLE partials (
    id BLOB PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, base_url TEXT NOT NULL, question NOT NULL, system,
    images TEXT NOT NULL, text NOT NULL, finish_reason TEXT, request_id TEXT, attempts INTEGER NOT NULL,
    maybe_billed INTEGER NOT NULL, usage TEXT
) WITHOUT ROWID;
"""
_V2 = "ALTER TABLE batches ADD COLUMN points TEXT"
_V3 = """
CREATE TABLE thumbnails (name BLOB NOT NULL PRIMARY KEY, jpeg BLOB NOT NULL);
ALTER TABLE answers ADD COLUMN thumbnail BLOB
"""  # apart, so that who reads answers reads no pictures; one for all answers about the same picture
MIGRATIONS = (_V1, _V2, _V3)  # the n-th leads to version n; what has been released is never edited
VERSION = len(MIGRATIONS)


def migrate(db: Connection, path: str) -> None:
    """Bring a ledger to this version in one transaction; nothing is changed where that cannot be done.

    Raises StateError for a ledger of a newer visionask, and for another program's database.
    """
    if version_of(db, path) == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[version_of(db, path) :]:  # read again: another process may have been faster
            for statement in script.split(";"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def version_of(db: Connection, path: str) -> int:
    """Return the version of a ledger's schema, 0 of an empty file. Raises StateError where it is none of ours."""
    # one statement, so one snapshot: another process may be making the ledger at this moment
    version, found, is_empty = db.execute(
        "SELECT user_version, application_id, NOT EXISTS (SELECT 1 FROM sqlite_master)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if found == UNRELEASED_ID:
        raise StateError(
            f"the ledger {path} is of a visionask from before the first release",
            "move it aside to start a new one, or name another with --ledger FILE",
        )
    if found != APPLICATION_ID and not is_empty:
        raise StateError(f"the ledger {path} is another program's database", "name another file with --ledger FILE")
    if version > VERSION:
        raise StateError(
            f"the ledger {path} is of a newer visionask (schema {version}, known here: {VERSION})",
            "upgrade visionask, or use another --ledger FILE",
        )
    return version if found == APPLICATION_ID else 0


def pack_label(label: str) -> bytes:
    """Make any str of Python's storable, without loss."""
    return label.encode("utf-8", "surrogatepass")


def unpack_label(value: bytes) -> str:
    """Undo `pack_label`."""
    return value.decode("utf-8", "surrogatepass")
