"""A conversation under way: its turns, its pictures (prepared once), and what it has cost.

A turn that failed or was stopped is no part of what is sent later; its money counts. Images stay with the question
that they came with, so that each request begins with the bytes of the one before it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, TooLarge, VisionaskError
from visionask.core.image import Failed, UrlSource
from visionask.core.plan import Planner
from visionask.core.projection import worst_usd
from visionask.core.request import Answered, Exchanged, Spent, Unanswered
from visionask.run.ask import plan, planned_or_failed
from visionask.run.pictures import Picture
from visionask.run.sending import Stoppable
from visionask.run.session import Policy
from visionask.run.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.plan import ImagePlan
    from visionask.core.projection import Projection
    from visionask.core.request import Ended
    from visionask.run.conversations import Keeper
    from visionask.run.job import Job
    from visionask.run.sending import Allowed
    from visionask.run.session import Session, Watcher


_POLICY = Policy(recalls=False, asks_again=True)


class Chat:
    """One conversation with one server. `job` says how everything is asked, but for its question and images.

    `images` are those of its history, then those that come with the next question.
    """

    def __init__(
        self,
        job: Job,
        images: tuple[ImagePlan, ...],
        *,
        session: Session,
        keeper: Keeper,
        watcher: Watcher,
        allowed: Allowed,
    ) -> None:
        self.spent = Spent()
        self.history = job.history
        self._session, self._keeper, self._watcher, self._allowed = session, keeper, watcher, allowed
        self._undone = 0
        self._made: dict[int, Picture] = {}  # by place
        self.job, self.images = job, images
        session.allowed, session.interruptible = allowed, lambda sender: Stoppable(sender, allowed)

    @property
    def conversation(self) -> str | None:
        """The id under which it is kept; None before the first answer, and without a ledger."""
        return self._keeper.conversation

    def ask(self, question: str) -> Ended:
        """Ask one question. Every end is an Outcome, also Ctrl-C once something was sent; before, that raises."""
        with self._allowed(False):
            started = time.monotonic()
            job = self._job(question)
            outcome = self._asked(job)
            outcome = replace(outcome, seconds=time.monotonic() - started)
            reserved = None if outcome.planned is None else worst_usd(outcome.planned.projection)
            self.spent.add(outcome, reserved_usd=reserved)
            whole = outcome if isinstance(outcome, Answered) else outcome.unsaved
            if whole is not None:
                came = len(self.images) - sum(turn.images for turn in self.history)
                self.history += (Exchanged(question=question, answer=whole.answer.text, images=came),)
                self._keeper.add(job, whole)
        return outcome

    def _asked(self, job: Job) -> Ended:
        outcome = planned_or_failed(job)
        if isinstance(outcome, Unanswered):
            return outcome
        asked = self._session.ask(job, self._pictures(outcome.planned.images))
        try:
            with self._allowed(True):
                ended = self._session.prepare(asked, _POLICY)
            if isinstance(ended, Unanswered):  # a picture that cannot be made
                return replace(ended, failed=())
            self._take(asked.pictures)
            return self._session.send_alone(asked, _POLICY, on_text=self._watcher.on_text)
        except VisionaskError as error:
            return asked.unanswered(error)
        finally:
            self.images = tuple(picture.plan for picture in asked.pictures)  # a link may have been fetched

    def next_projection(self) -> Projection:
        """Price the next turn but for its question."""
        return plan(self._job(""))[0].projection

    def add_image(self, arg: str) -> tuple[ImagePlan, ...]:
        """Add one more image to the next question. Raises InputError, UsageError."""
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
        was, self.images = self.job, tuple(images)
        self.job = replace(job, system=was.system, puts_images_first=was.puts_images_first)

    def undo(self) -> Exchanged | None:
        """Take back the last turn, here and in the ledger; its images come with the next question. None: no turn."""
        if not self.history:
            return None
        last, self.history = self.history[-1], self.history[:-1]
        self._undone += 1
        self._keeper.take_back()
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

    def _pictures(self, images: tuple[ImagePlan, ...]) -> list[Picture]:
        """Return the pictures; new ones for what has not been made, or was made in another size."""
        return [
            self._made[place] if self._is_made(place, image) else Picture(image) for place, image in enumerate(images)
        ]

    def _is_made(self, place: int, image: ImagePlan) -> bool:
        if place not in self._made:
            return False
        made = self._made[place].plan
        return made.source == image.source and made.sizing.spec == image.sizing.spec

    def _take(self, pictures: Sequence[Picture]) -> None:
        """Keep the pictures for the turns to come. Raises InputError for one that is another than before."""
        for place, picture in enumerate(pictures):
            before = picture.known_digest if place not in self._made else self._made[place].known_digest
            if None not in (before, picture.known_digest) and before != picture.known_digest:
                raise InputError(
                    f"{picture.label}: has changed since the conversation began", "restore it, or begin a new one"
                )
        self._made |= dict(enumerate(pictures))


def _resized(image: ImagePlan, planner: Planner) -> ImagePlan:
    upright = None if image.probe is None else image.probe.upright
    if upright is None or isinstance(image.source, UrlSource):
        return image._replace(sizing=planner.size_as_it_is(upright))
    return image._replace(sizing=planner.size(upright))
