"""The order of calls of `ask`: plan, and one request about all the images together.

`ask` is one question of one person, who may well want another answer to it, so that it recalls nothing unless it is
told to; a scan always does.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import ApiError, RejectedError, TooLarge, UsageError, VisionaskError
from visionask.core.image import Failed
from visionask.core.plan import Planner
from visionask.core.request import Outcome, PlannedRequest
from visionask.run.conversations import Keeper
from visionask.run.job import Job, project_images
from visionask.run.pictures import pictures_of
from visionask.run.session import Policy, is_whole, open_session, partial_of
from visionask.run.survey import survey

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from visionask.core.plan import ImagePlan
    from visionask.core.request import Endpoint
    from visionask.run.session import LedgerOptions, Session, Watcher


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
    projection = project_images(job, [image.sizing for image in plans])
    planned = PlannedRequest(question=job.question, system=job.system, images=tuple(plans), projection=projection)
    return planned, tuple(failed)


def plan_only(job: Job, watcher: Watcher) -> Outcome:
    """Plan and price: no key, no request, no SDK, no ledger."""
    outcome = planned_or_failed(job)
    if outcome.planned is None or outcome.error is not None:
        return outcome
    try:
        watcher.on_plan(outcome.planned)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, status="planned")


def ask(job: Job, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, ledger: LedgerOptions) -> Outcome:
    """Ask once about all the images together. Every end is an Outcome; only bugs and Ctrl-C raise.

    An answer that is in the ledger needs no key, no money and no request: it is looked up first.
    """
    started = time.monotonic()
    outcome = planned_or_failed(job)
    if outcome.error is not None:
        return outcome
    policy = Policy(recalls=ledger.path is not None and not ledger.asks_again, asks_again=ledger.asks_again)
    try:
        with open_session(ledger, connect, on_notice=watcher.on_notice, watcher=watcher) as session:
            outcome = _answered(job, outcome, session=session, policy=policy, watcher=watcher)
            if outcome.error is None:
                keeper = Keeper(session.ledger, ledger, watcher.on_notice)
                keeper.add(job, outcome)
                outcome = replace(outcome, conversation=keeper.conversation)
    except VisionaskError as error:
        outcome = replace(outcome, status="failed", error=error)
    if outcome.is_cached and outcome.seconds is None:
        return outcome
    outcome = replace(outcome, seconds=time.monotonic() - started)
    return outcome if is_whole(outcome) else replace(outcome, encoded=(), digests=())


def planned_or_failed(job: Job) -> Outcome:
    """Plan, and say nothing yet."""
    outcome = Outcome(status="failed")
    try:
        planned, failed = plan(job)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, planned=planned, failed=failed, error=failed[0].error if failed else None)


def _answered(job: Job, outcome: Outcome, *, session: Session, policy: Policy, watcher: Watcher) -> Outcome:
    """Answer what is planned, and repair `--pass-url` on a server that cannot fetch links."""
    assert outcome.planned is not None
    outcome = session.answer(job, pictures_of(outcome.planned.images), policy, on_text=watcher.on_text)
    if outcome.error is None or not refuses_links(job, outcome.error):
        return outcome
    watcher.on_notice("the server did not take the link: it is fetched here and sent as a picture")
    job = replace(job, choosing=job.choosing._replace(passes_urls=False))
    again = planned_or_failed(job)
    if again.error is None:
        again = _answered(job, again, session=session, policy=policy, watcher=watcher)
    return replace(again, attempts=again.attempts + outcome.attempts)


_OF_LINKS = (400, 415, 422, 500)  # Ollama and LM Studio refuse links; transformers serve fails on one without a word


def refuses_links(job: Job, error: VisionaskError) -> bool:
    """Return whether a server that was handed a link cannot fetch it: it says so, or fails without a reason."""
    return (
        job.choosing.passes_urls
        and not job.choosing.is_offline
        and isinstance(error, ApiError | RejectedError)
        and partial_of(error) is None
        and error.status in _OF_LINKS
        and error.cause in ("link", "unsaid")
    )
