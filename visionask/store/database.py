"""The one connection of a process to the ledger: its journal, its lock, and transactions shared by threads.

One connection behind a lock, not one a thread: 8 threads committed 7,400 times a second through one connection and
2,800 through eight, 64 threads 4,900 and 600 (SQLite's waiting sleeps; measured on ext4, synchronous=FULL).
Threads that arrive while a commit is being written share the next one, so that a slow disk bounds commits and not
workers; nobody waits for company.

How SQLite's and the file system's failures are told: one StateError each, with the next step.

The ledger's place on the disk: a folder and a file that only the user can read, and what file system it is.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from visionask.core.errors import StateError
from visionask.store.schema import migrate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from sqlite3 import Connection


_ELSEWHERE = "or keep the ledger elsewhere with --ledger FILE"


_DAMAGED = "it is left as it is: move it aside to start a new one, or rescue it with `sqlite3 FILE .recover`"


_KNOWN = {  # by the beginning of SQLite's name of the error
    "SQLITE_FULL": ("cannot grow: the disk is full", f"free some space, {_ELSEWHERE}"),
    "SQLITE_READONLY": ("cannot be written: it is read-only", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_PERM": ("cannot be written: no permission", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_AUTH": ("cannot be written: no permission", f"make the file and its folder writable, {_ELSEWHERE}"),
    "SQLITE_BUSY": ("is locked by another program", "wait for it to finish, or end it; then run the same again"),
    "SQLITE_LOCKED": ("is locked by another program", "wait for it to finish, or end it; then run the same again"),
    "SQLITE_CANTOPEN": ("cannot be opened", f"check that its folder exists and is writable, {_ELSEWHERE}"),
    "SQLITE_IOERR": ("cannot be read or written: the disk reports an error", f"check the disk and quota, {_ELSEWHERE}"),
    "SQLITE_CORRUPT": ("is damaged", _DAMAGED),
    "SQLITE_NOTADB": ("is no ledger: not an SQLite database, or damaged", _DAMAGED),
    "SQLITE_TOOBIG": ("cannot hold so long a text", "ask for shorter answers"),
}


def told(path: str, error: sqlite3.Error) -> StateError:
    """Translate an error of SQLite's."""
    name = getattr(error, "sqlite_errorname", "") or ""
    for known, (fact, hint) in _KNOWN.items():
        if name.startswith(known):
            return StateError(f"the ledger {path} {fact}", hint)
    return StateError(f"the ledger {path} failed: {error}", f"check the file, {_ELSEWHERE}")


@contextmanager
def telling(path: str) -> Iterator[None]:
    """Turn the errors of SQLite within the block into StateErrors."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        raise told(path, error) from error


@contextmanager
def telling_files(path: str) -> Iterator[None]:
    """Turn the errors of the file system within the block into StateErrors."""
    try:
        yield
    except OSError as error:
        raise StateError(
            f"the ledger {path} cannot be opened ({error.strerror})", _KNOWN["SQLITE_CANTOPEN"][1]
        ) from error


T = TypeVar("T")


BATCH = 64  # jobs in one transaction at most: it stays short for other processes


def connect(path: str | None, *, wait_s: float, is_shared: bool = False) -> Connection:
    """Open and migrate a database; None is one in memory. `is_shared`: on a network, where WAL is unsafe.

    Raises StateError.
    """
    import sqlite3

    name = ":memory:" if path is None else path
    with telling(name):
        db = sqlite3.connect(name, timeout=wait_s, isolation_level=None, check_same_thread=False)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA synchronous = FULL")  # an answer outlives a power cut
            db.execute("PRAGMA fullfsync = ON")  # where fsync alone leaves it in the disk's cache: macOS
            db.execute("PRAGMA trusted_schema = OFF")
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
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


class _Entry(Generic[T]):
    def __init__(self, job: Callable[[Connection], T]) -> None:
        self.job = job
        self.woken = threading.Event()
        self.is_done = False
        self.value: Any = None
        self.error: Exception | None = None


class Database:
    """A connection that many threads may use. A job is a function of the connection, and may be run twice."""

    def __init__(self, db: Connection, path: str | None) -> None:
        self.path = path
        self.name = ":memory:" if path is None else path
        self._db = db
        self._lock = threading.Lock()  # of the connection
        self._mutex = threading.Lock()  # of the two below
        self._waiting: list[_Entry[Any]] = []
        self._is_led = False
        self._is_closed = False

    def read(self, job: Callable[[Connection], T]) -> T:
        """Run a job that writes nothing. Raises StateError."""
        from sqlite3 import Error

        with self._lock:
            self._check_open()
            try:
                return job(self._db)
            except Error as error:
                raise told(self.name, error) from error

    def alone(self, job: Callable[[Connection], T]) -> T:
        """Run a job outside of any transaction (VACUUM, ATTACH). Raises StateError."""
        return self.read(job)

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run a job in a transaction, committed when this returns. What the job raises undoes it and comes out here.

        Raises StateError where the ledger cannot be written: then nothing of the job is in it.
        """
        entry = _Entry(job)
        with self._mutex:
            self._waiting.append(entry)
            leads, self._is_led = not self._is_led, True
        try:
            if not leads:
                entry.woken.wait()
            if not entry.is_done:
                self._lead()
        except BaseException:
            self._withdraw(entry, leads=leads)
            raise
        if entry.error is not None:
            raise entry.error
        value: T = entry.value
        return value

    def close(self) -> None:
        """Close the connection, which also folds the write-ahead log into the file."""
        with self._lock, contextlib.suppress(StateError), telling(self.name):
            self._is_closed = True
            self._db.close()

    @property
    def is_closed(self) -> bool:
        """Tell whether `close` was called."""
        return self._is_closed

    def _check_open(self) -> None:
        if self._is_closed:
            raise StateError(f"the ledger {self.name} is closed", "open it again")

    def _withdraw(self, entry: _Entry[Any], *, leads: bool) -> None:
        """Take back an interrupted job that has not run, and pass the lead on if it had come here."""
        with self._mutex:
            is_waiting = entry in self._waiting
            if is_waiting:
                self._waiting.remove(entry)
            if is_waiting and (leads or entry.woken.is_set()):
                self._pass_on()

    def _pass_on(self) -> None:
        """Wake the next leader; the mutex is held."""
        self._is_led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].woken.set()

    def _lead(self) -> None:
        batch: list[_Entry[Any]] = []
        try:
            with self._lock:
                with self._mutex:
                    batch = self._waiting[:BATCH]
                    del self._waiting[:BATCH]
                self._run(batch)
        finally:
            if batch:
                with self._mutex:
                    self._waiting[:0] = [
                        entry for entry in batch[1:] if not entry.is_done
                    ]  # the leader was interrupted
                    self._pass_on()
                for entry in batch:
                    if entry.is_done:
                        entry.woken.set()

    def _run(self, batch: list[_Entry[Any]]) -> None:
        """Run the batch in one transaction; if anything in it fails, each job in its own."""
        error = self._commit(batch)
        if error is None:
            return
        if len(batch) == 1:
            batch[0].error, batch[0].is_done = error, True
            return
        for entry in batch:
            entry.error = self._commit([entry])
            entry.is_done = True

    def _commit(self, batch: list[_Entry[Any]]) -> Exception | None:
        """Commit the jobs together, or none of them."""
        import sqlite3

        try:
            self._check_open()
            self._db.execute("BEGIN IMMEDIATE")
            for entry in batch:
                entry.value = entry.job(self._db)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            found = told(self.name, error)
            found.__cause__ = error
            return found
        except Exception as error:  # noqa: BLE001 - handed to the thread whose job it was
            self._undo()
            return error
        except BaseException:
            self._undo()
            raise
        for entry in batch:
            entry.is_done = True
        return None

    def _undo(self) -> None:
        import sqlite3

        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


NETWORK = frozenset(
    {
        *("9p", "afs", "afpfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"),
        *("smb2", "smb3", "smbfs", "webdav", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    }
)


def make_private(path: str) -> None:
    """Create the ledger file, empty, if there is none: 0600, in folders of 0700, whatever the umask.

    Never created through a link: somebody else could have laid it. Raises StateError.
    """
    with telling_files(path):
        _make_folder(os.path.dirname(path))
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:
            _check(path)
            return
        try:
            if sys.platform != "win32":
                os.fchmod(handle, 0o600)  # a umask of 0777 would leave it closed to ourselves
        finally:
            os.close(handle)


def _make_folder(folder: str) -> None:
    """Create each missing folder with 0700: `os.makedirs` gives its mode to the last one only."""
    if not folder or os.path.isdir(folder):
        return
    _make_folder(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        return
    os.chmod(folder, 0o700)


def _check(path: str) -> None:
    """Refuse what is no file, or a link to nothing."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise StateError(
            f"the ledger {path} is a link to nothing", "remove the link, or name the file itself"
        ) from None
    if not stat.S_ISREG(mode):
        raise StateError(f"the ledger {path} is not a file", "name a file with --ledger FILE")


def is_on_network(path: str) -> bool:
    """Tell whether the file lies on a network file system, where WAL's shared memory is not shared. Linux, Windows."""
    if path.startswith("\\\\"):
        return True
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
            mounts = file.read()
    except OSError:
        return False
    return file_system(os.path.realpath(path), mounts) in NETWORK


def file_system(path: str, mounts: str) -> str:
    """Name the type of the file system that holds an absolute path, from the text of /proc/self/mounts ("" if none)."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _unescape(fields[1]).rstrip("/")
        if (path == point or path.startswith(point + "/")) and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
