"""What changed between two results of the same question: pure rules of `diff`.

Results are paired by the name of their image, and what is left by its bytes: a folder that was moved is the same
folder. Answers are the same where their normalised texts are, or the fields of their data. Answers are closed where
they are few (at most 10 kinds, and no more than images): then each kind of flip is counted, with Cohen's kappa,
and for two kinds McNemar's test of whether one way is commoner than the other.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from visionask.core.dataclass import dataclass
from visionask.core.labels import normalise
from visionask.core.stats import cohen_kappa, mcnemar_p

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_KINDS = 10  # of closed answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One answer of a run, or why there is none (`error`, its code)."""

    name: str  # of the image; with the statement or the setting, where several were asked about it
    image: str = ""  # where its file is
    sha256: str | None = None
    answer: str | None = None
    data: Mapping[str, Any] | None = None
    error: str | None = None
    model: str | None = None
    question: str | None = None
    usd: Decimal | None = None
    tokens: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An image that both runs answered, and differently. `fields`: those of the data that differ."""

    first: Result
    second: Result
    fields: tuple[str, ...] = ()
    means_same: bool | None = None  # as a model has judged it; None: nobody has


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What one run took. `usd` None: no answer told a bill."""

    answers: int
    failed: int
    usd: Decimal | None
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two runs side by side. `flips` by (first, second) answer, where answers are closed."""

    same: int
    changed: tuple[Change, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    failed_first: tuple[str, ...]  # answered by the second alone
    failed_second: tuple[str, ...]
    first: Sums
    second: Sums
    flips: Mapping[tuple[str, str], int]
    kappa: float | None = None
    p: float | None = None
    questions: tuple[str, ...] = ()  # where both were not asked the same
    judge: str | None = None  # the model that has judged changes of words
    judge_usd: Decimal = Decimal(0)

    @property
    def same_meaning(self) -> int:
        """Count the changes of words alone, as the judge has it."""
        return sum(change.means_same is True for change in self.changed)

    @property
    def share_changed(self) -> float:
        """Return the share of images that both answered and whose answers differ; 0 where there is none.

        With a judge those that mean the same are no change.
        """
        both = self.same + len(self.changed)
        return (len(self.changed) - self.same_meaning) / both if both else 0.0


def differ(first: Sequence[Result], second: Sequence[Result]) -> Difference:
    """Compare two runs. Of several results of one image the last counts: a rerun appends."""
    pairs, only_first, only_second = _pair(_last(first), _last(second))
    both = [(a, b) for a, b in pairs if a.error is None and b.error is None]
    changed = [change for a, b in both if (change := _change(a, b)) is not None]
    closed = _closed(both)
    flips = Counter(pair for pair in closed if pair[0] != pair[1])
    asked = {result.question for result in (*first, *second) if result.question is not None}
    return Difference(
        same=len(both) - len(changed),
        changed=tuple(changed),
        only_first=tuple(result.name for result in only_first),
        only_second=tuple(result.name for result in only_second),
        failed_first=tuple(a.name for a, b in pairs if a.error is not None and b.error is None),
        failed_second=tuple(a.name for a, b in pairs if a.error is None and b.error is not None),
        first=_sums(first),
        second=_sums(second),
        flips=dict(flips.most_common()),
        kappa=cohen_kappa(closed),
        p=_p(closed, flips),
        questions=tuple(sorted(asked)) if len(asked) > 1 else (),
    )


def _last(results: Iterable[Result]) -> dict[str, Result]:
    return {result.name: result for result in results}


def _pair(
    first: dict[str, Result], second: dict[str, Result]
) -> tuple[list[tuple[Result, Result]], list[Result], list[Result]]:
    """Return the pairs, and what only one of both has."""
    pairs = [(result, second[name]) for name, result in first.items() if name in second]
    only_first = [result for name, result in first.items() if name not in second]
    moved: dict[str, Result] = {
        result.sha256: result for name, result in second.items() if name not in first and result.sha256 is not None
    }
    for result in list(only_first):
        there = None if result.sha256 is None else moved.pop(result.sha256, None)
        if there is not None:
            pairs.append((result, there))
            only_first.remove(result)
    taken = {there.name for _, there in pairs}
    return pairs, only_first, [result for name, result in second.items() if name not in taken]


def _change(first: Result, second: Result) -> Change | None:
    if first.data is not None and second.data is not None:
        names = dict.fromkeys((*first.data, *second.data))
        fields = tuple(name for name in names if _text(first.data.get(name)) != _text(second.data.get(name)))
        return Change(first=first, second=second, fields=fields) if fields else None
    is_same = normalise(first.answer or "") == normalise(second.answer or "")
    return None if is_same else Change(first=first, second=second)


def _text(value: Any) -> str:
    return normalise(str(value)) if isinstance(value, str) else repr(value)


def _closed(both: Sequence[tuple[Result, Result]]) -> list[tuple[str, str]]:
    """Return the pairs of normalised answers where they are closed; nothing where they are not."""
    if any(result.data is not None for pair in both for result in pair):
        return []
    pairs = [(normalise(a.answer or ""), normalise(b.answer or "")) for a, b in both]
    kinds = {answer for pair in pairs for answer in pair}
    return pairs if len(kinds) <= min(MOST_KINDS, len(pairs)) else []


def _p(closed: Sequence[tuple[str, str]], flips: Mapping[tuple[str, str], int]) -> float | None:
    kinds = sorted({answer for pair in closed for answer in pair})
    if len(kinds) != 2:
        return None
    one, other = kinds
    return mcnemar_p(flips.get((one, other), 0), flips.get((other, one), 0))


def _sums(results: Sequence[Result]) -> Sums:
    bills = [result.usd for result in results if result.usd is not None]
    return Sums(
        answers=sum(result.error is None for result in results),
        failed=sum(result.error is not None for result in results),
        usd=sum(bills, Decimal(0)) if bills else None,
        tokens=sum(result.tokens for result in results),
        seconds=sum(result.seconds or 0 for result in results),
    )
