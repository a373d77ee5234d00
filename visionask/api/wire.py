"""The choice of the wire that a request goes by: a path, and the pure pair of its body and its reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from visionask.api import chat, count, decisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.request import Answer, Request


class Wire(NamedTuple):
    """One endpoint of the API. `parse` reads a reply of any shape; it raises BadReply for one that is none."""

    path: str
    body: Callable[[Request], dict[str, Any]]
    parse: Callable[[object], Answer]


CHAT = Wire(chat.PATH, chat.body, chat.parse)
COUNT = Wire(count.PATH, count.body, count.parse)


def wire_of(request: Request) -> Wire:
    """Return the wire of a request: a count, and typed questions, have one of their own."""
    if request.is_count:
        return COUNT
    if request.questions:
        return Wire(decisions.PATH, decisions.body, lambda raw: decisions.parse(raw, request.questions))
    return CHAT
