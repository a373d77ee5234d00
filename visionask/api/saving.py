"""Owns the saving of exchanges as they end, and the giving of saved ones in place of sending."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from visionask.api.exchange import Head, StatusFault, WireFault
from visionask.api.recording import Saved, file_name, make_folder, normal_body, read, scrub, write
from visionask.api.sdk import Watch, base_url
from visionask.api.stale import Shelf, no_recording
from visionask.core.errors import NoRecording, StateError

if TYPE_CHECKING:
    from visionask.api.exchange import Post
    from visionask.api.opening import Incoming, Opener
    from visionask.core.request import Endpoint, Request


class Recorder:
    """Opens exchanges by another opener, and saves those that it is told to keep."""

    is_replay = False

    def __init__(self, folder: str, endpoint: Endpoint, live: Opener) -> None:
        make_folder(folder)
        self.unsaved: StateError | None = None
        self._folder, self._endpoint, self._live = folder, endpoint, live

    def warm(self) -> None:
        self._live.warm()

    def open(self, request: Request, post: Post, *, timeout_s: float, silence_s: float) -> Incoming:
        return _Taped(self._live.open(request, post, timeout_s=timeout_s, silence_s=silence_s))

    def keep(self, request: Request, post: Post, incoming: Incoming, *, notes: tuple[str, ...]) -> None:
        """Save it. A failure is told at the end: the answer is paid, and must not be lost with its recording."""
        if not isinstance(incoming, _Taped) or incoming.status is None:
            return
        saved = Saved(
            base_url=base_url(self._endpoint),
            path=post.path,
            request=normal_body(post.fields, request),
            status=incoming.status,
            headers=incoming.headers,
            body=b"".join(incoming.pieces),
            notes=notes,
        )
        try:
            write(self._folder, scrub(saved, request, self._endpoint.api_key))
        except StateError as error:
            self.unsaved = error

    def close(self) -> None:
        self._live.close()


class Replayer:
    """Gives saved exchanges. Nothing is sent and nobody waits, so it needs neither key nor network."""

    is_replay = True
    unsaved: StateError | None = None

    def __init__(self, folder: str) -> None:
        """Raises NoRecording."""
        if not os.path.isdir(folder):
            raise NoRecording(f"{folder}: no such folder of recordings", f"run the same once with --record {folder}")
        self._folder = folder
        self._lock = threading.Lock()
        self._shelf: Shelf | None = None

    def warm(self) -> None:
        """Do nothing: the SDK is not needed."""

    def open(self, request: Request, post: Post, *, timeout_s: float, silence_s: float) -> Incoming:  # noqa: ARG002 nobody waits
        """Find the exchange. Raises NoRecording, StateError."""
        body = normal_body(post.fields, request)
        saved = read(os.path.join(self._folder, file_name(post.path, body)))
        if saved is None:
            raise no_recording(self._folder, request, self._read_shelf().differences(post.path, body))
        return _Replayed(saved)

    def keep(self, request: Request, post: Post, incoming: Incoming, *, notes: tuple[str, ...]) -> None:
        """Do nothing: it is saved."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def _read_shelf(self) -> Shelf:
        with self._lock:
            if self._shelf is None:
                self._shelf = Shelf(self._folder)
            return self._shelf


class _Taped:
    """An exchange that remembers what was received."""

    notes: tuple[str, ...] = ()

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self.status: int | None = None  # None: no reply came
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []
        self.is_whole = False

    @property
    def watch(self) -> Watch:
        return self._incoming.watch

    @property
    def received_bytes(self) -> int:
        return self._incoming.received_bytes

    def receive(self, *, silent_since: float, silence_s: float) -> Head | bytes | None:
        try:
            event = self._incoming.receive(silent_since=silent_since, silence_s=silence_s)
        except WireFault as fault:
            if isinstance(fault.cause, StatusFault):
                self.is_whole = True
                self.status, self.headers = fault.cause.status, dict(fault.cause.headers)
                self.pieces = [fault.cause.text.encode("utf-8", "replace")]
            raise
        if isinstance(event, Head):
            self.status, self.headers = event.status, dict(event.headers)
        elif event is None:
            self.is_whole = True
        else:
            self.pieces.append(event)
        return event

    def drain(self, limit_s: float) -> None:
        self.is_whole = True  # nothing that matters follows
        self._incoming.drain(limit_s)

    def cancel(self) -> None:
        self._incoming.cancel()


class _Replayed:
    """A saved exchange, given as it came in: the head, the whole body at once, the end."""

    def __init__(self, saved: Saved) -> None:
        self.watch = Watch()
        self.is_whole = True
        self.received_bytes = len(saved.body)
        self.notes = saved.notes
        self._saved = saved
        self._events: list[Head | bytes] = [Head(saved.headers, saved.status), *([saved.body] if saved.body else [])]

    def receive(self, *, silent_since: float, silence_s: float) -> Head | bytes | None:  # noqa: ARG002 nobody waits
        saved = self._saved
        if not 200 <= saved.status < 300:
            text, where = saved.body.decode("utf-8", "replace"), urlsplit(saved.base_url).netloc
            raise WireFault(StatusFault(saved.status, saved.headers, text, where=where))
        return self._events.pop(0) if self._events else None

    def drain(self, limit_s: float) -> None:
        """Do nothing: nothing more comes."""

    def cancel(self) -> None:
        """Do nothing: nothing is under way."""
