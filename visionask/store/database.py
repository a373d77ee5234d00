"""The one connection of a process to the ledger, shared by its threads, and the errors of SQLite as StateErrors.

One connection behind a lock. An answer's commit is on the disk before anybody sees the answer. The claim that comes
before it outlives the process at once, and a power cut with the next commit that is waited for: a pair of commits took
8.4, 7.6 and 3.2 ms when both were waited for, 3.0, 2.8 and 3.0 ms so, and 0.35 and 0.29 ms of CPU (2026-11-28, a busy
machine). Power that fails in those moments takes along that a request was under way, never an answer.

What waits while somebody writes is written together, in one transaction, by the first of them: at `-j 64` most of a
scan waits for the disk. In turns with a transaction for each (2026-11-28, load 15, three rounds), 500 photographs took
1.37 and 1.47 times the seconds of 64 bare threads at 200 ms, and 1.44 and 1.50 times the CPU of 8. Eight connections
were slower than one.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from visionask.core.errors import StateError
from visionask.store.files import CANNOT_OPEN_HINT, OpenFiles, is_full
from visionask.store.schema import migrate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection


_FULL, _NORMAL = "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"


_ELSEWHERE = "or keep the ledger elsewhere with --ledger FILE"


_DAMAGED = "it is left as it is: move it aside to start a new one, or rescue it with `sqlite3 FILE .recover`"


_KNOWN = {  # by the beginning of SQLite's name of the error
    "SQLITE_FULL": ("cannot grow: the disk is full", f"free some space, {_ELSEWHERE}"),
    "SQLITE_READONLY": ("cannot be written: it is read-only", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_PERM": ("cannot be written: no permission", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_AUTH": ("cannot be written: no permission", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_BUSY": ("is locked by another program", "wait for it to finish, or end it; then run the same again"),
    "SQLITE_LOCKED": ("is locked by another program", "wait for it to finish, or end it; then run the same again"),
    "SQLITE_CANTOPEN": ("cannot be opened", CANNOT_OPEN_HINT),
    "SQLITE_IOERR": ("cannot be read or written: the disk reports an error", f"check the disk and quota, {_ELSEWHERE}"),
    "SQLITE_CORRUPT": ("is damaged", _DAMAGED),
    "SQLITE_NOTADB": ("is no ledger: not an SQLite database, or damaged", _DAMAGED),
    "SQLITE_TOOBIG": ("cannot hold so long a text", "ask for shorter answers"),
}


def state_error(path: str, error: sqlite3.Error) -> StateError:
    """Translate an error of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_IOERR") and is_full(path):
        name = "SQLITE_FULL"
    for known, (fact, hint) in _KNOWN.items():
        if name.startswith(known):
            return StateError(f"the ledger {path} {fact}", hint)
    return StateError(f"the ledger {path} failed: {error}", f"check the file, {_ELSEWHERE}")


@contextmanager
def database_errors(path: str) -> Iterator[None]:
    """Turn the errors of SQLite within the block into StateErrors, and those of rows without a column or its value."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        raise state_error(path, error) from error
    except UnicodeDecodeError as error:  # a name or a text of the file, in a row or in a message about it
        raise StateError(f"the ledger {path} is damaged", _DAMAGED) from error
    except (IndexError, TypeError) as error:  # its tables are not those of the schema
        raise StateError(f"the ledger {path} is damaged ({error})", _DAMAGED) from error


T = TypeVar("T")


def connect(path: str | None, *, wait_s: float, is_shared: bool = False) -> Connection:
    """Open and migrate a database; None is one in memory. `is_shared`: on a network, where WAL is unsafe.

    Raises StateError.
    """
    import sqlite3

    name = ":memory:" if path is None else path
    with database_errors(name):
        db = sqlite3.connect(name, timeout=wait_s, isolation_level=None, check_same_thread=False)
        try:
            db.row_factory = sqlite3.Row
            db.execute(_FULL)  # an answer outlives a power cut
            db.execute("PRAGMA fullfsync = ON")  # where fsync alone leaves it in the disk's cache: macOS
            db.execute("PRAGMA trusted_schema = OFF")
            db.execute("PRAGMA cache_size = -1000")  # KiB, half of SQLite's: the system keeps the file's pages too
            migrate(db, name)
            _choose_journal(db, "DELETE" if is_shared else "WAL", wait_s=wait_s)
        except BaseException:
            db.close()
            raise
    return db


def _choose_journal(db: Connection, journal: str, *, wait_s: float) -> None:
    """Set the journal. Where shared memory cannot be had, SQLite keeps DELETE by itself.

    The change needs the file for itself for a moment, and SQLite does not wait for that: here it is waited for.
    """
    import sqlite3

    until = time.monotonic() + wait_s
    while True:
        try:
            db.execute(f"PRAGMA journal_mode = {journal}").fetchone()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


class _Write:
    """A job that a thread waits for."""

    def __init__(self, job: Callable[[Connection], Any], *, outlives_power: bool) -> None:
        self.outlives_power = outlives_power
        self.is_done = False  # committed, or failed for the reason in `error`
        self.error: BaseException | None = None
        self._job = job
        self._value: Any = None

    def run(self, db: Connection) -> None:
        self._value = self._job(db)

    def result(self) -> Any:
        """Return what the job did, or raise why there is nothing of it."""
        if self.error is not None:
            raise self.error
        return self._value


class Database:
    """A connection that many threads may use, one at a time. A job is a function of the connection."""

    def __init__(self, db: Connection, path: str | None) -> None:
        self.path = path
        self.name = ":memory:" if path is None else path
        self._db = db
        self._has_wal = db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        self._synchronous = _FULL  # as `connect` has set it
        self._lock = threading.Lock()
        self._waiting: deque[_Write] = deque()
        self._files = None if path is None else OpenFiles(path)
        self._fault: StateError | None = None  # of the files: nothing is written any more
        self._is_closed = False

    def read(self, job: Callable[[Connection], T]) -> T:
        """Run a job that writes nothing. Raises StateError."""
        with self._lock, database_errors(self.name):
            self._check_open()
            self._choose(_FULL)
            return job(self._db)

    def alone(self, job: Callable[[Connection], T]) -> T:
        """Run a job outside of any transaction (VACUUM, ATTACH). Raises StateError."""
        return self.read(job)

    def write(self, job: Callable[[Connection], T], *, outlives_power: bool = True) -> T:
        """Run a job in a transaction, committed when this returns. What the job raises undoes it and comes out here.

        Without `outlives_power` the commit outlives the process, and a power cut only once another one has followed.
        Raises StateError where the ledger cannot be written, or its files are not those that were opened.
        """
        mine = _Write(job, outlives_power=outlives_power)
        self._waiting.append(mine)
        try:
            with self._lock:
                if not mine.is_done:  # else whoever had the lock before has done it too
                    self._write_all()
        finally:
            if not mine.is_done:  # broken off
                with contextlib.suppress(ValueError):
                    self._waiting.remove(mine)
        return cast("T", mine.result())

    def _write_all(self) -> None:
        """Run all jobs that wait in one transaction; where one of them fails, each in a transaction of its own."""
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            fault = self._write_together(group)
            if fault is None:
                return
            for each in group:
                self._write_together([each])
            if not isinstance(fault, Exception) and all(type(each.error) is not type(fault) for each in group):
                raise fault  # of no job: Ctrl-C, in this thread
        finally:
            self._waiting.extend(each for each in group if not each.is_done)

    def _write_together(self, group: list[_Write]) -> BaseException | None:
        """Run jobs in one transaction; return why one of several has failed: then nothing of them is in."""
        error: BaseException | None = None
        try:
            with database_errors(self.name):
                self._check_open()
                self._check_files()
                is_quick = self._has_wal and not any(each.outlives_power for each in group)
                self._choose(_NORMAL if is_quick else _FULL)
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    for each in group:
                        each.run(self._db)
                except BaseException as fault:
                    if len(group) > 1:
                        return fault
                    raise
                self._db.execute("COMMIT")
                self._check_files()  # what is written is where it can be found
        except BaseException as fault:  # noqa: BLE001 - of those who wait for it
            error = fault
        finally:
            self._undo()
        for each in group:
            each.error, each.is_done = error, True
        return None

    def close(self) -> None:
        """Close the connection, which also folds the write-ahead log into the file."""
        with self._lock, contextlib.suppress(StateError), database_errors(self.name):
            self._is_closed = True
            if self._files is None or self._fault is None or self._files.may_be_closed:
                self._db.close()
            else:
                _keep_open(self._db)

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    @property
    def is_harmed(self) -> bool:
        """Whether its files were found to be others than those that were opened: nothing is written any more."""
        return self._fault is not None

    def _choose(self, synchronous: str) -> None:
        """Say whether the next commits are waited for, where that changes: claims and answers mostly come in turns."""
        if synchronous != self._synchronous:
            self._db.execute(synchronous)
            self._synchronous = synchronous

    def _check_open(self) -> None:
        if self._is_closed:
            raise StateError(f"the ledger {self.name} is closed", "open it again")

    def _check_files(self) -> None:
        if self._fault is not None:
            raise StateError(self._fault.message, self._fault.hint)
        if self._files is None:
            return
        try:
            self._files.check()
        except StateError as error:
            self._fault = error
            raise

    def _undo(self) -> None:
        import sqlite3

        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _keep_open(db: Connection) -> None:
    """Keep a connection open until the process ends: closing it would write to files that are not its own any more.

    A thread that waits for ever holds it, so that the interpreter's end does not close it either.
    """
    forever = threading.Event()
    threading.Thread(target=lambda _: forever.wait(), args=(db,), name="visionask-open-ledger", daemon=True).start()
