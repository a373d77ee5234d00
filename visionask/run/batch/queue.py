"""Owns the provider's queue for one model: it takes only so many tokens, so files wait outside until others have ended.

A batch that fails for it (`token_limit_exceeded`) leaves its file there, and the file waits: it is created again when
there may be room. How much the queue holds depends on the account and is told nowhere, so it is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from visionask.core.batch import ENDED, TOKEN_LIMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.store.batch_values import BatchInfo, Shard
    from visionask.store.batches import Batches

_HELD = f"{TOKEN_LIMIT} not created yet: earlier files wait for room"


def is_running(shard: Shard) -> bool:
    """Tell whether the provider may still be at it."""
    return shard.state == "created" and (shard.status or "") not in ENDED


def is_waiting(shard: Shard) -> bool:
    """Tell whether a file is uploaded, and waits for room in the queue; also one whose next try was broken off.

    One of another machine's waits there: it is created by one of the two, or it is paid twice.
    """
    is_held = shard.state in ("uploaded", "creating") and (shard.error or "").startswith(TOKEN_LIMIT)
    return is_held and not shard.is_elsewhere


def is_unsent(shard: Shard) -> bool:
    """Tell whether a file is on its way through a submit, or was left there by one that was killed."""
    is_begun = shard.state in ("writing", "written", "uploading", "uploaded", "creating")
    return is_begun and not shard.is_elsewhere and not is_waiting(shard)


def hold(shard: Shard, batches: Batches) -> None:
    """Let an uploaded file wait, without trying."""
    batches.step(shard, "uploaded", error=_HELD)


def queued(batch: BatchInfo, batches: Batches) -> list[Shard]:
    """Give the files of every batch that share the queue with this one: those of its model, at its server."""
    alike = {each.id for each in batches.all() if (each.model, each.base_url) == (batch.model, batch.base_url)}
    return [shard for shard in batches.shards(states=("uploaded", "creating", "created")) if shard.batch in alike]


def is_full(shards: Sequence[Shard]) -> bool:
    """Tell whether some wait and others are under way: their end makes room."""
    return any(map(is_waiting, shards)) and any(map(is_running, shards))


class Room:
    """What was seen of one queue, look after look."""

    def __init__(self) -> None:
        self._running: frozenset[str] | None = None
        self._is_full = True

    def next(self, shards: Sequence[Shard]) -> Shard | None:
        """Choose the file to create now, after a look at all: one at a time, once something has ended or been taken."""
        running = frozenset(shard.id for shard in shards if is_running(shard))
        waiting = [shard for shard in shards if is_waiting(shard)]
        gone = (self._running or frozenset()) - running
        refused = {shard.id for shard in waiting}
        if gone & refused:
            self._is_full = True
        if gone - refused or not running:
            self._is_full = False
        self._running = running
        is_judged = not any(shard.status == "validating" for shard in shards if is_running(shard))
        return waiting[0] if waiting and is_judged and not self._is_full else None
