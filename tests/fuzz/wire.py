"""The targets of the wire: replies in one piece, streams in pieces of any size, and errors."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, cast

from visionask.api.attempt import Head, StatusFault, WireFault
from visionask.api.chat import judge, parse
from visionask.api.refusals import from_status
from visionask.api.stream import EventReader, Reply
from visionask.core.errors import RejectedError, VisionaskError
from visionask.report.clean import StreamFilter, clean, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from visionask.core.request import Answer

_STATUSES = (204, 302, 400, 401, 402, 403, 404, 407, 408, 413, 422, 429, 500, 503, 524)


class Canned:
    """An exchange whose head and pieces are there already."""

    def __init__(self, content_type: str, pieces: list[bytes]) -> None:
        self._events = iter([Head({"content-type": content_type}), *pieces, None])

    def receive(self, **_: float) -> object:
        return next(self._events)

    def drain(self, _: float) -> None:
        """Nothing is left."""


def check_reply(data: bytes) -> None:
    """A reply of any shape is an answer or a RejectedError of one clean line, and so is an error of any status."""
    for content_type in ("application/json", "text/event-stream"):
        _read(content_type, [data])
    status = _STATUSES[len(data) % len(_STATUSES)]
    headers = {"retry-after": data[:40].decode("latin-1"), "location": data[:500].decode("latin-1")}
    failure = from_status(status, headers, data.decode("utf-8", "replace"), where="127.0.0.1")
    _check_line(failure.error)


def check_events(data: bytes) -> None:
    """A stream says the same whole and in pieces, and nothing of it can steer a terminal."""
    rng = random.Random(data)
    pieces, at = [], 0
    while at < len(data):
        count = rng.choice((1, 2, 5, 40, 1000))
        pieces.append(data[at : at + count])
        at += count
    whole, cut = EventReader(), EventReader()
    events = whole.feed(data) + whole.finish()
    assert events == [event for piece in pieces for event in cut.feed(piece)] + cut.finish()
    assert _read("text/event-stream", [data]) == _read("text/event-stream", pieces)


def _read(content_type: str, pieces: list[bytes]) -> tuple[str, str]:
    texts: list[str] = []
    exchange = cast("Any", Canned(content_type, pieces))
    reply = Reply(exchange=exchange, parse=parse, first_s=60, silence_s=60, on_text=texts.append)
    outcome = _outcome(reply.read)
    partial = reply.partial()
    shown = StreamFilter()
    seen = "".join([*map(shown.feed, texts), shown.close()])
    assert seen == clean("".join(texts))
    assert not any((c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" for c in seen)
    seen.encode()
    return outcome, partial.text if partial else ""


def _outcome(read: Callable[[], Answer]) -> str:
    try:
        return judge(read()).text
    except RejectedError as error:
        _check_line(error)
        return error.message
    except WireFault as fault:  # an error inside a 200, which the client words as it does one of that status
        if not isinstance(fault.cause, StatusFault):
            raise
        error = from_status(fault.cause.status, {}, fault.cause.text, where="127.0.0.1").error
        _check_line(error)
        return error.message


def _check_line(error: VisionaskError) -> None:
    assert error.message
    assert len(error.message) < 700
    assert "\n" not in error.message + error.hint
    one_line(error.message).encode()
