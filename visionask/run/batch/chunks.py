"""A chunk: some images that one worker prepares, wherever it is, and the one file that they become.

Pictures do not travel with the work: a worker reads them itself, and writes their lines to a folder or an object store
that all see.
The file of a chunk holds the lines, then what they are of, and appears whole or not at all: one that is there is done.
It is named by all that decides what is in it, so that a changed picture, price or option makes another chunk.

Where chunks lie: a folder, or what is one in an object store, that all machines of an executor see.

Either way a chunk appears whole or not at all, and what fails is an OSError.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, replace
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from visionask import __version__
from visionask.core.batch import ID_DIGITS
from visionask.core.dataclass import dataclass
from visionask.core.errors import Bug, InputError, StateError
from visionask.core.image import BytesSource, FileSource
from visionask.core.ledger import BatchItem
from visionask.core.namedtuple import NamedTuple
from visionask.core.private import create_private, make_private_folder
from visionask.images.stores import is_object_url
from visionask.run.batch.write import Ready, Settled, make_with, prepare_line, unsendable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from visionask.core.image import Source
    from visionask.core.text_tokens import TextCount
    from visionask.run.batch.write import Making, Prepared
    from visionask.run.job import Job


SUFFIX = ".chunk"


def open_place(where: str) -> Folder | Bucket:
    """Open a folder, or a URL of an object store; nothing is touched yet."""
    return Bucket(where) if is_object_url(where) else Folder(where)


def place_below(where: str, name: str) -> str:
    """Name a folder below another, or below a URL."""
    return f"{where.rstrip('/')}/{name}" if is_object_url(where) else os.path.join(where, name)


class Folder:
    """Files of a folder, by name. All raise OSError, except those that remove: what is left over harms nothing."""

    def __init__(self, where: str) -> None:
        self._where = where

    def path_of(self, name: str) -> str:
        """Return the whole path or URL of a file."""
        return os.path.join(self._where, name)

    def names(self) -> frozenset[str]:
        """Return the names of all files."""
        return frozenset(os.listdir(self._where))

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Yield a file to write; it has its name once the block is left in order."""
        part = self.path_of(f"{secrets.token_hex(8)}.part")
        try:
            make_private_folder(self._where)
            with os.fdopen(create_private(part), "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path_of(name))
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read."""
        return open(self.path_of(name), "rb")

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        for name in names:
            with contextlib.suppress(OSError):
                os.unlink(self.path_of(name))

    def remove_all(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self._where, ignore_errors=True)


class Bucket:
    """Files below a URL of an object store, with the methods of `Folder`."""

    def __init__(self, where: str) -> None:
        self._where = where

    def path_of(self, name: str) -> str:
        return f"{self._where}/{name}"

    def names(self) -> frozenset[str]:
        from visionask.images.stores import names_below

        return frozenset(names_below(self._where))

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        import tempfile

        from visionask.images.stores import put_file

        with tempfile.TemporaryFile() as file:  # a chunk may be larger than the memory that a worker has left
            yield file
            put_file(self.path_of(name), file)

    def open(self, name: str) -> Any:
        from visionask.images.stores import open_file

        return open_file(self.path_of(name))

    def remove(self, names: Iterable[str]) -> None:
        from visionask.images.stores import remove_files

        with contextlib.suppress(OSError):
            remove_files([self.path_of(name) for name in names])

    def remove_all(self) -> None:
        with contextlib.suppress(OSError):
            self.remove(name for name in self.names() if name.endswith(SUFFIX))


_TAIL = 17  # bytes of the last line: the length of the line before, and its end


class Piece(NamedTuple):
    """One image of a chunk. `path` is where a worker finds a file, whatever folder it runs in."""

    source: Source
    path: str | None = None
    version: tuple[int, int] | None = None  # of a file: bytes, and when it was changed (ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The work of one task: small, and complete in itself."""

    folder: str  # or a URL of an object store
    job: Job  # as `travelling` makes it
    base_url: str | None
    text: TextCount
    pieces: tuple[Piece, ...]
    known: Mapping[str, str]  # keys of answers for which no line is needed, and why

    @property
    def name(self) -> str:
        """The file that the chunk becomes."""
        what = (__version__, self.job, self.base_url, self.text, self.pieces, sorted(self.known.items()))
        return hashlib.sha256(repr(what).encode("utf-8", "replace")).hexdigest() + SUFFIX

    def split(self) -> list[Chunk]:
        """Return a chunk for each image."""
        return [replace(self, pieces=(piece,)) for piece in self.pieces]


def travelling(job: Job) -> Job:
    """Leave out what cannot go to another process, and what is not needed there."""
    schema = None if job.schema is None else replace(job.schema, check=_nothing)
    return replace(job, schema=schema, choosing=job.choosing._replace(args=(), stdin=None, on_note=None))


def _nothing(_value: object) -> str | None:
    """Stand for the checker of a schema: who writes lines checks no answers."""
    return None


def piece(source: Source) -> Piece:
    """Return where a worker finds an image."""
    if not isinstance(source, FileSource):
        return Piece(source)
    path = os.path.abspath(source.path)
    try:
        status = os.stat(path)
    except OSError:  # reading it says why
        return Piece(source, path)
    return Piece(source, path, (status.st_size, status.st_mtime_ns))


def work(chunk: Chunk) -> int:
    """Write the file of a chunk; return the number of its images. This is what a worker runs. Raises StateError."""
    making = make_with(chunk.job, chunk.base_url, text=chunk.text, standing=chunk.known.get)
    try:
        with open_place(chunk.folder).writing(chunk.name) as file:
            _write(file, [_prepare(each, making, file) for each in chunk.pieces])
    except OSError as error:
        raise StateError(
            f"{chunk.folder} cannot be written ({error.strerror})", "free some space, or name another place"
        ) from error
    return len(chunk.pieces)


def _prepare(each: Piece, making: Making, file: IO[bytes]) -> dict[str, Any]:
    """Bring one image to its line, write that, and tell what it is of."""
    prepared = _prepared(each, making)
    told: dict[str, Any] = {"item": asdict(prepared.item)}
    if isinstance(prepared, Settled):
        return told | {"why": prepared.why}
    file.write(prepared.line)
    usd = None if prepared.reserved_usd is None else str(prepared.reserved_usd)
    return told | {"bytes": len(prepared.line), "sha256": hashlib.sha256(prepared.line).hexdigest(), "usd": usd}


def _prepared(each: Piece, making: Making) -> Prepared:
    if each.path is None or not isinstance(each.source, FileSource):
        return prepare_line(each.source, making)
    from visionask.images.probe import read_bytes

    label = each.source.label
    try:
        data = read_bytes(FileSource(each.path, page=each.source.page))
    except InputError as error:
        error.message = error.message.replace(each.path, label)
        return unsendable(label, error)
    return prepare_line(BytesSource(label, data, each.source.page), making)


def _write(file: IO[bytes], told: list[dict[str, Any]]) -> None:
    manifest = json.dumps(told).encode("ascii") + b"\n"
    file.write(manifest + b"%016d\n" % len(manifest))


def is_done(chunk: Chunk) -> bool:
    """Return whether the file of a chunk is complete, and each image could be sent: one that could not may be now.

    Raises StateError where it cannot be read.
    """
    try:
        with open_place(chunk.folder).open(chunk.name) as file:
            told = _manifest(file)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unreadable(chunk, error.strerror) from error
    return told is not None and all(each.get("why") != "unsendable" for each in told)


def read(chunk: Chunk) -> Iterator[Prepared]:
    """Read the file of a chunk, one line in memory at a time. Raises StateError."""
    try:
        with open_place(chunk.folder).open(chunk.name) as file:
            told = _manifest(file)
            if told is None:
                raise _unreadable(chunk, "it is cut")
            for each in told:
                yield _read_one(file, each, chunk)
    except FileNotFoundError as error:
        raise StateError(
            f"{chunk.folder} has not the file that a worker wrote there",
            "name a place that all machines see: --chunk-store DIR or s3://bucket/prefix",
        ) from error
    except OSError as error:
        raise _unreadable(chunk, error.strerror) from error


def _manifest(file: IO[bytes]) -> list[dict[str, Any]] | None:
    """Read what the lines are of, and go to the first; None where the file is not as long as it says."""
    try:
        end = file.seek(-_TAIL, os.SEEK_END)
        size = int(file.read(_TAIL))
        file.seek(end - size)
        told: list[dict[str, Any]] = json.loads(file.read(size))
    except (ValueError, RecursionError):
        return None
    except OSError as error:
        if error.errno != errno.EINVAL:  # it is shorter than what is sought
            raise
        return None
    file.seek(0)
    return told if sum(each.get("bytes", 0) for each in told) == end - size else None


def _read_one(file: IO[bytes], told: dict[str, Any], chunk: Chunk) -> Prepared:
    item = BatchItem(**told["item"])
    if "why" in told:
        return Settled(item, told["why"], None if item.error is None else _error(json.loads(item.error)))
    line = file.read(told["bytes"])
    name = f'{{"custom_id":"{(item.key or "")[:ID_DIGITS]}"'.encode()
    if not line.startswith(name) or hashlib.sha256(line).hexdigest() != told["sha256"]:
        raise _unreadable(chunk, "its lines do not match its header")
    return Ready(item, item.key or "", None if told["usd"] is None else Decimal(told["usd"]), line)


def _error(told: dict[str, str]) -> InputError | Bug:
    if told["code"] == Bug.code:
        bug = Bug("", RuntimeError("in a worker"))
        bug.message, bug.hint = told["message"], told["hint"]
        return bug
    kinds: list[type[InputError]] = InputError.__subclasses__()
    kind = next((kind for kind in kinds if kind.code == told["code"]), InputError)
    return kind(told["message"], told["hint"])


def _unreadable(chunk: Chunk, why: str | None) -> StateError:
    where = open_place(chunk.folder).path_of(chunk.name)
    return StateError(f"the chunk {where} cannot be read ({why})", "remove it, and run it again")
