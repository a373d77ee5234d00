"""What of a scan's images is answered before it begins: what a dry run, a price and a budget need not count.

A picture is known by the digest of its bytes, so each is read for it, for `LOOK_S` at most: the first request of a scan
of 100,000 must not wait until all are read. What is left then is known by its name in an earlier run of the same scan,
and the count is said to be about. Where the question was never answered, nothing is read at all.

Nor does the first request wait until the headers of very many images are read: a sample is, and stands for all. The
tokens and the price that are shown then are about; dry runs, and whoever asks first above a sum, read every header.
"""

from __future__ import annotations

import contextlib
import random
import time
from itertools import islice
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, StateError
from visionask.core.fingerprint import AnswerKeys
from visionask.core.image import BytesSource, FileSource
from visionask.core.namedtuple import NamedTuple
from visionask.run.job import asked_of_all, final_error, kept_question, sent_picture
from visionask.run.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from visionask.core.image import Failed, Source
    from visionask.core.plan import ImagePlan
    from visionask.run.job import Job
    from visionask.run.scan import Scan
    from visionask.store.reader import Reader

LOOK_S = 1.0

MOST_READ = 10_000  # headers that the first request of a scan may wait for: half a second of CPU time, about

SAMPLED = 1000  # of more images than that; where tokens differ by as much as their mean, the sum is off by some 3%

_NAMED = 500  # images whose names are looked up at a time


class Sample(NamedTuple):
    """Images whose headers are read, and how many they stand for: None, each for itself."""

    sources: Iterator[Source | Failed]
    images: int | None = None
    left: int = 0  # of those, not known to be answered


def sample_of(sources: Iterator[Source | Failed], answered: Answered) -> Sample:
    """Return the sources themselves, or of very many a sample that is spread evenly over all, the same in every run.

    The names of all of them are looked up then.
    """
    first = list(islice(sources, MOST_READ + 1))
    if len(first) <= MOST_READ:
        return Sample(iter(first))
    draw = random.Random(0)  # noqa: S311  no secret
    sampled, images, left = draw.sample(first, SAMPLED), len(first), 0
    for start in range(0, images, _NAMED):
        left += answered.count_left(first[start : start + _NAMED])
    while window := list(islice(sources, _NAMED)):
        left += answered.count_left(window)
        for source in window:
            images += 1
            place = int(draw.random() * images)
            if place < SAMPLED:
                sampled[place] = source
    return Sample(iter(sampled), images, left)


class Answered:
    """A filter of images that have an answer, or a refusal that holds, which counts them."""

    def __init__(self, scan: Scan, scan_key: str, reader: Reader | None) -> None:
        self._scan, self._scan_key, self._reader = scan, scan_key, None if scan.asks_again else reader
        self._keys = AnswerKeys(asked_of_all(scan.job, scan.base_url))
        self._until_s: float | None = None
        self.answered = self.refused = 0
        self.is_about = False
        with contextlib.suppress(StateError):
            if reader is not None and reader.has_answers(scan.job.model.name, kept_question(scan.job)):
                return
        self._reader = None

    def left(self, plans: Sequence[ImagePlan]) -> list[ImagePlan]:
        """Return those of some hundreds of images that are to be asked."""
        if self._reader is None or not plans:
            return list(plans)
        try:
            return self._left(plans, self._reader)
        except StateError:  # whoever sends meets it too, and tells it
            self._reader = None
            return list(plans)

    def _left(self, plans: Sequence[ImagePlan], reader: Reader) -> list[ImagePlan]:
        if self._until_s is None:
            self._until_s = time.monotonic() + LOOK_S
        keyed: list[tuple[ImagePlan, str]] = []
        others: list[ImagePlan] = []
        for plan in plans:
            key = self._key(plan) if time.monotonic() < self._until_s else None
            if key is None:
                others.append(plan)
            else:
                keyed.append((plan, key))
        known = reader.answered([key for _, key in keyed]) if keyed else set()
        left = [(plan, key) for plan, key in keyed if key not in known]
        asking = [plan for plan, key in left if not self._is_refused(key, reader)]
        names = reader.answered_names(self._scan_key, [plan.source.label for plan in others]) if others else set()
        self.is_about |= bool(names)
        self.answered += len(keyed) - len(left) + len(names)
        self.refused += len(left) - len(asking)
        return asking + [plan for plan in others if plan.source.label not in names]

    def count_left(self, sources: Sequence[Source | Failed]) -> int:
        """Count those of some hundreds of images that no earlier run of this scan has answered under their names."""
        if self._reader is None:
            return len(sources)
        names: set[str] = set()
        with contextlib.suppress(StateError):
            names = self._reader.answered_names(self._scan_key, [source.label for source in sources])
        known = sum(source.label in names for source in sources)
        self.answered += known
        self.is_about |= bool(known)
        return len(sources) - known

    def _key(self, plan: ImagePlan) -> str | None:
        """Return the key of an image's answer; None for one that cannot be read here."""
        return _key(self._keys, [plan])

    def _is_refused(self, key: str, reader: Reader) -> bool:
        if self._scan.retries_failed:
            return False
        failure = reader.failure(key)
        return failure is not None and final_error(failure) is not None


def has_answer(job: Job, plans: Sequence[ImagePlan], base_url: str | None, path: str) -> bool:
    """Return whether one request about these pictures is answered."""
    from visionask.store.reader import open_reader

    key = _key(AnswerKeys(asked_of_all(job, base_url)), plans)
    with open_reader(path) as reader, contextlib.suppress(StateError):
        return reader is not None and key is not None and bool(reader.answered([key]))
    return False


def _key(keys: AnswerKeys, plans: Sequence[ImagePlan]) -> str | None:
    """Return the key of an answer; None where a picture cannot be read here."""
    if not all(isinstance(plan.source, FileSource | BytesSource) for plan in plans):
        return None
    with contextlib.suppress(InputError):
        return keys.key([sent_picture(plan, Picture(plan).digest()) for plan in plans])
    return None
