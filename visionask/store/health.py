"""The check-up of the ledger for `doctor`: it is looked into as it is, never migrated, repaired or created."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.core.finding import Finding, failure
from visionask.core.format import size
from visionask.core.ledger import OPEN
from visionask.store.batches import shard
from visionask.store.database import database_errors, state_error
from visionask.store.files import is_on_network
from visionask.store.logs import spend
from visionask.store.owners import Owner
from visionask.store.requests import ZERO, in_batches, reserved
from visionask.store.rows import day_of
from visionask.store.schema import VERSION, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from sqlite3 import Connection

SECTION = "ledger"
LEAST_FREE_BYTES, FEW_FREE_BYTES = 10_000_000, 500_000_000
CHECK_S = 10.0  # for reading the whole file
_WAIT_S = 2.0


def examine(path: str, *, daily_budget: Decimal | None, now: float) -> Iterator[Finding]:
    """Report the state of a ledger file and of the disk that it is on. `now` is Unix time."""
    path = os.path.abspath(path)
    yield from _place(path)
    if not os.path.lexists(path):
        return
    if not os.path.isfile(path):
        error = StateError(f"the ledger {path} is not a file", "name a file with --ledger FILE")
        yield failure(SECTION, "contents", error)
        return
    try:
        yield _permissions(path)
        with closing(_open(path)) as db:
            yield from _contents(db, path, daily_budget=daily_budget, day=day_of(now))
    except StateError as error:
        yield failure(SECTION, "contents", error)


def _place(path: str) -> Iterator[Finding]:
    """Report the folder: it exists whether or not the ledger does, or can be made."""
    import shutil

    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    if os.path.lexists(path):
        sizes = [os.path.getsize(each) for each in (path, f"{path}-wal") if os.path.isfile(each)]
        yield Finding(SECTION, "file", f"{path}, {size(sum(sizes))}")
    else:
        yield Finding(SECTION, "file", f"{path}: none yet, the first answer makes it")
    if not os.access(folder, os.W_OK | os.X_OK) or (os.path.isfile(path) and not os.access(path, os.R_OK | os.W_OK)):
        error = StateError(
            f"the ledger {path} cannot be written: no permission", "make the file and its folder writable"
        )
        yield failure(SECTION, "access", error)
    if is_on_network(path):
        fact = "on a network file system: slower, and only as safe as its locks"
        yield Finding(SECTION, "file system", fact, "keep it on a local disk with --ledger FILE", is_warning=True)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield Finding(SECTION, "disk", f"its free space is not known ({error.strerror})", is_warning=True)
        return
    fact, hint = f"{free / 1e9:,.1f} GB free", "free some space, or keep the ledger elsewhere with --ledger FILE"
    if free < LEAST_FREE_BYTES:
        yield failure(SECTION, "disk", StateError(f"the disk of {path} is full: {fact}", hint))
    else:
        is_little = free < FEW_FREE_BYTES
        yield Finding(SECTION, "disk", fact, hint if is_little else "", is_warning=is_little)


def _permissions(path: str) -> Finding:
    mode = stat.S_IMODE(os.stat(path).st_mode)
    is_open = sys.platform != "win32" and mode & 0o077 != 0
    fact = f"mode {mode:04o}" + (": others can read what was asked and answered" if is_open else "")
    return Finding(SECTION, "permissions", fact, f"chmod 600 {path}" if is_open else "", is_warning=is_open)


def _open(path: str) -> Connection:
    """Open for looking. Not read-only: that would leave a write-ahead log behind, which only a writer folds in."""
    import sqlite3
    from urllib.parse import quote

    try:
        db = sqlite3.connect(
            f"file:{quote(os.fsencode(path))}?mode=rw", uri=True, timeout=_WAIT_S, isolation_level=None
        )
    except sqlite3.Error as error:
        raise state_error(path, error) from error
    db.row_factory = sqlite3.Row
    return db


def _contents(db: Connection, path: str, *, daily_budget: Decimal | None, day: str) -> Iterator[Finding]:
    """Yield what is in it. Raises StateError where it is damaged, newer, or not ours."""
    with database_errors(path):
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA trusted_schema = OFF")
        version = version_of(db, path)
        yield Finding(SECTION, "schema", f"version {version}" + _coming(version))
        yield _sound(db, path)
        if version == VERSION:
            yield _runs(db, path)
            yield _money(db, daily_budget, day)
            yield _spool(db)


def _coming(version: int) -> str:
    return "" if version == VERSION else f": the next run makes it {VERSION}, and the rest is then told"


def _sound(db: Connection, path: str) -> Finding:
    """Read the whole file for damage, for as long as there is patience."""
    import sqlite3

    until = time.monotonic() + CHECK_S
    db.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    try:
        said = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
            raise
        return Finding(
            SECTION, "quick_check", f"not finished within {CHECK_S:g} s", f"sqlite3 {path} 'PRAGMA quick_check'"
        )
    finally:
        db.set_progress_handler(None, 0)
    if said != "ok":
        damage = sqlite3.DatabaseError(said)
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        raise state_error(path, damage) from damage
    return Finding(SECTION, "quick_check", "ok")


def _runs(db: Connection, path: str) -> Finding:
    rows = db.execute("SELECT run, count(*) FROM requests WHERE state = 'open' GROUP BY run").fetchall()
    owner = Owner(path, b"")
    alive = [count for run, count in rows if owner.is_alive(run)]
    fact = f"{len(alive)} under way with {_some(sum(alive), 'open request')}" if alive else "none under way"
    dead = sum(count for _, count in rows) - sum(alive)
    if not dead:
        return Finding(SECTION, "runs", fact)
    fact += f"; {_some(dead, 'request')} of runs that died"
    return Finding(SECTION, "runs", fact, "the next run counts them as possibly billed", is_warning=True)


def _money(db: Connection, daily_budget: Decimal | None, day: str) -> Finding:
    """Return what the day costs, counted as the budget counts."""
    spent = sum((row.usd + row.maybe_usd for row in spend(db, day) if row.day == day), ZERO)
    held = reserved(db, "day", day) + in_batches(db, "day", day)
    fact = f"${spent:f} spent today (UTC)" + (f", ${held:f} reserved" if held else "")
    if daily_budget is None:
        return Finding(SECTION, "spend", f"{fact}; no daily budget is set")
    is_gone = spent + held >= daily_budget
    hint = "raise daily_budget, or go on tomorrow (UTC)" if is_gone else ""
    return Finding(SECTION, "spend", f"{fact} of a daily budget of ${daily_budget:f}", hint, is_warning=is_gone)


def _spool(db: Connection) -> Finding:
    """Report the files of batches that are not uploaded, and of the batches that nobody has fetched."""
    marks = ", ".join("?" * len(OPEN))
    shards = [shard(row) for row in db.execute(f"SELECT * FROM shards WHERE state IN ({marks})", OPEN)]  # noqa: S608
    here = [each for each in shards if each.state not in ("created", "uploaded", "creating")]
    fact = f"{_some(len(shards) - len(here), 'batch', 'batches')} at the provider, {_some(len(here), 'file')} to upload"
    gone = [each for each in here if each.state != "writing" and not os.path.isfile(each.path)]
    held = sum(os.path.getsize(each.path) for each in here if os.path.isfile(each.path))
    fact += f" ({size(held)})" if here else ""
    if gone:
        hint = "run the same `visionask batch submit` again: it writes them anew"
        return Finding(SECTION, "batches", f"{fact}; {_some(len(gone), 'file')} of them gone", hint, is_warning=True)
    return Finding(SECTION, "batches", fact, "visionask batch status" if shards else "")


def _some(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
