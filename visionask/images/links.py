"""Owns taking http(s) links apart: which host and port, what to ask for, and which links are not followed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from visionask.core.errors import InputError

_KEPT = "%/?:@!$&'()*+,;=~[]-._"  # characters of a path and query that stay as they are


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An http(s) link that can be asked for. `target` is path and query, `authority` is for the Host header."""

    url: str
    is_tls: bool
    host: str
    port: int
    authority: str
    target: str


def parse_link(url: str) -> Link:
    """Take a link apart. Raises InputError for another scheme, a user name or password, or no valid host."""
    shown = hide_user(url)
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise InputError(f"{shown}: not a valid link", "check the spelling") from error
    if scheme not in ("http", "https"):
        raise InputError(f"{shown}: only http and https links are fetched", "download it and name the file")
    if parts.username is not None or parts.password is not None:
        raise InputError(f"{shown}: a link with a user name or password is not fetched", "download it with curl")
    if not host or not host.isascii() or any(c <= " " or c == "\x7f" for c in host):  # a zone of IPv6 may be anything
        raise InputError(f"{shown}: a link without a valid host", "check the spelling")
    shown_host = f"[{host}]" if ":" in host else host
    target = quote(parts.path or "/", safe=_KEPT, errors="surrogateescape")
    if parts.query:
        target += "?" + quote(parts.query, safe=_KEPT, errors="surrogateescape")
    usual = 443 if scheme == "https" else 80
    return Link(
        url=url,
        is_tls=scheme == "https",
        host=host,
        port=usual if port is None else port,
        authority=shown_host if port in (None, usual) else f"{shown_host}:{port}",
        target=target,
    )


def hide_user(url: str) -> str:
    """Return a link for messages: a user name and password before the host become three asterisks."""
    start, mark, rest = url.partition("://")
    if not mark:
        return url
    end = min((at for c in "/?#" if (at := rest.find(c)) >= 0), default=len(rest))
    user, at_sign, host = rest[:end].rpartition("@")
    return f"{start}://***@{host}{rest[end:]}" if at_sign and user else url
