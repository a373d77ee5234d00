"""Owns the reading of one reply as it arrives: streamed or in one piece, within the limits on silence."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visionask.api.exchange import Head, Lapsed, WireFault
from visionask.api.stream import EventReader, Gathering
from visionask.api.words import html_title, is_html
from visionask.core.errors import BadReply, IncompleteAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.api.opening import Incoming
    from visionask.core.request import Answer

_AFTER_FINISH_S = 5.0  # for the usage, which follows the finish reason
_AFTER_DONE_S = 0.1  # for the end of the connection's use, which follows [DONE]
_WRONG_URL = "check the base URL: is /v1 missing?"


@dataclass(slots=True, kw_only=True)
class Reply:
    """A reply being read. It holds what came, so that a failure half-way can tell it."""

    exchange: Incoming
    parse: Callable[[object], Answer]  # of the wire that the request went by
    first_s: float  # of silence before the first sign of the answer
    silence_s: float  # and between two of them
    on_text: Callable[[str], None] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    gathering: Gathering = field(default_factory=Gathering)
    _since: float = field(default_factory=time.monotonic)
    _limit_s: float = 0.0

    def read(self) -> Answer:
        """Return what the server answered, whole or not. Raises WireFault, Lapsed and RejectedError."""
        self._limit_s = self.first_s
        head = self._receive()
        self.headers = head.headers if isinstance(head, Head) else {}
        if "text/event-stream" in self.headers.get("content-type", "").lower():
            return self._read_stream()
        return self._read_whole()

    def partial(self) -> Answer | None:
        """Return what came of a streamed answer, if anything did."""
        gathered = self.gathering
        return gathered.answer() if gathered.has_text or gathered.usage or gathered.has_signs else None

    def _receive(self) -> Head | bytes | None:
        return self.exchange.receive(silent_since=self._since, silence_s=self._limit_s)

    def _read_stream(self) -> Answer:
        events, gathering, seen = EventReader(), self.gathering, 0
        while not gathering.is_done:
            try:
                piece = self._receive()
            except (WireFault, Lapsed):
                if gathering.finish_reason is None:
                    raise
                return gathering.answer()  # whole: only its usage is missing
            if not isinstance(piece, bytes):
                seen += self._take(events.finish())
                break
            seen += self._take(events.feed(piece))
        else:
            self.exchange.drain(_AFTER_DONE_S)
        if not seen:
            raise BadReply("the server's reply is not a chat completion (an empty stream)", _WRONG_URL)
        return gathering.answer()

    def _take(self, events: list[tuple[str, bytes]]) -> int:
        for name, data in events:
            if self.gathering.is_done:
                break
            text, is_forward = self.gathering.take(name, data)
            if is_forward:
                self._since = time.monotonic()
                self._limit_s = self.silence_s
                if self.gathering.finish_reason is not None:
                    self._limit_s = min(self.silence_s, _AFTER_FINISH_S)
            if text and self.on_text is not None:
                self.on_text(text)
                self._since = time.monotonic()  # a slow reader of ours is not the server's silence
        return len(events)

    def _read_whole(self) -> Answer:
        pieces: list[bytes] = []
        while isinstance(piece := self._receive(), bytes):
            pieces.append(piece)
            if piece.strip():
                self._since = time.monotonic()
                self._limit_s = self.silence_s
        data = b"".join(pieces)
        if data.lstrip()[:6].startswith((b"data:", b"event:")):
            events = EventReader()
            self._take(events.feed(data) + events.finish())
            return self.gathering.answer()
        answer = self.parse(self._decode(data))
        if answer.text and self.on_text is not None:
            self.on_text(answer.text)
        return answer

    def _decode(self, data: bytes) -> object:
        if not data.strip():
            raise BadReply("the server's reply is empty", _WRONG_URL)
        head = data[:4000].decode("utf-8", "replace")
        if is_html(head):
            title = html_title(head)
            said = f"HTML, {title!r}" if title else "HTML"
            raise BadReply(f"the server's reply is not a chat completion ({said})", _WRONG_URL)
        try:
            return json.loads(data)
        except UnicodeDecodeError:
            raise BadReply("the server's reply is not a chat completion (bad UTF-8)", "ask again") from None
        except RecursionError:
            raise BadReply("the server's reply is not a chat completion (JSON nested too deep)", _WRONG_URL) from None
        except ValueError:
            is_cut = head.lstrip().startswith("{")
            if is_cut:
                raise IncompleteAnswer("the server's reply is cut or broken JSON", "ask again") from None
            raise BadReply("the server's reply is not a chat completion (not JSON)", _WRONG_URL) from None
