"""The reading of URLs: host, login, secrets, and the spelling in which a URL is stored and shown.

An authority ends at the first `/`, `?` or `#`; a login stands before its last `@`. So an `@` behind that is part of a
path or a query: `https://evil.example?@api.openai.com` leads to evil.example.

A secret is a login, or a parameter of the query that is named like one (`key`, `token`, `sig`) or looks like one. It is
used in requests, and nowhere else: the ledger has `public_url` or `normal_base_url`, of which the keys of answers are
made too, and names and messages have `shown_url`.
"""

from __future__ import annotations

import re

from visionask.core.namedtuple import NamedTuple

OPENAI_URL = "https://api.openai.com/v1"  # where a request goes when no base URL is set
OPENAI_HOST = "api.openai.com"  # and its regional forms, such as eu.api.openai.com
HIDDEN = "***"

_USUAL_PORTS = {"http": "80", "https": "443"}
# Patterns as text: most runs see no query, and `re` compiles and keeps those that are used.
_KEY_NAME = (
    r"(?i)secret|token|passw|pwd|signature|credential|auth(?!or)|session|cookie|jwt|hmac|subscription[-_]?key"
    r"|api[-_]?key|(^|[-_.])(key|keyid|access[-_]?key|sig|sas|code|policy|pass|user|username|login)$"
)
_KEY_VALUE = r"\bsk-[\w-]{8,}|AIza[\w-]{30,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # of OpenAI, of Google, a JWT
_PLAIN_VALUE = (  # a number, the name of a picture
    r"(?i)\d{0,4}|true|false|[^=]*\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif|pdf)"
)
_FILE_PATH = r"\.[A-Za-z][A-Za-z0-9]{1,4}$"


class Url(NamedTuple):
    """A URL in pieces, which joined are the text again. `login` has its `@`, `start` its `://`; each may be empty."""

    start: str
    login: str
    authority: str  # host and port
    path: str
    query: str  # with its `?`
    fragment: str  # with its `#`


def split_url(url: str) -> Url:
    """Return the pieces of a URL; a text without `://` is all path. Any text will do."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return Url("", "", "", url, "", "")
    rest, hash_sign, fragment = rest.partition("#")
    rest, question_mark, query = rest.partition("?")
    whole, slash, path = rest.partition("/")
    login, at_sign, authority = whole.rpartition("@")
    return Url(scheme + mark, login + at_sign, authority, slash + path, question_mark + query, hash_sign + fragment)


def host_of(url: str) -> str:
    """Return the host in lower case, an IPv6 address without its brackets; "" where there is none."""
    authority = split_url(url).authority
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower()


def is_openai(url: str | None) -> bool:
    """Return whether a base URL leads to OpenAI itself, as None does."""
    host = host_of(OPENAI_URL if url is None else url)
    return host == OPENAI_HOST or host.endswith("." + OPENAI_HOST)


def is_this_machine(url: str) -> bool:
    """Return whether a base URL leads to this machine, by its name or address."""
    host = host_of(url)
    name, _, number = host.partition(".")
    is_address = name == "127" and number.count(".") == 2 and number.replace(".", "").isdigit()
    return is_address or host in ("localhost", "::1") or host.endswith(".localhost")


def public_url(url: str) -> str:
    """Return an http(s) URL as it is stored: without login, its secrets as three asterisks.

    Where the path names no file, a secret may be all that tells one picture from another. Then some digits of its
    digest follow, so that two links do not become one: `https://h/get?token=abc` is `https://h/get?token=***ba7816bf`.
    """
    return _hide(url, login="") if url[:7].lower() in ("http://", "https:/") else url


def shown_url(url: str) -> str:
    """Return a URL of any scheme as messages have it: login and secrets as three asterisks."""
    return _hide(url, login=f"{HIDDEN}@")


def _hide(url: str, *, login: str) -> str:
    if "@" not in url and "?" not in url:
        return url
    parts = split_url(url)
    pairs, is_file = _pairs(parts.query), re.search(_FILE_PATH, parts.path) is not None
    shown = ["=".join(_hide_value(pair, is_file=is_file) if _is_secret(*pair) else pair) for pair in pairs]
    query = "?" + "&".join(shown) if parts.query else ""
    return "".join(parts._replace(login=login if len(parts.login) > 1 else "", query=query))


def _hide_value(pair: list[str], *, is_file: bool) -> list[str]:
    import hashlib

    *name, value = pair
    digest = "" if is_file else hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return [*name, HIDDEN + digest]


def normal_base_url(url: str | None) -> str:
    """Spell a base URL one way, without its secrets: None is OpenAI's own.

    `HTTPS://me:secret@API.OpenAI.com:443/v1/?key=abc` is `https://api.openai.com/v1`.
    """
    parts = split_url((url or "").strip() or OPENAI_URL)
    query = "&".join("=".join(pair) for pair in _pairs(parts.query) if pair[0] and not _is_secret(*pair))
    query = f"?{query}" if query else ""
    host, port = host_of("".join(parts)), _port(parts.authority)
    if not host or port is None:
        return ("" if parts.login else parts.start) + parts.authority + parts.path + query
    scheme = parts.start[:-3].lower()
    host = f"[{host}]" if ":" in host else host
    shown_port = "" if port in ("", _USUAL_PORTS.get(scheme)) else f":{port}"
    return f"{scheme}://{host}{shown_port}{parts.path.rstrip('/')}{query}"


def _port(authority: str) -> str | None:
    """Return the port, "" where none is named; None where it is no number that a port can be."""
    port = authority.rpartition("]")[2].partition(":")[2]
    if not port:
        return ""
    is_number = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535
    return str(int(port)) if is_number else None


def _pairs(query: str) -> list[list[str]]:
    """Return names and values as they stand in the URL; a name without `=` is alone."""
    return [pair.split("=", 1) for pair in query[1:].split("&")]


def _is_secret(name: str, value: str = "") -> bool:
    """Return whether a parameter is a secret; one without a value is none, unless it looks like one."""
    if re.search(_KEY_VALUE, name) or re.search(_KEY_VALUE, value):
        return True
    return bool(value) and re.search(_KEY_NAME, name) is not None and re.fullmatch(_PLAIN_VALUE, value) is None
