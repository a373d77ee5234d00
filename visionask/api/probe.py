"""The probing of a server for `doctor`: the way to it, and one `GET /models`, all within one deadline.

The steps of a probe below HTTP: name, connection, TLS, each timed, and none longer than the deadline.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import socket
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from visionask.api.batches import get
from visionask.api.refusals import Seen, from_status, translate
from visionask.api.sdk import base_url, build, host, is_loopback
from visionask.api.words import clean, html_title, is_html
from visionask.core.errors import (
    BadReply,
    BadRequest,
    ConfigError,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    RejectedError,
    TimedOut,
    VisionaskError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from httpx2 import Response
    from openai import OpenAI

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


LIMIT_S = 10.0


BODY_BYTES = 4_000_000  # of the list of models


_SEES = frozenset({"multimodal", "vision", "image"})


_SCOPE = re.compile(r"scope|insufficient permission", re.IGNORECASE)  # a restricted key: the model may be allowed


class Listed(NamedTuple):
    """One model of the server's list. `takes_images` None: the server does not say."""

    name: str
    takes_images: bool | None = None


class Probed(NamedTuple):
    """What was seen of a server. `models` None: it gives no list, and `said` tells why."""

    where: str
    steps: tuple[Step, ...]
    models: tuple[Listed, ...] | None = None
    said: str = ""
    ahead_s: float | None = None  # by how much this machine's clock is ahead of the server's


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str
    at: float  # Unix time of its head


def probe(endpoint: Endpoint, *, is_proxied: bool, has_key: bool, limit_s: float = LIMIT_S) -> Probed:
    """Probe the server for at most `limit_s` seconds, once the SDK is loaded. Raises ConfigError for a bad base URL.

    Through a proxy there is no name and no connection of ours to look at; without a key nothing is asked.
    """
    sdk = build(endpoint)
    where, until = host(endpoint), time.monotonic() + limit_s
    steps = () if is_proxied else tuple(walk(endpoint, until))
    if not has_key or any(step.error is not None for step in steps):
        return Probed(where, steps)
    began = time.monotonic()
    try:
        reply = timed(lambda: _ask(sdk, until), until, f"{where} gave no whole reply to GET /models")
    except Exception as error:  # noqa: BLE001 - `told` raises one that is a bug again
        step = Step("HTTP", time.monotonic() - began, error=_of_settings(told(error, endpoint)))
        return Probed(where, (*steps, step))
    models, said, wrong = _judge(reply, where)
    step = Step("HTTP", time.monotonic() - began, f"GET /models: status {reply.status}", wrong)
    return Probed(where, (*steps, step), models, said, _ahead_s(reply))


def _ask(sdk: OpenAI, until: float) -> _Reply:
    """Get the list of models, whatever the status, and close the client."""
    import openai

    try:
        with sdk, contextlib.closing(get(sdk, "/models", read_s=max(0.1, until - time.monotonic()))) as response:
            at = time.time()
            return _Reply(response.status_code, _headers(response), _read(response), at)
    except openai.APIStatusError as error:
        return _Reply(error.status_code, _headers(error.response), error.response.text, time.time())


def _headers(response: Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _read(response: Response) -> str:
    data = bytearray()
    for piece in response.iter_bytes():
        data += piece
        if len(data) > BODY_BYTES:
            raise BadReply("the list of models is over 4 MB", "check the base URL")
    return data.decode("utf-8", "replace")


def _judge(reply: _Reply, where: str) -> tuple[tuple[Listed, ...] | None, str, VisionaskError | None]:
    """Tell the models, else why there are none, and what is wrong with the server if anything is.

    A server need have no list. So a refusal of the list is no failure unless questions will meet it too.
    """
    if 200 <= reply.status < 300:
        if is_html(reply.text):
            page = f"{where} answers with a web page ({html_title(reply.text)!r}), not with JSON"
            return None, "", ConfigError(page, "check the base URL: is /v1 missing?")
        models = read_models(reply.text)
        return models, "" if models is not None else "the reply is no list of models", None
    error = from_status(reply.status, reply.headers, reply.text, where=where).error
    is_of_the_list = isinstance(error, (BadRequest, RateLimited, QuotaExhausted)) or (
        isinstance(error, KeyRefused) and _SCOPE.search(error.message) is not None
    )
    if is_of_the_list:
        return None, error.message, None
    return None, "", _of_settings(error)


def _of_settings(error: VisionaskError) -> VisionaskError:
    """Tell what is no reply of such a server as a wrong setting: a redirect, bytes that nobody can read."""
    return ConfigError(error.message, error.hint) if isinstance(error, RejectedError) else error


def read_models(text: str) -> tuple[Listed, ...] | None:
    """Read a list of models as OpenAI, Ollama, vLLM and llama.cpp give it; None for anything else. Never raises.

    llama.cpp has two lists: `data` as OpenAI, and `models` with what each can do. Routers tell that in `data`.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return None
    told_of: dict[str, bool | None] = {}
    for entry in (*body["data"], *(body["models"] if isinstance(body.get("models"), list) else ())):
        name = next((entry[key] for key in ("id", "model", "name") if _is_text(entry, key)), None)
        if name is not None:
            sees = _takes_images(entry)
            told_of[name] = told_of.get(name) if sees is None else sees
    return tuple(Listed(name, sees) for name, sees in told_of.items())


def _is_text(entry: Any, key: str) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get(key), str)


def _takes_images(entry: dict[str, Any]) -> bool | None:
    """Read the modalities of a model; None where nothing is said of them."""
    shape = entry.get("architecture")
    lists = (entry.get("capabilities"), shape.get("input_modalities") if isinstance(shape, dict) else None)
    known = [each for each in lists if isinstance(each, list)]
    return any(word in _SEES for each in known for word in each if isinstance(word, str)) if known else None


def _ahead_s(reply: _Reply) -> float | None:
    try:
        return reply.at - parsedate_to_datetime(clean(reply.headers.get("date", ""))).timestamp()
    except (ValueError, OverflowError):
        return None
