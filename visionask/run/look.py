"""One look: the requests that put points to a model, priced together, and sent side by side."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import field, replace
from itertools import islice
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.errors import Bug, InputError, VisionaskError
from visionask.core.ledger import Claimed
from visionask.core.pace import Pace
from visionask.core.projection import total
from visionask.core.request import Ended, PlannedRequest
from visionask.run.closed import MOST_QUESTIONS, Way, lacks_endpoint, pose
from visionask.run.job import Job, plan_request
from visionask.run.pictures import Picture
from visionask.run.pool import Item, WorkerPool, ends_all
from visionask.run.sending import CostGuard, Stopped
from visionask.run.session import NotSaved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.checks import Point
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan
    from visionask.run.closed import Engine, Posed
    from visionask.run.job import Asked
    from visionask.run.pool import Result
    from visionask.run.session import Policy, Session, Watcher
    from visionask.run.subjects import Subject


class Unsendable(InputError):
    """Pictures that were named and cannot be made; nothing was sent."""

    def __init__(self, failed: Sequence[Failed]) -> None:
        super().__init__(failed[0].error.message, failed[0].error.hint)
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: some points about one picture. `places` are those of its points among all findings."""

    subject: Subject
    posed: Posed
    places: tuple[int, ...]
    planned: PlannedRequest

    @property
    def job(self) -> Job:
        return self.posed.job


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How points are put: to which model, by which engine, how often."""

    job: Job
    engine: Engine
    repeat: int = 1
    most_questions: int = MOST_QUESTIONS  # in one decision

    @property
    def way(self) -> Way:
        return Way(self.engine, self.repeat, self.most_questions)

    def asks(self, wanted: Sequence[tuple[int, Subject, Point]]) -> list[Ask]:
        """Plan the requests for these points; those about one picture share a request as far as it takes them."""
        by_pictures: dict[tuple[ImagePlan, ...], list[tuple[int, Subject, Point]]] = {}
        for each in wanted:
            by_pictures.setdefault(each[1].plans, []).append(each)
        posed: dict[tuple[tuple[Point, ...], bool], list[tuple[Posed, ...]]] = {}  # most pictures have the same points
        return [ask for group in by_pictures.values() for ask in self._asks(group, posed)]

    def _asks(
        self,
        group: Sequence[tuple[int, Subject, Point]],
        known: dict[tuple[tuple[Point, ...], bool], list[tuple[Posed, ...]]],
    ) -> Iterator[Ask]:
        subject, places = group[0][1], iter([place for place, _, _ in group])
        points, has_baseline = tuple(point for _, _, point in group), subject.baseline is not None
        if (points, has_baseline) not in known:
            known[points, has_baseline] = pose(self.job, points, self.way, has_baseline=has_baseline)
        for votes in known[points, has_baseline]:
            own = tuple(islice(places, len(votes[0].points)))
            for posed in votes:
                planned = plan_request(posed.job, subject.plans)
                yield Ask(subject=subject, posed=posed, places=own, planned=planned)


def planned_together(asks: Sequence[Ask]) -> PlannedRequest:
    """Sum requests up, for the price line and the budget; a picture that is sent twice is shown once."""
    images = tuple(dict.fromkeys(image for ask in asks for image in ask.planned.images))
    projection = total([ask.planned.projection for ask in asks])._replace(images=len(images))
    first = asks[0].planned
    return PlannedRequest(question=first.question, system=first.system, images=images, projection=projection)


OnProgress = Callable[[int, int, list[Ended]], None]  # how many requests are done, of how many, and the last of them


@dataclass(slots=True, kw_only=True)
class Looker:
    """Sends looks by the session: one request alone, several by the workers of a pool, as a scan does.

    A picture is made when the first request about it is sent, and let go of after the last one.
    """

    session: Session
    policy: Policy
    watcher: Watcher
    workers: int = 1
    rpm: int | None = None
    tpm: int | None = None
    has_budget: bool = False
    fails_fast: bool = False
    on_progress: OnProgress | None = None
    _pictures: dict[ImagePlan, Picture] = field(default_factory=dict)
    _left: Counter[ImagePlan] = field(default_factory=Counter)  # requests that are still to be sent about each
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _fatal: VisionaskError | None = None

    def look(self, asks: Sequence[Ask]) -> list[Ended]:
        """Answer from the ledger or send; one outcome for each, in order. None of them holds a picture's bytes.

        Raises what `on_plan` and the endpoint raise, where nothing was sent; with `fails_fast` Unsendable too.
        """
        self.session.guard = CostGuard(is_needed=self.has_budget)
        outcomes = [self._recall(ask) for ask in asks]
        waiting = [place for place, outcome in enumerate(outcomes) if outcome is None]
        if waiting:
            self.watcher.on_plan(planned_together([asks[place] for place in waiting]))
            to_send = [asks[place] for place in waiting]
            if self.fails_fast:
                self._try_all(to_send)
            self.session.open()  # a missing key is told before anything is made
            if self.on_progress is not None:
                self.on_progress(len(asks) - len(waiting), len(asks), [])
            self._left = Counter(plan for ask in to_send for plan in ask.planned.images)
            for place, outcome in zip(waiting, self._send(to_send, len(asks) - len(waiting)), strict=True):
                outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def seen(self, subject: Subject) -> Subject:
        """Return a subject as it was sent: a link that the server did not take is a picture by now."""
        if subject.failure is not None:
            return subject
        plans = [self._pictures[plan].plan if plan in self._pictures else plan for plan in subject.plans]
        return replace(subject, image=plans[0], baseline=plans[1] if len(plans) > 1 else None)

    def _recall(self, ask: Ask) -> Ended | None:
        if not self.policy.recalls:
            return None
        return self.session.look_up(self.session.ask(ask.job, self._pictures_of(ask)), self.policy)

    def _pictures_of(self, ask: Ask) -> list[Picture]:
        return [self._pictures.setdefault(plan, Picture(plan)) for plan in ask.planned.images]

    def _try_all(self, asks: Sequence[Ask]) -> None:
        """Make every picture once before the first is sent. Raises Unsendable."""
        for picture in dict.fromkeys(picture for ask in asks for picture in self._pictures_of(ask)):
            failed = self.session.make([picture])
            picture.let_go()
            if failed:
                raise Unsendable(failed)

    def _send(self, asks: Sequence[Ask], cached: int) -> list[Ended]:
        """Send, one alone in this thread. What ends all of them, such as a spent budget, leaves the others unasked."""
        outcomes: dict[int, Ended] = {}
        if len(asks) == 1 and self._fatal is None:
            outcome = self._one(asks[0], self.policy)
            assert not isinstance(outcome, Claimed)
            outcomes[0] = outcome
            self._note(outcome, cached + 1, cached + 1)
        elif self._fatal is None:
            self._send_many(asks, cached, outcomes)
        unasked = self._fatal or Stopped("the run was stopped before this request was sent", "run it again")
        if self._fatal is not None and lacks_endpoint(self._fatal):  # another one may be asked yet
            self._fatal = None
            self.session.stop.clear()
        return [outcomes[at] if at in outcomes else self._unasked(ask, unasked) for at, ask in enumerate(asks)]

    def _send_many(self, asks: Sequence[Ask], cached: int, outcomes: dict[int, Ended]) -> None:
        """Send by workers. At Ctrl-C nothing new leaves, and what is under way is waited for: it is paid."""
        policy = replace(self.policy, is_of_many=True)

        def work(place: int) -> Item | Claimed | None:
            outcome = self._one(asks[place], policy)
            if isinstance(outcome, Claimed):
                return outcome
            if isinstance(outcome.error, Stopped):
                return None
            outcomes[place] = outcome
            return Item(outcome=outcome)

        self.session.pace = Pace(jobs=self.workers, draw=random.random, rpm=self.rpm, tpm=self.tpm)
        pool = WorkerPool(self.session, iter([([], [*range(len(asks))])]), work, workers=self.workers)
        done = cached
        try:
            while not pool.is_over:
                for result in pool.next():
                    done += isinstance(result, Item)
                    self._take(result, done, cached + len(asks))
        except BaseException:
            for _ in pool.drain():
                pass
            raise

    def _take(self, result: Result, done: int, of: int) -> None:
        if isinstance(result, Item):
            self._note(result.outcome, done, of)
        elif isinstance(result, VisionaskError):  # an outage
            self._fatal = self._fatal or result
        elif isinstance(result, Exception):
            raise result

    def _note(self, outcome: Ended, done: int, of: int) -> None:
        if outcome.error is not None and ends_all(outcome.error):
            self._fatal = self._fatal or outcome.error
        if self.on_progress is not None:
            self.on_progress(done, of, [outcome])

    def _unasked(self, ask: Ask, error: VisionaskError) -> Ended:
        return self.session.ask(ask.job, self._pictures_of(ask)).unanswered(error, is_skipped=True)

    def _one(self, ask: Ask, policy: Policy) -> Ended | Claimed:
        """Bring one request to its end; Claimed where somebody else is asking the same: it is for later."""
        pictures = self._pictures_of(ask)
        asked = self.session.ask(ask.job, pictures)
        try:
            outcome = self._answered(asked, policy)
        except VisionaskError as error:
            outcome = asked.unanswered(error, attempts=error.attempts)
        except NotSaved as paid:
            outcome = paid.outcome
        except Exception as fault:  # noqa: BLE001  a fault of ours about one subject stops no other
            outcome = asked.unanswered(Bug(ask.subject.label, fault))
        if isinstance(outcome, Claimed):
            return outcome
        self._let_go(ask, pictures)
        return replace(outcome, encoded=tuple(each and each.without_data() for each in outcome.encoded))

    def _answered(self, asked: Asked, policy: Policy) -> Ended | Claimed:
        fresh = [picture for picture in asked.pictures if not picture.is_made]
        with self.session.decoding if policy.is_of_many else nullcontext():
            failed = self.session.make(fresh)
        if failed:
            return asked.unanswered(failed[0].error, failed=failed)
        for picture in fresh:
            for warning in () if picture.encoded is None else picture.encoded.warnings:
                self.watcher.on_notice(f"{picture.label}: {warning}")
        known = self.session.prepare(asked, policy)
        if known is not None:
            return known
        return self.session.send(asked, policy) if policy.is_of_many else self.session.send_alone(asked, policy)

    def _let_go(self, ask: Ask, pictures: Sequence[Picture]) -> None:
        with self._lock:
            for plan, picture in zip(ask.planned.images, pictures, strict=True):
                self._left[plan] -= 1
                if self._left[plan] <= 0:
                    picture.let_go()
