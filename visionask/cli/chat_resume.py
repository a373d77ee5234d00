"""Owns `-c` and `--cid`: the conversation that goes on, where it goes on, and the job that carries it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.config.settings import Settings
    from visionask.report.console import Console
    from visionask.run.job import Job
    from visionask.run.talk import Talk

LOCAL = "local:"  # before a model's name, where others have a URL


def read_talk(flags: Mapping[str, Any], settings: Settings, console: Console) -> Talk | None:
    """Find the conversation that the flags name; None where they name none. Raises UsageError, StateError."""
    if not flags["continue_"] and flags["cid"] is None:
        return None
    from visionask.config.settings import ledger_path
    from visionask.run.talk import find_talk

    path = ledger_path(settings) if flags["log"] and flags["replay"] is None else None
    return find_talk(path, flags["cid"], console.warn)


def stay(talk: Talk | None, flags: dict[str, Any], settings: Settings) -> Settings:
    """Go on where the conversation was held, with the model that answered last; flags for elsewhere win.

    A conversation with a model on this machine gets its `--local` back in `flags`: its pictures stay here. Raises
    UsageError where they would go to another server than before without anybody having said so.
    """
    if talk is None or flags["local"] is not None:
        return settings
    from visionask.core.fingerprint import normal_base_url

    last = talk.conversation
    if last.base_url.startswith(LOCAL):
        if flags["model"] is None and flags["base_url"] is None:
            flags["local"] = last.base_url.removeprefix(LOCAL)
        return settings
    before, now = normal_base_url(last.base_url or None), normal_base_url(settings.base_url)
    if before != now:
        if flags["base_url"] is None:
            raise UsageError(
                f"the conversation was held at {before}, and would now go to {now}",
                "add --base-url with the address that may have its images",
            )
        return settings
    return settings if flags["model"] is not None else settings._replace(model=last.model, is_model_named=True)


def continued(job: Job, talk: Talk | None) -> Job:
    """Put the turns and images of a conversation before what is asked now."""
    if talk is None:
        return job
    from visionask.run.talk import find_again

    named = list(job.choosing.args)
    images = find_again(talk.images, named, job)
    return replace(
        job,
        history=talk.history,
        earlier=images,
        choosing=job.choosing._replace(args=named),
        system=talk.conversation.system if job.system is None else job.system,
        # `ask` puts its question first: on servers that cache by themselves, going on begins with the same bytes
        puts_images_first=job.puts_images_first or job.terms.pays_cache_write,
    )
