"""Owns how an exchange is opened: by the SDK, with each saved or not, or from what was saved, with nothing sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from visionask.api.exchange import Exchange
from visionask.api.sdk import build

if TYPE_CHECKING:
    from openai import OpenAI

    from visionask.api.exchange import Head, Post
    from visionask.api.sdk import Watch
    from visionask.core.errors import StateError
    from visionask.core.request import Endpoint, Request


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
    from visionask.api.saving import Recorder, Replayer

    folder = endpoint.recording.folder
    return Replayer(folder) if endpoint.recording.is_replay else Recorder(folder, endpoint, Live(endpoint))
