"""Owns the steps of a probe below HTTP: name, connection, TLS, each timed, and none longer than the deadline."""

from __future__ import annotations

import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import urlsplit

from visionask.api.failures import Seen, translate
from visionask.api.sdk import base_url, host, is_loopback
from visionask.core.errors import TimedOut, VisionaskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.request import Endpoint

T = TypeVar("T")
_CONNECT_S = 30.0  # longer than any deadline of a probe, so that this one is never the one that passes


class Step(NamedTuple):
    """One step on the way to the server: how long it took, and what became of it."""

    name: str  # DNS, TCP, TLS, HTTP
    seconds: float
    fact: str = ""
    error: VisionaskError | None = None


def timed(job: Callable[[], T], until: float, what: str) -> T:
    """Run a job in a thread that nobody waits for after `until` (monotonic). Raises what it raises, and TimedOut."""
    values: list[T] = []
    ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            values.append(job())
            ended.put(None)
        except Exception as error:  # noqa: BLE001 - handed to the caller's thread
            ended.put(error)

    began = time.monotonic()
    threading.Thread(target=work, name="visionask-probe", daemon=True).start()
    try:
        error = ended.get(timeout=max(0.0, until - began))
    except queue.Empty:
        spent = time.monotonic() - began
        raise TimedOut(f"{what} within {spent:.1f} s", "check the network, the server and the base URL") from None
    if error is not None:
        raise error
    return values[0]


def told(error: Exception, endpoint: Endpoint) -> VisionaskError:
    """Tell an error of the wire in the words of every command. One that is a bug is raised again."""
    if isinstance(error, VisionaskError):
        return error
    failure = translate(error, Seen(where=host(endpoint), is_loopback=is_loopback(endpoint)))
    if failure is None:
        raise error
    failure.error.__cause__ = error
    return failure.error


def walk(endpoint: Endpoint, until: float) -> list[Step]:
    """Look the name up, connect, and shake hands if it is https; the first failure ends it."""
    way, where = _Way(endpoint), host(endpoint)
    jobs = [("DNS", way.look_up, "was not found"), ("TCP", way.connect, "took no connection")]
    if way.is_tls:
        jobs.append(("TLS", way.shake, "made no TLS connection"))
    steps: list[Step] = []
    for name, job, what in jobs:
        at = time.monotonic()
        try:
            fact = timed(job, until, f"{where} {what}")
        except (OSError, VisionaskError) as error:
            steps.append(Step(name, time.monotonic() - at, error=told(_as_transport(error), endpoint)))
            break
        steps.append(Step(name, time.monotonic() - at, fact))
    way.leave()
    return steps


class _Way:
    """The connection that is tried."""

    def __init__(self, endpoint: Endpoint) -> None:
        parts = urlsplit(base_url(endpoint))
        self.is_tls = parts.scheme == "https"
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if self.is_tls else 80)
        self._socket: socket.socket | None = None

    def look_up(self) -> str:
        try:
            told_of = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        except UnicodeError as error:  # a label that is empty or too long is never looked up
            raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from error
        found = {each[4][0] for each in told_of}
        return "1 address" if len(found) == 1 else f"{len(found)} addresses"

    def connect(self) -> str:
        self._socket = socket.create_connection((self._name, self._port), timeout=_CONNECT_S)
        return "connected"

    def shake(self) -> str:
        import httpx2

        assert self._socket is not None
        self._socket = httpx2.create_ssl_context().wrap_socket(self._socket, server_hostname=self._name)
        return self._socket.version() or "TLS"

    def leave(self) -> None:
        if self._socket is not None:
            self._socket.close()


def _as_transport(error: Exception) -> Exception:
    """Dress a socket's error as the http client does, so that it is told in the same words."""
    import httpx2

    if isinstance(error, VisionaskError):
        return error
    dressed = httpx2.ConnectError(str(error))
    dressed.__cause__ = error
    return dressed
