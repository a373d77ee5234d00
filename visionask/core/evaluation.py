"""What settings answered on labelled images, and the cheapest one that is good enough: pure rules of `eval`.

A setting is one way to ask: a model, a detail, a size, a question.

**Recommended** is the cheapest setting that no other one beats by more than the margin: Tango's bound of the paired
difference to each other setting stays within it, at 95% for all of them together (Bonferroni). So whatever the truth
is, a setting that is worse than the best by more than the margin is recommended in at most 1 of 20 evals.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import field
from decimal import Decimal
from statistics import NormalDist, median
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.labels import kind_of, normalise, read_number, read_yes
from visionask.core.namedtuple import NamedTuple
from visionask.core.stats import (
    Bin,
    Interval,
    balanced_accuracy,
    best_threshold,
    brier_score,
    difference_bound,
    labels_needed,
    mcnemar_p,
    reliability,
    threshold_errors,
    wilson_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CONFIDENCE = 0.95


class Forecast(NamedTuple):
    """A probability that a closed question was answered with, and what came."""

    probability: float
    came: bool
    is_of_true: bool  # that the statement is true; else that the value which was answered is the right one


class Threshold(NamedTuple):
    """The threshold with the fewest errors on one half of the labels, and what it is worth on the other half."""

    value: float
    total: int  # of the other half
    errors: int
    errors_at_half: int  # at a threshold of 0.5


class Calibration(NamedTuple):
    """How far the probabilities of a setting can be believed. `threshold`: of statements with both kinds of labels."""

    total: int
    brier: float
    bins: tuple[Bin, ...]
    threshold: Threshold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One labelled image under one setting. `is_right` None: it was not answered, and may be by asking again."""

    image: str
    label: Mapping[str, str]
    answer: Mapping[str, str | None]  # None: a field that the answer does not have, or no answer at all
    is_right: bool | None
    error: str | None = None  # its code
    is_unsure: bool = False  # it was answered by "unsure", which is not right
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)  # by field, where the answer has a probability
    usd: Decimal | None = None  # as it was billed
    tokens: int | None = None  # of its input
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingResult:
    """What one setting answered; `input_tokens`, `usd` and `seconds` of the images that were answered."""

    name: str
    flags: tuple[str, ...]
    judged: tuple[Judged, ...]
    tokens: tuple[int, ...] = ()
    usd: tuple[Decimal, ...] = ()
    seconds: tuple[float, ...] = ()
    rights: Mapping[str, bool] = field(init=False, repr=False, compare=False)  # by image, of those that were judged

    def __post_init__(self) -> None:
        rights = {found.image: found.is_right for found in self.judged if found.is_right is not None}
        object.__setattr__(self, "rights", rights)

    @property
    def right(self) -> int:
        """Return how many images were answered rightly."""
        return sum(self.rights.values())

    @property
    def accuracy(self) -> float | None:
        """Return the share that was right; None where nothing was judged."""
        return self.right / len(self.rights) if self.rights else None

    @property
    def interval(self) -> Interval:
        """Return Wilson's 95% interval of the accuracy."""
        return wilson_interval(self.right, len(self.rights))

    @property
    def balanced(self) -> float | None:
        """Return the balanced accuracy over labels of one value; None for several fields or many values."""
        pairs = [
            (found.label[""], found.is_right)
            for found in self.judged
            if found.is_right is not None and "" in found.label
        ]
        return balanced_accuracy(pairs) if pairs and len({label for label, _ in pairs}) * 2 <= len(pairs) else None

    @property
    def unsure(self) -> int:
        """Return how many answers told nothing for certain."""
        return sum(found.is_unsure for found in self.judged)

    @property
    def calibrations(self) -> dict[str, Calibration]:
        """Return the calibration of each field whose answers have probabilities."""
        paths = dict.fromkeys(path for found in self.judged for path in found.forecasts)
        return {
            path: calibrate({j.image: j.forecasts[path] for j in self.judged if path in j.forecasts}) for path in paths
        }

    @property
    def usd_each(self) -> Decimal | None:
        """Return the mean price of an image as it was billed; None where nothing told a bill."""
        return sum(self.usd, Decimal(0)) / len(self.usd) if self.usd else None

    @property
    def tokens_each(self) -> int | None:
        """Return the mean input tokens of an image."""
        return round(sum(self.tokens) / len(self.tokens)) if self.tokens else None

    @property
    def median_s(self) -> float | None:
        """Return the median seconds of a request."""
        return median(self.seconds) if self.seconds else None


def calibrate(forecasts: Mapping[str, Forecast]) -> Calibration:
    """Return what forecasts, by their image, are worth; there is at least one.

    The threshold is found on one half of the images and told on the other, as on its own half any looks good. Each
    half has as many of what came, and of what did not, as the other; which image goes where, its digest decides.
    """
    pairs = [(each.probability, each.came) for each in forecasts.values()]
    threshold = _threshold(forecasts) if all(each.is_of_true for each in forecasts.values()) else None
    return Calibration(len(pairs), brier_score(pairs) or 0.0, reliability(pairs), threshold)


def _threshold(forecasts: Mapping[str, Forecast]) -> Threshold | None:
    halves: tuple[list[tuple[float, bool]], list[tuple[float, bool]]] = ([], [])
    ordered = sorted(forecasts, key=lambda name: hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest())
    counts: Counter[bool] = Counter()
    for probability, came, _ in map(forecasts.__getitem__, ordered):
        halves[counts[came] % 2].append((probability, came))
        counts[came] += 1
    found, told = halves
    value = best_threshold(found)
    if value is None or min(counts[True], counts[False]) < 2:
        return None
    return Threshold(value, len(told), threshold_errors(told, value), threshold_errors(told, 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two settings on the images that both answered: how often only one was right, and McNemar's p."""

    first_only: int
    second_only: int
    total: int

    @property
    def p(self) -> float:
        """Return the two-sided p that both are equally often right."""
        return mcnemar_p(self.first_only, self.second_only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The cheapest setting that holds; None where the labels cannot tell, with how many likely could."""

    setting: SettingResult | None
    best: SettingResult
    labels_needed: int | None = None


def compare(first: SettingResult, second: SettingResult) -> Comparison:
    """Return how two settings differ on the images that both answered."""
    both = first.rights.keys() & second.rights.keys()
    return Comparison(
        first_only=sum(first.rights[image] and not second.rights[image] for image in both),
        second_only=sum(second.rights[image] and not first.rights[image] for image in both),
        total=len(both),
    )


MOST_KINDS = 10  # of labels in a confusion matrix


def confusion(result: SettingResult, path: str = "") -> dict[tuple[str, str | None], int]:
    """Return how often each (label, answer) came at a field, normalised; None: no answer, or to another question.

    Nothing where the labels are of more than 10 kinds, or as many as there are. Answers that are no label count as
    None where labels are yes and no, and as "other" elsewhere.
    """
    labels = [found.label[path] for found in result.judged]
    is_yes_no = kind_of(labels) == "yes_no"
    kinds = {_kind(label, is_yes_no=is_yes_no) for label in labels}
    if len(kinds) > min(MOST_KINDS, len(labels) / 2):
        return {}
    counts: Counter[tuple[str, str | None]] = Counter()
    for found in result.judged:
        answer = found.answer.get(path)
        if found.is_right is None:
            continue
        kind = None if answer is None else _kind(answer, is_yes_no=is_yes_no)
        shown = kind if kind is None or kind in kinds else "other"
        counts[_kind(found.label[path], is_yes_no=is_yes_no) or "", shown] += 1
    return dict(counts)


def _kind(text: str, *, is_yes_no: bool) -> str | None:
    if not is_yes_no:
        number = read_number(text)
        return normalise(text) if number is None else f"{number.normalize():f}"
    says_yes = read_yes(text)
    return None if says_yes is None else "yes" if says_yes else "no"


def by_price(settings: Iterable[SettingResult]) -> list[SettingResult]:
    """Return the settings, cheapest first; those whose price is not known stand last."""
    return sorted(settings, key=lambda each: (each.usd_each is None, each.usd_each or 0, -(each.accuracy or 0)))


def recommend(settings: Sequence[SettingResult], *, margin: float) -> Recommendation:
    """Return the cheapest setting that no other beats by more than `margin` (a share, such as 0.02). See above."""
    ranked = by_price(settings)
    best = max(ranked, key=lambda each: each.accuracy or 0)
    z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / max(1, len(ranked) - 1))
    for setting in ranked:
        others = [compare(other, setting) for other in ranked if other is not setting]
        if all(difference_bound(c.first_only, c.second_only, c.total, z) <= margin for c in others):
            return Recommendation(setting=setting, best=best)
    needed = [
        max(labels_needed(c.first_only, c.second_only, c.total, margin) or 0 for c in against)
        for setting in ranked
        if (against := [compare(other, setting) for other in ranked if other is not setting])
        and all(labels_needed(c.first_only, c.second_only, c.total, margin) for c in against)
    ]
    return Recommendation(setting=None, best=best, labels_needed=min(needed, default=None))
