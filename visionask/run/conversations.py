"""Conversations between the ledger and a job: what of a turn is kept, and how its pictures are found again.

The ledger has no pictures, only where each was and the digest of its bytes. To go on, each is read again from there and
must still have that digest: a conversation about another picture would be a lie. How it was cropped and blacked out
is kept with it, so that going on never shows more than the first question did. What was piped in is found nowhere.

How a conversation goes on: where, with which model, and what stands before the question.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.core.errors import InputError, StateError, UsageError
from visionask.core.image import BytesSource, Failed, FileSource, ObjectSource, UrlSource, page_label
from visionask.core.ledger import Turn, TurnImage
from visionask.core.namedtuple import NamedTuple
from visionask.core.plan import Planner
from visionask.core.request import Exchanged
from visionask.run.survey import look, plan_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from visionask.core.image import Source
    from visionask.core.ledger import Conversation
    from visionask.core.plan import ImagePlan
    from visionask.core.request import Answered
    from visionask.run.job import Job
    from visionask.run.options import Prepared
    from visionask.run.session import LedgerOptions
    from visionask.store.conversations import Conversations
    from visionask.store.ledger import Ledger


_LINKS = ("http://", "https://")


class PastConversation(NamedTuple):
    """A conversation as it was left."""

    conversation: Conversation
    history: tuple[Exchanged, ...]
    images: tuple[TurnImage, ...]  # of all turns, in order


def find_conversation(path: str | None, named: str | None, on_notice: Callable[[str], None]) -> PastConversation:
    """Find a conversation in the ledger: the one whose id begins with `named`, or the one that was used last.

    Raises UsageError where there is none, StateError where the ledger cannot be read.
    """
    from visionask.run.logs import open_log

    if path is None:
        raise UsageError("--no-log and --replay use no ledger, so no conversation can go on", "drop one of the flags")
    with open_log(path, on_notice) as ledger:
        conversation = _find(ledger.conversations, named)
        turns = ledger.conversations.turns(conversation.id)
    return PastConversation(
        conversation=conversation,
        history=tuple(Exchanged(question=turn.question, answer=turn.answer, images=len(turn.images)) for turn in turns),
        images=tuple(image for turn in turns for image in turn.images),
    )


def _find(conversations: Conversations, named: str | None) -> Conversation:
    if named is None:
        last = conversations.find()
        if last is None:
            raise UsageError("there is no conversation to continue", 'begin one: visionask ask "..." photo.jpg')
        return last
    found = conversations.matching(named)
    if len(found) != 1:
        fact = "more than one conversation has an id that begins with" if found else "no conversation has the id"
        raise UsageError(f"{fact} {named!r}", "see: visionask logs conversations")
    return found[0]


def find_again(images: Sequence[TurnImage], named: list[str], job: Job) -> tuple[ImagePlan | Failed, ...]:
    """Read the pictures of a conversation again and plan them. One that is not there is a value, and says why.

    A file in `named` that has the bytes of one that is missing stands in for it, and is taken out of the list.
    """
    plans: list[ImagePlan | Failed] = []
    for image in images:
        options = job.options._replace(
            crop=image.crop, redact=image.redact, frame=image.frame, rotate=image.rotate or None
        )
        planner = Planner(model=job.model, options=options)
        try:
            source = _source(image, job)
        except InputError as error:
            arg = next((arg for arg in named if image.sha256 is not None and _digest(arg) == image.sha256), None)
            if arg is None:
                plans.append(Failed(label=image.label, error=error))
                continue
            named.remove(arg)
            source = FileSource(path=arg)
        is_handed_on = isinstance(source, UrlSource | ObjectSource)
        plans.append(plan_source(source, job.choosing._replace(passes_urls=is_handed_on), planner))
    return tuple(plans)


def _source(image: TurnImage, job: Job) -> Source:
    """Read one picture's bytes, once. Raises InputError where they are not those of the conversation."""
    from visionask.images.probe import read_bytes

    label = image.label
    there, page = _remote(label), None
    if there is not None:
        if image.sha256 is None:
            return there
        source, _ = look(there, job.choosing._replace(fetches_whole=True), frame=image.frame)
        assert isinstance(source, BytesSource)
        data = source.data
    elif os.path.isabs(label):
        path = label if os.path.lexists(label) else label.removesuffix(page_label("", image.frame + 1))
        page = None if path == label else image.frame + 1
        data = read_bytes(FileSource(path=path))
    else:
        raise InputError(f"{label}: was not kept with the conversation", "name the image again")
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise InputError(
            f"{label}: is no longer the image of the conversation", "name a file that is, or begin a new conversation"
        )
    return BytesSource(label=label, data=data, page=page)


def _remote(label: str) -> UrlSource | ObjectSource | None:
    """Return what a link or the URL of an object means, None for other names. Raises MissingExtra."""
    if label.lower().startswith(_LINKS):
        return UrlSource(url=label)
    from visionask.images.stores import is_object_url, need_extra

    if not is_object_url(label):
        return None
    need_extra()
    return ObjectSource(url=label)


def _digest(arg: str) -> str | None:
    from visionask.images.probe import read_bytes

    if not os.path.isfile(arg):
        return None
    try:
        return hashlib.sha256(read_bytes(FileSource(path=arg))).hexdigest()
    except InputError:
        return None


class Keeper:
    """Keeps the turns of one conversation in the ledger: of the one that goes on, or of one that the first begins."""

    def __init__(self, ledger: Ledger, options: LedgerOptions, on_notice: Callable[[str], None]) -> None:
        self._conversations, self._options, self._on_notice = ledger.conversations, options, on_notice
        self.conversation = options.conversation  # its id; None before the first answer, and without a ledger

    def add(self, job: Job, outcome: Answered) -> None:
        """Add an answer. Where that fails, the answer itself is kept."""
        if self._options.path is None:
            return
        model, base_url = job.model.name, self._options.base_url or ""
        try:
            turn = turn_of(job, outcome)
            if self.conversation is None:
                begun = self._conversations.start(
                    model=model, system=job.system, base_url=base_url, images_first=job.puts_images_first, turn=turn
                )
                self.conversation = begun.id
            else:
                self._conversations.add(self.conversation, turn, model=model, base_url=base_url)
        except StateError as error:
            self._on_notice(f"the conversation cannot be continued later: {error.message}")

    def take_back(self) -> None:
        """Forget the last turn."""
        if self.conversation is not None:
            self._conversations.drop_last(self.conversation)


def turn_of(job: Job, outcome: Answered) -> Turn:
    """Return what is kept of an answered question: the images that came with it, and not those before."""
    before = sum(turn.images for turn in job.history)
    pairs = zip(outcome.planned.images[before:], outcome.digests[before:], strict=True)
    return Turn(question=job.question, answer=outcome.answer.text, images=tuple(_turn_images(pairs)))


def _turn_images(pairs: Iterable[tuple[ImagePlan, str | None]]) -> Iterable[TurnImage]:
    for image, digest in pairs:
        spec = image.sizing.spec
        is_file = isinstance(image.source, FileSource)
        label = os.path.abspath(image.source.label) if is_file else image.source.label
        yield TurnImage(
            label=label, sha256=digest, crop=spec.crop, redact=spec.redact, frame=spec.frame, rotate=spec.rotate
        )


LOCAL = "local:"  # before a model's name, where others have a URL


def stay_with(past: PastConversation | None, prepared: Prepared) -> Prepared:
    """Go on where the conversation was held, with the model that answered last; flags for elsewhere win.

    A conversation with a model on this machine gets its `local` back in the flags: its pictures stay here. Raises
    UsageError where they would go to another server than before without anybody having said so.
    """
    settings, sending = prepared.settings, prepared.sending
    if past is None or sending.local is not None:
        return prepared
    from visionask.core.url import normal_base_url

    last = past.conversation
    if last.base_url.startswith(LOCAL):
        if sending.model is None and sending.base_url is None:
            sending = sending._replace(local=last.base_url.removeprefix(LOCAL))
        return prepared._replace(flags=prepared.flags._replace(sending=sending))
    before, now = normal_base_url(last.base_url or None), normal_base_url(settings.base_url)
    if before != now:
        if sending.base_url is None:
            raise UsageError(
                f"the conversation was held at {before}, and would now go to {now}",
                "add --base-url with the address that may have its images",
            )
        return prepared
    if sending.model is not None or last.model == settings.model:
        return prepared  # a default that nobody named stays one: what a server asks for it is not known
    return prepared._replace(settings=settings._replace(model=last.model, is_model_named=True))


def continued(job: Job, past: PastConversation | None, *, held: Iterable[Source] = ()) -> Job:
    """Put the turns and images of a conversation before what is asked now.

    Images whose bytes are here, because they are `held` or handed over again, are taken from there.
    """
    if past is None:
        return job

    named = list(job.choosing.args)
    images = list(find_again(past.images, named, job))
    here = _by_digest({**dict.fromkeys(held, ""), **{each: arg for arg, each in job.choosing.in_hand.items()}})
    for place, (found, image) in enumerate(zip(images, past.images, strict=True)):
        if isinstance(found, Failed) and image.sha256 in here:
            source, arg = here[image.sha256]
            images[place] = _planned(source, image, job)
            named = [each for each in named if each != arg]
    return replace(
        job,
        history=past.history,
        earlier=tuple(images),
        choosing=job.choosing._replace(args=named),
        system=past.conversation.system if job.system is None else job.system,
        # a cache reads what it has written where going on begins with the same bytes
        puts_images_first=past.conversation.images_first,
    )


def _by_digest(sources: Mapping[Source, str]) -> dict[str, tuple[Source, str]]:
    import hashlib

    return {
        hashlib.sha256(source.data).hexdigest(): (source, arg)
        for source, arg in sources.items()
        if isinstance(source, BytesSource)
    }


def _planned(source: Source, image: TurnImage, job: Job) -> ImagePlan | Failed:
    """Plan an image as it was sent before: what was cut off or blacked out stays so."""
    from visionask.core.plan import Planner
    from visionask.run.survey import plan_source

    options = job.options._replace(crop=image.crop, redact=image.redact, frame=image.frame, rotate=image.rotate)
    return plan_source(source, job.choosing, Planner(model=job.model, options=options))
