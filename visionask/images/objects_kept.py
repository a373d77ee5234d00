"""Owns files of ours in object stores, as workers on many machines leave them: put whole or not at all, read, removed.

They fail as files do: what obstore raises becomes an OSError whose `strerror` is the reason in our words.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from visionask.core.errors import InputError, NotFound
from visionask.images.buckets import is_readable, need_extra, open_bucket, parse_object_url, worded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

_BUFFER_BYTES = 8 << 20  # of one request: several lines of a batch
_PAGE = 1000


def check_place(url: str) -> None:
    """See that files can lie below a URL. Raises InputError for a name that is not read back, MissingExtra."""
    need_extra()
    key = parse_object_url(url).key.rstrip("/")
    if key and not is_readable(key):
        raise InputError(f"{url}: has an empty, `.` or `..` part, or control characters", "such as s3://bucket/chunks")


def put_file(url: str, file: IO[bytes]) -> None:
    """Put a file, from its beginning. Nobody sees a part of it. Raises OSError."""
    import obstore

    file.seek(0)
    place = parse_object_url(url)
    with _as_files_fail(url):
        store: Any = open_bucket(place.root)
        obstore.put(store, place.key, file)


def open_file(url: str) -> Any:
    """Open a file for reading: `read(count)` and `seek(offset, whence)`. Raises OSError, as its methods do."""
    return _Reading(url)


def names_below(url: str) -> Iterator[str]:
    """Yield the names of the files in what a folder would be. Raises OSError."""
    import obstore

    place = parse_object_url(url)
    with _as_files_fail(url):
        for page in obstore.list(open_bucket(place.root), place.key, chunk_size=_PAGE):
            for each in page:
                yield each["path"][len(place.key) + 1 :]


def remove_files(urls: Iterable[str]) -> None:
    """Remove files; one that is not there is none to remove. Raises OSError."""
    import obstore

    for url in urls:
        place = parse_object_url(url)
        with _as_files_fail(url):
            store: Any = open_bucket(place.root)
            obstore.delete(store, place.key)


class _Reading:
    """A file that is read by ranges, several megabytes at a time."""

    def __init__(self, url: str) -> None:
        import obstore

        place = parse_object_url(url)
        self._url = url
        with _as_files_fail(url):
            self._file = obstore.open_reader(open_bucket(place.root), place.key, buffer_size=_BUFFER_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if offset + (self._file.size if whence == os.SEEK_END else 0) < 0:
            raise OSError(errno.EINVAL, "it is too short")
        with _as_files_fail(self._url):
            return self._file.seek(offset, whence)

    def read(self, count: int) -> bytes:
        with _as_files_fail(self._url):
            return bytes(self._file.read(count)) if count else b""


@contextmanager
def _as_files_fail(url: str) -> Iterator[None]:
    try:
        with worded(url):
            yield
    except NotFound as error:
        raise FileNotFoundError(errno.ENOENT, error.message.removeprefix(f"{url}: ")) from error
    except InputError as error:
        raise OSError(errno.EIO, error.message.removeprefix(f"{url}: ")) from error
