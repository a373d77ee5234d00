"""What an error body says: its reason in one line, its code, what it blames, and the wait that it asks for.

Servers, gateways and proxies have no shape in common. So a reason is looked for wherever one was seen to stand: as a
text or an object under `error`, in `message`, `detail`, `errors`, `title` and their kin, in an upstream's own body
inside of any of them, in plain text, in the title of a web page. Bodies of no known shape give an empty reason.
Never raises.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from visionask.api.words import clean, html_title, is_html
from visionask.core.dataclass import dataclass
from visionask.core.retry import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visionask.core.errors import Cause

_OBJECTS = ("error", "errors", "fault")  # that hold the rest, where they are no text
_TEXTS = (  # in this order: `error` may be no more than the name of the status
    "message",
    "Message",
    "msg",
    "error_msg",
    "error_message",
    "errorMessage",
    "error_description",
    "detail",
    "details",
    "reason",
    "faultstring",
    "status_msg",
    "title",
    "error",
)
_CODES = ("code", "type", "status", "reason", "error_code", "quotaId")
_ANSWERS = {"choices", "answers", "input_tokens"}  # that no error has
_DEPTH = 6
_EVENT = re.compile(r"\A(event:[^\n]*\n)?data:\s*")  # what a body begins with that was to be a stream
_MARKUP_CHARS = 20_000
_PRINTED = re.compile(r"""[{,]\s*'message':\s*(?:'([^'\n]+)'|"([^"\n]+)")""")  # a body as Python prints it
_XML_REASON = r"(?i)<(?:message|faultstring|error_?description)>\s*([^<]+?)\s*</"
_WAIT = (
    r"(?i)\b(?:retry|try(?: your request)? again|wait)\b[^.\n]{0,40}?\b(?:in|after|for)\s+(?:about\s+)?"
    r"((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|[hms])\s*)+)(?![a-z])"
)
_WAIT_FIELDS = {
    "retryDelay": 1.0,
    "retry_after": 1.0,
    "retryAfter": 1.0,
    "retry_after_seconds": 1.0,
    "retry_after_ms": 1e-3,
}
_UNITS = ((r"milliseconds?", "ms"), (r"seconds?|secs?", "s"), (r"minutes?|mins?", "m"), (r"hours?", "h"))

_CONTEXT = (
    r"(?i)context[ _](length|size|window)|maximum context|exceed_context|too many (input )?tokens|prompt is too long"
    r"|input (is )?too long|max_model_len|token count.{0,40}exceed"
)
_MODEL = (
    r"(?is)model_not_(found|supported)|no such model|(unknown|invalid|unsupported) model\b"
    r"|model.{0,80}(not exist|not found|unknown|no access|is not (a valid|available|served))"
)
_LINK = (  # "image input" is all that Ollama says
    r"(?i)\burls?\b|image_url|base64|image input|\b(download|fetch|retriev|load)\w*\W+(?:\w+\W+){0,4}?(link|https?:)"
    r"|\b(download|fetch|retriev)\w*\W+(?:\w+\W+){0,4}?(image|picture|media|file)"
)
_COUNT = (
    r"(?i)(?:at most|up to|no more than|max(?:imum)?|limit)\D{0,40}?(\d+) (?:image|picture)"
    r"|too many (?:images|pictures)|(?:images|pictures) (?:per|in one) (?:prompt|request)\D{0,30}(\d+)"
)
_IMAGE = r"(?i)image|mmproj|multimodal"
_POLICY = (
    r"(?i)content_filter|content_policy|content (management|moderation|safety)? ?polic|responsible ?ai|usage polic"
    r"|safety (system|filter|setting|polic|check)|moderation_blocked|flagged (as|by|for)|input was flagged"
    r"|prohibited_content|data_inspection_failed"
)
_UNSAID = (
    r"(?i)(an? )?(unknown |unexpected |internal )?(server |service )?error( occurred)?\W*|bad request\W*"
    r"|provider returned error"
)
# patterns are texts: `re` compiles them where an error is read, and keeps them
_PARTS: tuple[tuple[str, Cause], ...] = (
    (_POLICY, "policy"),
    (_CONTEXT, "context"),
    (_MODEL, "model"),
    (_COUNT, "count"),
    (_LINK, "link"),
    (_IMAGE, "image"),
)
# of a code in words, the status that it means
_WORDS = (
    (r"(?i)insufficient_quota|billing|budget_exceeded", 402),
    (r"(?i)rate_?limit|resource_exhausted|throttl|too_many_requests", 429),
    (r"(?i)overloaded|unavailable|server_?error|internal_?error|timeout", 503),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What an error body says. `code` and `param` are empty where it does not say."""

    message: str
    code: str = ""
    param: str = ""
    is_html: bool = False
    is_text: bool = False  # neither that nor JSON
    wait_s: float | None = None  # until the next try, where the body asks for one
    status: int | None = None  # that stands in the body, or that its code means

    @property
    def all(self) -> str:
        """Return all its words."""
        return f"{self.message} {self.code}"

    @property
    def cause(self) -> Cause | None:
        """Return what it blames. A web page is nobody's reason."""
        if self.is_html:
            return None
        if not self.message or re.fullmatch(_UNSAID, self.message):
            return "unsaid"
        return next((cause for pattern, cause in _PARTS if re.search(pattern, self.all)), None)

    @property
    def most_images(self) -> int | None:
        """Return how many images a request may have, where it says so."""
        found = re.search(_COUNT, self.message)
        number = found and (found[1] or found[2])
        return int(number[:6]) if number else None


def read_refusal(text: str) -> Refusal:
    """Read an error body of any shape."""
    if is_html(text):
        found = re.search(_XML_REASON, text[:_MARKUP_CHARS])
        if found is not None:
            return Refusal(message=clean(html.unescape(found[1])))
        title = html_title(text)
        return Refusal(message=f"a web page, {title!r}" if title else "a web page", is_html=True)
    text = _EVENT.sub("", text.lstrip("\ufeff \t\r\n"))
    try:
        # of several objects, one a line, the first
        raw = json.JSONDecoder().raw_decode(text)[0] if text.startswith("{") else json.loads(text)
    except (ValueError, RecursionError):
        return Refusal(message=clean(_unfolded(text, 0)), is_text=bool(text.strip()), wait_s=_told_wait_s(text))
    return refusal_of(raw)


def refusal_of(raw: object) -> Refusal:
    """Read an error that was parsed already."""
    inner = _innermost(raw)
    code = " ".join(dict.fromkeys(_codes(raw, 0)))
    param = inner.get("param")
    if not isinstance(param, str):
        param = _place(inner)[-1:]
        param = param[0] if param else ""
    message = _reason(raw, 0)
    if not message:
        message = _reason_by_field(raw)
    if not message and isinstance(raw, str | int | float) and not isinstance(raw, bool):
        message = str(raw)
    if not message:
        message = next((str(inner[name]) for name in ("code", "type") if isinstance(inner.get(name), str | int)), "")
    wait_s = _field_wait_s(raw, 0)
    return Refusal(
        message=clean(message),
        code=clean(code, limit=200),
        param=param,
        wait_s=_told_wait_s(message) if wait_s is None else wait_s,
        status=_status(raw, code),
    )


def choice_error(raw: object) -> dict[str, Any] | None:
    """Return the error that stands where an answer belongs, as OpenRouter has it."""
    choices = raw.get("choices") if isinstance(raw, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    error = first.get("error") if isinstance(first, dict) else None
    return {"error": error} if isinstance(error, dict | str) and error else None


def is_error(raw: object) -> bool:
    """Return whether a reply with status 200 is an error: it says so, and has nothing of an answer."""
    if not isinstance(raw, dict):
        return False
    names = (
        ("error",) if raw.keys() & _ANSWERS else ("error", "errors", "detail", "message", "Message", "msg", "error_msg")
    )
    return any(raw.get(name) for name in names)


def _innermost(raw: object) -> dict[str, Any]:
    """Return the object that holds the code, the type and the parameter."""
    value = raw
    for _ in range(_DEPTH):
        if isinstance(value, list):
            value = next((each for each in value if isinstance(each, dict)), None)
        if not isinstance(value, dict):
            return {}
        deeper = next((value[name] for name in (*_OBJECTS, "detail") if isinstance(value.get(name), dict | list)), None)
        if deeper is None or not any(isinstance(each, dict) for each in (deeper, *deeper)):
            return value
        value = deeper
    return {}


def _reason(value: object, depth: int) -> str:
    """Return the first reason, with the one of the server behind it, where it is only handed on."""
    if depth > _DEPTH:
        return ""
    if isinstance(value, str):
        return _unfolded(value, depth)
    if isinstance(value, list):
        return next((reason for each in value if (reason := _reason(each, depth + 1))), "")
    if not isinstance(value, dict):
        return ""
    place = _place(value)
    if place and isinstance(value.get("msg"), str):  # one of FastAPI's validation errors
        return f"{value['msg']} ({'.'.join(place)})"
    nested = (value[name] for name in _OBJECTS if isinstance(value.get(name), dict | list))
    texts = (value[name] for name in _TEXTS if value.get(name))
    found = next((reason for each in (*nested, *texts) if (reason := _reason(each, depth + 1))), "")
    metadata = value.get("metadata")
    handed_on = _reason(metadata.get("raw"), depth + 1) if isinstance(metadata, dict) else ""
    return ": ".join(filter(None, (found, handed_on if handed_on != found else "")))


def _reason_by_field(raw: object) -> str:
    """Return the first reason that stands under the name of what it blames: {"errors": {"image": ["..."]}}."""
    errors = raw.get("errors") or raw.get("error") or raw.get("detail") if isinstance(raw, dict) else None
    if not isinstance(errors, dict):
        return ""
    reasons = ((name, _reason(value, 0)) for name, value in errors.items())
    return next((f"{name}: {reason}" for name, reason in reasons if reason), "")


def _unfolded(text: str, depth: int) -> str:
    """Return a text, or the reason in it where it is another server's body."""
    at = text.find("{")
    if at >= 0 and text.rstrip().endswith("}"):
        try:
            inner = _reason(json.loads(text[at:]), depth + 1)
        except (ValueError, RecursionError):
            printed = _PRINTED.search(text, at, at + _MARKUP_CHARS)
            inner = (printed[1] or printed[2]) if printed is not None else ""
        if inner:
            return f"{text[:at].strip()} {inner}".strip()
    return text.strip()


def _place(value: dict[str, Any]) -> list[str]:
    """Return the path of a validation error: {"loc": ["body", "field"], "msg": ..., "type": ...}."""
    loc = value.get("loc")
    return [str(part) for part in loc] if isinstance(loc, list) else []


def _codes(value: object, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for name in _CODES:
            if isinstance(value.get(name), str | int) and not isinstance(value[name], bool):
                yield str(value[name])
        for name, each in value.items():
            if name not in _CODES:
                yield from _codes(each, depth + 1)
    elif isinstance(value, list):
        for each in value[:20]:
            yield from _codes(each, depth + 1)


def _status(raw: object, code: str) -> int | None:
    """Return the HTTP status that a body tells, else the one that its code in words means."""
    for value in (_innermost(raw), raw):
        if isinstance(value, dict):
            for name in ("code", "status", "status_code", "statusCode"):
                text = str(value.get(name, ""))
                if re.fullmatch(r"[45]\d\d", text):
                    return int(text)
    return next((status for pattern, status in _WORDS if re.search(pattern, code)), None)


def _field_wait_s(value: object, depth: int) -> float | None:
    """Return the wait that stands in a field of its own: Google's `retryDelay` is "17s", others are numbers."""
    if depth > _DEPTH:
        return None
    if isinstance(value, list):
        waits = (_field_wait_s(each, depth + 1) for each in value[:20])
        return next((wait for wait in waits if wait is not None), None)
    if not isinstance(value, dict):
        return None
    for name, scale in _WAIT_FIELDS.items():
        if isinstance(value.get(name), str | int | float) and not isinstance(value[name], bool):
            wait = parse_duration_s(str(value[name]))
            if wait is not None:
                return wait * scale
    waits = (_field_wait_s(each, depth + 1) for each in value.values())
    return next((wait for wait in waits if wait is not None), None)


def _told_wait_s(text: str) -> float | None:
    """Return the wait that a sentence asks for: "Please retry in 17.5s.", "try again in 1 minute"."""
    found = re.search(_WAIT, text[:2000])
    if found is None:
        return None
    spelled = found[1]
    for pattern, unit in _UNITS:
        spelled = re.sub(pattern + r"\b", unit, spelled, flags=re.IGNORECASE)
    return parse_duration_s(re.sub(r"\s+", "", spelled))
