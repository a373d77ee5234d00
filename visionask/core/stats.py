"""Statistics of labelled answers and of pilots: intervals, paired tests and agreement, by the standard library alone.

Counts are of images. `first_only` and `second_only` are the images that only the first or only the second of two
settings answered rightly, the rest of `total` were answered alike. Formulas stand in each docstring with their source
and one worked number, which is a row of the tests too.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from visionask.core.projection import Projection

Z_95 = 1.959963984540054  # of the normal distribution, two-sided 95%
Z_95_ONE_SIDED = 1.6448536269514722
Z_90 = Z_95_ONE_SIDED  # two-sided 90%: 5% on each side
Z_80_POWER = 0.8416212335729143
_STEPS = 60  # of a halving search: 2 ** -60 is below what a double of this size can tell


class Interval(NamedTuple):
    """A confidence interval of a share or a difference of shares."""

    low: float
    high: float


def wilson_interval(right: int, total: int, z: float = Z_95) -> Interval:
    """Return the score interval of a share; (0, 1) where nothing was counted.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n). 8 of 10: 0.490 to 0.943.
    Source: E. B. Wilson, JASA 22 (1927) 209-212.
    """
    if not total:
        return Interval(0.0, 1.0)
    share = right / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def mcnemar_p(first_only: int, second_only: int) -> float:
    """Return the two-sided p of the exact McNemar test: that two settings are equally often right.

    2 · sum of C(n, k) / 2^n for k up to the smaller of both, n their sum, at most 1. 1 against 9: 22/1024 = 0.0215.
    Source: Q. McNemar, Psychometrika 12 (1947) 153-157; exact by the binomial distribution.
    """
    discordant = first_only + second_only
    tail = sum(math.comb(discordant, k) for k in range(min(first_only, second_only) + 1))
    return min(1.0, 2 * tail / (1 << discordant))


def difference_bound(first_only: int, second_only: int, total: int, z: float = Z_95_ONE_SIDED) -> float:
    """Return the upper confidence bound of how much more often the first is right than the second, paired.

    The largest d that Tango's score test does not reject: (b - c - n·d) / sqrt(n·(2q + d(1 - d))) = -z, where q is the
    likeliest share of `second_only` under d. 0 against 0 of 100: z² / (n + z²) = 0.0263.
    Source: T. Tango, Statistics in Medicine 17 (1998) 891-908.
    """
    if not total:
        return 1.0
    low, high = (first_only - second_only) / total, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _tango_score(first_only, second_only, total, middle) > -z:
            low = middle
        else:
            high = middle
    return high


def _tango_score(first_only: int, second_only: int, total: int, difference: float) -> float:
    """Return the score of a difference; 0 where it is the one that was seen, without any spread."""
    linear = (2 * total - first_only + second_only) * difference - first_only - second_only
    constant = -second_only * difference * (1 - difference)
    share = (math.sqrt(max(0.0, linear * linear - 8 * total * constant)) - linear) / (4 * total)
    variance = total * (2 * share + difference * (1 - difference))
    distance = first_only - second_only - total * difference
    if distance == 0:
        return 0.0
    return distance / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, distance)


def labels_needed(first_only: int, second_only: int, total: int, margin: float) -> int | None:
    """Return how many labels would likely (80%) show that the second is not worse by `margin`; None where none would.

    n = s·((1.645 + 0.842) / (margin - d))², s the share answered differently (3/n at least: rule of three), d the
    difference that was seen. 5 against 5 of 100 at a margin of 0.02: 0.1·(2.486/0.02)² = 1,546.
    Source: normal approximation; R. J. Connor, Biometrics 43 (1987) 207-211.
    """
    room = margin - (first_only - second_only) / total if total else 0.0
    if room <= 0:
        return None
    differing = min(1.0, max(first_only + second_only, 3) / total)
    return max(total + 1, math.ceil(differing * ((Z_95_ONE_SIDED + Z_80_POWER) / room) ** 2))


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return the agreement of two series of answers beyond chance, -1 to 1; None where chance explains all or nothing.

    (o - e) / (1 - e): o the share of equal pairs, e the sum of the products of each answer's shares. Yes/yes 20,
    yes/no 5, no/yes 10, no/no 15: (0.7 - 0.5) / 0.5 = 0.4. Source: J. Cohen, Educ. Psychol. Meas. 20 (1960) 37-46.
    """
    total = len(pairs)
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(count * seconds[answer] for answer, count in firsts.items())
    if not total or chance == total * total:
        return None
    equal = sum(a == b for a, b in pairs)
    return (equal * total - chance) / (total * total - chance)


def balanced_accuracy(answers: Sequence[tuple[str, bool]]) -> float | None:
    """Return the mean over labels of the share that was right; `answers` are (label, is right); None without any.

    9 of 10 of one label and 1 of 2 of another: (0.9 + 0.5) / 2 = 0.7.
    Source: K. H. Brodersen and others, ICPR 2010, 3121-3124.
    """
    totals = Counter(label for label, _ in answers)
    rights = Counter(label for label, is_right in answers if is_right)
    return sum(rights[label] / count for label, count in totals.items()) / len(totals) if totals else None


def brier_score(forecasts: Sequence[tuple[float, bool]]) -> float | None:
    """Return the mean squared distance of probabilities from what came, 0 to 1, less is better; None without any.

    0.9 of what came and 0.3 of what did not: (0.01 + 0.09) / 2 = 0.05.
    Source: G. W. Brier, Monthly Weather Review 78 (1950) 1-3.
    """
    return sum((p - came) ** 2 for p, came in forecasts) / len(forecasts) if forecasts else None


class Bin(NamedTuple):
    """The forecasts of one tenth of the probabilities: how many, their mean, and the share of them that came."""

    low: float
    high: float
    total: int
    mean: float
    share: float


def reliability(forecasts: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Return the tenths that hold any forecast, the lowest first; 1 belongs to the last.

    0.91 and 0.97, of which one came: from 0.9 to 1, mean 0.94, share 0.5.
    Source: A. H. Murphy and R. L. Winkler, Applied Statistics 26 (1977) 41-47.
    """
    tenths: dict[int, list[tuple[float, bool]]] = {}
    for p, came in forecasts:
        tenths.setdefault(min(9, int(p * 10 + 1e-9)), []).append((p, came))
    return tuple(
        Bin(
            low=tenth / 10,
            high=(tenth + 1) / 10,
            total=len(held),
            mean=math.fsum(p for p, _ in held) / len(held),
            share=sum(came for _, came in held) / len(held),
        )
        for tenth, held in sorted(tenths.items())
    )


def threshold_errors(forecasts: Sequence[tuple[float, bool]], threshold: float) -> int:
    """Return how many forecasts are on the wrong side: true from the threshold on, false below it."""
    return sum((p >= threshold) != came for p, came in forecasts)


def best_threshold(forecasts: Sequence[tuple[float, bool]]) -> float | None:
    """Return the threshold with the fewest errors, above 0; of equals the nearest to 0.5; None without forecasts.

    It lies half way between two neighbours, or at the ends. 0.2 false, 0.6 false, 0.8 true: 0.7, without an error.
    """
    seen = sorted({p for p, _ in forecasts})
    if not seen:
        return None
    between = [(low + high) / 2 or high for low, high in pairwise(seen)]  # of 0 and the least number above it: that
    ends = [p for p in (seen[0], (seen[-1] + 1) / 2) if p > 0 and (p == seen[0] or p > seen[-1])]
    return min([*between, *ends, 0.5], key=lambda t: (threshold_errors(forecasts, t), abs(t - 0.5), t))


class Total(NamedTuple):
    """A sum over all of which a part was measured; no interval where too little was to tell one."""

    value: float
    interval: Interval | None


def t_quantile(freedom: int, share: float) -> float:
    """Return the t below which so much of Student's distribution lies; `share` from 0.5, `freedom` from 1.

    Halving on its distribution function. 0.95 with 9 degrees of freedom: 1.833.
    """
    low, high = 0.0, math.pi / 2  # of the angle whose tangent is t / sqrt(freedom)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_within(middle, freedom) < 2 * share - 1 else (low, middle)
    return math.tan(low) * math.sqrt(freedom)


def _t_within(angle: float, freedom: int) -> float:
    """Return how much of Student's distribution lies within -t and t, by the angle whose tangent is t / sqrt(freedom).

    Source: M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
    """
    sine, cosine, is_odd = math.sin(angle), math.cos(angle), freedom % 2
    term, series = (cosine if is_odd else 1.0), 0.0
    for k in range(freedom // 2):
        series += term
        term *= cosine * cosine * (2 * k + 1 + is_odd) / (2 * k + 2 + is_odd)
    return 2 / math.pi * (angle + sine * series) if is_odd else sine * series


def project_total(
    pairs: Sequence[tuple[float, float]], others: int, others_sum: float, *, share: float = 0.9
) -> Total | None:
    """Return the sum of y over all images, of which `pairs` (x, y) were measured; None where none was.

    x is known of all: `others` more images have `others_sum` together, d is how far their mean x is from that of the
    measured. On a line through the measured, ȳ + b·d for each, the sum of the others is m = others·(ȳ + b·d), and its
    interval m ± t·s·sqrt(others + others²·(1/n + d²/Sxx)), s² the squares that are left over n - 2. With fewer than 3
    pairs, or one x, b is 0 and n - 1 stands for n - 2. No sum is below what was measured already.
    (1, 1), (2, 2), (3, 4) and 1 more of 2: 7 + 2.333 ± 6.314·0.408·sqrt(1 + 1/3) = 9.333 ± 2.977, so 7 to 12.310.
    Source: prediction in a linear model, R. M. Royall, Biometrika 57 (1970) 377-387; R. Valliant, A. H. Dorfman and
    R. M. Royall, Finite Population Sampling and Inference (2000), ch. 2. It holds for normal remainders; few answers
    that are far longer than the others make it too narrow.
    """
    number = len(pairs)
    if not number:
        return None
    mean_x, mean_y = (math.fsum(values) / number for values in zip(*pairs, strict=True))
    measured = mean_y * number
    if not others:
        return Total(measured, Interval(measured, measured))
    spread = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    is_line = number > 2 and spread > 0
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if is_line else 0.0
    away = others_sum / others - mean_x if is_line else 0.0
    rest = max(0.0, others * (mean_y + slope * away))
    freedom = number - 1 - is_line
    if not freedom:
        return Total(measured + rest, None)
    squares = math.fsum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in pairs)
    lever = 1 / number + (away * away / spread if is_line else 0.0)
    half = t_quantile(freedom, (1 + share) / 2) * math.sqrt(squares / freedom * (others + others * others * lever))
    return Total(measured + rest, Interval(measured + max(0.0, rest - half), measured + rest + half))


class PilotResult(NamedTuple):
    """What one model billed for few of many images, and what all of them are projected to take.

    Totals are of all images; None where no bill told the figure.
    """

    whole: Projection  # of all images, from headers alone
    asked: int  # images that came to an end
    answered: int
    cached: int  # of those, before
    failed: Mapping[str, int]  # by error code
    jobs: int  # requests at a time that the clock counts with
    billed_usd: Decimal  # for the pilot itself
    input_tokens: Total | None
    output_tokens: Total | None
    usd: Total | None
    seconds: Total | None  # by the clock, within the limits a minute
