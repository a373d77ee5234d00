"""Owns one image of a scan that can be sent: from its bytes to its outcome, paid at most once."""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.errors import InBatch, InputError, RejectedError, StateError, VisionaskError
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.projection import worst_usd
from visionask.run.final import final_error
from visionask.run.job import billed, build_request, sent_picture
from visionask.run.scan.plan import Item, Unkept
from visionask.run.scan.sending import Sending, ends_here
from visionask.run.scan.turn import Stopped
from visionask.run.structured import data_of
from visionask.store.values import ImageRef, Intent, ItemName, StoredAnswer, Taken, Ticket
from visionask.store.values import Item as LedgerItem

if TYPE_CHECKING:
    from visionask.core.image import EncodedImage, Failed
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer
    from visionask.run.scan.plan import Context
    from visionask.store.values import PaidAnswer


def unsendable(failed: Failed, context: Context) -> Item:
    """Note and report an image that cannot be sent."""
    name = ItemName(context.number, failed.label)
    context.ledger.scans.note(_failed_item(name, None, failed.error))
    return Item(outcome=Outcome(status="failed", failed=(failed,), error=failed.error))


def _failed_item(name: ItemName, key: str | None, error: VisionaskError) -> LedgerItem:
    return LedgerItem(
        name=name, status="failed", key=key, error_code=error.code, error_message=error.message, hint=error.hint
    )


class Asking:
    """One image that can be sent. `data` are its bytes until its picture is made; None for a link that is handed on."""

    def __init__(self, image: ImagePlan, data: bytes | None, context: Context) -> None:
        self._image, self.data, self._context = image, data, context
        self._job = context.scan.job
        self._digest = None if data is None else hashlib.sha256(data).hexdigest()
        self.key = context.keys.key((sent_picture(image, self._digest),))
        self.source, self.label = image.source, image.source.label
        self._name = ItemName(context.number, self.label)
        self._planned = PlannedRequest(
            question=self._job.question,
            system=self._job.system,
            images=(image,),
            projection=context.project(image.sizing),
        )
        self._encoded: EncodedImage | None = None

    def prepare(self) -> Item | None:
        """Make the picture; the item, where what is known of it ends it here. Raises InputError."""
        scan = self._context.scan
        known = self._context.ledger.find(self.key, of_this_run=scan.asks_again)
        if known is not None:
            return self.recalled(known)
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
            return self.recalled(claimed)
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
        outcome = self._outcome(
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
            unkept = StateError(f"{self.label}: paid, but not kept ({error.message})", "asking again pays again")
            raise Unkept(replace(outcome, status="failed", error=unkept), error) from error
        self._context.ceiling.learn(usd)
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def _failed(self, sending: Sending, error: VisionaskError) -> Item | None:
        """Commit why there is no answer; None where nothing was sent and the next run takes it."""
        seconds = time.monotonic() - sending.started_s
        error.attempts, error.maybe_billed = sending.attempts, sending.maybe_billed
        partial = error.partial if isinstance(error, RejectedError) else None
        usd = billed(self._job, partial)
        self._context.ledger.fail(sending.ticket, error, usd=usd)
        self._context.ceiling.learn(usd)
        if ends_here(error):
            raise error
        if isinstance(error, Stopped):
            return None
        outcome = self._outcome(
            status="failed",
            error=error,
            answer=partial,
            billed_usd=usd,
            attempts=sending.attempts,
            seconds=seconds,
        )
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def recalled(self, known: StoredAnswer | PaidAnswer) -> Item:
        """Report an answer that is paid for, under this name too."""
        self._context.ledger.hit(known)
        self._context.ledger.scans.note(LedgerItem(name=self._name, status="ok", key=self.key, is_cached=True))
        self._context.ceiling.learn(known.usd)
        if self._context.scan.makes_thumbnails and self._encoded is None:
            with contextlib.suppress(InputError):
                self._encode()
        outcome = self._outcome(
            status="ok",
            answer=known.answer,
            data=data_of(known.answer, self._job.schema),
            billed_usd=known.usd,
            is_cached=True,
        )
        return Item(outcome=outcome, thumbnail=self._thumbnail())

    def _check_refusal(self) -> None:
        """Raise InBatch, or a refusal again: an earlier run's, unless --retry-failed, or one of another name here."""
        scan, failure = self._context.scan, self._context.ledger.find_failure(self.key)
        if not scan.asks_again:
            self._context.ledger.batches.refuse(self.key)
        error = None if failure is None else final_error(failure)
        if failure is None or error is None:
            return
        is_of_this_run = failure.at >= self._context.started_at
        if is_of_this_run or not (scan.retries_failed or scan.asks_again):
            raise error

    def _refused(self, error: VisionaskError) -> Item:
        """Report a refusal for which nothing was sent."""
        self._context.ledger.scans.note(_failed_item(self._name, self.key, error))
        return Item(outcome=self._outcome(status="failed", error=error))

    def _outcome(self, **ended: Any) -> Outcome:
        encoded = () if self._encoded is None else (self._encoded,)
        return Outcome(planned=self._planned, digests=(self._digest,), encoded=encoded, **ended)

    def _encode(self) -> None:
        """Make the picture that is sent, and let go of the file. Raises InputError."""
        if self.data is None:
            return
        from visionask.images.prepare import encode

        self._encoded = encode(self.data, self._image.sizing.spec, label=self.label, sha256=self._digest)
        self.data = None

    def _thumbnail(self) -> bytes | None:
        if self._encoded is None or not self._context.scan.makes_thumbnails:
            return None
        from visionask.images.thumbnail import thumbnail

        return thumbnail(self._encoded)

    def _intent(self) -> Intent:
        projection = self._planned.projection
        return Intent(
            key=self.key,
            model=self._job.model.name,
            question=self._job.question,
            base_url=self._context.scan.base_url or "",
            system=self._job.system,
            images=(ImageRef(self.label, self._digest),),
            detail=self._image.sizing.level,
            projected_input_tokens=projection.input_tokens,
            projected_image_tokens=projection.image_tokens,
            reserved_usd=self._context.ceiling.reserve(worst_usd(projection)),
            item=self._name,
        )
