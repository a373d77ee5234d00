"""How text from a server becomes part of one of our messages: one line, short, no markup, no key, no base64."""

from __future__ import annotations

import re

LIMIT = 300  # characters of the server's text in a message
_SCAN = 20_000  # characters that are looked at: the rest of a longer body says nothing new
_KEY = re.compile(r"\b(sk|pk|rk|gsk|xai|sess)-[A-Za-z0-9_\-*.]{4,}")
_BEARER = re.compile(r"(?i)\b(bearer|api[-_ ]?key[=:])\s*[A-Za-z0-9_\-*.~+/=]{8,}")
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=_-]*")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title")
_TITLE_START = re.compile("(?i)<title")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")


def clean(text: str, *, limit: int = LIMIT) -> str:
    """Return the text in one line of at most `limit` characters, with what looks like a key or base64 masked."""
    line = _DATA_URL.sub("data:...", text[:_SCAN])
    line = _BEARER.sub(r"\1 ***", _KEY.sub(r"\1-***", line))
    line = _CONTROL.sub(" ", _LONG_RUN.sub("...", line)).strip()
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."


def mask(text: str, key: str) -> str:
    """Return the text without the key. Short words such as `ollama` are no secrets, and stand in honest messages."""
    is_secret = len(key) >= 8 or any(not character.isalpha() for character in key)
    return text.replace(key, "***") if is_secret and len(key) >= 4 else text


def is_html(text: str) -> bool:
    """Return whether a body is a web page or other markup."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def html_title(text: str) -> str:
    """Return the title of a web page, cleaned; empty if it has none."""
    import html

    head = text[:_SCAN]
    start = _TITLE_START.search(head)  # the first alone: tried from each of thousands, it takes seconds
    found = None if start is None else _TITLE.match(head, start.start())
    return clean(html.unescape(found.group(1)), limit=100) if found else ""
