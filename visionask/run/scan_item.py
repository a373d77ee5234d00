"""Owns one item of a scan: from its source to its outcome, paid at most once."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from visionask.core.errors import (
    BadReply,
    BadRequest,
    IncompleteAnswer,
    InputError,
    Refused,
    RejectedError,
    TimedOut,
    VisionaskError,
)
from visionask.core.image import BytesSource, EncodedImage, Failed, FileSource
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.projection import worst_usd
from visionask.run.job import asked, billed, build_request, key_of, project_images
from visionask.run.survey import plan_source
from visionask.run.turn import Turn
from visionask.store.values import ImageRef, Intent, ItemName, MoneyHeld, StoredAnswer, Taken, Ticket
from visionask.store.values import Item as LedgerItem

if TYPE_CHECKING:
    from visionask.core.image import Source
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer
    from visionask.run.scan import Context

ASK_AGAIN = 2  # times more, when a reply was cut or lost: it may be billed, and the budget is asked again
HELD_S = 0.2  # between looks at a key that another worker or process is asking, or at money that is held


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item that came to an end."""

    outcome: Outcome
    thumbnail: bytes | None = None


def settle_item(source: Source | Failed, context: Context) -> Item | None:
    """Bring one item to its end; None when the scan was stopped while it waited.

    Raises VisionaskError for what ends the whole scan (a budget, the ledger).
    """
    job = context.scan.job
    found = source if isinstance(source, Failed) else plan_source(source, job.choosing, context.planner)
    if isinstance(found, Failed):
        return _unsendable(found, context)
    try:
        data = _bytes_of(found)
    except InputError as error:
        return _unsendable(Failed(label=found.source.label, error=error), context)
    return _Asking(found, data, context).run()


def _bytes_of(image: ImagePlan) -> bytes | None:
    from visionask.images.probe import read_bytes

    return read_bytes(image.source) if isinstance(image.source, FileSource | BytesSource) else None


def _unsendable(failed: Failed, context: Context) -> Item:
    error = failed.error
    context.ledger.scans.note(
        LedgerItem(
            name=ItemName(context.number, failed.label),
            status="failed",
            error_code=error.code,
            error_message=error.message,
            hint=error.hint,
        )
    )
    return Item(outcome=Outcome(status="failed", failed=(failed,), error=error))


class _Asking:
    """One image that can be sent."""

    def __init__(self, image: ImagePlan, data: bytes | None, context: Context) -> None:
        import hashlib

        self._image, self._data, self._context = image, data, context
        self._job = context.scan.job
        self._digest = None if data is None else hashlib.sha256(data).hexdigest()
        self._key = key_of(asked(self._job, context.scan.base_url), [image], [self._digest])
        self._name = ItemName(context.number, image.source.label)
        self._planned = PlannedRequest(
            question=self._job.question,
            system=self._job.system,
            images=(image,),
            projection=project_images(self._job, [image.sizing], text=context.text),
        )
        self._outcome = Outcome(status="failed", planned=self._planned, digests=(self._digest,))

    def run(self) -> Item | None:
        known = self._context.ledger.find(self._key, of_this_run=self._context.scan.asks_again)
        if known is not None:
            return self._cached(known)
        failure = None if self._context.scan.retries_failed else self._final_failure()
        if failure is not None:
            return Item(outcome=replace(self._outcome, error=failure))
        try:
            encoded = self._encode()
        except InputError as error:
            return _unsendable(Failed(label=self._name.label, error=error), self._context)
        self._outcome = replace(self._outcome, encoded=(encoded,))
        turn = Turn(self._context, self._planned.projection.input_tokens or 0)
        if not turn.wait():
            return None
        ticket = self._begin()
        if not isinstance(ticket, Ticket):
            turn.give_back()
            return None if ticket is None else self._cached(ticket)
        try:
            outcome = self._send(ticket, encoded, turn)
        finally:
            turn.end()
        return Item(outcome=outcome, thumbnail=self._thumbnail(encoded))

    def _cached(self, known: StoredAnswer) -> Item:
        """Report an answer that is paid for, under this name too."""
        self._context.ledger.hit(known)
        self._context.ledger.scans.note(LedgerItem(name=self._name, status="ok", key=self._key, is_cached=True))
        thumbnail = None
        if self._context.scan.makes_thumbnails and not self._outcome.encoded:
            try:
                thumbnail = self._thumbnail(self._encode())
            except InputError:
                thumbnail = None
        outcome = replace(self._outcome, status="ok", answer=known.answer, is_cached=True, billed_usd=known.usd)
        return Item(outcome=outcome, thumbnail=thumbnail)

    def _final_failure(self) -> VisionaskError | None:
        """Remember a refusal of an earlier run: only what may end otherwise is asked again without --retry-failed."""
        failure = self._context.ledger.find_failure(self._key)
        if failure is None or failure.retryable or failure.code not in ("bad_request", "refused", "rejected"):
            return None
        kind = {"bad_request": BadRequest, "refused": Refused}.get(failure.code, RejectedError)
        return kind(failure.message, "add --retry-failed to ask again")

    def _encode(self) -> EncodedImage | None:
        if self._data is None:
            return None
        from visionask.images.prepare import encode

        with self._context.decoding:
            return encode(self._data, self._image.sizing.spec, label=self._name.label, sha256=self._digest)

    def _thumbnail(self, encoded: EncodedImage | None) -> bytes | None:
        if encoded is None or not self._context.scan.makes_thumbnails:
            return None
        from visionask.images.thumbnail import thumbnail

        return thumbnail(encoded)

    def _begin(self) -> Ticket | StoredAnswer | None:
        """Wait for the pace, the money and the key, then commit the intent. None when the scan was stopped first."""
        projection, stop = self._planned.projection, self._context.stop
        intent = Intent(
            key=self._key,
            model=self._job.model.name,
            question=self._job.question,
            base_url=self._context.scan.base_url or "",
            system=self._job.system,
            images=(ImageRef(self._name.label, self._digest),),
            detail=self._image.sizing.level,
            projected_input_tokens=projection.input_tokens,
            projected_image_tokens=projection.image_tokens,
            reserved_usd=worst_usd(projection),
            item=self._name,
        )
        while not stop.is_set():
            try:
                begun = self._context.ledger.begin(intent, asks_again=self._context.scan.asks_again)
            except MoneyHeld:
                begun = Taken(pid=0)
            if not isinstance(begun, Taken):
                return begun
            stop.wait(HELD_S)
        return None

    def _send(self, ticket: Ticket, encoded: EncodedImage | None, turn: Turn) -> Outcome:
        """Send until there is an answer or a reason, and commit it before anybody sees it."""
        started = time.monotonic()
        attempts = 0
        for again in range(ASK_AGAIN + 1):
            try:
                answer = self._answer(ticket, encoded, turn)
            except VisionaskError as error:
                attempts += error.attempts
                is_lost = isinstance(error, BadReply | TimedOut) or (
                    isinstance(error, IncompleteAnswer)
                    and (error.partial is None or error.partial.finish_reason is None)
                )
                if is_lost and again < ASK_AGAIN and not self._context.stop.is_set():
                    self._context.ledger.renew(ticket, maybe_billed=True)
                    continue
                return self._failed(ticket, error, attempts=attempts, seconds=time.monotonic() - started)
            seconds = time.monotonic() - started
            usd = billed(self._job, answer)
            self._context.ledger.settle(ticket, answer, usd=usd, seconds=seconds)
            return replace(
                self._outcome,
                status="ok",
                answer=answer,
                billed_usd=usd,
                attempts=attempts + answer.attempts,
                seconds=seconds,
            )
        raise AssertionError  # the loop returns

    def _answer(self, ticket: Ticket, encoded: EncodedImage | None, turn: Turn) -> Answer:
        def on_attempt(_number: int) -> None:
            if turn.is_used:
                turn.again()
                self._context.ledger.renew(ticket, maybe_billed=False)
            turn.is_used = True

        request = build_request(self._job, self._planned, (encoded,))
        answer = self._context.client.send(request, on_attempt=on_attempt)
        turn.end(None if answer.usage is None else answer.usage.input_tokens)
        return answer

    def _failed(self, ticket: Ticket, error: VisionaskError, *, attempts: int, seconds: float) -> Outcome:
        partial = error.partial if isinstance(error, RejectedError) else None
        usd = billed(self._job, partial)
        self._context.ledger.fail(ticket, error, usd=usd, usage=None if partial is None else partial.usage)
        return replace(self._outcome, error=error, answer=partial, billed_usd=usd, attempts=attempts, seconds=seconds)


def _is_lost(error: VisionaskError) -> bool:
    """Tell whether the reply was cut or lost on the way, so that asking again may bring it whole."""
    if isinstance(error, IncompleteAnswer):
        return error.partial is None or error.partial.finish_reason is None
    return isinstance(error, BadReply | TimedOut)
