"""Closed questions about one picture: statements, choices and scores, from the flags to a verdict with its probability.

`visionask.run.closed` is the one place that judges, for every command; it knows of no pool, no report and no command:

    points = read_points(asked, texts)                            # what --choice, --score, --expect ... say
    way = read_way(asked, sending, model, points, is_openai=...)  # which engine, how many votes
    way.refuse_unheld(points, model.name)                         # a threshold needs a probability
    requests = pose(job, points, way)                             # the jobs to be answered by `session.answer`
    findings = judge_votes(blank, votes)                          # a Finding for each point, from what came of them

A reply is read by either engine: `decisions` tells probabilities, and
`schema`, which any model can be asked by, one vote with a reason. A vote alone is a verdict in words: it has no
probability, and is held against no threshold; several have a share.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from visionask.core.arguments import need_one_of, need_range
from visionask.core.checks import (
    UNSURE,
    Choice,
    Finding,
    Point,
    Predicate,
    Question,
    Reading,
    Score,
    judge,
    read_levels,
    read_probabilities,
    read_probability,
    read_rule,
    read_values,
    read_zone,
    undecided,
    voted_field,
)
from visionask.core.errors import BadReply, BadRequest, Refused, ServerFailed, UsageError, VisionaskError
from visionask.core.namedtuple import NamedTuple
from visionask.core.prices import sum_usd
from visionask.core.request import Answered
from visionask.core.schema import parse_answer, read_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visionask.core.catalog import Model
    from visionask.core.flags import CheckFlags, SendingFlags
    from visionask.core.request import Answer, Ended
    from visionask.core.schema import Schema
    from visionask.run.job import Job

Engine = Literal["decisions", "schema"]
ENGINES = ("auto", "decisions", "schema")
MOST_QUESTIONS = 400  # of one decision. Source: `decision_create_params.py` of the openai SDK 3.54, checked 2026-11-22
MOST_LEVELS_DECIDED = 10  # of a score. Source: promptfoo.dev/docs/providers/openai-decisions, checked 2026-11-28
MOST_IN_A_SCHEMA = 50  # points: small models lose count of more
_NO_ENDPOINT = (404, 405, 501)


class Way(NamedTuple):
    """How points are put: by which engine, how often, and whether it may be the other one."""

    engine: Engine
    repeat: int = 1
    most_questions: int = MOST_QUESTIONS  # in one decision
    falls_back: bool = False  # to the schema engine, where the server has no decisions

    @property
    def has_probability(self) -> bool:
        """Whether an answer says how likely it is: by its probability, or by the share of several votes."""
        return self.engine == "decisions" or self.repeat > 1

    def refuse_unheld(self, points: Sequence[Point], model: str) -> None:
        """Refuse a threshold or zone for which there is nothing to compare. Raises UsageError."""
        if self.has_probability:
            return
        rules = [point.rule for point in points]
        flag = "--threshold" if any(rule.threshold is not None for rule in rules) else "--unsure"
        if any(rule.threshold is not None or rule.unsure is not None for rule in rules):
            raise UsageError(
                f"{model} gives one vote and no probability, so there is nothing to compare with {flag}",
                "--repeat 5 gives a share of votes; the Decisions API (--engine decisions) gives probabilities",
            )


class Posed(NamedTuple):
    """One request: the job that asks it, and the points that it is about."""

    job: Job
    engine: Engine
    points: tuple[Point, ...]


def pose(job: Job, points: Sequence[Point], way: Way, *, has_baseline: bool = False) -> list[tuple[Posed, ...]]:
    """Return the requests that put these points, as few as hold them; those in a tuple are votes on the same points."""
    is_decision = way.engine == "decisions"
    most = way.most_questions if is_decision else MOST_IN_A_SCHEMA
    return [
        tuple(Posed(replace(worded, vote=vote), way.engine, part) for vote in range(1 if is_decision else way.repeat))
        for at in range(0, len(points), most)
        for part in [_numbered(points[at : at + most])]
        for worded in [_worded(job, way.engine, part, has_baseline=has_baseline)]
    ]


def judge_votes(blank: Sequence[Finding], votes: Sequence[tuple[Posed, Ended]]) -> list[Finding]:
    """Fill in findings by what the requests for their points brought; one that failed leaves all of them untold."""
    posed = votes[0][0]
    error = next((outcome.error for _, outcome in votes if outcome.error is not None), None)
    readings: list[tuple[Reading, ...]] = []
    try:
        if error is None:
            readings = [read(each, outcome.answer) for each, outcome in votes if isinstance(outcome, Answered)]
    except VisionaskError as unread:
        error = unread
    if error is not None and posed.engine == "decisions" and lacks_endpoint(error):
        error.hint = "use --engine schema, or check the base URL: is /v1 missing?"
    planned = votes[0][1].planned
    told = []
    for index, finding in enumerate(blank):
        asked = replace(
            finding,
            engine=posed.engine,
            model=posed.job.model.name,
            detail=None if planned is None else planned.images[0].sizing.level,
            looks=finding.looks + 1,
            is_cached=all(outcome.is_cached for _, outcome in votes),
            seconds=(finding.seconds or 0.0) + sum(outcome.seconds or 0.0 for _, outcome in votes) / len(blank),
            usd=_paid([outcome for _, outcome in votes], finding, len(blank)),
        )
        told.append(
            replace(asked, judged=None, error=error)
            if error is not None
            else judged(asked, tuple(reading[index] for reading in readings))
        )
    return told


def _paid(outcomes: Sequence[Ended], finding: Finding, points: int) -> Decimal | None:
    """Return a point's part of what its requests cost now, an earlier look's added; None: not known."""
    paid = sum_usd([Decimal(0) if outcome.is_cached else outcome.billed_usd for outcome in outcomes])
    if paid is None or (finding.looks and finding.usd is None):
        return None
    return (finding.usd or Decimal(0)) + paid / points


def judged(finding: Finding, readings: tuple[Reading, ...]) -> Finding:
    """Judge a finding by all votes about it; one that was declined is told by none."""
    finding = replace(finding, readings=readings, error=None)
    if any(reading.is_refused for reading in readings):
        refused = Refused(
            f"the model declined to answer {finding.point.question.text!r}", "word it differently, or use another image"
        )
        return replace(finding, judged=None, error=refused)
    point = finding.point
    if finding.is_single_vote:  # it has no probability: what it says is the verdict
        point = replace(point, rule=replace(point.rule, threshold=None, unsure=None))
    told = judge(point, readings)
    error = undecided(told, point) if told.verdict == "undecided" else None
    return replace(finding, judged=told, error=error)


def settled(finding: Finding) -> Finding:
    """Return a finding after its last look: what is in the unsure zone still is decided by the threshold, if any.

    Worked: 0.55 in a zone of 0.4 to 0.6 is undecided; with a threshold of 0.5 besides it is true, of 0.6 false.
    """
    rule = finding.point.rule
    if finding.verdict != "undecided" or rule.threshold is None or rule.unsure is None or finding.is_single_vote:
        return finding
    point = replace(finding.point, rule=replace(rule, unsure=None))
    told = judge(point, finding.readings)
    return replace(finding, judged=told, error=undecided(told, point) if told.verdict == "undecided" else None)


def read(posed: Posed, answer: Answer) -> tuple[Reading, ...]:
    """Read a reply, a reading for each of its points. Raises BadReply where it is none."""
    questions = [point.question for point in posed.points]
    schema = posed.job.schema  # of the other engine
    if schema is None:
        return read_probabilities(answer.text, questions)
    return read_votes(answer, questions, schema=schema)


def lacks_endpoint(error: VisionaskError | None) -> bool:
    """Return whether a server answered that it has nothing at the path of the request."""
    return isinstance(error, BadRequest | ServerFailed) and error.status in _NO_ENDPOINT


# What is asked, and by which engine.


def read_way(
    asked: CheckFlags,
    sending: SendingFlags,
    model: Model,
    points: Sequence[Point],
    *,
    is_openai: bool,
    most: int = MOST_QUESTIONS,
) -> Way:
    """Choose the engine: decisions on OpenAI itself, for a model that has them, unless a flag or point wants the other
    one. Raises UsageError.
    """
    need_one_of(asked.engine, "--engine", ENGINES)
    repeat = need_range(asked.repeat, "--repeat", least=1, most=100) or 1
    needs_chat = _needs_chat(asked, sending) or _has_many_levels(asked, points)
    if asked.engine == "auto" and is_openai and model.takes_decisions and not needs_chat:
        return Way("decisions", repeat, most, falls_back=True)
    return Way("decisions" if asked.engine == "decisions" else "schema", repeat, most)


def read_points(asked: CheckFlags, texts: Sequence[str]) -> tuple[Point, ...]:
    """Read the statements: the first is of the type that was set, the others are true or false. Raises UsageError."""
    first = _question(asked, texts[0])
    points = [_point(asked, first, asked.expect)]
    points += [_point(asked, Predicate(id=f"q{place}", text=text), None) for place, text in enumerate(texts[1:], 2)]
    return tuple(points)


def _needs_chat(asked: CheckFlags, sending: SendingFlags) -> bool:
    """Return whether a flag is set that decisions do not take. Raises UsageError where that engine was chosen."""
    values = {
        "--max-tokens": sending.max_tokens,
        "--temperature": sending.temperature,
        "--reasoning-effort": sending.reasoning_effort,
        "--service-tier": sending.service_tier,
        "--repeat": asked.repeat if asked.repeat > 1 else None,
    }
    names = [name for name, value in values.items() if value is not None]
    if names and asked.engine == "decisions":
        raise UsageError(f"{names[0]} does not go with --engine decisions", "drop it, or use --engine schema")
    return bool(names)


def _has_many_levels(asked: CheckFlags, points: Sequence[Point]) -> bool:
    """Return whether a score has more levels than decisions take. Raises UsageError where that engine was chosen."""
    most = max((len(point.question.values) for point in points if isinstance(point.question, Score)), default=0)
    if most > MOST_LEVELS_DECIDED and asked.engine == "decisions":
        raise UsageError(
            f"a score of {most} levels is more than the Decisions API takes ({MOST_LEVELS_DECIDED})",
            "ask for fewer, such as --score 1-10, or use --engine schema",
        )
    return most > MOST_LEVELS_DECIDED


def _question(asked: CheckFlags, text: str) -> Question:
    choice, score = asked.choice, asked.score
    if choice is not None and score is not None:
        raise UsageError("--choice and --score exclude each other", "drop one of them")
    if choice is not None:
        return Choice(id="q1", text=text, values=_read("--choice", choice, lambda given: read_values(_several(given))))
    if score is not None:
        low, high = _read("--score", score, read_levels)
        return Score(id="q1", text=text, low=low, high=high)
    if asked.expect is not None:
        raise UsageError("--expect needs --choice or --score", "a statement is expected to be true")
    return Predicate(id="q1", text=text)


def _point(asked: CheckFlags, question: Question, expect: str | None) -> Point:
    threshold = None if asked.threshold is None else _read("--threshold", asked.threshold, read_probability)
    unsure = (
        None if asked.unsure is None else _read("--unsure", asked.unsure, lambda given: read_zone([*_several(given)]))
    )
    _read(
        "--threshold",
        asked.threshold,
        lambda _: read_rule(question, threshold=threshold, unsure=unsure, expect=None),
    )
    rule = _read("--expect", expect, lambda text: read_rule(question, threshold=threshold, unsure=unsure, expect=text))
    return Point(question=question, rule=rule)


def _read(flag: str, value: Any, reader: Callable[[Any], Any]) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise UsageError(f"{flag} must be {error}, not {value!r}", f"change {flag}, or leave it out") from None


def _several(given: Any) -> list[Any]:
    return given.split(",") if isinstance(given, str) else list(given)


# How it is worded: the decisions endpoint takes questions as they are, a chat is told what to fill into a schema.

_TASK = (
    "Check {what}. Go by what can be seen and nothing else. Answer each point under its id with a reason of at most "
    'one sentence and then one of the values; "unsure" if the picture does not tell.'
)
_BASELINE = "The first image is to be checked against the second, its baseline."


def _numbered(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points with an id of its own for each question, by its place: those of several tables may be alike."""
    if len({point.question.id for point in points}) == len(points):
        return tuple(points)
    return tuple(
        replace(point, question=replace(point.question, id=f"q{place}")) for place, point in enumerate(points, 1)
    )


def _worded(job: Job, engine: Engine, points: Sequence[Point], *, has_baseline: bool) -> Job:
    """Put the points into a job, as the engine takes them."""
    questions = tuple(point.question for point in points)
    job = replace(job, statements=tuple(question.text for question in questions))
    if engine == "schema":
        words = prompt(questions, has_baseline=has_baseline)
        return replace(job, question=words, schema=schema_of(questions), questions=())
    lines = [f"{question.text} ({' '.join(question.values)})" for question in questions]
    is_inside = has_baseline and len(questions) == 1  # inside each of several, a baseline would be paid for each
    system = " ".join(filter(None, (_BASELINE if has_baseline and not is_inside else None, job.system))) or None
    job = replace(job, has_baseline=is_inside, schema=None)
    return replace(job, question="\n".join(lines), system=system, questions=questions)


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
    return tuple(_vote(data[question.id], question) for question in questions)


def allowed(question: Question) -> tuple[str, ...]:
    """Name the values that may answer a question, with a way out."""
    return question.values if UNSURE in question.values else (*question.values, UNSURE)


def _vote(given: dict[str, Any], question: Question) -> Reading:
    return Reading(weights={given[voted_field(question)]: 1.0}, reason=given["reason"].strip() or None)


def _object(question: Question) -> dict[str, Any]:
    """Ask for the reason first: a model that has given it keeps to it."""
    value: dict[str, Any] = {"type": "string", "enum": [*allowed(question)]}
    if isinstance(question, Predicate):
        value["description"] = "whether the statement is true"
    inner = {"reason": {"type": "string"}, voted_field(question): value}
    return {"type": "object", "properties": inner, "required": [*inner], "additionalProperties": False}
