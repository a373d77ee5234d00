"""Every call of the Files and Batches API: attempts and waits, what a reply says, and what the provider lists.

An upload or a creation whose reply is lost may have happened. So before it is tried again, the provider is asked for
it: a file is known by our shard's id in its name and by its size, a batch by its metadata or its input file.

What the replies of the Files and Batches API say, whatever is missing from them.

The judging of batch results: a line of them becomes an answer or an error, as a live reply does.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
import uuid
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from visionask.api import chat
from visionask.api.attempt import REPLY_BYTES, DeadlineExceeded, Exchange, WireFault, opened
from visionask.api.refusals import Failure, from_status, seen_of, translate
from visionask.api.retries import Retries, Trail
from visionask.api.sdk import Line, check
from visionask.api.words import clean, html_title, is_html
from visionask.core.batch import ENDPOINT, LAPSED, WINDOW
from visionask.core.errors import BadReply, BadRequest, StateError, Undone
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Usage
from visionask.core.retry import Waits

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from httpx2 import Response
    from openai import OpenAI

    from visionask.core.batch import Result
    from visionask.core.request import Answer, Endpoint

    Send = Callable[[Exchange], AbstractContextManager[Response]]


T = TypeVar("T")
_WRONG_URL = "check the base URL: is /v1 missing?"


class Upload(io.FileIO):
    """A file that is sent piece by piece: it tells how much was read, and stops where the exchange was cancelled."""

    def __init__(self, path: str, exchange: Exchange, on_progress: Callable[[int], None]) -> None:
        super().__init__(path, "rb")
        self._exchange, self._on_progress = exchange, on_progress

    def read(self, size: int | None = -1, /) -> bytes:
        if self._exchange.is_cancelled:
            raise ConnectionAbortedError("cancelled")
        data = super().read(-1 if size is None else size) or b""
        self._on_progress(self.tell())
        return data


def read_object(data: bytes) -> dict[str, Any]:
    """Read a reply that must be a JSON object. Raises BadReply."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        head = data[:4000].decode("utf-8", "replace")
        said = f"HTML, {html_title(head)!r}" if is_html(head) else "not JSON"
        raise BadReply(f"the server's reply is not that of a Batch API ({said})", _WRONG_URL) from None
    if not isinstance(value, dict):
        raise BadReply("the server's reply is not that of a Batch API (not an object)", _WRONG_URL)
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
        raise BadReply(f"the server's reply is not that of a Batch API ({_told(raw) or 'no id'})", _WRONG_URL)
    return name


def _told(raw: dict[str, Any]) -> str:
    """Return what an error in place of the reply says; empty where there is none."""
    return chat.error_text(raw["error"]) if raw.get("error") else ""


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
    """Return the first of a batch's own errors."""
    data = errors.get("data") if isinstance(errors, dict) else errors
    first = data[0] if isinstance(data, list) and data else None
    if not isinstance(first, dict):
        return None
    line = f" (line {first['line']})" if isinstance(first.get("line"), int) else ""
    code = str(first.get("code") or "failed").replace(" ", "_")
    return clean(f"{code} {first.get('message') or ''}{line}")


METADATA = "visionask_shard"
_SLOWEST_BPS = 50_000  # bytes a second: a file has its size over this more time than any other call
_MOST_BYTES = 1e9  # of a file of results
_PAGE, _PAGES = 100, 2000
_DAY_S = 86_400
_NO_API = "this server has no Batch API: use `scan`, or `batch export` and the engine's own command"


class _Limits(NamedTuple):
    """What bounds a call; None: as the endpoint has it."""

    total_s: float | None = None
    silence_s: float | None = None
    most_bytes: float = REPLY_BYTES
    is_stopped: bool = False  # `stop` breaks it off: it can be taken up again later
    is_paid: bool = False  # it may be billed where it is sent and lost


_NO_LIMITS = _Limits()


class BatchApi:
    """The Files and Batches API of one endpoint. A set `stop` breaks off what can be taken up again later."""

    def __init__(
        self, endpoint: Endpoint, on_notice: Callable[[str], None], *, stop: threading.Event | None = None
    ) -> None:
        check(endpoint)
        self._endpoint, self._stop = endpoint, stop
        self._line = Line(endpoint)
        self.waits = Waits()
        self._retries = Retries(endpoint, on_notice, stop=stop, waits=self.waits)

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def upload(self, path: str, name: str, *, on_progress: Callable[[int], None]) -> str:
        """Upload a file of requests, from the disk piece by piece; return its id."""
        size = os.path.getsize(path)

        @contextlib.contextmanager
        def send(exchange: Exchange) -> Iterator[Response]:
            files = self._line.sdk.files.with_streaming_response
            with Upload(path, exchange, on_progress) as file:
                form = (name, file, "application/jsonl")
                with opened(files.create(file=form, purpose="batch", timeout=exchange.timeout)) as response:
                    yield response

        timeout_s = self._endpoint.timeout_s
        limits = _Limits(total_s=timeout_s + size / _SLOWEST_BPS, silence_s=timeout_s, is_stopped=True)
        made = self._answered(send, limits, look=lambda: self.find_file(name, size))
        return made if isinstance(made, str) else name_of(made)

    def create(self, file_id: str, shard_id: str, *, past: tuple[str, ...]) -> RemoteBatch:
        """Create the batch of an uploaded file. `past` are earlier batches of the same shard."""
        key, since = str(uuid.uuid4()), time.time()

        def send(exchange: Exchange) -> AbstractContextManager[Response]:
            call = self._line.sdk.batches.with_streaming_response.create(
                input_file_id=file_id,
                endpoint=ENDPOINT,
                completion_window=WINDOW,
                metadata={METADATA: shard_id},
                extra_headers={"Idempotency-Key": key},
                timeout=exchange.timeout,
            )
            return opened(call)

        look = partial(self.find_batch, shard_id, file_id, past=past, since=since)
        made = self._answered(send, _Limits(is_paid=True), look=look)
        return made if isinstance(made, RemoteBatch) else read_batch(made)

    def find_file(self, name: str, size: int) -> str | None:
        """Find a file that was uploaded under this name, whole."""
        for entry in self._listed(lambda sdk: sdk.files.with_streaming_response.list, purpose="batch"):
            if entry.get("filename") == name and entry.get("bytes") in (size, None) and entry.get("status") != "error":
                return name_of(entry)
        return None

    def find_batch(self, shard_id: str, file_id: str, *, past: tuple[str, ...], since: float) -> RemoteBatch | None:
        """Find the batch that was created for a shard, not long before the moment `since` (Unix time) or later."""
        for entry in self._listed(lambda sdk: sdk.batches.with_streaming_response.list):
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
        return read_batch(self._call(lambda sdk: sdk.batches.with_streaming_response.retrieve, batch_id))

    def cancel(self, batch_id: str) -> RemoteBatch:
        """Ask for the end of a batch; what is done is billed, and can be fetched."""
        return read_batch(self._call(lambda sdk: sdk.batches.with_streaming_response.cancel, batch_id))

    def download(self, file_id: str, path: str, *, on_progress: Callable[[int], None]) -> None:
        """Download a file of results to `path`; it is there whole, or not at all."""
        part = f"{path}.part"

        def send(exchange: Exchange) -> AbstractContextManager[Response]:
            return opened(self._line.sdk.files.with_streaming_response.content(file_id, timeout=exchange.timeout))

        def save(exchange: Exchange) -> None:
            with contextlib.ExitStack() as stack:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(part)  # never written through a link
                with _naming(part):  # what a buffer holds fails at its end, without the file's name
                    file = stack.enter_context(open(part, "xb", buffering=0))

                def take(piece: bytes) -> None:
                    left = memoryview(piece)
                    with _naming(part):
                        while left:
                            left = left[file.write(left) :]
                    on_progress(exchange.received_bytes)

                exchange.body(take)

        limit_s = self._endpoint.timeout_s + _MOST_BYTES / _SLOWEST_BPS
        self._until_done(send, save, _Limits(total_s=limit_s, most_bytes=_MOST_BYTES, is_stopped=True))
        os.replace(part, path)

    def _call(self, method: Callable[[OpenAI], Callable[..., Any]], *args: str, **params: Any) -> dict[str, Any]:
        """Make a call that changes nothing where it is made twice."""
        return self._answered(
            lambda exchange: opened(method(self._line.sdk)(*args, timeout=exchange.timeout, **params))
        )

    def _listed(self, method: Callable[[OpenAI], Callable[..., Any]], **params: Any) -> Iterator[dict[str, Any]]:
        """Yield what the provider lists, newest first, page after page."""
        seen: set[str] = set()
        for _ in range(_PAGES):
            page = self._call(method, limit=_PAGE, **params)
            data = page.get("data")
            if not isinstance(data, list):
                raise BadReply(
                    f"the server's reply is not that of a Batch API ({_told(page) or 'no list'})", _WRONG_URL
                )
            entries = [each for each in data if isinstance(each, dict)]
            fresh = [each for each in entries if each.get("id") not in seen]
            yield from fresh
            seen.update(str(each.get("id")) for each in fresh)
            if not fresh or not page.get("has_more"):
                return
            params["after"] = str(page.get("last_id") or entries[-1].get("id"))

    def _answered(
        self, send: Send, limits: _Limits = _NO_LIMITS, *, look: Callable[[], T | None] = lambda: None
    ) -> dict[str, Any] | T:
        """Return the object that a call is answered with, or what `look` finds of a lost one."""

        def read(exchange: Exchange) -> dict[str, Any] | T:
            pieces: list[bytes] = []
            exchange.body(pieces.append)
            return read_object(b"".join(pieces))

        return self._until_done(send, read, limits, look=look)

    def _until_done(
        self,
        send: Send,
        read: Callable[[Exchange], T],
        limits: _Limits,
        *,
        look: Callable[[], T | None] = lambda: None,
    ) -> T:
        """Make a call again until it succeeds or a failure is final. `look` finds what a lost call has done."""
        endpoint = self._endpoint
        _ = self._line.sdk  # loaded before the clock of a call starts

        def make() -> T | Failure:
            exchange = Exchange(
                send,
                timeout_s=limits.total_s or endpoint.timeout_s,
                silence_s=limits.silence_s or endpoint.idle_s,
                stop=self._stop if limits.is_stopped else None,
                most_bytes=limits.most_bytes,
            )
            try:
                return read(exchange)
            except (WireFault, DeadlineExceeded) as fault:
                return self._translated(fault, exchange, is_paid=limits.is_paid)
            except BadReply as error:
                return Failure(error=error, is_maybe_billed=limits.is_paid)
            finally:
                exchange.cancel()

        def mend(failure: Failure) -> T | bool:
            is_lost = failure.is_passing and (failure.status is None or failure.status >= 500)
            found = None
            if is_lost or isinstance(failure.error, BadReply):  # of what was done, only the answer is not known
                with contextlib.suppress(BadReply):
                    found = look()
            return False if found is None else found

        try:
            return self._retries.run(make, trail=Trail(), mend=mend)
        except BadRequest as error:
            if error.status in (404, 405):
                error.hint = _NO_API
            raise

    def _translated(self, fault: WireFault | DeadlineExceeded, exchange: Exchange, *, is_paid: bool) -> Failure:
        cause = fault.cause if isinstance(fault, WireFault) else fault
        failure = translate(cause, seen_of(self._endpoint, exchange, is_paid=is_paid))
        if failure is None and isinstance(cause, OSError) and cause.filename is not None:
            fact = f"{cause.filename} cannot be read or written ({cause.strerror})"
            raise StateError(fact, "free some space, or check the folder") from cause
        if failure is None:
            raise cause
        failure.error.__cause__ = cause
        return failure


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Name the file in what goes wrong: a full disk does not. Raises StateError."""
    try:
        yield
    except OSError as error:
        fact = f"{path} cannot be read or written ({error.strerror})"
        raise StateError(fact, "free some space, or check the folder") from error


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
    """Return the error of a batch that failed as a whole, in the provider's words."""
    return Undone(f"its batch failed: {chat.error_text({'message': message or code or 'no reason given'})}", _AGAIN)
