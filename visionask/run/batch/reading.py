"""Owns what is counted while results are read: answers, failures, money, tokens, and what was wrong with the files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from visionask.core.request import Usage
    from visionask.store.batch_values import Shard

_NAMED, _NAME_CHARS = 3, 80
_APART = 0.02  # of the larger sum: what prompts a word about the provider's own sums


class Named:
    """Things of one kind: how many, and the names of the first, however many come."""

    __slots__ = ("count", "first")

    def __init__(self) -> None:
        self.count, self.first = 0, list[str]()

    def add(self, name: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < _NAMED:
            self.first.append(name[:_NAME_CHARS])


@dataclass(slots=True, kw_only=True)
class Sums:
    """Tokens of the results of one shard, added up; `unknown` results told none."""

    input_tokens: int = 0
    output_tokens: int = 0
    unknown: int = 0

    def add(self, usage: Usage | None, *, is_answer: bool) -> None:
        """Add one result, once. A failure is mostly not billed."""
        if usage is None or usage.input_tokens is None:
            self.unknown += is_answer
        else:
            self.input_tokens += usage.input_tokens
            self.output_tokens += usage.output_tokens or 0


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was found in results so far."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # by error code
    unknown: Named = field(default_factory=Named)
    torn: Named = field(default_factory=Named)
    doubled: int = 0
    missing: int = 0
    usd: Decimal = Decimal(0)
    unpriced: int = 0
    billed: Sums = field(default_factory=Sums)  # of the file or the shard that is being read
    apart: list[str] = field(default_factory=list)  # where the provider's own sums differ from those of its results

    def compare(self, shard: Shard) -> None:
        """Note where the provider's own sums are not those of its results: one of the two is what it bills."""
        told, found = shard.usage, self.billed
        if told is None or found.unknown:
            return
        pairs = ((told.input_tokens, found.input_tokens), (told.output_tokens, found.output_tokens))
        if any(whole is not None and abs(whole - sum_) > _APART * max(whole, sum_) for whole, sum_ in pairs):
            self.apart.append(
                f"{shard.batch_id}: the provider counts {told.input_tokens:,} tokens in and "
                f"{told.output_tokens or 0:,} out for the whole batch, but its results {found.input_tokens:,} in and "
                f"{found.output_tokens:,} out"
            )
