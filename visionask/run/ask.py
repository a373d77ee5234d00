"""The order of calls of `ask`: plan, and one request about all the images together.

`ask` is one question of one person, who may well want another answer to it, so that it recalls nothing unless it is
told to; a scan always does.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from visionask.core.errors import TooLarge, UsageError, VisionaskError
from visionask.core.image import Failed
from visionask.core.plan import Planner
from visionask.core.request import Answered, Planned, PlannedRequest, Unanswered
from visionask.run.conversations import Keeper
from visionask.run.job import Job, plan_request
from visionask.run.pictures import pictures_of
from visionask.run.session import Policy, open_session
from visionask.run.survey import survey

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from visionask.core.plan import ImagePlan
    from visionask.core.request import Ended, Endpoint
    from visionask.run.session import LedgerOptions, Watcher


def plan(job: Job) -> tuple[PlannedRequest, tuple[Failed, ...]]:
    """Plan the request from headers alone. Images that cannot be sent are returned beside it, all of them."""
    planner = Planner(model=job.model, options=job.options)
    plans: list[ImagePlan] = []
    failed: list[Failed] = []
    for found in (*job.earlier, *survey(job.choosing, planner)):
        if isinstance(found, Failed):
            failed.append(found)
        else:
            plans.append(found)
    if len(plans) > job.max_images:
        raise TooLarge(
            f"{len(plans):,} images are more than one request takes ({job.max_images:,})", "ask about fewer at a time"
        )
    if not plans and not failed:
        raise UsageError("no image was named", "name a file, a URL, or - for standard input")
    return plan_request(job, plans), tuple(failed)


def plan_only(job: Job, watcher: Watcher) -> Planned | Unanswered:
    """Plan and price: no key, no request, no SDK, no ledger."""
    outcome = planned_or_failed(job)
    if isinstance(outcome, Unanswered):
        return outcome
    try:
        watcher.on_plan(outcome.planned)
    except VisionaskError as error:
        return Unanswered(error=error, planned=outcome.planned)
    return outcome


def ask(job: Job, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, ledger: LedgerOptions) -> Ended:
    """Ask once about all the images together. Every end is an Outcome; only bugs and Ctrl-C raise.

    An answer that is in the ledger needs no key, no money and no request: it is looked up first.
    """
    started = time.monotonic()
    planned = planned_or_failed(job)
    if isinstance(planned, Unanswered):
        return planned
    outcome: Ended
    policy = Policy(recalls=ledger.path is not None and not ledger.asks_again, asks_again=ledger.asks_again)
    try:
        with open_session(ledger, connect, on_notice=watcher.on_notice, watcher=watcher) as session:
            pictures = pictures_of(planned.planned.images)
            outcome = session.answer(job, pictures, policy, on_text=watcher.on_text)
            if isinstance(outcome, Answered):
                keeper = Keeper(session.ledger, ledger, watcher.on_notice)
                keeper.add(job, outcome)
                outcome = replace(outcome, conversation=keeper.conversation)
    except VisionaskError as error:
        outcome = Unanswered(error=error, planned=planned.planned)
    return _ended(outcome, time.monotonic() - started)


def _ended(outcome: Ended, seconds: float) -> Ended:
    """Say how long it took. Of a failure the record has no word about what was made for it."""
    match outcome:
        case Answered():
            is_recalled = outcome.is_cached and outcome.seconds is None
            return outcome if is_recalled else replace(outcome, seconds=seconds)
        case Unanswered():
            if outcome.unsaved is not None:
                return replace(outcome, seconds=seconds)
            return replace(outcome, seconds=seconds, encoded=(), digests=())
    assert_never(outcome)


def planned_or_failed(job: Job) -> Planned | Unanswered:
    """Plan, and say nothing yet."""
    try:
        planned, failed = plan(job)
    except VisionaskError as error:
        return Unanswered(error=error)
    return Unanswered(error=failed[0].error, planned=planned, failed=failed) if failed else Planned(planned=planned)
