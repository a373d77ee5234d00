"""Owns the reading of what `batch submit` and `batch export` are told: which images, asked what, in what files."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.cli import options as opt
from visionask.cli.context import choose, read_names
from visionask.cli.job import read_job
from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from visionask.config.settings import Settings
    from visionask.core.batch import Limits
    from visionask.report.console import Console
    from visionask.run.batch.making import Batching
    from visionask.run.scan.plan import Scan
    from visionask.store.ledger import Ledger

Flags = dict[str, Any]
MOST_IMAGES = 1000  # in one piece of work: what a worker that dies takes with it


def read_scan(flags: Flags, settings: Settings, console: Console) -> Scan:
    """Read the flags that say what is asked of which images: as `scan` has them, at batch rates."""
    from visionask.cli.context import read_prompt
    from visionask.run.scan.plan import Scan

    words, prompt_file = list(flags["words"] or []), flags["prompt_file"]
    if prompt_file is None and (not words or not words[0].strip()):
        raise UsageError("no question was given", 'visionask batch submit "What is in this image?" photos/')
    question, args = (words[0], words[1:]) if prompt_file is None else (read_prompt(prompt_file), words)
    args += [*(flags["image"] or []), *read_names(flags["files_from"], is_null=flags["null"])]
    if not args:
        raise UsageError("no image was named", "name a folder, files, or --files-from FILE")
    choosing = choose(args, flags, fetches_whole=True, passes_urls=flags["pass_url"])
    flags |= {"local": None, "service_tier": None}
    job = read_job(flags, settings, console=console, question=question, choosing=choosing)
    return Scan(
        job=replace(job, terms=job.terms._replace(tier="batch")),
        base_url=settings.base_url,
        workers=settings.jobs,
        retries_failed=flags["retry_failed"],
    )


def make_batching(
    flags: Flags,
    scan: Scan,
    ledger: Ledger,
    *,
    folder: str,
    stop: threading.Event,
    console: Console,
    is_exported: bool = False,
) -> Batching:
    """Note the batch in the ledger, and give what those who write its lines share."""
    from visionask.run.batch.making import CHUNK, Batching, describe, key_of_scan
    from visionask.run.job import count_text

    job = scan.job
    number = ledger.scans.start(key_of_scan(scan), question=job.question, model=job.model.name)
    batch = describe(scan, number, at=time.time())
    ledger.batches.start(batch)
    return Batching(
        scan=scan,
        batch=batch,
        ledger=ledger,
        text=count_text(job),
        limits=_limits(flags, scan.base_url),
        folder=folder,
        is_exported=is_exported,
        executor=flags["executor"],
        chunk=opt.need_range(flags["chunk"], "--chunk", least=1, most=MOST_IMAGES) or CHUNK,
        chunk_store=_chunk_store(flags),
        stop=stop,
        on_notice=console.note,
    )


def _chunk_store(flags: Flags) -> str | None:
    """Read where the workers' chunks lie, as all machines name it."""
    store: str | None = flags["chunk_store"]
    if store is None:
        return None
    if flags["executor"] is None:
        raise UsageError("--chunk-store is for the workers of an executor", "add --executor, or drop it")
    from visionask.images.buckets import is_object_url

    if not is_object_url(store):
        return need_folder(store, "--chunk-store")
    from visionask.images.objects_kept import check_place

    check_place(store)
    return store


def need_folder(where: str, flag: str) -> str:
    """Refuse a URL where the files must be on this machine."""
    if "://" in where:
        raise UsageError(
            f"{flag} {where} is no folder", "name one here; the chunks of an executor may go to --chunk-store s3://..."
        )
    return os.path.abspath(where)


def _limits(flags: Flags, base_url: str | None) -> Limits:
    from visionask.config.batch_limits import batch_limits

    limits = batch_limits(base_url)
    requests = opt.need_range(flags["shard_requests"], "--shard-requests", least=1, most=limits.requests)
    size_mb = opt.need_range(flags["shard_mb"], "--shard-mb", least=1, most=limits.bytes // 1_000_000)
    return limits._replace(
        requests=requests or limits.requests, bytes=limits.bytes if size_mb is None else size_mb * 1_000_000
    )
