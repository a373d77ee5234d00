"""The one road to a paid answer: looked up, approved, made, claimed, sent, and kept before anybody sees it.

    with open_session(options, connect, watcher=watcher) as session:
        outcome = session.answer(job, pictures, policy)

`prepare` is its first half, which sends nothing, and `send` the other one. Commands differ by their `Policy`. An answer
is committed before its record or its usage is shown; text that streams is shown while it arrives, as only a finished
answer can be kept.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, Self

from visionask.core.dataclass import dataclass
from visionask.core.errors import (
    ApiError,
    BudgetError,
    Bug,
    InBatch,
    InputError,
    RejectedError,
    StateError,
    VisionaskError,
)
from visionask.core.image import Failed, FileSource
from visionask.core.ledger import Budget, Claimed, ImageRef, Intent, StoredAnswer
from visionask.core.ledger import Item as LedgerItem
from visionask.core.plan import Planner
from visionask.core.projection import worst_usd
from visionask.core.request import Answered, PlannedRequest, Unanswered
from visionask.core.retry import Waits
from visionask.core.text_tokens import release_encoders
from visionask.run.job import Asked, Requests, billed, build_request, final_error, kept_question
from visionask.run.pictures import make_all
from visionask.run.sending import CostGuard, Sending, Stopped, Twins
from visionask.run.structured import with_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from visionask.api.client import Client
    from visionask.core.image import Source
    from visionask.core.ledger import ItemName, PaidAnswer, StoredFailure
    from visionask.core.pace import Pace
    from visionask.core.request import Answer, Ended, Endpoint
    from visionask.core.schema import Schema
    from visionask.run.job import Job
    from visionask.run.pictures import Picture
    from visionask.run.sending import Allowed, Twin
    from visionask.run.structured import Sender
    from visionask.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What differs from command to command on the road to an answer."""

    recalls: bool = True  # an answer that is in the ledger is given again
    asks_again: bool = False  # only an answer that this very run has got will do
    heeds_failures: bool = False  # what was refused for good is refused again, and not sent
    retries_failed: bool = False  # unless an earlier run met that refusal
    is_of_many: bool = False  # others go on meanwhile: waits for their money, and comes back to what others are asking
    shows_price: bool = True  # the price is shown, and approved, before anything is sent
    keeps_thumbnails: bool = False  # beside the answer, of a picture that has one


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOptions:
    """Which ledger a session has. `path` None: nothing is kept and nothing recalled."""

    path: str | None
    base_url: str | None = None  # for the keys of answers
    budget: Budget = field(default_factory=Budget)
    asks_again: bool = False
    conversation: str | None = None  # that goes on; None: an answer begins one


class Watcher(Protocol):
    """What a command does at each step; `on_plan` may raise to stop before anything is sent."""

    def on_plan(self, planned: PlannedRequest) -> None: ...

    def on_notice(self, text: str) -> None: ...

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None: ...

    @property
    def on_text(self) -> Callable[[str], None] | None:
        """What is handed the text of an answer while it comes."""


class NotSaved(Exception):
    """An answer that was paid and cannot be put into the ledger: it must be told, and nothing more be sent."""

    def __init__(self, outcome: Unanswered, error: StateError) -> None:
        super().__init__(error.message)
        self.outcome, self.error = outcome, error


class Session:
    """A ledger, an endpoint, and what bounds the requests between them. Threads may share it.

    The endpoint is opened when the first request has to be sent: what is known needs no key.
    """

    def __init__(
        self,
        ledger: Ledger,
        connect: AbstractContextManager[Endpoint],
        *,
        on_notice: Callable[[str], None],
        base_url: str | None = None,
        watcher: Watcher | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.ledger, self.base_url, self.on_notice, self.pace = ledger, base_url, on_notice, pace
        self.stop = threading.Event()
        self.waits = Waits()
        self.signal = 0  # set by a signal's handler, which may take no lock; whoever runs many requests looks at it
        self.decoding = threading.Semaphore(os.cpu_count() or 1)  # of many: a file is held whole until it is encoded
        self.guard = CostGuard(is_needed=False)
        self.started_at = time.time()  # as the ledger has it: failures since then are of this run
        self.is_failing = False  # the last request of many was not answered: a lost reply is not asked for again
        self.interruptible: Callable[[Sender], Sender] | None = None  # what lets Ctrl-C end one answer
        self.allowed: Allowed = lambda _: nullcontext()  # where it ends no more than that: whether it may break in now
        self._fetches_links = False  # the server has refused one
        self._connect, self._watcher = connect, watcher
        self._client: Client | None = None
        self._warming: threading.Thread | None = None
        self._twins = Twins()
        self._senders: dict[int, tuple[Schema | None, Sender]] = {}  # by what stays alive with it
        self._requests: dict[int, Requests] = {}  # by what stays alive with it
        self._lock = threading.RLock()
        self._fetching = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the client and what it is connected to; the ledger is whose who opened it."""
        if self._warming is not None:
            self._warming.join()
        self._stack.close()

    @property
    def unsaved(self) -> StateError | None:
        """Why an exchange is not in the folder of --record."""
        return None if self._client is None else self._client.unsaved

    @property
    def recordings(self) -> set[str]:
        """The names of the recordings that were read or written."""
        return set() if self._client is None else self._client.recordings

    def open(self) -> Client:
        """Connect, once. Raises what the endpoint does, such as MissingKey."""
        with self._lock:
            if self._client is None:
                from visionask.api.client import Client

                endpoint = self._stack.enter_context(self._connect)
                self.stop = endpoint.stop or self.stop
                client = Client(endpoint, self.on_notice, on_headers=self._on_headers, stop=self.stop, waits=self.waits)
                self._stack.callback(client.close)
                self._client = client
            return self._client

    def answer(
        self,
        job: Job,
        pictures: Sequence[Picture],
        policy: Policy,
        *,
        on_text: Callable[[str], None] | None = None,
    ) -> Ended:
        """Answer from the ledger or send. Every end is an Outcome; only bugs, Ctrl-C and a reader that left raise."""
        asked = self.ask(job, pictures)
        try:
            known = self.prepare(asked, policy)
            if known is not None:
                return known
            return self.send_alone(asked, policy, on_text=on_text)
        except VisionaskError as error:
            return asked.unanswered(error)

    def begin(self, *jobs: Job) -> None:
        """Connect, and count the text of what many pictures will be asked: the encoding takes memory, and is freed."""
        self.open()
        for job in jobs:
            self._of(job)
        release_encoders()

    def ask(self, job: Job, pictures: Sequence[Picture], item: ItemName | None = None) -> Asked:
        """Price one request about these pictures."""
        return self._of(job).ask(pictures, item)

    def key(self, asked: Asked) -> str:
        """Return the key of its answer. Raises InputError for a picture that cannot be read."""
        return self._of(asked.job).key(asked)

    def prepare(self, asked: Asked, policy: Policy) -> Ended | None:
        """Look it up, have its price approved, and make its pictures; the outcome, where that is the end of it.

        Raises BudgetError, StateError, InputError for a link that the server does not take, and what the endpoint does.
        """
        if self._fetches_links:
            self._fetch(asked)
        if not asked.is_new and (policy.recalls or policy.heeds_failures):
            known = self.look_up(asked, policy)
            if known is not None and self._wants_pictures(asked, known):
                self._fetch(asked)
                known = self.look_up(asked, policy)
            if known is not None:
                return known
        if policy.shows_price and self._watcher is not None:
            self._watcher.on_plan(asked.planned)
        failed = self.make(asked.pictures)
        if failed:
            return Unanswered(error=failed[0].error, planned=asked.planned, failed=failed)
        return None

    def look_up(self, asked: Asked, policy: Policy) -> Ended | None:
        """Return the answer that the ledger has, or the refusal; None where it must be asked."""
        try:
            key = self.key(asked)
        except InputError:
            return None  # making it will say why
        if policy.recalls:
            with _hinting(policy):
                known = self.ledger.find(key, of_this_run=policy.asks_again)
            if known is not None:
                return self.recalled(asked, known)
        try:
            self._check_refusal(key, policy)
        except (RejectedError, InBatch) as error:
            return self._refused(asked, error)
        return None

    def make(self, pictures: Sequence[Picture]) -> tuple[Failed, ...]:
        """Make the pictures while the SDK loads beside them (Pillow leaves the interpreter free).

        Raises what the endpoint does.
        """
        if not all(picture.is_made for picture in pictures) or self._client is None:
            self._warm()
        return make_all(pictures)

    def send_alone(self, asked: Asked, policy: Policy, *, on_text: Callable[[str], None] | None = None) -> Ended:
        """Send what is not one of many, and so is not put off. Raises as `send` does."""
        ended = self.send(asked, policy, on_text=on_text)
        if isinstance(ended, Claimed):
            return asked.unanswered(Stopped(f"process {ended.pid} is asking the same", "run it again"))
        return ended

    def send(self, asked: Asked, policy: Policy, *, on_text: Callable[[str], None] | None = None) -> Ended | Claimed:
        """Claim, send, and keep what comes; Claimed where somebody else is asking the same and takes long.

        A link that the server does not take is fetched here, and sent as a picture.
        Raises BudgetError and StateError before anything is sent, and where it is one of many, also what ends them all,
        NotSaved among it; and a reader that left, once its answer is kept.
        """
        self.open()
        if self._warming is not None:
            self._warming.join()
        ended = self._send(asked, policy, on_text)
        if isinstance(ended, Claimed) or not self._wants_pictures(asked, ended):
            return ended
        again = self._send_fetched(asked, policy, on_text)
        return again if isinstance(again, Claimed) else replace(again, attempts=again.attempts + ended.attempts)

    def _send_fetched(self, asked: Asked, policy: Policy, on_text: Callable[[str], None] | None) -> Ended | Claimed:
        try:
            known = self.prepare(asked, replace(policy, shows_price=not policy.is_of_many))
        except InputError as error:
            return replace(self._refused(asked, error), failed=(Failed(label=asked.pictures[0].label, error=error),))
        return self._send(asked, policy, on_text) if known is None else known

    def _wants_pictures(self, asked: Asked, ended: Ended) -> bool:
        """Return whether the server has refused a link, now or before. From now on links are fetched here."""
        is_refused = ended.error is not None and asked.has_links and _refuses_links(asked.job, ended.error)
        with self._lock:
            if is_refused and not self._fetches_links:
                self._fetches_links = True
                self.on_notice("the server did not take the link: it is fetched here and sent as a picture")
        return is_refused

    def _fetch(self, asked: Asked) -> None:
        """Fetch the links of a request, whose price and key are other ones then. Raises InputError."""
        planner = Planner(model=asked.job.model, options=asked.job.options)
        with self._fetching, self.allowed(True):
            for picture in asked.pictures:
                picture.fetch(asked.job.choosing, planner)
        asked.planned, asked.keyed, asked.is_new = self.ask(asked.job, asked.pictures).planned, None, False

    def recalled(self, asked: Asked, known: StoredAnswer | PaidAnswer) -> Answered:
        """Return an answer that is paid for."""
        self.ledger.hit(known)
        self.guard.learn(known.usd)
        if asked.item is not None:
            key = self.key(asked)
            self.ledger.scans.note(LedgerItem(name=asked.item, status="ok", key=key, is_cached=True))
        elif self._watcher is not None and isinstance(known, StoredAnswer) and known.at < self.started_at:
            self._watcher.on_recall(asked.planned, at=known.at)
        return asked.answered(known.answer, billed_usd=known.usd, is_cached=True, asked_s=known.seconds)

    def _send(self, asked: Asked, policy: Policy, on_text: Callable[[str], None] | None) -> Ended | Claimed:
        with self._twins.alone(None if asked.item is None else self._of(asked.job).sent_key(asked)) as twin:
            is_alone = self.guard.enter(self.stop)
            try:
                ended = self._send_once(asked, policy, on_text, twin)
            finally:
                if is_alone:
                    self.guard.leave()
            if isinstance(ended, Answered):
                twin.key = twin.key or self.key(asked)
            return ended

    def _send_once(
        self, asked: Asked, policy: Policy, on_text: Callable[[str], None] | None, twin: Twin
    ) -> Ended | Claimed:
        try:
            request = build_request(asked.job, asked.planned, tuple(each.encoded for each in asked.pictures))
            sending = self._claimed(asked, policy)
        except (InputError, RejectedError, InBatch) as error:
            return self._refused(asked, error)
        if not isinstance(sending, Sending):
            return sending
        known = None if twin.key is None else self.ledger.find(twin.key)
        if known is not None:
            sending.end_unsent()
            return self._settled(sending, asked, replace(known.answer, usage=None, once=None), policy, is_twin=True)
        shown = None if on_text is None else _Shown(on_text)
        try:
            answer = sending.send(self._sender(asked.job.schema), request, shown)
        except VisionaskError as error:
            return self._failed(sending, asked, error, policy)
        except Exception as fault:
            sending.maybe_billed += 1  # as far as anybody knows
            failed = self._failed(sending, asked, Bug(asked.pictures[0].label, fault), policy)
            if not policy.is_of_many:
                raise
            return failed
        outcome = self._settled(sending, asked, answer, policy)
        if shown is not None and shown.lost is not None:
            raise shown.lost
        return outcome

    def _claimed(self, asked: Asked, policy: Policy) -> Sending | Ended | Claimed:
        """Claim it, or tell what has become of it elsewhere."""
        key = self.key(asked)
        sending = Sending(
            self, self._intent(asked, key, policy), policy, check=lambda failed: self._heed(failed, policy)
        )
        with _hinting(policy):
            claimed = sending.claim()
        if isinstance(claimed, StoredAnswer):
            return self.recalled(asked, claimed)
        if claimed is None:
            return asked.unanswered(Stopped("the run was stopped before this request was sent", "run it again"))
        return claimed if isinstance(claimed, Claimed) else sending

    def _settled(
        self, sending: Sending, asked: Asked, answer: Answer, policy: Policy, *, is_twin: bool = False
    ) -> Ended:
        """Commit an answer before anybody sees it. That to a twin is paid for: it has no bill of its own."""
        answer = replace(answer, attempts=sending.attempts, maybe_billed=sending.maybe_billed)
        seconds, usd = sending.seconds, Decimal(0) if is_twin else billed(asked.job, answer)
        outcome = asked.answered(
            answer,
            billed_usd=usd,
            attempts=answer.attempts,
            seconds=seconds,
            is_cached=answer.is_replayed or is_twin,
        )
        try:
            self.ledger.settle(sending.ticket, answer, usd=usd, seconds=seconds)
        except StateError as error:
            return self._not_saved(outcome, error, policy)
        if not is_twin:
            self.guard.learn(usd)
        if self.unsaved is not None and not policy.is_of_many:  # of many it is told at the end
            return outcome.not_saved(self.unsaved)
        return outcome

    def _not_saved(self, outcome: Answered, error: StateError, policy: Policy) -> Unanswered:
        """Return an answer that is paid and not kept, beside the reason. Raises NotSaved where others would follow."""
        if policy.is_of_many:
            label = outcome.planned.images[0].source.label
            told = StateError(f"{label}: paid, but not kept ({error.message})", "asking again pays again")
            raise NotSaved(outcome.not_saved(told), error) from error
        told = StateError(
            f"the answer is paid for and shown, but could not be kept: {error.message}",
            f"asking again pays again; {error.hint}",
        )
        return outcome.not_saved(told)

    def _failed(self, sending: Sending, asked: Asked, error: VisionaskError, policy: Policy) -> Unanswered:
        """Commit why there is no answer. Raises what ends many requests together."""
        error.attempts, error.maybe_billed = sending.attempts, sending.maybe_billed
        usd = billed(asked.job, error.partial)
        try:
            self.ledger.fail(sending.ticket, error, usd=usd)
        except StateError as state:
            if policy.is_of_many:
                raise error if isinstance(error, StateError) else state  # noqa: B904 what failed first
            if not isinstance(error, StateError):  # the failure itself is what the user must know
                self.on_notice(state.message)
        self.guard.learn(usd)
        if policy.is_of_many and ends_run(error):
            raise error
        return asked.unanswered(
            error, answer=error.partial, billed_usd=usd, attempts=sending.attempts, seconds=sending.seconds
        )

    def _refused(self, asked: Asked, error: VisionaskError) -> Unanswered:
        """Return a failure for which nothing was sent."""
        if asked.item is not None:
            key = self.key(asked)
            self.ledger.scans.note(failed_item(asked.item, key, error))
        return asked.unanswered(error)

    def _check_refusal(self, key: str, policy: Policy) -> None:
        """Raise InBatch, or a refusal again: an earlier run's, unless --retry-failed, or one of this very run."""
        if not policy.heeds_failures:
            return
        failure = self.ledger.find_failure(key)
        if not policy.asks_again:
            self.ledger.batches.refuse(key)
        if failure is not None:
            self._heed(failure, policy)

    def _heed(self, failure: StoredFailure, policy: Policy) -> None:
        """Raise a refusal again, where the policy heeds it."""
        error = final_error(failure) if policy.heeds_failures else None
        is_of_this_run = failure.at >= self.started_at
        if error is not None and (is_of_this_run or not (policy.retries_failed or policy.asks_again)):
            raise error

    def _intent(self, asked: Asked, key: str, policy: Policy) -> Intent:
        job, projection = asked.job, asked.planned.projection
        return Intent(
            key=key,
            model=job.model.name,
            question=kept_question(job),
            base_url=self.base_url or "",
            system=job.system,
            images=tuple(
                ImageRef(each.label, each.known_digest, _path_of(each.plan.source)) for each in asked.pictures
            ),
            detail="/".join(sorted({each.plan.sizing.level for each in asked.pictures})),
            projected_input_tokens=projection.input_tokens,
            projected_image_tokens=projection.image_tokens,
            reserved_usd=self.guard.reserve(worst_usd(projection)),
            item=asked.item,
            thumbnail=asked.pictures[0].small if policy.keeps_thumbnails else None,
        )

    def _warm(self) -> None:
        """Begin to load the SDK, once. What that meets is told by the first request."""
        client = self.open()
        with self._lock:
            if self._warming is None:
                self._warming = threading.Thread(target=_quietly, args=(client.warm,), daemon=True)
                self._warming.start()

    def _on_headers(self, headers: Mapping[str, str]) -> None:
        if self.pace is not None:
            self.pace.learn(headers, now_s=time.monotonic())

    def _sender(self, schema: Schema | None) -> Sender:
        """Return what sends requests with this schema: what it has learned of the server holds for all of them."""
        client: Sender = self.open()
        if self.interruptible is not None:
            client = self.interruptible(client)
        with self._lock:
            if id(schema) not in self._senders:
                self._senders[id(schema)] = schema, with_schema(client, schema, self.on_notice)
            return self._senders[id(schema)][1]

    def _of(self, job: Job) -> Requests:
        return self._requests.get(id(job)) or self._requests.setdefault(id(job), Requests(job, self.base_url))


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


@contextmanager
def open_session(
    options: LedgerOptions,
    connect: AbstractContextManager[Endpoint],
    *,
    on_notice: Callable[[str], None],
    watcher: Watcher | None = None,
) -> Iterator[Session]:
    """Open the ledger of a command and what goes with it. Raises StateError where the ledger cannot be opened."""
    from visionask.store.ledger import open_ledger

    if options.path is None and options.budget.day_usd is not None:
        on_notice("with --no-log the daily budget sees this request alone")
    with _hinting(Policy()):
        ledger = open_ledger(options.path, budget=options.budget)
    try:
        for notice in ledger.notices:
            on_notice(notice)
        with Session(ledger, connect, on_notice=on_notice, base_url=options.base_url, watcher=watcher) as session:
            yield session
    finally:
        try:
            ledger.close()
        except StateError as error:  # what was to be kept is kept already
            on_notice(error.message)


@contextmanager
def _hinting(policy: Policy) -> Iterator[None]:
    """Say of a ledger that fails before the one request is sent how to do without it."""
    try:
        yield
    except StateError as error:
        if not policy.is_of_many and "--no-log" not in error.hint:  # a chat meets it at each turn
            error.hint += "; --no-log asks without it"
        raise


def _quietly(load: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):
        load()


def failed_item(name: ItemName, key: str | None, error: VisionaskError) -> LedgerItem:
    """Return the item of a scan for which nothing was sent."""
    return LedgerItem(
        name=name, status="failed", key=key, error_code=error.code, error_message=error.message, hint=error.hint
    )


_OF_LINKS = (400, 415, 422, 500)  # Ollama and LM Studio refuse links; transformers serve fails on one without a word


def _refuses_links(job: Job, error: VisionaskError) -> bool:
    """Return whether a server that was handed a link cannot fetch it: it says so, or fails without a reason."""
    return (
        not job.choosing.is_offline
        and isinstance(error, ApiError | RejectedError)
        and error.partial is None
        and error.status in _OF_LINKS
        and error.cause in ("link", "unsaid")
    )


def ends_run(error: VisionaskError) -> bool:
    """Return whether an error is none of the request's own: the money or the ledger has come to its end."""
    return isinstance(error, BudgetError | StateError)


def _path_of(source: Source) -> str | None:
    """Return where a file is, from the root; None for what is no file of the user's."""
    if not isinstance(source, FileSource) or source.link is not None:
        return None
    return os.path.abspath(source.path)
