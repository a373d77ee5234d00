"""The values that go into the ledger and come out of it.

The values of the journal of batches: what goes into the ledger of them and comes out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from visionask.core.dataclass import dataclass
from visionask.core.errors import BudgetError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.errors import Answerer, Cause
    from visionask.core.geometry import Box
    from visionask.core.request import Answer, Usage


ItemStatus = Literal["asking", "ok", "failed", "skipped", "lost"]  # lost: under way when its run died


class MoneyHeld(BudgetError):
    """The money that is left is reserved by requests under way: there may be room again when they are settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent: by this run, and by every run of the ledger on one day (UTC). None: no limit."""

    run_usd: Decimal | None = None
    day_usd: Decimal | None = None


class ImageRef(NamedTuple):
    """One image of a request as the log names it: never its bytes."""

    label: str
    sha256: str | None = None
    path: str | None = None  # where the file was, from the root


class ItemName(NamedTuple):
    """One item of a scan: the scan's number, and the label of the source."""

    scan: int
    label: str


class Thumbnail(NamedTuple):
    """A small JPEG of what a request sent, and the name by which it is found: of images/thumbnail.py."""

    name: bytes
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A request that is about to be sent. `reserved_usd` is the most that one attempt may cost; None: not known."""

    key: str  # of core/fingerprint.py
    model: str
    question: str
    base_url: str = ""
    system: str | None = None
    images: tuple[ImageRef, ...] = ()
    detail: str = ""
    projected_input_tokens: int | None = None
    projected_image_tokens: int | None = None
    reserved_usd: Decimal | None = None
    item: ItemName | None = None
    thumbnail: Thumbnail | None = None  # to be kept with the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The leave to send one request: its intent is committed, its money reserved, its key claimed by this run."""

    id: bytes
    intent: Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A key that is being asked right now, by the process `pid` (perhaps this one). Nothing was claimed."""

    pid: int


class PaidAnswer(NamedTuple):
    """An answer in the ledger, without what was asked: it is made for each of 100,000 items."""

    model: str
    usd: Decimal | None
    answer: Answer
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """A complete answer in the ledger. `at` is Unix time, only a label; `id` is 32 hexadecimal digits."""

    id: str
    key: str
    at: float
    model: str
    base_url: str
    question: str
    system: str | None
    images: tuple[ImageRef, ...]
    answer: Answer
    usd: Decimal | None
    seconds: float | None
    error: tuple[str, str] | None = None  # code and message, where the answer is no complete one: what came was paid


class Run(NamedTuple):
    """One run of a command that was answered, as the log lists it. Moments are Unix time."""

    id: str  # 32 hexadecimal digits
    at: float  # of its first answer
    answers: int
    failed: int
    usd: Decimal  # of its answers, as far as they told a bill
    unpriced: int  # answers whose price is not known
    models: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFailure:
    """How the last request for a key failed. `code` is an error's public code, or `lost`."""

    at: float
    code: str
    message: str
    hint: str
    retryable: bool
    attempts: int
    maybe_billed: int
    status: int | None = None  # of the HTTP reply, where there was one
    answered_by: Answerer | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What became of one item of a scan."""

    name: ItemName
    status: ItemStatus
    key: str | None = None
    is_cached: bool = False  # answered from the ledger, or by the same picture under another name
    error_code: str | None = None
    error_message: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Requests that were under way when their process died, and may have been billed unseen."""

    requests: int = 0
    reserved_usd: Decimal | None = None  # what they may have cost at most; None: some price is not known

    def __str__(self) -> str:
        were, noun = ("was", "request") if self.requests == 1 else ("were", "requests")
        return f"{self.requests:,} {noun} {were} under way when an earlier run ended, and may have been billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Money of one day (UTC) and model. `maybe_usd`: requests lost or answered without usage, at their reservation."""

    day: str
    model: str
    requests: int
    usd: Decimal
    maybe_usd: Decimal
    unpriced: int  # requests whose price is not known: they are in no sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Answers of one day and model that were not paid again, and what they had cost."""

    day: str
    model: str
    hits: int
    saved_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Billed over projected input tokens, for one model and detail: 1.02 means 2% more was billed."""

    model: str
    detail: str
    requests: int
    mean_ratio: float
    mean_image_ratio: float | None  # None where the server tells no image tokens


class TurnImage(NamedTuple):
    """One image of a conversation, as it can be found and made again: never its bytes.

    `label` is a file's absolute path, a link or an object's URL; anything else cannot be found again. Boxes are as in
    `PictureSpec`.
    """

    label: str
    sha256: str | None = None  # of the source's bytes; None: a link that was handed on
    crop: Box | None = None
    redact: tuple[Box, ...] = ()
    frame: int = 0
    rotate: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question of a conversation and its answer; `images` are those that came in with this question."""

    question: str
    answer: str
    images: tuple[TurnImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation without its turns. `model` and `base_url` are those that answered last."""

    id: str
    at: float
    model: str
    system: str | None
    base_url: str = ""
    images_first: bool = False  # before each question: what a cache keeps begins with the same bytes for ever


State = Literal["writing", "written", "uploading", "uploaded", "creating", "created", "fetched", "exported"]


Standing = Literal["pending", "failed"]


STATES: tuple[State, ...] = get_args(State)


BEGUN: tuple[State, ...] = ("writing", "written", "uploading", "uploaded", "creating")  # a submission goes on with it
OPEN: tuple[State, ...] = (*BEGUN, "created")  # money is reserved


ELSEWHERE = ""  # the path of a file that is on another machine: its ledger was merged into this one


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInfo:
    """One question submitted about many images: it has one id, whenever it is submitted again."""

    id: str  # the first 12 hexadecimal digits of the scan's key
    scan: int
    at: float
    model: str
    base_url: str
    question: str
    system: str | None = None
    schema: str | None = None  # as JSON text, as the user gave it
    points: str | None = None  # closed questions, as `pack_points` of core/checks.py writes them
    is_free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One file of requests on its way. The states in their order; an intent (`uploading`, `creating`) is committed
    before its request leaves, so that a crash between the two is seen."""

    id: str
    batch: str
    number: int
    at: float
    state: State
    path: str
    lines: int = 0
    bytes: int = 0
    reserved_usd: Decimal | None = None
    file_id: str | None = None
    batch_id: str | None = None  # the provider's
    past: tuple[str, ...] = ()  # earlier ones of this shard, that failed as a whole
    status: str | None = None  # the provider's word
    total: int = 0
    done: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    error: str | None = None  # why the whole batch failed: the code, a blank, the provider's words
    usage: Usage | None = None  # of all its requests, as the provider told it just now: not kept

    @property
    def is_elsewhere(self) -> bool:
        """Return whether only another machine can send it: it was merged in before its batch was created."""
        return self.path == ELSEWHERE and self.state in OPEN and self.state != "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One image of a batch under its name. `data` is what a record says of it: `image` and `projected`, as JSON."""

    label: str
    key: str | None = None  # None: it cannot be sent
    data: str = "{}"
    is_cached: bool = False  # answered before, or the same picture as another of the batch
    error: str | None = None  # of one that cannot be sent: code, message and hint as JSON

    def cached(self, why: str) -> BatchItem:
        """Return it as one for which no line is written, as it has an answer or shares another's line."""
        return replace(self, is_cached=why in ("answered", "pending", "same"))


class Line(NamedTuple):
    """One request of a shard."""

    shard: str
    key: str
    state: str  # pending, doubled (asked by another pending line too), answered, failed, exported
    label: str
    data: str


class Counts(NamedTuple):
    """Lines of a batch or a shard by state."""

    pending: int = 0
    answered: int = 0
    failed: int = 0
