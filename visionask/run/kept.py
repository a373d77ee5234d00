"""Owns one request and the ledger: an answer is kept before `ask` ends, and recalled with `--cache`.

`ask` is one question of one person, who may well want another answer to it, so that it recalls nothing unless it is
told to; a scan always does. With `--cache` a key is looked up before anything is decoded or sent. An answer is
committed before its record or its usage is shown and before exit 0; text that streams is shown while it arrives, as
only a finished answer can be kept.
"""

from __future__ import annotations

import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import InputError, RejectedError, StateError, VisionaskError
from visionask.core.image import ObjectSource, UrlSource
from visionask.core.projection import worst_usd
from visionask.run.chat.talk import turn_of
from visionask.run.job import asked, billed, key_of
from visionask.store.values import Budget, ImageRef, Intent, StoredAnswer, Taken, Ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.outcome import Outcome, PlannedRequest
    from visionask.core.request import Answer, Attempt
    from visionask.run.job import Job
    from visionask.store.ledger import Ledger

HELD_S = 0.2  # between looks at a key that another process is asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How a request is kept. `path` None: nothing is kept and nothing recalled."""

    path: str | None
    base_url: str | None = None  # for the key of the answer
    budget: Budget = field(default_factory=Budget)
    asks_again: bool = False
    conversation: str | None = None  # that goes on; None: an answer begins one


class Listener(Protocol):
    """Who is told what the ledger knows."""

    def on_notice(self, text: str) -> None: ...

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None: ...


@contextmanager
def open_kept(keeping: Keeping, listener: Listener) -> Iterator[Kept]:
    """Open the ledger for one request. Raises StateError where it cannot be opened."""
    from visionask.store.ledger import open_ledger

    if keeping.path is None and keeping.budget.day_usd is not None:
        listener.on_notice("with --no-log the daily budget sees this request alone")
    with _hinting():
        ledger = open_ledger(keeping.path, budget=keeping.budget)
    try:
        for notice in (*ledger.notices, *([str(ledger.lost)] if ledger.lost.requests else [])):
            listener.on_notice(notice)
        yield Kept(ledger, keeping, listener)
    finally:
        try:
            ledger.close()
        except StateError as error:  # what was to be kept is kept already
            listener.on_notice(error.message)


@contextmanager
def _hinting() -> Iterator[None]:
    """Say of a ledger that fails before anything is sent how to do without it."""
    try:
        yield
    except StateError as error:
        error.hint += "; --no-log asks without it"
        raise


class Kept:
    """The ledger, as one request sees it."""

    def __init__(self, ledger: Ledger, keeping: Keeping, listener: Listener) -> None:
        self._ledger, self._keeping, self._listener = ledger, keeping, listener
        self.conversation = keeping.conversation

    def recall(self, job: Job, outcome: Outcome) -> Outcome | None:
        """Answer from the ledger; None where it has no answer, or must not be asked."""
        assert outcome.planned is not None
        if self._keeping.path is None or self._keeping.asks_again:
            return None
        digests = _digests(outcome.planned)
        if digests is None:
            return None
        key = key_of(asked(job, self._keeping.base_url), outcome.planned.images, digests)
        with _hinting():
            known = self._ledger.find(key)
        return None if known is None else self._recalled(replace(outcome, digests=digests), known)

    def answer(self, job: Job, outcome: Outcome, *, send: Callable[[Callable[[Attempt], None]], Answer]) -> Outcome:
        """Commit the intent, send, commit the answer or why there is none. Raises what the sending raises.

        The key is of the bytes that are sent, so that a file that changes under way is never kept under another's.
        An answer that cannot be kept is in the outcome beside its StateError: it is paid.
        """
        ticket = self._begin(self._intent(job, outcome))
        if isinstance(ticket, StoredAnswer):
            return self._recalled(outcome, ticket)
        started = time.monotonic()
        try:
            answer = send(lambda attempt: self._attempt(ticket, attempt))
        except VisionaskError as error:
            self._fail(job, ticket, error)
            raise
        outcome = replace(outcome, status="ok", answer=answer, attempts=answer.attempts)
        try:
            self._ledger.settle(ticket, answer, usd=billed(job, answer), seconds=time.monotonic() - started)
        except StateError as error:
            unkept = StateError(
                f"the answer is paid for and shown, but could not be kept: {error.message}",
                f"asking again pays again; {error.hint}",
            )
            return replace(outcome, status="failed", error=unkept)
        return outcome

    def remember(self, job: Job, outcome: Outcome) -> None:
        """Add an answer to its conversation, or begin one with it. Where that fails, the answer itself is kept."""
        if self._keeping.path is None:
            return
        talks, model, base_url = self._ledger.conversations, job.model.name, self._keeping.base_url or ""
        try:
            if self.conversation is None:
                turn = turn_of(job, outcome)
                begun = talks.start(model=model, system=job.system, base_url=base_url, turn=turn)
                self.conversation = begun.id
            else:
                talks.add(self.conversation, turn_of(job, outcome), model=model, base_url=base_url)
        except StateError as error:
            self._listener.on_notice(f"the conversation cannot be continued later: {error.message}")

    def take_back(self) -> None:
        """Forget the last turn of the conversation."""
        if self.conversation is not None:
            self._ledger.conversations.drop_last(self.conversation)

    def _recalled(self, outcome: Outcome, known: StoredAnswer) -> Outcome:
        assert outcome.planned is not None
        self._ledger.hit(known)
        self._listener.on_recall(outcome.planned, at=known.at)
        return replace(outcome, status="ok", answer=known.answer, billed_usd=known.usd, is_cached=True)

    def _intent(self, job: Job, outcome: Outcome) -> Intent:
        planned = outcome.planned
        assert planned is not None
        digests = [None if picture is None else picture.sha256 for picture in outcome.encoded]
        labels = [image.source.label for image in planned.images]
        return Intent(
            key=key_of(asked(job, self._keeping.base_url), planned.images, digests),
            model=job.model.name,
            question=job.question,
            base_url=self._keeping.base_url or "",
            system=job.system,
            images=tuple(ImageRef(label, digest) for label, digest in zip(labels, digests, strict=True)),
            detail="/".join(sorted({image.sizing.level for image in planned.images})),
            projected_input_tokens=planned.projection.input_tokens,
            projected_image_tokens=planned.projection.image_tokens,
            reserved_usd=worst_usd(planned.projection),
        )

    def _begin(self, intent: Intent) -> Ticket | StoredAnswer:
        """Claim the key; wait for another process that is asking the very same, and take its answer."""
        is_told = False
        while True:
            with _hinting():
                begun = self._ledger.begin(intent, asks_again=self._keeping.asks_again)
            if not isinstance(begun, Taken):
                return begun
            if self._keeping.asks_again:  # whoever wants an answer of its own waits for nobody's
                intent = replace(intent, key=secrets.token_hex(32))
                continue
            if not is_told:
                self._listener.on_notice(f"process {begun.pid} is asking the same: waiting for its answer")
                is_told = True
            time.sleep(HELD_S)

    def _attempt(self, ticket: Ticket, attempt: Attempt) -> None:
        if attempt.is_more:
            self._ledger.extend(ticket)
        elif attempt.after is not None:
            self._ledger.renew(ticket, maybe_billed=attempt.is_maybe_billed)

    def _fail(self, job: Job, ticket: Ticket, error: VisionaskError) -> None:
        partial = error.partial if isinstance(error, RejectedError) else None
        try:
            self._ledger.fail(ticket, error, usd=billed(job, partial))
        except StateError as state:  # the failure itself is what the user must know
            self._listener.on_notice(state.message)


def _digests(planned: PlannedRequest) -> tuple[str | None, ...] | None:
    """Digest the sources, one at a time in memory; None where one cannot be read: its preparing will say why."""
    import hashlib

    from visionask.images.probe import read_bytes

    try:
        return tuple(
            None
            if isinstance(image.source, UrlSource | ObjectSource)
            else hashlib.sha256(read_bytes(image.source)).hexdigest()
            for image in planned.images
        )
    except InputError:
        return None
