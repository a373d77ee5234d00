"""What the fault server says: whole replies, chunks of a stream, and the error bodies of real servers."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

USAGE_PER_IMAGE = 1000
PARAMETERS = (
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "reasoning_effort",
    "service_tier",
    "prompt_cache_options",
    "stream_options",
)


def facts(body: dict[str, Any]) -> dict[str, Any]:
    """Return what arrived: the question, the roles, every parameter, and each image's MIME, size and SHA-256."""
    found: dict[str, Any] = {"question": "", "roles": [], "images": [], "parameters": {}}
    for message in body.get("messages", []):
        found["roles"].append(message.get("role"))
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            if part.get("type") == "image_url":
                found["images"].append(_image(part["image_url"]))
            elif message.get("role") == "user":
                found["question"] += str(part.get("text"))
    found["parameters"] = {name: body[name] for name in PARAMETERS if name in body}
    return found


def _image(source: dict[str, Any]) -> dict[str, Any]:
    url, detail = source["url"], source.get("detail")
    if not url.startswith("data:"):
        return {"url": url, "detail": detail}
    head, _, payload = url.partition(",")
    data = base64.b64decode(payload, validate=True)
    mime = head.removeprefix("data:").removesuffix(";base64")
    return {"mime": mime, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "detail": detail}


def usage(body: dict[str, Any]) -> dict[str, Any]:
    count = len(facts(body)["images"])
    image_tokens = USAGE_PER_IMAGE * count
    return {
        "prompt_tokens": image_tokens + 14,
        "completion_tokens": 35,
        "total_tokens": image_tokens + 49,
        "prompt_tokens_details": {"image_tokens": image_tokens, "text_tokens": 14, "cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 8},
    }


def completion(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a good reply. `changes` replace `content`, `message`, `finish_reason`, `choices`, `usage`, `refusal`."""
    message: Any = {"role": "assistant", "content": changes.get("content", json.dumps(facts(body))), "refusal": None}
    if "refusal" in changes:
        message |= {"content": None, "refusal": changes["refusal"]}
    choice = {"index": 0, "message": changes.get("message", message), "finish_reason": "stop"}
    choice["finish_reason"] = changes.get("finish_reason", "stop")
    reply = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", ""),
        "choices": changes.get("choices", [choice]),
        "usage": changes.get("usage", usage(body)),
    }
    if reply["usage"] == "missing":
        del reply["usage"]
    return reply


def chunk(delta: dict[str, Any], finish_reason: str | None = None, index: int = 0) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice], "usage": None}


def event(data: object, *, name: str = "", end: str = "\n") -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    head = f"event: {name}{end}" if name else ""
    return f"{head}data: {text}{end}{end}".encode()


def error(kind: str, status: int) -> tuple[str, bytes]:
    """Return (content type, body) of an error as a real server words it. `kind` may be `param:NAME`."""
    kind, _, name = kind.partition(":")
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "param":
        fields = {
            "message": f"Unsupported parameter: '{name}' is not supported with this model.",
            "code": "unsupported_parameter",
            "param": name,
        }
    elif kind == "words":  # names the field, but only in the message
        fields = {"message": f"Unrecognized request argument supplied: {name}"}
    else:
        fields = dict(zip(("message", "code"), _ERRORS.get(kind, (f"scripted failure {status}", "")), strict=True))
    body = {"error": {"type": "invalid_request_error", "param": None, **fields}}
    return "application/json", json.dumps(body).encode()


_PLAIN: dict[str, tuple[str, bytes]] = {
    "html": ("text/html", b"<!DOCTYPE html><html><head><title>413 Request Entity Too Large</title></head></html>"),
    "text": ("text/plain", b"Internal Server Error"),
    "empty": ("text/plain", b""),
    "string": ("application/json", b'{"error": "a string tells it"}'),
    "detail": (
        "application/json",
        b'{"detail": [{"loc": ["body", "temperature"], "type": "extra_forbidden", "msg": "Extra"}]}',
    ),
    "deep": ("application/json", b"[" * 100_000),
    "list": ("application/json", b'[{"error": {"code": 400, "message": "told in a list", "status": "INVALID"}}]'),
    "control": ("application/json", json.dumps({"error": {"message": "a\x1b[31mb\r\nc" + "x" * 1000}}).encode()),
}
_ERRORS: dict[str, tuple[str, str]] = {
    "quota": ("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"),
    "rpm": (
        "Rate limit reached on requests per min (RPM). Add a payment method at https://platform.openai.com/account/billing.",
        "rate_limit_exceeded",
    ),
    "hard-limit": ("Billing hard limit has been reached", "billing_hard_limit_reached"),
    "too-large": (
        "Request too large for m on tokens per min (TPM): Limit 10000, Requested 12000.",
        "rate_limit_exceeded",
    ),
    "rpd": ("Rate limit reached on requests per day (RPD): Limit 200, Used 200.", "rate_limit_exceeded"),
    "context": ("This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
    "image": ("Failed to load image or audio file", "invalid_image"),
    "model": ("The model 'nope' does not exist or you do not have access to it.", "model_not_found"),
    "key": ("Incorrect API key provided: sk-test-1234567890abcdef. See your account.", "invalid_api_key"),
    "swap": (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "unsupported_parameter",
    ),
    "base64": ("cannot read data:image/png;base64," + "iVBORw0KGgo" * 40, "invalid_image"),
}
