"""Owns the running of a scan: many workers on one stream of sources, and the one thread that takes what they bring.

Nothing is made ahead: a worker takes one source, and holds one picture. So 100,000 images need no more memory than
1,000, and slow answers do not starve preparation: as many pictures are decoded at once as there are processors,
whatever the number of requests in flight.

A picture that somebody else is asking about goes to the end of the line, so that a process that is stalled holds up
nobody's workers. A server that is gone is noticed: as many items in a row as there are workers, and 8 at least, that
nobody answered, each after all its retries, end the scan (exit 6). Without that, an outage in the night would fail
100,000 items one by one, and each would wait for its retries. Run again, the scan goes on with what is not answered.

However a scan ends, what is under way is waited for, because it is paid: no worker starts anything new once the scan
is stopped, and each puts its answer into the ledger. Only after a signal, or where nobody takes results any more,
that waiting has a limit.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from visionask.core.errors import (
    ApiError,
    BadRequest,
    ConfigError,
    NoRecording,
    QuotaExhausted,
    ServerFailed,
    TimedOut,
    Unreachable,
    VisionaskError,
)
from visionask.run.final import NOT_FOUND
from visionask.run.known import Place
from visionask.run.scan import Item, Totals, Unkept, chosen
from visionask.run.scan_item import settle_item
from visionask.store.values import Taken

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from visionask.core.image import Failed, Source
    from visionask.core.outcome import Outcome
    from visionask.run.scan import Context, Scan, Watcher

DRAIN_S = 9.0  # for the requests under way: services are killed 10 s after they were asked to end
LOOK_S = 0.1  # between looks at signals
STOPPING = (ConfigError, QuotaExhausted)  # what the next item would meet too
ABSENT = (Unreachable, TimedOut, ServerFailed)  # what an item meets where no server works
LEAST_ABSENT = 8  # items in a row: fewer may each be a picture that this server cannot bear

Result = list[Item] | Item | Unkept | Exception | None  # None: a worker has come to its end


class Outage(ApiError):
    """The server is gone: item after item met nobody there."""


def run(scan: Scan, context: Context, watcher: Watcher) -> Totals:
    """Ask about every image. Ends early for what every item would meet: a refused key, a spent quota, a full disk.

    What the watcher raises, and a second signal, comes out of here; before, what is under way is waited for.
    """
    totals = Totals()
    for _ in steps(scan, context, watcher, totals):
        pass
    return totals


def steps(scan: Scan, context: Context, watcher: Watcher, totals: Totals) -> Generator[None]:
    """The same, a step at a time, for whoever takes the items between two steps. Closing it ends the scan in order."""
    crew = _Crew(scan, context)
    try:
        while crew.left and not crew.is_over:
            result = crew.next()
            if isinstance(result, queue.Empty):
                watcher.on_tick(totals)
            else:
                _take(result, totals, watcher)
            yield
    except BaseException as error:
        if isinstance(error, Exception) or not context.signal:  # after a signal, another one ends it at once
            crew.drain(watcher)
        raise
    finally:
        context.stop.set()
    totals.signal, totals.abandoned = context.signal, crew.left


def ends_scan(error: VisionaskError) -> bool:
    """Tell whether every other item would meet the same: then the scan stops at once."""
    if isinstance(error, NoRecording):
        return False
    return isinstance(error, STOPPING) or (isinstance(error, BadRequest) and NOT_FOUND in error.message)


class _Crew:
    """The workers, and the queue of what they bring."""

    def __init__(self, scan: Scan, context: Context) -> None:
        self._context = context
        self._sources = _Shared(chosen(scan))
        self._results: queue.Queue[Result] = queue.Queue(maxsize=2 * scan.workers)
        self._place: Place[Item] = Place(self._results.put)
        context.on_slow = self._place.leave
        self._streak = _Streak(max(scan.workers, LEAST_ABSENT))
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
                self._place.enter()
                source = self._sources.take()
                if source is None:
                    return
                item = settle_item(source, self._context)
                if item is None:  # stopped while it waited: the next run takes it
                    return
                if isinstance(item, Taken):
                    self._sources.put_back(source)
                else:
                    self._bring(item)
        except Exception as error:  # noqa: BLE001  what ends the scan, or a bug that must end more than this thread
            self._context.stop.set()
            self._place.leave()
            self._results.put(error)
        finally:
            self._place.leave()
            self._results.put(None)

    def _bring(self, item: Item) -> None:
        error, outage = item.outcome.error, self._streak.count(item.outcome)
        if outage is not None or (error is not None and ends_scan(error)):
            self._context.stop.set()
        if not self._place.add(item):
            self._results.put(item)
        if outage is not None:
            self._results.put(outage)


class _Shared:
    """One stream for many workers."""

    def __init__(self, sources: Iterator[Source | Failed]) -> None:
        self._sources = sources
        self._later: deque[Source | Failed] = deque()
        self._lock = threading.Lock()

    def take(self) -> Source | Failed | None:
        """Take the next one; what was put back comes after all others. None where nothing is left."""
        with self._lock:
            found = next(self._sources, None)
            return self._later.popleft() if found is None and self._later else found

    def put_back(self, source: Source | Failed) -> None:
        """Leave one for later. Whoever does takes again, so that none is left behind."""
        with self._lock:
            self._later.append(source)


class _Streak:
    """Items in a row that no server answered. What was not sent tells nothing of the server, and is not counted."""

    def __init__(self, limit: int) -> None:
        self._limit, self._count = limit, 0
        self._lock = threading.Lock()

    def count(self, outcome: Outcome) -> Outage | None:
        """Take note of an item; the outage, once, when it makes the row full."""
        if not outcome.attempts:
            return None
        error = outcome.error
        with self._lock:
            self._count = self._count + 1 if isinstance(error, ABSENT) else 0
            is_full = self._count == self._limit
        if error is None or not is_full:
            return None
        return Outage(
            f"the scan was stopped after {self._limit} images in a row without an answer: {error.message}",
            "see that the server works, then run it again: what is answered is not paid again",
        )


def _take(result: Result, totals: Totals, watcher: Watcher) -> None:
    if isinstance(result, list):
        for item in result:
            _take(item, totals, watcher)
    elif isinstance(result, Item):
        error = result.outcome.error
        if error is not None and ends_scan(error):
            totals.stopped = totals.stopped or error
        _count(totals, result.outcome)
        watcher.on_item(result.outcome, result.thumbnail, totals)
    elif isinstance(result, Unkept):
        totals.stopped = totals.stopped or result.error
        _count(totals, result.outcome)
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
