"""The sending of a request until it is answered or given up: attempts, repairs, and what of it is recorded."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from visionask.api.attempt import DeadlineExceeded, Exchange, WireFault
from visionask.api.attempt import Interrupted as BrokenOff
from visionask.api.chat import judge
from visionask.api.recording import Recorder, Replay, taping
from visionask.api.refusals import Failure, cut, seen_of, translate
from visionask.api.repairs import Repairs, note
from visionask.api.retries import Retries, Trail
from visionask.api.sdk import Line, base_url, check, host, is_key_exposed
from visionask.api.stream import Reply
from visionask.api.wire import CHAT, wire_of
from visionask.core.dataclass import dataclass
from visionask.core.errors import ConfigError, IncompleteAnswer, Interrupted, NoRecording, RejectedError, VisionaskError
from visionask.core.url import split_url

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from httpx2 import Response

    from visionask.api.wire import Wire
    from visionask.core.errors import StateError
    from visionask.core.request import Answer, Attempt, Endpoint, Request
    from visionask.core.retry import Backoff, Waits


_SLOW_EFFORTS = frozenset({"high", "xhigh", "max"})


class Client:
    """Sends requests to one endpoint. Threads may share it: they share its connections, waits and repairs.

    `on_notice` is handed one-line warnings, `on_headers` the headers of each reply (rate limits stand in them).
    A set `stop` ends a wait between attempts: the failure so far is raised.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        on_notice: Callable[[str], None],
        *,
        on_headers: Callable[[Mapping[str, str]], None] | None = None,
        backoff: Backoff | None = None,
        stop: threading.Event | None = None,
        waits: Waits | None = None,
    ) -> None:
        """Raises ConfigError; StateError or NoRecording for a folder of recordings that cannot be used."""
        recording = endpoint.recording
        self._replay = Replay(recording.folder) if recording is not None and recording.is_replay else None
        self._recorder = Recorder(recording.folder, endpoint) if recording and self._replay is None else None
        self._saved = Replay(recording.folder) if recording is not None and recording.only_missing else None
        if self._replay is None:
            check(endpoint)
        self._line = Line(endpoint, over=None if self._recorder is None else taping)
        self._endpoint = endpoint
        self._on_notice = on_notice
        self._on_headers = on_headers
        self._retries = Retries(endpoint, on_notice, backoff=backoff, stop=stop, waits=waits)
        self._repairs = Repairs()
        if is_key_exposed(endpoint):
            on_notice(f"the API key goes to {host(endpoint)} unencrypted (http, not https)")

    def warm(self) -> None:
        """Import the SDK and build its client, in a thread beside the preparing of pictures.

        Where that fails, the first request fails in the same way, in the thread of whoever waits for it.
        """
        if self._replay is None:
            with contextlib.suppress(Exception):
                _ = self._line.sdk

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    @property
    def unsaved(self) -> StateError | None:
        """Why an exchange that ended is not in the folder of `Endpoint.recording`: its answer is paid all the same."""
        return None if self._recorder is None else self._recorder.unsaved

    @property
    def recordings(self) -> set[str]:
        """The names of the recordings that were read or written."""
        return {name for each in (self._replay, self._recorder, self._saved) if each is not None for name in each.used}

    def send(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
    ) -> Answer:
        """Send a request and return its whole answer; else raise what became of it.

        `on_text` is handed the text as it arrives, `on_attempt` is told of each attempt before it is sent (it may
        wait, or raise to stop). An error tells `attempts`, `maybe_billed` and, if it is a RejectedError, what came of
        the answer as `partial`, with its usage: that is billed. With a recording to replay nothing is sent.
        """
        wire = wire_of(request)
        call = _Call(request=request, wire=wire, on_text=on_text, fields=wire.body(request))
        if self._replay is not None:
            return self._replayed(self._replay, call)
        if self._saved is not None:
            with contextlib.suppress(NoRecording):
                return self._replayed(self._saved, call)
        trail, key = Trail(), str(uuid.uuid4())

        def make() -> Answer | Failure:
            call.sent, call.notes = self._repairs.apply(call.fields)
            sdk = self._line.sdk  # loaded before the clock of an attempt starts
            return self._attempt(call, lambda each: wire.open(sdk, call.sent, key=key, timeout=each.timeout))

        try:
            answer = self._retries.run(
                make, trail=trail, on_attempt=on_attempt, mend=lambda failure: self._repair(failure, call.sent)
            )
        except RejectedError as error:
            if call.exchange is not None and call.exchange.is_whole and _is_verdict(error):
                self._keep(call)
            raise
        self._keep(call)
        return replace(answer, attempts=trail.attempts, maybe_billed=trail.maybe_billed, notes=call.notes)

    def _keep(self, call: _Call) -> None:
        """Save what ended a request, if it says something of the request: no outage, no cut reply, no refused key."""
        if self._recorder is not None and call.exchange is not None:
            tape = call.exchange.watch.tape
            self._recorder.keep(call.request, call.wire.path, call.fields, tape=tape, notes=call.notes)

    def _replayed(self, replay: Replay, call: _Call) -> Answer:
        """Return what once ended this request: no attempt, no wait, no repair."""
        saved = replay.find(call.request, call.wire.path, call.fields)
        outcome = self._attempt(call, lambda _: saved.open())
        if not isinstance(outcome, Failure):
            return replace(outcome, attempts=0, notes=saved.notes, is_replayed=True)
        error = outcome.error
        if error.partial is not None:
            error.partial = replace(error.partial, attempts=0, is_replayed=True)
        raise self._retries.finish(error, Trail()) from error.__cause__

    def _attempt(self, call: _Call, send: Callable[[Exchange], AbstractContextManager[Response]]) -> Answer | Failure:
        endpoint = self._endpoint
        first_s, idle_s = _first_limit_s(call.request, endpoint), endpoint.idle_s
        call.exchange = exchange = Exchange(send, timeout_s=endpoint.timeout_s, silence_s=first_s, stop=endpoint.stop)
        parse, on_text = call.wire.parse, call.on_text
        reply = Reply(exchange=exchange, parse=parse, first_s=first_s, silence_s=idle_s, on_text=on_text)
        try:
            answer = reply.read()
            return judge(replace(answer, request_id=reply.headers.get("x-request-id")))
        except (WireFault, DeadlineExceeded) as fault:
            return self._explained(self._translate(fault, call, reply), call)
        except BrokenOff:
            raise _interrupted(exchange, reply.partial()) from None
        except VisionaskError as error:
            if isinstance(error, RejectedError) and error.partial is None:
                error.partial = reply.partial()
            error.request_id = reply.headers.get("x-request-id")
            is_empty = isinstance(error, IncompleteAnswer) and error.partial is None
            return self._explained(cut(error, is_maybe_billed=is_empty and not call.wire.is_free), call)
        finally:
            exchange.cancel()
            if self._on_headers is not None and reply.headers:
                self._on_headers(reply.headers)

    def _translate(self, fault: WireFault | DeadlineExceeded, call: _Call, reply: Reply) -> Failure:
        cause = fault.cause if isinstance(fault, WireFault) else fault
        seen = seen_of(
            self._endpoint,
            reply.exchange,
            silence_s=reply.silence_s,
            partial=reply.partial(),
            is_paid=not call.wire.is_free,
        )
        failure = translate(cause, seen)
        if failure is None:
            raise cause
        failure.error.__cause__ = cause
        if failure.headers:
            reply.headers = failure.headers
        if failure.error.request_id is None:
            failure.error.request_id = reply.headers.get("x-request-id")
        return failure

    def _explained(self, failure: Failure, call: _Call) -> Failure:
        """Add what only the request and its base URL show: the part that is too large, the path that is missing, and
        that some of the answer was shown, which cannot be taken back: it is not asked for again."""
        error = failure.error
        if call.on_text is not None and error.partial is not None and error.partial.text:
            failure = replace(failure, is_passing=False)
        if error.cause == "context":
            error.hint = _larger_part(call.request)
        url = split_url(base_url(self._endpoint))
        if error.cause == "address" and call.wire is CHAT and url.path in ("", "/"):
            spelled = "".join(url._replace(login="", path="/v1", query="", fragment=""))
            return replace(failure, error=_as_setting(error, f"try --base-url {spelled}"))
        return failure

    def _repair(self, failure: Failure, fields: dict[str, Any]) -> bool:
        """Learn from a refusal of one field; return whether another attempt without it makes sense."""
        if failure.status not in {400, 422} or failure.said is None:
            return False
        name = self._repairs.learn(failure.said, fields)
        if name is not None:
            self._on_notice(note(name))
        return name is not None or self._repairs.apply(fields)[1] != ()


@dataclass(slots=True, kw_only=True)
class _Call:
    """One request over all its attempts: its body, the body and the notes of the last one, and its exchange."""

    request: Request
    wire: Wire
    on_text: Callable[[str], None] | None
    fields: dict[str, Any]
    sent: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    exchange: Exchange | None = None


def _as_setting(error: VisionaskError, hint: str) -> ConfigError:
    setting = ConfigError(error.message, hint)
    setting.status, setting.answered_by, setting.cause = error.status, error.answered_by, error.cause
    setting.request_id = error.request_id
    return setting


def _interrupted(exchange: Exchange, partial: Answer | None) -> Interrupted:
    """Return what becomes of a request that nobody waits for any more: sent whole, it may be billed."""
    error = Interrupted("it was cancelled before its answer was complete", "ask again")
    error.partial = partial
    error.maybe_billed = int(partial is None and exchange.watch.is_sent)
    return error


def _larger_part(request: Request) -> str:
    """Return what to make smaller: the text at 4 characters a token, or the pictures at 750 pixels a token."""
    texts = (request.question, request.system or "", *(turn.question + turn.answer for turn in request.history))
    text_tokens = sum(map(len, texts)) / 4
    sizes = [(each.encoded.width_px * each.encoded.height_px if each.encoded else 1_000_000) for each in request.images]
    if text_tokens > sum(sizes) / 750:
        return "the text is the larger part: shorten the question, the system prompt or the conversation"
    return "the pictures are the larger part: use --detail low, --max-side, or fewer images"


def _is_verdict(error: VisionaskError) -> bool:
    if isinstance(error, IncompleteAnswer):
        return error.partial is not None and error.partial.finish_reason is not None
    return isinstance(error, RejectedError)


def _first_limit_s(request: Request, endpoint: Endpoint) -> float:
    """Return how long a server may say nothing at first: thinking hard, and waiting in the flex queue, are silent."""
    if request.reasoning_effort in _SLOW_EFFORTS or request.service_tier == "flex":
        return endpoint.timeout_s
    return min(endpoint.idle_s, endpoint.timeout_s)
