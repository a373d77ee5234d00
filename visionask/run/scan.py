"""Owns the order of calls of a scan: many workers on one stream of sources, one ledger, one budget, one pace.

Nothing is made ahead: a worker takes one source, and holds one picture. So 100,000 images need no more memory than
1,000, and slow answers do not starve preparation: as many pictures are decoded at once as there are processors,
whatever the number of requests in flight.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import BadRequest, ConfigError, QuotaExhausted, StateError, VisionaskError
from visionask.core.image import Failed, UrlSource
from visionask.core.plan import Planner
from visionask.core.projection import Tally
from visionask.run.job import count_text
from visionask.run.scan_item import Item, settle_item
from visionask.run.survey import find, plan_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.api.client import Client
    from visionask.core.image import Source
    from visionask.core.outcome import Outcome
    from visionask.core.pace import Pace
    from visionask.core.projection import Projection
    from visionask.core.text_tokens import TextCount
    from visionask.run.job import Job
    from visionask.store.ledger import Ledger

STOPPING = (ConfigError, QuotaExhausted, StateError)  # what the next item would meet too


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One question asked of each image on its own."""

    job: Job
    base_url: str | None  # for the keys of answers
    workers: int = 8
    limit: int | None = None
    sample: frozenset[str] | None = None  # labels, where only some are wanted
    retries_failed: bool = False
    asks_again: bool = False
    makes_thumbnails: bool = False


@dataclass(slots=True)
class Totals:
    """What became of a scan so far."""

    done: int = 0
    cached: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # by error code
    usd: Decimal = Decimal(0)  # of this run
    unpriced: int = 0
    stopped: VisionaskError | None = None
    is_interrupted: bool = False

    @property
    def items(self) -> int:
        """Count the items that came to an end."""
        return self.done + self.failed.total()


class Watcher(Protocol):
    """What a command does with each item."""

    def on_item(self, outcome: Outcome, thumbnail: bytes | None, totals: Totals) -> None: ...

    def on_tick(self, totals: Totals) -> None: ...


@dataclass(slots=True)
class Context:
    """What the workers of one scan share."""

    scan: Scan
    number: int  # of the scan in the ledger
    ledger: Ledger
    client: Client
    pace: Pace
    planner: Planner
    text: TextCount
    decoding: threading.Semaphore
    stop: threading.Event = field(default_factory=threading.Event)


def project_scan(scan: Scan) -> tuple[Projection, int]:
    """Project the whole set from headers alone; the second value counts what cannot be sent. Links are not fetched."""
    planner, tally, failed = Planner(model=scan.job.model, options=scan.job.options), Tally(), 0
    for source in chosen(scan):
        if isinstance(source, UrlSource):
            tally.add(planner.size_as_it_is(None))
            continue
        found = source if isinstance(source, Failed) else plan_source(source, scan.job.choosing, planner)
        if isinstance(found, Failed):
            failed += 1
        else:
            tally.add(found.sizing)
    text = count_text(scan.job)
    projection = tally.project(
        scan.job.model,
        text_tokens=text.tokens,
        is_text_about=text.is_about,
        terms=scan.job.terms._replace(is_one_request=False),
    )
    return projection, failed


def run(scan: Scan, context: Context, watcher: Watcher) -> Totals:
    """Ask about every image. Ends early for what every item would meet: a refused key, a spent quota, a full disk."""
    totals = Totals()
    sources = _Shared(chosen(scan))
    results: queue.Queue[Item | VisionaskError | Exception | None] = queue.Queue(maxsize=2 * scan.workers)
    workers = [
        threading.Thread(target=_work, args=(context, sources, results), name=f"visionask-scan-{n}", daemon=True)
        for n in range(scan.workers)
    ]
    for worker in workers:
        worker.start()
    left = len(workers)
    while left:
        try:
            item = results.get(timeout=0.2)
        except queue.Empty:
            watcher.on_tick(totals)
            continue
        except KeyboardInterrupt:
            if totals.is_interrupted:
                raise
            totals.is_interrupted = True
            context.stop.set()
            continue
        if item is None:
            left -= 1
        elif isinstance(item, VisionaskError):
            totals.stopped = totals.stopped or item
        elif isinstance(item, Exception):
            raise item
        else:
            _count(totals, item.outcome)
            watcher.on_item(item.outcome, item.thumbnail, totals)
    return totals


def _work(context: Context, sources: _Shared, results: queue.Queue[Item | VisionaskError | Exception | None]) -> None:
    try:
        while not context.stop.is_set():
            source = sources.take()
            if source is None:
                return
            item = settle_item(source, context)
            if item is None:  # stopped while it waited: the next run takes it
                return
            results.put(item)
            error = item.outcome.error
            if error is not None and ends_scan(error):
                context.stop.set()
                results.put(error)
    except Exception as error:  # noqa: BLE001  what ends the scan, or a bug that must end more than this thread
        context.stop.set()
        results.put(error)
    finally:
        results.put(None)


def ends_scan(error: VisionaskError) -> bool:
    """Tell whether every other item would meet the same: then the scan stops at once."""
    return isinstance(error, STOPPING) or (isinstance(error, BadRequest) and "(status 404)" in error.message)


def _count(totals: Totals, outcome: Outcome) -> None:
    if outcome.is_cached:
        totals.cached += 1
    elif outcome.billed_usd is not None:
        totals.usd += outcome.billed_usd
    elif outcome.attempts:
        totals.unpriced += 1
    if outcome.error is None:
        totals.done += 1
    else:
        totals.failed[outcome.error.code] += 1


class _Shared:
    """One stream for many workers."""

    def __init__(self, sources: Iterator[Source | Failed]) -> None:
        self._sources = sources
        self._lock = threading.Lock()

    def take(self) -> Source | Failed | None:
        with self._lock:
            return next(self._sources, None)


def chosen(scan: Scan) -> Iterator[Source | Failed]:
    """Give the sources of a scan, with --sample and --limit applied."""
    taken = 0
    for source in find(scan.job.choosing):
        if scan.sample is not None and source.label not in scan.sample:
            continue
        if scan.limit is not None and taken >= scan.limit:
            return
        taken += 1
        yield source


def pick_sample(scan: Scan, size: int) -> frozenset[str]:
    """Pick `size` labels evenly: those whose digests are smallest, so that a rerun picks the same."""
    import hashlib
    import heapq

    labels = (source.label for source in find(scan.job.choosing))

    def digest(label: str) -> bytes:
        return hashlib.sha256(label.encode("utf-8", "surrogateescape")).digest()

    return frozenset(heapq.nsmallest(size, labels, key=digest))
