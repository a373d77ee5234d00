"""One attempt on the wire, of any call: sent and received in another thread, so that no deadline can be missed.

The timeouts of an http client bound each read, not the reply: one byte every 20 ms keeps it waiting for ever, and
nothing bounds a name lookup. Here the caller waits on a queue, and leaves when its own clock says so.
A thread that sends works for one caller, exchange after exchange, until that one ends or leaves it in mid-reply.
"""

from __future__ import annotations

import codecs
import contextlib
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from visionask.api.sdk import CONNECT_S, Watch, watch_requests
from visionask.core.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from httpx2 import Response, Timeout
    from openai import OpenAI


REPLY_BYTES = 32 * 1024 * 1024  # of a reply, decompressed
_SLICE_S = 0.25  # a wait is cut in slices, because Windows does not interrupt a longer one for Ctrl-C
_LOOK_S = 0.05  # between looks at a slow reader
_WRITE_S = 30.0  # a slow line may take long for one piece of the request
_SLACK_S = 1.0  # the http client's own limits lie this far behind ours, which give the reasons
_AHEAD_BYTES = REPLY_BYTES  # that wait for a slow reader of ours
_QUIET_BYTES = 1 << 16  # that come before the caller is woken, of a reply that is no stream


class WireFault(Exception):
    """The exchange failed below us; the SDK's or http client's exception is `cause`."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


class StatusFault(Exception):
    """The server's status is no success. `where` names the server, if it is not the one that was asked now."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str, *, where: str = "") -> None:
        super().__init__(status)
        self.status, self.headers, self.text, self.where = status, headers, text, where


class ReplyTooLarge(Exception):
    """The reply is larger than any answer."""


class DeadlineExceeded(Exception):
    """A deadline passed. `is_total`: the one for the whole attempt, not the one for silence; `limit_s` is it."""

    def __init__(self, limit_s: float, *, is_total: bool) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s
        self.is_total = is_total


class Interrupted(Exception):
    """The user wants to stop, and the exchange could be broken off without harm."""


@dataclass(frozen=True, slots=True)
class Head:
    """The reply's headers, names in lower case, and its status."""

    headers: Mapping[str, str]
    status: int = 200


_END = object()


class Exchange:
    """One call under way. `receive` returns the head, then pieces of the body, then None.

    `send` runs in the other thread and opens the reply; it is handed the exchange, for its timeout. A set `stop` breaks
    off a call that can be taken up again later.
    """

    def __init__(
        self,
        send: Callable[[Exchange], AbstractContextManager[Response]],
        *,
        timeout_s: float,
        silence_s: float,
        stop: threading.Event | None = None,
        most_bytes: float = REPLY_BYTES,
    ) -> None:
        self.watch = Watch()
        self.received_bytes = 0
        self.is_cancelled = False
        self.is_whole = False  # its end was seen, or nothing that matters follows
        self.silence_s = silence_s
        self._stop, self._most_bytes = stop, most_bytes
        self._send: Callable[[Exchange], AbstractContextManager[Response]] | None = send
        self._events: deque[Any] = deque()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()  # wakes the caller; a slice of waiting does too
        self._response: Response | None = None
        self._total_s = timeout_s
        self._total_at = time.monotonic() + timeout_s
        self._sender = _sender()
        self._sender.jobs.put(self._run)

    @property
    def timeout(self) -> Timeout:
        """The http client's own limits, in case that ours do not hold."""
        import httpx2

        read_s = min(self._total_s, self.silence_s) + _SLACK_S
        return httpx2.Timeout(read_s, connect=min(CONNECT_S, read_s), write=max(read_s, _WRITE_S))

    def receive(self, *, silent_since: float, silence_s: float) -> Head | bytes | None:
        """Wait for what comes next; raises WireFault, DeadlineExceeded, Interrupted. `silent_since` is monotonic.

        While the request is being built, or leaving over a slow line, a server may be silent.
        """
        while True:
            now, silence_at = time.monotonic(), self._heard(silent_since) + silence_s
            if now >= self._total_at or (now >= silence_at and not self._events):
                is_total = self._total_at <= silence_at
                raise DeadlineExceeded(self._total_s if is_total else silence_s, is_total=is_total)
            if self._stop is not None and self._stop.is_set():
                raise Interrupted
            if self._events:
                break
            left_s = min(silence_at, self._total_at) - now
            with contextlib.suppress(queue.Empty):
                self._bell.get(timeout=min(left_s, _SLICE_S))
        event = self._events.popleft()
        if event is _END or isinstance(event, Exception):
            _callers.idle = self._sender
            self.is_whole = event is _END or isinstance(event, StatusFault)
        if isinstance(event, Exception):
            raise WireFault(event) from event
        if isinstance(event, bytes):
            self.received_bytes += len(event)
        return None if event is _END else cast("Head | bytes", event)

    def body(self, take: Callable[[bytes], object]) -> Head:
        """Hand over the pieces of the whole body as they come; return the head. Raises what `receive` raises."""
        head = self.receive(silent_since=0.0, silence_s=self.silence_s)
        while isinstance(piece := self.receive(silent_since=time.monotonic(), silence_s=self.silence_s), bytes):
            take(piece)
        return cast("Head", head)

    def drain(self, limit_s: float) -> None:
        """Wait a moment for the connection to become reusable after the last byte that matters."""
        with contextlib.suppress(WireFault, DeadlineExceeded):
            since = time.monotonic()
            while self.receive(silent_since=since, silence_s=limit_s) is not None:
                pass
        self.is_whole = True

    def cancel(self) -> None:
        """Break off what still runs: the shutdown of its socket wakes a thread that waits, closing it would not."""
        self.is_cancelled = True
        response = self._response
        if response is None or response.is_closed:
            return
        stream = response.extensions.get("network_stream")
        raw = stream.get_extra_info("socket") if stream is not None else None
        if raw is None:
            return
        import socket

        with contextlib.suppress(OSError, ValueError):
            raw.shutdown(socket.SHUT_RDWR)

    def _heard(self, silent_since: float) -> float:
        """Return the moment that a silence is counted from."""
        watch = self.watch
        if watch.is_sent:
            return max(silent_since, watch.sent_at)
        is_connecting = watch.is_fresh and not watch.is_posting
        return max(silent_since, watch.begun_at) if is_connecting else time.monotonic()

    def _run(self) -> None:
        try:
            watch_requests(self.watch)
            assert self._send is not None
            with self._send(self) as response:
                self._response = response
                head = Head(headers_of(response), response.status_code)
                self._events.append(head)
                self._pass_on(response, is_stream="event-stream" in head.headers.get("content-type", "").lower())
            self._events.append(_END)
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread, which translates or raises it
            self._events.append(error)
        finally:  # both lead back here: the pictures of the request would wait for the next collection of all garbage
            self._send = self._response = None
            self._bell.put(None)

    def _pass_on(self, response: Response, *, is_stream: bool) -> None:
        """Hand over the pieces of the body. A reply in one piece wakes the caller once, at its end, if it is small: it
        is a tenth of what such a request takes."""
        size = rung = 0
        for piece in response.iter_bytes():
            while size - self.received_bytes > _AHEAD_BYTES and not self.is_cancelled:
                time.sleep(_LOOK_S)
            if self.is_cancelled:
                return
            size += len(piece)
            if size > self._most_bytes:
                raise ReplyTooLarge
            if piece:
                self._events.append(piece)
            if is_stream or size - rung > _QUIET_BYTES:
                rung = size
                self._bell.put(None)


def headers_of(response: Response) -> dict[str, str]:
    """Return the headers of a reply, their names in lower case."""
    return {name.lower(): value for name, value in response.headers.items()}


@contextlib.contextmanager
def posted(sdk: OpenAI, path: str, body: bytes, *, headers: dict[str, str], timeout: Timeout) -> Iterator[Response]:
    """Post JSON, and open the http client's response. Raises StatusFault, and the SDK's.

    The SDK's stream is never read as one: it leaves the reading of its `response` to its holder.
    """
    import openai

    with (
        _status_faults(),
        sdk.post(
            path,
            cast_to=object,
            content=body,
            options={"headers": headers, "timeout": timeout, "security": {"bearer_auth": True}},
            stream=True,
            stream_cls=openai.Stream[object],
        ) as stream,
    ):
        yield stream.response


@contextlib.contextmanager
def opened(manager: AbstractContextManager[Any]) -> Iterator[Response]:
    """Open what `with_streaming_response` returned: the http client's response. Raises StatusFault, and the SDK's."""
    with _status_faults(), manager as reply:
        yield reply.http_response


@contextlib.contextmanager
def _status_faults() -> Iterator[None]:
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        content = error.response.content
        is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16", "replace") if is_utf16 else error.response.text
        raise StatusFault(error.status_code, headers_of(error.response), text) from error


class _Sender:
    """A thread that does one job after the other, and ends when nobody holds it any more."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=_work, args=(self.jobs,), name="visionask-sender", daemon=True).start()

    def __del__(self) -> None:
        self.jobs.put(None)


_callers = threading.local()  # of each calling thread: its sender, where that one is idle


def _sender() -> _Sender:
    sender, _callers.idle = getattr(_callers, "idle", None), None
    return sender or _Sender()


def _work(jobs: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # it holds its exchange, and that one this thread's sender
