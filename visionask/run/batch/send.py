"""The way of a shard to the provider: each step committed before it is made and after, so that none is made twice.

    written -> uploading -> uploaded -> creating -> created

A run that dies between an intent and its outcome leaves the intent. The next run asks the provider what became of it.
What another machine has begun is its own to end: here it is only looked for.

The sending of complete files side by side: each upload on its own thread, a few at a time.

The provider's queue for one model: it takes only so many tokens, so files wait outside until others have ended.

A batch that fails for it (`token_limit_exceeded`) leaves its file there, and the file waits: it is created again when
there may be room. How much the queue holds depends on the account and is told nowhere, so it is found out.
"""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from visionask.api.attempt import Interrupted
from visionask.core.batch import ENDED, GONE, TOKEN_LIMIT
from visionask.core.errors import BadReply, BadRequest
from visionask.run.batch.write import PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from visionask.api.batches import BatchApi, RemoteBatch
    from visionask.core.ledger import BatchInfo, Shard
    from visionask.run.batch.write import Listener
    from visionask.store.batches import Batches


NOT_FOUND = (404, 410)
_HELD = f"{TOKEN_LIMIT} not created yet: earlier files wait for room"


def is_running(shard: Shard) -> bool:
    """Return whether the provider may still be at it."""
    return shard.state == "created" and (shard.status or "") not in ENDED


def is_waiting(shard: Shard) -> bool:
    """Return whether a file is uploaded, and waits for room in the queue; also one whose next try was broken off.

    One of another machine's waits there: it is created by one of the two, or it is paid twice.
    """
    is_held = shard.state in ("uploaded", "creating") and (shard.error or "").startswith(TOKEN_LIMIT)
    return is_held and not shard.is_elsewhere


def is_unsent(shard: Shard) -> bool:
    """Return whether a file is on its way through a submit, or was left there by one that was killed."""
    is_begun = shard.state in ("writing", "written", "uploading", "uploaded", "creating")
    return is_begun and not shard.is_elsewhere and not is_waiting(shard)


def hold(shard: Shard, batches: Batches) -> None:
    """Put an uploaded file back, without trying."""
    batches.step(shard, "uploaded", error=_HELD)


def queued(batch: BatchInfo, batches: Batches) -> list[Shard]:
    """Return the files of every batch that share the queue with this one: those of its model, at its server."""
    alike = {each.id for each in batches.all() if (each.model, each.base_url) == (batch.model, batch.base_url)}
    return [shard for shard in batches.shards(states=("uploaded", "creating", "created")) if shard.batch in alike]


def is_full(shards: Sequence[Shard]) -> bool:
    """Return whether some wait and others are under way: their end makes room."""
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
            try:
                shard = refresh(shard, batches, api)
            except (BadRequest, BadReply) as error:  # of this one only: the others go on
                listener.on_notice(f"{batch} {shard.number}: {error.message}")
                continue
            if shard.status == GONE:
                listener.on_notice(
                    f"{batch} {shard.number} is gone at the provider: `batch fetch` tells what is missing"
                )
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
            listener.on_notice(f"the file {shard.path} was removed before it was uploaded: it is written again")
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
    remote = _find_remote(shard, api)
    if remote is None:
        batches.step(shard, "created", status=GONE)
        return replace(shard, status=GONE)
    if remote.status == "failed" and (remote.error or "").startswith(TOKEN_LIMIT):
        past = (*shard.past, remote.id)
        batches.step(shard, "uploaded", **told(remote) | {"batch_id": None, "past": past})
        return replace(shard, state="uploaded", batch_id=None, past=past, status=remote.status, error=remote.error)
    batches.step(shard, shard.state, **told(remote))
    return _as_told(shard, remote)


def _find_remote(shard: Shard, api: BatchApi) -> RemoteBatch | None:
    """Return a shard's batch as the provider has it; None where it has it no more, and its list says so too.

    An error in place of the batch is not enough: the whole server may answer so.
    """
    try:
        return api.get(shard.batch_id or "")
    except (BadRequest, BadReply) as error:
        if isinstance(error, BadRequest) and error.status not in NOT_FOUND:
            raise
        try:
            return api.find_batch(shard.id, shard.file_id or "", past=shard.past, since=shard.at)
        except (BadRequest, BadReply):
            raise error from None


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
    """Return what a provider tells of a batch, as the journal keeps it."""
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
    file_id = shard.file_id or ""
    if shard.state == "creating":
        found = api.find_batch(shard.id, file_id, past=shard.past, since=shard.at)
        if found is not None:
            return found
    batches.move(shard.id, "creating")
    return api.create(file_id, shard.id, past=shard.past)


def _forget(shard: Shard, batches: Batches) -> None:
    batches.discard(shard.id)
    _unlink(shard.path)
    _unlink(f"{shard.path}.part")


def _unlink(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


AT_ONCE = 4  # uploads: one connection seldom fills a line, and many more do not go faster


class Shipping:
    """The files of one submission on their way. `add` waits while enough are, so that a spool stays small."""

    def __init__(
        self, batch: BatchInfo, batches: Batches, api: BatchApi, *, listener: Listener, at_once: int
    ) -> None:  # fmt: skip
        self.created = 0
        self._batches, self._api, self._listener = batches, api, listener
        self._room = threading.Semaphore(max(1, min(AT_ONCE, at_once)))
        self._mutex = threading.Lock()  # of what follows
        self._threads: list[threading.Thread] = []
        self._latest: Shard | None = None  # the last one that was created, as the provider had it
        self._is_full = is_full(queued(batch, batches))
        self._error: BaseException | None = None

    def add(self, shard: Shard) -> None:
        """Send a file, beside those that are on their way. Raises what an earlier one has met."""
        self._room.acquire()
        self._check()
        thread = threading.Thread(target=self._send, args=(shard,), name="visionask-shard", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait for all. Raises what the first that failed has met."""
        for thread in self._threads:
            thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            self._room.release()
            raise self._error

    def _send(self, shard: Shard) -> None:
        try:
            sent = ship(shard, self._batches, self._api, listener=self._listener, has_room=self._has_room)
            if sent is not None:
                with self._mutex:
                    self.created += 1
                    self._latest = sent
        except Interrupted:  # the user wants to stop: it is taken up by the next run
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for it
            with self._mutex:
                self._error = self._error or error
        finally:
            self._room.release()

    def _has_room(self) -> bool:
        """Return whether a batch may be created: not once the provider has refused one of this run for its queue."""
        with self._mutex:
            latest, self._latest = self._latest, None
        if latest is not None and is_waiting(refresh(latest, self._batches, self._api)):
            self._is_full = True
        return not self._is_full


def go_on(
    batch: BatchInfo, room: Room, batches: Batches, api: BatchApi, *, seen: Collection[str], listener: Listener
) -> Shard | None:  # fmt: skip
    """Create the file that the queue of this batch may have room for by now; None where there is none.

    `seen` are the ids of shards that were looked at just now. Raises StateError where another process submits.
    """
    with batches.alone("batch submit"):
        shards = [
            refresh(shard, batches, api) if is_running(shard) and shard.id not in seen else shard
            for shard in queued(batch, batches)
        ]
        shard = room.next(shards)
        if shard is None:
            return None
        return ship(shard, batches, api, listener=listener, has_room=lambda: True)
