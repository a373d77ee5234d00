"""One look: the requests that put points to a model, priced together, and sent side by side."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from visionask.core.errors import (
    BudgetError,
    Bug,
    ConfigError,
    InputError,
    QuotaExhausted,
    StateError,
    VisionaskError,
)
from visionask.core.projection import total
from visionask.core.request import Ended, PlannedRequest
from visionask.run.closed import MOST_QUESTIONS, Way, pose
from visionask.run.job import Job, plan_request
from visionask.run.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.checks import Point
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan
    from visionask.run.closed import Engine, Posed
    from visionask.run.session import Policy, Session, Watcher
    from visionask.run.subjects import Subject


DRAIN_S = 9.0  # for requests under way after Ctrl-C: services are killed 10 s after they were asked to end


_FATAL = (ConfigError, BudgetError, StateError, QuotaExhausted)  # what the next request would meet too


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
        return [ask for group in by_pictures.values() for ask in self._asks(group)]

    def _asks(self, group: Sequence[tuple[int, Subject, Point]]) -> Iterator[Ask]:
        subject, places = group[0][1], iter([place for place, _, _ in group])
        points = [point for _, _, point in group]
        for votes in pose(self.job, points, self.way, has_baseline=subject.baseline is not None):
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
    """Sends looks by the session, so many at a time.

    A picture is made when the first request about it is sent, and let go of after the last one.
    """

    session: Session
    policy: Policy
    watcher: Watcher
    workers: int = 1
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
        """Send from several threads. At Ctrl-C nothing new leaves, and what is under way is waited for: it is paid."""
        outcomes: dict[int, Ended] = {}
        faults: list[BaseException] = []
        places = iter(range(len(asks)))

        def work() -> None:
            try:
                while (place := self._next(places)) is not None:
                    outcomes[place] = outcome = self._one(asks[place])
                    with self._lock:
                        if self.on_progress is not None:
                            self.on_progress(cached + len(outcomes), cached + len(asks), [outcome])
            except BaseException as fault:  # noqa: BLE001 raised again in the thread that waits
                faults.append(fault)

        if min(len(asks), self.workers) == 1:
            work()
        else:
            self._side_by_side(work, min(self.workers, len(asks)))
        if faults:
            raise faults[0]
        return [outcomes[place] for place in range(len(asks))]

    def _next(self, places: Iterator[int]) -> int | None:
        with self._lock:
            return next(places, None)

    def _side_by_side(self, work: Callable[[], None], workers: int) -> None:
        threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException:
            self.session.stop.set()
            until_s = time.monotonic() + DRAIN_S
            for thread in threads:
                thread.join(max(0.0, until_s - time.monotonic()))
            raise

    def _one(self, ask: Ask) -> Ended:
        pictures = self._pictures_of(ask)
        if self._fatal is not None:
            return self.session.ask(ask.job, pictures).unanswered(self._fatal, is_skipped=True)
        try:
            outcome = self._answered(ask, pictures)
        except Exception as fault:  # noqa: BLE001  a fault of ours about one subject stops no other
            asked = self.session.ask(ask.job, pictures)
            outcome = asked.unanswered(Bug(ask.subject.label, fault))
        if isinstance(outcome.error, _FATAL):
            self._fatal = outcome.error
        self._let_go(ask, pictures)
        return replace(outcome, encoded=tuple(each and each.without_data() for each in outcome.encoded))

    def _answered(self, ask: Ask, pictures: Sequence[Picture]) -> Ended:
        fresh = [picture for picture in pictures if not picture.is_made]
        failed = self.session.make(fresh)
        if failed:
            asked = self.session.ask(ask.job, pictures)
            return asked.unanswered(failed[0].error, failed=failed)
        for picture in fresh:
            for warning in () if picture.encoded is None else picture.encoded.warnings:
                self.watcher.on_notice(f"{picture.label}: {warning}")
        return self.session.answer(ask.job, pictures, self.policy)

    def _let_go(self, ask: Ask, pictures: Sequence[Picture]) -> None:
        with self._lock:
            for plan, picture in zip(ask.planned.images, pictures, strict=True):
                self._left[plan] -= 1
                if self._left[plan] <= 0:
                    picture.let_go()
