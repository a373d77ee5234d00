"""Every call of the Files and Batches API: attempts and waits, what a reply says, and what the provider lists.

An upload or a creation whose reply is lost may have happened. So before it is tried again, the provider is asked for
it: a file is known by our shard's id in its name and by its size, a batch by its metadata or its input file.

One attempt at a call of the Files and Batches API: made in a thread, so that no deadline can be missed.

What the replies of the Files and Batches API say, whatever is missing from them.

The judging of batch results: a line of them becomes an answer or an error, as a live reply does.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import random
import threading
import time
import uuid
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from visionask.api import chat
from visionask.api.attempt import REPLY_BYTES, Lapsed, ReplyTooLarge, StatusFault, WireFault, break_off
from visionask.api.refusals import Seen, from_status, translate
from visionask.api.sdk import CONNECT_S, Watch, build, check, host, is_loopback, watch_requests
from visionask.api.words import clean, html_title, is_html, mask
from visionask.core.batch import ENDPOINT, LAPSED, WINDOW
from visionask.core.errors import ApiError, BadReply, BadRequest, StateError, Undone, VisionaskError
from visionask.core.format import duration
from visionask.core.request import Usage
from visionask.core.retry import Backoff, wait_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from httpx2 import Response
    from openai import OpenAI

    from visionask.api.refusals import Failure
    from visionask.core.batch import Result
    from visionask.core.request import Answer, Endpoint


T = TypeVar("T")


_SLICE_S = 0.2  # between looks at the clock and the stop


_WRITE_S = 30.0


class Interrupted(Exception):
    """The user wants to stop, and the call could be broken off without harm."""


class Call(Generic[T]):
    """One request and the reading of its reply. `open_` sends it, `read` takes what comes; both run in the thread."""

    def __init__(self, open_: Callable[[Call[T]], Response], read: Callable[[Response, Call[T]], T]) -> None:
        self.watch = Watch()
        self.received_bytes = 0
        self.is_cancelled = False
        self._open, self._read = open_, read
        self._ended: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()
        self._response: Response | None = None

    def run(self, *, limit_s: float, stop: threading.Event | None) -> T:
        """Wait for the result. Raises WireFault, Lapsed, BadReply, and Interrupted where `stop` is set meanwhile."""
        threading.Thread(target=self._work, name="visionask-batch-call", daemon=True).start()
        until = time.monotonic() + limit_s
        try:
            while time.monotonic() < until:
                with contextlib.suppress(queue.Empty):
                    value, error = self._ended.get(timeout=_SLICE_S)
                    if error is None:
                        return cast("T", value)
                    if isinstance(error, BadReply):
                        raise error
                    raise WireFault(error) from error
                if stop is not None and stop.is_set():
                    raise Interrupted
            raise Lapsed(limit_s, is_total=True)
        finally:
            self._cancel()

    def _work(self) -> None:
        try:
            watch_requests(self.watch)
            self._response = self._sent()
            with contextlib.closing(self._response):
                self._ended.put((self._read(self._response, self), None))
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread, which translates or raises it
            self._ended.put((None, error))

    def _sent(self) -> Response:
        import openai

        try:
            return self._open(self)
        except openai.APIStatusError as error:
            headers = {name.lower(): value for name, value in error.response.headers.items()}
            raise StatusFault(error.status_code, headers, error.response.text) from error

    def _cancel(self) -> None:
        """Break off what still runs."""
        self.is_cancelled = True
        break_off(self._response)


class Upload(io.FileIO):
    """A file that is sent piece by piece: it tells how much was read, and stops where the call was cancelled."""

    def __init__(self, path: str, call: Call[Any], on_progress: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._call, self._on_progress = call, on_progress

    def read(self, size: int | None = -1, /) -> bytes:
        if self._call.is_cancelled:
            raise ConnectionAbortedError("cancelled")
        data = super().read(-1 if size is None else size) or b""
        self._on_progress(self.tell())
        return data


def options(*, read_s: float, **more: Any) -> dict[str, Any]:
    """Give the SDK's options of a call with these limits on silence."""
    import httpx2

    return {"timeout": httpx2.Timeout(read_s, connect=CONNECT_S, write=_WRITE_S), **more}


def get(sdk: OpenAI, path: str, *, read_s: float, params: dict[str, Any] | None = None) -> Response:
    """Get, without reading the reply."""
    import httpx2
    import openai

    response: Response = sdk.get(
        path,
        cast_to=cast("Any", httpx2.Response),
        stream=True,
        stream_cls=cast("Any", openai.Stream[object]),
        options=cast("Any", options(read_s=read_s, params=params or {})),
    )
    return response


def post(sdk: OpenAI, path: str, *, read_s: float, body: dict[str, Any], **more: Any) -> Response:
    """Post, without reading the reply. `files` makes it a form, `headers` are more headers."""
    import httpx2
    import openai

    response: Response = sdk.post(
        path,
        body=body,
        files=more.get("files"),
        cast_to=cast("Any", httpx2.Response),
        stream=True,
        stream_cls=cast("Any", openai.Stream[object]),
        options=cast("Any", options(read_s=read_s, headers=more.get("headers", {}))),
    )
    return response


def read_object(response: Response, call: Call[Any]) -> dict[str, Any]:
    """Read a reply that must be a JSON object. Raises BadReply, ReplyTooLarge."""
    pieces = []
    for piece in response.iter_bytes():
        call.received_bytes += len(piece)
        if call.received_bytes > REPLY_BYTES:
            raise ReplyTooLarge
        pieces.append(piece)
    data = b"".join(pieces)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        head = data[:4000].decode("utf-8", "replace")
        said = f"HTML, {html_title(head)!r}" if is_html(head) else "not JSON"
        raise BadReply(
            f"the server's reply is no Batch API's ({said})", "check the base URL: is /v1 missing?"
        ) from None
    if not isinstance(value, dict):
        raise BadReply("the server's reply is no Batch API's (not an object)", "check the base URL: is /v1 missing?")
    return value


class RemoteBatch(NamedTuple):
    """A batch as the provider has it. `error` is why all of it failed: the code, a blank, the words."""

    id: str
    status: str
    total: int = 0
    done: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    error: str | None = None
    usage: Usage | None = None  # of all its requests, where the provider adds them up


def name_of(raw: dict[str, Any]) -> str:
    """Return the id of a file or a batch. Raises BadReply."""
    name = raw.get("id")
    if not isinstance(name, str) or not name:
        raise BadReply("the server's reply is no Batch API's (no id)", "check the base URL: is /v1 missing?")
    return name


def read_batch(raw: dict[str, Any]) -> RemoteBatch:
    """Read a batch. Raises BadReply where it has no id."""
    counts = raw.get("request_counts")
    counts = counts if isinstance(counts, dict) else {}
    numbers = [counts.get(name) for name in ("total", "completed", "failed")]
    total, done, failed = (number if isinstance(number, int) else 0 for number in numbers)
    files = [raw.get(name) for name in ("output_file_id", "error_file_id")]
    output, errors = (name if isinstance(name, str) and name else None for name in files)
    status = raw.get("status")
    return RemoteBatch(
        id=name_of(raw),
        status=status if isinstance(status, str) else "unknown",
        total=total,
        done=done,
        failed=failed,
        output_file_id=output,
        error_file_id=errors,
        error=_error(raw.get("errors")),
        usage=_usage(raw.get("usage")),
    )


def _usage(raw: object) -> Usage | None:
    """Read the sums of a batch that has ended.

    Source: openai SDK 3.54, types/batch_usage.py, as read 2026-11-22: input_tokens, output_tokens and details.
    """
    if not isinstance(raw, dict):
        return None
    sums = [raw.get(name) for name in ("input_tokens", "output_tokens")]
    taken, given = (number if isinstance(number, int) and number > 0 else None for number in sums)
    return None if taken is None else Usage(input_tokens=taken, output_tokens=given)


def _error(errors: object) -> str | None:
    """Tell the first of a batch's own errors."""
    data = errors.get("data") if isinstance(errors, dict) else errors
    first = data[0] if isinstance(data, list) and data else None
    if not isinstance(first, dict):
        return None
    line = f" (line {first['line']})" if isinstance(first.get("line"), int) else ""
    code = str(first.get("code") or "failed").replace(" ", "_")
    return clean(f"{code} {first.get('message') or ''}{line}")


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
                return post(self._warm(), "/files", read_s=read_s, body=body, files=form, headers=headers)

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
            return post(self._warm(), "/batches", read_s=self._endpoint.idle_s, body=body, headers=headers)

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
            return post(self._warm(), path, read_s=self._endpoint.idle_s, body={})

        return self._until_done(lambda: read_batch(self._run(send, read_object, limit_s=self._endpoint.timeout_s)))

    def download(self, file_id: str, path: str, *, on_progress: Callable[[int], None]) -> None:
        """Download a file of results to `path`; it is there whole, or not at all."""
        part = f"{path}.part"

        def send(_: Call[None]) -> Any:
            return get(self._warm(), f"/files/{file_id}/content", read_s=self._endpoint.idle_s)

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
            return get(self._warm(), path, read_s=self._endpoint.idle_s, params=params)

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
            failure.error.hint = f"run it again in {duration(failure.told_s)}: the server asks for it"
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
        if isinstance(error, BadRequest) and error.status in (404, 405):
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


_AGAIN = "run it again: `batch submit --retry-failed`, or live with `scan`"


def read_answer(result: Result) -> Answer:
    """Return the whole answer of a line. Raises what a live request with this reply would raise; Undone where it was
    never asked."""
    if result.error_code in LAPSED:
        raise Undone(f"the batch ended before this was asked ({result.error_code})", _AGAIN)
    if result.status is None:
        told = chat.error_text(result.error) if result.error is not None else "no reply and no error"
        raise Undone(f"the batch brought no answer: {told}", _AGAIN)
    is_refused = result.status >= 300 or (result.body is None and result.error is not None)
    if is_refused:
        said = result.body if result.body is not None else result.error
        text = said if isinstance(said, str) else json.dumps(said)
        error = from_status(result.status if result.status >= 300 else 500, {}, text, where="the batch").error
        error.request_id = result.request_id
        raise error
    return chat.judge(replace(chat.parse(result.body), request_id=result.request_id))


def batch_failure(code: str, message: str) -> Undone:
    """Tell of a batch that failed as a whole, in the provider's words."""
    return Undone(f"its batch failed: {chat.error_text({'message': message or code or 'no reason given'})}", _AGAIN)
