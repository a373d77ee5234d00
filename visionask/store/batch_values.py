"""Owns the values of the journal of batches: what goes into the ledger of them and comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from visionask.core.request import Usage

State = Literal["writing", "written", "uploading", "uploaded", "creating", "created", "fetched", "exported"]
Standing = Literal["pending", "failed"]
OPEN: tuple[State, ...] = ("writing", "written", "uploading", "uploaded", "creating", "created")  # money is reserved
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
        """Tell whether only another machine can send it: it was merged in before its batch was created."""
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
