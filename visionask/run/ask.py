"""Owns the order of calls of `ask`: plan, look into the ledger, have it approved, prepare beside the SDK, send."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import ApiError, RejectedError, StateError, TooLarge, UsageError, VisionaskError
from visionask.core.image import Failed
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.plan import Planner
from visionask.run.job import Job, billed, build_request, project_images
from visionask.run.kept import Keeping, Kept, open_kept
from visionask.run.prepare import prepare_all
from visionask.run.structured import data_of, with_schema
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer, Endpoint
    from visionask.run.structured import Sender


class Watcher(Protocol):
    """What a command does at each step; `on_plan` may raise to stop before anything is sent."""

    def on_plan(self, planned: PlannedRequest) -> None: ...

    def on_notice(self, text: str) -> None: ...

    def on_recall(self, planned: PlannedRequest, *, at: float) -> None: ...

    @property
    def on_text(self) -> Callable[[str], None] | None: ...


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


def ask(job: Job, connect: AbstractContextManager[Endpoint], *, watcher: Watcher, keeping: Keeping) -> Outcome:
    """Ask once about all the images together. Every end is an Outcome; only bugs and Ctrl-C raise.

    An answer that is in the ledger needs no key, no money and no request: it is looked up first.
    """
    started = time.monotonic()
    outcome = planned_or_failed(job)
    if outcome.error is not None:
        return outcome
    try:
        with open_kept(keeping, watcher) as kept:
            outcome = _recalled_or_shown(job, outcome, kept=kept, watcher=watcher)
            if not outcome.is_cached:
                with connect as endpoint:
                    outcome = _answered(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
            if outcome.status == "ok":
                kept.remember(job, outcome)
                outcome = replace(outcome, conversation=kept.conversation)
    except VisionaskError as error:
        outcome = replace(outcome, status="failed", error=error)
    outcome = outcome if outcome.is_cached else settled(job, outcome, time.monotonic() - started)
    is_answered = outcome.error is None or isinstance(outcome.error, StateError)
    return replace(outcome, data=data_of(outcome.answer, job.schema) if is_answered else None)


def planned_or_failed(job: Job) -> Outcome:
    """Plan, and say nothing yet."""
    outcome = Outcome(status="failed")
    try:
        planned, failed = plan(job)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, planned=planned, failed=failed, error=failed[0].error if failed else None)


def _recalled_or_shown(job: Job, outcome: Outcome, *, kept: Kept, watcher: Watcher) -> Outcome:
    """Answer from the ledger, or have the price approved."""
    assert outcome.planned is not None
    recalled = kept.recall(job, outcome)
    if recalled is not None:
        return recalled
    watcher.on_plan(outcome.planned)
    return replace(outcome, status="planned")


def _answered(job: Job, outcome: Outcome, *, endpoint: Endpoint, kept: Kept, watcher: Watcher) -> Outcome:
    """Send, and repair `--pass-url` on a server that cannot fetch links."""
    try:
        return _send(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
    except VisionaskError as error:
        if refuses_links(job, error):
            watcher.on_notice("the server did not take the link: it is fetched here and sent as a picture")
            job = replace(job, choosing=job.choosing._replace(passes_urls=False))
            outcome = planned_or_failed(job)
            if outcome.error is None:
                outcome = _recalled_or_shown(job, outcome, kept=kept, watcher=watcher)
            if outcome.error is None and not outcome.is_cached:
                outcome = _answered(job, outcome, endpoint=endpoint, kept=kept, watcher=watcher)
            return replace(outcome, attempts=outcome.attempts + error.attempts)
        return replace(outcome, status="failed", error=error, attempts=error.attempts, answer=partial_of(error))


def _send(job: Job, outcome: Outcome, *, endpoint: Endpoint, kept: Kept, watcher: Watcher) -> Outcome:
    """Prepare the pictures while the SDK loads beside them (Pillow leaves the interpreter free), then send."""
    import threading

    from visionask.api.client import Client

    planned = outcome.planned
    assert planned is not None
    with closing(Client(endpoint, watcher.on_notice)) as client:
        warming = threading.Thread(target=client.warm, daemon=True)
        warming.start()
        try:
            encoded, failed = prepare_all(planned.images)
        finally:
            warming.join()
        if failed:
            return replace(outcome, status="failed", failed=failed, error=failed[0].error)
        sender = with_schema(client, job.schema, watcher.on_notice)
        outcome = send_prepared(job, replace(outcome, encoded=encoded), sender=sender, kept=kept, watcher=watcher)
        return outcome if client.unsaved is None else replace(outcome, status="failed", error=client.unsaved)


def send_prepared(job: Job, outcome: Outcome, *, sender: Sender, kept: Kept, watcher: Watcher) -> Outcome:
    """Send what is planned and prepared, and keep its answer. Raises what the sending does, and a reader that left."""
    assert outcome.planned is not None
    request = build_request(job, outcome.planned, outcome.encoded)
    shown = None if watcher.on_text is None else _Shown(watcher.on_text)
    outcome = kept.answer(
        job, outcome, send=lambda on_attempt: sender.send(request, on_text=shown, on_attempt=on_attempt)
    )
    if shown is not None and shown.lost is not None:
        raise shown.lost
    return outcome


class _Shown:
    """Shows text as it arrives. A reader that goes away loses no answer: it is paid for, and kept first."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self.lost: OSError | None = None

    def __call__(self, text: str) -> None:
        if self.lost is None:
            try:
                self._on_text(text)
            except OSError as error:
                self.lost = error


def refuses_links(job: Job, error: VisionaskError) -> bool:
    """Tell whether a server that was handed a link cannot fetch it (Ollama, LM Studio): 400 or 500 that says so."""
    words = ("url", "download", "fetch", "base64", "image input")  # the last is all that Ollama says
    return (
        job.choosing.passes_urls
        and not job.choosing.is_offline
        and isinstance(error, ApiError | RejectedError)
        and partial_of(error) is None
        and any(word in error.message.lower() for word in words)
    )


def partial_of(error: VisionaskError) -> Answer | None:
    """Return what came of an answer before it was given up."""
    return error.partial if isinstance(error, RejectedError) else None


def settled(job: Job, outcome: Outcome, seconds: float | None) -> Outcome:
    """Price what was billed: also a cut or refused answer is paid."""
    is_replayed = outcome.status == "ok" and outcome.answer is not None and outcome.answer.is_replayed
    return replace(outcome, billed_usd=billed(job, outcome.answer), seconds=seconds, is_cached=is_replayed)
