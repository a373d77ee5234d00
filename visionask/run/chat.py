"""A conversation under way: its turns, its pictures (prepared once), and what it has cost.

A turn that failed or was stopped is no part of what is sent later; its money counts. Images stay with the question
that they came with, so that each request begins with the bytes of the one before it.

The stopping of an answer by Ctrl-C: it ends the answer, and loses neither its money nor the conversation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.errors import IncompleteAnswer, InputError, StateError, TooLarge, VisionaskError
from visionask.core.image import Failed, UrlSource
from visionask.core.plan import Planner
from visionask.core.projection import worst_usd
from visionask.core.request import Answer, Exchanged, Spent
from visionask.run.ask import partial_of, plan, planned_or_failed, refuses_links, send_prepared, settled
from visionask.run.job import prepare_all
from visionask.run.survey import plan_source, survey

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from visionask.api.client import Client
    from visionask.core.image import EncodedImage
    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Projection
    from visionask.core.request import Attempt, Outcome, Request
    from visionask.run.ask import Kept, Watcher
    from visionask.run.job import Job
    from visionask.run.structured import Sender


class Stopping(Protocol):
    """Says whether Ctrl-C may break in. Where it may not, it waits for the next block inside in which it may."""

    def allowed(self, is_allowed: bool, /) -> AbstractContextManager[None]: ...


class Stoppable:
    """A sender that Ctrl-C stops while it waits: what came by then is the partial answer of an error."""

    def __init__(self, sender: Sender, stopping: Stopping) -> None:
        self._sender, self._stopping = sender, stopping

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        """Send as the sender does. Raises IncompleteAnswer when it was stopped.

        Text is shown and attempts are counted undisturbed: half a line on the terminal, or half a step in the ledger,
        would outlive the answer.
        """
        texts: list[str] = []
        attempts = lost = 0

        def show(text: str) -> None:
            with self._stopping.allowed(False):
                texts.append(text)
                if on_text is not None:
                    on_text(text)

        def begin(attempt: Attempt) -> None:
            nonlocal attempts, lost
            with self._stopping.allowed(False):
                if on_attempt is not None:
                    on_attempt(attempt)
                attempts, lost = attempt.number, lost + attempt.is_maybe_billed

        try:
            with self._stopping.allowed(True):
                return self._sender.send(request, on_text=show, on_attempt=begin)
        except KeyboardInterrupt:
            raise _stopped("".join(texts), attempts=attempts, lost=lost) from None


def _stopped(text: str, *, attempts: int, lost: int) -> IncompleteAnswer:
    error = IncompleteAnswer(
        "stopped: the answer is not complete, and no part of the conversation", "go on, or ask again"
    )
    error.attempts, error.maybe_billed = attempts, lost
    if attempts:
        error.partial = Answer(text=text, finish_reason=None, attempts=attempts, maybe_billed=lost)
    return error


class Chat:
    """One conversation with one server. `job` says how everything is asked, but for its question and images.

    `images` are those of its history, then those that come with the next question.
    """

    def __init__(
        self, job: Job, images: tuple[ImagePlan, ...], *, client: Client, kept: Kept, watcher: Watcher, stop: Stopping
    ) -> None:

        self.spent = Spent()
        self.history = job.history
        self._client, self._kept, self._watcher, self._stopping = client, kept, watcher, stop
        self._undone = 0
        self._made: dict[int, tuple[ImagePlan, EncodedImage | None]] = {}  # by place
        self.job, self.images = job, images

    @property
    def conversation(self) -> str | None:
        """The id under which it is kept; None before the first answer, and without a ledger."""
        return self._kept.conversation

    def ask(self, question: str) -> Outcome:
        """Ask one question. Every end is an Outcome, also Ctrl-C once something was sent; before, that raises."""
        with self._stopping.allowed(False):
            started = time.monotonic()
            job = self._job(question)
            outcome = self._asked(job)
            if outcome.error is not None and refuses_links(job, outcome.error):
                self._watcher.on_notice("the server does not take links: they are fetched here and sent as pictures")
                with self._stopping.allowed(True):
                    self._fetch_links()
                job = self._job(question)
                outcome = self._asked(job)
            outcome = settled(job, outcome, time.monotonic() - started)
            reserved = None if outcome.planned is None else worst_usd(outcome.planned.projection)
            self.spent.add(outcome, reserved_usd=reserved)
            if outcome.answer is not None and (outcome.error is None or isinstance(outcome.error, StateError)):
                came = len(self.images) - sum(turn.images for turn in self.history)
                self.history += (Exchanged(question=question, answer=outcome.answer.text, images=came),)
                self._kept.remember(job, outcome)
        return outcome

    def _asked(self, job: Job) -> Outcome:
        outcome = planned_or_failed(job)
        if outcome.planned is None or outcome.error is not None:
            return outcome
        try:
            with self._stopping.allowed(True):
                self._watcher.on_plan(outcome.planned)
                outcome = replace(outcome, encoded=self._encoded(outcome.planned.images))
            sender = Stoppable(self._client, self._stopping)
            outcome = send_prepared(job, outcome, sender=sender, kept=self._kept, watcher=self._watcher)
            if self._client.unsaved is not None:
                outcome = replace(outcome, status="failed", error=self._client.unsaved)
        except VisionaskError as error:
            answer = partial_of(error)
            outcome = replace(outcome, status="failed", error=error, attempts=error.attempts, answer=answer)
        return outcome

    def next_projection(self) -> Projection:
        """Price the next turn but for its question."""
        return plan(self._job(""))[0].projection

    def add_image(self, arg: str) -> tuple[ImagePlan, ...]:
        """Let one more image come with the next question. Raises InputError, UsageError."""
        planner = Planner(model=self.job.model, options=self.job.options)
        found = tuple(survey(self.job.choosing._replace(args=(arg,)), planner))
        added = tuple(image for image in found if not isinstance(image, Failed))
        for each in found:
            if isinstance(each, Failed):
                raise each.error
        if len(self.images) + len(added) > self.job.max_images:
            raise TooLarge(f"{self.job.max_images:,} images are all that one request takes", "begin a new conversation")
        self.images += added
        return added

    def change(self, job: Job) -> None:
        """Go on with another model or detail: the images are planned anew. Raises InputError, UsageError; then not."""
        images = []
        for image in self.images:
            spec = image.sizing.spec
            options = job.options._replace(
                crop=spec.crop, redact=spec.redact, frame=spec.frame, rotate=spec.rotate or None
            )
            images.append(_resized(image, Planner(model=job.model, options=options)))
        self.images, self.job = tuple(images), replace(job, system=self.job.system)

    def undo(self) -> Exchanged | None:
        """Take back the last turn, here and in the ledger; its images come with the next question. None: no turn."""
        if not self.history:
            return None
        last, self.history = self.history[-1], self.history[:-1]
        self._undone += 1
        self._kept.take_back()
        return last

    def _job(self, question: str) -> Job:
        return replace(
            self.job,
            question=question,
            history=self.history,
            earlier=self.images,
            choosing=self.job.choosing._replace(args=()),
            vote=self._undone,  # the same question after /undo is asked again
        )

    def _fetch_links(self) -> None:
        """Fetch the links that were handed on. Raises InputError."""
        choosing = self.job.choosing._replace(passes_urls=False, fetches_whole=True)
        images = []
        for image in self.images:
            planner = Planner(model=self.job.model, options=self.job.options)
            found = plan_source(image.source, choosing, planner) if isinstance(image.source, UrlSource) else image
            if isinstance(found, Failed):
                raise found.error
            images.append(found)
        self.images, self.job = tuple(images), replace(self.job, choosing=choosing)

    def _encoded(self, images: tuple[ImagePlan, ...]) -> tuple[EncodedImage | None, ...]:
        """Prepare what has not been prepared, or was made in another size. Raises InputError."""
        wanted = [place for place, image in enumerate(images) if not self._is_made(place, image)]
        if wanted:
            made, failed = prepare_all([images[place] for place in wanted])
            if failed:
                raise failed[0].error
            for place, picture in zip(wanted, made, strict=True):
                self._check_same(place, images[place], picture)
            self._made |= {place: (images[place], picture) for place, picture in zip(wanted, made, strict=True)}
        return tuple(self._made[place][1] for place in range(len(images)))

    def _is_made(self, place: int, image: ImagePlan) -> bool:
        made = self._made.get(place)
        return made is not None and made[0].source == image.source and made[0].sizing.spec == image.sizing.spec

    def _check_same(self, place: int, image: ImagePlan, picture: EncodedImage | None) -> None:
        before = self._made.get(place, (image, None))[1]
        if before is not None and picture is not None and before.sha256 != picture.sha256:
            raise InputError(
                f"{image.source.label}: has changed since the conversation began", "restore it, or begin a new one"
            )


def _resized(image: ImagePlan, planner: Planner) -> ImagePlan:
    if isinstance(image.source, UrlSource):
        upright = None if image.probe is None else image.probe.upright
        return image._replace(sizing=planner.size_as_it_is(upright))
    assert image.probe is not None
    return image._replace(sizing=planner.size(image.probe.upright))
