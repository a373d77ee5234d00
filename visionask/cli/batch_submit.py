"""What `batch submit` and `batch export` show and how they end.

The reading of what `batch submit` and `batch export` are told: which images, asked what, in what files.

What is shown while a batch is written and sent: the lines, the files on their way, what cannot be sent.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.cli.exits import Exit, exit_code
from visionask.cli.inputs import choose, named_images, open_console, read_schema_flags, split_question, today
from visionask.cli.scan_run import line_of_answered, write_planned
from visionask.cli.show import Stop, confirm, ending_in_order
from visionask.core.arguments import need_range
from visionask.core.errors import Bug, UsageError
from visionask.core.format import count
from visionask.core.ledger import BEGUN
from visionask.core.namedtuple import NamedTuple
from visionask.core.projection import check_priced
from visionask.report import batches as shown
from visionask.report import human, records
from visionask.report.clean import one_line
from visionask.report.console import FailedItems
from visionask.report.progress import Progress, Uploads, writing_line
from visionask.run.batch.send import is_waiting
from visionask.run.batch.write import Listener, batch_id

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.batch import Limits, Submission
    from visionask.core.errors import VisionaskError
    from visionask.core.flags import CheckFlags, ConsoleFlags, FilesFlags, WritingFlags
    from visionask.core.image import Failed
    from visionask.core.ledger import BatchInfo, Shard
    from visionask.report.console import Console
    from visionask.run.batch.send import Shipping
    from visionask.run.batch.write import Batching
    from visionask.run.options import Filled
    from visionask.run.scan import Foreseen, Scan
    from visionask.store.ledger import Ledger


MOST_IMAGES = 1000  # in one piece of work: what a worker that dies takes with it


class Asked(NamedTuple):
    """What `batch submit` and `batch export` are told."""

    words: list[str] | None
    prompt_file: str | None
    image: list[str] | None
    flags: Filled
    files: FilesFlags
    writing: WritingFlags
    closed: CheckFlags
    said: ConsoleFlags


def _read(asked: Asked, console: Console) -> tuple[Settings, Scan]:
    """Return the settings, and what is asked of which images: as `scan` has it, at batch rates."""
    from visionask.run.options import prepare, read_scan
    from visionask.run.verdicts import Closed

    flags, files, closed = asked.flags, asked.files, Closed(asked.closed._replace(engine="schema"))
    prepared = prepare(flags._replace(sending=flags.sending._replace(cache=True)), jobs=asked.writing.jobs)
    closed.refuse_opposites(flags.schema, saved=flags.question, prompt_file=asked.prompt_file)
    question, args = split_question(
        asked.words or [],
        flags.question,
        asked.prompt_file,
        command="batch submit",
        needs_one=closed.takes_question,
    )
    args = named_images(args, asked.image, files)
    scan = read_scan(
        prepared,
        question=question,
        choosing=choose(args, files, flags.picture, console.warn, fetches_whole=True),
        on_notice=console.warn,
        closed=closed,
        schema=read_schema_flags(flags.schema),
        tier="batch",
    )
    return prepared.settings, replace(scan, retries_failed=asked.writing.retry_failed)


def make_batching(
    scan: Scan, ledger: Ledger, *, folder: str, stop: threading.Event, console: Console, **how: Any
) -> Batching:
    """Note the batch in the ledger, and give what those who write its lines share; `how` it differs from the usual."""
    from visionask.config.catalog import batch_limits
    from visionask.run.batch.write import Batching, describe
    from visionask.run.job import count_text
    from visionask.run.scan import key_of_scan

    job = scan.job
    number = ledger.scans.start(key_of_scan(scan), question=scan.question, model=job.model.name)
    batch = describe(scan, number, at=time.time())
    ledger.batches.start(batch)
    usual: dict[str, Any] = {
        "limits": batch_limits(scan.base_url),
        "folder": folder,
        "stop": stop,
        "on_notice": console.note,
    }
    return Batching(scan=scan, batch=batch, ledger=ledger, text=count_text(job), **(usual | how))


def _how(writing: WritingFlags, scan: Scan) -> dict[str, Any]:
    """Return how the files are made, as the flags have it. Raises UsageError."""
    from visionask.run.batch.write import CHUNK

    return {
        "limits": _limits(writing, scan.base_url),
        "executor": writing.executor,
        "chunk": need_range(writing.chunk, "--chunk", least=1, most=MOST_IMAGES) or CHUNK,
        "chunk_store": _chunk_store(writing),
    }


def _chunk_store(writing: WritingFlags) -> str | None:
    """Read where the workers' chunks lie, as all machines name it."""
    store = writing.chunk_store
    if store is None:
        return None
    if writing.executor is None:
        raise UsageError("--chunk-store is for the workers of an executor", "add --executor, or drop it")
    from visionask.images.stores import is_object_url

    if not is_object_url(store):
        return need_folder(store, "--chunk-store")
    from visionask.images.stores import check_place

    check_place(store)
    return store


def need_folder(where: str, flag: str) -> str:
    """Refuse a URL where the files must be on this machine."""
    if "://" in where:
        raise UsageError(
            f"{flag} {where} is no folder", "name one here; the chunks of an executor may go to --chunk-store s3://..."
        )
    return os.path.abspath(where)


def _limits(writing: WritingFlags, base_url: str | None) -> Limits:
    from visionask.config.catalog import batch_limits

    limits = batch_limits(base_url)
    requests = need_range(writing.shard_requests, "--shard-requests", least=1, most=limits.requests)
    size_mb = need_range(writing.shard_mb, "--shard-mb", least=1, most=limits.bytes // 1_000_000)
    return limits._replace(
        requests=requests or limits.requests, bytes=limits.bytes if size_mb is None else size_mb * 1_000_000
    )


class Watcher:
    """Sends each complete file on its way, and shows how far it is. Several threads may tell it at once."""

    def __init__(self, console: Console, batching: Batching, *, api: Any, expected: int) -> None:
        self.batch: BatchInfo = batching.batch
        self._console, self._batching, self._api = console, batching, api
        self._batches = batching.ledger.batches
        self._progress, self._uploads, self._expected = Progress(console), Uploads(), expected
        self._mutex = threading.Lock()  # of the progress
        self.failed = FailedItems(console)
        if api is not None:
            api.waits.on_wait = self.on_wait
        self._shipping: Shipping | None = None
        self.listener = Listener(self.on_notice, self.on_upload, self.on_shard, self.on_unsendable, self.on_tick)

    @property
    def created(self) -> int:
        """Count the batches that were created."""
        return 0 if self._shipping is None else self._shipping.created

    def shards(self) -> list[Shard]:
        """Return the files of the batch as the ledger has them."""
        return self._batches.shards(self.batch.id)

    def run(self) -> Submission:
        """Take up what earlier runs began, then write and send the rest."""
        from visionask.api.attempt import Interrupted
        from visionask.core.batch import Submission
        from visionask.run.batch.send import Shipping, resume
        from visionask.run.batch.write import write_shards

        at_once = self._batching.scan.workers
        try:
            begun = resume(self.batch.id, self._batches, self._api, listener=self.listener)
            self._shipping = Shipping(self.batch, self._batches, self._api, listener=self.listener, at_once=at_once)
            for shard in begun:
                self._shipping.add(shard)
            self._shipping.finish()  # what is gone from the disk is written anew below
            written = write_shards(self._batching, self.listener)
            self._shipping.finish()
        except Interrupted:
            return Submission()
        return written

    def on_shard(self, shard: Shard) -> None:
        if self._api is None:
            self._console.note(f"written: {one_line(shard.path)} · {count(shard.lines, 'request')}")
        elif self._shipping is not None and not self._batching.stop.is_set():  # else it is left for the next run
            self._shipping.add(shard)

    def on_unsendable(self, label: str, error: VisionaskError) -> None:
        with self._mutex:
            self._progress.clear()
            self.failed.add_error(label, error)

    def on_tick(self, written: Submission) -> None:
        with self._mutex:
            if self._progress.is_due():
                line = writing_line(written.images, self._expected, requests=written.lines, size_bytes=written.bytes)
                self._progress.write(line)

    def on_notice(self, text: str) -> None:
        with self._mutex:
            self._progress.clear()
            self._console.warn(text)

    def on_wait(self, waiting: str) -> None:
        """Show what is waited for, now and then."""
        with self._mutex:
            if self._progress.is_due():
                self._progress.write(waiting)

    def on_upload(self, shard: Shard, done_bytes: int) -> None:
        with self._mutex:
            is_first = self._uploads.is_empty
            line = self._uploads.line(shard.path, done_bytes, shard.bytes)
            if is_first or self._progress.is_due():
                self._progress.write(line)

    def clear(self) -> None:
        """Take the progress off the screen."""
        with self._mutex:
            self._progress.clear()


def submit(asked: Asked, *, spool: str | None) -> int:
    """Price, confirm, take up what was begun, write, upload, create."""
    from visionask.api.batches import BatchApi
    from visionask.config.settings import ledger_path
    from visionask.run.connect import connect
    from visionask.run.options import read_budget
    from visionask.run.scan import foresee
    from visionask.store.ledger import open_ledger

    console, sending = open_console(asked.said), asked.flags.sending
    settings, scan = _read(asked, console)
    path = ledger_path(settings)
    named = FailedItems(console)

    def on_failed(each: Failed) -> None:
        if sending.dry_run:  # a run names them as it meets them
            named.add_error(each.label, each.error)

    foreseen = foresee(scan, path, on_failed=on_failed)
    named.end()
    _announce(foreseen, scan, console)
    if sending.dry_run:
        more = {"standard_usd": records.money(foreseen.asking.standard_usd)}
        return write_planned("batch", foreseen, scan, console, is_json=asked.said.as_json, **more)
    if settings.confirm_above is not None and not sending.yes:
        confirm(foreseen.asking, settings.confirm_above)
    if settings.has_budget:
        check_priced(foreseen.asking)
    folder = need_folder(spool or os.path.join(os.path.dirname(path), "batches"), "--spool")
    stop = Stop()
    with connect(settings, None) as endpoint, open_ledger(path, budget=read_budget(settings)) as ledger:
        _tell_notices(ledger, console)
        if not foreseen.whole.images and not ledger.batches.shards(batch_id(scan), BEGUN):
            return _end_without_images(scan, path, console, is_json=asked.said.as_json)
        api = BatchApi(endpoint, console.warn, stop=stop)
        how = _how(asked.writing, scan)
        batching = make_batching(scan, ledger, folder=folder, stop=stop, console=console, **how)
        watcher = Watcher(console, batching, api=api, expected=foreseen.whole.images + foreseen.failed)
        try:
            with ledger.batches.alone("batch submit"), ending_in_order(stop.on_signal):
                written = watcher.run()
        finally:
            watcher.clear()
            api.close()
        return _end(written, watcher, console, signal=stop.signal, is_json=asked.said.as_json)


def export(asked: Asked, *, to: str) -> int:
    """Write the files of requests, and the list of what is in them."""
    from visionask.config.settings import ledger_path
    from visionask.run.batch.export import begin_export, write_manifest
    from visionask.run.batch.write import write_shards
    from visionask.run.scan import foresee
    from visionask.store.ledger import open_ledger

    console = open_console(asked.said)
    settings, scan = _read(asked, console)
    path = ledger_path(settings)
    foreseen = foresee(scan, path)
    _announce(foreseen, scan, console)
    folder, stop = need_folder(to, "--to"), Stop()
    if not foreseen.whole.images:
        return _end_without_images(scan, path, console, is_json=asked.said.as_json)
    with open_ledger(path) as ledger:
        _tell_notices(ledger, console)
        how = _how(asked.writing, scan) | {"is_exported": True}
        batching = make_batching(scan, ledger, folder=folder, stop=stop, console=console, **how)
        watcher = Watcher(console, batching, api=None, expected=foreseen.whole.images + foreseen.failed)
        with ledger.batches.alone("batch export"), ending_in_order(stop.on_signal):
            begin_export(batching)
            written = write_shards(batching, watcher.listener, pattern="visionask-{number}.jsonl")
            write_manifest(batching)
        watcher.clear()
        return _end(written, watcher, console, signal=stop.signal, is_json=asked.said.as_json, is_export=True)


def _announce(foreseen: Foreseen, scan: Scan, console: Console) -> None:
    warnings = (*human.model_warnings(foreseen.whole, today()), *human.limit_warnings(foreseen.whole))
    for warning in (*warnings, *foreseen.warnings):
        console.warn(warning)
    live = shown.standard_price(foreseen.asking)
    line = line_of_answered(foreseen)
    console.note(line or human.price_line(foreseen.whole, [scan.job.options.detail], *live))


def _tell_notices(ledger: Ledger, console: Console) -> None:
    for notice in ledger.notices:
        console.warn(notice)


def _end_without_images(scan: Scan, ledger: str, console: Console, *, is_json: bool) -> int:
    """Name each image that cannot be sent, where none can: there is no batch then."""
    from visionask.core.batch import Submission
    from visionask.run.scan import foresee

    named, written = FailedItems(console), Submission()

    def on_failed(each: Failed) -> None:
        named.add_error(each.label, each.error)
        written.failed[each.error.code] += 1

    foresee(scan, ledger, on_failed=on_failed)
    named.end()
    console.note("nothing can be sent: there is no batch")
    if is_json:
        data = shown.submit_data(written, created=0, batch=None) | {"waiting": 0}
        console.line(records.dumps(records.envelope("batch", "failed") | {"model": scan.job.model.name, "data": data}))
    return Exit.INPUT


def _end(
    written: Submission, watcher: Watcher, console: Console, *, signal: int, is_json: bool, is_export: bool = False
) -> int:
    watcher.failed.end()
    batch, shards = watcher.batch, watcher.shards()
    for line in shown.submit_lines(written, created=watcher.created, batch=batch.id, is_export=is_export):
        console.note(line)
    if waiting := sum(map(is_waiting, shards)):
        console.note(shown.waiting_line(waiting))
    if is_json:
        record = records.envelope("batch", "ok" if written.stopped is None and not signal else "failed")
        data = shown.submit_data(written, created=watcher.created, batch=batch.id) | {"waiting": waiting}
        console.line(records.dumps(record | {"model": batch.model, "data": data}))
    elif not is_export and (shards or written.lines or written.settled):  # else there is no batch
        console.line(batch.id)
    if written.stopped is not None:
        console.error(written.stopped)
        return exit_code(written.stopped)
    if signal:
        console.note("interrupted: run it again to go on")
        return 128 + signal
    if not written.failed:
        return Exit.OK
    if Bug.code in written.failed:
        return Exit.BUG
    return Exit.PARTIAL if written.lines or written.settled else Exit.INPUT
