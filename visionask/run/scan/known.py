"""Owns the stretch of a scan in which nothing is sent: what the ledger knows already, found for many pictures at once.

Reading and digesting a small picture and looking its answer up are all short, and most of it is under the interpreter's
lock: threads that took turns at it took one and a half times the CPU. So whoever runs the scan looks alone, a window of
pictures at a time with one query for all their answers, and hands to the workers only what needs them: pictures that
have no answer, with their bytes in hand, those that a page wants to show, and whatever takes long to read.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, TooLarge
from visionask.core.image import Failed, FileSource
from visionask.run.scan.item import Asking, unsendable
from visionask.run.scan.settle import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.image import Source
    from visionask.run.scan.plan import Context, Item

WINDOW = 500  # pictures looked up together
LONGEST_S = 0.05  # that the first of them waits for the others
SMALL_BYTES = 1 << 18  # reading and digesting more takes long enough to be done beside others
HELD_BYTES = 1 << 22  # of the pictures of one window, about


class Known:
    """Looks through the sources of one scan, in one thread."""

    def __init__(self, sources: Iterator[Source | Failed], context: Context) -> None:
        self._sources, self._context = sources, context
        self.is_over = False  # every source was looked at

    def look(self) -> tuple[list[Item], list[Source | Asking]]:
        """Look at the next sources: the items that end here, and what is left to the workers.

        Raises what finding the sources raises, and StateError.
        """
        items: list[Item] = []
        tasks: list[Source | Asking] = []
        asking: list[Asking] = []
        held_bytes, until_s = 0, time.monotonic() + LONGEST_S
        for source in islice(self._sources, WINDOW):
            found = source if isinstance(source, Failed) else self._read(source)
            if isinstance(found, Failed):
                items.append(unsendable(found, self._context))
            elif isinstance(found, Asking):
                asking.append(found)
                held_bytes += len(found.data or b"")
            else:
                tasks.append(found)
            if held_bytes > HELD_BYTES or time.monotonic() > until_s:
                break
        else:
            self.is_over = len(items) + len(tasks) + len(asking) < WINDOW
        return self._sorted(asking, items, tasks)

    def _sorted(
        self, asking: list[Asking], items: list[Item], tasks: list[Source | Asking]
    ) -> tuple[list[Item], list[Source | Asking]]:
        """Put those whose answers are known, and all there is to tell, to the items, the others to the tasks."""
        if asking:
            keys = [each.key for each in asking]
            paid = self._context.ledger.find_paid(keys, of_this_run=self._context.scan.asks_again)
            for each in asking:
                known = paid.get(each.key)
                if known is None or self._context.scan.makes_thumbnails:
                    tasks.append(each)
                else:
                    items.append(each.recalled(known))
        return items, tasks

    def _read(self, source: Source) -> Asking | Source | Failed:
        """Read a small file; everything else stays as it is."""
        if not isinstance(source, FileSource):
            return source
        try:
            return read(source, self._context, max_bytes=SMALL_BYTES)
        except TooLarge:
            return source
        except InputError as error:
            return Failed(label=source.label, error=error)
