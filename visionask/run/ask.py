"""Owns the order of calls of `ask`: plan everything, have it approved, prepare beside the loading SDK, send, settle."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import ApiError, RejectedError, TooLarge, UsageError, VisionaskError
from visionask.core.image import Failed
from visionask.core.outcome import Outcome, PlannedRequest
from visionask.core.plan import Planner
from visionask.run.job import Job, billed, build_request, project_images
from visionask.run.prepare import prepare_all
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answer, Endpoint


class Watcher(Protocol):
    """What a command does at each step; `on_plan` may raise to stop before anything is sent."""

    def on_plan(self, planned: PlannedRequest) -> None: ...

    def on_notice(self, text: str) -> None: ...

    @property
    def on_text(self) -> Callable[[str], None] | None: ...


def plan(job: Job) -> tuple[PlannedRequest, tuple[Failed, ...]]:
    """Plan the request from headers alone. Images that cannot be sent are returned beside it, all of them."""
    planner = Planner(model=job.model, options=job.options)
    plans: list[ImagePlan] = []
    failed: list[Failed] = []
    for found in survey(job.choosing, planner):
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
    """Plan and price: no key, no request, no SDK."""
    outcome = Outcome(status="failed")
    try:
        planned, failed = plan(job)
        outcome = replace(outcome, planned=planned, failed=failed)
        if failed:
            return replace(outcome, error=failed[0].error)
        watcher.on_plan(planned)
    except VisionaskError as error:
        return replace(outcome, error=error)
    return replace(outcome, status="planned")


def ask(job: Job, connect: AbstractContextManager[Endpoint], watcher: Watcher) -> Outcome:
    """Ask once about all the images together. Every end is an Outcome; only bugs and Ctrl-C raise."""
    started = time.monotonic()
    outcome = plan_only(job, watcher)
    if outcome.error is not None:
        return outcome
    try:
        with connect as endpoint:
            outcome = _answered(job, endpoint, watcher, outcome)
    except VisionaskError as error:
        outcome = replace(outcome, status="failed", error=error)
    return _settled(job, outcome, time.monotonic() - started)


def _answered(job: Job, endpoint: Endpoint, watcher: Watcher, outcome: Outcome) -> Outcome:
    """Send, and repair `--pass-url` on a server that cannot fetch links."""
    try:
        return _send(job, endpoint, watcher, outcome)
    except VisionaskError as error:
        if _refuses_links(job, error):
            watcher.on_notice("the server did not take the link: it is fetched here and sent as a picture")
            job = replace(job, choosing=job.choosing._replace(passes_urls=False))
            outcome = plan_only(job, watcher)
            if outcome.error is None:
                outcome = _answered(job, endpoint, watcher, outcome)
            return replace(outcome, attempts=outcome.attempts + error.attempts)
        return replace(outcome, status="failed", error=error, attempts=error.attempts, answer=_partial(error))


def _send(job: Job, endpoint: Endpoint, watcher: Watcher, outcome: Outcome) -> Outcome:
    """Prepare the pictures while the SDK loads beside them (Pillow leaves the interpreter free), then send."""
    import threading

    from visionask.api.client import Client

    planned = outcome.planned
    assert planned is not None
    client = Client(endpoint, watcher.on_notice)
    warming = threading.Thread(target=client.warm, daemon=True)
    warming.start()
    try:
        encoded, failed = prepare_all(planned.images)
    finally:
        warming.join()
    if failed:
        return replace(outcome, status="failed", failed=failed, error=failed[0].error)
    outcome = replace(outcome, encoded=encoded)
    request = build_request(job, planned, encoded)
    answer = client.send(request, on_text=watcher.on_text)
    return replace(outcome, status="ok", answer=answer, attempts=answer.attempts)


def _refuses_links(job: Job, error: VisionaskError) -> bool:
    """Tell whether a server that was handed a link cannot fetch it (Ollama, LM Studio): 400 or 500 that says so."""
    words = ("url", "download", "fetch", "base64")
    return (
        job.choosing.passes_urls
        and isinstance(error, ApiError | RejectedError)
        and _partial(error) is None
        and any(word in error.message.lower() for word in words)
    )


def _partial(error: VisionaskError) -> Answer | None:
    return error.partial if isinstance(error, RejectedError) else None


def _settled(job: Job, outcome: Outcome, seconds: float) -> Outcome:
    """Price what was billed: also a cut or refused answer is paid."""
    return replace(outcome, billed_usd=billed(job, outcome.answer), seconds=seconds)
