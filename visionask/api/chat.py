"""The Chat Completions wire as a pure pair: what a request's body is, and what a reply says.

The messages of a Chat Completions request: system, the turns so far, the question with its images.

The provider keeps no conversation: every turn sends the whole again. A turn is written the same way while it is asked
and when it has become history, so that a request begins with the very bytes of the one before it: that is what a
prompt cache needs. Source: developers.openai.com/api/docs/guides/prompt-caching, as read 2026-11-22.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visionask.api.reasons import refusal_of
from visionask.api.words import clean
from visionask.core.errors import BadReply, IncompleteAnswer, NoText, OverLimit, Refused
from visionask.core.request import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visionask.core.request import Request, SentImage


_BREAKPOINT = {"mode": "explicit"}


def messages_of(request: Request) -> list[dict[str, Any]]:
    """Return the messages. A question stands before its images, or after them where a conversation is to go on."""
    messages: list[dict[str, Any]] = []
    if request.system is not None:
        messages.append({"role": "system", "content": request.system})
    images, at = request.images, 0
    for turn in request.history:
        messages.append(_asked(request, turn.question, images[at : at + turn.images]))
        answer = turn.answer.encode("utf-8", "replace").decode()  # a model may have said half a character
        messages.append({"role": "assistant", "content": answer})
        at += turn.images
    messages.append(_asked(request, request.question, images[at:]))
    return messages


def _asked(request: Request, question: str, images: Sequence[SentImage]) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "text", "text": question}
    parts = [_image_part(image) for image in images]
    if request.marks_cache and parts:
        parts[-1]["prompt_cache_breakpoint"] = dict(_BREAKPOINT)
    return {"role": "user", "content": [*parts, text] if request.puts_images_first else [text, *parts]}


class DataUrl(str):
    """A `data:` URL that was made here: JSON has nothing to escape in it."""

    __slots__ = ()


def data_url(image: SentImage) -> str | None:
    """Write a picture as every wire takes it: as a `data:` URL, or the link that is handed on."""
    if image.encoded is None:
        return image.url
    payload = binascii.b2a_base64(image.encoded.data, newline=False).decode("ascii")
    return DataUrl(f"data:{image.encoded.mime};base64,{payload}")


def _image_part(image: SentImage) -> dict[str, Any]:
    source: dict[str, Any] = {"url": data_url(image)}
    if image.detail:
        source["detail"] = image.detail
    return {"type": "image_url", "image_url": source}


PATH = "/chat/completions"


REFUSAL = "refusal"  # our own finish reason, for a reply whose message is a refusal


NO_TEXT = "no_text"  # the finish reason of api/ocr_server.py, where no picture of a request has text


_WRONG_URL = "check the base URL: is /v1 missing?"


_COMPLETE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence", "complete"})
_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "token_limit"})
_FILTERED = re.compile(
    r"content_filter(ed)?|(image_)?safety|recitation|prohibited_content|blocklist|spii|error_toxic|sensitive"
)


def body(request: Request) -> dict[str, Any]:
    """Return the JSON body of a request: its messages, and only what the user set.

    `max_completion_tokens` is the spelling of reasoning models; everybody else's servers know `max_tokens`.
    """
    fields: dict[str, Any] = {"model": request.model, "messages": messages_of(request)}
    if request.max_tokens is not None:
        fields["max_completion_tokens" if request.is_reasoning_model else "max_tokens"] = request.max_tokens
    for name in ("temperature", "reasoning_effort", "service_tier"):
        value = getattr(request, name)
        if value is not None:
            fields[name] = value
    if request.schema is not None:
        wanted = {"name": request.schema_name, "strict": True, "schema": request.schema}
        fields["response_format"] = {"type": "json_schema", "json_schema": wanted}
    if request.avoids_cache_write:
        fields["prompt_cache_options"] = {"mode": "explicit"}
    if request.stream:
        fields["stream"] = True
        fields["stream_options"] = {"include_usage": True}
    return {name: value for name, value in fields.items() if name not in request.omits} if request.omits else fields


def parse(raw: object) -> Answer:
    """Read a reply of any shape. What is missing is None or empty; `judge` decides whether that is an answer.

    A refusal's text is the answer's text, with the finish reason `refusal`.
    Raises BadReply if the reply is no chat completion, or an error that was sent with status 200.
    """
    if not isinstance(raw, dict):
        raise BadReply(f"the server's reply is not a chat completion ({_kind(raw)})", _WRONG_URL)
    if raw.get("error"):
        raise BadReply(f"the server sent an error as its reply: {error_text(raw['error'])}", "ask again later")
    choices = raw.get("choices")
    if not isinstance(choices, list) or not choices:
        raise BadReply("the server's reply is not a chat completion (no choices)", _WRONG_URL)
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    finish_reason = choice.get("finish_reason")
    finish_reason = finish_reason if isinstance(finish_reason, str) and finish_reason else None
    text = content_text(message.get("content"))
    refusal = content_text(message.get("refusal"))
    if refusal:
        text, finish_reason = refusal, REFUSAL
    return Answer(
        text=text,
        finish_reason=finish_reason,
        usage=parse_usage(raw.get("usage")),
        service_tier=parse_tier(raw),
    )


def judge(answer: Answer) -> Answer:
    """Return the answer if it is a whole one; else raise IncompleteAnswer or Refused, with it as `partial`."""
    error = _fault(answer)
    if error is None:
        return answer
    error.partial = answer
    error.request_id = answer.request_id
    raise error


def content_text(content: object) -> str:
    """Return the text of a message's or delta's content: a string, a list of parts, or anything else as nothing."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    pieces = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) else part
        if isinstance(text, str):
            pieces.append(text)
    return "".join(pieces)


def parse_tier(raw: dict[str, Any]) -> str | None:
    """Return the service tier that a reply or a chunk says was served."""
    tier = raw.get("service_tier")
    return tier if isinstance(tier, str) else None


def parse_usage(raw: object) -> Usage | None:
    """Read a usage object; a figure that is missing, negative or no whole number is None, and so is a usage of none.

    Zeros measure nothing: no request is of no tokens, so a server that says so does not count.
    """
    if not isinstance(raw, dict):
        return None
    given = _details(raw, "prompt_tokens_details")
    made = _details(raw, "completion_tokens_details")
    cached = _count(given, "cached_tokens")
    if cached is None:
        cached = _count(raw, "prompt_cache_hit_tokens")  # DeepSeek's word for them
    usage = Usage(
        input_tokens=_count(raw, "prompt_tokens"),
        image_tokens=_count(given, "image_tokens"),
        cached_tokens=cached,
        cache_write_tokens=_count(given, "cache_write_tokens"),
        output_tokens=_count(raw, "completion_tokens"),
        reasoning_tokens=_count(made, "reasoning_tokens"),
    )
    return measured(usage)


def measured(usage: Usage) -> Usage | None:
    """Return a usage that measures something; one without tokens of input does not, whatever it says of the rest."""
    if usage.input_tokens == 0:
        usage = replace(usage, input_tokens=None, image_tokens=None, cached_tokens=None)
    return None if not any((usage.input_tokens, usage.output_tokens)) else usage


def error_text(error: object) -> str:
    """Return what an `error` value says, in one line."""
    return refusal_of(error).message or "no message"


def _fault(answer: Answer) -> IncompleteAnswer | Refused | None:
    """Return why an answer is none. Servers spell finish reasons in either case."""
    reason = answer.finish_reason
    if reason is None:
        return IncompleteAnswer("the answer ended without a finish reason: it may be cut", "ask again")
    kind = reason.lower()
    fault: IncompleteAnswer | Refused | None = None
    if kind == REFUSAL:
        fault = Refused("the model refused to answer", "word the question differently, or use another image")
    elif _FILTERED.fullmatch(kind):
        fault = Refused("the provider's content filter stopped the answer", "use another image or another question")
    elif kind in _CUT and answer.shown.strip():
        fault = OverLimit("the answer was cut at the token limit", "raise --max-tokens")
    elif kind in _CUT:
        hint = "raise --max-tokens, or lower --reasoning-effort"
        fault = OverLimit("the token limit was used up before any text", hint)
    elif kind == NO_TEXT:
        fault = NoText("no text found", "ocr reads text and nothing else: ask a model what is in the picture")
    elif kind not in _COMPLETE:
        fault = IncompleteAnswer(f"the answer ended early (finish reason {clean(reason, limit=40)!r})", "ask again")
    elif answer.text.strip() and not answer.shown.strip():
        fault = IncompleteAnswer("the answer holds thoughts alone", "ask again, or raise --max-tokens")
    elif not answer.text.strip():
        fault = IncompleteAnswer("the answer is empty", "ask again, or word the question differently")
    return fault


def _details(raw: dict[str, Any], name: str) -> dict[str, Any]:
    details = raw.get(name)
    return details if isinstance(details, dict) else {}


def _count(raw: dict[str, Any], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _kind(raw: object) -> str:
    if raw is None:
        return "null"
    if isinstance(raw, (list, str)):
        return "a list" if isinstance(raw, list) else "a string"
    return "a number" if isinstance(raw, (int, float)) else type(raw).__name__
