"""One attempt on the wire: a request sent and its reply received in a thread, so that no deadline can be missed.

The timeouts of an http client bound each read, not the reply: one byte every 20 ms keeps it waiting for ever, and
nothing bounds a name lookup. Here the caller waits on a queue, and leaves when its own clock says so.

How an exchange is opened: by the SDK, with each saved or not, or from what was saved, with nothing sent.

What the attempts at one request have added up to.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from visionask.api.sdk import CONNECT_S, Watch, build, watch_requests
from visionask.core.request import Attempt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpx2 import Response
    from openai import OpenAI

    from visionask.api.refusals import Failure
    from visionask.core.errors import StateError, VisionaskError
    from visionask.core.request import Endpoint, Request


REPLY_BYTES = 32 * 1024 * 1024  # of a reply, decompressed


_SLICE_S = 0.5  # a wait is cut in slices, because Windows does not interrupt a longer one for Ctrl-C


_WRITE_S = 30.0  # a slow line may take long for one piece of the request


_SLACK_S = 1.0  # the http client's own limits lie this far behind ours, which give the reasons


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


class Lapsed(Exception):
    """A deadline passed. `is_total` tells the one for the whole attempt from the one for silence; `limit_s` is it."""

    def __init__(self, limit_s: float, *, is_total: bool) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s
        self.is_total = is_total


@dataclass(frozen=True, slots=True)
class Head:
    """The reply's headers, names in lower case, and its status."""

    headers: Mapping[str, str]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted: the path below the base URL, the JSON body, and the key that stays the same over attempts."""

    path: str
    fields: dict[str, Any]
    key: str


_END = object()


def break_off(response: Response | None) -> None:
    """Wake the thread that waits for bytes of a reply: the shutdown of its socket does, closing would not."""
    if response is None or response.is_closed:
        return
    stream = response.extensions.get("network_stream")
    raw = stream.get_extra_info("socket") if stream is not None else None
    with contextlib.suppress(OSError, ValueError):
        if raw is not None:
            raw.shutdown(socket.SHUT_RDWR)


class Exchange:
    """One request under way. `receive` gives the head, then pieces of the body, then None."""

    notes: tuple[str, ...] = ()  # what was left out when a saved one was made
    is_whole = False  # its end was seen; only who saves it looks

    def __init__(self, sdk: OpenAI, post: Post, *, timeout_s: float, silence_s: float) -> None:
        self.watch = Watch()
        self.received_bytes = 0
        self._sdk, self._post = sdk, post
        self._read_s = min(timeout_s, silence_s) + _SLACK_S
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._response: Response | None = None
        self._is_cancelled = False
        self._total_s = timeout_s
        self._total_at = time.monotonic() + timeout_s
        threading.Thread(target=self._run, name="visionask-exchange", daemon=True).start()

    def receive(self, *, silent_since: float, silence_s: float) -> Head | bytes | None:
        """Wait for what comes next; raises WireFault or Lapsed. `silent_since` is on the monotonic clock.

        While the request is being built, or leaving over a slow line, a silent server is polite.
        """
        while True:
            silence_at = self._heard(silent_since) + silence_s
            left_s = min(silence_at, self._total_at) - time.monotonic()
            if left_s <= 0:
                is_total = self._total_at <= silence_at
                raise Lapsed(self._total_s if is_total else silence_s, is_total=is_total)
            with contextlib.suppress(queue.Empty):
                event = self._events.get(timeout=min(left_s, _SLICE_S))
                break
        if isinstance(event, Exception):
            raise WireFault(event) from event
        if isinstance(event, bytes):
            self.received_bytes += len(event)
        return None if event is _END else cast("Head | bytes", event)

    def drain(self, limit_s: float) -> None:
        """Give the connection a moment to become reusable after the last byte that matters."""
        with contextlib.suppress(WireFault, Lapsed):
            since = time.monotonic()
            while self.receive(silent_since=since, silence_s=limit_s) is not None:
                pass

    def cancel(self) -> None:
        """Break off."""
        self._is_cancelled = True
        break_off(self._response)

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
            response = self._open()
            self._response = response
            self._events.put(Head(_headers(response), response.status_code))
            with contextlib.closing(response):
                self._pass_on(response)
            self._events.put(_END)
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread, which translates or raises it
            self._events.put(error)

    def _open(self) -> Response:
        import httpx2
        import openai

        write_s = max(self._read_s, _WRITE_S)
        timeout = httpx2.Timeout(self._read_s, connect=min(CONNECT_S, self._read_s), write=write_s)
        try:
            response: Response = self._sdk.post(
                self._post.path,
                body=self._post.fields,
                cast_to=cast("Any", httpx2.Response),
                stream=True,
                stream_cls=cast("Any", openai.Stream[object]),
                options={"timeout": timeout, "headers": {"Idempotency-Key": self._post.key}},
            )
        except openai.APIStatusError as error:
            raise StatusFault(error.status_code, _headers(error.response), error.response.text) from error
        return response

    def _pass_on(self, response: Response) -> None:
        size = 0
        for piece in response.iter_bytes():
            if self._is_cancelled:
                return
            size += len(piece)
            if size > REPLY_BYTES:
                raise ReplyTooLarge
            if piece:
                self._events.put(piece)


def _headers(response: Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


class Incoming(Protocol):
    """An exchange under way, as `Exchange` is one: the head, then pieces of the body, then None."""

    @property
    def watch(self) -> Watch: ...

    @property
    def received_bytes(self) -> int: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def is_whole(self) -> bool: ...

    def receive(self, *, silent_since: float, silence_s: float) -> Head | bytes | None: ...

    def drain(self, limit_s: float) -> None: ...

    def cancel(self) -> None: ...


class Opener(Protocol):
    """Opens exchanges, for many threads. `unsaved` is why one that ended could not be saved."""

    is_replay: bool
    unsaved: StateError | None

    def warm(self) -> None:
        """Load what the first exchange needs."""

    def open(self, request: Request, post: Post, *, timeout_s: float, silence_s: float) -> Incoming: ...

    def keep(self, request: Request, post: Post, incoming: Incoming, *, notes: tuple[str, ...]) -> None:
        """Take note of the exchange that ended a request; `post` is as it was before repairs. Never raises."""

    def close(self) -> None: ...


class Live:
    """Opens exchanges by the SDK. Its client is built at the first one, or by `warm`."""

    is_replay = False

    def __init__(self, endpoint: Endpoint) -> None:
        self.unsaved: StateError | None = None
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._sdk: OpenAI | None = None

    def warm(self) -> None:
        self._built()

    def open(self, request: Request, post: Post, *, timeout_s: float, silence_s: float) -> Incoming:  # noqa: ARG002 only a replay looks at it
        return Exchange(self._built(), post, timeout_s=timeout_s, silence_s=silence_s)

    def keep(self, request: Request, post: Post, incoming: Incoming, *, notes: tuple[str, ...]) -> None:
        """Forget it."""

    def close(self) -> None:
        with self._lock:
            if self._sdk is not None:
                self._sdk.close()

    def _built(self) -> OpenAI:
        with self._lock:
            if self._sdk is None:
                self._sdk = build(self._endpoint)
            return self._sdk


def opener_of(endpoint: Endpoint) -> Opener:
    """Return the opener of an endpoint. Raises StateError or NoRecording for a folder that cannot be used."""
    if endpoint.recording is None:
        return Live(endpoint)
    from visionask.api.recording import Recorder, Replayer

    folder = endpoint.recording.folder
    return Replayer(folder) if endpoint.recording.is_replay else Recorder(folder, endpoint, Live(endpoint))


@dataclass(slots=True, kw_only=True)
class Trail:
    """The attempts so far, and the exchange of the last one."""

    attempts: int = 0
    maybe_billed: int = 0
    at_once: int = 0
    failures: dict[type[VisionaskError], int] = field(default_factory=dict)
    incoming: Incoming | None = None

    def count(self, error: VisionaskError) -> int:
        """Return how many attempts have ended in this kind of error, with this one."""
        self.failures[type(error)] = self.failures.get(type(error), 0) + 1
        return self.failures[type(error)]

    def next_attempt(self, failure: Failure | None) -> Attempt:
        """Describe the attempt that comes now; `failure` is of the one before it."""
        if failure is None:
            return Attempt(number=self.attempts + 1)
        return Attempt(number=self.attempts + 1, after=failure.error, is_maybe_billed=failure.is_maybe_billed)
