"""Owns the writing of shards: lines in the order of the images, each claimed in the ledger first, within limits."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Protocol

from visionask.core.errors import BudgetError, StateError, TooLarge
from visionask.run.batch.feed import open_feed
from visionask.run.batch.line import Prepared, Settled, unsendable
from visionask.store.values import StoredAnswer, Taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.errors import VisionaskError
    from visionask.run.batch.line import Ready
    from visionask.run.batch.making import Batching
    from visionask.store.batch_values import Shard, State

PATTERN = "visionask-{id}.jsonl"  # in a spool; the provider is told this name


@dataclass(slots=True, kw_only=True)
class Written:
    """What became of the images so far."""

    lines: int = 0
    shards: int = 0
    bytes: int = 0
    reserved_usd: Decimal | None = Decimal(0)
    settled: Counter[str] = field(default_factory=Counter)  # by reason: answered, pending, failed, same, asked live
    failed: Counter[str] = field(default_factory=Counter)  # by error code: what cannot be sent
    stopped: VisionaskError | None = None

    @property
    def images(self) -> int:
        """Count the images that were looked at."""
        return self.lines + self.settled.total() + self.failed.total()


class Watcher(Protocol):
    """Who is told. `on_shard` takes a file that is complete: it uploads it, or leaves it there."""

    def on_shard(self, shard: Shard) -> None: ...

    def on_unsendable(self, label: str, error: VisionaskError) -> None: ...

    def on_tick(self, written: Written) -> None: ...


def write_shards(batching: Batching, watcher: Watcher, *, pattern: str = PATTERN) -> Written:
    """Write a line for each image that needs one. A budget that is reached ends it in order: `stopped` says so.

    Raises StateError, and what the watcher raises. Once `stop` is set, what is written is closed and kept.
    """
    written = Written()
    writer = _Writer(batching, os.path.join(batching.folder, pattern))
    feed = open_feed(batching)
    try:
        with contextlib.closing(feed.prepared()) as images:
            for prepared in images:
                _take(prepared, writer, written, watcher)
                if batching.stop.is_set():
                    break
                if not batching.is_exported:  # an export that dies is written anew
                    feed.release(written.shards)
    except BudgetError as error:
        written.stopped = error
    except BaseException:
        writer.abandon()
        raise
    _close(writer, written, watcher)
    batching.ledger.batches.flush()
    if written.stopped is None and not batching.stop.is_set():
        feed.end()
    return written


def _take(prepared: Prepared, writer: _Writer, written: Written, watcher: Watcher) -> None:
    if not isinstance(prepared, Settled) and len(prepared.line) > writer.limits.bytes:
        size = f"{len(prepared.line) / 1e6:.1f} MB is over the {writer.limits.bytes / 1e6:g} MB of a whole file"
        error = TooLarge(f"{prepared.item.label}: {size}", "send a smaller picture: --max-side or --detail low")
        prepared = unsendable(prepared.item.label, error)
    if isinstance(prepared, Settled):
        writer.note(prepared)
        if prepared.error is None:
            written.settled[prepared.why] += 1
        else:
            written.failed[prepared.error.code] += 1
            watcher.on_unsendable(prepared.item.label, prepared.error)
    else:
        if not writer.has_room(len(prepared.line)):
            _close(writer, written, watcher)
        why = writer.add(prepared)
        if why is None:
            written.lines += 1
            written.bytes += len(prepared.line)
            both = (written.reserved_usd, prepared.reserved_usd)
            written.reserved_usd = None if both[0] is None or both[1] is None else both[0] + both[1]
        else:
            written.settled[why] += 1
    watcher.on_tick(written)


def _close(writer: _Writer, written: Written, watcher: Watcher) -> None:
    shard = writer.close()
    if shard is not None:
        written.shards += 1
        watcher.on_shard(shard)


class _Writer:
    """The file that is being written, if any."""

    def __init__(self, batching: Batching, path: str) -> None:
        self._batching, self._path, self.limits = batching, path, batching.limits
        self._batches = batching.ledger.batches
        self._shard: Shard | None = None
        self._file: IO[bytes] | None = None
        self._lines = self._bytes = 0
        self._exported: set[str] = set()

    def has_room(self, size_bytes: int) -> bool:
        return self.limits.holds(requests=self._lines + 1, size_bytes=self._bytes + size_bytes)

    def note(self, settled: Settled) -> None:
        """Note an image that has no line here."""
        self._batches.note(self._batching.batch.id, settled.item.cached(settled.why))

    def add(self, ready: Ready) -> str | None:
        """Claim a line and write it: None; else why not. Raises BudgetError, StateError."""
        shard, key = self._shard or self._open(), ready.item.key
        assert key is not None
        taken = self._claim(shard, key, ready)
        if taken is not None:
            why = "answered" if isinstance(taken, StoredAnswer) else "same" if taken.pid == 0 else "asked live"
            self.note(Settled(ready.item, why))
            return why
        assert self._file is not None
        with _telling(self._batching.folder):
            self._file.write(ready.line)
        self._lines += 1
        self._bytes += len(ready.line)
        self._batches.note(self._batching.batch.id, ready.item)
        return None

    def _claim(self, shard: Shard, key: str, ready: Ready) -> StoredAnswer | Taken | None:
        """Claim the line. An export claims nothing for good: it only writes no line twice."""
        label, is_exported = ready.item.label, self._batching.is_exported
        if is_exported and key in self._exported:
            return Taken(pid=0)
        taken = self._batches.claim(
            shard.id, key, label=label, reserved_usd=ready.reserved_usd, is_exported=is_exported
        )
        if is_exported and taken is None:
            self._exported.add(key)
        return taken

    def close(self) -> Shard | None:
        """Put the file on the disk for good, then say so in the ledger; None where there is nothing in it."""
        shard, file = self._shard, self._file
        if shard is None or file is None:
            return None
        if not self._lines:
            self.abandon()
            return None
        with _telling(self._batching.folder):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            os.replace(f"{shard.path}.part", shard.path)
            _sync_folder(self._batching.folder)
        self._batches.flush()
        state: State = "exported" if self._batching.is_exported else "written"
        self._batches.move(shard.id, state, lines=self._lines, bytes=self._bytes, total=self._lines)
        closed = replace(shard, state=state, lines=self._lines, bytes=self._bytes, total=self._lines)
        self._shard, self._file, self._lines, self._bytes = None, None, 0, 0
        return closed

    def abandon(self) -> None:
        """Leave a file that was not completed: its lines are free again."""
        if self._file is not None and self._shard is not None:
            self._file.close()
            with contextlib.suppress(OSError):
                os.unlink(f"{self._shard.path}.part")
            with contextlib.suppress(StateError):
                self._batches.discard(self._shard.id)
        self._shard, self._file, self._lines, self._bytes = None, None, 0, 0

    def _open(self) -> Shard:
        self._shard = self._batches.open_shard(self._batching.batch.id, self._path)
        part = f"{self._shard.path}.part"
        with _telling(self._batching.folder):
            os.makedirs(self._batching.folder, mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            self._file = os.fdopen(os.open(part, flags, 0o600), "wb", buffering=1 << 20)
        return self._shard


@contextlib.contextmanager
def _telling(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"the folder {folder} cannot be written ({error.strerror})", "free some space, or name another folder"
        ) from error


def _sync_folder(folder: str) -> None:
    """Make a rename in the folder outlive a power cut, where a folder can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
