"""One look: the requests that put points to a model, priced together, sent side by side, and what was read.

A check by the schema engine: what any model is asked in words, and the reading of its JSON as votes.

What a reply means for the statements it is about: read by either engine, and judged.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from visionask.core.checks import UNSURE, Predicate, Reading, judge, read_probabilities, undecided
from visionask.core.errors import (
    BadReply,
    BudgetError,
    Bug,
    ConfigError,
    InputError,
    QuotaExhausted,
    Refused,
    StateError,
    VisionaskError,
)
from visionask.core.projection import total
from visionask.core.request import PlannedRequest
from visionask.core.schema import parse_answer, read_schema
from visionask.run.job import Job, project_images
from visionask.run.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.catalog import Model
    from visionask.core.checks import Finding, Point, Question
    from visionask.core.image import Failed
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer, Ended
    from visionask.core.schema import Schema
    from visionask.run.check import Subject
    from visionask.run.session import Policy, Session, Watcher


_TASK = (
    "Check {what}. Go by what can be seen and nothing else. Answer each point under its id with a reason of at most "
    'one sentence and then one of the values; "unsure" if the picture does not tell.'
)


def prompt(questions: Sequence[Question], *, has_baseline: bool) -> str:
    """Word what is asked. The ids are those of the schema."""
    what = "the first image against the second, its baseline" if has_baseline else "the image"
    lines = [f"{question.id}: {question.text} ({' or '.join(allowed(question))})" for question in questions]
    return "\n".join([_TASK.format(what=what), *lines])


def schema_of(questions: Sequence[Question]) -> Schema:
    """Return the schema that holds the answer to each question to its values."""
    properties = {question.id: _object(question) for question in questions}
    given = {
        "title": "check",
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }
    return read_schema(json.dumps(given))


def read_votes(answer: Answer, questions: Sequence[Question], *, schema: Schema) -> tuple[Reading, ...]:
    """Read one vote on each question. Raises BadReply."""
    data = getattr(parse_answer(answer.text, schema), "value", None)
    if data is None:
        raise BadReply("the answer does not match the schema", "ask again, or use another model")
    return tuple(_vote(data[question.id]) for question in questions)


def allowed(question: Question) -> tuple[str, ...]:
    """Name the values that may answer a question, with a way out."""
    return question.values if UNSURE in question.values else (*question.values, UNSURE)


def _vote(given: dict[str, Any]) -> Reading:
    return Reading(weights={given["value"]: 1.0}, reason=given["reason"].strip() or None)


def _object(question: Question) -> dict[str, Any]:
    """Ask for the reason first: a model that has given it keeps to it."""
    value: dict[str, Any] = {"type": "string", "enum": [*allowed(question)]}
    if isinstance(question, Predicate):
        value["description"] = "whether the statement is true"
    inner = {"reason": {"type": "string"}, "value": value}
    return {"type": "object", "properties": inner, "required": [*inner], "additionalProperties": False}


Engine = Literal["decisions", "schema"]


MOST_IN_A_SCHEMA = 50  # points: small models lose count of more


DRAIN_S = 9.0  # for requests under way after Ctrl-C: services are killed 10 s after they were asked to end


_BASELINE = "The first image is to be checked against the second, its baseline."


_FATAL = (ConfigError, BudgetError, StateError, QuotaExhausted)  # what the next request would meet too


class Unsendable(InputError):
    """Pictures that were named and cannot be made; nothing was sent."""

    def __init__(self, failed: Sequence[Failed]) -> None:
        super().__init__(failed[0].error.message, failed[0].error.hint)
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: some points about one subject. `places` are those of its points among all findings."""

    subject: Subject
    points: tuple[Point, ...]
    places: tuple[int, ...]
    job: Job
    planned: PlannedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How points are put: to which model, by which engine, how often."""

    job: Job
    engine: Engine
    repeat: int = 1
    most_questions: int = 400  # in one decision

    def asks(self, wanted: Sequence[tuple[int, Subject, Point]]) -> list[Ask]:
        """Plan the requests for these points; those of one subject share a request as far as it takes them."""
        by_subject: dict[int, list[tuple[int, Subject, Point]]] = {}
        for each in wanted:
            by_subject.setdefault(id(each[1]), []).append(each)
        most = self.most_questions if self.engine == "decisions" else MOST_IN_A_SCHEMA
        votes = 1 if self.engine == "decisions" else self.repeat
        return [
            self._ask(group[at : at + most], vote)
            for group in by_subject.values()
            for at in range(0, len(group), most)
            for vote in range(votes)
        ]

    def _ask(self, group: list[tuple[int, Subject, Point]], vote: int) -> Ask:
        subject, points = group[0][1], tuple(point for _, _, point in group)
        job = replace(_worded(self.job, self.engine, points, has_baseline=subject.baseline is not None), vote=vote)
        projection = project_images(job, [image.sizing for image in subject.plans])
        planned = PlannedRequest(question=job.question, system=job.system, images=subject.plans, projection=projection)
        return Ask(
            subject=subject, points=points, places=tuple(place for place, _, _ in group), job=job, planned=planned
        )


def choose_engine(chosen: str, model: Model, *, is_openai: bool, needs_chat: bool) -> tuple[Engine, bool]:
    """Decide the engine, and whether it may fall back: decisions on OpenAI itself, for a model that has them.

    `needs_chat` tells that the user asked for what decisions do not take: several votes, a temperature.
    """
    if chosen == "auto":
        has_decisions = is_openai and model.takes_decisions and not needs_chat
        return ("decisions", True) if has_decisions else ("schema", False)
    return ("decisions" if chosen == "decisions" else "schema"), False


def planned_together(asks: Sequence[Ask]) -> PlannedRequest:
    """Sum requests up, for the price line and the budget; a picture that is sent twice is shown once."""
    images = tuple(dict.fromkeys(image for ask in asks for image in ask.planned.images))
    projection = total([ask.planned.projection for ask in asks])._replace(images=len(images))
    first = asks[0].planned
    return PlannedRequest(question=first.question, system=first.system, images=images, projection=projection)


@dataclass(slots=True, kw_only=True)
class Looker:
    """Sends looks by the session, so many at a time."""

    session: Session
    policy: Policy
    watcher: Watcher
    workers: int = 1
    _pictures: dict[ImagePlan, Picture] = field(default_factory=dict)
    _fatal: VisionaskError | None = None

    def look(self, asks: Sequence[Ask]) -> list[Ended]:
        """Answer from the ledger or send; one outcome for each, in order.

        Raises Unsendable where a picture cannot be made, and what `on_plan` and the endpoint raise: nothing was sent.
        """
        outcomes = [self._recall(ask) for ask in asks]
        waiting = [place for place, outcome in enumerate(outcomes) if outcome is None]
        if waiting:
            self.watcher.on_plan(planned_together([asks[place] for place in waiting]))
            self._make([asks[place] for place in waiting])
            for place, outcome in zip(waiting, self._send([asks[place] for place in waiting]), strict=True):
                outcomes[place] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    def _recall(self, ask: Ask) -> Ended | None:
        if not self.policy.recalls:
            return None
        return self.session.look_up(self.session.ask(ask.job, self._pictures_of(ask)), self.policy)

    def _pictures_of(self, ask: Ask) -> list[Picture]:
        return [self._pictures.setdefault(plan, Picture(plan)) for plan in ask.planned.images]

    def _make(self, asks: Sequence[Ask]) -> None:
        """Make all pictures before the first is sent."""
        wanted = dict.fromkeys(picture for ask in asks for picture in self._pictures_of(ask) if not picture.is_made)
        failed = self.session.make([*wanted])
        if failed:
            raise Unsendable(failed)
        for picture in wanted:
            for warning in () if picture.encoded is None else picture.encoded.warnings:
                self.watcher.on_notice(f"{picture.label}: {warning}")

    def _send(self, asks: Sequence[Ask]) -> list[Ended]:
        if min(len(asks), self.workers) == 1:
            return [self._one(ask) for ask in asks]
        return self._side_by_side(asks)

    def _side_by_side(self, asks: Sequence[Ask]) -> list[Ended]:
        """Send from several threads. At Ctrl-C nothing new leaves, and what is under way is waited for: it is paid."""
        outcomes: dict[int, Ended] = {}
        faults: list[BaseException] = []
        places = iter(range(len(asks)))

        def work() -> None:
            try:
                while (place := next(places, None)) is not None:
                    outcomes[place] = self._one(asks[place])
            except BaseException as fault:  # noqa: BLE001 raised again in the thread that waits
                faults.append(fault)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(self.workers, len(asks)))]
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
        if faults:
            raise faults[0]
        return [outcomes[place] for place in range(len(asks))]

    def _one(self, ask: Ask) -> Ended:
        pictures = self._pictures_of(ask)
        if self._fatal is not None:
            return self.session.ask(ask.job, pictures).unanswered(self._fatal, is_skipped=True)
        try:
            outcome = self.session.answer(ask.job, pictures, replace(self.policy, recalls=False))
        except Exception as fault:  # noqa: BLE001  a fault of ours about one subject stops no other
            asked = self.session.ask(ask.job, pictures)
            return asked.unanswered(Bug(ask.subject.label, fault))
        if isinstance(outcome.error, _FATAL):
            self._fatal = outcome.error
        return outcome


def _worded(job: Job, engine: Engine, points: Sequence[Point], *, has_baseline: bool) -> Job:
    """Put the points into a job, as the engine takes them."""
    questions = tuple(point.question for point in points)
    if engine == "schema":
        words = prompt(questions, has_baseline=has_baseline)
        return replace(job, question=words, schema=schema_of(questions), questions=())
    lines = [f"{question.text} ({' '.join(question.values)})" for question in questions]
    system = " ".join(filter(None, (_BASELINE if has_baseline else None, job.system))) or None
    return replace(job, question="\n".join(lines), system=system, questions=questions, schema=None)


def read(ask: Ask, answer: Answer) -> tuple[Reading, ...]:
    """Read a reply, a reading for each of its points. Raises BadReply where it is none."""
    questions = [point.question for point in ask.points]
    if ask.job.schema is None:
        return read_probabilities(answer.text, questions)
    return read_votes(answer, questions, schema=ask.job.schema)


def judged(finding: Finding, readings: tuple[Reading, ...]) -> Finding:
    """Judge a finding by all votes about it; one that was declined is told by none."""
    finding = replace(finding, readings=readings, error=None)
    if any(reading.is_refused for reading in readings):
        refused = Refused(
            f"the model declined to answer {finding.point.question.text!r}", "word it differently, or use another image"
        )
        return replace(finding, judged=None, error=refused)
    told = judge(finding.point, readings)
    error = undecided(told, finding.point) if told.verdict == "undecided" else None
    return replace(finding, judged=told, error=error)
