"""The probing of a server for `doctor`: one `GET /models` within one deadline, told in the words of every command.

What lies below HTTP (the name, the connection, TLS) is told by that call's own error.
"""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from visionask.api.attempt import DeadlineExceeded, Exchange, StatusFault, WireFault, opened
from visionask.api.refusals import from_status, seen_of, translate
from visionask.api.sdk import Line, host
from visionask.api.words import clean, html_title, is_html
from visionask.core.errors import (
    BadRequest,
    ConfigError,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    RejectedError,
)
from visionask.core.namedtuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visionask.core.errors import VisionaskError
    from visionask.core.request import Endpoint


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
    seconds: float  # that the call took
    fact: str = ""
    error: VisionaskError | None = None
    models: tuple[Listed, ...] | None = None
    said: str = ""
    context_tokens: int | None = None  # of its first model
    ahead_s: float | None = None  # by how much this machine's clock is ahead of the server's


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    text: str
    at: float  # Unix time of its end


def probe(endpoint: Endpoint, *, limit_s: float = LIMIT_S) -> Probed:
    """Ask the server for its models, for at most `limit_s` seconds, once the SDK is loaded.

    Raises ConfigError for a setting that the SDK or the http client cannot use.
    """
    line, where = Line(endpoint), host(endpoint)
    sdk = line.sdk
    began = time.monotonic()
    exchange = Exchange(
        lambda each: opened(sdk.models.with_streaming_response.list(timeout=each.timeout)),
        timeout_s=limit_s,
        silence_s=limit_s,
        most_bytes=BODY_BYTES,
    )
    try:
        reply = _heard(exchange)
    except (WireFault, DeadlineExceeded) as fault:
        return Probed(where, time.monotonic() - began, error=_of_settings(_translated(fault, endpoint, exchange)))
    finally:
        exchange.cancel()
        line.close()
    models, said, wrong = _judge(reply, where)
    fact = f"GET /models: status {reply.status}"
    return Probed(where, time.monotonic() - began, fact, wrong, models, said, read_context(reply.text), _ahead_s(reply))


def _heard(exchange: Exchange) -> _Reply:
    """Return the reply, whatever its status. Raises WireFault, DeadlineExceeded."""
    pieces: list[bytes] = []
    try:
        head = exchange.body(pieces.append)
    except WireFault as fault:
        if not isinstance(fault.cause, StatusFault):
            raise
        return _Reply(fault.cause.status, fault.cause.headers, fault.cause.text, time.time())
    return _Reply(head.status, head.headers, b"".join(pieces).decode("utf-8", "replace"), time.time())


def _translated(fault: WireFault | DeadlineExceeded, endpoint: Endpoint, exchange: Exchange) -> VisionaskError:
    cause = fault.cause if isinstance(fault, WireFault) else fault
    failure = translate(cause, seen_of(endpoint, exchange, is_paid=False))
    if failure is None:
        raise cause
    failure.error.__cause__ = cause
    return failure.error


def _judge(reply: _Reply, where: str) -> tuple[tuple[Listed, ...] | None, str, VisionaskError | None]:
    """Return the models, else why there are none, and what is wrong with the server if anything is.

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
    """Return what is no reply of such a server as a wrong setting: a redirect, bytes that nobody can read."""
    return ConfigError(error.message, error.hint) if isinstance(error, RejectedError) else error


def read_models(text: str) -> tuple[Listed, ...] | None:
    """Read a list of models as OpenAI, Ollama, vLLM and llama.cpp give it; None for anything else. Never raises.

    llama.cpp has two lists: `data` as OpenAI, and `models` with what each can do. Routers tell that in `data`.
    """
    try:
        body = json.loads(text.removeprefix("\ufeff"))
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


def read_context(text: str) -> int | None:
    """Read how many tokens of its first model a server reads: vLLM's max_model_len, llama.cpp's n_ctx. Never raises."""
    try:
        first = json.loads(text.removeprefix("\ufeff"))["data"][0]
        found = first.get("max_model_len") or first["meta"]["n_ctx"]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


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
