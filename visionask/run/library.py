"""Owns the Python API: `plan`, `ask` and `scan` as functions, for notebooks and scripts.

They do what the commands do, with the same settings, ledger and records. They print nothing, take no signals, read no
arguments of the program and never end it: what fails raises a class of `visionask.errors`. They block, and may be
called in any thread, also beside the event loop of a notebook.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Unpack

from visionask.core.errors import BudgetError, StateError
from visionask.run.call import read_call
from visionask.run.keywords import AskOptions, PlanOptions, ScanOptions
from visionask.run.results import Plan, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from visionask.core.outcome import Outcome, PlannedRequest
    from visionask.core.projection import Projection
    from visionask.images.given import Given
    from visionask.run.call import Call
    from visionask.run.scan import Scan, Totals


def plan(images: Given | Iterable[Given], *, question: str | None = None, **options: Unpack[PlanOptions]) -> Plan:
    """Tell what images cost, from their headers: no key, no request, no ledger.

    Raises the error of an image that is named and cannot be sent; those of folders are in `failed`. Raises UsageError,
    ConfigError.
    """
    from visionask.run.cost import Priced
    from visionask.run.options import read_pricing
    from visionask.run.survey import asks_once

    call = read_call("plan", options, PlanOptions.__optional_keys__)
    choosing = call.choosing(images, allows_folders=True, sends=False)
    flags = {**call.flags, "question": question}
    priced = Priced(read_pricing(flags, call.settings, choosing=choosing, on_notice=call.on_notice))
    found = tuple(priced)
    if priced.error is not None and asks_once(choosing):
        raise priced.error
    (projection,) = priced.projections()
    return Plan(found=found, projection=projection, question=question)


def ask(
    question: str,
    images: Given | Iterable[Given],
    *,
    on_text: Callable[[str], None] | None = None,
    **options: Unpack[AskOptions],
) -> Result:
    """Ask one question about all the images together; the answer is in the ledger before it is given back.

    `on_text` gets the answer while it comes, piece by piece; what it raises comes out of here once the answer is kept.
    Raises VisionaskError where there is no complete answer; its `outcome` has what there is.
    """
    from visionask.config.catalog import shipped
    from visionask.run.ask import ask as run_ask

    call = read_call("ask", options, AskOptions.__optional_keys__)
    most = shipped()["limits"]["max_images_per_request"]
    job = call.job(question, call.choosing(images), max_images=most, streams=on_text is not None)
    watcher = QuietWatcher(call, None if on_text is None or job.schema is not None else _Teller(on_text))
    outcome = run_ask(job, call.connect(), watcher=watcher, keeping=call.keeping())
    if outcome.error is not None:
        outcome.error.outcome = outcome
        raise outcome.error
    if watcher.teller is not None and watcher.teller.raised is not None:
        raise watcher.teller.raised
    return Result(command="ask", outcome=outcome)


def scan(question: str, images: Given | Iterable[Given], **options: Unpack[ScanOptions]) -> Generator[Result]:
    """Ask one question about each image: files, folders, patterns, links. Each result comes as soon as it is there.

    Nothing is sent before the first result is asked for. To stop early, leave the loop or close the generator: what is
    under way is waited for, and kept. Run it again to go on: what is answered is never paid twice.

    A result may have an `error`. What every image would meet is raised, after the results so far: ConfigError,
    BudgetError, a spent quota, a server that is gone, a ledger that cannot be written.
    """
    from visionask.core.arguments import need_range
    from visionask.run.scan import Scan, pick_sample

    call = read_call("scan", options, ScanOptions.__optional_keys__)
    flags, sample = call.flags, need_range(options.get("sample"), "--sample", least=1)
    planned = Scan(
        job=call.job(question, call.choosing(images, allows_folders=True)),
        base_url=call.base_url,
        workers=call.settings.jobs,
        limit=need_range(options.get("limit"), "--limit", least=1),
        retries_failed=flags.get("retry_failed", False),
        asks_again=not flags.get("cache", True),
        has_budget=call.settings.max_cost is not None or call.settings.daily_budget is not None,
    )
    if sample is not None:
        planned = replace(planned, sample=pick_sample(planned, sample))
    return _scan(planned, call)


def _scan(scan: Scan, call: Call) -> Generator[Result]:
    from visionask.run.crew import steps
    from visionask.run.scan import Totals
    from visionask.run.scanning import prepared
    from visionask.store.ledger import open_ledger

    settings, totals = call.settings, Totals()
    _check_price(scan, call)
    taker = _Taker()
    with (
        call.connect() as endpoint,
        open_ledger(call.ledger, budget=call.budget) as ledger,
        prepared(scan, endpoint, ledger, rpm=settings.rpm, tpm=settings.tpm, on_notice=call.on_notice) as context,
    ):
        for notice in (*ledger.notices, *([str(ledger.lost)] if ledger.lost.requests else [])):
            call.on_notice(notice)
        try:
            with closing(steps(scan, context, taker, totals)) as running:
                for _ in running:
                    while taker.outcomes:
                        yield Result(command="scan", outcome=taker.outcomes.popleft())
        finally:
            taker.tell_unkept(call.on_notice)
        totals.stopped = totals.stopped or context.unsaved()
    if totals.stopped is not None:
        raise totals.stopped


def _check_price(scan: Scan, call: Call) -> None:
    """Hold the limits that are of the whole scan. Raises BudgetError."""
    from visionask.core.projection import check_priced
    from visionask.run.scan import project_scan

    if not scan.has_budget and call.settings.confirm_above is None:
        return
    projection, _ = project_scan(scan)
    _confirm(projection, call)
    if scan.has_budget:
        check_priced(projection)


def _confirm(projection: Projection, call: Call) -> None:
    """Stop above a price that wants to be confirmed, as nobody can be asked. Raises BudgetError."""
    from visionask.core.projection import may_exceed

    above = call.settings.confirm_above
    if above is not None and may_exceed(projection, above) and not call.flags.get("yes", False):
        raise BudgetError(f"it may cost more than confirm_above ${above:f}, and nobody is asked here", "add yes=True")


class _Teller:
    """Hands text on. What the receiver raises loses no answer: it is paid for, and kept first."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.raised: Exception | None = None

    def __call__(self, text: str) -> None:
        if self.raised is None:
            try:
                self._on_text(text)
            except Exception as error:  # noqa: BLE001  raised again when the answer is kept
                self.raised = error


@dataclass(frozen=True, slots=True)
class QuietWatcher:
    """What a call does at each step: hold the limits, and hand on text and notices."""

    call: Call
    teller: _Teller | None = None

    def on_plan(self, planned: PlannedRequest) -> None:
        from visionask.core.projection import check_budget
        from visionask.report import human

        warnings = human.image_warnings(planned.images)
        for warning in (*warnings, *human.model_warnings(planned.projection, time.strftime("%Y-%m-%d"))):
            self.call.on_notice(warning)
        check_budget(planned.projection, self.call.settings.max_cost)
        _confirm(planned.projection, self.call)

    def on_notice(self, text: str) -> None:
        self.call.on_notice(text)

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None:
        """Say nothing: the result tells that it is cached."""

    @property
    def on_text(self) -> Callable[[str], None] | None:
        return self.teller


class _Taker:
    """Holds the items of a scan until they are asked for."""

    def __init__(self) -> None:
        self.outcomes: deque[Outcome] = deque()

    def on_item(self, outcome: Outcome, _thumbnail: bytes | None, _totals: Totals) -> None:
        self.outcomes.append(outcome)

    def on_unkept(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def on_tick(self, _totals: Totals) -> None:
        """Show nothing."""

    def tell_unkept(self, on_notice: Callable[[str], None]) -> None:
        """Tell of answers that are nowhere else, once nobody takes results any more."""
        for outcome in self.outcomes:
            if isinstance(outcome.error, StateError) and outcome.answer is not None:
                on_notice(f"{outcome.error.message}: {outcome.answer.text}")
