"""Owns who prepares the images of a batch: threads of this process, or the workers of an executor.

Pictures are prepared by as many threads as requests would go at a time, a few ahead of the one that writes, so that
100,000 images need no more memory than 100.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from visionask.run.batch.line import Prepared, prepare_line
from visionask.run.batch.making import make_here
from visionask.run.scan.plan import chosen

if TYPE_CHECKING:
    from collections.abc import Generator

    from visionask.run.batch.making import Batching


class Feed(Protocol):
    """Where the lines of a batch come from."""

    def prepared(self) -> Generator[Prepared, None, None]:
        """Give each image in order: its line, or why it has none."""

    def release(self, closed: int) -> None:
        """Forget what is in complete files; `closed` counts those so far."""

    def end(self) -> None:
        """Forget all: the whole batch is written."""


def open_feed(batching: Batching) -> Feed:
    """Choose who prepares the images."""
    if batching.executor is None:
        return Threads(batching)
    from visionask.run.batch.workers import Workers

    return Workers(batching, batching.executor)


class Threads:
    """The images of a batch, prepared here. Nothing is kept, so there is nothing to forget."""

    def __init__(self, batching: Batching) -> None:
        self._batching = batching

    def prepared(self) -> Generator[Prepared, None, None]:
        """Prepare the images, some ahead, in their order."""
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

    def release(self, closed: int) -> None: ...

    def end(self) -> None: ...
