"""Owns the sending of complete files side by side: each upload on its own thread, a few at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from visionask.api.batch_call import Interrupted
from visionask.run.batch.queue import is_full, is_running, is_waiting, queued
from visionask.run.batch.submit import refresh, ship

if TYPE_CHECKING:
    from collections.abc import Collection

    from visionask.api.batches import BatchApi
    from visionask.run.batch.queue import Room
    from visionask.run.batch.submit import Listener
    from visionask.store.batch_values import BatchInfo, Shard
    from visionask.store.batches import Batches

AT_ONCE = 4  # uploads: one connection seldom fills a line, and many more do not go faster


class Shipping:
    """The files of one submission on their way. `add` waits while enough are, so that a spool stays small."""

    def __init__(
        self, batch: BatchInfo, batches: Batches, api: BatchApi, *, listener: Listener, at_once: int
    ) -> None:  # fmt: skip
        self.created = 0
        self._batches, self._api, self._listener = batches, api, listener
        self._room = threading.Semaphore(max(1, min(AT_ONCE, at_once)))
        self._mutex = threading.Lock()  # of what follows
        self._threads: list[threading.Thread] = []
        self._latest: Shard | None = None  # the last one that was created, as the provider had it
        self._is_full = is_full(queued(batch, batches))
        self._error: BaseException | None = None

    def add(self, shard: Shard) -> None:
        """Send a file, beside those that are on their way. Raises what an earlier one has met."""
        self._room.acquire()
        self._check()
        thread = threading.Thread(target=self._send, args=(shard,), name="visionask-shard", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait for all. Raises what the first that failed has met."""
        for thread in self._threads:
            thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            self._room.release()
            raise self._error

    def _send(self, shard: Shard) -> None:
        try:
            sent = ship(shard, self._batches, self._api, listener=self._listener, has_room=self._has_room)
            if sent is not None:
                with self._mutex:
                    self.created += 1
                    self._latest = sent
        except Interrupted:  # the user wants to stop: it is taken up by the next run
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for it
            with self._mutex:
                self._error = self._error or error
        finally:
            self._room.release()

    def _has_room(self) -> bool:
        """Tell whether a batch may be created: not once the provider has refused one of this run for its queue."""
        with self._mutex:
            latest, self._latest = self._latest, None
        if latest is not None and is_waiting(refresh(latest, self._batches, self._api)):
            self._is_full = True
        return not self._is_full


def go_on(
    batch: BatchInfo, room: Room, batches: Batches, api: BatchApi, *, seen: Collection[str], listener: Listener
) -> Shard | None:  # fmt: skip
    """Create the file that the queue of this batch may have room for by now; None where there is none.

    `seen` are the ids of shards that were looked at just now. Raises StateError where another process submits.
    """
    with batches.alone("batch submit"):
        shards = [
            refresh(shard, batches, api) if is_running(shard) and shard.id not in seen else shard
            for shard in queued(batch, batches)
        ]
        shard = room.next(shards)
        if shard is None:
            return None
        return ship(shard, batches, api, listener=listener, has_room=lambda: True)
