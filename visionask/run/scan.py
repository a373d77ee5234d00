"""What a scan is: its values, which images it takes, and what it is projected to cost.

What a scan opens and closes: the ledger, the client, the pace.

Whether the text of a file beside an image is an answer of ours, so that another may take its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
from collections import Counter, deque
from contextlib import contextmanager, nullcontext
from dataclasses import field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from visionask.core.dataclass import dataclass
from visionask.core.errors import InputError
from visionask.core.fingerprint import Value, scan_key
from visionask.core.image import Failed, UrlSource
from visionask.core.namedtuple import NamedTuple
from visionask.core.pace import Pace
from visionask.core.plan import Planner
from visionask.core.projection import Tally
from visionask.core.share import name_below, roots_of
from visionask.report.human import Warned
from visionask.report.output import sidecar_text
from visionask.report.records import data_text
from visionask.run.job import asked_of_all, count_text
from visionask.run.sending import CostGuard
from visionask.run.session import Policy, Session
from visionask.run.survey import find, notes_of, plan_all, plan_seen

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from visionask.core.errors import VisionaskError
    from visionask.core.image import Source
    from visionask.core.plan import ImagePlan, Sizing
    from visionask.core.projection import Projection
    from visionask.core.request import Answer, Ended, Endpoint
    from visionask.core.share import Share
    from visionask.run.answered import Sample
    from visionask.run.closed import Posed
    from visionask.run.job import Job
    from visionask.run.pool import Item
    from visionask.run.survey import Choosing
    from visionask.run.verdicts import Judging
    from visionask.store.ledger import Ledger
    from visionask.store.reader import Reader


def _no_thumbnail(_name: bytes) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One question asked of each image on its own."""

    job: Job
    base_url: str | None  # for the keys of answers
    workers: int = 8
    share: Share | None = None  # of what --limit and --sample leave
    retries_failed: bool = False
    asks_again: bool = False
    sends: bool = True  # else what is not answered has failed: a batch was to ask it
    makes_thumbnails: bool = False  # for a page
    keeps_thumbnails: bool = False  # in the ledger, for a later page
    kept_thumbnail: Callable[[bytes], bytes | None] = _no_thumbnail  # by name, of a page that is written again
    has_budget: bool = False
    judging: Judging | None = None  # closed questions; the job is that of the first look

    @property
    def question(self) -> str:
        """What is asked, in the user's words."""
        return self.job.question if self.judging is None else self.judging.asked


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
    looked_again: int = 0  # items at which the second look was taken
    decided: int = 0  # of those, the ones that it told
    second_usd: Decimal = Decimal(0)  # of this run, for second looks

    @property
    def items(self) -> int:
        """Count the items that came to an end."""
        return self.done + self.failed.total()


class Watcher(Protocol):
    """What a command does with each item. All are called by the thread that runs the scan."""

    def on_item(self, item: Item, totals: Totals) -> None: ...

    def on_not_saved(self, outcome: Ended) -> None:
        """Report an answer that the ledger could not keep."""

    def on_tick(self, totals: Totals) -> None: ...


class SecondLook(NamedTuple):
    """The second look of a scan, and the planner of its pictures."""

    posed: Posed
    planner: Planner


@dataclass(slots=True)
class Context:
    """What the workers of one scan share."""

    scan: Scan
    number: int  # of the scan in the ledger
    session: Session
    policy: Policy
    planner: Planner
    second: SecondLook | None
    places: dict[str, deque[int]] = field(default_factory=dict)  # of the images that are asked about, by label
    found: int = 0  # images so far

    def note_place(self, label: str) -> None:
        """Note which place the next image has."""
        self.places.setdefault(label, deque()).append(self.found)
        self.found += 1

    def take_place(self, outcome: Ended) -> int | None:
        """Return the place of an image that came to its end; of several of one name the first. Call it for each: what
        is noted of an image is kept until then."""
        label = outcome.failed[0].label if outcome.planned is None else outcome.planned.images[0].source.label
        places = self.places.get(label)
        if not places:
            return None
        place = places.popleft()
        if not places:
            del self.places[label]
        return place

    @property
    def stop(self) -> threading.Event:
        return self.session.stop

    @property
    def pace(self) -> Pace | None:
        return self.session.pace


@dataclass(slots=True, kw_only=True)
class Foreseen:
    """What a scan is projected to cost: all its images, and those that are still to be asked."""

    whole: Projection
    asking: Projection
    answered: int = 0
    refused: int = 0  # for good, by an earlier run
    is_about: bool = False  # some of them are known by their names alone
    failed: int = 0  # images that cannot be sent
    warnings: tuple[str, ...] = ()  # of what is not sent of the others: further pages and frames
    second: Projection | None = None  # of a second look at each that has not had it: the bound of two stages
    sampled: int | None = None  # images that stand for all of them; None where each header was read


_LOOKED_UP = 500  # images at a time


def foresee(
    scan: Scan, path: str | None, *, is_hasty: bool = False, on_failed: Callable[[Failed], None] = lambda _: None
) -> Foreseen:
    """Project the whole set from headers alone, and what of it the ledger at `path` has answered. Links are not
    fetched; nothing is written, and a ledger that is not there is not made.

    `is_hasty`: the first request waits for it, so a sample stands for very many images.
    `on_failed` is handed each image that cannot be sent.
    """
    from visionask.run.answered import Sample, sample_of
    from visionask.store.reader import open_reader

    second, whole, failed, warned = second_of(scan), Tally(), 0, Warned()
    choosing = scan.job.choosing._replace(fetches_whole=False)  # headers of objects, and no more
    with open_reader(path) as reader:
        first = _Stage(scan, reader)
        stages = [first] if second is None else [first, _Stage(second, reader)]
        links: list[Sizing] = []
        sources = _but_links(scan, first.planner, links)
        sample = sample_of(sources, first.answered) if is_hasty else Sample(sources)
        plans: list[ImagePlan] = []
        for found in plan_all(sample.sources, choosing, first.planner):
            if isinstance(found, Failed):
                failed += 1
                on_failed(found)
                continue
            whole.add(found.sizing)
            warned.add(found.source.label, notes_of(found.source, found.probe, first.planner))
            plans.append(found)
            if len(plans) == _LOOKED_UP:
                _count_in(plans, stages, choosing, looks_up=sample.images is None)
                plans = []
        _count_in(plans, stages, choosing, looks_up=sample.images is None)
    sampled = None if sample.images is None else whole.images + failed
    if sample.images is not None and sampled:
        whole, failed = _of_all(sample, sampled, whole, stages)
    for tally in (whole, *(stage.asking for stage in stages)):
        tally.add_all(links)
    return Foreseen(
        whole=_priced(whole, scan),
        asking=_priced(first.asking, scan),
        answered=first.answered.answered,
        refused=first.answered.refused,
        is_about=first.answered.is_about,
        failed=failed,
        warnings=tuple(warned.lines),
        second=None if second is None else _priced(stages[1].asking, second),
        sampled=sampled,
    )


def _count_in(plans: Sequence[ImagePlan], stages: Sequence[_Stage], choosing: Choosing, *, looks_up: bool) -> None:
    for stage in stages:
        stage.add(plans if stage is stages[0] else stage.plan(plans, choosing), looks_up=looks_up)


def _of_all(sample: Sample, sampled: int, whole: Tally, stages: Sequence[_Stage]) -> tuple[Tally, int]:
    """Return the sum of all images, and how many cannot be sent, by those of a sample; the stages are scaled too."""
    images = sample.images or sampled
    for stage in stages:
        stage.asking = stage.asking.times(Fraction(sample.left if stage is stages[0] else images, sampled))
    whole = whole.times(Fraction(images, sampled))
    return whole, images - whole.images


class _Stage:
    """What is to be asked of the images in one look at each."""

    def __init__(self, scan: Scan, reader: Reader | None) -> None:
        from visionask.run.answered import Answered

        self.planner, self.answered = _planner(scan), Answered(scan, key_of_scan(scan), reader)
        self.asking = Tally()

    def plan(self, others: Sequence[ImagePlan], choosing: Choosing) -> list[ImagePlan]:
        """Plan images that were planned for another look; one that is too large for this one is left out."""
        plans = []
        for other in others:
            with contextlib.suppress(InputError):
                plans.append(plan_seen((other.source, other.probe), choosing, self.planner))
        return plans

    def add(self, plans: Sequence[ImagePlan], *, looks_up: bool) -> None:
        """Count in what of some hundreds of images is to be asked."""
        self.asking.add_all(plan.sizing for plan in (self.answered.left(plans) if looks_up else plans))


def _planner(scan: Scan) -> Planner:
    return Planner(model=scan.job.model, options=scan.job.options)


def _priced(tally: Tally, scan: Scan) -> Projection:
    """Price one request for each picture."""
    text, terms = count_text(scan.job), scan.job.terms._replace(is_one_request=False)
    return tally.project(scan.job.model, text_tokens=text.tokens, is_text_about=text.is_about, terms=terms)


def second_of(scan: Scan) -> Scan | None:
    """Return a scan that is the second look at every image; None where there is none."""
    second = None if scan.judging is None else scan.judging.second
    return None if second is None else replace(scan, job=second.job, judging=None)


def key_of_scan(scan: Scan) -> str:
    """Return the key of a scan, the same whenever it is run again."""
    return scan_key(asked_of_all(scan.job, scan.base_url), _options(scan))


def _but_links(scan: Scan, planner: Planner, links: list[Sizing]) -> Iterator[Source | Failed]:
    """Yield the sources of a scan but links, which are counted by what is known of them: nothing."""
    for source in chosen(scan):
        if isinstance(source, UrlSource):
            links.append(planner.size_as_it_is(None))
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
    """The texts of all answers in the ledger; which image or question they were for does not matter.

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
        second = _second_look(scan)
        session.begin(scan.job, *([] if second is None else [second.posed.job]))
        session.guard = CostGuard(is_needed=scan.has_budget)
        key = key_of_scan(scan)
        yield Context(
            scan=scan,
            number=ledger.scans.start(key, question=scan.question, model=scan.job.model.name),
            session=session,
            policy=Policy(
                asks_again=scan.asks_again,
                heeds_failures=True,
                retries_failed=scan.retries_failed,
                is_of_many=True,
                shows_price=False,
                keeps_thumbnails=scan.keeps_thumbnails,
            ),
            planner=_planner(scan),
            second=second,
        )


def _second_look(scan: Scan) -> SecondLook | None:
    posed = None if scan.judging is None else scan.judging.second
    return None if posed is None else SecondLook(posed, Planner(model=posed.job.model, options=posed.job.options))


def _options(scan: Scan) -> dict[str, Value]:
    """Name the picture options for the identity of a scan."""
    return {name: value for name, value in scan.job.options._asdict().items() if value is not None}
