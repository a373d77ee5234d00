"""Owns what is shown while a batch is written and sent: the lines, the files on their way, what cannot be sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from visionask.report import human
from visionask.report.batch_progress import UploadLine, WritingLine
from visionask.report.clean import one_line

if TYPE_CHECKING:
    from visionask.core.errors import VisionaskError
    from visionask.report.console import Console
    from visionask.run.batch.making import Batching
    from visionask.run.batch.ship import Shipping
    from visionask.run.batch.write import Written
    from visionask.store.batch_values import BatchInfo, Shard


class Watcher:
    """Sends each complete file on its way, and shows how far it is. Several threads may tell it at once."""

    def __init__(self, console: Console, batching: Batching, *, api: Any, expected: int) -> None:
        self.batch: BatchInfo = batching.batch
        self._console, self._batching, self._api = console, batching, api
        self._batches = batching.ledger.batches
        self._upload = UploadLine(console)
        self._line = WritingLine(console, expected)
        self._mutex = threading.Lock()  # of the two lines
        self._shipping: Shipping | None = None

    @property
    def created(self) -> int:
        """Count the batches that were created."""
        return 0 if self._shipping is None else self._shipping.created

    def shards(self) -> list[Shard]:
        """Give the files of the batch as the ledger has them."""
        return self._batches.shards(self.batch.id)

    def run(self) -> Written:
        """Take up what earlier runs began, then write and send the rest."""
        from visionask.api.batch_call import Interrupted
        from visionask.run.batch.ship import Shipping
        from visionask.run.batch.submit import resume
        from visionask.run.batch.write import Written, write_shards

        at_once = self._batching.scan.workers
        try:
            begun = resume(self.batch.id, self._batches, self._api, listener=self)
            self._shipping = Shipping(self.batch, self._batches, self._api, listener=self, at_once=at_once)
            for shard in begun:
                self._shipping.add(shard)
            self._shipping.finish()  # what is gone from the disk is written anew below
            written = write_shards(self._batching, self)
            self._shipping.finish()
        except Interrupted:
            return Written()
        return written

    def on_shard(self, shard: Shard) -> None:
        if self._api is None:
            self._console.note(f"written: {one_line(shard.path)} · {human.count(shard.lines, 'request')}")
        elif self._shipping is not None and not self._batching.stop.is_set():  # else it is left for the next run
            self._shipping.add(shard)

    def on_unsendable(self, label: str, error: VisionaskError) -> None:
        with self._mutex:
            self._clear()
            subject = "" if label in error.message else f"{one_line(label)}: "
            self._console.note(f"failed: {subject}{one_line(error.message)}")

    def on_tick(self, written: Written) -> None:
        with self._mutex:
            self._line.show(written.images, written.lines, written.bytes)

    def on_notice(self, text: str) -> None:
        with self._mutex:
            self._clear()
            self._console.warn(text)

    def on_upload(self, shard: Shard, done_bytes: int) -> None:
        with self._mutex:
            self._line.clear()
            self._upload.show(shard.path, done_bytes, shard.bytes)

    def clear(self) -> None:
        """Take the lines off the screen."""
        with self._mutex:
            self._clear()

    def _clear(self) -> None:
        self._line.clear()
        self._upload.clear()
