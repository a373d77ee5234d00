"""Owns where chunks lie: a folder, or what is one in an object store, that all machines of an executor see.

Either way a chunk appears whole or not at all, and what fails is an OSError.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from typing import IO, TYPE_CHECKING, Any, Protocol

from visionask.images.buckets import is_object_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SUFFIX = ".chunk"


class Place(Protocol):
    """Files by name. All but `path_of` raise OSError, except those that remove: what is left over harms nothing."""

    def path_of(self, name: str) -> str: ...

    def names(self) -> frozenset[str]: ...

    def writing(self, name: str) -> contextlib.AbstractContextManager[IO[bytes]]:
        """Give a file to write; it has its name once the block is left in order."""

    def open(self, name: str) -> Any:
        """Open for `read(count)` and `seek(offset, whence)`."""

    def remove(self, names: Iterable[str]) -> None: ...

    def remove_all(self) -> None: ...


def open_place(where: str) -> Place:
    """Open a folder, or a URL of an object store; nothing is touched yet."""
    return _Bucket(where) if is_object_url(where) else _Folder(where)


def place_below(where: str, name: str) -> str:
    """Name a folder below another, or below a URL."""
    return f"{where.rstrip('/')}/{name}" if is_object_url(where) else os.path.join(where, name)


class _Folder:
    def __init__(self, where: str) -> None:
        self._where = where

    def path_of(self, name: str) -> str:
        return os.path.join(self._where, name)

    def names(self) -> frozenset[str]:
        return frozenset(os.listdir(self._where))

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        part = self.path_of(f"{secrets.token_hex(8)}.part")
        try:
            os.makedirs(self._where, mode=0o700, exist_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path_of(name))
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)

    def open(self, name: str) -> IO[bytes]:
        return open(self.path_of(name), "rb")

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            with contextlib.suppress(OSError):
                os.unlink(self.path_of(name))

    def remove_all(self) -> None:
        shutil.rmtree(self._where, ignore_errors=True)


class _Bucket:
    def __init__(self, where: str) -> None:
        self._where = where

    def path_of(self, name: str) -> str:
        return f"{self._where}/{name}"

    def names(self) -> frozenset[str]:
        from visionask.images.objects_kept import names_below

        return frozenset(names_below(self._where))

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        import tempfile

        from visionask.images.objects_kept import put_file

        with tempfile.TemporaryFile() as file:  # a chunk may be larger than the memory that a worker has left
            yield file
            put_file(self.path_of(name), file)

    def open(self, name: str) -> Any:
        from visionask.images.objects_kept import open_file

        return open_file(self.path_of(name))

    def remove(self, names: Iterable[str]) -> None:
        from visionask.images.objects_kept import remove_files

        with contextlib.suppress(OSError):
            remove_files([self.path_of(name) for name in names])

    def remove_all(self) -> None:
        with contextlib.suppress(OSError):
            self.remove(name for name in self.names() if name.endswith(SUFFIX))
