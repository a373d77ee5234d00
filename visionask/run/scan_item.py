"""Owns one item of a scan: from its source to its outcome, paid at most once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import InBatch, InputError, RejectedError, StateError, VisionaskError
from visionask.core.image import BytesSource, EncodedImage, Failed, FileSource
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.projection import worst_usd
from visionask.run.final import final_error
from visionask.run.job import billed, build_request, project_images, sent_picture
from visionask.run.scan import Item, Unkept
from visionask.run.sending import Sending, ends_here
from visionask.run.structured import data_of
from visionask.run.survey import plan_source
from visionask.run.turn import Stopped
from visionask.store.values import ImageRef, Intent, ItemName, StoredAnswer, Taken, Ticket
from visionask.store.values import Item as LedgerItem

if TYPE_CHECKING:
    from visionask.core.image import Source
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer
    from visionask.run.scan import Context


LARGE_BYTES = 1 << 18  # reading and digesting more takes long enough to let others look meanwhile


def settle_item(source: Source | Failed, context: Context) -> Item | Taken | None:
    """Bring one item to its end; None when the scan was stopped while it waited, Taken where somebody else is asking
    the same and takes long: come back to it after the others.

    Raises VisionaskError for what ends the whole scan (a budget, the ledger), Unkept for an answer that has no place.
    """
    if isinstance(source, Failed):
        return _unsendable(source, context)
    try:
        if isinstance(source, FileSource):
            if _is_large(source):
                context.on_slow()
            with context.decoding:  # a file is held whole until it is encoded: no more of them than processors
                asking = _read(source, context)
                item = asking.prepare()
        else:
            context.on_slow()
            asking = _read(source, context)
            with context.decoding:
                item = asking.prepare()
    except InputError as error:
        return _unsendable(Failed(label=source.label, error=error), context)
    return asking.run() if item is None else item


def _is_large(source: FileSource) -> bool:
    try:
        return os.stat(source.path).st_size > LARGE_BYTES
    except (OSError, ValueError):  # its reading says why
        return False


def _read(source: Source, context: Context) -> _Asking:
    """Read an image once, and plan what was read: a file that changes meanwhile is one or the other, whole."""
    from visionask.images.probe import read_bytes

    there = BytesSource(source.label, read_bytes(source)) if isinstance(source, FileSource) else source
    found = plan_source(there, context.scan.job.choosing, context.planner)
    if isinstance(found, Failed):
        raise found.error
    data = found.source.data if isinstance(found.source, BytesSource) else None
    return _Asking(found._replace(source=source), data, context)


def _unsendable(failed: Failed, context: Context) -> Item:
    name = ItemName(context.number, failed.label)
    context.ledger.scans.note(_failed_item(name, None, failed.error))
    return Item(outcome=Outcome(status="failed", failed=(failed,), error=failed.error))


def _failed_item(name: ItemName, key: str | None, error: VisionaskError) -> LedgerItem:
    return LedgerItem(
        name=name, status="failed", key=key, error_code=error.code, error_message=error.message, hint=error.hint
    )


class _Asking:
    """One image that can be sent."""

    def __init__(self, image: ImagePlan, data: bytes | None, context: Context) -> None:
        self._image, self._data, self._context = image, data, context
        self._job = context.scan.job
        self._digest = None if data is None else hashlib.sha256(data).hexdigest()
        self._key = context.keys.key([sent_picture(image, self._digest)])
        self._name = ItemName(context.number, image.source.label)
        self._planned = PlannedRequest(
            question=self._job.question,
            system=self._job.system,
            images=(image,),
            projection=project_images(self._job, [image.sizing], text=context.text),
        )
        self._outcome = Outcome(status="failed", planned=self._planned, digests=(self._digest,))
        self._encoded: EncodedImage | None = None

    def prepare(self) -> Item | None:
        """Make the picture; the item, where what is known of it ends it here. Raises InputError."""
        scan = self._context.scan
        known = self._context.ledger.find(self._key, of_this_run=scan.asks_again)
        if known is not None:
            return self._cached(known)
        try:
            self._check_refusal()
        except (RejectedError, InBatch) as error:
            return self._refused(error)
        self._encode()
        return None

    def run(self) -> Item | Taken | None:
        """Ask, alone where the budget wants to know first what an answer costs."""
        self._context.warm()
        ceiling = self._context.ceiling
        is_alone = ceiling.enter(self._context.stop)
        try:
            return self._ask()
        finally:
            if is_alone:
                ceiling.leave()

    def _ask(self) -> Item | Taken | None:
        sending = Sending(self._context, self._intent(), self._check_refusal)
        try:
            claimed = sending.claim()
        except (RejectedError, InBatch) as error:
            return self._refused(error)
        if isinstance(claimed, StoredAnswer):
            return self._cached(claimed)
        if not isinstance(claimed, Ticket):
            return claimed
        try:
            answer = sending.send(build_request(self._job, self._planned, (self._encoded,)))
        except StateError:
            raise
        except VisionaskError as error:
            return self._failed(sending, error)
        return self._answered(sending, answer)

    def _answered(self, sending: Sending, answer: Answer) -> Item:
        """Commit an answer before anybody sees it."""
        answer = replace(answer, attempts=sending.attempts, maybe_billed=sending.maybe_billed)
        seconds, usd = time.monotonic() - sending.started_s, billed(self._job, answer)
        outcome = replace(
            self._outcome,
            status="ok",
            answer=answer,
            data=data_of(answer, self._job.schema),
            billed_usd=usd,
            attempts=answer.attempts,
            seconds=seconds,
            is_cached=answer.is_replayed,
        )
        try:
            self._context.ledger.settle(sending.ticket, answer, usd=usd, seconds=seconds)
        except StateError as error:
            unkept = StateError(f"{self._name.label}: paid, but not kept ({error.message})", "asking again pays again")
            raise Unkept(replace(outcome, status="failed", error=unkept), error) from error
        self._context.ceiling.learn(usd)
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def _failed(self, sending: Sending, error: VisionaskError) -> Item | None:
        """Commit why there is no answer; None where nothing was sent and the next run takes it."""
        seconds = time.monotonic() - sending.started_s
        error.attempts, error.maybe_billed = sending.attempts, sending.maybe_billed
        partial = error.partial if isinstance(error, RejectedError) else None
        usd = billed(self._job, partial)
        self._context.ledger.fail(sending.ticket, error, usd=usd, usage=None if partial is None else partial.usage)
        self._context.ceiling.learn(usd)
        if ends_here(error):
            raise error
        if isinstance(error, Stopped):
            return None
        outcome = replace(
            self._outcome, error=error, answer=partial, billed_usd=usd, attempts=sending.attempts, seconds=seconds
        )
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def _cached(self, known: StoredAnswer) -> Item:
        """Report an answer that is paid for, under this name too."""
        self._context.ledger.hit(known)
        self._context.ledger.scans.note(LedgerItem(name=self._name, status="ok", key=self._key, is_cached=True))
        self._context.ceiling.learn(known.usd)
        if self._context.scan.makes_thumbnails and self._encoded is None:
            with contextlib.suppress(InputError):
                self._encode()
        outcome = replace(self._outcome, status="ok", answer=known.answer, is_cached=True, billed_usd=known.usd)
        outcome = replace(outcome, data=data_of(known.answer, self._job.schema))
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def _check_refusal(self) -> None:
        """Raise InBatch, or a refusal again: an earlier run's, unless --retry-failed, or one of another name here."""
        scan, failure = self._context.scan, self._context.ledger.find_failure(self._key)
        if not scan.asks_again:
            self._context.ledger.batches.refuse(self._key)
        error = None if failure is None else final_error(failure)
        if failure is None or error is None:
            return
        is_of_this_run = failure.at >= self._context.started_at
        if is_of_this_run or not (scan.retries_failed or scan.asks_again):
            raise error

    def _refused(self, error: VisionaskError) -> Item:
        """Report a refusal for which nothing was sent."""
        self._context.ledger.scans.note(_failed_item(self._name, self._key, error))
        return Item(outcome=replace(self._outcome, error=error))

    def _encode(self) -> None:
        """Make the picture that is sent, and let go of the file. Raises InputError."""
        self._context.on_slow()
        if self._data is None:
            return
        from visionask.images.prepare import encode

        self._encoded = encode(self._data, self._image.sizing.spec, label=self._name.label, sha256=self._digest)
        self._data = None
        self._outcome = replace(self._outcome, encoded=(self._encoded,))

    def _thumbnail(self) -> bytes | None:
        if self._encoded is None or not self._context.scan.makes_thumbnails:
            return None
        from visionask.images.thumbnail import thumbnail

        return thumbnail(self._encoded)

    def _intent(self) -> Intent:
        projection = self._planned.projection
        return Intent(
            key=self._key,
            model=self._job.model.name,
            question=self._job.question,
            base_url=self._context.scan.base_url or "",
            system=self._job.system,
            images=(ImageRef(self._name.label, self._digest),),
            detail=self._image.sizing.level,
            projected_input_tokens=projection.input_tokens,
            projected_image_tokens=projection.image_tokens,
            reserved_usd=self._context.ceiling.reserve(worst_usd(projection)),
            item=self._name,
        )
