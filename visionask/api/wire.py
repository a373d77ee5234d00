"""The choice of the wire that a request goes by: its path, and the pure pair of its body and its reply.

The SDK posts the body as the bytes that stand here, by `OpenAI.post`, which is its public way to any path: so the order
of the fields is ours, and neither does the SDK look for aliases in every part of every message, nor does the encoder of
JSON search 100 kB of base64 for what must be escaped. Of 3.3 ms of CPU a request with such a picture, 1.9 are left.

The provider's own count of an input, which is not answered, is a wire of its own: the answer's text is the number, so
that recordings keep it as any other answer. Source: `resources/responses/input_tokens.py` and
`types/responses/input_token_count_response.py` of the openai SDK 3.54, and
developers.openai.com/api/docs/guides/token-counting, as read 2026-11-22.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from visionask.api import chat, decisions
from visionask.api.attempt import posted
from visionask.core.errors import BadReply
from visionask.core.namedtuple import NamedTuple
from visionask.core.request import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from httpx2 import Response, Timeout
    from openai import OpenAI

    from visionask.core.request import Request


class Wire(NamedTuple):
    """One endpoint of the API. `parse` reads a reply of any shape; it raises BadReply for one that is none."""

    path: str
    body: Callable[[Request], dict[str, Any]]
    parse: Callable[[object], Answer]
    is_free: bool = False

    def open(
        self, sdk: OpenAI, fields: dict[str, Any], *, key: str, timeout: Timeout
    ) -> AbstractContextManager[Response]:
        """Send a body. `key` stays the same over attempts at one request. Raises StatusFault, and the SDK's errors."""
        return posted(sdk, self.path, body_json(fields), headers={"Idempotency-Key": key}, timeout=timeout)


def body_json(fields: dict[str, Any]) -> bytes:
    """Return a body as the SDK writes JSON. Raises UnicodeEncodeError for half a character.

    Pictures are put in last, as they are: a mark that nobody can guess stands for each in what is encoded.
    """
    urls: list[str] = []
    mark = secrets.token_hex(16)
    shape = _marked(fields, urls, mark)
    first, *rest = json.dumps(shape, ensure_ascii=False, separators=(",", ":"), allow_nan=False).split(mark)
    return "".join((first, *(piece for pair in zip(urls, rest, strict=True) for piece in pair))).encode()


def _marked(value: Any, urls: list[str], mark: str) -> Any:
    if isinstance(value, chat.DataUrl):
        urls.append(value)
        return mark
    if isinstance(value, dict):
        return {name: _marked(each, urls, mark) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(each, urls, mark) for each in value]
    return value


_COUNT_HINT = "leave --exact out: this server may have no count of its own"


def _count_body(request: Request) -> dict[str, Any]:
    """Return the JSON body: the messages of the question in the shape of the Responses API, text before images."""
    messages: list[dict[str, Any]] = []
    if request.system is not None:
        messages.append({"type": "message", "role": "system", "content": request.system})
    parts: list[dict[str, Any]] = [{"type": "input_text", "text": request.question}] if request.question else []
    parts += [
        {"type": "input_image", "image_url": chat.data_url(image), "detail": image.detail} for image in request.images
    ]
    messages.append({"type": "message", "role": "user", "content": parts})
    return {"model": request.model, "input": messages}


def _read_count(raw: object) -> Answer:
    """Read the count. Raises BadReply for anything else."""
    if isinstance(raw, dict) and raw.get("error"):
        raise BadReply(f"the server sent an error as its reply: {chat.error_text(raw['error'])}", _COUNT_HINT)
    tokens = raw.get("input_tokens") if isinstance(raw, dict) else None
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 0:
        raise BadReply("the server's reply has no token count", _COUNT_HINT)
    return Answer(text=str(tokens), finish_reason="stop", usage=Usage(input_tokens=tokens))


CHAT = Wire(chat.PATH, chat.body, chat.parse)
COUNT = Wire("/responses/input_tokens", _count_body, _read_count, is_free=True)


def wire_of(request: Request) -> Wire:
    """Return the wire of a request: a count, and typed questions, have one of their own."""
    if request.is_count:
        return COUNT
    if not request.questions:
        return CHAT
    return Wire(decisions.PATH, decisions.body, lambda raw: decisions.parse(raw, request.questions))
