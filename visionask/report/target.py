"""Owns the file behind an output: appended to line by line, replaced whole at the end, or a stream that is passed on.

Every write is one system call on an unbuffered file, so that a kill leaves whatever was added before it. A replaced
file is `FILE.part` until it is complete; a regular FILE is only ever the last complete one. A lock held by the system
keeps two runs from writing one file, and dies with its run.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Protocol

from visionask.core.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Target(Protocol):
    """Where the bytes of one output go."""

    is_stream: bool  # what was written cannot be read again

    def write(self, data: bytes) -> None:
        """Add bytes: all of them, or StateError."""

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        """Put what `make` gives, reading what was written so far, in its place. Nothing happens to a stream."""

    def finish(self) -> None:
        """Complete the file under its own name."""

    def abandon(self) -> None:
        """Leave what was written where it is, and no empty file behind."""


def open_target(path: str, *, appends: bool = False) -> Target:
    """Open a file for output; `-` is standard output. Raises StateError where it cannot be written."""
    with writing(path):
        if path == "-":
            return _Stream(path, os.dup(1))
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = None
        if mode is not None and stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is not None and not stat.S_ISREG(mode):
            return _Stream(path, os.open(path, os.O_WRONLY))
        if mode is not None and not os.access(path, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return Appended(path) if appends else _Replaced(path, mode)


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turn what the system says into StateError; a reader that went away stays BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        fact = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        hint = (
            "free some space" if isinstance(error, OSError) and error.errno in _FULL else "name another file or folder"
        )
        raise StateError(f"{path}: cannot be written ({fact})", f"{hint}, then run it again") from error


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _lock(fd: int, path: str) -> None:
    """Hold the file for this run alone. Windows has no such lock that leaves the file readable."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StateError(f"{path}: another run is writing it", "wait for that run, or name another file") from error
    except OSError:  # a file system without locks
        return


class _Stream:
    """A pipe, a terminal, a device."""

    is_stream = True

    def __init__(self, path: str, fd: int) -> None:
        self._path, self._fd = path, fd

    def write(self, data: bytes) -> None:
        with writing(self._path):
            _write_all(self._fd, data)

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        pass

    def finish(self) -> None:
        with writing(self._path):
            os.close(self._fd)

    abandon = finish


class Appended:
    """A file that keeps what it holds. A write that fails midway is taken back, so that no line is torn."""

    is_stream = False

    def __init__(self, path: str) -> None:
        self._path, self._is_new = path, not os.path.exists(path)
        self._fd = os.open(path, _FLAGS | os.O_APPEND, 0o666)
        _lock(self._fd, path)

    def reader(self) -> BinaryIO:
        """Read the file from its start; closing the reader leaves the file open."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self._fd), "rb")

    def cut(self, size_bytes: int) -> None:
        """Cut the file to this size."""
        with writing(self._path):
            os.ftruncate(self._fd, size_bytes)

    def write(self, data: bytes) -> None:
        with writing(self._path):
            end = os.fstat(self._fd).st_size
            try:
                _write_all(self._fd, data)
            except OSError:
                os.ftruncate(self._fd, end)
                raise

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        raise NotImplementedError("an appended file is never rewritten")

    def finish(self) -> None:
        with writing(self._path):
            os.close(self._fd)

    def abandon(self) -> None:
        is_empty = not os.fstat(self._fd).st_size
        self.finish()
        if self._is_new and is_empty:
            os.unlink(self._path)


class _Replaced:
    """A file that appears whole: written beside FILE, or beside what FILE links to, and renamed over it."""

    is_stream = False

    def __init__(self, path: str, mode: int | None) -> None:
        self._path, self._real, self._mode = path, os.path.realpath(path), mode
        self._part = f"{self._real}.part"
        self._fd = self._create(self._part)

    def _create(self, name: str) -> int:
        fd = os.open(name, _FLAGS | _NO_LINK, 0o666)
        _lock(fd, self._path)
        if not os.path.samestat(os.fstat(fd), os.stat(name)):  # its run has just renamed it
            os.close(fd)
            raise StateError(f"{self._path}: another run is writing it", "wait for that run, or name another file")
        os.ftruncate(fd, 0)
        if self._mode is not None:
            os.chmod(name, stat.S_IMODE(self._mode))
        return fd

    def write(self, data: bytes) -> None:
        with writing(self._path):
            _write_all(self._fd, data)

    def rewrite(self, make: Callable[[BinaryIO], Iterable[bytes]]) -> None:
        again = f"{self._part}.new"
        with writing(self._path):
            fd = self._create(again)
            try:
                os.lseek(self._fd, 0, os.SEEK_SET)
                with os.fdopen(os.dup(self._fd), "rb") as written:
                    for chunk in make(written):
                        _write_all(fd, chunk)
                os.replace(again, self._part)
            except OSError:
                os.close(fd)
                os.unlink(again)
                raise
            os.close(self._fd)
            self._fd = fd

    def finish(self) -> None:
        with writing(self._path):
            os.fsync(self._fd)
            os.replace(self._part, self._real)
            os.close(self._fd)

    def abandon(self) -> None:
        is_empty = not os.fstat(self._fd).st_size
        os.close(self._fd)
        if is_empty:
            os.unlink(self._part)
