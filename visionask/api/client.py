"""The sending of a request until it is answered or given up: attempts, waits, repairs, and what they add up to.

What is left out of a request after a server refused it for one field, and how that is told.
"""

from __future__ import annotations

import random
import re
import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.api.attempt import Lapsed, Post, Trail, WireFault, opener_of
from visionask.api.chat import judge
from visionask.api.refusals import Failure, Seen, translate
from visionask.api.sdk import check, host, is_key_exposed, is_loopback
from visionask.api.stream import Reply
from visionask.api.wire import Wire, wire_of
from visionask.api.words import mask
from visionask.core.errors import ApiError, IncompleteAnswer, RejectedError, VisionaskError
from visionask.core.format import duration
from visionask.core.retry import Backoff, wait_s
from visionask.core.schema import instruction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from visionask.api.attempt import Incoming
    from visionask.api.refusals import Refusal
    from visionask.core.errors import StateError
    from visionask.core.request import Answer, Attempt, Endpoint, Request


_TOKEN_FIELDS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


_OURS = ("stream_options", "prompt_cache_options", *_TOKEN_FIELDS)  # no loss to the user


_FORMAT = "response_format"


_USERS = ("temperature", "reasoning_effort", "service_tier", "detail", _FORMAT)


_UNKNOWN = re.compile(
    r"unsupported|not support|n't support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|extra_forbidden"
    r"|extra (field|input|param)|invalid (field|param|argument|key)|additional propert|does not exist|not available"
    r"|not implemented|only the default|incompatible|deprecated",
    re.IGNORECASE,
)


# servers word this refusal in many ways; one about the schema itself is the user's to mend
_NO_FORMAT = re.compile(r"response[_ ]format|json_schema|structured output", re.IGNORECASE)


_BAD_SCHEMA = re.compile(r"invalid_json_schema|invalid (json )?schema", re.IGNORECASE)


class Repairs:
    """What one server does not take, learned from its refusals. Shared by the threads of one client."""

    def __init__(self) -> None:
        self._dropped: set[str] = set()
        self._lock = threading.Lock()

    def apply(self, fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body as this server takes it, and one note for each field that had to change."""
        with self._lock:
            dropped = sorted(self._dropped)
        notes = []
        for name in dropped:
            if is_sent(name, fields):
                fields = _without(name, fields)
                notes.append(note(name))
        return fields, tuple(notes)

    def learn(self, said: Refusal, fields: dict[str, Any]) -> str | None:
        """Return the field that a 400 or 422 blames, if it was sent and can go; from now on it is left out."""
        for name in (*_OURS, *_USERS):
            if is_sent(name, fields) and _blames(said, name):
                with self._lock:
                    # both spellings refused: going back and forth would never end
                    if name in self._dropped or _TOKEN_FIELDS.get(name) in self._dropped:
                        return None
                    self._dropped.add(name)
                return name
        return None


def is_sent(name: str, fields: dict[str, Any]) -> bool:
    """Tell whether the body holds the field; `detail` is one of each image part."""
    if name != "detail":
        return name in fields
    return any("detail" in part["image_url"] for part in _image_parts(fields))


def note(name: str) -> str:
    """Return the line that tells the user what changed."""
    if name in _TOKEN_FIELDS:
        return f"the server does not take {name}: {_TOKEN_FIELDS[name]} was sent instead"
    if name in _OURS:
        return f"the server does not take {name}: it was left out"
    if name == _FORMAT:
        return f"the server does not take {name}: it was asked for the schema in words, and does not enforce it"
    return f"the server does not take {name}: the answer was made WITHOUT it"


def _blames(said: Refusal, name: str) -> bool:
    if name == _FORMAT:
        return bool(_NO_FORMAT.search(f"{said.param} {said.message}")) and not _BAD_SCHEMA.search(said.all)
    if not _UNKNOWN.search(said.all):
        return False
    if said.param:
        last = re.split(r"[.\[\]]+", said.param.strip(".[]"))[-1]
        return last == name or said.param.split(".", maxsplit=1)[0] == name
    # without `param` a common word must stand in quotes, as a field's name does
    quoted = name == "detail"
    pattern = rf"['\"`]{name}['\"`]" if quoted else rf"(?<![\w-]){name}(?![\w-])"
    return _is_named_first(said.message, pattern, name)


def _is_named_first(message: str, pattern: str, name: str) -> bool:
    """Of two token fields in one message, the first is blamed and the second is what to use instead."""
    found = re.search(pattern, message)
    if found is None:
        return False
    other = _TOKEN_FIELDS.get(name)
    rival = re.search(rf"(?<![\w-]){other}(?![\w-])", message) if other else None
    return rival is None or found.start() < rival.start()


def _without(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    if name in _TOKEN_FIELDS:
        return {_TOKEN_FIELDS[name] if key == name else key: value for key, value in fields.items()}
    if name != "detail":
        left = {key: value for key, value in fields.items() if key != name}
        return left if name != _FORMAT else _in_words(left, fields[name]["json_schema"]["schema"])
    messages = [
        {**message, "content": [_bare(part) for part in message["content"]]}
        if isinstance(message["content"], list)
        else message
        for message in fields["messages"]
    ]
    return {**fields, "messages": messages}


def _in_words(fields: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Ask in the system message for what the response format would have enforced."""
    messages, words = fields["messages"], instruction(schema)
    if messages[0]["role"] == "system":
        words, messages = f"{messages[0]['content']}\n\n{words}", messages[1:]
    return {**fields, "messages": [{"role": "system", "content": words}, *messages]}


def _bare(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") != "image_url":
        return part
    return {**part, "image_url": {key: value for key, value in part["image_url"].items() if key != "detail"}}


def _image_parts(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        part
        for message in fields.get("messages", ())  # other wires spell their images otherwise
        if isinstance(message["content"], list)
        for part in message["content"]
        if part.get("type") == "image_url"
    ]


_NOTICED_WAIT_S = 5.0  # shorter waits are nobody's business


_SLOW_EFFORTS = frozenset({"high", "xhigh", "max"})


_AT_ONCE_MAX = 2  # dead connections in a row that are replaced without a wait


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
    ) -> None:
        self._opener = opener_of(endpoint)
        if not self._opener.is_replay:
            check(endpoint)
        self._endpoint = endpoint
        self._on_notice = on_notice
        self._on_headers = on_headers
        self._backoff = backoff or Backoff()
        self._stop = stop or threading.Event()
        self._repairs = Repairs()
        self._lock = threading.Lock()
        self._not_before = 0.0  # monotonic; a rate limit that one thread met holds for all
        self._where = host(endpoint)
        if is_key_exposed(endpoint):
            on_notice(f"the API key goes to {self._where} unencrypted (http, not https)")

    def warm(self) -> None:
        """Import the SDK and build its client, once. Meant for a thread beside the preparing of pictures."""
        self._opener.warm()

    def close(self) -> None:
        """Close the connections."""
        self._opener.close()

    @property
    def unsaved(self) -> StateError | None:
        """Why an exchange that ended is not in the folder of `Endpoint.recording`: its answer is paid all the same."""
        return self._opener.unsaved

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
        trail, wire, key = Trail(), wire_of(request), str(uuid.uuid4())
        fields = wire.body(request)
        if self._opener.is_replay:
            return self._replay(request, Post(wire.path, fields, key), wire=wire, on_text=on_text)
        failure: Failure | None = None
        while True:
            if not self._wait(self._not_before - time.monotonic()) and failure is not None:
                raise self._finish(failure.error, trail)
            if on_attempt is not None:
                on_attempt(trail.next_attempt(failure))
            trail.attempts += 1
            sent, notes = self._repairs.apply(fields)
            post = Post(wire.path, sent, key)
            outcome = self._attempt(request, post, trail=trail, wire=wire, on_text=on_text)
            if not isinstance(outcome, Failure):
                self._keep(request, replace(post, fields=fields), trail, notes=notes, failure=None)
                return replace(outcome, attempts=trail.attempts, maybe_billed=trail.maybe_billed, notes=notes)
            failure = outcome
            trail.maybe_billed += failure.is_maybe_billed
            if not (self._repair(failure, sent) or self._may_repeat(failure, trail)):
                self._keep(request, replace(post, fields=fields), trail, notes=notes, failure=failure)
                raise self._finish(failure.error, trail) from failure.error.__cause__

    def _keep(
        self, request: Request, post: Post, trail: Trail, *, notes: tuple[str, ...], failure: Failure | None
    ) -> None:
        """Save what ended a request, if it says something of the request: no outage, no cut reply, no refused key."""
        incoming = trail.incoming
        assert incoming is not None
        if failure is None or (incoming.is_whole and _is_verdict(failure.error)):
            self._opener.keep(request, post, incoming, notes=notes)

    def _replay(self, request: Request, post: Post, *, wire: Wire, on_text: Callable[[str], None] | None) -> Answer:
        """Give what once ended this request: no attempt, no wait, no repair."""
        trail = Trail()
        outcome = self._attempt(request, post, trail=trail, wire=wire, on_text=on_text)
        if isinstance(outcome, Failure):
            error = outcome.error
            if isinstance(error, RejectedError) and error.partial is not None:
                error.partial = replace(error.partial, attempts=0, is_replayed=True)
            raise self._finish(error, trail) from error.__cause__
        notes = () if trail.incoming is None else trail.incoming.notes
        return replace(outcome, attempts=0, notes=notes, is_replayed=True)

    def _attempt(
        self, request: Request, post: Post, *, trail: Trail, wire: Wire, on_text: Callable[[str], None] | None
    ) -> Answer | Failure:
        first_s = _first_limit_s(request, self._endpoint)
        exchange = self._opener.open(request, post, timeout_s=self._endpoint.timeout_s, silence_s=first_s)
        trail.incoming = exchange
        idle_s = self._endpoint.idle_s
        reply = Reply(exchange=exchange, parse=wire.parse, first_s=first_s, silence_s=idle_s, on_text=on_text)
        try:
            answer = reply.read()
            return judge(replace(answer, request_id=reply.headers.get("x-request-id")))
        except (WireFault, Lapsed) as fault:
            return self._translate(fault, exchange, reply)
        except VisionaskError as error:
            if isinstance(error, RejectedError) and error.partial is None:
                error.partial = reply.partial()
            error.request_id = reply.headers.get("x-request-id")
            is_lost = isinstance(error, IncompleteAnswer) and error.partial is None
            return Failure(error=error, is_maybe_billed=is_lost)
        finally:
            exchange.cancel()
            if self._on_headers is not None and reply.headers:
                self._on_headers(reply.headers)

    def _translate(self, fault: WireFault | Lapsed, exchange: Incoming, reply: Reply) -> Failure:
        cause = fault.cause if isinstance(fault, WireFault) else fault
        seen = Seen(
            where=self._where,
            silence_s=reply.silence_s,
            is_loopback=is_loopback(self._endpoint),
            is_sent=exchange.watch.is_sent,
            is_fresh=exchange.watch.is_fresh,
            received_bytes=exchange.received_bytes,
            partial=reply.partial(),
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

    def _repair(self, failure: Failure, fields: dict[str, Any]) -> bool:
        """Learn from a refusal of one field; tell whether another attempt without it makes sense."""
        if failure.status not in {400, 422} or failure.said is None:
            return False
        name = self._repairs.learn(failure.said, fields)
        if name is not None:
            self._on_notice(note(name))
        return name is not None or self._repairs.apply(fields)[1] != ()

    def _may_repeat(self, failure: Failure, trail: Trail) -> bool:
        """Wait as long as it takes until the next attempt; False if there is none to make."""
        limit = self._endpoint.retries
        if failure.retry_limit is not None:
            limit = min(limit, failure.retry_limit)
        if not failure.is_passing or trail.count(failure.error) > limit or trail.attempts > self._endpoint.retries:
            return False
        if failure.is_at_once and trail.at_once < _AT_ONCE_MAX:
            trail.at_once += 1
            return not self._stop.is_set()
        wait = wait_s(self._backoff, trail.attempts, told_s=failure.told_s, fraction=random.random())  # noqa: S311 - jitter
        if wait > self._backoff.max_wait_s and failure.told_s is not None:
            asked = duration(failure.told_s)
            failure.error.hint = f"retry in {asked}: the server asks for it, and that is too long to wait here"
            return False
        if failure.status == 429:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + wait)
        if wait >= _NOTICED_WAIT_S:
            self._on_notice(f"{self._mask(failure.error.message)}; next try in {duration(wait)}")
        return self._wait(wait)

    def _wait(self, seconds: float) -> bool:
        """Wait; False if told to stop. `time.monotonic` decides, because a wait may end a little early."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stop.wait(min(left, 0.5)):
                return False
        return not self._stop.is_set()

    def _finish(self, error: VisionaskError, trail: Trail) -> VisionaskError:
        error.attempts, error.maybe_billed = trail.attempts, trail.maybe_billed
        error.message, error.hint = self._mask(error.message), self._mask(error.hint)
        if isinstance(error, ApiError) and trail.attempts > 1:
            error.message += f" (after {trail.attempts} attempts)"
        error.args = (error.message,)
        return error

    def _mask(self, text: str) -> str:
        return mask(text, self._endpoint.api_key)


def _is_verdict(error: VisionaskError) -> bool:
    if isinstance(error, IncompleteAnswer):
        return error.partial is not None and error.partial.finish_reason is not None
    return isinstance(error, RejectedError)


def _first_limit_s(request: Request, endpoint: Endpoint) -> float:
    """Return how long a server may say nothing at first: thinking hard, and waiting in the flex queue, are silent."""
    if request.reasoning_effort in _SLOW_EFFORTS or request.service_tier == "flex":
        return endpoint.timeout_s
    return min(endpoint.idle_s, endpoint.timeout_s)
