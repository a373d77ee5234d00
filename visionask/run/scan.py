"""What a scan is: its values, which images it takes, and what it is projected to cost.

What a scan opens and closes: the ledger, the client, the pace.

Whether the text of a file beside an image is an answer of ours, so that another may take its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from visionask.core.fingerprint import Value, scan_key
from visionask.core.image import Failed, UrlSource
from visionask.core.pace import Pace
from visionask.core.plan import Planner
from visionask.core.projection import Tally
from visionask.core.share import name_below, roots_of
from visionask.report.output import sidecar_text
from visionask.report.records import data_text
from visionask.run.job import asked_of_all, count_text
from visionask.run.sending import CostGuard
from visionask.run.session import Policy, Session
from visionask.run.survey import find, plan_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from visionask.core.errors import VisionaskError
    from visionask.core.image import Source
    from visionask.core.projection import Projection
    from visionask.core.request import Answer, Ended, Endpoint
    from visionask.core.share import Share
    from visionask.run.job import Job
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

    outcome: Ended
    thumbnail: bytes | None = None
    key: str | None = None  # of its request in the ledger, where it was sent


class Watcher(Protocol):
    """What a command does with each item. All are called by the thread that runs the scan."""

    def on_item(self, outcome: Ended, thumbnail: bytes | None, totals: Totals) -> None: ...

    def on_not_saved(self, outcome: Ended) -> None:
        """Report an answer that the ledger could not keep."""

    def on_tick(self, totals: Totals) -> None: ...


@dataclass(slots=True)
class Context:
    """What the workers of one scan share."""

    scan: Scan
    number: int  # of the scan in the ledger
    session: Session
    policy: Policy
    planner: Planner
    decoding: threading.Semaphore
    signal: int = 0  # set by a signal's handler, which may take no lock; whoever runs the scan looks at it

    @property
    def stop(self) -> threading.Event:
        return self.session.stop

    @property
    def pace(self) -> Pace | None:
        return self.session.pace


def project_scan(scan: Scan, *, on_failed: Callable[[Failed], None] = lambda _: None) -> tuple[Projection, int]:
    """Project the whole set from headers alone; the second value counts what cannot be sent. Links are not fetched.

    `on_failed` is handed each image that cannot be sent.
    """
    planner, tally, failed = Planner(model=scan.job.model, options=scan.job.options), Tally(), 0
    choosing = scan.job.choosing._replace(fetches_whole=False)  # headers of objects, and no more
    for found in plan_all(_but_links(scan, planner, tally), choosing, planner):
        if isinstance(found, Failed):
            failed += 1
            on_failed(found)
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
    """Yield the sources of a scan but links, which are counted by what is known of them: nothing."""
    for source in chosen(scan):
        if isinstance(source, UrlSource):
            tally.add(planner.size_as_it_is(None))
        else:
            yield source


def chosen(scan: Scan) -> Iterator[Source | Failed]:
    """Yield the sources of a scan, with --sample, --limit and --shard applied, in that order."""
    share, choosing = scan.share, scan.job.choosing
    roots = frozenset() if share is None else roots_of(choosing.args)
    for source in find(choosing):
        if share is None or share.takes(name_below(source.label, roots)):
            yield source


class OwnTexts:
    """Tells texts of answers in the ledger from all others; which image or question they were for does not matter.

    The ledger is read at the first question, which comes only where a file holds something else than the answer.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: set[bytes] | None = None

    def __call__(self, text: str) -> bool:
        """Return whether an answer would have been written so. Raises StateError."""
        if self._known is None:
            answers = (stored.answer for stored in self._ledger.logs.answers())
            self._known = {_digest(form) for answer in answers for form in _forms(answer)}
        return _digest(text) in self._known


def _forms(answer: Answer) -> Iterator[str]:
    """Yield the texts that a file of this answer may hold: with its thoughts or not, and as the data of a schema."""
    yield from dict.fromkeys((sidecar_text(answer.shown), sidecar_text(answer.text)))
    if answer.shown.lstrip()[:1] != "{":
        return
    try:
        data = json.loads(answer.shown)
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict):
        yield sidecar_text(data_text(data, indent=2))


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@contextmanager
def prepared(
    scan: Scan,
    endpoint: Endpoint,
    ledger: Ledger,
    *,
    rpm: int | None,
    tpm: int | None,
    on_notice: Callable[[str], None],
) -> Iterator[Context]:
    """Yield the workers what they share; the client is closed at the end."""
    pace = Pace(jobs=scan.workers, draw=random.random, rpm=rpm, tpm=tpm)
    with Session(ledger, nullcontext(endpoint), on_notice=on_notice, base_url=scan.base_url, pace=pace) as session:
        session.open()
        session.guard = CostGuard(is_needed=scan.has_budget)
        key = scan_key(asked_of_all(scan.job, scan.base_url), _options(scan))
        yield Context(
            scan=scan,
            number=ledger.scans.start(key, question=scan.job.question, model=scan.job.model.name),
            session=session,
            policy=Policy(
                asks_again=scan.asks_again,
                heeds_failures=True,
                retries_failed=scan.retries_failed,
                is_of_many=True,
                shows_price=False,
            ),
            planner=Planner(model=scan.job.model, options=scan.job.options),
            decoding=threading.Semaphore(os.cpu_count() or 1),
        )


def _options(scan: Scan) -> dict[str, Value]:
    """Name the picture options for the identity of a scan."""
    return {name: value for name, value in scan.job.options._asdict().items() if value is not None}
