"""Owns what a check asks: statements, choices and scores, and the rule by which an answer to each is judged."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Points that are checked on each of some images: arguments as `ask` takes them, and patterns."""

    images: tuple[str, ...]
    points: tuple[Point, ...]
    against: str | None = None  # the baseline
    name: str = ""


def kind_of(question: Question) -> Kind:
    """Name the kind of a question, as the provider does."""
    if isinstance(question, Predicate):
        return "predicate"
    return "choice" if isinstance(question, Choice) else "score"


def spell(question: Question) -> list[str]:
    """Spell a question for the key of its answer: what is sent, and nothing else."""
    return [kind_of(question), question.id, question.text, *question.values]


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
        raise ValueError(f"a threshold in the unsure zone of {unsure[0]:g} to {unsure[1]:g}, or no zone")
    if expect is None:
        return Rule(threshold=threshold, unsure=unsure)
    expected = _expected(question, expect)
    return Rule(threshold=threshold, unsure=unsure, expected=expected, expect=expect.strip())


def _expected(question: Question, text: str) -> frozenset[str]:
    """Tell which values meet an expectation: `dark` of a choice; `4`, `>=4` or `2-4` of a score."""
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
