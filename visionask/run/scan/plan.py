"""Owns what a scan is: its values, which images it takes, and what it is projected to cost."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from visionask.core.image import Failed, UrlSource
from visionask.core.plan import Planner
from visionask.core.projection import Tally
from visionask.core.share import name_below, roots_of
from visionask.run.job import count_text
from visionask.run.survey import find, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.errors import StateError, VisionaskError
    from visionask.core.fingerprint import AnswerKeys
    from visionask.core.image import Source
    from visionask.core.outcome import Outcome
    from visionask.core.pace import Pace
    from visionask.core.plan import Sizing
    from visionask.core.projection import Projection
    from visionask.core.share import Share
    from visionask.run.job import Job
    from visionask.run.scan.ceiling import Ceiling
    from visionask.run.structured import Sender
    from visionask.store.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One question asked of each image on its own."""

    job: Job
    base_url: str | None  # for the keys of answers
    workers: int = 8
    share: Share | None = None  # of what --limit and --sample leave
    retries_failed: bool = False
    asks_again: bool = False
    makes_thumbnails: bool = False
    has_budget: bool = False


@dataclass(slots=True)
class Totals:
    """What became of a scan so far."""

    done: int = 0
    cached: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # by error code
    usd: Decimal = Decimal(0)  # of this run
    unpriced: int = 0
    stopped: VisionaskError | None = None
    signal: int = 0  # that ended it early: Ctrl-C, termination
    abandoned: int = 0  # requests still under way when waiting for them came to its end

    @property
    def items(self) -> int:
        """Count the items that came to an end."""
        return self.done + self.failed.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item that came to an end."""

    outcome: Outcome
    thumbnail: bytes | None = None


class Unkept(Exception):
    """An answer that was paid and cannot be put into the ledger: it must be told, and nothing more be sent."""

    def __init__(self, outcome: Outcome, error: StateError) -> None:
        super().__init__(error.message)
        self.outcome, self.error = outcome, error


class Watcher(Protocol):
    """What a command does with each item. All are called by the thread that runs the scan."""

    def on_item(self, outcome: Outcome, thumbnail: bytes | None, totals: Totals) -> None: ...

    def on_unkept(self, outcome: Outcome) -> None:
        """Tell of an answer that the ledger could not keep."""

    def on_tick(self, totals: Totals) -> None: ...


@dataclass(slots=True)
class Context:
    """What the workers of one scan share."""

    scan: Scan
    number: int  # of the scan in the ledger
    ledger: Ledger
    client: Sender
    pace: Pace
    planner: Planner
    keys: AnswerKeys
    project: Callable[[Sizing], Projection]  # one request about a picture of this size
    decoding: threading.Semaphore
    ceiling: Ceiling
    started_at: float  # Unix time, as the ledger has it
    warm: Callable[[], None]  # loads the SDK, once: for whoever is about to send, as a rerun may send nothing
    unsaved: Callable[[], StateError | None]  # why an exchange is not in the folder of --record
    stop: threading.Event = field(default_factory=threading.Event)
    signal: int = 0  # set by a signal's handler, which may take no lock; whoever runs the scan looks at it


def project_scan(scan: Scan) -> tuple[Projection, int]:
    """Project the whole set from headers alone; the second value counts what cannot be sent. Links are not fetched."""
    planner, tally, failed = Planner(model=scan.job.model, options=scan.job.options), Tally(), 0
    choosing = scan.job.choosing._replace(fetches_whole=False)  # headers of objects, and no more
    for found in plan_all(_but_links(scan, planner, tally), choosing, planner):
        if isinstance(found, Failed):
            failed += 1
        else:
            tally.add(found.sizing)
    text = count_text(scan.job)
    projection = tally.project(
        scan.job.model,
        text_tokens=text.tokens,
        is_text_about=text.is_about,
        terms=scan.job.terms._replace(is_one_request=False),
    )
    return projection, failed


def _but_links(scan: Scan, planner: Planner, tally: Tally) -> Iterator[Source | Failed]:
    """Give the sources of a scan but links, which are counted by what is known of them: nothing."""
    for source in chosen(scan):
        if isinstance(source, UrlSource):
            tally.add(planner.size_as_it_is(None))
        else:
            yield source


def chosen(scan: Scan) -> Iterator[Source | Failed]:
    """Give the sources of a scan, with --sample, --limit and --shard applied, in that order."""
    share, choosing = scan.share, scan.job.choosing
    roots = frozenset() if share is None else roots_of(choosing.args)
    for source in find(choosing):
        if share is None or share.takes(name_below(source.label, roots)):
            yield source
