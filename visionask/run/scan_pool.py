"""The running of a scan: sources looked at a window at a time, and what is left of them handed to the worker pool.

The workers look only as far ahead as keeps them busy, and a worker holds one picture. So 100,000 images need no more
memory than 1,000, and slow answers do not starve preparation: as many pictures are decoded at once as there are
processors, whatever the number of requests in flight.

Reading and digesting a small picture and looking its answer up are all short, and most of it is under the interpreter's
lock: threads that took turns at it took one and a half times the CPU. So whoever runs the scan looks alone, a window of
pictures at a time with one query for all their answers, and hands to the workers only what needs them: pictures that
have no answer, with their bytes in hand, those that a page wants to show, and whatever takes long to read.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from visionask.core.errors import Bug, InputError, TooLarge, VisionaskError
from visionask.core.image import Failed, FileSource
from visionask.run.job import Asked
from visionask.run.pool import Item, WorkerPool, ends_all
from visionask.run.scan import Totals, chosen
from visionask.run.scan_item import broken, kept_thumbnails, read, recalled, run_item, unsendable, wants_second
from visionask.run.session import NotSaved

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from visionask.core.image import Source
    from visionask.core.ledger import Claimed
    from visionask.core.request import Ended
    from visionask.run.pool import Result
    from visionask.run.scan import Context, Scan, Watcher


WINDOW = 500  # pictures looked up together


LONGEST_S = 0.05  # that the first of them waits for the others


SMALL_BYTES = 1 << 18  # reading and digesting more takes long enough to be done beside others


HELD_BYTES = 1 << 22  # of the pictures of one window, about


class LookUp:
    """The sources of one scan, looked up in the ledger by one thread."""

    def __init__(self, sources: Iterator[Source | Failed], context: Context) -> None:
        self._sources, self._context = sources, context
        self._is_over = False  # every source was looked at

    def looks(self) -> Iterator[tuple[list[Item], list[Source | Asked]]]:
        """Yield window by window the items that end here, and what is left to the workers.

        Raises what finding the sources raises, and StateError.
        """
        while not self._is_over:
            yield self._look()

    def _look(self) -> tuple[list[Item], list[Source | Asked]]:
        items: list[Item] = []
        tasks: list[Source | Asked] = []
        asking: list[Asked] = []
        held_bytes, until_s = 0, time.monotonic() + LONGEST_S
        for source in islice(self._sources, WINDOW):
            self._context.note_place(source.label)
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
            self._is_over = len(items) + len(tasks) + len(asking) < WINDOW
        return self._sorted(asking, items, tasks)

    def _sorted(
        self, asking: list[Asked], items: list[Item], tasks: list[Source | Asked]
    ) -> tuple[list[Item], list[Source | Asked]]:
        """Put those whose answers are known, and all there is to tell, to the items, the others to the tasks."""
        if asking:
            session = self._context.session
            keys = [session.key(each) for each in asking]
            paid = session.ledger.find_paid(keys, of_this_run=self._context.scan.asks_again)
            new = session.ledger.find_new([key for key in keys if key not in paid])
            told = [each.pictures[0] for each, key in zip(asking, keys, strict=True) if key in paid]
            small = iter(kept_thumbnails(told, self._context))
            for each, key in zip(asking, keys, strict=True):
                known, each.is_new = paid.get(key), key in new
                item = None if known is None else recalled(each, known, self._context, next(small))
                if item is None or self._lacks_thumbnail(item) or wants_second(item, self._context):
                    tasks.append(each)
                else:
                    items.append(item)
        return items, tasks

    def _lacks_thumbnail(self, item: Item) -> bool:
        return self._context.scan.makes_thumbnails and item.thumbnail is None

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
    pool = WorkerPool(
        context.session,
        LookUp(chosen(scan), context).looks(),
        lambda task: _work(task, context),
        workers=scan.workers,
        again=lambda task: task.pictures[0].plan.source if isinstance(task, Asked) else task,  # many would fill memory
    )
    try:
        while not pool.is_over:
            results = pool.next()
            if not results:
                watcher.on_tick(totals)
            for result in results:
                _take(result, context, totals, watcher)
            yield
    except BaseException as error:
        if isinstance(error, Exception) or not context.session.signal:  # after a signal, another one ends it at once
            for result in pool.drain():
                if isinstance(result, NotSaved):  # an answer that is nowhere else
                    with contextlib.suppress(Exception):
                        watcher.on_not_saved(result.outcome)
        raise
    finally:
        context.stop.set()
    totals.signal, totals.abandoned = context.session.signal, pool.left


def _work(task: Source | Asked, context: Context) -> Item | Claimed | None:
    """Bring one item to its end; a fault of ours is the end of this one, and of no other."""
    try:
        return run_item(task, context)
    except (VisionaskError, NotSaved) as error:
        if not isinstance(error, Bug):
            raise
        return broken(task, error, context)
    except Exception as fault:  # noqa: BLE001
        return broken(task, fault, context)


def _take(result: Result, context: Context, totals: Totals, watcher: Watcher) -> None:
    if isinstance(result, Item):
        result = replace(result, place=context.take_place(result.outcome))
        error = result.outcome.error
        if error is not None and ends_all(error):
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
