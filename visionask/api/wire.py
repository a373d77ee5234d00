"""The choice of the wire that a request goes by: its path, the pure pair of its body and its reply, and the SDK's call.

A typed method is handed what it requires, lists empty, and `extra_body` the whole: so the order of a body's fields is
ours, and the SDK does not look for aliases in every part of every message: half of its calls' time under a profiler,
which overstates many short calls. How much it is without one was not told apart from the noise of a busy machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.api import chat, count, decisions
from visionask.api.attempt import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from httpx2 import Response, Timeout
    from openai import OpenAI

    from visionask.core.request import Answer, Request


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


CHAT = Wire(
    chat.PATH,
    chat.body,
    chat.parse,
    lambda sdk: sdk.chat.completions.with_streaming_response.create,
    ("model", "messages"),
)
COUNT = Wire(
    count.PATH,
    count.body,
    count.parse,
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
