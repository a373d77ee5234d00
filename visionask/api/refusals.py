"""Owns the translation of an HTTP error: which of our errors it is, in the server's words and with our next step."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visionask.api.chat import error_text
from visionask.api.words import clean, html_title, is_html
from visionask.core.errors import (
    BadReply,
    BadRequest,
    ConfigError,
    KeyRefused,
    QuotaExhausted,
    RateLimited,
    ServerFailed,
    VisionaskError,
)
from visionask.core.retry import is_passing, told_wait_s

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|billing_|billing (hard )?limit|plan and billing|not active"
    r"|out of credits|insufficient (credit|balance|funds)"
    r"|request too large|per[ -]day|\b(rpd|tpd)\b|daily (limit|quota)|monthly (limit|quota)|quota_exceeded",
    re.IGNORECASE,
)
_SPENT = re.compile(r"insufficient_quota|billing_hard_limit|billing_not_active")  # sent with 400 and 403 too
_CONTEXT = re.compile(
    r"context[ _](length|size|window)|maximum context|exceed_context|too many tokens|prompt is too long", re.IGNORECASE
)
_IMAGE = re.compile(r"image|mmproj|multimodal|base64", re.IGNORECASE)
_WRONG_URL = "check the base URL: is /v1 missing?"
_MODEL = re.compile(r"model_not_found|model.{0,80}(not exist|not found|unknown|no access)", re.IGNORECASE | re.DOTALL)
_GATEWAY_TIMEOUTS = frozenset({504, 524})  # the gateway left; the model behind it may have run
_HINTS = (
    (_CONTEXT, "use --detail low, or fewer images"),
    (_MODEL, "check the model's name: visionask models"),
    (_IMAGE, "check that the model takes images, and that this one opens"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of an attempt that brought no answer, and whether another try may help."""

    error: VisionaskError
    is_passing: bool = False
    told_s: float | None = None  # the wait that the server asked for
    is_at_once: bool = False  # try again without a wait
    is_maybe_billed: bool = False
    retry_limit: int | None = None  # for this kind; None is the user's own limit
    status: int | None = None
    said: Refusal | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error body says. `code` and `param` are empty where it does not say."""

    message: str
    code: str = ""
    param: str = ""
    is_html: bool = False

    @property
    def all(self) -> str:
        return f"{self.message} {self.code}"


def read_refusal(text: str) -> Refusal:
    """Read an error body: OpenAI's object, a string, `detail`, plain text, or a web page. Never raises."""
    if is_html(text):
        title = html_title(text)
        return Refusal(message=f"a web page, {title!r}" if title else "a web page", is_html=True)
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal(message=clean(text))
    if isinstance(raw, list) and raw:
        raw = raw[0]
    error = raw.get("error") or raw if isinstance(raw, dict) else raw
    if not isinstance(error, dict):
        return Refusal(message=clean(str(error)) if error else "")
    detail = error.get("detail")
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        return _validation(detail[0])
    code = " ".join(str(error[name]) for name in ("code", "type") if isinstance(error.get(name), (str, int)))
    param = error.get("param")
    return Refusal(message=error_text(error), code=clean(code, limit=80), param=param if isinstance(param, str) else "")


def from_status(status: int, headers: Mapping[str, str], text: str, *, where: str) -> Failure:
    """Translate an HTTP status that is no success. `where` names the server; `headers` has lower-case names."""
    said = read_refusal(text)
    error = _error(status, said, headers=headers, where=where)
    error.request_id = headers.get("x-request-id")
    is_final = isinstance(error, (QuotaExhausted, KeyRefused))
    return Failure(
        error=error,
        is_passing=not is_final and is_passing(status, headers.get("x-should-retry")),
        told_s=told_wait_s(headers, status=status, now_s=time.time()),
        is_maybe_billed=status in _GATEWAY_TIMEOUTS,
        status=status,
        said=said,
        headers=headers,
    )


def _validation(detail: dict[str, Any]) -> Refusal:
    """Read the first of FastAPI's validation errors: {"loc": ["body", "field"], "msg": ..., "type": ...}."""
    loc = detail.get("loc")
    path = [str(part) for part in loc] if isinstance(loc, list) else []
    message = f"{detail.get('msg', '')} ({'.'.join(path)})" if path else str(detail.get("msg", ""))
    return Refusal(
        message=clean(message), code=clean(str(detail.get("type", "")), limit=80), param=path[-1] if path else ""
    )


def _error(status: int, said: Refusal, *, headers: Mapping[str, str], where: str) -> VisionaskError:
    fact = f": {said.message}" if said.message else ""
    if 300 <= status < 400:
        target = clean(headers.get("location", "nowhere"), limit=150)
        hint = "if that is right, make it the base URL"
        return BadReply(f"{where} redirects to {target} (status {status}), which is not followed", hint)
    if status in {402, 429} or _SPENT.search(said.code):
        return _limited(status, said, fact=f" (status {status}){fact}", where=where)
    kind: type[VisionaskError]
    if status in {401, 403}:
        kind, what, hint = KeyRefused, "refused the API key", "check the API key and its rights"
    elif status == 407:
        kind, what, hint = ConfigError, "is behind a proxy that wants a login", "put it into the proxy's URL"
    elif status >= 500 or status in {408, 409, 425}:
        kind, what, hint = ServerFailed, "failed", "retry later"
    elif status < 300:
        kind, what, hint = BadReply, "sent no reply", _WRONG_URL
    else:
        kind, what, hint = BadRequest, "refused the request", _hint(status, said)
    return kind(f"{where} {what} (status {status}){fact}", hint)


def _limited(status: int, said: Refusal, *, fact: str, where: str) -> VisionaskError:
    if "request too large" in said.message.lower():
        return QuotaExhausted(f"the request is above the whole rate limit{fact}", "use --detail low or --max-side")
    if status != 429 or _QUOTA.search(said.all):
        return QuotaExhausted(f"the quota at {where} is used up{fact}", "check the plan and billing")
    return RateLimited(f"{where} limits the rate{fact}", "retry later, or lower --jobs or --rpm")


def _hint(status: int, said: Refusal) -> str:
    if status == 413:
        return "send smaller images: --max-side or --detail low"
    if status == 405 or (status == 404 and (said.is_html or not _MODEL.search(said.all))):
        return _WRONG_URL
    for pattern, hint in _HINTS:
        if pattern.search(said.all):
            return hint
    return "change what the message names"
