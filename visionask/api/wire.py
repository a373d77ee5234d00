"""The choice of the wire that a request goes by: its path, the pure pair of its body and its reply, and the SDK's call.

A typed method is handed what it requires, lists empty, and `extra_body` the whole: so the order of a body's fields is
ours, and the SDK does not look for aliases in every part of every message: half of its calls' time under a profiler,
which overstates many short calls. How much it is without one was not told apart from the noise of a busy machine.

The provider's own count of an input, which is not answered, is a wire of its own: the answer's text is the number, so
that recordings keep it as any other answer. Source: `resources/responses/input_tokens.py` and
`types/responses/input_token_count_response.py` of the openai SDK 3.54, and
developers.openai.com/api/docs/guides/token-counting, as read 2026-11-22.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visionask.api import chat, decisions
from visionask.api.attempt import opened
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
    method: Callable[[OpenAI], Callable[..., Any]]
    required: tuple[str, ...]  # by that method; they come first in the body
    is_free: bool = False

    def open(
        self, sdk: OpenAI, fields: dict[str, Any], *, key: str, timeout: Timeout
    ) -> AbstractContextManager[Response]:
        """Send a body. `key` stays the same over attempts at one request. Raises StatusFault, and the SDK's errors."""
        typed = {name: [] if isinstance(fields[name], list) else fields[name] for name in self.required}
        headers = {"Idempotency-Key": key}
        return opened(self.method(sdk)(**typed, extra_body=fields, extra_headers=headers, timeout=timeout))


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


CHAT = Wire(
    chat.PATH,
    chat.body,
    chat.parse,
    lambda sdk: sdk.chat.completions.with_streaming_response.create,
    ("model", "messages"),
)
COUNT = Wire(
    "/responses/input_tokens",
    _count_body,
    _read_count,
    lambda sdk: sdk.responses.input_tokens.with_streaming_response.count,
    ("model", "input"),
    is_free=True,
)


def wire_of(request: Request) -> Wire:
    """Return the wire of a request: a count, and typed questions, have one of their own."""
    if request.is_count:
        return COUNT
    if not request.questions:
        return CHAT
    return Wire(
        decisions.PATH,
        decisions.body,
        lambda raw: decisions.parse(raw, request.questions),
        lambda sdk: sdk.decisions.with_streaming_response.create,
        ("model", "input", "questions"),
    )
