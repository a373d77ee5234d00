"""What a check asks: statements, choices and scores, and the rule by which an answer to each is judged.

The verdict on a check: from what was read of the answers to true, false or not to be told.

A reading gives each value a weight: the probability that the provider states, or 1 for the one value that a model
named. The mean over all readings is the distribution, so that votes are its shares. A vote of "unsure" counts for no
value: true needs the threshold without it, false stays below the threshold with it. Worked: of 5 votes 3 true, 1 false,
1 unsure, at 0.5: 0.6 without, so true; at 0.7: 0.6 without and 0.8 with, so undecided.
"""

from __future__ import annotations

import json
import operator
import re
from typing import TYPE_CHECKING, Literal

from visionask.core.dataclass import dataclass
from visionask.core.errors import BadReply, Refused, StateError, Undecided, UsageError, VisionaskError
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from visionask.core.geometry import Box


MOST_CHOICES = 255  # of one question. Source: DecisionCreateParams of the openai SDK 3.54, checked 2026-11-22


MOST_LEVELS = 101  # of one score: 0-100; the provider names no limit


UNSURE = "unsure"  # what a model may answer besides the values


_RANGE = re.compile(r"\s*(\d{1,9})\s*-\s*(\d{1,9})\s*")


_COMPARED: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "==": operator.eq,
}


_BOUND = re.compile(r"\s*(>=|<=|>|<|=|==)?\s*(\d{1,9})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicate:
    """A statement that is true or false of an image."""

    id: str
    text: str

    @property
    def values(self) -> tuple[str, ...]:
        return "true", "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A question with the values that may answer it, at least two."""

    id: str
    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A question that is answered by a whole number from `low` to `high`."""

    id: str
    text: str
    low: int
    high: int

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(str(level) for level in range(self.low, self.high + 1))


Question = Predicate | Choice | Score


Kind = Literal["predicate", "choice", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How an answer is judged. `expected` are the values that pass; empty: any does. Probabilities are from 0 to 1."""

    threshold: float | None = None
    unsure: tuple[float, float] | None = None  # from, to; both belong to it
    expected: frozenset[str] = frozenset()
    expect: str | None = None  # `expected`, as the user wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One question and its rule."""

    question: Question
    rule: Rule


class Baselines(NamedTuple):
    """What images are held against, and how closely: a folder, the share of pixels that may differ, what is not looked
    at."""

    folder: str | None = None
    tolerance: float | None = None  # None: not said
    ignore: tuple[Box, ...] = ()

    def over(self, others: Baselines, *, has_own: bool) -> Baselines:
        """Return these with what they do not say taken from others; `has_own`: there is a baseline, and no folder."""
        return Baselines(
            folder=self.folder or (None if has_own else others.folder),
            tolerance=others.tolerance if self.tolerance is None else self.tolerance,
            ignore=(*others.ignore, *self.ignore),
        )


NO_BASELINES = Baselines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that are checked on each of some images: arguments as `ask` takes them, and patterns."""

    images: tuple[str, ...]
    points: tuple[Point, ...]
    against: str | None = None  # the baseline
    name: str = ""
    baselines: Baselines = NO_BASELINES


def kind_of(question: Question) -> Kind:
    """Name the kind of a question, as the provider does."""
    if isinstance(question, Predicate):
        return "predicate"
    return "choice" if isinstance(question, Choice) else "score"


def spell(question: Question) -> list[str]:
    """Spell a question for the key of its answer: what is sent, and nothing else."""
    return [kind_of(question), question.id, question.text, *question.values]


def voted_field(question: Question) -> str:
    """Name the field of an answer by schema that holds its value, beside `reason`.

    Small models go by its name: under `value`, as a statement's, the practice model called 52 of 54 choices of colours,
    shapes and numbers unsure; under `choice` none, and 16 of 21 were right.
    """
    return "value" if isinstance(question, Predicate) else "choice"


def read_vote(given: object) -> tuple[str, str] | None:
    """Return the value and the reason of a part of such an answer; None for other data."""
    if not isinstance(given, dict) or len(given) != 2 or "reason" not in given:
        return None
    value = given.get("value", given.get("choice"))
    return None if value is None else (str(value), str(given["reason"]))


def pack_points(points: Sequence[Point]) -> str:
    """Write questions, and what each is expected to be answered by, as JSON."""
    return json.dumps([[point.rule.expect, *spell(point.question)] for point in points])


def unpack_points(text: str) -> tuple[Point, ...]:
    """Read what `pack_points` wrote. Raises ValueError, TypeError for what it did not."""
    points = []
    for expect, kind, name, asked, *values in json.loads(text):
        question: Question
        if kind == "choice":
            question = Choice(id=name, text=asked, values=tuple(values))
        elif kind == "score":
            question = Score(id=name, text=asked, low=int(values[0]), high=int(values[-1]))
        else:
            question = Predicate(id=name, text=asked)
        points.append(Point(question=question, rule=read_rule(question, threshold=None, unsure=None, expect=expect)))
    return tuple(points)


def distinct(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out what is asked twice. Raises UsageError for two questions in the same words: their results would mix."""
    kept: dict[str, Point] = {}
    for point in points:
        other = kept.setdefault(point.question.text, point)
        if other.rule != point.rule or spell(other.question)[2:] != spell(point.question)[2:]:
            raise UsageError(f"{point.question.text!r} is asked in two ways", "word one of them differently")
    return tuple(kept.values())


def read_values(values: list[str]) -> tuple[str, ...]:
    """Check the values of a choice. Raises ValueError, worded to follow "must be"."""
    cleaned = tuple(value.strip() for value in values)
    if not 2 <= len(cleaned) <= MOST_CHOICES or not all(cleaned) or len(set(cleaned)) < len(cleaned):
        raise ValueError(f"2 to {MOST_CHOICES} different values such as light,dark")
    return cleaned


def read_levels(text: str) -> tuple[int, int]:
    """Read the range of a score: `1-5`. Raises ValueError, worded to follow "must be"."""
    found = _RANGE.fullmatch(text)
    low, high = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= high - low < MOST_LEVELS:
        raise ValueError(f"a range of 2 to {MOST_LEVELS} whole numbers such as 1-5")
    return low, high


def read_probability(value: object) -> float:
    """Read a probability above 0, at most 1. Raises ValueError, worded to follow "must be"."""
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0 < number <= 1:
        raise ValueError("a probability above 0, at most 1")
    return number


def read_zone(values: list[object]) -> tuple[float, float]:
    """Read the zone in which a probability tells nothing. Raises ValueError, worded to follow "must be"."""
    try:
        low, high = (read_probability(value) for value in values)
    except ValueError:
        low, high = 1.0, 0.0
    if low > high:
        raise ValueError("two probabilities, the lower first, such as 0.4,0.6")
    return low, high


def read_rule(
    question: Question, *, threshold: float | None, unsure: tuple[float, float] | None, expect: str | None
) -> Rule:
    """Build the rule of a question. Raises ValueError, worded to follow the name of what is wrong."""
    if threshold is not None and unsure is not None and not unsure[0] <= threshold <= unsure[1]:
        low, high = unsure
        raise ValueError(
            f"from {low:g} to {high:g}: what is in the unsure zone is looked at again, and the threshold decides "
            "what is in it still"
        )
    if expect is None:
        return Rule(threshold=threshold, unsure=unsure)
    expected = _expected(question, expect)
    return Rule(threshold=threshold, unsure=unsure, expected=expected, expect=expect.strip())


def _expected(question: Question, text: str) -> frozenset[str]:
    """Return which values meet an expectation: `dark` of a choice; `4`, `>=4` or `2-4` of a score."""
    if isinstance(question, Predicate):
        raise ValueError("left out: a statement is expected to be true")  # noqa: TRY004 a fault of the user's words
    if isinstance(question, Choice):
        if text.strip() not in question.values:
            raise ValueError(f"one of {', '.join(question.values)}")
        return frozenset((text.strip(),))
    levels = range(question.low, question.high + 1)
    found = _RANGE.fullmatch(text)
    if found:
        span = range(int(found[1]), int(found[2]) + 1)
        kept = [level for level in levels if level in span]
    else:
        kept = _bounded(levels, text)
    if not kept:
        raise ValueError(f"4, >=4 or 2-4 and meet a level from {question.low} to {question.high}")
    return frozenset(str(level) for level in kept)


def _bounded(levels: range, text: str) -> list[int]:
    found = _BOUND.fullmatch(text)
    if not found:
        return []
    bound = int(found[2])
    meets = _COMPARED[found[1] or "="]
    return [level for level in levels if meets(level, bound)]


Verdict = Literal["true", "false", "value", "undecided", "refused", "error", "unasked"]


DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one answer says to one question: a weight for each value; none where the model declined to answer."""

    weights: Mapping[str, float]
    reason: str | None = None

    @property
    def is_refused(self) -> bool:
        return not self.weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the readings come to. `probability` is of what passes, or of `value` where anything does."""

    verdict: Literal["true", "false", "value", "undecided"]
    value: str | None  # the likeliest
    probability: float
    distribution: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one point on one image. Neither `judged` nor `error`: it was not asked."""

    image: str
    point: Point
    against: str | None = None
    judged: Judged | None = None
    error: VisionaskError | None = None
    readings: tuple[Reading, ...] = ()
    engine: str | None = None
    model: str | None = None
    detail: str | None = None
    looks: int = 0
    is_cached: bool = False
    is_identical: bool = False  # to the baseline, as far as the tolerance goes
    difference: float | None = None  # the share of pixels that differ from the baseline's
    seconds: float | None = None  # of its requests, divided among the points that they asked
    usd: Decimal | None = None  # what they cost now, likewise; None where that is not known

    @property
    def is_single_vote(self) -> bool:
        """Whether one reply in words is all there is: it says which value, and not how likely that is."""
        return self.engine == "schema" and len(self.readings) == 1

    @property
    def probability(self) -> float | None:
        """How likely what passes is, or the value; a share of votes. None where nobody said."""
        return None if self.judged is None or self.is_single_vote else self.judged.probability

    @property
    def verdict(self) -> Verdict:
        if isinstance(self.error, Undecided):
            return "undecided"
        if self.error is not None:
            return "refused" if isinstance(self.error, Refused) else "error"
        return "unasked" if self.judged is None else self.judged.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Overall:
    """What all findings come to. With an `error` there is no verdict."""

    verdict: Literal["true", "false", "value"] | None
    error: VisionaskError | None = None


class Accepted(NamedTuple):
    """What became of one image that is to be the new baseline."""

    image: str
    baseline: str
    change: str  # new, changed, unchanged


def judge(point: Point, readings: Sequence[Reading]) -> Judged:
    """Judge the readings of one question; there is at least one, and none is refused."""
    rule, question = point.rule, point.question
    count = len(readings)
    names = question.values if UNSURE in question.values else (*question.values, UNSURE)
    shares = {name: sum(reading.weights.get(name, 0.0) for reading in readings) / count for name in names}
    unsure = 0.0 if UNSURE in question.values else shares[UNSURE]
    ranked = sorted(question.values, key=lambda name: -shares[name])
    top, second = shares[ranked[0]], shares[ranked[1]]
    is_clear = top > second + unsure
    expected = frozenset(("true",)) if isinstance(question, Predicate) else rule.expected
    least = _sum(shares[name] for name in question.values if name in expected)
    verdict: Literal["true", "false", "value", "undecided"]
    if not expected:
        verdict = "value" if is_clear else "undecided"
        least = _sum((top,))
    elif isinstance(question, Choice) and rule.threshold is None and rule.unsure is None:
        verdict = "undecided" if not is_clear else "true" if ranked[0] in expected else "false"
    else:
        verdict = _weigh(point, least, _sum((least, unsure)), is_vote=count > 1)
    distribution = {name: share for name, share in shares.items() if name in question.values or share}
    return Judged(
        verdict=verdict,
        value=ranked[0] if is_clear and not isinstance(question, Predicate) else None,
        probability=least,
        distribution=distribution,
    )


def read_probabilities(text: str, questions: Sequence[Question]) -> tuple[Reading, ...]:
    """Read the text of a decision, as `api/decisions.py` writes it. Raises BadReply for any other text."""
    try:
        told = json.loads(text)
        weights = [told[question.id] or {} for question in questions]
        if all(set(each) <= set(question.values) for each, question in zip(weights, questions, strict=True)):
            return tuple(Reading(weights={name: float(share) for name, share in each.items()}) for each in weights)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        pass
    raise BadReply("the reply holds no probabilities for what was asked", "ask again, or use --engine schema")


def overall(findings: Sequence[Finding], *, is_any: bool) -> Overall:
    """Sum findings up. What could not be told is neither true nor false: its error outweighs a false.

    With `is_any` one true is enough, whatever became of the others. A question that expects nothing counts for nothing.
    A ledger that keeps nothing any more outweighs all: it ended the run.
    """
    state = next((finding.error for finding in findings if isinstance(finding.error, StateError)), None)
    if state is not None:
        return Overall(verdict=None, error=state)
    verdicts = {finding.verdict for finding in findings}
    if is_any and "true" in verdicts:
        return Overall(verdict="true")
    errors = [finding.error for finding in findings if finding.error is not None]
    if errors:
        return Overall(verdict=None, error=errors[0])
    if "unasked" in verdicts:
        return Overall(verdict=None)
    if "false" in verdicts:
        return Overall(verdict="false")
    return Overall(verdict="true" if "true" in verdicts else "value")


def undecided(judged: Judged, point: Point) -> Undecided:
    """Say why a point is undecided."""
    if point.rule.unsure is None:
        fact = "the answers name no one value" if judged.distribution.get(UNSURE, 0) < 1 else "the model cannot tell"
    else:
        low, high = point.rule.unsure
        fact = f"{judged.probability:.2f} does not clear the unsure zone of {low:g} to {high:g}"
    return Undecided(f"{point.question.text!r}: {fact}", "word it more plainly, use --detail high, or --escalate MODEL")


def _sum(shares: Iterable[float]) -> float:
    """Add shares up; 0.1 + 0.2 meets a threshold of 0.3."""
    return min(1.0, round(sum(shares), 9))


def _weigh(point: Point, least: float, most: float, *, is_vote: bool) -> Literal["true", "false", "undecided"]:
    rule = point.rule
    if rule.unsure is not None:
        low, high = rule.unsure
        return "true" if least > high else "false" if most < low else "undecided"
    threshold = DEFAULT_THRESHOLD if rule.threshold is None else rule.threshold
    if is_vote and rule.threshold is None and least == threshold:  # a tie tells nothing
        return "undecided"
    return "true" if least >= threshold else "false" if most < threshold else "undecided"
