"""The running of a scan: the one thread that looks at the sources, hands out what is to be asked, and takes what
the workers bring.

It looks only as far ahead as keeps the workers busy, and a worker holds one picture. So 100,000 images
need no more memory than 1,000, and slow answers do not starve preparation: as many pictures are decoded at once as
there are processors, whatever the number of requests in flight. Where nothing is to be asked no worker ever starts.

A picture that somebody else is asking about goes to the end of the line, so that a process that is stalled holds up
nobody's workers.

However a scan ends, what is under way is waited for, because it is paid: no worker starts anything new once the scan
is stopped, and each puts its answer into the ledger. Only after a signal, or where nobody takes results any more,
that waiting has a limit.

The stretch of a scan in which nothing is sent: what the ledger knows already, found for many pictures at once.

Reading and digesting a small picture and looking its answer up are all short, and most of it is under the interpreter's
lock: threads that took turns at it took one and a half times the CPU. So whoever runs the scan looks alone, a window of
pictures at a time with one query for all their answers, and hands to the workers only what needs them: pictures that
have no answer, with their bytes in hand, those that a page wants to show, and whatever takes long to read.

What ends a whole scan: what every item would meet, and a server that is gone.

As many items in a row as there are workers, and 8 at least, that came back unanswered for the same reason, whatever it
is, end the scan. Without that, an outage in the night would fail 100,000 items one by one, and each would wait for its
retries; and a server whose every reply is unusable would be paid for all of them. Run again, the scan goes on with what
is not answered.
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.errors import (
    ApiError,
    BadRequest,
    Bug,
    ConfigError,
    InputError,
    NoRecording,
    NoText,
    QuotaExhausted,
    RejectedError,
    ServerFailed,
    StateError,
    TimedOut,
    TooLarge,
    Unreachable,
    VisionaskError,
)
from visionask.core.image import Failed, FileSource
from visionask.core.ledger import Claimed
from visionask.run.job import Asked
from visionask.run.scan import Item, Totals, chosen
from visionask.run.scan_item import broken, read, recalled, run_item, unsendable, wants_second
from visionask.run.session import NotSaved

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Iterator

    from visionask.core.image import Source
    from visionask.core.request import Ended
    from visionask.run.scan import Context, Scan, Watcher
    from visionask.run.session import Session


WINDOW = 500  # pictures looked up together


LONGEST_S = 0.05  # that the first of them waits for the others


SMALL_BYTES = 1 << 18  # reading and digesting more takes long enough to be done beside others


HELD_BYTES = 1 << 22  # of the pictures of one window, about


class LookUp:
    """The sources of one scan, looked up in the ledger by one thread."""

    def __init__(self, sources: Iterator[Source | Failed], context: Context) -> None:
        self._sources, self._context = sources, context
        self.is_over = False  # every source was looked at

    def look(self) -> tuple[list[Item], list[Source | Asked]]:
        """Look at the next sources: the items that end here, and what is left to the workers.

        Raises what finding the sources raises, and StateError.
        """
        items: list[Item] = []
        tasks: list[Source | Asked] = []
        asking: list[Asked] = []
        held_bytes, until_s = 0, time.monotonic() + LONGEST_S
        for source in islice(self._sources, WINDOW):
            found = source if isinstance(source, Failed) else self._read(source)
            if isinstance(found, Failed):
                items.append(unsendable(found, self._context))
            elif isinstance(found, Asked):
                asking.append(found)
                held_bytes += found.pictures[0].held_bytes
            else:
                tasks.append(found)
            if held_bytes > HELD_BYTES or time.monotonic() > until_s:
                break
        else:
            self.is_over = len(items) + len(tasks) + len(asking) < WINDOW
        return self._sorted(asking, items, tasks)

    def _sorted(
        self, asking: list[Asked], items: list[Item], tasks: list[Source | Asked]
    ) -> tuple[list[Item], list[Source | Asked]]:
        """Put those whose answers are known, and all there is to tell, to the items, the others to the tasks."""
        if asking:
            session = self._context.session
            keys = [session.key(each) for each in asking]
            paid = session.ledger.find_paid(keys, of_this_run=self._context.scan.asks_again)
            for each, key in zip(asking, keys, strict=True):
                known = paid.get(key)
                item = None if known is None else recalled(each, known, self._context)
                if item is None or self._context.scan.makes_thumbnails or wants_second(item, self._context):
                    tasks.append(each)
                else:
                    items.append(item)
        return items, tasks

    def _read(self, source: Source) -> Asked | Source | Failed:
        """Read a small file; everything else stays as it is."""
        if not isinstance(source, FileSource):
            return source
        try:
            return read(source, self._context, max_bytes=SMALL_BYTES)
        except TooLarge:
            return source
        except (InputError, Bug) as error:
            return Failed(label=source.label, error=error)
        except VisionaskError:
            raise
        except Exception as fault:  # noqa: BLE001  of this image alone
            return Failed(label=source.label, error=Bug(source.label, fault))


STOPPING = (ConfigError, QuotaExhausted)  # what the next item would meet too


ABSENT = (Unreachable, TimedOut, ServerFailed)  # what an item meets where no server works: one reason


LEAST_IN_A_ROW = 8  # fewer items may each be a picture that this server cannot bear


class Outage(ApiError):
    """The server is gone, or answers nothing: item after item met the same."""


class Unusable(RejectedError):
    """Item after item was refused, or answered by what is no answer, for the same reason."""


def ends_scan(error: VisionaskError) -> bool:
    """Return whether every other item would meet the same: then the scan stops at once."""
    if isinstance(error, NoRecording):
        return False
    return isinstance(error, STOPPING) or (isinstance(error, BadRequest) and error.status == 404)


class OutageDetector:
    """Counts items in a row that came back unanswered with the same reason. Workers share it.

    What was not sent tells nothing of the server, and is not counted.
    """

    def __init__(self, limit: int, session: Session) -> None:
        self._limit, self._session = limit, session
        self._reason: Hashable = None
        self._keys: list[str] = []  # of the requests in the row
        self._count = 0
        self._lock = threading.Lock()

    def count(self, item: Item) -> Outage | Unusable | None:
        """Take note of an item; the outage, once, when it makes the row full.

        What the items of a full row met is none of their own: a rerun asks them again.
        """
        error = item.outcome.error
        if not item.outcome.attempts:
            return None
        reason = None if error is None else reason_of(error, item.outcome)
        with self._lock:
            is_same = reason is not None and reason == self._reason
            self._count = self._count + 1 if is_same else int(reason is not None)
            self._reason, self._keys = reason, [*(self._keys if is_same else ()), *filter(None, [item.key])]
            self._session.is_failing = self._count > 0
            is_full, keys = self._count == self._limit, self._keys
            if self._count >= self._limit:
                self._keys = []
        if error is None or self._count < self._limit:
            return None
        with contextlib.suppress(StateError):  # whoever writes next meets it too, and says so
            self._session.ledger.reopen(keys)
        return _outage(error, self._limit) if is_full else None


def reason_of(error: VisionaskError, outcome: Ended) -> Hashable:
    """Return what is the same for all items that come back for one reason; None where each may have its own.

    The words of a reply count without digits, and without names: in quotes, or with a dot or a slash.
    """
    if isinstance(error, NoText):
        return None  # what only reads text found none
    if isinstance(error, ABSENT):
        return ABSENT
    label = outcome.planned.images[0].source.label if outcome.planned is not None else ""
    words = error.message.replace(label, "") if label else error.message
    return type(error), error.status, error.cause, _NAMES.sub("#", words)


_NAMES = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\S*[\d./]\S*""")


def _outage(error: VisionaskError, count: int) -> Outage | Unusable:
    text = f"the scan was stopped after {count} images in a row without an answer: {error.message}"
    if isinstance(error, RejectedError):
        return Unusable(text, f"{error.hint}; then run it again: what is answered is not paid again")
    return Outage(text, "see that the server works, then run it again: what is answered is not paid again")


DRAIN_S = 9.0  # for the requests under way: services are killed 10 s after they were asked to end


LOOK_S = 0.1  # between looks at signals


class _Later(NamedTuple):
    """Somebody else is asking about it, so it is for later: read anew then, as many of them would fill the memory."""

    source: Source


class _Ended(NamedTuple):
    """A worker has come to its end."""


Result = Item | NotSaved | Exception | _Later | _Ended


def run(scan: Scan, context: Context, watcher: Watcher) -> Totals:
    """Ask about every image. Ends early for what every item would meet: a refused key, a spent quota, a full disk.

    What the watcher raises, and a second signal, comes out of here; before, what is under way is waited for.
    """
    totals = Totals()
    for _ in steps(scan, context, watcher, totals):
        pass
    return totals


def steps(scan: Scan, context: Context, watcher: Watcher, totals: Totals) -> Generator[None]:
    """Ask about every image, and yield after each step, for whoever takes the items. Closing it ends in order."""
    pool = _WorkerPool(scan, context)
    try:
        while not pool.is_over:
            results = pool.next()
            if not results:
                watcher.on_tick(totals)
            for result in results:
                _take(result, totals, watcher)
            yield
    except BaseException as error:
        if isinstance(error, Exception) or not context.signal:  # after a signal, another one ends it at once
            pool.drain(watcher)
        raise
    finally:
        context.stop.set()
    totals.signal, totals.abandoned = context.signal, pool.left


class _WorkerPool:
    """The workers, what is handed to them, and the queue of what they bring."""

    def __init__(self, scan: Scan, context: Context) -> None:
        self._context, self._workers = context, scan.workers
        self._lookup = LookUp(chosen(scan), context)
        self._ready: deque[Source | Asked] = deque()
        self._later: deque[Source | Asked] = deque()
        self._tasks: queue.SimpleQueue[Source | Asked | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._outages = OutageDetector(max(scan.workers, LEAST_IN_A_ROW), context.session)
        self._handed = self._started = 0  # tasks that are not back yet; workers
        self._until_s: float | None = None
        self._is_closed = False  # nothing more is handed out
        self.left = 0  # workers that have not come to their end

    @property
    def is_over(self) -> bool:
        """Return whether all is done, or a signal came, and the time to wait for what is under way has passed."""
        if self._context.signal and self._until_s is None:
            self._context.stop.set()
            self._until_s = time.monotonic() + DRAIN_S
        is_late = self._until_s is not None and time.monotonic() > self._until_s
        return is_late or (self._is_closed and not self.left)

    def next(self) -> list[Result]:
        """Return what became of some items: known ones, or what a worker brought; nothing after a while without."""
        self._hand_out()
        is_idle = self._handed < self._workers or (self._handed < 2 * self._workers and self._results.empty())
        if is_idle and not self._is_closed and not self._lookup.is_over:
            return self._look()
        result = self._wait() if self.left else None
        return [] if result is None else [result]

    def drain(self, watcher: Watcher) -> None:
        """Wait for the requests under way, and show nothing but answers that are nowhere else."""
        self._context.stop.set()
        self._close()
        self._until_s = self._until_s or time.monotonic() + DRAIN_S
        while not self.is_over:
            result = self._wait()
            if isinstance(result, NotSaved):
                with contextlib.suppress(Exception):
                    watcher.on_not_saved(result.outcome)

    def _hand_out(self) -> None:
        """Keep the workers busy; those that somebody else is asking about come after all others."""
        if self._context.stop.is_set():
            self._close()
        while not self._is_closed and self._handed < 2 * self._workers:
            if not self._ready and self._lookup.is_over:
                self._ready, self._later = self._later, deque()
            if not self._ready:
                break
            self._hand(self._ready.popleft())
        if self._lookup.is_over and not self._handed:
            self._close()

    def _hand(self, task: Source | Asked) -> None:
        self._tasks.put(task)
        self._handed += 1
        if self._started < self._workers:
            threading.Thread(target=self._work, name=f"visionask-scan-{self._started}", daemon=True).start()
            self._started += 1
            self.left += 1

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            for _ in range(self._started):
                self._tasks.put(None)

    def _look(self) -> list[Result]:
        try:
            items, tasks = self._lookup.look()
        except VisionaskError as error:
            self._context.stop.set()
            return [error]
        self._ready.extend(tasks)
        for item in items:
            self._judge(item)
        return [*items]

    def _wait(self) -> Result | None:
        """Wait a little for what a worker brings."""
        try:
            result = self._results.get(timeout=LOOK_S)
        except queue.Empty:
            return None
        if isinstance(result, _Ended):
            self.left -= 1
            return None
        if isinstance(result, _Later):
            self._later.append(result.source)
        self._handed -= not isinstance(result, Outage | Unusable)
        return result

    def _work(self) -> None:
        try:
            while (task := self._tasks.get()) is not None and not self._context.stop.is_set():
                item = self._run(task)
                if item is None:  # stopped while it waited: the next run takes it
                    return
                if isinstance(item, Claimed):
                    self._results.put(_Later(task.pictures[0].plan.source if isinstance(task, Asked) else task))
                else:
                    outage = self._judge(item)
                    self._results.put(item)
                    if outage is not None:
                        self._results.put(outage)
        except Exception as error:  # noqa: BLE001  what ends the scan, or a bug that must end more than this thread
            self._context.stop.set()
            self._results.put(error)
        finally:
            self._results.put(_Ended())

    def _run(self, task: Source | Asked) -> Item | Claimed | None:
        """Bring one item to its end; a fault of ours is the end of this one, and of no other."""
        try:
            return run_item(task, self._context)
        except (VisionaskError, NotSaved) as error:
            if not isinstance(error, Bug):
                raise
            return broken(task, error, self._context)
        except Exception as fault:  # noqa: BLE001
            return broken(task, fault, self._context)

    def _judge(self, item: Item) -> Outage | Unusable | None:
        """Stop the scan where every other item would meet the same."""
        error, outage = item.outcome.error, self._outages.count(item)
        if outage is not None or (error is not None and ends_scan(error)):
            self._context.stop.set()
        return outage


def _take(result: Result, totals: Totals, watcher: Watcher) -> None:
    if isinstance(result, Item):
        error = result.outcome.error
        if error is not None and ends_scan(error):
            totals.stopped = totals.stopped or error
        _count(totals, result.outcome)
        _count_second(totals, result)
        watcher.on_item(result, totals)
    elif isinstance(result, NotSaved):
        totals.stopped = totals.stopped or result.error
        _count(totals, result.outcome)
        watcher.on_not_saved(result.outcome)
    elif isinstance(result, VisionaskError):
        totals.stopped = totals.stopped or result
    elif isinstance(result, Exception):
        raise result


def _count_second(totals: Totals, item: Item) -> None:
    """Take in what a second look cost and told; the money of the first one is the item's too."""
    if item.before is None or item.verdict is None:
        return
    totals.looked_again += 1
    totals.decided += not item.verdict.is_open
    first, second = item.before.outcome, item.outcome
    if not first.is_cached and first.billed_usd is not None:
        totals.usd += first.billed_usd
    if not second.is_cached and second.billed_usd is not None:
        totals.second_usd += second.billed_usd


def _count(totals: Totals, outcome: Ended) -> None:
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
