"""The values on both sides of the wire: what is asked, and what came back.

The Outcome: what became of one request, as reports and records tell it.

What a conversation has cost so far: what was billed, and what may have been billed unseen.
"""

from __future__ import annotations

from dataclasses import field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from visionask.core.dataclass import dataclass
from visionask.core.thoughts import without_thoughts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from threading import Event

    from visionask.core.checks import Question
    from visionask.core.errors import StateError, VisionaskError
    from visionask.core.image import EncodedImage, Failed, PictureSpec
    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class SentImage:
    """One image part: bytes encoded here, or a URL handed on (`--pass-url`).

    `spec` is what the bytes were made by, and `label` what the user calls the image: neither is sent.
    """

    detail: str
    encoded: EncodedImage | None = None
    url: str | None = None
    spec: PictureSpec | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One question of a conversation and its answer. `images`: how many of the request's came with this question."""

    question: str
    answer: str
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question about some images. None means: the user did not set it, so it is not sent.

    `images` are those of the whole conversation, in order: those of `history` first, then those of the question.
    """

    model: str
    question: str
    images: tuple[SentImage, ...]
    system: str | None = None
    max_tokens: int | None = None
    is_reasoning_model: bool = False  # decides the spelling: max_completion_tokens or max_tokens
    temperature: float | None = None
    reasoning_effort: str | None = None
    service_tier: str | None = None
    avoids_cache_write: bool = False  # send prompt_cache_options={"mode": "explicit"}
    stream: bool = False
    schema: Mapping[str, Any] | None = None  # as strict mode takes it: `Schema.sent` of core/schema.py
    schema_name: str = "answer"
    history: tuple[Exchanged, ...] = ()  # earlier turns, sent again: Chat Completions keeps no state
    puts_images_first: bool = False  # before the text, so that what stays the same from turn to turn comes first
    marks_cache: bool = False  # a cache breakpoint on the last image of each message: OpenAI alone takes it
    omits: tuple[str, ...] = ()  # fields that the server is known to refuse
    vote: int = 0  # which of several requests that are alike; told to nobody, but each has a recording of its own
    statements: tuple[str, ...] = ()  # what a check asks, as its user wrote it; not sent
    questions: tuple[Question, ...] = ()  # typed ones go to the decisions endpoint; `question` is then not sent
    has_baseline: bool = False  # the last image is the baseline, and a part of the one question
    is_count: bool = False  # how many tokens it has is asked, and no answer; an empty question is then no part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A folder of saved exchanges: each that ends is put there, or with `is_replay` nothing is sent but found there."""

    folder: str
    is_replay: bool = False
    only_missing: bool = False  # what is saved there is not asked again
    settings: Mapping[str, str | int] = field(default_factory=dict)  # what shaped the requests, for a replay elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where requests go. `timeout_s` bounds one attempt from start to end; `idle_s` a silence without new text."""

    base_url: str | None
    api_key: str = field(repr=False)
    timeout_s: float = 600.0
    idle_s: float = 60.0
    retries: int = 4
    recording: Recording | None = None
    stop: Event | None = None  # set in another thread, it ends every wait, and breaks off a request under way


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a request, told before it leaves: `number` from 1, and why the one before it came to nothing."""

    number: int
    after: VisionaskError | None = None
    is_maybe_billed: bool = False  # the one before was sent whole and lost
    is_more: bool = False  # the one before was answered, and billed: this one is asked for the same answer besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the server billed them; None where it did not say."""

    input_tokens: int | None = None
    image_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer, or what came of one: `finish_reason` tells which."""

    text: str
    finish_reason: str | None
    request_id: str | None = None
    usage: Usage | None = None  # as it is billed: of all requests that were answered for it
    once: Usage | None = None  # of the request that was projected, where `usage` adds several up
    attempts: int = 1
    maybe_billed: int = 0  # earlier attempts that were sent whole and lost, so that they may be billed too
    notes: tuple[str, ...] = ()  # repairs made on the way, one line each
    service_tier: str | None = None  # that the reply says was served
    is_replayed: bool = False  # from a saved exchange: nothing was sent, and nothing is billed

    @property
    def shown(self) -> str:
        """The answer itself: the text without the thoughts that it begins with."""
        return without_thoughts(self.text)

    @property
    def observed(self) -> Usage | None:
        """What one request took, to be held against its projection."""
        return self.usage if self.once is None else self.once


Status = Literal["ok", "failed", "skipped", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """One request before it is sent. `failed` images stop it: nothing is sent unless every image can be."""

    question: str
    system: str | None
    images: tuple[ImagePlan, ...]
    projection: Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A request that was priced, and not sent."""

    planned: PlannedRequest
    encoded: tuple[EncodedImage | None, ...] = ()  # None: a link handed on
    digests: tuple[str | None, ...] = ()  # SHA-256 of the sources' bytes, as far as they are known
    status: ClassVar[Status] = "planned"
    error: ClassVar[None] = None
    failed: ClassVar[tuple[Failed, ...]] = ()
    answer: ClassVar[None] = None
    billed_usd: ClassVar[None] = None
    attempts: ClassVar[int] = 0
    is_cached: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request with its answer, paid now or known before."""

    planned: PlannedRequest
    answer: Answer
    encoded: tuple[EncodedImage | None, ...] = ()
    digests: tuple[str | None, ...] = ()
    data: dict[str, Any] | None = None  # of the answer, with a schema
    billed_usd: Decimal | None = None
    attempts: int = 0
    seconds: float | None = None
    conversation: str | None = None  # in which it is kept
    is_cached: bool = False  # from the ledger: paid before, or by the same picture under another name
    asked_s: float | None = None  # of a cached one: the seconds that it took when it was asked
    status: ClassVar[Status] = "ok"
    error: ClassVar[None] = None
    failed: ClassVar[tuple[Failed, ...]] = ()

    def not_saved(self, error: StateError) -> Unanswered:
        """Return it as one that could not be kept, or recorded: the answer is paid, and stands beside the error."""
        return replace(self.refused(error), unsaved=self)

    def refused(self, error: VisionaskError) -> Unanswered:
        """Return it as one whose answer is no use: it is paid, and stands beside the error."""
        return Unanswered(
            error=error,
            planned=self.planned,
            answer=self.answer,
            encoded=self.encoded,
            digests=self.digests,
            data=self.data,
            billed_usd=self.billed_usd,
            attempts=self.attempts,
            seconds=self.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A request that failed, with what came of it: an answer that was cut, or one that could not be kept."""

    error: VisionaskError
    planned: PlannedRequest | None = None  # None: no image of it could be read
    failed: tuple[Failed, ...] = ()  # images that cannot be sent
    answer: Answer | None = None
    encoded: tuple[EncodedImage | None, ...] = ()
    digests: tuple[str | None, ...] = ()
    data: dict[str, Any] | None = None
    billed_usd: Decimal | None = None
    attempts: int = 0
    seconds: float | None = None
    unsaved: Answered | None = None  # the whole answer, which is paid, where it could not be saved
    is_skipped: bool = False  # not sent, as what ended another one would have ended it too
    is_cached: ClassVar[bool] = False
    asked_s: ClassVar[None] = None

    @property
    def status(self) -> Status:
        return "skipped" if self.is_skipped else "failed"


Ended = Answered | Unanswered
"""What became of a request that was to be sent."""


Outcome = Planned | Ended
"""What became of one request."""


@dataclass(slots=True, kw_only=True)
class Spent:
    """The sums over all turns, also those that failed or were stopped."""

    turns: int = 0  # that were answered
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal = Decimal(0)
    maybe_usd: Decimal = Decimal(0)  # for attempts that were sent and told no bill: their reservations
    is_known: bool = True  # each price was

    def add(self, outcome: Outcome, *, reserved_usd: Decimal | None) -> None:
        """Count a turn as the ledger does: what was sent and told no bill counts as what was reserved for it.

        Reserved 0.002; one attempt lost, the next one stopped: 2 x 0.002 = 0.004 maybe.
        """
        answer, error = outcome.answer, outcome.error
        usage = None if answer is None else answer.usage
        if usage is not None:
            self.input_tokens += usage.input_tokens or 0
            self.cached_tokens += usage.cached_tokens or 0
            self.output_tokens += usage.output_tokens or 0
        self.turns += error is None
        self.usd += outcome.billed_usd or Decimal(0)
        lost = error.maybe_billed if error is not None else 0 if answer is None else answer.maybe_billed
        unseen = lost + (answer is not None and outcome.billed_usd is None)
        if unseen:
            self.maybe_usd += unseen * (reserved_usd or Decimal(0))
            self.is_known = self.is_known and reserved_usd is not None
