"""The order of calls of `ask`: plan, look into the ledger, have it approved, prepare beside the SDK, send.

One request and the ledger: an answer is kept before `ask` ends, and recalled with `--cache`.

`ask` is one question of one person, who may well want another answer to it, so that it recalls nothing unless it is
told to; a scan always does. With `--cache` a key is looked up before anything is decoded or sent. An answer is
committed before its record or its usage is shown and before exit 0; text that streams is shown while it arrives, as
only a finished answer can be kept.
"""

from __future__ import annotations

import secrets
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import ApiError, InputError, RejectedError, StateError, TooLarge, UsageError, VisionaskError
from visionask.core.image import Failed, ObjectSource, UrlSource
from visionask.core.ledger import Budget, ImageRef, Intent, StoredAnswer, Taken, Ticket
from visionask.core.plan import Planner
from visionask.core.projection import worst_usd
from visionask.core.request import Outcome, PlannedRequest
from visionask.run.conversations import turn_of
from visionask.run.job import Job, asked, billed, build_request, key_of, prepare_all, project_images
from visionask.run.structured import data_of, with_schema
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer, Attempt, Endpoint
    from visionask.run.structured import Sender
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


class Watcher(Protocol):
    """What a command does at each step; `on_plan` may raise to stop before anything is sent."""

    def on_plan(self, planned: PlannedRequest) -> None: ...

    def on_notice(self, text: str) -> None: ...

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None: ...

    @property
    def on_text(self) -> Callable[[str], None] | None: ...


def plan(job: Job) -> tuple[PlannedRequest, tuple[Failed, ...]]:
    """Plan the request from headers alone. Images that cannot be sent are returned beside it, all of them."""
    planner = Planner(model=job.model, options=job.options)
    plans: list[ImagePlan] = []
    failed: list[Failed] = []
    for found in (*job.earlier, *survey(job.choosing, planner)):
        if isinstance(found, Failed):
            failed.append(found)
        else:
            plans.append(found)
    if len(plans) > job.max_images:
        raise TooLarge(
            f"{len(plans):,} images are more than one request takes ({job.max_images:,})", "ask about fewer at a time"
        )
    if not plans and not failed:
        raise UsageError("no image was named", "name a file, a URL, or - for standard input")
    projection = project_images(job, [image.sizing for image in plans])
    planned = PlannedRequest(question=job.question, system=job.system, images=tuple(plans), projection=projection)
    return planned, tuple(failed)


def plan_only(job: Job, watcher: Watcher) -> Outcome:
    """Plan and price: no key, no request, no SDK, no ledger."""
    outcome = planned_or_failed(job)
    if outcome.planned is None or outcome.error is not None:
        return outcome
    try:
        watcher.on_plan(outcome.planned)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, status="planned")


def ask(job: Job, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, keeping: Keeping) -> Outcome:
    """Ask once about all the images together. Every end is an Outcome; only bugs and Ctrl-C raise.

    An answer that is in the ledger needs no key, no money and no request: it is looked up first.
    """
    started = time.monotonic()
    outcome = planned_or_failed(job)
    if outcome.error is not None:
        return outcome
    try:
        with open_kept(keeping, watcher) as kept:
            outcome = _recalled_or_shown(job, outcome, kept=kept, watcher=watcher)
            if not outcome.is_cached:
                with connect as endpoint:
                    outcome = _answered(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
            if outcome.status == "ok":
                kept.remember(job, outcome)
                outcome = replace(outcome, conversation=kept.conversation)
    except VisionaskError as error:
        outcome = replace(outcome, status="failed", error=error)
    outcome = outcome if outcome.is_cached else settled(job, outcome, time.monotonic() - started)
    is_answered = outcome.error is None or isinstance(outcome.error, StateError)
    return replace(outcome, data=data_of(outcome.answer, job.schema) if is_answered else None)


def planned_or_failed(job: Job) -> Outcome:
    """Plan, and say nothing yet."""
    outcome = Outcome(status="failed")
    try:
        planned, failed = plan(job)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, planned=planned, failed=failed, error=failed[0].error if failed else None)


def _recalled_or_shown(job: Job, outcome: Outcome, *, kept: Kept, watcher: Watcher) -> Outcome:
    """Answer from the ledger, or have the price approved."""
    assert outcome.planned is not None
    recalled = kept.recall(job, outcome)
    if recalled is not None:
        return recalled
    watcher.on_plan(outcome.planned)
    return replace(outcome, status="planned")


def _answered(job: Job, outcome: Outcome, *, endpoint: Endpoint, kept: Kept, watcher: Watcher) -> Outcome:
    """Send, and repair `--pass-url` on a server that cannot fetch links."""
    try:
        return _send(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
    except VisionaskError as error:
        if refuses_links(job, error):
            watcher.on_notice("the server did not take the link: it is fetched here and sent as a picture")
            job = replace(job, choosing=job.choosing._replace(passes_urls=False))
            outcome = planned_or_failed(job)
            if outcome.error is None:
                outcome = _recalled_or_shown(job, outcome, kept=kept, watcher=watcher)
            if outcome.error is None and not outcome.is_cached:
                outcome = _answered(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
            return replace(outcome, attempts=outcome.attempts + error.attempts)
        return replace(outcome, status="failed", error=error, attempts=error.attempts, answer=partial_of(error))


def _send(job: Job, outcome: Outcome, *, endpoint: Endpoint, kept: Kept, watcher: Watcher) -> Outcome:
    """Prepare the pictures while the SDK loads beside them (Pillow leaves the interpreter free), then send."""
    import threading

    from visionask.api.client import Client

    planned = outcome.planned
    assert planned is not None
    with closing(Client(endpoint, watcher.on_notice)) as client:
        warming = threading.Thread(target=client.warm, daemon=True)
        warming.start()
        try:
            encoded, failed = prepare_all(planned.images)
        finally:
            warming.join()
        if failed:
            return replace(outcome, status="failed", failed=failed, error=failed[0].error)
        sender = with_schema(client, job.schema, watcher.on_notice)
        outcome = send_prepared(job, replace(outcome, encoded=encoded), sender=sender, kept=kept, watcher=watcher)
        return outcome if client.unsaved is None else replace(outcome, status="failed", error=client.unsaved)


def send_prepared(job: Job, outcome: Outcome, *, sender: Sender, kept: Kept, watcher: Watcher) -> Outcome:
    """Send what is planned and prepared, and keep its answer. Raises what the sending does, and a reader that left."""
    assert outcome.planned is not None
    request = build_request(job, outcome.planned, outcome.encoded)
    shown = None if watcher.on_text is None else _Shown(watcher.on_text)
    outcome = kept.answer(
        job, outcome, send=lambda on_attempt: sender.send(request, on_text=shown, on_attempt=on_attempt)
    )
    if shown is not None and shown.lost is not None:
        raise shown.lost
    return outcome


class _Shown:
    """Shows text as it arrives. A reader that goes away loses no answer: it is paid for, and kept first."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.lost: OSError | None = None

    def __call__(self, text: str) -> None:
        if self.lost is None:
            try:
                self._on_text(text)
            except OSError as error:
                self.lost = error


_OF_LINKS = (400, 415, 422, 500)  # Ollama and LM Studio refuse links; transformers serve fails on one without a word


def refuses_links(job: Job, error: VisionaskError) -> bool:
    """Return whether a server that was handed a link cannot fetch it: it says so, or fails without a reason."""
    return (
        job.choosing.passes_urls
        and not job.choosing.is_offline
        and isinstance(error, ApiError | RejectedError)
        and partial_of(error) is None
        and error.status in _OF_LINKS
        and error.cause in ("link", "unsaid")
    )


def partial_of(error: VisionaskError) -> Answer | None:
    """Return what came of an answer before it was given up."""
    return error.partial if isinstance(error, RejectedError) else None


def settled(job: Job, outcome: Outcome, seconds: float | None) -> Outcome:
    """Price what was billed: also a cut or refused answer is paid."""
    is_replayed = outcome.status == "ok" and outcome.answer is not None and outcome.answer.is_replayed
    return replace(outcome, billed_usd=billed(job, outcome.answer), seconds=seconds, is_cached=is_replayed)
