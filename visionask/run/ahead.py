"""Owns the reading of many objects at a time: a bounded number ahead, planned in the order in which they were found.

A store answers each request after some 20 ms, however many there are at a time: so 64 headers are read at once. What
is downloaded whole is read by fewer, for it is held in memory.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from visionask.core.errors import InputError
from visionask.core.image import Failed, ObjectSource
from visionask.images.readers import Readers
from visionask.run.survey import Seen, failed, plan_seen, plan_source, see

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from visionask.core.image import Source
    from visionask.core.plan import ImagePlan, Planner
    from visionask.run.survey import Choosing

_HEADERS, _WHOLE = 64, 4  # requests at a time


def plan_ahead(
    first: ObjectSource, others: Iterator[Source | Failed], *, choosing: Choosing, planner: Planner
) -> Iterator[ImagePlan | Failed]:
    """Plan images in their order. Only objects are read ahead; one that cannot be read is a value."""
    at_once = _WHOLE if choosing.fetches_whole and not choosing.passes_urls else _HEADERS
    waiting: deque[tuple[Source | Failed, Future[Seen] | None]] = deque()
    with Readers[Seen](at_once) as readers:
        for source in chain((first,), others):
            seen = None
            if isinstance(source, ObjectSource):
                seen = readers.submit(partial(see, source, choosing, frame=planner.options.frame))
            waiting.append((source, seen))
            if len(waiting) >= 2 * at_once:
                yield _planned(*waiting.popleft(), choosing=choosing, planner=planner)
        while waiting:
            yield _planned(*waiting.popleft(), choosing=choosing, planner=planner)


def _planned(
    source: Source | Failed, seen: Future[Seen] | None, *, choosing: Choosing, planner: Planner
) -> ImagePlan | Failed:
    """Plan one, in the thread that owns the planner."""
    if isinstance(source, Failed):
        return source
    if seen is None:
        return plan_source(source, choosing, planner)
    try:
        return plan_seen(seen.result(), choosing, planner)
    except InputError as error:
        return failed(source, error)
