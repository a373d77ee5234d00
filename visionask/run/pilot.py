"""A pilot: a question asked of few of many images, and what all of them are projected to take by that.

The few are spread over the sizes: the images in the order of their tokens are cut into as many parts of equal number
as are asked, and of each part the image is taken whose name's digest is smallest, so that a rerun takes the same. They
are asked by scans, so a later scan with the same question finds their answers in the ledger.

What was billed for each lies on a line over the tokens that are projected for it; the others are projected on that
line, with an interval of 90% (`project_total` of core/stats.py). Images that failed are taken to be answered in
the end.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from visionask.core.dataclass import dataclass
from visionask.core.errors import BudgetError, StateError
from visionask.core.image import Failed
from visionask.core.namedtuple import NamedTuple
from visionask.core.plan import Planner
from visionask.core.projection import Tally
from visionask.core.stats import Interval, PilotResult, Total, project_total
from visionask.run.eval import Collector, SettingScans
from visionask.run.job import count_text
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visionask.core.projection import Projection
    from visionask.core.request import Ended
    from visionask.run.eval import Setting
    from visionask.run.scan import Scan, Totals
    from visionask.store.ledger import Ledger


class Chosen(NamedTuple):
    """All images from their headers, and which of them are asked."""

    labels: frozenset[str]
    wholes: tuple[Projection, ...]  # of all images, for each setting
    failed: int  # images that cannot be sent


def choose(settings: Sequence[Setting], size: int, *, on_failed: Callable[[Failed], None]) -> Chosen:
    """Look at all images once, and choose up to `size` of them. Raises UsageError for options that cannot be met."""
    jobs = [setting.scan.job for setting in settings]
    planners = [Planner(model=job.model, options=job.options) for job in jobs]
    tallies = [Tally() for _ in jobs]
    found: dict[str, tuple[int, bytes]] = {}  # tokens and digest, by name
    failed = 0
    for image in survey(jobs[0].choosing._replace(fetches_whole=False), planners[0]):
        if isinstance(image, Failed):
            failed += 1
            on_failed(image)
            continue
        tallies[0].add(image.sizing)
        for planner, tally in zip(planners[1:], tallies[1:], strict=True):
            upright = None if image.probe is None else image.sizing.upright
            tally.add(planner.size_as_it_is(None) if upright is None else planner.size(upright))
        label = image.source.label
        digest = hashlib.sha256(label.encode("utf-8", "surrogateescape")).digest()
        found[label] = (image.sizing.tokens or 0, digest)
    wholes = []
    for job, tally in zip(jobs, tallies, strict=True):
        text, terms = count_text(job), job.terms._replace(is_one_request=False)
        wholes.append(
            tally.project(job.model, text_tokens=text.tokens, is_text_about=text.is_about, terms=terms),
        )
    return Chosen(frozenset(_spread(found, size)), tuple(wholes), failed)


def _spread(found: dict[str, tuple[int, bytes]], size: int) -> list[str]:
    """Return one name of each part of equal number, in the order of tokens."""
    ordered, parts = sorted(found, key=found.__getitem__), min(size, len(found))
    bounds = [len(ordered) * part // parts for part in range(parts + 1)] if parts else [0]
    return [min(ordered[start:end], key=lambda label: found[label][1]) for start, end in pairwise(bounds)]


def scan_of(setting: Setting, chosen: Chosen) -> Scan:
    """Return the scan of the images that are asked."""
    job = setting.scan.job
    choosing = job.choosing._replace(sample=chosen.labels, limit=None)
    return replace(setting.scan, job=replace(job, choosing=choosing))


@dataclass(slots=True, kw_only=True)
class Pilot(SettingScans):
    """A pilot under way."""

    chosen: Chosen
    totals: list[Totals] = field(default_factory=list)

    def run(
        self, ledger: Ledger, *, on_notice: Callable[[str], None], on_tick: Callable[[int], None]
    ) -> Iterator[Totals]:
        """Ask the chosen images under each setting; ends early by a signal, or where money or the ledger ends it.

        What else ends a scan is of its model alone. Raises ConfigError where there is no key for one of them.
        """
        with ExitStack() as stack:
            endpoints = [stack.enter_context(setting.connect()) for setting in self.settings]  # a key for each, first
            for setting, endpoint in zip(self.settings, endpoints, strict=True):
                self.outcomes.append({})
                collector, scan = Collector(self.outcomes[-1], {}, self._count(on_tick)), scan_of(setting, self.chosen)
                totals = self._scan(setting, scan, endpoint, ledger, collector=collector, on_notice=on_notice)
                self.totals.append(totals)
                yield totals
                if totals.signal or isinstance(totals.stopped, BudgetError | StateError):
                    return

    def results(self) -> list[PilotResult]:
        """Return what each model that was asked is projected to take, cheapest first; without a price last."""
        found = [
            project(setting, whole, totals, list(outcomes.values()))
            for setting, whole, totals, outcomes in zip(
                self.settings, self.chosen.wholes, self.totals, self.outcomes, strict=False
            )
        ]
        return sorted(found, key=lambda each: (each.usd is None, 0.0 if each.usd is None else each.usd.value))


def project(setting: Setting, whole: Projection, totals: Totals, outcomes: Sequence[Ended]) -> PilotResult:
    """Return what all images are projected to take by what became of some."""
    billed = [each for each in outcomes if each.answer is not None and each.planned is not None]
    has_tokens = whole.input_tokens is not None and all(_tokens(each) is not None for each in billed)

    def total(measure: Callable[[Ended], float | None]) -> Total | None:
        measured = [(each, value) for each in billed if (value := measure(each)) is not None]
        pairs = [(float((_tokens(each) or 0) if has_tokens else 0), value) for each, value in measured]
        others = max(0, whole.images - len(pairs))
        others_sum = (whole.input_tokens or 0) - sum(x for x, _ in pairs) if has_tokens else 0.0
        return project_total(pairs, others, others_sum)

    tokens = total(_input_tokens)
    return PilotResult(
        whole=whole,
        asked=totals.items,
        answered=totals.done,
        cached=totals.cached,
        failed=dict(totals.failed),
        jobs=setting.scan.workers,
        billed_usd=totals.usd,
        input_tokens=tokens,
        output_tokens=total(_output_tokens),
        usd=total(lambda each: None if each.billed_usd is None else float(each.billed_usd)),
        seconds=_by_the_clock(total(_seconds), setting, whole.images, tokens),
    )


def _by_the_clock(seconds: Total | None, setting: Setting, images: int, tokens: Total | None) -> Total | None:
    """Divide the time of all requests by those at a time; never faster than the limits a minute allow."""
    if seconds is None:
        return None
    least = 0.0 if setting.rpm is None else images / setting.rpm * 60
    if setting.tpm is not None and tokens is not None:
        least = max(least, tokens.value / setting.tpm * 60)

    def clock(value: float) -> float:
        return max(least, value / min(setting.scan.workers, max(1, images)))

    interval = None if seconds.interval is None else Interval(*map(clock, seconds.interval))
    return Total(clock(seconds.value), interval)


def _tokens(outcome: Ended) -> int | None:
    """Return the tokens that were projected for it."""
    return None if outcome.planned is None else outcome.planned.projection.input_tokens


def _input_tokens(outcome: Ended) -> float | None:
    usage = None if outcome.answer is None else outcome.answer.usage
    return None if usage is None else usage.input_tokens


def _output_tokens(outcome: Ended) -> float | None:
    usage = None if outcome.answer is None else outcome.answer.usage
    return None if usage is None else usage.output_tokens


def _seconds(outcome: Ended) -> float | None:
    """Return how long it took; None for an answer from before, which took no time now."""
    return None if outcome.is_cached else outcome.seconds
