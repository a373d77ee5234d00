"""Who is alive: each run holds a lock on a file of its own, which the system frees when the process dies.

A number of a process says less: it is reused, and means nothing in another container that shares the ledger.
The files lie beside the ledger (`ledger.db-run-...`), are removed when the run ends, and after a crash by the next run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from visionask.core.errors import StateError
from visionask.store.files import file_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


class Owner:
    """The sign of life of one run. Without a path (a ledger in memory) there is nobody else to tell."""

    def __init__(self, path: str | None, run: bytes) -> None:
        self._path = path
        self._run = run
        self._handle: int | None = None
        self._name = ""  # of its file, once it is laid

    def show(self) -> None:
        """Lay the file and lock it, once. Raises StateError, also where the file was removed since.

        Without it other processes take this one for dead, and ask again what it asks.
        """
        if self._path is None:
            return
        if self._handle is not None:
            _check_lock(self._name, self._handle)
            return
        with file_errors(self._path):
            self._name = _file(self._path, self._run)
            while self._handle is None:
                self._handle = _hold(self._name)

    @property
    def is_shown(self) -> bool:
        """Whether this run may own requests."""
        return self._path is None or self._handle is not None

    def leave(self) -> None:
        """Free the lock and remove the file."""
        if self._handle is not None and self._path is not None:
            os.close(self._handle)
            self._handle = None
            with contextlib.suppress(OSError):
                os.unlink(self._name)

    def is_alive(self, run: bytes) -> bool:
        """Return whether the process of a run is alive; where that cannot be told, it is."""
        if run == self._run:
            return True
        if self._path is None:
            return False
        try:
            handle = os.open(_file(self._path, run), _FLAGS)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            _lock(handle)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False


def _check_lock(name: str, handle: int) -> None:
    """Raise StateError where a lock file is no more the one that is held: another process may hold the new one."""
    with contextlib.suppress(OSError):
        if os.path.samestat(os.fstat(handle), os.stat(name)):
            return
    raise StateError(
        f"the lock file {name} of this run was removed while it was in use",
        "see what removed it, then run the same again",
    )


@contextlib.contextmanager
def alone(path: str | None, what: str) -> Iterator[Callable[[], None]]:
    """Be the only process that does `what` on this ledger. Raises StateError at once where another one does.

    What is yielded raises StateError where that is no longer sure, as the lock file was removed or replaced.
    """
    if path is None:
        yield lambda: None
        return
    name = f"{os.path.realpath(path)}-run-{what.replace(' ', '-')}"  # the next run sweeps it away after a crash
    with file_errors(path):
        handle = next((held for held in (_hold(name) for _ in range(20)) if held is not None), None)
    if handle is None:
        raise StateError(f"another process is at `{what}` on the ledger {path}", "wait for it to end, and run it again")
    try:
        yield lambda: _check_lock(name, handle)
    finally:
        with contextlib.suppress(OSError, StateError):
            _check_lock(name, handle)  # another's file of the same name stays
            os.unlink(name)
        os.close(handle)


def sweep(path: str) -> None:
    """Remove the files of runs that are no more."""
    folder, name = os.path.split(os.path.realpath(path))
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(f"{name}-run-")]
        for each in left:
            _sweep(each)


def _sweep(path: str) -> None:
    """Remove a file that nobody holds, while it is held here."""
    with contextlib.suppress(OSError):
        handle = os.open(path, _FLAGS)
        try:
            _lock(handle)
            os.unlink(path)
        finally:
            os.close(handle)


def _hold(path: str) -> int | None:
    """Lay a file and lock it; None where another process swept it away between the two."""
    handle = os.open(path, _FLAGS | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            os.fchmod(handle, 0o600)  # the next run must be able to open it, whatever the umask
        _lock(handle)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
    except (BlockingIOError, FileNotFoundError, PermissionError):
        time.sleep(0.001)
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _file(path: str, run: bytes) -> str:
    return f"{os.path.realpath(path)}-run-{run.hex()}"


def _lock(handle: int) -> None:
    """Lock the whole file for this open handle, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
