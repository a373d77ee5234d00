"""Owns what a batch is while it is made: a scan that is written to files, and each of its images made ready for one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.batch import request_line
from visionask.core.errors import InputError
from visionask.core.fingerprint import normal_base_url, scan_key
from visionask.core.image import BytesSource, Failed, FileSource
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.projection import worst_usd
from visionask.report.records import dumps, outcome_record
from visionask.run.final import final_error
from visionask.run.job import asked, build_request, project_images, sent_picture
from visionask.run.survey import plan_source
from visionask.store.batch_values import BatchInfo, BatchItem

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.batch import Limits
    from visionask.core.errors import VisionaskError
    from visionask.core.fingerprint import AnswerKeys
    from visionask.core.image import EncodedImage, Source
    from visionask.core.plan import ImagePlan, Planner
    from visionask.core.text_tokens import TextCount
    from visionask.run.scan import Scan
    from visionask.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """What those who prepare the lines of one batch share."""

    scan: Scan
    batch: BatchInfo
    ledger: Ledger
    planner: Planner
    keys: AnswerKeys
    text: TextCount
    limits: Limits
    folder: str
    decoding: threading.Semaphore
    is_exported: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


class Ready(NamedTuple):
    """A line that can be written."""

    item: BatchItem
    reserved_usd: Decimal | None
    line: bytes


class Settled(NamedTuple):
    """An image for which no line is written, and why: answered, pending, failed (before), or unsendable."""

    item: BatchItem
    why: str
    error: VisionaskError | None = None


Prepared = Ready | Settled


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


def prepare_line(source: Source | Failed, batching: Batching) -> Prepared:
    """Bring one image to its line, or to the reason why it needs none. Raises StateError."""
    if isinstance(source, Failed):
        return unsendable(source.label, source.error)
    try:
        if isinstance(source, FileSource):
            with batching.decoding:  # a file is held whole until it is encoded: no more of them than processors
                return _prepare(source, batching)
        return _prepare(source, batching)
    except InputError as error:
        return unsendable(source.label, error)


def unsendable(label: str, error: VisionaskError) -> Settled:
    """Tell of an image for which nothing is sent."""
    told = json.dumps({"code": error.code, "message": error.message, "hint": error.hint})
    return Settled(BatchItem(label=label, error=told), "unsendable", error)


def _prepare(source: Source, batching: Batching) -> Prepared:
    """Read once, plan what was read, and encode only what has no answer and no line."""
    from visionask.images.probe import read_bytes

    there = BytesSource(source.label, read_bytes(source)) if isinstance(source, FileSource) else source
    image = plan_source(there, batching.scan.job.choosing, batching.planner)
    if isinstance(image, Failed):
        raise image.error
    is_held = isinstance(source, FileSource)  # by the caller, for as long as the file is
    data = image.source.data if isinstance(image.source, BytesSource) else None
    digest = None if data is None else hashlib.sha256(data).hexdigest()
    scan = batching.scan
    key = batching.keys.key([sent_picture(image, digest)])
    planned = PlannedRequest(
        question=scan.job.question,
        system=scan.job.system,
        images=(image._replace(source=source),),
        projection=project_images(scan.job, [image.sizing], text=batching.text),
    )
    why = _standing(key, batching)
    if why is not None:
        return Settled(_item(source.label, key, planned, None, digest), why)
    encoded = None if data is None else _encode(data, image, digest, None if is_held else batching.decoding)
    request = build_request(scan.job, planned, (encoded,))
    from visionask.api.chat import body

    item = _item(source.label, key, planned, encoded, digest)
    return Ready(item, worst_usd(planned.projection), request_line(key, body(request)))


def _encode(data: bytes, image: ImagePlan, digest: str | None, decoding: threading.Semaphore | None) -> EncodedImage:
    from visionask.images.prepare import encode

    with contextlib.nullcontext() if decoding is None else decoding:
        return encode(data, image.sizing.spec, label=image.source.label, sha256=digest)


def _standing(key: str, batching: Batching) -> str | None:
    """Tell why no line is needed; None where one is."""
    ledger, retries = batching.ledger, batching.scan.retries_failed
    if ledger.find(key) is not None:
        return "answered"
    standing = ledger.batches.standing(key)
    if standing == "pending":
        return standing
    if standing == "failed" and not retries:
        return standing
    failure = None if retries else ledger.find_failure(key)
    return None if failure is None or final_error(failure) is None else "failed"


def _item(label: str, key: str, planned: PlannedRequest, encoded: EncodedImage | None, digest: str | None) -> BatchItem:
    """Keep what a record says of the image, without what is null."""
    record = outcome_record("batch", Outcome(status="planned", planned=planned, encoded=(encoded,), digests=(digest,)))
    image = {name: value for name, value in record["images"][0].items() if value not in (None, [])}
    return BatchItem(label=label, key=key, data=dumps({"image": image, "projected": record["projected"]}))
