"""Owns how SQLite's and the file system's failures are told: one StateError each, with the next step."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from visionask.core.errors import StateError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

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
