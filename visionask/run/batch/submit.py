"""Owns the way of a shard to the provider: each step committed before it is made and after, so that none is made twice.

    written -> uploading -> uploaded -> creating -> created

A run that dies between an intent and its outcome leaves the intent. The next run asks the provider what became of it.
What another machine has begun is its own to end: here it is only looked for.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from visionask.core.batch import TOKEN_LIMIT
from visionask.core.errors import BadRequest
from visionask.run.batch.queue import hold, is_waiting
from visionask.run.batch.write import PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.api.batch_reply import RemoteBatch
    from visionask.api.batches import BatchApi
    from visionask.store.batch_values import Shard
    from visionask.store.batches import Batches


class Listener(Protocol):
    """Who is told how far the sending is."""

    def on_notice(self, text: str) -> None: ...

    def on_upload(self, shard: Shard, done_bytes: int) -> None: ...


def resume(batch: str, batches: Batches, api: BatchApi, *, listener: Listener) -> list[Shard]:
    """Look at what earlier runs began; return the files that are to be sent. Raises VisionaskError.

    A file that was never complete is written anew; one whose batch failed for the provider's queue is created again.
    """
    found = []
    for each in batches.shards(batch):
        shard = find_elsewhere(each, batches, api) if each.is_elsewhere else each
        if shard.state == "writing":
            _forget(shard, batches)
            continue
        if shard.state == "created":
            _unlink(shard.path)
            shard = refresh(shard, batches, api)
        if shard.is_elsewhere:  # also one that the queue had no room for
            listener.on_notice(
                f"{batch} {shard.number} ({shard.lines:,} requests) was merged in before it was created: submit it "
                "where it was written, or `batch cancel` it"
            )
        elif shard.state in ("written", "uploading", "uploaded", "creating"):
            found.append(shard)
    return found


def find_elsewhere(shard: Shard, batches: Batches, api: BatchApi) -> Shard:
    """Ask the provider whether the machine that wrote a shard has created its batch meanwhile; if so, note it."""
    remote = api.find_batch(shard.id, shard.file_id or "", past=shard.past, since=shard.at)
    if remote is None or not batches.step(shard, "created", batch_id=remote.id, **told(remote)):
        return shard
    return _as_told(replace(shard, state="created", batch_id=remote.id), remote)


def ship(
    shard: Shard, batches: Batches, api: BatchApi, *, listener: Listener, has_room: Callable[[], bool]
) -> Shard | None:
    """Upload a shard and create its batch, from wherever it is. None where nothing was created: its lines must be
    written anew, or it waits for room in the provider's queue."""
    if shard.state in ("written", "uploading"):
        file_id = _upload(shard, batches, api, listener)
        if file_id is None:
            _forget(shard, batches)
            listener.on_notice(f"the file {shard.path} is gone before it was uploaded: it is written anew")
            return None
        batches.move(shard.id, "uploaded", file_id=file_id)
        shard = replace(shard, state="uploaded", file_id=file_id)
    if shard.state == "uploaded" and not has_room():
        if not is_waiting(shard):
            hold(shard, batches)
        return None
    try:
        remote = _create(shard, batches, api)
    except BadRequest as error:
        if not shard.past:
            raise
        _forget(shard, batches)  # the provider has dropped its file meanwhile
        listener.on_notice(f"{error.message}: its requests are to be submitted anew")
        return None
    batches.move(shard.id, "created", batch_id=remote.id, **told(remote))
    _unlink(shard.path)
    return _as_told(replace(shard, state="created", batch_id=remote.id), remote)


def refresh(shard: Shard, batches: Batches, api: BatchApi) -> Shard:
    """Ask the provider how far a shard's batch is, and note it. One that the queue had no room for is `uploaded`."""
    assert shard.batch_id is not None
    remote = api.get(shard.batch_id)
    if remote.status == "failed" and (remote.error or "").startswith(TOKEN_LIMIT):
        past = (*shard.past, remote.id)
        batches.step(shard, "uploaded", **told(remote) | {"batch_id": None, "past": past})
        return replace(shard, state="uploaded", batch_id=None, past=past, status=remote.status, error=remote.error)
    batches.step(shard, shard.state, **told(remote))
    return _as_told(shard, remote)


def _as_told(shard: Shard, remote: RemoteBatch) -> Shard:
    return replace(
        shard,
        status=remote.status,
        total=remote.total or shard.total,
        done=remote.done,
        failed=remote.failed,
        output_file_id=remote.output_file_id,
        error_file_id=remote.error_file_id,
        error=remote.error,
        usage=remote.usage,
    )


def told(remote: RemoteBatch) -> dict[str, object]:
    """Give what a provider tells of a batch, as the journal keeps it."""
    names = ("status", "done", "failed", "output_file_id", "error_file_id", "error")
    known = {name: getattr(remote, name) for name in names}
    return known | ({"total": remote.total} if remote.total else {})


def _upload(shard: Shard, batches: Batches, api: BatchApi, listener: Listener) -> str | None:
    name = PATTERN.replace("{id}", shard.id)
    found = api.find_file(name, shard.bytes) if shard.state == "uploading" else None
    if found is not None:
        return found
    if not os.path.isfile(shard.path) or os.path.getsize(shard.path) != shard.bytes:
        return None
    batches.move(shard.id, "uploading")
    return api.upload(shard.path, name, on_progress=lambda done: listener.on_upload(shard, done))


def _create(shard: Shard, batches: Batches, api: BatchApi) -> RemoteBatch:
    assert shard.file_id is not None
    if shard.state == "creating":
        found = api.find_batch(shard.id, shard.file_id, past=shard.past, since=shard.at)
        if found is not None:
            return found
    batches.move(shard.id, "creating")
    return api.create(shard.file_id, shard.id, past=shard.past)


def _forget(shard: Shard, batches: Batches) -> None:
    batches.discard(shard.id)
    _unlink(shard.path)
    _unlink(f"{shard.path}.part")


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
