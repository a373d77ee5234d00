"""Owns one attempt at a call of the Files and Batches API: made in a thread, so that no deadline can be missed."""

from __future__ import annotations

import contextlib
import io
import json
import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from visionask.api.exchange import REPLY_BYTES, Lapsed, ReplyTooLarge, StatusFault, WireFault, break_off
from visionask.api.sdk import CONNECT_S, Watch, watch_requests
from visionask.api.words import html_title, is_html
from visionask.core.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx2 import Response
    from openai import OpenAI

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
