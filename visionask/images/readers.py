"""Owns threads that wait for stores, so that Ctrl-C need not: whoever is interrupted leaves them behind."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

T = TypeVar("T")


class Readers(Generic[T]):
    """At most so many threads, started when there is something to read.

    They are not those of a ThreadPoolExecutor, which are joined when the program ends: a store that hangs would hold it
    for 30 s. What is not begun when the block is left is never read.
    """

    def __init__(self, most: int) -> None:
        self._tasks: SimpleQueue[tuple[Future[T], Callable[[], T]] | None] = SimpleQueue()
        self._most, self._threads, self._is_closed = most, 0, False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_closed = True
        for _ in range(self._threads):
            self._tasks.put(None)

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Have one of the threads call it; waiting for the result can be interrupted."""
        future: Future[T] = Future()
        self._tasks.put((future, call))
        if self._threads < self._most:
            self._threads += 1
            threading.Thread(target=self._work, name=f"visionask-store-{self._threads}", daemon=True).start()
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            if self._is_closed:
                continue
            try:
                future.set_result(call())
            except Exception as error:  # noqa: BLE001  raised again where the result is asked for
                future.set_exception(error)
