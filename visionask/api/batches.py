"""Owns every call of the Files and Batches API: attempts and waits, what a reply says, and what the provider lists.

An upload or a creation whose reply is lost may have happened. So before it is tried again, the provider is asked for
it: a file is known by our shard's id in its name and by its size, a batch by its metadata or its input file.
"""

from __future__ import annotations

import os
import random
import threading
import time
import uuid
from typing import IO, TYPE_CHECKING, Any, TypeVar

from visionask.api import batch_call
from visionask.api.batch_call import Call, Upload, read_object
from visionask.api.batch_reply import RemoteBatch, name_of, read_batch
from visionask.api.exchange import Lapsed, WireFault
from visionask.api.failures import Seen, translate
from visionask.api.sdk import build, check, host, is_loopback
from visionask.api.words import mask
from visionask.core.batch import ENDPOINT, WINDOW
from visionask.core.errors import ApiError, BadRequest, StateError, VisionaskError
from visionask.core.retry import Backoff, spell_duration, wait_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openai import OpenAI

    from visionask.api.refusals import Failure
    from visionask.core.request import Endpoint

T = TypeVar("T")
METADATA = "visionask_shard"
_SLOWEST_BPS = 50_000  # bytes a second: a file has its size over this more time than any other call
_PAGE, _PAGES = 100, 2000
_DAY_S = 86_400
_NO_API = "this server has no Batch API: use `scan`, or `batch export` and the engine's own command"


class BatchApi:
    """The Files and Batches API of one endpoint. A set `stop` breaks off what can be taken up again later."""

    def __init__(
        self, endpoint: Endpoint, on_notice: Callable[[str], None], *, stop: threading.Event | None = None
    ) -> None:
        check(endpoint)
        self._endpoint, self._on_notice = endpoint, on_notice
        self._stop = stop or threading.Event()
        self._backoff = Backoff()
        self._sdk: OpenAI | None = None

    def close(self) -> None:
        """Close the connections."""
        if self._sdk is not None:
            self._sdk.close()

    def upload(self, path: str, name: str, *, on_progress: Callable[[int], None]) -> str:
        """Upload a file of requests, from the disk piece by piece; return its id."""
        size, read_s = os.path.getsize(path), self._endpoint.timeout_s

        def send(call: Call[dict[str, Any]]) -> Any:
            with Upload(path, call, on_progress) as file:
                form, headers = [("file", (name, file, "application/jsonl"))], {"Content-Type": "multipart/form-data"}
                body = {"purpose": "batch"}
                return batch_call.post(self._warm(), "/files", read_s=read_s, body=body, files=form, headers=headers)

        def make() -> str:
            return name_of(self._run(send, read_object, limit_s=read_s + size / _SLOWEST_BPS, stop=self._stop))

        return self._until_done(make, lambda: self.find_file(name, size))

    def create(self, file_id: str, shard_id: str, *, past: tuple[str, ...]) -> RemoteBatch:
        """Create the batch of an uploaded file. `past` are earlier batches of the same shard."""
        body = {
            "input_file_id": file_id,
            "endpoint": ENDPOINT,
            "completion_window": WINDOW,
            "metadata": {METADATA: shard_id},
        }
        headers, since = {"Idempotency-Key": str(uuid.uuid4())}, time.time()

        def send(_: Call[dict[str, Any]]) -> Any:
            return batch_call.post(self._warm(), "/batches", read_s=self._endpoint.idle_s, body=body, headers=headers)

        def make() -> RemoteBatch:
            return read_batch(self._run(send, read_object, limit_s=self._endpoint.timeout_s, is_paid=True))

        return self._until_done(make, lambda: self.find_batch(shard_id, file_id, past=past, since=since))

    def find_file(self, name: str, size: int) -> str | None:
        """Find a file that was uploaded under this name, whole."""
        for entry in self._listed("/files", purpose="batch"):
            if entry.get("filename") == name and entry.get("bytes") in (size, None) and entry.get("status") != "error":
                return name_of(entry)
        return None

    def find_batch(self, shard_id: str, file_id: str, *, past: tuple[str, ...], since: float) -> RemoteBatch | None:
        """Find the batch that was created for a shard, not long before the moment `since` (Unix time) or later."""
        for entry in self._listed("/batches"):
            metadata = entry.get("metadata")
            is_ours = isinstance(metadata, dict) and metadata.get(METADATA) == shard_id
            if (is_ours or entry.get("input_file_id") == file_id) and entry.get("id") not in past:
                return read_batch(entry)
            created = entry.get("created_at")
            if isinstance(created, int | float) and created < since - _DAY_S:
                return None
        return None

    def get(self, batch_id: str) -> RemoteBatch:
        """Ask how far a batch is."""
        return read_batch(self._get(f"/batches/{batch_id}"))

    def cancel(self, batch_id: str) -> RemoteBatch:
        """Ask for the end of a batch; what is done is billed, and can be fetched."""

        def send(_: Call[dict[str, Any]]) -> Any:
            path = f"/batches/{batch_id}/cancel"
            return batch_call.post(self._warm(), path, read_s=self._endpoint.idle_s, body={})

        return self._until_done(lambda: read_batch(self._run(send, read_object, limit_s=self._endpoint.timeout_s)))

    def download(self, file_id: str, path: str, *, on_progress: Callable[[int], None]) -> None:
        """Download a file of results to `path`; it is there whole, or not at all."""
        part = f"{path}.part"

        def send(_: Call[None]) -> Any:
            return batch_call.get(self._warm(), f"/files/{file_id}/content", read_s=self._endpoint.idle_s)

        def save(response: Any, call: Call[None]) -> None:
            with open(part, "wb", buffering=0) as file:  # what a buffer holds fails at its end, without the file's name
                for piece in response.iter_bytes():
                    if call.is_cancelled:
                        raise ConnectionAbortedError("cancelled")
                    _write(file, piece, part)
                    call.received_bytes += len(piece)
                    on_progress(call.received_bytes)

        limit_s = self._endpoint.timeout_s + 1e9 / _SLOWEST_BPS
        self._until_done(lambda: self._run(send, save, limit_s=limit_s, stop=self._stop))
        os.replace(part, path)

    def _warm(self) -> OpenAI:
        if self._sdk is None:
            self._sdk = build(self._endpoint)
        return self._sdk

    def _get(self, path: str, **params: Any) -> dict[str, Any]:
        def send(_: Call[dict[str, Any]]) -> Any:
            return batch_call.get(self._warm(), path, read_s=self._endpoint.idle_s, params=params)

        return self._until_done(lambda: self._run(send, read_object, limit_s=self._endpoint.timeout_s))

    def _listed(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Give what the provider lists, newest first, page after page."""
        seen: set[str] = set()
        for _ in range(_PAGES):
            page = self._get(path, limit=_PAGE, **params)
            data = page.get("data")
            entries = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
            fresh = [each for each in entries if each.get("id") not in seen]
            yield from fresh
            seen.update(str(each.get("id")) for each in fresh)
            if not fresh or not page.get("has_more"):
                return
            params["after"] = str(page.get("last_id") or entries[-1].get("id"))

    def _until_done(self, make: Callable[[], T], look: Callable[[], T | None] | None = None) -> T:
        """Make a call again until it succeeds or a failure is final. `look` finds what a lost call has done."""
        for attempt in range(1, self._endpoint.retries + 2):
            try:
                return make()
            except _Failed as failed:
                failure = failed.failure
                if failure.status is None or failure.status >= 500:
                    found = look() if look is not None and failure.is_passing else None
                    if found is not None:
                        return found
                if attempt > self._endpoint.retries or not self._may_repeat(failure, attempt):
                    raise self._told(failure.error, attempt) from failed
        raise AssertionError("the loop ends by return or raise")

    def _may_repeat(self, failure: Failure, attempt: int) -> bool:
        if not failure.is_passing:
            return False
        wait = wait_s(self._backoff, attempt, told_s=failure.told_s, fraction=random.random())  # noqa: S311 - jitter
        if wait > self._backoff.max_wait_s and failure.told_s is not None:
            failure.error.hint = f"run it again in {spell_duration(failure.told_s)}: the server asks for it"
            return False
        return not self._stop.wait(wait)

    def _run(
        self,
        send: Callable[[Call[T]], Any],
        read: Callable[[Any, Call[T]], T],
        *,
        limit_s: float,
        stop: threading.Event | None = None,
        is_paid: bool = False,
    ) -> T:
        """Make one attempt. Raises _Failed, BadReply."""
        call = Call(send, read)
        try:
            return call.run(limit_s=limit_s, stop=stop)
        except (WireFault, Lapsed) as fault:
            cause = fault.cause if isinstance(fault, WireFault) else fault
            seen = Seen(
                where=host(self._endpoint),
                silence_s=self._endpoint.idle_s,
                is_loopback=is_loopback(self._endpoint),
                is_sent=is_paid and call.watch.is_sent,
                is_fresh=call.watch.is_fresh,
            )
            failure = translate(cause, seen)
            if failure is None and isinstance(cause, OSError) and cause.filename is not None:
                fact = f"{cause.filename} cannot be read or written ({cause.strerror})"
                raise StateError(fact, "free some space, or check the folder") from cause
            if failure is None:
                raise cause from None
            raise _Failed(failure) from cause

    def _told(self, error: VisionaskError, attempts: int) -> VisionaskError:
        error.attempts = attempts
        error.message = mask(error.message, self._endpoint.api_key)
        if isinstance(error, BadRequest) and any(f"(status {status})" in error.message for status in (404, 405)):
            error.hint = _NO_API
        if isinstance(error, ApiError) and attempts > 1:
            error.message += f" (after {attempts} attempts)"
        return error


def _write(file: IO[bytes], piece: bytes, path: str) -> None:
    """Write, with the name of the file in what goes wrong: a full disk does not tell it."""
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


class _Failed(Exception):
    """One attempt came to nothing."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.error.message)
        self.failure = failure
