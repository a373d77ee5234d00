"""The fixed faults: replies and streams that are always the same, by name."""

from __future__ import annotations

from typing import Any

from tests.faults import replies

TEXT = "The sky is blue."

# replies with status 200 whose body is a good JSON document that is, or is not, an answer
CHANGED: dict[str, dict[str, Any]] = {
    "ok": {},
    "no-choices": {"choices": []},
    "choices-null": {"choices": None},
    "choice-null": {"choices": [None]},
    "message-null": {"message": None},
    "content-null": {"content": None},
    "content-list": {"content": [{"type": "text", "text": "The sky "}, {"type": "text", "text": "is blue."}]},
    "empty-text": {"content": " \n"},
    "usage-null": {"usage": None},
    "usage-missing": {"usage": "missing"},
    "usage-partial": {"usage": {"prompt_tokens": 7, "prompt_tokens_details": None}},
    "usage-negative": {"usage": {"prompt_tokens": -7, "completion_tokens": 2.5, "total_tokens": "many"}},
    "refusal": {"refusal": "I cannot help with that."},
    "filter": {"content": "The sk", "finish_reason": "content_filter"},
    "length": {"content": "The sky is", "finish_reason": "length"},
    "length-empty": {"content": "", "finish_reason": "length"},
    "no-finish": {"content": TEXT, "finish_reason": None},
    "odd-finish": {"content": TEXT, "finish_reason": "insufficient_system_resource"},
    "escape": {"content": "red \x1b[31m [/etc] \x9b end"},
}
RAW: dict[str, tuple[str, bytes]] = {
    "html": ("text/html", b"<!doctype html><html><head><title>Sign in &amp; go</title></head><body>x</body></html>"),
    "html-as-json": ("application/json", b"<html><head><title>Sign in</title></head></html>"),
    "empty": ("application/json", b""),
    "cut-json": ("application/json", b'{"id": "chatcmpl-1", "choices": [{"index": 0, "mess'),
    "bad-utf8": ("application/json", b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "deep-json": ("application/json", b'{"a":' * 100_000),
    "list": ("application/json", b"[]"),
    "null": ("application/json", b"null"),
    "string": ("application/json", b'"hello"'),
    "text": ("text/plain", b"It works!"),
    "error-200": ("application/json", b'{"error": {"message": "provider is down", "code": 502}}'),
}
# events of a stream: (pieces, what happens after them)
_DELTAS = [
    replies.chunk({"role": "assistant", "content": ""}),
    *(replies.chunk({"content": word}) for word in ("The ", "sky ")),
]
_REST = [replies.chunk({"content": "is blue."}), replies.chunk({}, "stop")]
_PARTS = [replies.chunk({"content": [{"type": "text", "text": TEXT}]}), replies.chunk({}, "stop")]
STREAMS: dict[str, tuple[list[object], str]] = {
    "stream-cut": (_DELTAS, "end"),
    "stream-cut-early": (_DELTAS[:1], "end"),
    "stream-empty": ([], "end"),
    "stream-reset": (_DELTAS, "reset"),
    "stream-reset-early": ([], "reset"),
    "stream-stall": (_DELTAS, "hold"),
    "stream-no-done": ([*_DELTAS, *_REST], "end"),
    "stream-hold-after-finish": ([*_DELTAS, *_REST], "hold"),
    "stream-hold-after-done": ([*_DELTAS, *_REST, "[DONE]"], "hold"),
    "stream-half-json": ([*_DELTAS, '{"choices": [{"del'], "end"),
    "stream-error": ([*_DELTAS, {"error": {"message": "overloaded"}}], "end"),
    "stream-list": ([*_DELTAS, "[1]"], "end"),
    "stream-refusal": (
        [replies.chunk({"refusal": "I can"}), replies.chunk({"refusal": "not."}), _REST[1], "[DONE]"],
        "end",
    ),
    "stream-length": ([*_DELTAS, replies.chunk({}, "length"), "[DONE]"], "end"),
    "stream-filter": ([*_DELTAS, replies.chunk({}, "content_filter"), "[DONE]"], "end"),
    "stream-parts": ([*_PARTS, "[DONE]"], "end"),
    "stream-two": (
        [replies.chunk({"content": "no"}, index=1), *_DELTAS, replies.chunk({}, "length", 1), *_REST, "[DONE]"],
        "end",
    ),
    "stream-odd": (
        [{"choices": None}, {"choices": [None]}, {"choices": [{"index": [], "delta": 3}]}, *_DELTAS, *_REST],
        "end",
    ),
    "stream-thinking": ([replies.chunk({"reasoning_content": "hm"})] * 2 + [*_DELTAS, *_REST, "[DONE]"], "end"),
}
