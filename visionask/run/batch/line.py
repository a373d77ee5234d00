"""Owns the making of one line of a batch: an image read once, planned, and encoded where no answer or line is there.

It needs no ledger: what that knows of a key it is told, so that it can be done on another machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from visionask.core.batch import request_line
from visionask.core.errors import InputError
from visionask.core.fingerprint import AnswerKeys
from visionask.core.image import BytesSource, Failed, FileSource
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.plan import Planner
from visionask.core.projection import worst_usd
from visionask.report.records import dumps, outcome_record
from visionask.run.job import asked, build_request, project_images, sent_picture
from visionask.run.survey import plan_source
from visionask.store.batch_values import BatchItem

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from visionask.core.errors import VisionaskError
    from visionask.core.image import EncodedImage, Source
    from visionask.core.plan import ImagePlan
    from visionask.core.text_tokens import TextCount
    from visionask.run.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What the lines of one batch are made with."""

    job: Job
    text: TextCount
    planner: Planner
    keys: AnswerKeys
    standing: Callable[[str], str | None]  # why an answer's key needs no line; None where it does
    decoding: threading.Semaphore = field(default_factory=threading.Semaphore)


def make_with(
    job: Job, base_url: str | None, *, text: TextCount, standing: Callable[[str], str | None], at_once: int = 1
) -> Making:
    """Put together what lines are made with; so many pictures are decoded at once."""
    return Making(
        job=job,
        text=text,
        planner=Planner(model=job.model, options=job.options),
        keys=AnswerKeys(asked(job, base_url)),
        standing=standing,
        decoding=threading.Semaphore(at_once),
    )


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


def prepare_line(source: Source | Failed, making: Making) -> Prepared:
    """Bring one image to its line, or to the reason why it needs none. Raises StateError."""
    if isinstance(source, Failed):
        return unsendable(source.label, source.error)
    try:
        if isinstance(source, FileSource):
            with making.decoding:  # a file is held whole until it is encoded: no more of them than processors
                return _prepare(source, making)
        return _prepare(source, making)
    except InputError as error:
        return unsendable(source.label, error)


def unsendable(label: str, error: VisionaskError) -> Settled:
    """Tell of an image for which nothing is sent."""
    told = json.dumps({"code": error.code, "message": error.message, "hint": error.hint})
    return Settled(BatchItem(label=label, error=told), "unsendable", error)


def _prepare(source: Source, making: Making) -> Prepared:
    """Read once, plan what was read, and encode only what has no answer and no line."""
    from visionask.images.probe import read_bytes

    there = BytesSource(source.label, read_bytes(source)) if isinstance(source, FileSource) else source
    image = plan_source(there, making.job.choosing, making.planner)
    if isinstance(image, Failed):
        raise image.error
    is_held = isinstance(source, FileSource)  # by the caller, for as long as the file is
    data = image.source.data if isinstance(image.source, BytesSource) else None
    digest = None if data is None else hashlib.sha256(data).hexdigest()
    key = making.keys.key([sent_picture(image, digest)])
    planned = PlannedRequest(
        question=making.job.question,
        system=making.job.system,
        images=(image._replace(source=source),),
        projection=project_images(making.job, [image.sizing], text=making.text),
    )
    why = making.standing(key)
    if why is not None:
        return Settled(_item(source.label, key, planned, None, digest), why)
    encoded = None if data is None else _encode(data, image, digest, None if is_held else making.decoding)
    request = build_request(making.job, planned, (encoded,))
    from visionask.api.chat import body

    item = _item(source.label, key, planned, encoded, digest)
    return Ready(item, worst_usd(planned.projection), request_line(key, body(request)))


def _encode(data: bytes, image: ImagePlan, digest: str | None, decoding: threading.Semaphore | None) -> EncodedImage:
    from visionask.images.prepare import encode

    with contextlib.nullcontext() if decoding is None else decoding:
        return encode(data, image.sizing.spec, label=image.source.label, sha256=digest)


def _item(label: str, key: str, planned: PlannedRequest, encoded: EncodedImage | None, digest: str | None) -> BatchItem:
    """Keep what a record says of the image, without what is null."""
    record = outcome_record("batch", Outcome(status="planned", planned=planned, encoded=(encoded,), digests=(digest,)))
    image = {name: value for name, value in record["images"][0].items() if value not in (None, [])}
    return BatchItem(label=label, key=key, data=dumps({"image": image, "projected": record["projected"]}))
