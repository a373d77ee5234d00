"""Owns how a conversation goes on: where, with which model, and what stands before the question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.errors import UsageError
from visionask.core.image import BytesSource, Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from visionask.config.settings import Settings
    from visionask.core.image import Source
    from visionask.core.plan import ImagePlan
    from visionask.run.chat.talk import Talk
    from visionask.run.job import Job
    from visionask.store.values import TurnImage

LOCAL = "local:"  # before a model's name, where others have a URL


def stay(talk: Talk | None, flags: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], Settings]:
    """Go on where the conversation was held, with the model that answered last; flags for elsewhere win.

    A conversation with a model on this machine gets its `local` back in the flags: its pictures stay here. Raises
    UsageError where they would go to another server than before without anybody having said so.
    """
    flags = {**flags}
    if talk is None or flags.get("local") is not None:
        return flags, settings
    from visionask.core.fingerprint import normal_base_url

    last = talk.conversation
    if last.base_url.startswith(LOCAL):
        if flags.get("model") is None and flags.get("base_url") is None:
            flags["local"] = last.base_url.removeprefix(LOCAL)
        return flags, settings
    before, now = normal_base_url(last.base_url or None), normal_base_url(settings.base_url)
    if before != now:
        if flags.get("base_url") is None:
            raise UsageError(
                f"the conversation was held at {before}, and would now go to {now}",
                "add --base-url with the address that may have its images",
            )
        return flags, settings
    if flags.get("model") is not None:
        return flags, settings
    return flags, settings._replace(model=last.model, is_model_named=True)


def continued(job: Job, talk: Talk | None, *, held: Iterable[Source] = ()) -> Job:
    """Put the turns and images of a conversation before what is asked now.

    Images whose bytes are here, because they are `held` or handed over again, are taken from there.
    """
    if talk is None:
        return job
    from visionask.run.chat.talk import find_again

    named = list(job.choosing.args)
    images = list(find_again(talk.images, named, job))
    here = _by_digest({**dict.fromkeys(held, ""), **{each: arg for arg, each in job.choosing.in_hand.items()}})
    for place, (found, image) in enumerate(zip(images, talk.images, strict=True)):
        if isinstance(found, Failed) and image.sha256 in here:
            source, arg = here[image.sha256]
            images[place] = _planned(source, image, job)
            named = [each for each in named if each != arg]
    return replace(
        job,
        history=talk.history,
        earlier=tuple(images),
        choosing=job.choosing._replace(args=named),
        system=talk.conversation.system if job.system is None else job.system,
        # `ask` puts its question first: on servers that cache by themselves, going on begins with the same bytes
        puts_images_first=job.puts_images_first or job.terms.pays_cache_write,
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
