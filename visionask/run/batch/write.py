"""The writing of shards: lines in the order of the images, each claimed in the ledger first, within limits.

Who prepares the images of a batch: threads of this process, or the workers of an executor.

Pictures are prepared by as many threads as requests would go at a time, a few ahead of the one that writes, so that
100,000 images need no more memory than 100.

What a batch is while it is made: a scan that is written to files, and what the ledger knows of its images.

The making of one line of a batch: an image read once, planned, and encoded where no answer or line is there.

It needs no ledger: what that knows of a key it is told, so that it can be done on another machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from functools import partial
from typing import IO, TYPE_CHECKING

from visionask.core.batch import Submission, request_line
from visionask.core.checks import pack_points
from visionask.core.dataclass import dataclass
from visionask.core.errors import BudgetError, Bug, InputError, StateError, TooLarge, VisionaskError
from visionask.core.format import size
from visionask.core.image import Failed, FileSource
from visionask.core.ledger import BatchInfo, BatchItem, Claimed, StoredAnswer
from visionask.core.namedtuple import NamedTuple
from visionask.core.plan import Planner
from visionask.core.private import create_private, make_private_folder
from visionask.core.projection import worst_usd
from visionask.core.request import Planned
from visionask.core.url import normal_base_url
from visionask.report.records import dumps, outcome_record
from visionask.run.job import Requests, build_request, final_error
from visionask.run.pictures import read_picture
from visionask.run.scan import chosen, key_of_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from decimal import Decimal

    from visionask.core.batch import Limits
    from visionask.core.image import Source
    from visionask.core.ledger import Shard, State
    from visionask.core.request import PlannedRequest
    from visionask.core.text_tokens import TextCount
    from visionask.run.batch.workers import Workers
    from visionask.run.job import Job
    from visionask.run.pictures import Picture
    from visionask.run.scan import Scan
    from visionask.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What the lines of one batch are made with."""

    job: Job
    requests: Requests
    planner: Planner
    standing: Callable[[str], str | None]  # why an answer's key needs no line; None where it does
    decoding: threading.Semaphore = field(default_factory=threading.Semaphore)


def make_with(
    job: Job, base_url: str | None, *, text: TextCount, standing: Callable[[str], str | None], at_once: int = 1
) -> Making:
    """Put together what lines are made with; so many pictures are decoded at once."""
    return Making(
        job=job,
        requests=Requests(job, base_url, text=text),
        planner=Planner(model=job.model, options=job.options),
        standing=standing,
        decoding=threading.Semaphore(at_once),
    )


class Ready(NamedTuple):
    """A line that can be written."""

    item: BatchItem
    key: str
    reserved_usd: Decimal | None
    line: bytes


class Settled(NamedTuple):
    """An image for which no line is written, and why: answered, pending, failed (before), or unsendable."""

    item: BatchItem
    why: str
    error: VisionaskError | None = None


Prepared = Ready | Settled


def prepare_line(source: Source | Failed, making: Making) -> Prepared:
    """Bring one image to its line, or to the reason why it needs none. Raises StateError."""
    if isinstance(source, Failed):
        return unsendable(source.label, source.error)
    try:
        if isinstance(source, FileSource):
            with making.decoding:  # a file is held whole until it is encoded: no more of them than processors
                return _prepare(source, making)
        return _prepare(source, making)
    except InputError as error:
        return unsendable(source.label, error)
    except VisionaskError:
        raise
    except Exception as fault:  # noqa: BLE001  of this image alone
        return unsendable(source.label, Bug(source.label, fault))


def unsendable(label: str, error: VisionaskError) -> Settled:
    """Report an image for which nothing is sent."""
    told = json.dumps({"code": error.code, "message": error.message, "hint": error.hint})
    return Settled(BatchItem(label=label, error=told), "unsendable", error)


def _prepare(source: Source, making: Making) -> Prepared:
    """Read once, plan what was read, and encode only what has no answer and no line."""
    from visionask.api.chat import body

    job, is_held = making.job, isinstance(source, FileSource)  # held by the caller, for as long as the file is
    picture = read_picture(source, job.choosing, making.planner)
    asked = making.requests.ask([picture])
    key, planned = making.requests.key(asked), asked.planned
    why = making.standing(key)
    if why is not None:
        return Settled(_item(key, planned, picture), why)
    with contextlib.nullcontext() if is_held else making.decoding:
        picture.make()
    request = build_request(job, planned, (picture.encoded,))
    return Ready(_item(key, planned, picture), key, worst_usd(planned.projection), request_line(key, body(request)))


def _item(key: str, planned: PlannedRequest, picture: Picture) -> BatchItem:
    """Keep what a record says of the image, without what is null."""
    outcome = Planned(planned=planned, encoded=(picture.encoded,), digests=(picture.known_digest,))
    record = outcome_record("batch", outcome)
    image = {name: value for name, value in record["images"][0].items() if value not in (None, [])}
    return BatchItem(label=picture.label, key=key, data=dumps({"image": image, "projected": record["projected"]}))


CHUNK = 32  # images in one piece of work for an executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """What those who prepare the lines of one batch share."""

    scan: Scan
    batch: BatchInfo
    ledger: Ledger
    text: TextCount
    limits: Limits
    folder: str
    is_exported: bool = False
    executor: str | None = None  # who prepares the images; None: threads of this process
    chunk: int = CHUNK
    chunk_store: str | None = None  # a folder or a URL where the workers' chunks lie; None: `folder`
    stop: threading.Event = field(default_factory=threading.Event)
    on_notice: Callable[[str], None] = lambda _: None


def batch_id(scan: Scan) -> str:
    """Return the id of a scan's batch, the same whenever the same is asked."""
    return key_of_scan(scan)[:12]


def describe(scan: Scan, number: int, *, at: float) -> BatchInfo:
    """Describe the batch of a scan: the same one whenever the same is asked. `number` is the scan's in the ledger."""
    job, judging = scan.job, scan.judging
    return BatchInfo(
        id=batch_id(scan),
        scan=number,
        at=at,
        model=job.model.name,
        base_url=normal_base_url(scan.base_url),
        question=scan.question,
        system=job.system,
        points=None if judging is None else pack_points(judging.first.points),
        schema=None if job.schema is None else json.dumps(job.schema.given),
        is_free=job.terms.is_free,
    )


def make_here(batching: Batching) -> Making:
    """Return what lines are made with in this process."""
    scan = batching.scan
    known = partial(standing, batching=batching)
    return make_with(scan.job, scan.base_url, text=batching.text, standing=known, at_once=os.cpu_count() or 1)


def standing(key: str, batching: Batching) -> str | None:
    """Return why no line is needed; None where one is."""
    ledger, retries = batching.ledger, batching.scan.retries_failed
    if ledger.find(key) is not None:
        return "answered"
    line = ledger.batches.standing(key)
    if line == "pending":
        return line
    if line == "failed" and not retries:
        return line
    failure = None if retries else ledger.find_failure(key)
    return None if failure is None or final_error(failure) is None else "failed"


def open_feed(batching: Batching) -> Threads | Workers:
    """Choose who prepares the images."""
    if batching.executor is None:
        return Threads(batching)
    from visionask.run.batch.workers import Workers

    return Workers(batching, batching.executor)


class Threads:
    """The images of a batch, prepared by threads of this process. The same three calls as `Workers`."""

    def __init__(self, batching: Batching) -> None:
        self._batching = batching

    def prepared(self) -> Generator[Prepared, None, None]:
        """Yield each image in order: its line, or why it has none."""
        workers, making = self._batching.scan.workers, make_here(self._batching)
        with ThreadPoolExecutor(workers, thread_name_prefix="visionask-batch") as pool:
            waiting: deque[Future[Prepared]] = deque()
            try:
                for source in chosen(self._batching.scan):
                    waiting.append(pool.submit(prepare_line, source, making))
                    if len(waiting) >= 2 * workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for each in waiting:
                    each.cancel()

    def release(self, closed: int) -> None:
        """Do nothing: nothing is kept of what is in complete files."""

    def end(self) -> None:
        """Do nothing, as `release`."""


PATTERN = "visionask-{id}.jsonl"  # in a spool; the provider is told this name


def _ignore(*_: object) -> None: ...


class Listener(NamedTuple):
    """What is called as a submission goes on, from several threads at once.

    `on_shard` takes a file that is complete: it uploads it, or leaves it there.
    """

    on_notice: Callable[[str], None] = _ignore
    on_upload: Callable[[Shard, int], None] = _ignore  # with the bytes that are sent
    on_shard: Callable[[Shard], None] = _ignore
    on_unsendable: Callable[[str, VisionaskError], None] = _ignore
    on_tick: Callable[[Submission], None] = _ignore


def write_shards(batching: Batching, listener: Listener, *, pattern: str = PATTERN) -> Submission:
    """Write a line for each image that needs one. A budget that is reached ends it in order: `stopped` says so.

    Raises StateError, and what `on_shard` raises. Once `stop` is set, what is written is closed and kept.
    """
    written = Submission()
    writer = _Writer(batching, os.path.join(batching.folder, pattern))
    feed = open_feed(batching)
    try:
        with contextlib.closing(feed.prepared()) as images:
            for prepared in images:
                _take(prepared, writer, written, listener)
                if batching.stop.is_set():
                    break
                if not batching.is_exported:  # an export that dies is written anew
                    feed.release(written.shards)
    except BudgetError as error:
        written.stopped = error
    except BaseException:
        writer.abandon()
        raise
    _close(writer, written, listener)
    batching.ledger.batches.flush()
    if written.stopped is None and not batching.stop.is_set():
        feed.end()
    return written


def _take(prepared: Prepared, writer: _Writer, written: Submission, listener: Listener) -> None:
    if not isinstance(prepared, Settled) and len(prepared.line) > writer.limits.bytes:
        fact = f"{size(len(prepared.line))} is over the {size(writer.limits.bytes)} of a whole file"
        error = TooLarge(f"{prepared.item.label}: {fact}", "send a smaller picture: --max-side or --detail low")
        prepared = unsendable(prepared.item.label, error)
    if isinstance(prepared, Settled):
        writer.note(prepared)
        if prepared.error is None:
            written.settled[prepared.why] += 1
        else:
            written.failed[prepared.error.code] += 1
            listener.on_unsendable(prepared.item.label, prepared.error)
    else:
        if not writer.has_room(len(prepared.line)):
            _close(writer, written, listener)
        why = writer.add(prepared)
        if why is None:
            written.lines += 1
            written.bytes += len(prepared.line)
            both = (written.reserved_usd, prepared.reserved_usd)
            written.reserved_usd = None if both[0] is None or both[1] is None else both[0] + both[1]
        else:
            written.settled[why] += 1
    listener.on_tick(written)


def _close(writer: _Writer, written: Submission, listener: Listener) -> None:
    shard = writer.close()
    if shard is not None:
        written.shards += 1
        listener.on_shard(shard)


class _Writer:
    """The file that is being written, if any."""

    def __init__(self, batching: Batching, path: str) -> None:
        self._batching, self._path, self.limits = batching, path, batching.limits
        self._batches = batching.ledger.batches
        self._open: tuple[Shard, IO[bytes]] | None = None
        self._lines = self._bytes = 0
        self._exported: set[str] = set()

    def has_room(self, size_bytes: int) -> bool:
        return self.limits.holds(requests=self._lines + 1, size_bytes=self._bytes + size_bytes)

    def note(self, settled: Settled) -> None:
        """Note an image that has no line here."""
        self._batches.note(self._batching.batch.id, settled.item.cached(settled.why))

    def add(self, ready: Ready) -> str | None:
        """Claim a line and write it: None; else why not. Raises BudgetError, StateError."""
        shard, file = self._open or self._begin()
        taken = self._claim(shard, ready.key, ready)
        if taken is not None:
            why = "answered" if isinstance(taken, StoredAnswer) else "same" if taken.pid == 0 else "asked live"
            self.note(Settled(ready.item, why))
            return why
        with _telling(self._batching.folder):
            file.write(ready.line)
        self._lines += 1
        self._bytes += len(ready.line)
        self._batches.note(self._batching.batch.id, ready.item)
        return None

    def _claim(self, shard: Shard, key: str, ready: Ready) -> StoredAnswer | Claimed | None:
        """Claim the line. An export claims nothing for good: it only writes no line twice."""
        label, is_exported = ready.item.label, self._batching.is_exported
        if is_exported and key in self._exported:
            return Claimed(pid=0)
        taken = self._batches.claim(
            shard.id, key, label=label, reserved_usd=ready.reserved_usd, is_exported=is_exported
        )
        if is_exported and taken is None:
            self._exported.add(key)
        return taken

    def close(self) -> Shard | None:
        """Put the file on the disk for good, then say so in the ledger; None where there is nothing in it."""
        if self._open is None:
            return None
        shard, file = self._open
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
        self._open, self._lines, self._bytes = None, 0, 0
        return closed

    def abandon(self) -> None:
        """Leave a file that was not completed: its lines are free again."""
        if self._open is not None:
            shard, file = self._open
            file.close()
            with contextlib.suppress(OSError):
                os.unlink(f"{shard.path}.part")
            with contextlib.suppress(StateError):
                self._batches.discard(shard.id)
        self._open, self._lines, self._bytes = None, 0, 0

    def _begin(self) -> tuple[Shard, IO[bytes]]:
        shard = self._batches.open_shard(self._batching.batch.id, self._path)
        with _telling(self._batching.folder):
            make_private_folder(self._batching.folder)
            self._open = shard, os.fdopen(create_private(f"{shard.path}.part"), "wb", buffering=1 << 20)
        return self._open


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
