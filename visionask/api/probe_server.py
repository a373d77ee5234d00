"""Owns the probing of a server for `doctor`: the way to it, and one `GET /models`, all within one deadline."""

from __future__ import annotations

import contextlib
import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.api.batch_call import get
from visionask.api.probe_wire import Step, timed, told, walk
from visionask.api.refusals import from_status
from visionask.api.sdk import build, host
from visionask.api.words import clean, html_title, is_html
from visionask.core.errors import (
    BadReply,
    BadRequest,
    ConfigError,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    RejectedError,
    VisionaskError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from httpx2 import Response
    from openai import OpenAI

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
