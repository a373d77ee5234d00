"""Owns the verdict on a check: from what was read of the answers to true, false or not to be told.

A reading gives each value a weight: the probability that the provider states, or 1 for the one value that a model
named. The mean over all readings is the distribution, so that votes are its shares. A vote of "unsure" counts for no
value: true needs the threshold without it, false stays below the threshold with it. Worked: of 5 votes 3 true, 1 false,
1 unsure, at 0.5: 0.6 without, so true; at 0.7: 0.6 without and 0.8 with, so undecided.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from visionask.core.errors import BadReply, Refused, Undecided, VisionaskError
from visionask.core.questions import UNSURE, Choice, Point, Predicate, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
    is_identical: bool = False

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
    except (ValueError, TypeError, LookupError, AttributeError):
        pass
    raise BadReply("the reply holds no probabilities for what was asked", "ask again, or use --engine schema")


def overall(findings: Sequence[Finding], *, is_any: bool) -> Overall:
    """Sum findings up. What could not be told is neither true nor false: its error outweighs a false.

    With `is_any` one true is enough, whatever became of the others. A question that expects nothing counts for nothing.
    """
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
