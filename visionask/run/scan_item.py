"""One image of a scan that can be sent: from its bytes to its outcome, paid at most once.

The sending of one request of a scan: its claim and its money, every attempt, and the answer into the ledger.

The way of one source of a scan to its end, in a worker: read, planned, asked.

An item's place in the pace of a scan: waiting for it, keeping it over several attempts, giving it back.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.errors import (
    ApiError,
    BadReply,
    BudgetError,
    InBatch,
    IncompleteAnswer,
    InputError,
    RateLimited,
    RejectedError,
    StateError,
    TimedOut,
    VisionaskError,
)
from visionask.core.image import BytesSource, Failed, FileSource
from visionask.core.ledger import ImageRef, Intent, ItemName, MoneyHeld, StoredAnswer, Taken, Ticket
from visionask.core.ledger import Item as LedgerItem
from visionask.core.plan import ImagePlan
from visionask.core.projection import worst_usd
from visionask.core.request import Outcome, PlannedRequest
from visionask.images.files import MAX_BYTES
from visionask.images.probe import read_bytes
from visionask.run.job import billed, build_request, final_error, sent_picture
from visionask.run.scan import Item, Unkept
from visionask.run.structured import data_of
from visionask.run.survey import plan_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.image import EncodedImage, Source
    from visionask.core.ledger import PaidAnswer
    from visionask.core.pace import Ticket as PaceTicket
    from visionask.core.request import Answer, Attempt, Request
    from visionask.run.scan import Context


class Stopped(ApiError):
    """The scan was stopped before this request, or its next attempt, left."""


class Turn:
    """The leave of the pace to be on the wire, for one attempt after the other."""

    def __init__(self, context: Context, tokens: int) -> None:
        self._context, self._tokens = context, tokens
        self._ticket: PaceTicket | None = None
        self._has_started = False

    def wait(self) -> bool:
        """Wait in the line until a request may start; False, and out of the line, when the scan was stopped first."""
        pace, stop = self._context.pace, self._context.stop
        if self._ticket is None:
            self._ticket = pace.reserve(self._tokens)
        while not stop.is_set():
            seconds = pace.wait_s(self._ticket, now_s=time.monotonic())
            if seconds <= 0:
                self._has_started = True
                return True
            stop.wait(seconds)
        self.give_back()
        return False

    def again(self, after: VisionaskError | None) -> None:
        """Wait for another attempt. Fewer go at a time after a rate limit; a passing fault says nothing of how many are
        too many, and the client waits before it comes here. Raises Stopped."""
        pace = self._context.pace
        if self._ticket is not None and self._has_started:
            if isinstance(after, RateLimited):
                pace.limited(self._ticket, now_s=time.monotonic(), wait_s=0)
            else:
                pace.settle(self._ticket, tokens=0)
            self._ticket, self._has_started = None, False
        if not self.wait():
            raise Stopped("the scan was stopped before the next try", "run it again")

    def end(self, tokens: int | None = None) -> None:
        """Leave the wire, or the line where nothing was sent; again does nothing."""
        if self._ticket is not None and self._has_started:
            self._context.pace.settle(self._ticket, tokens=tokens)
            self._ticket, self._has_started = None, False
        self.give_back()

    def give_back(self) -> None:
        """Leave the line without having sent anything; again does nothing."""
        if self._ticket is not None:
            self._context.pace.refund(self._ticket)
        self._ticket, self._has_started = None, False


ASK_AGAIN = 2  # times more, when a reply was cut or lost: it may be billed, and the budget is asked again


HELD_S = 0.2  # between looks at a key that another worker or process is asking, or at money that is held


PATIENCE_S = 3.0  # for such a key; then other items take the worker: whoever is asking may be stalled, or stopped


class Sending:
    """One request on its way. What it cost in attempts is counted over all of them, whoever made them."""

    def __init__(self, context: Context, intent: Intent, check: Callable[[], None]) -> None:
        """`check` raises RejectedError where the same was refused meanwhile to whoever asked it."""
        self._context, self._intent, self._check = context, intent, check
        self._turn = Turn(context, intent.projected_input_tokens or 0)
        self._ticket: Ticket | None = None
        self.attempts = self.maybe_billed = 0
        self.started_s = time.monotonic()

    @property
    def ticket(self) -> Ticket:
        """The claim, once `claim` has got one."""
        assert self._ticket is not None
        return self._ticket

    def claim(self) -> Ticket | StoredAnswer | Taken | None:
        """Wait for the pace, the money and the key, then commit the intent. None where the scan was stopped.

        The answer, where somebody else has got it meanwhile; Taken, where they are still asking when the patience is
        at its end. Where their process dies, its claim ends here within moments. Raises RejectedError where it was
        refused to them, BudgetError, StateError.
        """
        if not self._turn.wait():
            return None
        until_s = time.monotonic() + PATIENCE_S
        begun: Ticket | StoredAnswer | Taken | None = None
        try:
            while begun is None:
                begun = self._begin()
                if isinstance(begun, Ticket):
                    self._ticket, self.started_s = begun, time.monotonic()
                    return begun
                self._turn.give_back()  # whoever asks it, or has the money, has a place of its own on the wire
                if begun is None or (isinstance(begun, Taken) and time.monotonic() < until_s):
                    begun = None
                    if self._context.stop.wait(HELD_S):
                        return None
                    self._check()
        except BaseException:
            self._turn.give_back()
            raise
        return begun

    def send(self, request: Request) -> Answer:
        """Send until there is an answer, not yet in the ledger, or a reason. The request in the ledger stays open.

        Raises VisionaskError: Stopped where nothing was sent, BudgetError and StateError for what ends the scan.
        """
        try:
            if not self._turn.wait():  # given back while somebody else asked
                raise Stopped("the scan was stopped before this request", "run it again")
            for _ in range(ASK_AGAIN):
                try:
                    return self._answer(request)
                except VisionaskError as error:
                    if not _is_lost(error) or self._context.stop.is_set():
                        raise
                    self.maybe_billed += not error.maybe_billed
                    self._renew(error)
            return self._answer(request)
        finally:
            self._turn.end()

    def _begin(self) -> Ticket | StoredAnswer | Taken | None:
        """Try to claim; None where there is no money but what requests under way may leave."""
        try:
            return self._context.ledger.begin(self._intent, asks_again=self._context.scan.asks_again)
        except MoneyHeld:
            return None

    def _renew(self, error: VisionaskError, attempt: Attempt | None = None) -> None:
        """Reserve the money of another attempt: that of the last one may be spent. Raises BudgetError, StateError, and
        what became of the last one where the scan is stopped meanwhile."""
        ledger = self._context.ledger
        while True:
            try:
                if attempt is not None and attempt.is_more:
                    return ledger.extend(self.ticket)
                return ledger.renew(self.ticket, maybe_billed=attempt is None or attempt.is_maybe_billed)
            except MoneyHeld:
                if self._context.stop.wait(HELD_S):
                    raise error from None

    def _answer(self, request: Request) -> Answer:
        before = self.attempts

        def on_attempt(attempt: Attempt) -> None:
            if before or attempt.number > 1:
                self._turn.again(attempt.after)
            elif self._context.stop.is_set():
                raise Stopped("the scan was stopped before this request", "run it again")
            if attempt.after is not None:
                self._renew(attempt.after, attempt)
            self.attempts = before + attempt.number

        try:
            answer = self._context.client.send(request, on_attempt=on_attempt)
        except VisionaskError as error:
            self.maybe_billed += error.maybe_billed
            raise
        self.maybe_billed += answer.maybe_billed
        self._turn.end(None if answer.usage is None else answer.usage.input_tokens)
        return answer


def _is_lost(error: VisionaskError) -> bool:
    """Tell whether the reply was cut or lost on the way, so that asking again may bring it whole."""
    if isinstance(error, IncompleteAnswer):
        return error.partial is None or error.partial.finish_reason is None
    if isinstance(error, BadReply):
        return error.status is None  # else a redirect, or a refusal that cannot be read: it would come again
    return isinstance(error, TimedOut)


def ends_here(error: VisionaskError) -> bool:
    """Tell whether an error is none of the item's own: the money or the ledger has come to its end."""
    return isinstance(error, BudgetError | StateError)


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


def settle_item(task: Source | Asking, context: Context) -> Item | Taken | None:
    """Bring one item to its end; None when the scan was stopped while it waited, Taken where somebody else is asking
    the same and takes long: come back to it after the others.

    Raises VisionaskError for what ends the whole scan (a budget, the ledger), Unkept for an answer that has no place.
    """
    label = task.label
    try:
        if isinstance(task, FileSource):
            with context.decoding:  # a file is held whole until it is encoded: no more of them than processors
                task = read(task, context)
                item = task.prepare()
        else:
            task = task if isinstance(task, Asking) else read(task, context)
            with context.decoding:
                item = task.prepare()
    except InputError as error:
        return unsendable(Failed(label=label, error=error), context)
    return task.run() if item is None else item


def read(source: Source, context: Context, *, max_bytes: int = MAX_BYTES) -> Asking:
    """Read an image once, and plan what was read: a file that changes meanwhile is one or the other, whole.

    Raises InputError.
    """
    there = source
    if isinstance(source, FileSource):
        there = BytesSource(source.path, read_bytes(source, max_bytes=max_bytes))
    found = plan_source(there, context.scan.job.choosing, context.planner)
    if isinstance(found, Failed):
        raise found.error
    data = found.source.data if isinstance(found.source, BytesSource) else None
    return Asking(ImagePlan(source, found.probe, found.sizing), data, context)
