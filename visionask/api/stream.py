"""The reading of a streamed answer: bytes to events, events to text, usage and finish reason.

The reading of one reply as it arrives: streamed or in one piece, within the limits on silence.
"""

from __future__ import annotations

import codecs
import json
import re
import time
from dataclasses import field
from typing import TYPE_CHECKING, Any

from visionask.api.attempt import DeadlineExceeded, Head, ReplyTooLarge, StatusFault, WireFault
from visionask.api.chat import REFUSAL, content_text, parse_tier, parse_usage
from visionask.api.reasons import choice_error, is_error, refusal_of
from visionask.api.words import html_title, is_html
from visionask.core.dataclass import dataclass
from visionask.core.errors import BadReply, IncompleteAnswer
from visionask.core.request import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.api.attempt import Exchange


_LINE_END = re.compile(rb"\r\n|\n|\r")


_SILENT_KEYS = frozenset({"role", "index", "type"})  # in a delta; anything else that is filled is a sign of life


@dataclass(slots=True, kw_only=True)
class EventReader:
    """Cuts server-sent events out of bytes that come in pieces of any size. A comment (`: ping`) is no event.

    One byte order mark may stand at the very beginning. Source: html.spec.whatwg.org, "Server-sent events", 9.2.6, as
    read 2026-11-27.
    """

    _is_begun: bool = False
    _rest: bytearray = field(default_factory=bytearray)
    _data: list[bytes] = field(default_factory=list)
    _name: bytes = b""

    def feed(self, piece: bytes) -> list[tuple[str, bytes]]:
        """Return (event name, data) of the events that this piece completes. The name is mostly empty."""
        is_line_open = b"\n" not in piece and b"\r" not in piece
        self._rest += piece
        if is_line_open and not self._rest.endswith(b"\r", 0, max(0, len(self._rest) - len(piece))):
            return []
        held = bytes(self._rest)
        # a CR at the very end may be half of a CRLF: it waits for the next piece
        held, kept = (held[:-1], held[-1:]) if held.endswith(b"\r") else (held, b"")
        lines = _LINE_END.split(held)
        self._rest = bytearray(lines.pop() + kept)
        return [event for line in lines if (event := self._take(line)) is not None]

    def finish(self) -> list[tuple[str, bytes]]:
        """Return the event that the end of the stream left without its blank line, if there is one."""
        events = [self._take(bytes(self._rest).rstrip(b"\r")), self._take(b"")]
        self._rest.clear()
        return [event for event in events if event is not None]

    def _take(self, line: bytes) -> tuple[str, bytes] | None:
        if not self._is_begun:
            self._is_begun, line = True, line.removeprefix(codecs.BOM_UTF8)
        if not line:
            event = (self._name.decode("utf-8", "replace"), b"\n".join(self._data)) if self._data else None
            self._data, self._name = [], b""
            return event
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._name = value
        return None


@dataclass(slots=True, kw_only=True)
class Gathering:
    """The answer as far as it has come. Only choice 0 counts: nobody here asks for more than one."""

    is_done: bool = False  # the server said [DONE]
    finish_reason: str | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    has_signs: bool = False  # something of the answer came, if only thinking
    _texts: list[str] = field(default_factory=list)
    _refusals: list[str] = field(default_factory=list)

    def take(self, name: str, data: bytes) -> tuple[str, bool]:
        """Add one event; return its new text, and whether it brought the answer forward at all.

        Raises IncompleteAnswer for an event that is an error, or is broken: skipping it would lose text silently.
        An error before anything of the answer is a refusal like any other: StatusFault, where it tells a status.
        """
        if data.strip() == b"[DONE]":
            self.is_done = True
            return "", True
        try:
            chunk = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError):
            raise IncompleteAnswer("the stream of the answer is broken (an event is not JSON)", "ask again") from None
        if not isinstance(chunk, dict):
            raise IncompleteAnswer("the stream of the answer is broken (an event is no object)", "ask again")
        error = chunk if chunk.get("error") or name == "error" else choice_error(chunk)
        if error is not None:
            said = refusal_of(error)
            if said.status is not None and not (self.has_text or self.has_signs):
                raise StatusFault(said.status, {}, json.dumps(error))
            fact = said.message or "no message"
            raise IncompleteAnswer(f"the server broke off the answer with an error: {fact}", "ask again")
        return self._add(chunk)

    def answer(self) -> Answer:
        """Return what there is."""
        is_refusal = bool(self._refusals)
        return Answer(
            text="".join(self._refusals if is_refusal else self._texts),
            finish_reason=REFUSAL if is_refusal else self.finish_reason,
            usage=self.usage,
            service_tier=self.service_tier,
        )

    @property
    def has_text(self) -> bool:
        return bool(self._texts or self._refusals)

    def _add(self, chunk: dict[str, Any]) -> tuple[str, bool]:
        before = (self.usage, self.finish_reason)
        self.usage = parse_usage(chunk.get("usage")) or self.usage
        self.service_tier = parse_tier(chunk) or self.service_tier
        choice = _first_choice(chunk)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish_reason = reason
        # a server that answers in one piece may put a whole message where the delta belongs
        delta = choice.get("delta") or choice.get("message")
        delta = delta if isinstance(delta, dict) else {}
        text, refusal = content_text(delta.get("content")), content_text(delta.get("refusal"))
        if text:
            self._texts.append(text)
        if refusal:
            self._refusals.append(refusal)
        is_alive = any(value for key, value in delta.items() if key not in _SILENT_KEYS)
        self.has_signs = self.has_signs or is_alive
        return text, is_alive or before != (self.usage, self.finish_reason)


def _is_object(data: bytes) -> bool:
    """Return whether bytes are one whole JSON object."""
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _first_choice(chunk: dict[str, Any]) -> dict[str, Any]:
    choices = chunk.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, dict) and choice.get("index", 0) in (0, None):
            return choice
    return {}


_AFTER_FINISH_S = 5.0  # for the usage, which follows the finish reason


_AFTER_DONE_S = 0.1  # for the end of the connection's use, which follows [DONE]


_WRONG_URL = "check the base URL: is /v1 missing?"


@dataclass(slots=True, kw_only=True)
class Reply:
    """A reply being read. It holds what came, so that a failure half-way can tell it."""

    exchange: Exchange
    parse: Callable[[object], Answer]  # of the wire that the request went by
    first_s: float  # of silence before the first sign of the answer
    silence_s: float  # and between two of them
    on_text: Callable[[str], None] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    gathering: Gathering = field(default_factory=Gathering)
    _since: float = field(default_factory=time.monotonic)
    _limit_s: float = 0.0

    def read(self) -> Answer:
        """Return what the server answered, whole or not. Raises WireFault, DeadlineExceeded and RejectedError."""
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
            except (WireFault, DeadlineExceeded):
                if gathering.finish_reason is None:
                    raise
                return gathering.answer()  # whole: only its usage is missing
            if not isinstance(piece, bytes):
                seen += self._take(events.finish())
                break
            seen += self._take(events.feed(piece))
        else:
            self.exchange.drain(_AFTER_DONE_S)
        if not seen and self.headers.get("content-encoding"):
            raise IncompleteAnswer("the server's reply is cut inside its compression", "ask again")
        if not seen:
            raise BadReply("the server's reply is not a chat completion (an empty stream)", _WRONG_URL)
        return gathering.answer()

    def _take(self, events: list[tuple[str, bytes]]) -> int:
        for name, data in events:
            if self.gathering.is_done:
                break
            try:
                text, is_forward = self.gathering.take(name, data)
            except StatusFault as fault:
                raise self._refused(fault) from None
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
        try:
            while isinstance(piece := self._receive(), bytes):
                pieces.append(piece)
                if piece.strip():
                    self._since = time.monotonic()
                    self._limit_s = self.silence_s
        except (WireFault, DeadlineExceeded) as fault:
            is_too_large = isinstance(fault, WireFault) and isinstance(fault.cause, ReplyTooLarge)
            if is_too_large or not _is_object(b"".join(pieces)):  # which has an end of its own
                raise
        data = b"".join(pieces)
        if data.removeprefix(codecs.BOM_UTF8).lstrip()[:6].startswith((b"data:", b"event:")):
            events = EventReader()
            self._take(events.feed(data) + events.finish())
            return self.gathering.answer()
        raw = self._decode(data)
        inner = choice_error(raw)
        error = raw if is_error(raw) else inner
        said = refusal_of(error) if error is not None else None
        if said is not None and said.status is not None and (inner is None or not self.parse(raw).text):
            raise self._refused(StatusFault(said.status, {}, json.dumps(error)))
        if said is not None and inner is None:
            raise BadReply(f"the server sent an error as its reply: {said.message or 'no message'}", "ask again later")
        answer = self.parse(raw)
        if said is not None:
            broken = IncompleteAnswer(f"the server broke off the answer with an error: {said.message}", "ask again")
            broken.partial = answer
            raise broken
        if answer.text and self.on_text is not None:
            self.on_text(answer.text)
        return answer

    def _refused(self, fault: StatusFault) -> WireFault:
        """Return an error that came with status 200 as one that came with its own status."""
        return WireFault(StatusFault(fault.status, self.headers, fault.text))

    def _decode(self, data: bytes) -> object:
        if not data.strip():
            raise BadReply("the server's reply is empty", _WRONG_URL)
        head = data[:4000].decode("utf-8", "replace")
        if is_html(head):
            title = html_title(head)
            said = f"HTML, {title!r}" if title else "HTML"
            error = BadReply(f"the server's reply is not a chat completion ({said})", _WRONG_URL)
            error.cause = "address"
            raise error
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
