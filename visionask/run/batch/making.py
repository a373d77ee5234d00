"""Owns what a batch is while it is made: a scan that is written to files, and what the ledger knows of its images."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from visionask.core.fingerprint import normal_base_url, scan_key
from visionask.run.batch.line import make_with
from visionask.run.final import final_error
from visionask.run.job import asked
from visionask.store.batch_values import BatchInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.batch import Limits
    from visionask.core.text_tokens import TextCount
    from visionask.run.batch.line import Making
    from visionask.run.scan.plan import Scan
    from visionask.store.ledger import Ledger

CHUNK = 32  # images in one piece of work for an executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """What those who prepare the lines of one batch share."""

    scan: Scan
    batch: BatchInfo
    ledger: Ledger
    text: TextCount
    limits: Limits
    folder: str
    is_exported: bool = False
    executor: str | None = None  # who prepares the images; None: threads of this process
    chunk: int = CHUNK
    chunk_store: str | None = None  # a folder or a URL where the workers' chunks lie; None: `folder`
    stop: threading.Event = field(default_factory=threading.Event)
    on_notice: Callable[[str], None] = lambda _: None


def describe(scan: Scan, number: int, *, at: float) -> BatchInfo:
    """Describe the batch of a scan: the same one whenever the same is asked. `number` is the scan's in the ledger."""
    job = scan.job
    return BatchInfo(
        id=key_of_scan(scan)[:12],
        scan=number,
        at=at,
        model=job.model.name,
        base_url=normal_base_url(scan.base_url),
        question=job.question,
        system=job.system,
        schema=None if job.schema is None else json.dumps(job.schema.given),
        is_free=job.terms.is_free,
    )


def key_of_scan(scan: Scan) -> str:
    """Return the key of a scan: the same for `scan` and for `batch`."""
    options = {name: value for name, value in scan.job.options._asdict().items() if value is not None}
    return scan_key(asked(scan.job, scan.base_url), options)


def make_here(batching: Batching) -> Making:
    """Tell what lines are made with in this process."""
    scan = batching.scan
    known = partial(standing, batching=batching)
    return make_with(scan.job, scan.base_url, text=batching.text, standing=known, at_once=os.cpu_count() or 1)


def standing(key: str, batching: Batching) -> str | None:
    """Tell why no line is needed; None where one is."""
    ledger, retries = batching.ledger, batching.scan.retries_failed
    if ledger.find(key) is not None:
        return "answered"
    line = ledger.batches.standing(key)
    if line == "pending":
        return line
    if line == "failed" and not retries:
        return line
    failure = None if retries else ledger.find_failure(key)
    return None if failure is None or final_error(failure) is None else "failed"
