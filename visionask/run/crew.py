"""Owns the running of a scan: many workers on one stream of sources, and the one thread that takes what they bring.

Nothing is made ahead: a worker takes one source, and holds one picture. So 100,000 images need no more memory than
1,000, and slow answers do not starve preparation: as many pictures are decoded at once as there are processors,
whatever the number of requests in flight.

However a scan ends, what is under way is waited for, because it is paid: no worker starts anything new once the scan
is stopped, and each puts its answer into the ledger. Only after a signal, or where nobody takes results any more,
that waiting has a limit.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import TYPE_CHECKING

from visionask.core.errors import BadRequest, ConfigError, QuotaExhausted, VisionaskError
from visionask.run.scan import Totals, chosen
from visionask.run.scan_item import NOT_FOUND, Item, Unkept, settle_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.image import Failed, Source
    from visionask.core.outcome import Outcome
    from visionask.run.scan import Context, Scan, Watcher

DRAIN_S = 9.0  # for the requests under way: services are killed 10 s after they were asked to end
LOOK_S = 0.1  # between looks at signals
STOPPING = (ConfigError, QuotaExhausted)  # what the next item would meet too

Result = Item | Unkept | Exception | None  # None: a worker has come to its end


def run(scan: Scan, context: Context, watcher: Watcher) -> Totals:
    """Ask about every image. Ends early for what every item would meet: a refused key, a spent quota, a full disk.

    What the watcher raises, and a second signal, comes out of here; before, what is under way is waited for.
    """
    totals = Totals()
    crew = _Crew(scan, context)
    try:
        while crew.left and not crew.is_over:
            result = crew.next()
            if isinstance(result, queue.Empty):
                watcher.on_tick(totals)
            else:
                _take(result, totals, watcher)
    except Exception:
        crew.drain(watcher)
        raise
    finally:
        context.stop.set()
    totals.signal, totals.abandoned = context.signal, crew.left
    return totals


def ends_scan(error: VisionaskError) -> bool:
    """Tell whether every other item would meet the same: then the scan stops at once."""
    return isinstance(error, STOPPING) or (isinstance(error, BadRequest) and NOT_FOUND in error.message)


class _Crew:
    """The workers, and the queue of what they bring."""

    def __init__(self, scan: Scan, context: Context) -> None:
        self._context = context
        self._sources = _Shared(chosen(scan))
        self._results: queue.Queue[Result] = queue.Queue(maxsize=2 * scan.workers)
        self._until_s: float | None = None
        self.left = scan.workers
        for number in range(scan.workers):
            threading.Thread(target=self._work, name=f"visionask-scan-{number}", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Tell whether a signal came, and the time to wait for what is under way has passed."""
        if self._context.signal and self._until_s is None:
            self._context.stop.set()
            self._until_s = time.monotonic() + DRAIN_S
        return self._until_s is not None and time.monotonic() > self._until_s

    def next(self) -> Result | queue.Empty:
        """Wait a little for what a worker brings; the exception as a value where none brought anything."""
        try:
            result = self._results.get(timeout=LOOK_S)
        except queue.Empty as empty:
            return empty
        self.left -= result is None
        return result

    def drain(self, watcher: Watcher) -> None:
        """Wait for the requests under way, and show nothing but answers that are nowhere else."""
        self._context.stop.set()
        self._until_s = self._until_s or time.monotonic() + DRAIN_S
        while self.left and not self.is_over:
            result = self.next()
            if isinstance(result, Unkept):
                with contextlib.suppress(Exception):
                    watcher.on_unkept(result.outcome)

    def _work(self) -> None:
        try:
            while not self._context.stop.is_set():
                source = self._sources.take()
                if source is None:
                    return
                item = settle_item(source, self._context)
                if item is None:  # stopped while it waited: the next run takes it
                    return
                error = item.outcome.error
                if error is not None and ends_scan(error):
                    self._context.stop.set()
                self._results.put(item)
        except Exception as error:  # noqa: BLE001  what ends the scan, or a bug that must end more than this thread
            self._context.stop.set()
            self._results.put(error)
        finally:
            self._results.put(None)


class _Shared:
    """One stream for many workers."""

    def __init__(self, sources: Iterator[Source | Failed]) -> None:
        self._sources = sources
        self._lock = threading.Lock()

    def take(self) -> Source | Failed | None:
        with self._lock:
            return next(self._sources, None)


def _take(result: Result, totals: Totals, watcher: Watcher) -> None:
    if isinstance(result, Item):
        error = result.outcome.error
        if error is not None and ends_scan(error):
            totals.stopped = totals.stopped or error
        _count(totals, result.outcome)
        watcher.on_item(result.outcome, result.thumbnail, totals)
    elif isinstance(result, Unkept):
        totals.stopped = totals.stopped or result.error
        watcher.on_unkept(result.outcome)
    elif isinstance(result, VisionaskError):
        totals.stopped = totals.stopped or result
    elif result is not None:
        raise result


def _count(totals: Totals, outcome: Outcome) -> None:
    if outcome.is_cached:
        totals.cached += 1
    elif outcome.billed_usd is not None:
        totals.usd += outcome.billed_usd
    elif outcome.answer is not None:
        totals.unpriced += 1
    if outcome.error is None:
        totals.done += 1
    else:
        totals.failed[outcome.error.code] += 1
