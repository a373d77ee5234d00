"""Reading the header of a picture that is far away: by ranges that are kept, few and small in all.

Threads that wait for stores, so that Ctrl-C need not: whoever is interrupted leaves them behind.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self


PIECE_BYTES = 16384  # the least that is asked for: decides nearly every picture, most cameras' too


MOST_BYTES = 1_000_000  # in all, before the whole is downloaded


MOST_REQUESTS = 12


class HeaderNotFound(Exception):
    """More would have to be read for the header than it is worth."""


class Pieces(ABC):
    """What is known of one file. Grows by requests, which are counted."""

    def __init__(self) -> None:
        self.size_bytes: int | None = None
        self._pieces: list[tuple[int, bytes]] = []
        self._requests = self._bytes = 0

    def read_at(self, offset: int, count: int) -> bytes:
        """Return up to `count` bytes from `offset`, fewer only at the end. Raises HeaderNotFound."""
        if self.size_bytes is not None:
            count = min(count, self.size_bytes - offset)
        if count <= 0:
            return b""
        for start, piece in self._pieces:
            if start <= offset and offset + count <= start + len(piece):
                return piece[offset - start : offset - start + count]
        wanted = max(count, PIECE_BYTES)
        if self._requests >= MOST_REQUESTS or self._bytes + wanted > MOST_BYTES:
            raise HeaderNotFound
        self._requests += 1
        start, piece = self._request(offset, wanted)
        self._bytes += len(piece)
        self._pieces.append((start, piece))
        return piece[offset - start : offset - start + count]

    @abstractmethod
    def _request(self, offset: int, count: int) -> tuple[int, bytes]:
        """Return where the bytes that came start, and the bytes; `offset` must be among them or their end."""


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
        from concurrent.futures import Future

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
