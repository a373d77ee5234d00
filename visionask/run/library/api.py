"""The Python API: `plan`, `ask`, `scan` and `check` as functions, for notebooks and scripts.

They do what the commands do, with the same settings, ledger and records. They print nothing, take no signals, read no
arguments of the program and never end it: what fails raises a class of `visionask.errors`. They block, and may be
called in any thread, also beside the event loop of a notebook.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Unpack

from visionask.core.checks import Group
from visionask.core.errors import StateError, UsageError
from visionask.core.flags import CheckFlags, picked
from visionask.core.request import Answered
from visionask.run.library.call import QuietWatcher, Teller, confirm, listed, read_asking, read_call, read_schema_flags
from visionask.run.library.keywords import documented, in_keywords, spoken
from visionask.run.library.options import AskOptions, CheckOptions, PlanOptions, ScanOptions
from visionask.run.library.results import Checked, Plan, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from visionask.core.request import Ended
    from visionask.images.given import Given
    from visionask.run.library.call import Asking, Call
    from visionask.run.library.results import Result
    from visionask.run.pool import Item
    from visionask.run.scan import Scan, Totals


@documented(CheckOptions)
def check(
    statement: str | None = None,
    images: Given | Iterable[Given] = (),
    *,
    against: Given | None = None,
    **options: Unpack[CheckOptions],
) -> Checked:
    """Check whether a statement is true of each image: `assert check("a login button is visible", "shot.png")`.

    `against` is a baseline: the same pixels pass without a request. What could not be told is neither true nor false:
    the value's `verdict`, and its use as a truth, raise the error then. Raises UsageError, ConfigError.
    """
    from visionask.run.check import read_check, run_check
    from visionask.run.closed import read_points

    asking = read_asking("check", options, CheckOptions.__optional_keys__, question=statement)
    asked = picked(CheckFlags, {**options})
    call, texts = asking.call, [asking.question, *(asked.also or [])]
    if not all(text.strip() for text in texts):
        raise UsageError("a statement is empty", 'such as check("a login button is visible", "shot.png")')
    named, other = asking.choosing(images), None
    if against is not None:
        named = asking.choosing([*listed(images), against])
        *args, other = named.args
        named = named._replace(args=args)
    group = Group(images=tuple(named.args), points=read_points(asked, texts), against=other)
    planned = read_check(
        asked,
        call.prepared,
        groups=(group,),
        choosing=named._replace(args=()),
        on_notice=call.on_notice,
    )
    report = run_check(planned, asking.connect(), watcher=QuietWatcher(call), ledger=asking.ledger_options())
    for error in (report.overall.error, *(finding.error for finding in report.findings)):
        if error is not None:
            spoken(error)
    return Checked(report=report)


@documented(PlanOptions)
def plan(images: Given | Iterable[Given], *, question: str | None = None, **options: Unpack[PlanOptions]) -> Plan:
    """Return what images cost, from their headers: no key, no request, no entry in the ledger.

    Raises the error of an image that is named and cannot be sent; those of folders are in `failed`. Raises UsageError,
    ConfigError.
    """
    from visionask.run.cost import Priced
    from visionask.run.options import read_pricing
    from visionask.run.survey import asks_once

    call = read_call("plan", options, PlanOptions.__optional_keys__)
    choosing = call.choosing(images, allows_folders=True, sends=False)
    question = call.flags.question if question is None else question
    flags, schema = call.flags._replace(question=question), read_schema_flags(call.flags.schema)
    priced = Priced(read_pricing(flags, call.settings, schema=schema, choosing=choosing, on_notice=call.on_notice))
    found = tuple(priced)
    if priced.error is not None and asks_once(choosing):
        raise priced.error
    (projection,) = priced.projections()
    return Plan(found=found, projection=projection, question=question)


@documented(AskOptions)
def ask(
    question: str | None = None,
    images: Given | Iterable[Given] = (),
    *,
    on_text: Callable[[str], None] | None = None,
    **options: Unpack[AskOptions],
) -> Reply:
    """Ask one question about all the images together; the answer is in the ledger before it is given back.

    An image is a path, a link, a `data:` URL, bytes, a binary file or a Pillow image. The question may come from a
    template: `ask(images="bill.jpg", template="receipt")`.

    `on_text` gets the answer while it comes, piece by piece; what it raises comes out of here once the answer is kept.
    Raises VisionaskError where there is no complete answer; its `outcome` has what there is.
    """
    from visionask.config.catalog import openai_limits
    from visionask.run.ask import ask as run_ask

    asking = read_asking("ask", options, AskOptions.__optional_keys__, question=question)
    most = openai_limits()["max_images_per_request"]
    job = asking.job(asking.choosing(images), max_images=most, streams=on_text is not None)
    watcher = QuietWatcher(asking.call, None if on_text is None or job.schema is not None else Teller(on_text))
    outcome = run_ask(job, asking.connect(), watcher=watcher, ledger=asking.ledger_options())
    conversation = outcome.conversation if isinstance(outcome, Answered) else None
    outcome, instance = asking.filled(outcome)
    if outcome.error is not None:
        outcome.error.outcome = outcome
        raise outcome.error
    if watcher.teller is not None and watcher.teller.raised is not None:
        raise watcher.teller.raised
    return Reply(command="ask", outcome=outcome, instance=instance, conversation=conversation)


@documented(ScanOptions, cache=True)
def scan(
    question: str | None = None, images: Given | Iterable[Given] = (), **options: Unpack[ScanOptions]
) -> Generator[Result]:
    """Ask one question about each image: files, folders, patterns, links. Each result comes as soon as it is there.

    Nothing is sent before the first result is asked for. To stop early, leave the loop or close the generator: what is
    under way is waited for, and kept. Run it again to go on: what is answered is never paid twice.

    A result may have an `error`. What every image would meet is raised, after the results so far: ConfigError,
    BudgetError, a spent quota, a server that is gone, a ledger that cannot be written.
    """
    from dataclasses import replace

    asking = read_asking("scan", options, ScanOptions.__optional_keys__, question=question, recalls=True)
    planned = asking.scan(asking.choosing(images, allows_folders=True))
    running = _scan(replace(planned, retries_failed=bool(options.get("retry_failed"))), asking)
    _close_at_exit(running)
    return running


def _close_at_exit(running: Generator[Result]) -> None:
    """End a scan that a program leaves open while its workers can still keep what is under way: later they hang."""
    import atexit
    import weakref

    left = weakref.ref(running)

    def close() -> None:
        with suppress(ValueError):  # another thread is in it
            if (still := left()) is not None:
                still.close()

    atexit.register(close)
    weakref.finalize(running, atexit.unregister, close).atexit = False


def _scan(scan: Scan, asking: Asking) -> Generator[Result]:
    with in_keywords():
        yield from _results(scan, asking)


def _results(scan: Scan, asking: Asking) -> Generator[Result]:
    from visionask.run.options import read_budget
    from visionask.run.scan import Totals, prepared
    from visionask.run.scan_pool import steps
    from visionask.store.ledger import open_ledger

    call, settings, totals, stop = asking.call, asking.call.settings, Totals(), asking.stop
    _check_price(scan, call)
    taker = _Taker()
    with (
        asking.connect(is_stoppable=False) as endpoint,  # what is under way is paid, and waited for
        open_ledger(call.prepared.ledger, budget=read_budget(settings)) as ledger,
        prepared(scan, endpoint, ledger, rpm=settings.rpm, tpm=settings.tpm, on_notice=call.on_notice) as context,
    ):
        for notice in ledger.notices:
            call.on_notice(notice)
        try:
            with closing(steps(scan, context, taker, totals)) as running:
                for _ in running:
                    if stop is not None and stop.is_set():
                        return
                    while taker.outcomes:
                        yield asking.result(taker.outcomes.popleft())
        finally:
            taker.tell_unkept(call.on_notice)
        totals.stopped = totals.stopped or context.session.unsaved
    if totals.stopped is not None:
        raise totals.stopped


def _check_price(scan: Scan, call: Call) -> None:
    """Hold the limits that are of the whole scan. Raises BudgetError."""
    from visionask.core.projection import check_priced
    from visionask.run.scan import foresee

    if not scan.has_budget and call.settings.confirm_above is None:
        return
    asking = foresee(scan, call.prepared.ledger, is_hasty=call.settings.confirm_above is None).asking
    confirm(asking, call)
    if scan.has_budget:
        check_priced(asking)


class _Taker:
    """Holds the items of a scan until they are asked for."""

    def __init__(self) -> None:
        self.outcomes: deque[Ended] = deque()

    def on_item(self, item: Item, _totals: Totals) -> None:
        self.outcomes.append(item.outcome)

    def on_not_saved(self, outcome: Ended) -> None:
        self.outcomes.append(outcome)

    def on_tick(self, _totals: Totals) -> None:
        """Show nothing."""

    def tell_unkept(self, on_notice: Callable[[str], None]) -> None:
        """Report answers that are nowhere else, once nobody takes results any more."""
        for outcome in self.outcomes:
            if isinstance(outcome.error, StateError) and outcome.answer is not None:
                on_notice(f"{outcome.error.message}: {outcome.answer.text}")
